"""A lead stands under its first reason, whatever order the rules speak in."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from campaigns.explain.preflight import REASONS, Tally, next_callable_at

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
CODES = [code for code in REASONS if code not in ("done", "in_hand", "waiting", "callback")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A verdict, as the gate gives it."""

    code: str
    is_allowed: bool = False
    citation: str = ""
    text: str = "Because."
    allowed_at: datetime | None = None


verdicts = st.lists(
    st.builds(
        Said,
        code=st.sampled_from([*CODES, "brand_new_rule"]),
        is_allowed=st.booleans(),
        allowed_at=st.one_of(st.none(), st.integers(0, 99).map(lambda n: NOW + timedelta(hours=n))),
    ),
    max_size=5,
)


@given(st.lists(verdicts, max_size=8), st.booleans())
def test_every_lead_is_counted_exactly_once(leads: list[list[Said]], is_due: bool) -> None:
    tally = Tally()
    for each in leads:
        due_at = NOW if is_due else NOW + timedelta(hours=1)
        tally.add_callable(each, due_at=due_at, callback_at=None, now=NOW)
    found = tally.preflight("spring", now=NOW)
    assert found.total == len(leads)
    assert found.callable_now + sum(each.count for each in found.reasons) == len(leads)
    free = sum(all(v.is_allowed for v in each) for each in leads) if is_due else 0
    assert found.callable_now == free


def test_what_waiting_does_not_mend_comes_before_what_it_does() -> None:
    said = [Said(code="outside_calling_hours", allowed_at=NOW), Said(code="do_not_call")]
    for order in itertools.permutations(said):
        tally = Tally()
        tally.add_callable(order, due_at=NOW, callback_at=None, now=NOW)
        found = tally.preflight("spring", now=NOW)
        assert [each.code for each in found.reasons] == ["do_not_call"]


def test_a_rule_the_words_do_not_know_is_still_counted() -> None:
    tally = Tally()
    said = [Said(code="brand_new_rule", text="The moon is full.")]
    tally.add_callable(said, due_at=NOW, callback_at=None, now=NOW)
    reason = tally.preflight("spring", now=NOW).reasons[0]
    assert (reason.code, reason.details[0].text) == ("other_rule", "The moon is full.")


def test_the_next_instant_is_the_last_of_all_refusals_or_never() -> None:
    hour = timedelta(hours=1)
    two = [Said(code="cool_down", allowed_at=NOW + 3 * hour),
           Said(code="attempt_limit", allowed_at=NOW + 2 * hour)]  # fmt: skip
    assert next_callable_at(two, due_at=NOW, callback_at=None, now=NOW) == NOW + 3 * hour
    assert next_callable_at(two, due_at=NOW + 9 * hour, callback_at=None, now=NOW) == NOW + 9 * hour
    never = [*two, Said(code="do_not_call")]
    assert next_callable_at(never, due_at=NOW, callback_at=None, now=NOW) is None
