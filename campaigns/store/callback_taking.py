"""Handing promises that come near to a dialer, and writing how they ended."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.callbacks import UNANSWERED, CallbackState, Terms, callable_until, verdict
from campaigns.campaign_spec import CampaignSpec
from campaigns.store.callback_rows import CallbackEnd, DueCallback
from campaigns.store.campaigns import read_specs
from campaigns.store.database import utc
from campaigns.store.gate_facts import law_of
from campaigns.store.outbox import tell_callbacks

TAKE_MAX = 200
"""Promises taken at once; what is left comes with the next look, some seconds later."""
NEVER_AGAIN = ("do_not_call", "refusal", "forgotten")
"""Leads finished for these reasons are not called even if they were promised a call before."""

_ENDS = ", ".join(f"'{each}'" for each in UNANSWERED)
NOT_ANSWERED = f"""(callback.state = 'missed' AND callback.reason IN ({_ENDS}) AND EXISTS (
  SELECT 1 FROM attempt WHERE attempt.id = callback.call_id AND attempt.written_at
    <= callback.due_at + make_interval(secs => callback.tolerance_seconds)))"""  # noqa: S608
"""We called in time, and the person did not come to speak: our part was kept."""

SELECT = f"""
SELECT callback.*, {NOT_ANSWERED} AS is_unanswered, campaign.name AS campaign_name,
       lead.name AS lead_name, lead.state AS lead_state,
       lead.done_reason, phone.number, phone.kind, phone.time_zones, phone.jurisdictions,
       phone.state AS phone_state, agent.name AS agent_name
FROM callback JOIN lead ON lead.id = callback.lead_id
JOIN campaign ON campaign.id = callback.campaign_id
JOIN lead_phone AS phone ON phone.id = callback.phone_id
LEFT JOIN agent ON agent.id = callback.agent_id
"""  # noqa: S608 - parts of this module
TAKE = f"""{SELECT}
WHERE callback.state IN ('open', 'due') AND callback.due_at <= :until
AND callback.campaign_id = ANY(CAST(:campaigns AS bigint[]))
AND callback.id <> ALL(CAST(:in_hand AS bigint[]))
ORDER BY callback.due_at, callback.id LIMIT :most FOR UPDATE OF callback, lead SKIP LOCKED
"""


async def take(
    connection: AsyncConnection,
    campaign_ids: Collection[int],
    *,
    owner: str,
    until: datetime,
    now: datetime,
    in_hand: Collection[int],
) -> list[DueCallback]:
    """Take what is due; see `Callbacks.take_due`."""
    found = await connection.execute(
        text(TAKE),
        {
            "until": until,
            "campaigns": list(campaign_ids),
            "in_hand": list(in_hand),
            "most": TAKE_MAX,
        },
    )
    rows = found.all()
    if not rows:
        return []
    specs = await read_specs(connection, sorted({row.campaign_id for row in rows}))
    attempts = await _attempts(connection, [row for row in rows if row.state == "due"])
    taken = [row for row in rows if await _is_to_take(connection, row, attempts, now)]
    await _lease(connection, taken, owner, now)
    return [due(row, specs[row.campaign_id], now) for row in taken]


async def lapse(connection: AsyncConnection, now: datetime) -> int:
    """Promises that nobody has in hand and whose time is over are missed; how many."""
    found = await connection.execute(
        text(
            "SELECT id FROM callback WHERE state = 'open' AND due_at < :now AND due_at"
            " + make_interval(secs => tolerance_seconds + 2 * agent_wait_seconds) < :now"
            " ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED"
        ),
        {"now": now, "most": TAKE_MAX},
    )
    lapsed = [row.id for row in found]
    for callback_id in lapsed:
        await settle(
            connection,
            CallbackEnd(
                id=callback_id, state=CallbackState.MISSED, reason="nobody_dialled", at=now
            ),
        )
    return len(lapsed)


async def _attempts(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> dict[int, Row[Any]]:
    """The last attempt at each lead since its promise was taken in hand, by promise."""
    if not rows:
        return {}
    found = await connection.execute(
        text(
            "SELECT DISTINCT ON (callback.id) callback.id AS callback_id,"
            " CAST(attempt.id AS text) AS call_id, attempt.written_at, attempt.ended_at,"
            " attempt.bridged_at, attempt.agent_id, attempt.outcome"
            " FROM callback JOIN attempt ON attempt.lead_id = callback.lead_id"
            "   AND attempt.written_at >= callback.taken_at"
            " WHERE callback.id = ANY(CAST(:ids AS bigint[]))"
            " ORDER BY callback.id, attempt.written_at DESC"
        ),
        {"ids": [row.id for row in rows]},
    )
    return {row.callback_id: row for row in found}


async def _is_to_take(
    connection: AsyncConnection, row: Row[Any], attempts: dict[int, Row[Any]], now: datetime
) -> bool:
    """True when the lead is to be leased; a promise that is over is settled here."""
    attempt = attempts.get(row.id)
    if attempt is not None:
        if attempt.ended_at is not None:
            state, reason = verdict(
                _terms(row),
                began_at=attempt.written_at,
                spoke_with=attempt.agent_id,
                was_connected=attempt.bridged_at is not None,
            )
            if state is CallbackState.MISSED:
                reason = attempt.outcome
            await settle(
                connection,
                CallbackEnd(id=row.id, state=state, reason=reason, at=now, call_id=attempt.call_id),
            )
        return False
    is_finished = row.lead_state == "done" and row.done_reason in NEVER_AGAIN
    if now > _terms(row).lapses_at:
        reason = "nobody_dialled"
    elif is_finished or row.lead_state == "invalid" or row.phone_state != "valid":
        reason = row.done_reason or "number_not_valid"
    else:
        # One that is leased or being dialled comes back in a moment.
        return row.lead_state in ("callable", "done")
    await settle(
        connection, CallbackEnd(id=row.id, state=CallbackState.MISSED, reason=reason, at=now)
    )
    return False


async def _lease(
    connection: AsyncConnection, rows: Sequence[Row[Any]], owner: str, now: datetime
) -> None:
    if not rows:
        return
    await connection.execute(
        text(
            "UPDATE lead SET state = 'leased', leased_by = :owner"
            " WHERE id = ANY(CAST(:ids AS bigint[]))"
        ),
        {"ids": [row.lead_id for row in rows], "owner": owner},
    )
    await connection.execute(
        text(
            "UPDATE callback SET state = 'due', taken_at = :now"
            " WHERE id = ANY(CAST(:ids AS bigint[]))"
        ),
        {"ids": [row.id for row in rows], "now": now},
    )


async def settle(connection: AsyncConnection, end: CallbackEnd) -> None:
    """Write an end once, or give the promise back."""
    is_back = end.state is CallbackState.OPEN
    found = await connection.execute(
        text(
            "UPDATE callback SET state = :state, reason = :reason,"
            " call_id = coalesce(CAST(:call_id AS uuid), call_id),"
            " settled_at = CASE WHEN :is_back THEN NULL ELSE CAST(:at AS timestamptz) END,"
            " taken_at = CASE WHEN :is_back THEN NULL ELSE taken_at END"
            " WHERE id = :id AND state IN ('open', 'due') RETURNING lead_id"
        ),
        {
            "id": end.id,
            "state": str(end.state),
            "reason": end.reason,
            "call_id": end.call_id,
            "at": utc(end.at),
            "is_back": is_back,
        },
    )
    lead_id = found.scalar_one_or_none()
    if lead_id is not None and not is_back:
        await tell_callbacks(connection, str(end.state), [end.id], now=utc(end.at))
    if lead_id is not None and not is_back and end.call_id is None:
        # No call was made: the lead waits no longer. After a call its retry rule has the say.
        await touch_lead(connection, lead_id, utc(end.at))


def _terms(row: Row[Any]) -> Terms:
    return Terms(
        due_at=row.due_at,
        tolerance_seconds=row.tolerance_seconds,
        agent_wait_seconds=row.agent_wait_seconds,
        agent_id=row.agent_id,
    )


def due(row: Row[Any], spec: CampaignSpec, now: datetime) -> DueCallback:
    """The promise as the dialer takes it."""
    zones = row.time_zones.split(",")
    at = max(now, row.due_at)
    window = law_of(spec, row.jurisdictions, row.kind, at).window
    return DueCallback(
        id=row.id,
        lead_id=row.lead_id,
        campaign_id=row.campaign_id,
        phone_id=row.phone_id,
        number=row.number,
        agent_id=row.agent_id,
        due_at=row.due_at,
        tolerance_seconds=row.tolerance_seconds,
        agent_wait_seconds=row.agent_wait_seconds,
        falls_to_team=row.fallback == "team",
        callable_until=callable_until(row.due_at, window, zones, now=now),
    )


async def touch_lead(connection: AsyncConnection, lead_id: int, at: datetime) -> None:
    """Let a lead that waits be called from `at` on."""
    await connection.execute(
        text("UPDATE lead SET next_call_at = :at WHERE id = :id AND state = 'callable'"),
        {"id": lead_id, "at": at},
    )


async def withdraw_lead(connection: AsyncConnection, lead_id: int) -> None:
    """Take a promised lead that is not being called out of every hopper, for the guard to hold."""
    await connection.execute(
        text(
            "UPDATE lead SET state = 'callable', leased_by = NULL"
            " WHERE id = :id AND state IN ('callable', 'leased')"
        ),
        {"id": lead_id},
    )
