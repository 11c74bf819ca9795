import random
from statistics import mean

import pytest

from dialer.pacing.answer_probability import PENDING_MAX, PRIOR_WEIGHT, AnswerProbability

RING_SECONDS = 12.0
TRUTH = 0.2


def answered_by(age: float) -> float:
    """Answers come evenly over the ring time; failures, in this test, after 2 s."""
    return min(1.0, max(0.0, age / RING_SECONDS))


def ramp(seed: int) -> tuple[AnswerProbability, float]:
    """The estimate, and answered ÷ resolved, 12 s into a ramp that doubles every 3 s."""
    draw = random.Random(seed)
    estimate = AnswerProbability()
    now, answers, failures = 12.0, 0, 0
    launches = sorted(t for t in (now - draw.expovariate(0.23) for _ in range(150)) if t >= 0.0)
    for at in launches:
        estimate.launch(at)
    for at in launches:
        if draw.random() >= TRUTH:
            failures += at + 2.0 <= now
        elif at + draw.uniform(0.0, RING_SECONDS) <= now:
            answers += 1
            estimate.answer(at)
    estimate.refresh(now, answered_by, RING_SECONDS)
    return estimate, answers / (answers + failures)


def test_it_is_unbiased_while_ramping_and_answered_by_resolved_is_not() -> None:
    answers, weights, naive = [], [], []
    for seed in range(300):
        estimate, ratio = ramp(seed)
        without_prior = estimate.weight - PRIOR_WEIGHT
        answers.append(estimate.mean * estimate.weight - PRIOR_WEIGHT * 0.3)
        weights.append(without_prior)
        naive.append(ratio)
    assert mean(answers) / mean(weights) == pytest.approx(TRUTH, abs=0.01)
    assert abs(mean(naive) - TRUTH) > 0.05


def test_it_follows_a_change_of_the_truth() -> None:
    draw = random.Random(3)
    estimate = AnswerProbability()
    for i in range(2000):
        estimate.launch(float(i))
        if draw.random() < (0.15 if i < 1000 else 0.45):
            estimate.answer(float(i))
        estimate.refresh(i + 0.5, answered_by, RING_SECONDS)
        if i == 999:
            assert estimate.mean == pytest.approx(0.15, abs=0.08)
    assert estimate.mean == pytest.approx(0.45, abs=0.08)


def test_caution_is_more_than_the_mean_and_shrinks_with_evidence() -> None:
    estimate = AnswerProbability()
    early = estimate.upper(1.0) - estimate.mean
    for i in range(500):
        estimate.launch(float(i))
        if i % 3 == 0:
            estimate.answer(float(i))
    estimate.refresh(1000.0, answered_by, RING_SECONDS)
    assert 0.0 < estimate.upper(1.0) - estimate.mean < early / 2.0
    assert estimate.upper(1e9) < 1.0


def test_forgetting_lowers_the_weight_and_open_launches_stay_bounded() -> None:
    estimate = AnswerProbability()
    for i in range(PENDING_MAX + 500):
        estimate.launch(i * 1e-3)
    assert len(estimate._pending) == PENDING_MAX
    estimate.refresh(100.0, answered_by, RING_SECONDS)
    before = estimate.weight
    estimate.forget(0.25)
    assert estimate.weight < before / 2.0


def test_an_answer_to_a_call_already_settled_still_counts() -> None:
    estimate = AnswerProbability()
    estimate.launch(0.0)
    estimate.refresh(60.0, answered_by, RING_SECONDS)
    without = estimate.mean
    estimate.answer(0.0)
    assert estimate.mean > without
