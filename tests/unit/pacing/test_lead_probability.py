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
    assert len(made._weights) == SLOTS
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
