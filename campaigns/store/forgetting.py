"""Taking a person out of the rows, in the caller's transaction.

Rows that counts are made of stay, and what names a person in them goes. In place of a number stands
"forgotten-" and the id of its `lead_phone` row, the same in all rows: how many numbers were called,
and how often each, can still be counted, and nobody can be called by it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.do_not_call_files import digest_of
from campaigns.store.database import audit
from campaigns.store.privacy_words import FORGOTTEN_CALLER, FORGOTTEN_LIST, number_hash
from campaigns.store.teams import ensure_named


@dataclass(frozen=True, slots=True, kw_only=True)
class Blanked:
    """Rows that belong to leads."""

    attempts: int
    callbacks: int
    returns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """Rows that have a number of their own."""

    consents: int
    do_not_call: int
    requests: int
    returns: int
    """Of people who called back, and whom no lead was found for."""


_BLANK_ATTEMPTS = """
UPDATE attempt SET number = 'forgotten-' || phone_id
WHERE lead_id = ANY(CAST(:ids AS bigint[])) AND number NOT LIKE 'forgotten-%'
"""
_BLANK_PHONES = """
UPDATE lead_phone SET number = 'forgotten-' || id, state = 'forgotten'
WHERE lead_id = ANY(CAST(:ids AS bigint[]))
"""
_DELETE_REFUSED = "DELETE FROM refused_try WHERE lead_id = ANY(CAST(:ids AS bigint[]))"
_BLANK_CALLBACKS = """
UPDATE callback SET note = NULL,
    reason = CASE WHEN settled_at IS NULL THEN CAST(:reason AS text) END,
    state = CASE WHEN settled_at IS NULL THEN 'cancelled' ELSE state END,
    settled_at = coalesce(settled_at, :now)
WHERE lead_id = ANY(CAST(:ids AS bigint[]))
"""
_DELETE_NOTES = "DELETE FROM call_note WHERE lead_id = ANY(CAST(:ids AS bigint[]))"
_BLANK_HAND_OVERS = """
UPDATE hand_over SET note = '' WHERE lead_id = ANY(CAST(:ids AS bigint[])) AND note <> ''
"""
_SWEEP_NOTES = """
DELETE FROM call_note USING return_call
WHERE return_call.id = call_note.call_id AND return_call.number = ANY(CAST(:numbers AS text[]))
"""
_SWEEP_HAND_OVERS = """
UPDATE hand_over SET note = '' FROM return_call
WHERE return_call.id = hand_over.call_id AND return_call.number = ANY(CAST(:numbers AS text[]))
"""
_BLANK_RETURNS = f"""
UPDATE return_call SET number = '{FORGOTTEN_CALLER}'
WHERE lead_id = ANY(CAST(:ids AS bigint[])) AND number <> '{FORGOTTEN_CALLER}'
"""  # noqa: S608 - of fixed words
_SWEEP_RETURNS = f"""
UPDATE return_call SET number = '{FORGOTTEN_CALLER}'
WHERE number = ANY(CAST(:numbers AS text[]))
"""  # noqa: S608
_RECORDINGS = """
SELECT file_id FROM recording WHERE attempt_id IN (
    SELECT id FROM attempt WHERE lead_id = ANY(CAST(:ids AS bigint[]))
    UNION ALL SELECT id FROM return_call WHERE lead_id = ANY(CAST(:ids AS bigint[]))
      OR number = ANY(CAST(:numbers AS text[]))
) ORDER BY file_id
"""
_FORGET_WORDS = """
UPDATE script_answer SET value = '{"forgotten": true}' WHERE is_words AND
"""
_DELETE_REPLACED = "DELETE FROM script_answer WHERE replaced_at IS NOT NULL AND "
_OF_LEADS = "lead_id = ANY(CAST(:ids AS bigint[]))"
_OF_NUMBERS = "call_id IN (SELECT id FROM return_call WHERE number = ANY(CAST(:numbers AS text[])))"
_BLANK_REVIEWS = """
UPDATE quality_review SET marks = '[]', remark = ''
WHERE call_id IN (SELECT id FROM attempt WHERE lead_id = ANY(CAST(:ids AS bigint[]))
                  UNION ALL SELECT id FROM return_call WHERE lead_id = ANY(CAST(:ids AS bigint[])))
"""
_DELETE_DELIVERIES = "DELETE FROM webhook_delivery WHERE lead_id = ANY(CAST(:ids AS bigint[]))"
_SWEEP_DELIVERIES = """
DELETE FROM webhook_delivery WHERE data ->> 'number' = ANY(CAST(:numbers AS text[]))
"""
_SWEEP_ANSWERS = """
DELETE FROM api_request WHERE position(CAST(:number AS text) in body) > 0
"""
_SWEEP_REJECTS = """
UPDATE lead_upload SET rejects = NULL WHERE position(CAST(:number AS text) in rejects) > 0
"""
_BLANK_LEADS = """
UPDATE lead SET name = NULL, external_id = NULL, fields = '{}', state = 'done', leased_by = NULL,
                done_reason = :reason, next_call_at = :now
WHERE id = ANY(CAST(:ids AS bigint[]))
"""


async def blank_leads(
    connection: AsyncConnection, lead_ids: Sequence[int], *, reason: str, now: datetime
) -> Blanked:
    """Empty these leads, which the caller has locked and which are on no call.

    `reason` is why they are done: "forgotten" or "retention".
    """
    values = {"ids": list(lead_ids)}
    attempts = await connection.execute(text(_BLANK_ATTEMPTS), values)
    why = values | {"reason": reason, "now": now}
    callbacks = await connection.execute(text(_BLANK_CALLBACKS), why)
    returns = await connection.execute(text(_BLANK_RETURNS), values)
    # The scores are the agent's; what the listener wrote may tell of the lead.
    await connection.execute(text(_BLANK_REVIEWS), values)
    # Their words may name the number; what agents wrote is about the person from end to end.
    await connection.execute(text(_DELETE_REFUSED), values)
    await connection.execute(text(_DELETE_DELIVERIES), values)
    await connection.execute(text(_DELETE_NOTES), values)
    await connection.execute(text(_BLANK_HAND_OVERS), values)
    # What was chosen or counted stays for the results; words of the person's own do not.
    await connection.execute(text(_DELETE_REPLACED + _OF_LEADS), values)
    await connection.execute(text(_FORGET_WORDS + _OF_LEADS), values)
    await connection.execute(text(_BLANK_PHONES), values)
    await connection.execute(text(_BLANK_LEADS), why)
    return Blanked(
        attempts=attempts.rowcount, callbacks=callbacks.rowcount, returns=returns.rowcount
    )


async def recordings_of(
    connection: AsyncConnection, lead_ids: Sequence[int], numbers: Sequence[str]
) -> list[str]:
    """The files in which these people are heard. Asked before their numbers go."""
    found = await connection.execute(
        text(_RECORDINGS), {"ids": list(lead_ids), "numbers": list(numbers)}
    )
    return [str(each) for each in found.scalars()]


async def sweep_numbers(
    connection: AsyncConnection, numbers: Sequence[str], *, by: str, now: datetime
) -> Swept:
    """Take the numbers out of the rows that have them without a lead, and forbid them by hash."""
    consents = await connection.execute(
        text("DELETE FROM consent WHERE number = ANY(CAST(:numbers AS text[]))"),
        {"numbers": list(numbers)},
    )
    for statement in (_SWEEP_NOTES, _SWEEP_HAND_OVERS):
        await connection.execute(text(statement), {"numbers": list(numbers)})
    for begin in (_DELETE_REPLACED, _FORGET_WORDS):
        await connection.execute(text(begin + _OF_NUMBERS), {"numbers": list(numbers)})
    returns = await connection.execute(text(_SWEEP_RETURNS), {"numbers": list(numbers)})
    await connection.execute(text(_SWEEP_DELIVERIES), {"numbers": list(numbers)})
    requests = 0
    for number in numbers:
        await connection.execute(text(_SWEEP_ANSWERS), {"number": number})
        await connection.execute(text(_SWEEP_REJECTS), {"number": number})
        # A number in JSON stands as it is written: plus and digits need no escape.
        changed = await connection.execute(
            text(
                "UPDATE control_request SET"
                " args = CAST(replace(CAST(args AS text), :number, :hash) AS jsonb),"
                " answer = CAST(replace(CAST(answer AS text), :number, :hash) AS jsonb)"
                " WHERE position(CAST(:number AS text) in CAST(args AS text)) > 0"
                " OR position(CAST(:number AS text) in CAST(answer AS text)) > 0"
            ),
            {"number": number, "hash": number_hash(number)},
        )
        requests += changed.rowcount
    return Swept(
        consents=consents.rowcount,
        do_not_call=await _hash_do_not_call(connection, numbers, by=by, now=now),
        requests=requests,
        returns=returns.rowcount,
    )


async def _hash_do_not_call(
    connection: AsyncConnection, numbers: Sequence[str], *, by: str, now: datetime
) -> int:
    """Entries with a number become one hash on the list of the forgotten; how many numbers."""
    list_id = await ensure_named(connection, "do_not_call_list", FORGOTTEN_LIST, now)
    found = await connection.execute(
        text(
            "DELETE FROM do_not_call_entry AS entry USING do_not_call_list AS list"
            " WHERE list.id = entry.list_id AND NOT entry.is_prefix"
            " AND entry.number = ANY(CAST(:numbers AS text[]))"
            " RETURNING entry.number, list.name AS list, entry.added_by, entry.added_at"
        ),
        {"numbers": list(numbers)},
    )
    for row in found.all():
        # Who asked for it, and when, is evidence; it stays, under the hash.
        await audit(
            connection,
            at=now,
            by=by,
            action="do-not-call entry became a hash",
            subject=f"do-not-call {row.list}",
            details=json.dumps(
                {
                    "number_hash": number_hash(row.number),
                    "added_by": row.added_by,
                    "added_at": row.added_at.isoformat(),
                }
            ),
        )
    await connection.execute(
        text(
            "INSERT INTO do_not_call_hash (digest, list_id, generation)"
            " SELECT digest, list.id, list.generation"
            " FROM unnest(CAST(:digests AS bigint[])) AS new(digest)"
            " JOIN do_not_call_list AS list ON list.id = :list_id ON CONFLICT DO NOTHING"
        ),
        {"digests": [digest_of(number) for number in numbers], "list_id": list_id},
    )
    return len(numbers)


async def hash_in_audit(connection: AsyncConnection, numbers: Sequence[str]) -> int:
    """Put the numbers' hashes in their place in the audit log; how many lines.

    The log is append-only but for this: its trigger lets through the replacement of the one number
    that `dialer.forgotten_number` names by its SHA-256, which the database reckons itself.
    """
    changed = 0
    for number in numbers:
        await connection.execute(
            text("SELECT set_config('dialer.forgotten_number', :number, true)"), {"number": number}
        )
        found = await connection.execute(
            text(
                "UPDATE audit_log SET subject = replace(subject, :number, :hash),"
                " details = CAST(replace(CAST(details AS text), :number, :hash) AS jsonb)"
                " WHERE position(CAST(:number AS text) in subject) > 0"
                " OR position(CAST(:number AS text) in CAST(details AS text)) > 0"
            ),
            {"number": number, "hash": number_hash(number)},
        )
        changed += found.rowcount
    await connection.execute(text("SELECT set_config('dialer.forgotten_number', '', true)"))
    return changed
