import math
import random

import numpy as np
import pytest

from dialer.pacing.durations import Durations, Hazard


def spells() -> Durations:
    return Durations(prior_mean=60.0, first_width=4.0, growth=1.25)


def ended(law: Hazard, elapsed: float, ahead: float) -> float:
    return float(law.ended_within(np.array(elapsed), np.array(ahead)))


def test_with_nothing_seen_it_is_the_prior_exponential() -> None:
    law = spells().hazard(())
    assert ended(law, 0.0, 60.0) == pytest.approx(1.0 - math.exp(-1.0), abs=0.01)
    assert ended(law, 500.0, 60.0) == pytest.approx(1.0 - math.exp(-1.0), abs=0.01)


def test_it_learns_a_law_that_is_not_exponential() -> None:
    draw = random.Random(7)
    learnt = spells()
    seen = [draw.lognormvariate(4.5, 0.5) for _ in range(600)]
    for seconds in seen:
        learnt.end(seconds)
    law = learnt.hazard(())
    for elapsed in (0.0, 40.0, 80.0, 120.0):
        alive = [s for s in seen if s > elapsed]
        share = sum(s <= elapsed + 15.0 for s in alive) / len(alive)
        assert ended(law, elapsed, 15.0) == pytest.approx(share, abs=0.07)
    assert law.mean == pytest.approx(sum(seen) / len(seen), rel=0.1)


def test_running_spells_keep_early_estimates_from_being_too_short() -> None:
    draw = random.Random(11)
    talks = [draw.expovariate(1.0 / 200.0) for _ in range(200)]
    learnt = spells()
    running = []
    for seconds in talks:
        if seconds <= 60.0:
            learnt.end(seconds)
        else:
            running.append(60.0)
    truth = 1.0 - math.exp(-30.0 / 200.0)
    assert ended(learnt.hazard(running), 10.0, 30.0) == pytest.approx(truth, abs=0.03)
    assert ended(learnt.hazard(()), 10.0, 30.0) > truth + 0.1


def test_extremes_stay_inside_the_bins() -> None:
    learnt = spells()
    for seconds in (0.0, -1.0, 1e9):
        learnt.end(seconds)
    law = learnt.hazard((0.0, 1e9))
    assert 0.0 <= ended(law, 1e9, 1.0) <= 1.0
    assert math.isfinite(law.mean)


def test_weights_are_scaled_back_without_changing_the_law() -> None:
    learnt = spells()
    for i in range(6000):
        learnt.end(20.0 + i % 5)
    assert ended(learnt.hazard(()), 0.0, 40.0) > 0.9
    assert math.isfinite(float(learnt._events.sum()))
