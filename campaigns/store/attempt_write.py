"""The transaction before every call: all that could forbid it, then the row, then the lead's
state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign_spec import CampaignSpec
from campaigns.store.campaigns import read_specs
from campaigns.store.do_not_call import find_hits
from campaigns.store.lead_moves import Move
from campaigns.store.lead_writes import as_json, forbid_phones, write_moves
from campaigns.store.leases import holds_lease
from campaigns.store.rows import AttemptVerdict, NewAttempt

TEXTS = {
    "lease_lost": "another process holds the lease of the team now, or it was not renewed in time",
    "not_leased": "the lead is not leased by this owner",
    "wrong_phone": "the number is not one of the lead's valid numbers",
    "outside_calling_hours": "the lead's calling hours are closed",
    "attempts_max": "the lead has had all its attempts",
    "do_not_call": "the number stands on a do-not-call list",
    "number_on_call": "the number is on a call at this moment",
    "already_ended": "an attempt with this call id has ended before",
}
_BUSY_ELSEWHERE = timedelta(minutes=10)
"""A number on a call for another campaign is tried again after as long as a busy one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What the database says, read and locked in this transaction."""

    held: frozenset[tuple[int, str, int | None]]
    leads: dict[int, Row[Any]]
    specs: dict[int, CampaignSpec]
    forbidden: frozenset[str]


async def write_attempts(
    connection: AsyncConnection, new: Sequence[NewAttempt], now: datetime
) -> list[AttemptVerdict]:
    """Write what may be called; see `Attempts.write`."""
    if not new:
        return []
    verdicts = await _written_before(connection, new)
    asked = [attempt for attempt in new if attempt.call_id not in verdicts]
    facts = await _read_facts(connection, asked)
    accepted: dict[int, NewAttempt] = {}
    for attempt in asked:
        reason = _refusal(attempt, facts, now)
        if reason is None and attempt.lead_id in accepted:
            reason = "not_leased"
        if reason is None:
            accepted[attempt.lead_id] = attempt
        else:
            verdicts[attempt.call_id] = reason
    inserted = await _insert(connection, list(accepted.values()), now)
    await _start_dialling(connection, inserted)
    for attempt in accepted.values():
        is_written = attempt.call_id in inserted
        verdicts[attempt.call_id] = None if is_written else "number_on_call"
    await _put_refused_away(connection, asked, verdicts, facts, now)
    return [_verdict(attempt.call_id, verdicts[attempt.call_id]) for attempt in new]


def _verdict(call_id: str, reason: str | None) -> AttemptVerdict:
    return AttemptVerdict(
        call_id=call_id, refused=reason, text="" if reason is None else TEXTS[reason]
    )


async def _written_before(
    connection: AsyncConnection, new: Sequence[NewAttempt]
) -> dict[str, str | None]:
    """Verdicts on call ids that have a row: accepted while it is the same open attempt."""
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


async def _read_facts(connection: AsyncConnection, asked: Sequence[NewAttempt]) -> _Facts:
    held = set()
    holders = {(attempt.team_id, attempt.owner, attempt.token) for attempt in asked}
    # In a fixed order, so that no two writers can wait for each other in a circle.
    for team_id, owner, token in sorted(holders, key=str):
        if await holds_lease(connection, team_id, owner, token):
            held.add((team_id, owner, token))
    found = await connection.execute(
        text(
            "SELECT lead.id, lead.state, lead.leased_by, lead.tries, "
            "lead.campaign_id, lead.next_call_at,"
            " campaign.team_id, phone.id AS phone_id, phone.number, phone.time_zones,"
            " phone.state AS phone_state"
            " FROM unnest(CAST(:lead_ids AS bigint[]), CAST(:phone_ids AS bigint[]))"
            "   AS asked(lead_id, phone_id)"
            " JOIN lead ON lead.id = asked.lead_id"
            " JOIN campaign ON campaign.id = lead.campaign_id"
            " JOIN lead_phone AS phone ON phone.id = asked.phone_id AND phone.lead_id = lead.id"
            " ORDER BY lead.id FOR UPDATE OF lead"
        ),
        {
            "lead_ids": [attempt.lead_id for attempt in asked],
            "phone_ids": [attempt.phone_id for attempt in asked],
        },
    )
    leads = {row.id: row for row in found}
    return _Facts(
        held=frozenset(held),
        leads=leads,
        specs=await read_specs(connection, sorted({row.campaign_id for row in leads.values()})),
        forbidden=frozenset(await find_hits(connection, [each.number for each in asked])),
    )


def _refusal(attempt: NewAttempt, facts: _Facts, now: datetime) -> str | None:
    if (attempt.team_id, attempt.owner, attempt.token) not in facts.held:
        return "lease_lost"
    lead = facts.leads.get(attempt.lead_id)
    if lead is None or lead.phone_id != attempt.phone_id:
        return "wrong_phone"
    if (lead.campaign_id, lead.team_id) != (attempt.campaign_id, attempt.team_id):
        return "not_leased"
    if lead.state != "leased" or lead.leased_by != attempt.owner:
        return "not_leased"
    if lead.number != attempt.number or lead.phone_state != "valid":
        return "wrong_phone"
    spec = facts.specs[lead.campaign_id]
    zones = lead.time_zones.split(",")
    if now >= attempt.callable_until or not spec.calling_hours.is_open(now, zones):
        return "outside_calling_hours"
    if lead.tries >= spec.attempts_max:
        return "attempts_max"
    if attempt.number in facts.forbidden:
        return "do_not_call"
    return None


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
            "   caller_id, owner, written_at)"
            " SELECT new.*, CAST(:now AS timestamptz)"
            " FROM json_to_recordset(CAST(:rows AS json)) AS new(call_id uuid, campaign_id bigint,"
            "   team_id bigint, lead_id bigint, phone_id bigint, number text, trunk text,"
            "   caller_id text, owner text)"
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
    facts: _Facts,
    now: datetime,
) -> None:
    """Take refused leads out of the owner's hands, each to where its reason sends it."""
    moves: dict[int, Move] = {}
    forbidden: dict[int, int] = {}
    for attempt in asked:
        lead_id = attempt.lead_id
        match verdicts[attempt.call_id]:
            case "do_not_call":
                forbidden[lead_id] = attempt.phone_id
            case "attempts_max":
                moves[lead_id] = Move(
                    state="done", next_call_at=now, phone=None, done_reason="attempts_max"
                )
            case "number_on_call":
                moves[lead_id] = _back(now + _BUSY_ELSEWHERE)
            case "outside_calling_hours":
                # No later than before: the hopper itself looks at the hours.
                moves[lead_id] = _back(facts.leads[lead_id].next_call_at)
            case "wrong_phone":
                lead = facts.leads.get(lead_id)
                if lead is not None and (lead.state, lead.leased_by) == ("leased", attempt.owner):
                    moves[lead_id] = _back(lead.next_call_at)
            case _:
                # Written, or not ours to move.
                pass
    await write_moves(connection, moves)
    await forbid_phones(connection, forbidden, now=now)


def _back(at: datetime) -> Move:
    return Move(state="callable", next_call_at=at, phone=None)
