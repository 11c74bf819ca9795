import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing.lead_probability import (
    CHANCE_LEAST,
    CHANCE_MOST,
    SLOTS,
    Features,
    LeadProbability,
    at_odds,
)
from dialer.pacing.saved import Reader

TRUTH = {("mobile", 10): 0.5, ("mobile", 18): 0.6, ("landline", 10): 0.1, ("landline", 18): 0.3}


def learnt(calls: int = 6000, seed: int = 5) -> LeadProbability:
    draw = random.Random(seed)
    made = LeadProbability()
    kinds: list[Features] = list(TRUTH)
    for _ in range(calls):
        kind = draw.choice(kinds)
        made.observe(kind, is_answered=draw.random() < TRUTH[kind])  # type: ignore[index]
    return made


def test_leads_of_different_kinds_are_told_apart() -> None:
    made = learnt()
    for kind, truth in TRUTH.items():
        assert made.predict(kind) == pytest.approx(truth, abs=0.08)


def test_with_nothing_learnt_all_leads_are_alike() -> None:
    made = LeadProbability()
    assert made.predict(("mobile", 10)) == made.predict(("landline", 18)) == pytest.approx(0.3)


def test_what_was_never_seen_falls_back_to_the_campaign() -> None:
    assert learnt().predict(("satellite", 3)) == pytest.approx(0.375, abs=0.08)


def test_predictions_are_reliable_bin_by_bin() -> None:
    rows = learnt().reliability()
    assert len(rows) >= 3
    for row in rows:
        if row.calls > 300:
            assert row.answered == pytest.approx(row.predicted, abs=0.06)
    assert sum(row.calls for row in rows) == pytest.approx(6000 * 0.862, rel=0.02)


def test_memory_does_not_grow_with_the_number_of_areas() -> None:
    made = LeadProbability()
    for i in range(3 * SLOTS):
        made.observe((i, "list"), is_answered=i % 3 == 0)
    assert len(made._weights) == SLOTS + 1
    assert len(json.dumps(made.to_state())) < 300_000


def test_it_goes_on_from_its_saved_state_exactly() -> None:
    first = learnt(500)
    second = LeadProbability.from_state(Reader(json.loads(json.dumps(first.to_state()))))
    for made in (first, second):
        made.observe(("mobile", 10), is_answered=True)
    assert first.to_state() == second.to_state()


@given(st.lists(st.tuples(st.integers() | st.text(max_size=5), st.booleans()), max_size=80))
def test_whatever_is_seen_a_prediction_is_a_probability(
    seen: list[tuple[int | str, bool]],
) -> None:
    made = LeadProbability()
    for value, answered in seen:
        made.observe((value, "x"), is_answered=answered)
        assert CHANCE_LEAST <= made.predict((value,)) <= CHANCE_MOST


def test_leads_that_do_not_differ_are_held_to_be_alike() -> None:
    draw = random.Random(3)
    made = LeadProbability()
    for call in range(4000):
        kind = (draw.randrange(6), 9 + call // 800, draw.choice("abc"))
        made.observe(kind, is_answered=draw.random() < 0.3)
        assert made.odds(kind) is None


def test_a_drift_that_all_share_moves_no_odds_of_leads() -> None:
    """The level is the pooled estimate's to follow; the odds between kinds stay."""
    draw = random.Random(4)
    made = LeadProbability()
    for level in (0.35, 0.08):
        for _ in range(2500):
            kind = draw.choice(("good", "bad"))
            chance = at_odds(level, 2.5 if kind == "good" else 0.4)
            made.observe((kind,), is_answered=draw.random() < chance)
        ratio = (made.odds(("good",)) or 0.0) / (made.odds(("bad",)) or 1.0)
        assert 3.0 < ratio < 13.0
        mean = sum(at_odds(level, made.odds((kind,)) or 1.0) for kind in ("good", "bad")) / 2
        assert mean == pytest.approx(level, rel=0.25)


def test_a_list_of_one_kind_left_is_no_better_or_worse_than_its_own_pool() -> None:
    made = learnt(3000)
    draw = random.Random(6)
    for _ in range(600):
        made.observe(("landline", 10), is_answered=draw.random() < 0.1)
    assert made.odds(("landline", 10)) == pytest.approx(1.0, abs=0.1)


def test_odds_of_one_leave_the_pooled_estimate_as_it_is() -> None:
    assert at_odds(0.3137, 1.0) == 0.3137
    assert at_odds(0.5, 3.0) == pytest.approx(0.75)
