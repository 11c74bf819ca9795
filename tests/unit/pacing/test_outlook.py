import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing.estimates import Estimates
from dialer.pacing.outlook import Outlook
from dialer.pacing.poisson_binomial import probability_masses
from dialer.pacing.view import PacingView
from tests.unit.pacing.views import teach, view


class _Learner:
    """Estimates taught once; refreshing for another view at the same instant changes nothing."""

    def __init__(self) -> None:
        self.estimates = Estimates(ring_seconds=24.0)
        teach(self.estimates)
        self.estimates.refresh(view())


LEARNER = _Learner()


def outlook(seen: PacingView) -> Outlook:
    LEARNER.estimates.refresh(seen)
    return Outlook(seen, LEARNER.estimates)


ages = st.lists(st.floats(0.0, 30.0), max_size=25)
spells = st.lists(st.floats(0.0, 400.0), max_size=15)
few = st.integers(0, 6)


@settings(deadline=None, max_examples=50)
@given(ages, spells, spells, few, few)
def test_more_ringing_or_waiting_raises_b_and_more_ready_lowers_it(
    ringing: list[float], talking: list[float], wrapping: list[float], ready: int, waiting: int
) -> None:
    def blocking(
        *, ages: list[float] = ringing, ready: int = ready, waiting: int = waiting
    ) -> float:
        seen = view(ready=ready, waiting=waiting, ages=ages, talking=talking, wrapping=wrapping)
        return outlook(seen).blocking()

    here = blocking()
    assert 0.0 <= here <= 1.0
    assert blocking(ages=[0.0, *ringing]) >= here - 1e-9
    assert blocking(waiting=waiting + 1) >= here - 1e-9
    assert blocking(ready=ready + 1) <= here + 1e-9


def test_b_is_the_tail_of_answers_against_frees() -> None:
    seen = view(ready=1, ages=(1.0, 6.0, 9.0), talking=(20.0, 80.0), wrapping=(5.0,))
    trials = LEARNER.estimates.trials(seen)
    expected = 0.0
    for column in range(trials.shape[1]):
        answers = probability_masses(trials[:3, column])
        frees = probability_masses(1.0 - trials[3:, column])
        expected += sum(
            a * f for x, a in enumerate(answers) for y, f in enumerate(frees) if x >= seen.ready + y
        )
    assert outlook(seen).blocking() == pytest.approx(expected / trials.shape[1], abs=1e-12)


def test_a_launch_is_the_same_as_a_call_of_age_nothing() -> None:
    launched = outlook(view(ready=1, ages=(5.0,), talking=(60.0, 90.0)))
    launched.launch()
    ringing = outlook(view(ready=1, ages=(5.0, 0.0), talking=(60.0, 90.0)))
    assert launched.blocking() == pytest.approx(ringing.blocking(), abs=1e-12)
    assert launched.answers_by == pytest.approx(ringing.answers_by)


def test_calls_within_the_ready_agents_can_never_block() -> None:
    assert outlook(view(ready=4, ages=(0.0, 3.0, 8.0), talking=(10.0,) * 9)).blocking() == (
        pytest.approx(0.0, abs=1e-12)
    )


def test_more_abandoned_is_less_likely_the_more() -> None:
    seen = outlook(view(ready=1, ages=(2.0,) * 20, talking=(30.0,) * 9))
    tails = [seen.more_abandoned_than(count) for count in range(21)]
    assert tails == sorted(tails, reverse=True)
    assert tails[0] > 0.5
    assert tails[20] == 0.0


def test_known_probabilities_are_used_and_unknown_ones_estimated() -> None:
    dull = outlook(view(ready=1, ages=(2.0,) * 6, talking=(30.0,) * 4, known=(0.01,) * 6))
    keen = outlook(view(ready=1, ages=(2.0,) * 6, talking=(30.0,) * 4, known=(0.9,) * 6))
    none = outlook(view(ready=1, ages=(2.0,) * 6, talking=(30.0,) * 4, known=(None,) * 6))
    plain = outlook(view(ready=1, ages=(2.0,) * 6, talking=(30.0,) * 4))
    assert dull.blocking() < none.blocking() < keen.blocking()
    assert none.blocking() == pytest.approx(plain.blocking())
