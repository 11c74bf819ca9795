import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dialer.pacing.poisson_binomial import (
    EXACT_TRIALS_MAX,
    NORMAL_ERROR_TIMES_VARIANCE,
    NORMAL_VARIANCE_MIN,
    Tails,
    probability_masses,
)

chances = st.floats(0.0, 1.0)


def enumerated(probabilities: list[float], successes: int) -> float:
    return sum(
        math.prod(p if hit else 1.0 - p for p, hit in zip(probabilities, hits, strict=True))
        for hits in itertools.product((0, 1), repeat=len(probabilities))
        if sum(hits) == successes
    )


@settings(max_examples=50)
@given(st.lists(chances, max_size=7))
def test_masses_equal_the_sum_over_every_combination(probabilities: list[float]) -> None:
    masses = probability_masses(probabilities)
    assert len(masses) == len(probabilities) + 1
    for successes, mass in enumerate(masses):
        assert mass == pytest.approx(enumerated(probabilities, successes), abs=1e-12)


@settings(deadline=None, max_examples=60)
@given(st.lists(chances, max_size=60), st.lists(chances, max_size=20), st.integers(-1, 82))
def test_tails_equal_the_convolution_also_for_trials_added_later(
    first: list[float], added: list[float], k: int
) -> None:
    tails = Tails(np.array([[p, p / 2.0] for p in first]).reshape(len(first), 2))
    for p in added:
        tails.add(np.array([p, p / 2.0]))
    whole, half = tails.at_least(k)
    at = max(0, k)
    assert whole == pytest.approx(sum(probability_masses(first + added)[at:]), abs=1e-11)
    halves = [p / 2.0 for p in first + added]
    assert half == pytest.approx(sum(probability_masses(halves)[at:]), abs=1e-11)


@settings(deadline=None, max_examples=20)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 12),
    st.sampled_from(["equal", "uniform", "split", "rare"]),
)
def test_of_many_trials_of_large_variance_every_tail_is_within_the_stated_bound(
    seed: int, added: int, kind: str
) -> None:
    draw = np.random.default_rng(seed)
    count = EXACT_TRIALS_MAX + 160
    probabilities = {
        "equal": np.full(count, draw.uniform(0.1, 0.9)),
        "uniform": draw.uniform(0.0, 1.0, count),
        "split": np.where(draw.random(count) < 0.4, 0.09, 0.93),
        "rare": draw.beta(1.0, 8.0, count),
    }[kind]
    tails = Tails(probabilities[added:, None])
    for p in probabilities[:added]:
        tails.add(np.array([p]))
    variance = float((probabilities * (1.0 - probabilities)).sum())
    # The normal law is used from this variance on; a few draws of "split" fall just short of it.
    assume(variance >= NORMAL_VARIANCE_MIN)
    exact = np.cumsum(probability_masses(probabilities.tolist())[::-1])[::-1]
    for k in range(0, len(exact), 3):
        error = abs(tails.at_least(k)[0] - exact[k])
        assert error <= NORMAL_ERROR_TIMES_VARIANCE / variance


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(0, 30))
def test_of_many_trials_of_small_variance_tails_are_the_convolution(seed: int, added: int) -> None:
    draw = np.random.default_rng(seed)
    rare = draw.uniform(0.0, 0.08, (EXACT_TRIALS_MAX + 60, 2))
    rare[:, 1] = 1.0 - rare[:, 1]
    tails = Tails(rare[added:])
    for row in rare[:added]:
        tails.add(row)
    for column in range(2):
        exact = np.cumsum(probability_masses(rare[:, column].tolist())[::-1])[::-1]
        for k in range(0, len(exact), 3):
            assert tails.at_least(k)[column] == pytest.approx(exact[k], abs=1e-7)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_launches_carry_a_count_from_the_exact_law_over_into_the_approximation(seed: int) -> None:
    draw = np.random.default_rng(seed)
    probabilities = draw.uniform(0.2, 0.8, EXACT_TRIALS_MAX + 40)
    tails = Tails(probabilities[: EXACT_TRIALS_MAX - 10, None])
    for p in probabilities[EXACT_TRIALS_MAX - 10 :]:
        tails.add(np.array([p]))
    k = int(probabilities.sum())
    exact = sum(probability_masses(probabilities.tolist())[k:])
    assert tails.at_least(k)[0] == pytest.approx(exact, abs=0.002)
