"""How an attempt went, and what that means for its lead.

The machine's result and the agent's disposition may come in either order, and each may come
twice. So both end in the same step: look at the whole row as it now is, and move the lead by it.
The lead's counters follow the same way: what the attempt counted as before is taken off, what it
counts as now is put on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign_spec import CampaignSpec
from campaigns.dispositions import Disposition, DispositionKind
from campaigns.outcomes import Outcome
from campaigns.retry_rules import Tally, left_unfinished, reached_nobody
from campaigns.store.campaigns import read_specs
from campaigns.store.do_not_call import AGENTS_LIST, add_entry
from campaigns.store.errors import StoreError, UnknownAttempt
from campaigns.store.lead_moves import Move, move_after
from campaigns.store.lead_writes import as_json, read_phones, write_moves
from campaigns.store.outbox import tell_calls
from campaigns.store.rows import AttemptResult
from campaigns.webhooks import WebhookEvent

_FACTS = (
    "outcome", "cause", "agent_id", "originated_at", "ringing_at", "answered_at", "bridged_at",
    "ended_at", "is_live", "is_abandoned", "verdict", "screened_at", "is_sampled", "message_at",
    "opted_out_at",
)  # fmt: skip


async def settle_attempts(
    connection: AsyncConnection, results: Sequence[AttemptResult]
) -> list[str]:
    """Write the results and move the leads; see `Attempts.settle`."""
    latest = {result.call_id: result for result in results}
    rows = await _lock(connection, list(latest))
    specs = await read_specs(connection, sorted({row.campaign_id for row in rows}))
    tallies = {row.lead_id: _tally(row) for row in rows}
    facts: list[dict[str, Any]] = []
    ended: list[_Ended] = []
    for row in rows:
        disposition = _disposition(specs[row.campaign_id], row.disposition)
        wanted = _wanted(latest[row.call_id], row, disposition)
        if all(wanted[name] == getattr(row, name) for name in _FACTS):
            continue
        facts.append({"id": row.call_id} | wanted)
        # Each attempt is counted once, whatever is corrected later.
        tallies[row.lead_id] = _recounted(
            tallies[row.lead_id],
            _counts_as(row.outcome, disposition),
            _counts_as(wanted["outcome"], disposition),
        )
        if row.outcome != wanted["outcome"]:
            # A correction of instants moves nothing; only another outcome does.
            outcome, ended_at = Outcome(wanted["outcome"]), wanted["ended_at"]
            ended.append(
                _Ended(row=row, outcome=outcome, ended_at=ended_at, disposition=disposition)
            )
    await _write_facts(connection, facts)
    await _move_leads(connection, ended, specs, tallies)
    await _tell(connection, ended)
    known = {row.call_id for row in rows}
    return [call_id for call_id in latest if call_id not in known]


async def _tell(connection: AsyncConnection, ended: Sequence["_Ended"]) -> None:
    """The webhooks, of these ends; and of what agents said before them."""
    if not ended:
        return
    now = max(each.ended_at for each in ended)
    disposed = [each.row.call_id for each in ended if each.row.disposition is not None]
    calls = [each.row.call_id for each in ended]
    await tell_calls(connection, WebhookEvent.CALL_ENDED, calls, now=now)
    await tell_calls(connection, WebhookEvent.CALL_DISPOSED, disposed, now=now)


async def dispose_attempt(
    connection: AsyncConnection,
    call_id: str,
    agent_id: int,
    code: str | None,
    now: datetime,
) -> None:
    """Write the disposition and let it take effect; see `Attempts.dispose`."""
    rows = await _lock(connection, [call_id])
    if not rows:
        raise UnknownAttempt(f"There is no attempt {call_id}.")
    row = rows[0]
    specs = await read_specs(connection, [row.campaign_id])
    spec = specs[row.campaign_id]
    disposition = _disposition(spec, code)
    if code is not None and disposition is None:
        known = ", ".join(each.code for each in spec.dispositions)
        raise StoreError(f"Campaign '{spec.name}' has no disposition '{code}'; it has {known}.")
    if row.disposed_at is not None and row.disposition == code:
        return
    is_machine = disposition is not None and disposition.kind is DispositionKind.MACHINE
    await connection.execute(
        text(
            "UPDATE attempt SET disposition = :code, disposed_at = :now,"
            " agent_id = coalesce(agent_id, :agent_id),"
            " is_live = is_live AND NOT :is_machine, is_abandoned = is_abandoned AND"
            " NOT :is_machine"
            " WHERE id = CAST(:call_id AS uuid)"
        ),
        {
            "call_id": call_id,
            "code": code,
            "now": now,
            "agent_id": agent_id,
            "is_machine": is_machine,
        },
    )
    if disposition is not None and disposition.kind is DispositionKind.DO_NOT_CALL:
        by = await connection.scalar(
            text("SELECT name FROM agent WHERE id = :id"), {"id": agent_id}
        )
        await add_entry(
            connection,
            row.number,
            list_name=AGENTS_LIST,
            by=by or f"agent {agent_id}",
            how=f"asked on call {call_id}",
            now=now,
            call_id=call_id,
        )
    if row.ended_at is not None and disposition is not None:
        ended = _Ended(
            row=row,
            outcome=Outcome(row.outcome),
            ended_at=row.ended_at,
            disposition=disposition,
        )
        tally = _recounted(
            _tally(row),
            _counts_as(row.outcome, _disposition(spec, row.disposition)),
            _counts_as(row.outcome, disposition),
        )
        await _move_leads(connection, [ended], specs, {row.lead_id: tally})
    if row.ended_at is not None and code is not None:
        await tell_calls(connection, WebhookEvent.CALL_DISPOSED, [call_id], now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """An attempt that has ended, or of which more has become known."""

    row: Row[Any]
    outcome: Outcome
    ended_at: datetime
    disposition: Disposition | None


_Counted = tuple[int, int, int]
"""What one attempt adds to a lead's tries, not reached and unfinished."""


def _counts_as(outcome: str | None, disposition: Disposition | None) -> _Counted:
    """Nothing before it has ended."""
    if outcome is None:
        return 0, 0, 0
    word, kind = Outcome(outcome), None if disposition is None else disposition.kind
    return (
        int(word.counts_as_attempt),
        int(reached_nobody(word, kind)),
        int(left_unfinished(word, kind)),
    )


def _tally(row: Row[Any]) -> Tally:
    return Tally(
        tries=row.lead_tries, not_reached=row.lead_not_reached, unfinished=row.lead_unfinished
    )


def _recounted(tally: Tally, before: _Counted, after: _Counted) -> Tally:
    """Never below zero: a correction may concern an attempt from before a recycling."""
    return Tally(
        tries=max(0, tally.tries + after[0] - before[0]),
        not_reached=max(0, tally.not_reached + after[1] - before[1]),
        unfinished=max(0, tally.unfinished + after[2] - before[2]),
    )


def _disposition(spec: CampaignSpec, code: str | None) -> Disposition | None:
    return None if code is None else spec.disposition(code)


async def _lock(connection: AsyncConnection, call_ids: Sequence[str]) -> list[Row[Any]]:
    # Leads in the order of their ids, as every writer of leads locks them.
    found = await connection.execute(
        text(
            "SELECT CAST(attempt.id AS text) AS call_id, attempt.campaign_id, attempt.lead_id,"
            " attempt.phone_id, attempt.number, attempt.outcome, attempt.cause, attempt.agent_id,"
            " attempt.originated_at, attempt.ringing_at, attempt.answered_at, attempt.bridged_at,"
            " attempt.ended_at, attempt.is_live, attempt.is_abandoned, attempt.disposition,"
            " attempt.verdict, attempt.screened_at, attempt.is_sampled, attempt.message_at,"
            " attempt.opted_out_at,"
            " attempt.disposed_at, lead.tries AS lead_tries, lead.state AS lead_state,"
            " lead.not_reached AS lead_not_reached, lead.unfinished AS lead_unfinished,"
            " CAST(lead.last_call_id AS text) AS last_call_id"
            " FROM attempt JOIN lead ON lead.id = attempt.lead_id"
            " WHERE attempt.id = ANY(CAST(:ids AS uuid[]))"
            " ORDER BY lead.id, attempt.id FOR UPDATE"
        ),
        {"ids": list(call_ids)},
    )
    return list(found)


def _wanted(
    result: AttemptResult, row: Row[Any], disposition: Disposition | None
) -> dict[str, Any]:
    """The facts as they should stand: the result's, with the agent's word about machines above
    it."""
    is_machine = disposition is not None and disposition.kind is DispositionKind.MACHINE
    is_live = result.is_live and not is_machine
    answered_at = result.answered_at
    if is_live and answered_at is None:
        # The answer itself was missed (lost events). The call must still be in a ledger, and the
        # earliest instant known after it is the nearest one.
        answered_at = result.bridged_at or result.ended_at
    return {
        "outcome": str(result.outcome),
        "cause": result.cause,
        "agent_id": result.agent_id if result.agent_id is not None else row.agent_id,
        "originated_at": result.originated_at,
        "ringing_at": result.ringing_at,
        "answered_at": answered_at,
        "bridged_at": result.bridged_at,
        "ended_at": result.ended_at,
        "is_live": is_live,
        "is_abandoned": is_live and result.is_abandoned,
        "verdict": result.verdict,
        "screened_at": result.screened_at,
        "is_sampled": result.is_sampled,
        "message_at": result.message_at,
        "opted_out_at": result.opted_out_at or row.opted_out_at,
    }


async def _write_facts(connection: AsyncConnection, facts: Sequence[dict[str, Any]]) -> None:
    if not facts:
        return
    assignments = ", ".join(f"{name} = new.{name}" for name in _FACTS)
    await connection.execute(
        text(
            f"UPDATE attempt SET {assignments}"  # noqa: S608 - column names of this module
            " FROM json_to_recordset(CAST(:rows AS json)) AS new(id uuid, outcome text, cause text,"
            "   agent_id bigint, originated_at timestamptz, ringing_at timestamptz,"
            "   answered_at timestamptz, bridged_at timestamptz, ended_at timestamptz,"
            "   is_live boolean, is_abandoned boolean, verdict text, screened_at timestamptz,"
            "   is_sampled boolean, message_at timestamptz, opted_out_at timestamptz)"
            " WHERE attempt.id = new.id"
        ),
        {"rows": as_json(facts)},
    )


async def _move_leads(
    connection: AsyncConnection,
    ended: Sequence[_Ended],
    specs: dict[int, CampaignSpec],
    tallies: dict[int, Tally],
) -> None:
    """Move the leads of ended attempts, unless a newer attempt or lease has the say by now.

    `tallies` are the leads' counts as they should stand now.
    """
    if not ended:
        return
    phones = await read_phones(connection, sorted({each.row.lead_id for each in ended}))
    moving = [
        each
        for each in ended
        if each.row.lead_state != "leased" and each.row.last_call_id == each.row.call_id
    ]
    repeats = await _repeats(
        connection,
        [each for each in moving if specs[each.row.campaign_id].retry.needs_repeats],
    )
    moves: dict[int, Move] = {}
    spoiled: dict[int, str] = {}
    for each in moving:
        row, lead_id = each.row, each.row.lead_id
        tally = replace(tallies[lead_id], repeats=repeats.get(row.call_id, 1))
        moves[lead_id] = move_after(
            spec=specs[row.campaign_id],
            outcome=each.outcome,
            disposition=each.disposition,
            tries=tally.tries,
            ended_at=each.ended_at,
            phones=phones[lead_id],
            called=next(phone for phone in phones[lead_id] if phone.id == row.phone_id),
            tally=tally,
        )
        if moves[lead_id].spoils_phone:
            spoiled[row.phone_id] = "invalid"
    await write_moves(connection, moves, spoiled=spoiled)
    await _write_tallies(connection, tallies)


async def _repeats(connection: AsyncConnection, ended: Sequence[_Ended]) -> dict[str, int]:
    """How often each one's lead has ended like this, this time included, since it was recycled.

    Alike are attempts with the same outcome and the same disposition; both are written already.
    """
    if not ended:
        return {}
    found = await connection.execute(
        text(
            "SELECT CAST(this.id AS text) AS call_id, count(*) AS repeats"
            " FROM attempt AS this JOIN lead ON lead.id = this.lead_id"
            " JOIN attempt AS alike ON alike.lead_id = this.lead_id"
            "  AND alike.outcome = this.outcome"
            "  AND alike.disposition IS NOT DISTINCT FROM this.disposition"
            "  AND (lead.recycled_at IS NULL OR alike.written_at >= lead.recycled_at)"
            " WHERE this.id = ANY(CAST(:ids AS uuid[])) GROUP BY this.id"
        ),
        {"ids": [each.row.call_id for each in ended]},
    )
    return {row.call_id: max(1, row.repeats) for row in found}


async def _write_tallies(connection: AsyncConnection, tallies: dict[int, Tally]) -> None:
    """The counts, also of leads that do not move: another attempt of theirs is under way."""
    rows = [
        {
            "id": lead_id,
            "tries": tally.tries,
            "not_reached": tally.not_reached,
            "unfinished": tally.unfinished,
        }
        for lead_id, tally in tallies.items()
    ]
    await connection.execute(
        text(
            "UPDATE lead SET tries = new.tries, not_reached = new.not_reached,"
            " unfinished = new.unfinished"
            " FROM json_to_recordset(CAST(:rows AS json)) AS new(id bigint, tries int,"
            "   not_reached int, unfinished int)"
            " WHERE lead.id = new.id AND (lead.tries, lead.not_reached, lead.unfinished)"
            "  <> (new.tries, new.not_reached, new.unfinished)"
        ),
        {"rows": as_json(rows)},
    )
