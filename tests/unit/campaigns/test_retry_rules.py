"""What follows each outcome and disposition, as a table."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.dispositions import DEFAULT_DISPOSITIONS, DispositionKind
from campaigns.outcomes import Outcome
from campaigns.retry_rules import Again, Retry, RetryRules, format_wait, parse_wait

AT = datetime(2026, 6, 8, 12, tzinfo=UTC)
RULES = RetryRules()
MINUTES, HOURS = timedelta(minutes=1), timedelta(hours=1)


def again(wait: timedelta, *, next_number: bool = False) -> Retry:
    return Retry(call_again_at=AT + wait, use_next_number=next_number, is_final=False)


FINISHED = Retry(call_again_at=None, use_next_number=False, is_final=True)
NUMBER_FINISHED = Retry(call_again_at=None, use_next_number=True, is_final=False)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome.BUSY, again(10 * MINUTES)),
        (Outcome.NO_ANSWER, again(4 * HOURS, next_number=True)),
        (Outcome.MACHINE, again(6 * HOURS, next_number=True)),
        (Outcome.REJECTED, again(24 * HOURS, next_number=True)),
        (Outcome.ABANDONED, again(72 * HOURS)),
        (Outcome.HUNG_UP_EARLY, again(24 * HOURS)),
        (Outcome.INVALID_NUMBER, NUMBER_FINISHED),
        (Outcome.CONGESTION, again(2 * MINUTES)),
        (Outcome.SWITCH_LIMIT, again(2 * MINUTES)),
        (Outcome.FAILED, again(1 * HOURS, next_number=True)),
        (Outcome.CANCELLED, again(4 * HOURS, next_number=True)),
        (Outcome.UNKNOWN, again(4 * HOURS, next_number=True)),
        (Outcome.CONNECTED, again(24 * HOURS)),
    ],
)
def test_after_an_outcome(outcome: Outcome, expected: Retry) -> None:
    assert RULES.after(outcome, None, tries=1, ended_at=AT) == expected


def test_every_outcome_has_a_rule() -> None:
    for outcome in Outcome:
        assert RULES.after(outcome, None, tries=1, ended_at=AT)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (DispositionKind.SALE, FINISHED),
        (DispositionKind.REFUSAL, FINISHED),
        (DispositionKind.NO_INTEREST, FINISHED),
        (DispositionKind.DO_NOT_CALL, FINISHED),
        (DispositionKind.WRONG_NUMBER, NUMBER_FINISHED),
        (DispositionKind.CALLBACK, again(24 * HOURS)),
        (DispositionKind.MACHINE, again(6 * HOURS, next_number=True)),
        (DispositionKind.OTHER, again(24 * HOURS)),
    ],
)
def test_after_a_disposition(kind: DispositionKind, expected: Retry) -> None:
    assert RULES.after(Outcome.CONNECTED, kind.value, tries=1, ended_at=AT) == expected


def test_defaults_are_final_exactly_when_the_rules_finish_the_lead() -> None:
    for each in DEFAULT_DISPOSITIONS:
        retry = RULES.after(Outcome.CONNECTED, each.kind, tries=1, ended_at=AT)
        assert retry.is_final == each.is_final


@pytest.mark.parametrize("kind", [DispositionKind.REFUSAL, DispositionKind.DO_NOT_CALL])
def test_no_campaign_can_call_again_after_a_refusal(kind: DispositionKind) -> None:
    retry = RULES.after(Outcome.CONNECTED, kind, tries=1, ended_at=AT, is_final_disposition=False)
    assert retry == FINISHED


def test_a_campaign_can_end_leads_with_a_disposition_of_its_own() -> None:
    retry = RULES.after(Outcome.CONNECTED, "other", tries=1, ended_at=AT, is_final_disposition=True)
    assert retry == FINISHED


@given(outcome=st.sampled_from(Outcome), tries=st.integers(1, 20), limit=st.integers(1, 20))
def test_attempts_over_the_limit_end_the_lead_unless_the_network_failed(
    outcome: Outcome, tries: int, limit: int
) -> None:
    retry = RetryRules(attempts_max=limit).after(outcome, None, tries=tries, ended_at=AT)
    assert retry.is_final == (tries >= limit and outcome.counts_as_attempt)
    assert not (retry.is_final and retry.call_again_at is not None)


@pytest.mark.parametrize("text", ["30s", "10m", "4h", "3d", "never", "90s", "36h"])
def test_waits_are_written_as_they_were_read(text: str) -> None:
    wait = parse_wait(text)
    assert parse_wait(format_wait(wait)) == wait


def test_never_means_never() -> None:
    assert parse_wait(" Never ") is Again.NEVER


@pytest.mark.parametrize("text", ["", "10", "ten", "5s", "400d", "-1h", "1.5h"])
def test_bad_waits_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"10m|30s"):
        parse_wait(text)
