"""The seeded public network: its laws hold, it repeats, and its files are checked."""

import json
from pathlib import Path
from statistics import fmean, pstdev

import pytest

from freeswitch.fake import (
    Behaviour,
    NetworkFileError,
    NetworkLaws,
    NumberPlan,
    Result,
    StatisticalNetwork,
    load_network,
)
from freeswitch.fake.statistical import Alternating

CALLS = 4000
NOON = 12 * 3600.0


def _draw(laws: NetworkLaws, now: float = NOON, seed: int = 5) -> list[Behaviour]:
    network = StatisticalNetwork(laws, seed=seed)
    return [network.answer_for(f"+1202{turn:07d}", now) for turn in range(CALLS)]


def _answered_ratio(behaviours: list[Behaviour]) -> float:
    return fmean(one.result is Result.ANSWERED for one in behaviours)


def test_each_call_depends_on_seed_number_and_turn_only() -> None:
    forward, backward = StatisticalNetwork(seed=7), StatisticalNetwork(seed=7)
    numbers = [f"+1202{turn:07d}" for turn in range(50)] * 2
    first = {}
    for turn, number in enumerate(numbers):
        first[number, turn >= 50] = forward.answer_for(number, NOON)
    again = {}
    for second_call in (False, True):
        for number in sorted(set(numbers), reverse=True):
            again[number, second_call] = backward.answer_for(number, NOON)
    assert first == again
    other = StatisticalNetwork(seed=8)
    assert [other.answer_for(number, NOON) for number in numbers[:50]] != [
        first[number, False] for number in numbers[:50]
    ]


def test_a_number_is_the_same_with_or_without_its_plus_sign() -> None:
    plan = {"+12025550123": NumberPlan(result="busy")}
    assert StatisticalNetwork(numbers=plan).answer_for("12025550123", NOON).cause == "USER_BUSY"


def test_shares_of_answers_failures_and_silence_are_the_asked_ones() -> None:
    laws = NetworkLaws(answer_ratio=0.3, failures={"USER_BUSY": 0.1, "UNALLOCATED_NUMBER": 0.05})
    drawn = _draw(laws)
    assert _answered_ratio(drawn) == pytest.approx(0.3, abs=0.03)
    refused = [one.cause for one in drawn if one.result is Result.REFUSED]
    assert refused.count("USER_BUSY") / CALLS == pytest.approx(0.1, abs=0.02)
    assert refused.count("UNALLOCATED_NUMBER") / CALLS == pytest.approx(0.05, abs=0.015)
    assert all(1.0 <= one.ring_seconds <= 4.0 for one in drawn if one.result is Result.REFUSED)


def test_ringing_is_three_seconds_and_a_gamma_of_two_and_four() -> None:
    rings = [one.ring_seconds for one in _draw(NetworkLaws(answer_ratio=1.0))]
    assert min(rings) >= 3.0
    assert fmean(rings) == pytest.approx(3.0 + 2 * 4.0, rel=0.05)
    assert pstdev(rings) == pytest.approx(4.0 * 2**0.5, rel=0.1)


def test_talk_is_lognormal_with_the_asked_mean_and_variation() -> None:
    laws = NetworkLaws(answer_ratio=1.0, talk_mean_seconds=180.0, talk_cv=0.8)
    talks = [one.talk_seconds or 0.0 for one in _draw(laws)]
    assert fmean(talks) == pytest.approx(180.0, rel=0.05)
    assert pstdev(talks) / fmean(talks) == pytest.approx(0.8, rel=0.15)


def test_machines_greet_long_and_people_briefly() -> None:
    drawn = _draw(NetworkLaws(answer_ratio=1.0, machine_ratio=0.4))
    machines = [one for one in drawn if one.machine]
    assert len(machines) / CALLS == pytest.approx(0.4, abs=0.03)
    assert all(end - start >= 5.0 for one in machines for start, end in one.speech)
    people = [one for one in drawn if not one.machine]
    assert all(end - start <= 1.2 for one in people for start, end in one.speech)


@pytest.mark.parametrize(
    ("hour", "ratio"), [(8, 0.2), (10, 0.3), (12, 0.4), (18, 0.4), (22, 0.3), (3, 0.25)]
)
def test_the_answer_ratio_follows_the_local_hour(hour: float, ratio: float) -> None:
    points = ((8.0, 0.2), (12.0, 0.4), (18.0, 0.4), (22.0, 0.3))
    laws = NetworkLaws(answer_ratio_by_hour=points, utc_offset_hours=4.0)
    assert laws.answer_ratio_at((hour - 4.0) * 3600.0) == pytest.approx(ratio)


def test_alternating_ratios_take_turns() -> None:
    turns = Alternating(period_seconds=600.0, ratios=(0.1, 0.9))
    laws = NetworkLaws(answer_ratio_alternating=turns)
    assert [laws.answer_ratio_at(at) for at in (0.0, 599.0, 600.0, 1200.0)] == [0.1, 0.1, 0.9, 0.1]
    assert _answered_ratio(_draw(laws, now=700.0)) == pytest.approx(0.9, abs=0.02)


def test_what_is_laid_down_for_a_number_goes_before_the_laws() -> None:
    numbers = {
        "1": NumberPlan(talk_seconds=213.0, result="answered", machine=False),
        "2": NumberPlan(result="CALL_REJECTED"),
        "3": NumberPlan(result="no_answer"),
        "4": NumberPlan(answer_ratio=1.0),
    }
    network = StatisticalNetwork(NetworkLaws(answer_ratio=0.0), numbers=numbers)
    assert network.answer_for("1", NOON).talk_seconds == 213.0
    assert network.answer_for("2", NOON).cause == "CALL_REJECTED"
    assert network.answer_for("3", NOON).result is Result.NO_ANSWER
    assert network.answer_for("4", NOON).result is Result.ANSWERED


def test_a_network_file_with_its_numbers_is_read(tmp_path: Path) -> None:
    (tmp_path / "numbers.jsonl").write_text('{"number": "+1202", "result": "busy"}\n\n')
    file = tmp_path / "network.toml"
    file.write_text(
        'answer_ratio_by_hour = [[12, 0.5], [8, 0.1]]\nnumbers_file = "numbers.jsonl"\n'
        "answer_ratio_alternating = { period_seconds = 60, ratios = [1.0] }\n"
        "set_up_seconds = [0, 1]\n[failures]\nUSER_BUSY = 0.5\n"
    )
    network = load_network(file, seed=3)
    assert network.answer_for("+1202", NOON).cause == "USER_BUSY"
    assert network.answer_for("+1203", NOON).result is Result.ANSWERED
    as_json = tmp_path / "network.json"
    as_json.write_text(json.dumps({"answer_ratio": 1.0, "talk_mean_seconds": 10}))
    assert load_network(as_json).answer_for("1", NOON).result is Result.ANSWERED


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("answer_ration = 0.3", "unknown setting 'answer_ration'; known are answer_ratio,"),
        ("answer_ratio_by_hour = [1, 2]", "answer_ratio_by_hour|see freeswitch.fake.statistical"),
        ("[failures]\nBUSY = 0.1", "'BUSY' is no hangup cause"),
        ("answer_ratio =", "network.toml"),
        ('numbers_file = "gone.jsonl"', "gone.jsonl"),
    ],
)
def test_a_wrong_network_file_says_what_to_mend(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "network.toml"
    file.write_text(text)
    with pytest.raises(NetworkFileError, match=complaint):
        load_network(file)


@pytest.mark.parametrize(
    "line",
    ['{"talk_seconds": 1}', '{"number": "1", "speed": 2}', "[]", '{"number": "1", "result": "X"}'],
)
def test_a_wrong_line_of_numbers_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "numbers.jsonl").write_text('{"number": "0"}\n' + line + "\n")
    file = tmp_path / "network.toml"
    file.write_text('numbers_file = "numbers.jsonl"')
    with pytest.raises(NetworkFileError, match="line 2"):
        load_network(file)
