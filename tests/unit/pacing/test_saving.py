import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing.memory import STATE_CHARACTERS_MAX, VERSION
from dialer.pacing.pacers import create
from dialer.pacing.settings import DialMode, PacingSettings
from dialer.pacing.view import (
    Answered,
    Cancelled,
    Launched,
    Limit,
    LiveAnswerSettled,
    Observation,
    Pacer,
    PacingView,
    SetUpFailed,
    TalkEnded,
    WrapUpEnded,
)
from tests.unit.pacing.views import ledger, teach, view


def pacer(mode: DialMode = DialMode.PREDICTIVE) -> Pacer:
    return create(PacingSettings(mode=mode))


def taught() -> Pacer:
    made = pacer()
    teach(made)
    for i in range(50):
        made.observe(LiveAnswerSettled(at=9_990.0 + i * 0.1, is_abandoned=i % 25 == 0))
    return made


instants = st.floats(9_000.0, 10_000.0)
spans = st.floats(0.0, 400.0)
observations = st.lists(
    st.one_of(
        st.builds(Launched, at=instants),
        st.builds(Answered, at=instants, age_seconds=spans),
        st.builds(SetUpFailed, at=instants, age_seconds=spans),
        st.builds(Cancelled, at=instants, age_seconds=spans),
        st.builds(LiveAnswerSettled, at=instants, is_abandoned=st.booleans()),
        st.builds(TalkEnded, at=instants, seconds=spans),
        st.builds(WrapUpEnded, at=instants, seconds=spans),
    ),
    max_size=60,
)


def later(now: float) -> PacingView:
    """Late enough that every table is made again."""
    return view(
        now,
        ready=2,
        ages=(1.0, 6.0),
        talking=(20.0, 90.0, 5.0),
        wrapping=(4.0,),
        ledgers=(ledger(500, 9),),
        ends_at=40_000.0,
    )


@settings(deadline=None, max_examples=40)
@given(before=observations, after=observations)
def test_a_restored_pacer_makes_the_same_decisions(
    before: list[Observation], after: list[Observation]
) -> None:
    first = pacer()
    teach(first, calls=60)
    for observation in before:
        first.observe(observation)
    second = pacer()
    assert second.restore(first.save()) is None
    assert first.decide(later(10_100.0)) == second.decide(later(10_100.0))
    for observation in after:
        for made in (first, second):
            made.observe(observation)
    assert first.decide(later(10_130.0)) == second.decide(later(10_130.0))
    assert first.save() == second.save()


def test_saving_changes_nothing_and_stays_bounded() -> None:
    made = taught()
    for i in range(20_000):
        made.observe(Launched(at=10_000.0 + i * 1e-3))
        if i % 3 == 0:
            made.observe(LiveAnswerSettled(at=10_000.0 + i * 1e-3, is_abandoned=False))
    state = made.save()
    assert made.save() == state
    assert len(state) < STATE_CHARACTERS_MAX / 4


def test_a_new_shift_starts_warm() -> None:
    cold, warm = pacer(), pacer()
    assert warm.restore(taught().save()) is None
    seen = view(60_000.0, ready=2, talking=(80.0,) * 8, wrapping=(18.0,) * 8)
    assert cold.decide(seen).bound_by is Limit.COLD_START
    assert warm.decide(seen).count > 2


@pytest.mark.parametrize("between", [DialMode.PROGRESSIVE, DialMode.RATIO, DialMode.PREVIEW])
def test_what_was_learnt_outlives_another_mode(between: DialMode) -> None:
    first = taught()
    state = first.save()
    other = pacer(between)
    assert other.restore(state) is None
    back = pacer()
    assert back.restore(other.save()) is None
    assert back.save() == state


def _changed(**values: object) -> str:
    return json.dumps(json.loads(taught().save()) | values)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("", "not JSON"),
        ("[]", "not a dictionary"),
        ("{}", "no 'version'"),
        (_changed(version=VERSION + 1), f"is of version {VERSION + 1}"),
        (_changed(price={}), "no 'log'"),
        (_changed(price={"log": "1"}), "not a finite number"),
        (_changed(wall={"minutes": [1.0, 2.0]}), "rows of three"),
        ('{"version":1,"estimates":{"set_ups":{"answers":[1]}}}', "180"),
        ("[" * 100_000, "not JSON"),
        (" " * (STATE_CHARACTERS_MAX + 1), "too many"),
    ],
)
def test_a_state_that_cannot_be_read_is_refused_with_a_reason_and_changes_nothing(
    state: str, reason: str
) -> None:
    made = taught()
    before = made.save()
    refusal = made.restore(state)
    assert refusal is not None
    assert reason in refusal
    assert refusal.endswith("the pacer starts cold")
    assert made.save() == before
