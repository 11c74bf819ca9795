"""The transaction before every call: all that could forbid it, then the row, then the lead's
state.

The leads are locked first, then all their numbers, and only then is anything read: no second
process can write an attempt on the same person, and nobody can forbid the number, between the
verdict and the commit.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.consent_registry import ConsentRegistry
from campaigns.store.do_not_call import lock_numbers_of_leads
from campaigns.store.gate import (
    ASK_AGAIN_AFTER,
    CONSENT_AGAIN_AFTER,
    RuleVerdict,
    callable_at,
    refusals,
)
from campaigns.store.gate_facts import GateFacts, gate_facts
from campaigns.store.lead_moves import Move, phone_after
from campaigns.store.lead_writes import as_ids, as_json, forbid_phones, read_phones, write_moves
from campaigns.store.leases import holds_lease
from campaigns.store.quota_rules import QUOTA_REASON
from campaigns.store.refused_tries import record_refused
from campaigns.store.rows import AttemptVerdict, NewAttempt

TEXTS = {
    "lease_lost": "another process holds the lease of the team now, or it was not renewed in time",
    "not_leased": "the lead is not leased by this owner",
    "wrong_phone": "the number is not one of the lead's valid numbers",
    "number_on_call": "the number is on a call at this moment",
    "outside_calling_hours": "the lead's calling hours are closed",
    "do_not_call": "the number stands on a do-not-call list",
    "list_stale": "a do-not-call list that must be looked at is missing or too old",
    "no_consent": "no consent that this call needs is in force",
    "registry_refused": "the consent registry does not know the number, or could not be asked",
    "attempt_limit": "the number or the person was called as often as is allowed",
    "cool_down": "the number or the person must be left alone for some time after an earlier call",
    "attempts_max": "the lead has had all its attempts",
    "quota_full": "the script's quota for people like this lead has all its interviews",
    "callback": "the lead was promised a call, and gets no other before it",
    "already_ended": "an attempt with this call id has ended before",
}
_OF_THE_HAND = ("lease_lost", "not_leased", "wrong_phone", "already_ended")
_BUSY_ELSEWHERE = timedelta(minutes=10)
"""A number on a call for another campaign is tried again after as long as a busy one."""
_NEVER_OPEN_AGAIN_AFTER = timedelta(days=1)
"""A lead whose hours open in no time looked ahead is looked at again so often."""


async def write_attempts(
    connection: AsyncConnection,
    new: Sequence[NewAttempt],
    now: datetime,
    *,
    registries: Mapping[str, ConsentRegistry] | None = None,
) -> list[AttemptVerdict]:
    """Write what may be called; see `Attempts.write`."""
    if not new:
        return []
    held = await _lock(connection, new)
    pairs = sorted({(attempt.lead_id, attempt.phone_id) for attempt in new})
    facts = await gate_facts(connection, pairs, now, registries=registries)
    accepted: dict[int, NewAttempt] = {}
    verdicts: dict[str, str | None] = {}
    texts: dict[str, str] = {}
    for attempt in new:
        reason = _refusal_of_hand(attempt, held, facts, now)
        if reason is None and attempt.lead_id in accepted:
            reason = "not_leased"
        if reason is None:
            reason = _refusal_of_gate(attempt, facts, now, texts)
        if reason is None:
            accepted[attempt.lead_id] = attempt
        else:
            verdicts[attempt.call_id] = reason
    inserted = await _insert(connection, list(accepted.values()), now)
    await _start_dialling(connection, inserted)
    for attempt in accepted.values():
        is_written = attempt.call_id in inserted
        verdicts[attempt.call_id] = None if is_written else "number_on_call"
    refused = [attempt for attempt in new if verdicts[attempt.call_id] is not None]
    before = await _written_before(connection, refused)
    verdicts |= before
    refused = [attempt for attempt in refused if attempt.call_id not in before]
    await _put_refused_away(connection, refused, verdicts, facts, now)
    await _keep_refused(connection, refused, verdicts, texts, now)
    return [
        _verdict(attempt.call_id, verdicts[attempt.call_id], texts.get(attempt.call_id, ""))
        for attempt in new
    ]


def _verdict(call_id: str, reason: str | None, rule: str) -> AttemptVerdict:
    return AttemptVerdict(
        call_id=call_id,
        refused=reason,
        text="" if reason is None else TEXTS[reason],
        rule=rule,
    )


async def _written_before(
    connection: AsyncConnection, new: Sequence[NewAttempt]
) -> dict[str, str | None]:
    """Verdicts on call ids that have a row: accepted while it is the same open attempt.

    Only refused ones can have one: the row of an accepted one is new.
    """
    if not new:
        return {}
    found = await connection.execute(
        text(
            "SELECT CAST(id AS text) AS id, lead_id, phone_id, ended_at IS NULL AS "
            "is_open FROM attempt"
            " WHERE id = ANY(CAST(:ids AS uuid[]))"
        ),
        {"ids": [attempt.call_id for attempt in new]},
    )
    rows = {row.id: row for row in found}
    verdicts: dict[str, str | None] = {}
    for attempt in new:
        row = rows.get(attempt.call_id)
        if row is not None:
            is_same = (row.lead_id, row.phone_id) == (attempt.lead_id, attempt.phone_id)
            verdicts[attempt.call_id] = None if row.is_open and is_same else "already_ended"
    return verdicts


async def _lock(
    connection: AsyncConnection, asked: Sequence[NewAttempt]
) -> frozenset[tuple[int, str, int | None]]:
    """Lock the leads and their numbers; the (team, owner, token) that hold their leases."""
    held = set()
    holders = {(attempt.team_id, attempt.owner, attempt.token) for attempt in asked}
    # In a fixed order, so that no two writers can wait for each other in a circle.
    for team_id, owner, token in sorted(holders, key=str):
        if await holds_lease(connection, team_id, owner, token):
            held.add((team_id, owner, token))
    lead_ids = sorted({attempt.lead_id for attempt in asked})
    await connection.execute(
        text("SELECT id FROM lead WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id FOR UPDATE"),
        {"ids": as_ids(lead_ids)},
    )
    await lock_numbers_of_leads(connection, lead_ids)
    return frozenset(held)


def _refusal_of_hand(
    attempt: NewAttempt,
    held: frozenset[tuple[int, str, int | None]],
    facts: GateFacts,
    now: datetime,
) -> str | None:
    """What is wrong with who asks, before any rule."""
    if (attempt.team_id, attempt.owner, attempt.token) not in held:
        return "lease_lost"
    lead = facts.rows.get((attempt.lead_id, attempt.phone_id))
    if lead is None:
        return "wrong_phone"
    if (lead.campaign_id, lead.team_id) != (attempt.campaign_id, attempt.team_id):
        return "not_leased"
    if lead.state != "leased" or lead.leased_by != attempt.owner:
        return "not_leased"
    if lead.number != attempt.number or lead.phone_state != "valid":
        return "wrong_phone"
    if lead.promise_id not in (None, attempt.callback_id) and now < lead.promise_lapses_at:
        return "callback"
    return None


def _refusal_of_gate(
    attempt: NewAttempt, facts: GateFacts, now: datetime, texts: dict[str, str]
) -> str | None:
    """The first rule that forbids the call; its citation and sentence go into `texts`."""
    first = next(refusals(facts, attempt.lead_id, attempt.phone_id, now), None)
    if first is not None and first.code == "number_on_call":
        return first.code
    if now >= attempt.callable_until:
        return "outside_calling_hours"
    if first is None:
        return None
    texts[attempt.call_id] = _cited(first)
    return first.code


def _cited(verdict: RuleVerdict) -> str:
    return f"{verdict.text} [{verdict.citation}]" if verdict.citation else verdict.text


async def _insert(
    connection: AsyncConnection, accepted: Sequence[NewAttempt], now: datetime
) -> dict[str, int]:
    """Insert the rows; the call ids that got one, with their leads. The others' numbers are on
    a call."""
    if not accepted:
        return {}
    found = await connection.execute(
        text(
            "INSERT INTO attempt (id, campaign_id, team_id, lead_id, phone_id, number, trunk,"
            "   caller_id, owner, answer_probability, written_at)"
            " SELECT new.*, CAST(:now AS timestamptz)"
            " FROM json_to_recordset(CAST(:rows AS json)) AS new(call_id uuid, campaign_id bigint,"
            "   team_id bigint, lead_id bigint, phone_id bigint, number text, trunk text,"
            "   caller_id text, owner text, answer_probability real)"
            # Two writers meeting on two numbers in opposite order would wait for each other.
            " ORDER BY new.number ON CONFLICT DO NOTHING RETURNING CAST(id AS text) AS id, lead_id"
        ),
        {"now": now, "rows": as_json(accepted)},
    )
    return {row.id: row.lead_id for row in found}


async def _start_dialling(connection: AsyncConnection, inserted: dict[str, int]) -> None:
    if inserted:
        await connection.execute(
            text(
                "UPDATE lead SET state = 'dialling', is_fresh = false, last_call_id = new.call_id"
                " FROM unnest(CAST(:lead_ids AS bigint[]), CAST(:call_ids AS uuid[]))"
                "   AS new(lead_id, call_id) WHERE lead.id = new.lead_id"
            ),
            {"lead_ids": list(inserted.values()), "call_ids": list(inserted)},
        )


async def _put_refused_away(
    connection: AsyncConnection,
    asked: Sequence[NewAttempt],
    verdicts: dict[str, str | None],
    facts: GateFacts,
    now: datetime,
) -> None:
    """Take refused leads out of the owner's hands, each to when it next becomes callable."""
    moves: dict[int, Move] = {}
    forbidden: dict[int, int] = {}
    unknown: dict[int, int] = {}
    for attempt in asked:
        lead_id, phone_id = attempt.lead_id, attempt.phone_id
        match verdicts[attempt.call_id]:
            case "do_not_call":
                forbidden[lead_id] = phone_id
            case "attempts_max":
                moves[lead_id] = Move(
                    state="done", next_call_at=now, phone=None, done_reason="attempts_max"
                )
            case "quota_full":
                moves[lead_id] = Move(
                    state="done",
                    next_call_at=facts.rows[lead_id, phone_id].next_call_at,
                    phone=None,
                    done_reason=QUOTA_REASON,
                )
            case "number_on_call":
                moves[lead_id] = _back(now + _BUSY_ELSEWHERE)
            case "outside_calling_hours" | "attempt_limit" | "cool_down":
                moves[lead_id] = _back(_next_call_at(facts, attempt, now))
            case "list_stale":
                moves[lead_id] = _back(now + ASK_AGAIN_AFTER)
            case "callback" if facts.rows[lead_id, phone_id].promise_state == "open":
                # The promise holds it back until its time; one in hand has the lead already.
                moves[lead_id] = _back(facts.rows[lead_id, phone_id].next_call_at)
            case "no_consent" | "registry_refused":
                unknown[lead_id] = phone_id
            case "wrong_phone":
                lead = facts.rows.get((lead_id, phone_id))
                if lead is not None and (lead.state, lead.leased_by) == ("leased", attempt.owner):
                    moves[lead_id] = _back(lead.next_call_at)
            case _:
                # Written, or not ours to move.
                pass
    moves |= await _without_consent(connection, unknown, now)
    await write_moves(connection, moves)
    await forbid_phones(connection, forbidden, now=now)


async def _keep_refused(
    connection: AsyncConnection,
    refused: Sequence[NewAttempt],
    verdicts: Mapping[str, str | None],
    texts: Mapping[str, str],
    now: datetime,
) -> None:
    """What a rule forbade is remembered; what was wrong with who asked is no fact about the
    lead."""
    found = {}
    for attempt in refused:
        code = verdicts[attempt.call_id]
        if code is not None and code not in _OF_THE_HAND:
            found[attempt.lead_id] = (code, texts.get(attempt.call_id) or TEXTS[code])
    await record_refused(connection, found, now)


def _next_call_at(facts: GateFacts, attempt: NewAttempt, now: datetime) -> datetime:
    at = callable_at(facts, attempt.lead_id, attempt.phone_id, now)
    before: datetime = facts.rows[attempt.lead_id, attempt.phone_id].next_call_at
    if at is None:
        return now + _NEVER_OPEN_AGAIN_AFTER
    # Callable now: it came too late for its lease alone, and waits for nothing.
    return before if at == now else max(at, before)


async def _without_consent(
    connection: AsyncConnection, phone_of_lead: Mapping[int, int], now: datetime
) -> dict[int, Move]:
    """Go on to the lead's next number, which may have a consent; after the last, wait a day."""
    if not phone_of_lead:
        return {}
    phones = await read_phones(connection, sorted(phone_of_lead))
    moves = {}
    for lead_id, phone_id in phone_of_lead.items():
        called = next(phone for phone in phones[lead_id] if phone.id == phone_id)
        following = phone_after(phones[lead_id], called.position)
        is_later = following is not None and following.position > called.position
        moves[lead_id] = Move(
            state="callable",
            next_call_at=now if is_later else now + CONSENT_AGAIN_AFTER,
            phone=following,
        )
    return moves


def _back(at: datetime) -> Move:
    return Move(state="callable", next_call_at=at, phone=None)
