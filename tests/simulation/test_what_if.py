"""What if: changes of a scenario, what is said of wrong ones, and differences day by day."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing.settings import DialMode, Wall
from dialer.simulation.compare import CHANGES, changed, limited, paired, share
from dialer.simulation.laws import ConstantAnswer, Scaled
from dialer.simulation.runner import Result, run
from dialer.simulation.scenario import Scenario

PLAIN = Scenario()


@pytest.mark.parametrize(
    ("text", "seen", "value"),
    [
        ("pacing=progressive", lambda s: s.pacing.mode, DialMode.PROGRESSIVE),
        ("agents=12", lambda s: s.agents, 12),
        ("target=2%", lambda s: s.pacing.target_ratio, 0.02),
        ("wall=strict", lambda s: s.pacing.wall, Wall.STRICT),
        ("ratio=2.5", lambda s: s.pacing.ratio, 2.5),
        ("ring_seconds=20", lambda s: s.plan().campaigns[0].config.ring_seconds, 20.0),
        ("tolerance=1.5", lambda s: s.tolerance_seconds, 1.5),
        ("answer=25%", lambda s: s.answer, ConstantAnswer(0.25)),
        ("talk=120%", lambda s: s.people.talk, Scaled(PLAIN.people.talk, 1.2)),
        ("wrap_up=50%", lambda s: s.people.wrap_up, Scaled(PLAIN.people.wrap_up, 0.5)),
        ("leads=500", lambda s: s.list_size, 500),
        ("limit=1%", lambda s: s.plan().campaigns[0].ledgers[0].limit_ratio, 0.01),
    ],
)
def test_each_change_changes_what_it_names(
    text: str, seen: Callable[[Scenario], object], value: object
) -> None:
    assert seen(changed(PLAIN, text)) == value
    assert text.partition("=")[0] in CHANGES


def test_changes_joined_by_commas_are_made_together() -> None:
    found = changed(PLAIN, "pacing=ratio, ratio=3,agents=5")

    assert (found.pacing.mode, found.pacing.ratio, found.agents) == (DialMode.RATIO, 3.0, 5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("speed=3", "'speed=3' is no change; write KEY=VALUE, with KEY one of pacing, agents"),
        ("pacing", "'pacing' is no change"),
        ("agents=", "'agents=' is no change"),
        ("agents=0", "agents=0: it must be a whole number from 1 to 1000"),
        ("pacing=fast", "pacing=fast: it must be progressive, ratio, predictive or preview"),
        ("ring_seconds=5", "ring_seconds=5: it must be a number from 15 to 90"),
        ("target=200%", 'target=200%: it must be a share such as "2%"'),
    ],
)
def test_a_wrong_change_is_refused_with_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        changed(PLAIN, text)
    assert said in str(caught.value)


def test_a_limit_moves_the_aim_with_it() -> None:
    assert limited(PLAIN, 0.03).pacing.target_ratio == pytest.approx(PLAIN.pacing.target_ratio)
    assert limited(PLAIN, 0.01).pacing.target_ratio < 0.01


@given(st.text(max_size=20))
def test_any_text_is_a_change_or_one_clear_error(text: str) -> None:
    said = ""
    try:
        changed(PLAIN, text)
    except ValueError as error:
        said = str(error)
    assert not said or "it must be" in said or "is no change" in said


@given(st.floats(0.0, 1.0))
def test_shares_may_be_written_in_percent_or_not(value: float) -> None:
    assert share(f"{value:.6f}") == pytest.approx(share(f"{100 * value:.4f}%"), abs=1e-6)


def days(scenario: Scenario) -> list[Result]:
    return [run(scenario, seed) for seed in (1, 2, 3)]


def test_differences_on_the_same_seeds_are_between_days_alike_but_for_the_change() -> None:
    scenario = replace(PLAIN, agents=3, hours=0.2)
    before, after = days(scenario), days(changed(scenario, "pacing=progressive"))

    assert set(paired(before, before).values()) and all(
        (each.low, each.high) == (0.0, 0.0) for each in paired(before, before).values()
    )
    changes = paired(before, after)
    assert changes["attempts"].mean == pytest.approx(
        sum(r.figures.attempts for r in after) / 3 - sum(r.figures.attempts for r in before) / 3
    )
