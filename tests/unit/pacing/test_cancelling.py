from collections.abc import Iterable
from dataclasses import replace

import pytest

from dialer.pacing.cancelling import legal_seconds, without
from dialer.pacing.estimates import Estimates
from dialer.pacing.pacers import create
from dialer.pacing.settings import PacingSettings
from dialer.pacing.view import Cancelled, Launched, Pacer, PacingView, SetUpFailed
from tests.unit.pacing.views import teach, view


def pacer(cancel_after: float | None = 18.0) -> Pacer:
    made = create(PacingSettings(cancel_after_seconds=cancel_after))
    teach(made)
    return made


def crowd(
    *, ready: int = 0, rung: Iterable[float | None] = (20.0, 19.0, 3.0), legal: float | None = 15.0
) -> PacingView:
    """Three calls ring; five agents have only just begun to talk."""
    seen = view(ready=ready, ages=(21.0, 20.0, 4.0), talking=(2.0,) * 5)
    return replace(seen, in_flight_rung=tuple(rung), cancel_after_seconds=legal)


def test_with_nobody_ready_the_calls_that_rang_long_enough_are_ended() -> None:
    decision = pacer().decide(crowd())
    assert decision.cancel == (0, 1)
    assert decision.in_flight == 1


@pytest.mark.parametrize(
    ("seen", "cancel_after"),
    [
        (crowd(ready=1), 18.0),
        (crowd(legal=None), 18.0),
        (crowd(), None),
        (crowd(legal=25.0), 18.0),
        (crowd(rung=(None, None, None)), 18.0),
        (crowd(rung=()), 18.0),
        (crowd(rung=(15.5, 15.0, 3.0)), 18.0),
    ],
)
def test_nothing_is_cancelled_otherwise(seen: PacingView, cancel_after: float | None) -> None:
    assert pacer(cancel_after).decide(seen).cancel == ()


def test_a_call_whose_agent_will_be_free_in_time_rings_on() -> None:
    soon = replace(crowd(), talking_seconds=(), wrap_up_seconds=(29.0,) * 8)
    assert pacer().decide(soon).cancel == ()


def test_the_later_of_law_and_setting_counts() -> None:
    assert legal_seconds(crowd(legal=15.0), 18.0) == 18.0
    assert legal_seconds(crowd(legal=20.0), 18.0) == 20.0
    assert legal_seconds(crowd(legal=None), 18.0) is None
    assert legal_seconds(crowd(), None) is None


def test_a_view_without_calls_keeps_the_others_in_their_order() -> None:
    seen = replace(crowd(), in_flight_probabilities=(0.1, 0.2, None))
    rest = without(seen, (1,))
    assert rest.in_flight_ages == [21.0, 4.0]
    assert rest.in_flight_probabilities == [0.1, None]
    assert rest.in_flight_rung == [20.0, 3.0]
    assert without(seen, ()) is seen


def test_a_cancelled_call_lowers_the_answer_probability_less_than_a_failed_one() -> None:
    def after(ending: type[Cancelled] | type[SetUpFailed]) -> float:
        estimates = Estimates(ring_seconds=24.0)
        teach(estimates)
        for i in range(60):
            estimates.observe(Launched(at=10_000.0 + i))
            estimates.observe(ending(at=10_005.0 + i, age_seconds=5.0))
        estimates.refresh(view(10_200.0))
        return estimates.answer_probability_mean()

    assert after(Cancelled) > after(SetUpFailed) + 0.01
