"""Scenario files: what they mean, and what is said when they are wrong."""

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialer.errors import SettingsError
from dialer.pacing.settings import DialMode, Wall
from dialer.simulation import scenario_file
from dialer.simulation.laws import AlternatingAnswer, Empirical, HourlyAnswer, Lognormal
from dialer.simulation.plan import START_AT
from dialer.simulation.scenario import Scenario

EXAMPLES = Path(__file__).parents[2] / "examples" / "scenarios"


def written(folder: Path, text: str) -> Path:
    path = folder / "day.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_empty_file_is_the_built_in_scenario_under_its_own_name(tmp_path: Path) -> None:
    found = scenario_file.read(written(tmp_path, ""))

    assert found.name == "day"
    assert found.plan().people == Scenario().plan().people
    assert found.plan().network == Scenario().plan().network


def test_everything_a_file_may_say_arrives_in_the_world(tmp_path: Path) -> None:
    found = scenario_file.read(
        written(
            tmp_path,
            """
            name = "evening"
            agents = 7
            hours = 1.5
            seeds = [4, 9]
            [list]
            leads = 50
            tries_max = 2
            retry_minutes = 10
            [answer]
            probability_by_hour = [0.1, 0.2]
            [network]
            ring_seconds = 18
            lines = 12
            calls_per_second = 2
            [talk]
            mean_seconds = 60
            cv = 0.4
            [wrap_up]
            mean_seconds = 5
            max_seconds = 20
            [people]
            machine_ratio = 0.2
            [abandonment]
            tolerance_seconds = 1.5
            limit_ratio = 0.05
            window_hours = 24
            on_abandon = "hangup"
            [pacing]
            mode = "ratio"
            ratio = 2.5
            wall = "strict"
            interval_seconds = 1
            """,
        )
    )
    plan = found.plan()
    (team,), (campaign,), (trunk,) = plan.teams, plan.campaigns, plan.trunks

    assert (len(plan.agents), plan.seconds, found.seeds) == (7, 5400.0, (4, 9))
    assert (campaign.leads, campaign.tries_max, campaign.retry_seconds) == (50, 2, 600.0)
    assert campaign.answer == HourlyAnswer((0.1, 0.2))
    assert plan.people.talk == Lognormal(mean_seconds=60.0, cv=0.4)
    assert plan.people.machine_ratio == 0.2
    assert (trunk.channels_max, trunk.calls_per_second) == (12, 2.0)
    assert campaign.config.answer_tolerance_seconds == 1.5
    assert campaign.config.wrap_up_seconds_max == 20.0
    assert campaign.ledgers[0].limit_ratio == 0.05
    assert campaign.ledgers[0].window_seconds == 86_400.0
    assert (team.pacing.mode, team.pacing.ratio) == (DialMode.RATIO, 2.5)
    assert (team.pacing.wall, team.pacing.interval_seconds) == (Wall.STRICT, 1.0)
    assert team.pacing.ring_seconds == campaign.config.ring_seconds == 18.0


def test_an_answer_rate_may_alternate(tmp_path: Path) -> None:
    text = "[answer]\nlow = 0.1\nhigh = 0.4\nperiod_minutes = 15"

    found = scenario_file.read(written(tmp_path, text)).answer

    assert found == AlternatingAnswer(low=0.1, high=0.4, period_seconds=900.0)


def test_talks_may_come_from_a_file_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "talks.txt").write_text("# seconds\n10\n0\n20.5\n", encoding="utf-8")

    found = scenario_file.read(written(tmp_path, '[talk]\nfile = "talks.txt"'))

    assert found.people.talk == Empirical((10.0, 20.5))


def test_talks_may_come_from_a_column_of_a_packed_csv_file(tmp_path: Path) -> None:
    (tmp_path / "calls.csv.gz").write_bytes(gzip.compress(b"age;duration\n40;12\n50;30\n"))

    found = scenario_file.read(
        written(tmp_path, '[talk]\nfile = "calls.csv.gz"\ncolumn = "duration"')
    )

    assert found.people.talk == Empirical((12.0, 30.0))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("agents = 0", "agents = 0; it must be a whole number from 1 to 1000"),
        ("agents = true", "agents = True; it must be a whole number"),
        ("hours = 'ten'", "hours = 'ten'; it must be a number from"),
        ("agnets = 5", "agnets is not a key of a scenario; did you mean 'agents'?"),
        ("seed = 1\nseeds = [1, 2]", "has both seed and seeds"),
        ("seeds = []", r"seeds = \[\]; it must be"),
        (
            "hours = 1\nwarm_up_minutes = 60",
            "warm_up_minutes = 60.0; it must be less than the hours",
        ),
        ("list = 3", "list = 3; it must be a table"),
        ("[network]\nring_seconds = 10", "network.ring_seconds = 10; .* from 15 to 90"),
        ("[pacing]\nmode = 'fast'", "pacing.mode = 'fast'; it must be one of .*'predictive'"),
        ("[answer]\nprobability = 1.5", "answer.probability = 1.5; .* from 0 to 1"),
        ("[answer]\nprobability = 0.5\nlow = 0.1", "answer has probability and low"),
        ("[talk]\nfile = 'none.txt'", "none.txt: cannot be read"),
        ("[talk]\nmean_second = 5", "talk.mean_second is not a key .* did you mean 'mean_seconds'"),
        ("agents = ", "is not TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_key_and_value(
    tmp_path: Path, text: str, said: str
) -> None:
    path = written(tmp_path, text)

    with pytest.raises(SettingsError, match=said) as caught:
        scenario_file.read(path)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("10\nlong\n", "line 2: 'long' is not a number of seconds"),
        ("-4\n", "line 1: -4 seconds; use 0 to 86400"),
        ("# nothing\n0\n", "holds no duration above 0"),
    ],
)
def test_a_wrong_file_of_durations_is_refused_by_line(
    tmp_path: Path, lines: str, said: str
) -> None:
    (tmp_path / "talks.txt").write_text(lines, encoding="utf-8")

    with pytest.raises(SettingsError, match=said):
        scenario_file.read(written(tmp_path, '[talk]\nfile = "talks.txt"'))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_the_examples_can_be_read(path: Path) -> None:
    assert scenario_file.read(path).plan().agents


KEYS = st.sampled_from(
    ["agents", "hours", "seed", "seeds", "list", "answer", "talk", "pacing", "people", "other"]
)
SCALARS = st.sampled_from(
    [
        *("1", "-1", "0.5", "1e300", "nan", "inf", "true", "'x'", "[1, 2]", "[]", "[['a']]"),
        *("1979-05-27", "{mode = 3}", "{cv = -1}", "{leads = 5}", "{probability = 0.2}"),
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(KEYS, SCALARS, max_size=5))
def test_any_file_is_a_scenario_or_one_clear_error(tmp_path: Path, keys: dict[str, str]) -> None:
    text = "\n".join(f"{key} = {value}" for key, value in keys.items())
    try:
        found = scenario_file.read(written(tmp_path, text))
    except SettingsError as error:
        said = str(error)
    else:
        said = "day.toml" if found.plan().seconds > 0 else "no time"
    assert "day.toml" in said


def test_a_shift_a_roster_and_kinds_of_leads_arrive_in_the_world(tmp_path: Path) -> None:
    found = scenario_file.read(
        written(
            tmp_path,
            """
            roster = [2, 5, 3]
            hours = 3
            [shift]
            start = "08:30"
            time_zone = "Europe/Rome"
            days = 2
            weekdays = ["mon", "wed"]
            [list]
            leads = 10
            [[list.kind]]
            name = "warm"
            share = 1
            probability = 0.5
            [[list.kind]]
            share = 3
            low = 0.1
            high = 0.2
            """,
        )
    )
    groups = found.plan().campaigns[0].groups

    assert (found.agents, found.roster, found.days) == (5, (2, 5, 3), 2)
    # Monday half past eight in Rome; Wednesday's end is two days and three hours later.
    assert found.start_at == START_AT - 5400.0
    assert found.ends_at - found.start_at == 2 * 86_400.0 + 3 * 3600.0
    assert [(group.name, group.leads) for group in groups] == [("warm", 2), ("kind 2", 8)]
    assert isinstance(groups[1].answer, AlternatingAnswer)


def test_answers_may_go_by_the_clock_and_ring_times_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "ring.txt").write_text("4\n9\n", encoding="utf-8")
    shares = ", ".join(["0.1"] * 9 + ["0.7"] + ["0.2"] * 14)
    found = scenario_file.read(
        written(
            tmp_path,
            f"[answer]\nprobability_by_clock_hour = [{shares}]\n"
            '[network]\nanswer_file = "ring.txt"',
        )
    )

    assert (found.answer.at(60.0), found.answer.at(3660.0)) == (0.7, 0.2)
    assert found.network.answer_after == Empirical((4.0, 9.0))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("agents = 3\nroster = [3]", "has both agents and roster"),
        ("roster = [0, 0]", "roster = .* at least one hour with an agent"),
        ("roster = [1.5]", "roster = .* a list of whole numbers from 0 to 1000"),
        ("[shift]\nstart = 'noon'", "'noon' is no moment; it must be a time such as"),
        ("[shift]\ntime_zone = 'Mars'", "'Mars' is no time zone; it must be one such as"),
        ("[shift]\nweekdays = ['tue']", "shift.weekdays = .* days that hold the first one"),
        ("[shift]\nweekdays = ['someday']", "shift.weekdays = .* some of 'mon'"),
        ("hours = 30\n[shift]\ndays = 2", "hours = 30.0; it must be 24 at most"),
        ("[list]\nkind = 3", r"list.kind = 3; it must be tables: write \[\[list.kind\]\]"),
        ("[[list.kind]]\nshare = 0", "list.kind = .*of some share"),
        ("[[list.kind]]\nodds = 1", r"list.kind\[1\].odds is not a key of a scenario"),
        ("[answer]\nprobability_by_clock_hour = [0.1]", "a list of 24, from midnight on"),
        ("[network]\nanswer_file = 'x'\nanswer_shape = 2", "both answer_file and answer_shape"),
    ],
)
def test_a_wrong_shift_or_list_is_refused_with_what_is_allowed(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        scenario_file.read(written(tmp_path, text))
