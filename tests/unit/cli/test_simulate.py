"""`dialer simulate`: the question as it is asked, and what is said to it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from dialer.cli import simulate_pool
from dialer.cli.simulate import simulate
from dialer.cli.simulate_ask import seconds_of, share_of, sizes_of, with_hours
from dialer.cli.simulate_pool import Pool
from dialer.errors import UsageError
from dialer.simulation.plan import START_AT
from dialer.simulation.scenario import Scenario
from dialer.simulation.staffing import Job

SMALL = ("--agents", "3", "--hours", "0.05")
LIST = (
    *("--leads", "60", "--tries", "1", "--pacing", "progressive"),
    *("--start", "09:00", "--finish-by", "09:40"),
)


def called(*words: str) -> Result:
    return CliRunner().invoke(simulate, [*words], env={"COLUMNS": "120"})


def told(*words: str) -> Any:
    done = called(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def said_of(*words: str) -> str:
    done = called(*words)
    assert done.exit_code != 0
    return str(done.exception) if isinstance(done.exception, UsageError) else done.stderr


def test_the_same_question_gives_the_same_bytes() -> None:
    words = (*SMALL, "--seed", "8", "--seeds", "2", "--what-if", "agents=4", "--json")

    assert called(*words).output == called(*words).output


def test_every_figure_has_an_interval_without_being_asked_for_one() -> None:
    data = told(*SMALL)

    assert len(data["seeds"]) >= 4
    assert set(data["intervals"]["attempts"]) == {"mean", "low", "high", "least", "most"}
    assert {"utilisation_ratio", "abandonment_ratio", "wait_mean_seconds", "leads_left"} <= set(
        data["intervals"]
    )


def test_the_table_names_what_was_simulated_and_what_it_rests_on() -> None:
    shown = called(*SMALL, "--seeds", "2", "--talk", "60").output

    assert "3 agents are busy" in shown
    assert "95 % interval of the mean" in shown
    assert "60 s on average, lognormal with cv 0.9" in shown
    assert "given" in shown
    assert "assumed" in shown


def test_a_scenario_file_gives_its_name_and_seeds(tmp_path: Path) -> None:
    path = tmp_path / "tiny.toml"
    path.write_text("agents = 2\nhours = 0.05\nseeds = [5, 9]\n", encoding="utf-8")
    data = told(str(path))

    assert (data["scenario"], data["agents"], data["seeds"]) == ("tiny", 2, [5, 9])


def test_a_wrong_scenario_is_one_sentence_and_exit_status_two(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text("agents = -1\n", encoding="utf-8")
    done = called(str(path))

    assert done.exit_code == 2
    assert done.stderr == (
        f"Error: {path}: agents = -1; it must be a whole number from 1 to 1000\n"
    )


def test_sizes_are_compared_side_by_side() -> None:
    shown = called("--agents", "2,4", "--hours", "0.1", "--seeds", "2").output
    data = told("--agents", "2,4", "--hours", "0.1", "--seeds", "2")

    assert "2 agents" in shown
    assert "4 agents" in shown
    assert "±" in shown
    assert [size["agents"] for size in data["sizes"]] == [2, 4]


def test_the_question_of_how_many_agents_is_answered_in_its_first_sentence() -> None:
    words = (*LIST, "--agents", "3..12", "--abandonment", "3%", "--seeds", "2")
    shown = called(*words)

    assert shown.exit_code == 0, shown.output
    assert shown.output.startswith("You need ")
    assert "to finish 60 leads by 09:40 with at most 3.0 % abandoned" in shown.output
    data = told(*words)
    best = next(size for size in data["sizes"] if size["agents"] == data["agents"])
    assert best["is_enough"]
    assert best["finish_mean_seconds"] < 2400.0
    assert data["goal"] == "worked"


def test_a_what_if_of_staffing_is_answered_beside_it() -> None:
    words = (*LIST, "--agents", "2,3", "--seeds", "2", "--what-if", "leads=20")
    data = told(*words)

    assert [other["change"] for other in data["what_if"]] == ["leads=20"]
    assert "finish 20 leads" in data["what_if"][0]["answer"]


def test_a_what_if_shows_differences_of_the_same_days() -> None:
    words = (*SMALL, "--seeds", "3", "--what-if", "pacing=progressive", "--what-if", "agents=5")
    shown = called(*words).output
    data = told(*words)

    assert "what if pacing=progressive" in shown
    assert "the same 3 days with and without" in shown
    assert [one["change"] for one in data["what_if"]] == ["pacing=progressive", "agents=5"]
    first = data["what_if"][0]
    assert first["differences"]["attempts"]["mean"] == pytest.approx(
        first["intervals"]["attempts"]["mean"] - data["intervals"]["attempts"]["mean"]
    )


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_chart_is_drawn_the_same_each_time(tmp_path: Path, suffix: str) -> None:
    drawn = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.{suffix}"
        assert called(*SMALL, "--seeds", "2", "--chart", str(path)).exit_code == 0
        drawn.append(path.read_bytes())

    assert drawn[0] == drawn[1]
    assert drawn[0][:5] in (b"<?xml", b"\x89PNG\r")


def test_a_chart_of_staffing_shows_every_size(tmp_path: Path) -> None:
    path = tmp_path / "staff.svg"
    done = called(*LIST, "--agents", "2,3", "--seeds", "2", "--chart", str(path))

    assert done.exit_code == 0, done.output
    assert "green: enough" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--agents", "0"), "'0' is no number of agents; write 12, or 10,12,14 to compare"),
        (("--agents", "60..5"), "'60..5' is no range of agents"),
        (("--agents", "5..9"), "say by when with --finish-by"),
        (("--abandonment", "x"), "'x' is no share; write 3% or 0.03"),
        (("--talk", "soon"), "'soon' is no time; write 90 (seconds), 90s, 60m or 4h"),
        (("--finish-by", "late"), "'late' is no moment; it must be a time such as \"18:00\""),
        (("--start", "12:00", "--finish-by", "11:00"), "is not after the start"),
        (("--finish-by", "2026-03-02T18:00"), "name the first day too"),
        (("--finish", "called"), "say by when with --finish-by 18:00"),
        (("--what-if", "agents=none"), "agents=none: it must be a whole number from 1 to 1000"),
        (("--chart", "day.pdf"), "the name must end in .png or .svg"),
        (("--hours", "999"), "--hours 999 is outside 0.01 to 168"),
        (("--agents", "2,3", "--what-if", "agents=4"), "compare one thing at a time"),
        (("--campaign", "spring", "--talk", "60"), "--talk is known of a real campaign"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_with_what_would(
    words: Sequence[str], said: str
) -> None:
    assert said in said_of(*words)


def test_the_help_has_the_question_a_manager_asks() -> None:
    shown = called("--help").output

    assert "How many agents do I need tomorrow to finish 20,000 leads by 18:00" in shown
    assert "--leads 20000 --start 09:00 --finish-by 18:00 --abandonment 3%" in shown


def test_sizes_may_be_one_some_or_a_range() -> None:
    assert sizes_of("12").these == (12,)
    assert sizes_of("14, 10,12,10").these == (10, 12, 14)
    assert (sizes_of("5..60").low, sizes_of("5-60").high) == (5, 60)


@given(st.text(max_size=12))
def test_any_text_is_sizes_a_share_a_time_or_a_clear_refusal(text: str) -> None:
    for read in (sizes_of, share_of, seconds_of):
        try:
            read(text)
        except click.BadParameter as error:
            said = error.message
        else:
            said = "write"
        assert "write" in said or "compare" in said


def test_a_finish_on_a_later_day_means_so_many_working_days() -> None:
    found = with_hours(
        replace(Scenario(), weekdays=("mon", "tue", "wed", "thu", "fri")),
        start="2026-01-09T09:00",
        hours=None,
        finish_by="2026-01-13T17:00",
    )

    assert (found.days, found.hours) == (3, 8.0)
    assert found.ends_at - START_AT == pytest.approx(8 * 86_400 + 8 * 3600)


def test_results_do_not_depend_on_how_many_processes_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    jobs = [Job(Scenario(agents=2, hours=0.05), seed, f"day {seed}") for seed in (3, 4, 5)]
    with Pool(1, quiet=True) as pool:
        here = pool(jobs)
    monkeypatch.setattr(simulate_pool, "_WORTH_SECONDS", 0.0)
    with Pool(2, quiet=True) as pool:
        there = pool(jobs)

    assert here == there
    assert [result.seed for result in there] == [3, 4, 5]
