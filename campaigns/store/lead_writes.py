"""Writing moves of leads: shared by the hopper, the attempts and the dispositions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.store.lead_moves import Move, Phone, leave_phone


async def read_phones(
    connection: AsyncConnection, lead_ids: Sequence[int]
) -> dict[int, list[Phone]]:
    """All numbers of these leads, by lead, in their order."""
    found = await connection.execute(
        text(
            "SELECT lead_id, id, position, time_zones, state = 'valid' AS is_valid, jurisdictions"
            " FROM lead_phone WHERE lead_id = ANY(CAST(:ids AS bigint[]))"
            " ORDER BY lead_id, position"
        ),
        {"ids": as_ids(lead_ids)},
    )
    phones: dict[int, list[Phone]] = {}
    for lead_id, phone_id, position, time_zones, is_valid, jurisdictions in found:
        phones.setdefault(lead_id, []).append(
            Phone(
                id=phone_id,
                position=position,
                time_zones=time_zones,
                is_valid=is_valid,
                jurisdictions=jurisdictions,
            )
        )
    return phones


async def write_moves(
    connection: AsyncConnection,
    moves: Mapping[int, Move],
    *,
    spoiled: Mapping[int, str] | None = None,
    tries: Mapping[int, int] | None = None,
) -> None:
    """Move leads, which the caller has locked, out of their owners' hands.

    `spoiled` gives numbers their new state by phone id; `tries` sets that count of the moved leads.
    """
    if moves:
        counted = tries or {}
        rows = [
            {
                "id": lead_id,
                "state": move.state,
                "next_call_at": move.next_call_at,
                "position": None if move.phone is None else move.phone.position,
                "time_zones": None if move.phone is None else move.phone.time_zones,
                "jurisdictions": None if move.phone is None else move.phone.jurisdictions,
                "done_reason": move.done_reason,
                "tries": counted.get(lead_id),
            }
            for lead_id, move in moves.items()
        ]
        await connection.execute(
            text(
                "UPDATE lead SET state = new.state, leased_by = NULL, next_call_at = "
                "new.next_call_at,"
                " next_position = coalesce(new.position, lead.next_position),"
                " time_zones = coalesce(new.time_zones, lead.time_zones),"
                " jurisdictions = coalesce(new.jurisdictions, lead.jurisdictions),"
                " done_reason = new.done_reason, tries = coalesce(new.tries, lead.tries)"
                " FROM json_to_recordset(CAST(:rows AS json)) AS new(id bigint, state text,"
                "   next_call_at timestamptz, position smallint, time_zones text,"
                "   jurisdictions text, done_reason text, tries int)"
                " WHERE lead.id = new.id"
            ),
            {"rows": as_json(rows)},
        )
    if spoiled:
        await connection.execute(
            text(
                "UPDATE lead_phone SET state = new.state"
                " FROM json_to_recordset(CAST(:rows AS json)) AS new(id bigint, state text)"
                " WHERE lead_phone.id = new.id"
            ),
            {"rows": as_json([{"id": each, "state": state} for each, state in spoiled.items()])},
        )


def as_json(rows: object) -> str:
    """Rows for `json_to_recordset`: the driver takes ten times as long over arrays of texts."""
    return msgspec.json.encode(rows).decode()


def as_ids(ids: Iterable[int]) -> str:
    """Row ids for `CAST(:ids AS bigint[])`, for the same reason."""
    return "{" + ",".join(map(str, ids)) + "}"


async def forbid_phones(
    connection: AsyncConnection, phone_of_lead: Mapping[int, int], *, now: datetime
) -> None:
    """These leads' numbers stand on a do-not-call list: go on to the next number, or finish
    the lead."""
    if not phone_of_lead:
        return
    phones = await read_phones(connection, sorted(phone_of_lead))
    moves = {}
    for lead_id, phone_id in phone_of_lead.items():
        called = next(phone for phone in phones[lead_id] if phone.id == phone_id)
        moves[lead_id] = leave_phone(phones[lead_id], called, at=now)
    await write_moves(
        connection, moves, spoiled=dict.fromkeys(phone_of_lead.values(), "do_not_call")
    )
