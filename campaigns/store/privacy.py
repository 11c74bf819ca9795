"""A person's data: shown to them, kept as long as the campaign says, and forgotten on request.

What forgetting leaves behind, and why:

- the rows of leads, numbers and attempts, without name, number or any column of the list: they are
  what ledgers, limits of other people and reports are counted from;
- the number's SHA-256 on a do-not-call list, so that an import does not bring the person back;
- the keys pressed in surveys and the rows of calls back, which hang on calls without a number;
- what was chosen or counted in answer to a script, without words or days of the person's own;
- the rows of recordings until their files are deleted, or somebody says that they are;
- the audit log, with the SHA-256 where the number was.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.store import retention
from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.dossier import read_dossier
from campaigns.store.errors import StoreError
from campaigns.store.forgetting import (
    blank_leads,
    hash_in_audit,
    recordings_of,
    sweep_numbers,
)
from campaigns.store.privacy_words import number_hash
from campaigns.store.rows import Forgotten, JsonObject, RetainedRow

_LEADS_OF_NUMBER = """
SELECT DISTINCT lead.id FROM lead WHERE lead.id IN (
    SELECT lead_id FROM lead_phone WHERE number = :number
    UNION ALL SELECT lead_id FROM attempt WHERE number = :number
) ORDER BY 1
"""

_RETURN_LASTS = timedelta(hours=4)
"""A call back without an end is taken for a live one so long. Its end is lost where the dialer was
restarted meanwhile, and that must not keep a person from being forgotten."""


class Privacy:
    """What the law lets a person ask, and what a campaign promises about its data."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def forget(self, number: str, *, by: str, now: datetime) -> Forgotten:
        """Remove the person with this number (E.164), in one transaction.

        Every lead that has the number is emptied, with all of its numbers. The number itself goes
        from every row of the database; each number of those leads stays on the do-not-call list
        "forgotten" as a hash. The files of recorded calls are named for the caller to delete
        (`Recordings.removed` is told of it). Doing it again changes nothing but the audit log.
        Raises StoreError while one of the numbers is on a call.
        """
        now = utc(now)
        async with transaction(self._engine) as connection:
            lead_ids = await _lock_leads(connection, number)
            numbers, shared = await _numbers_of(connection, lead_ids, number)
            await _refuse_on_call(connection, lead_ids, numbers, now)
            recordings = await recordings_of(connection, lead_ids, numbers)
            blanked = await blank_leads(connection, lead_ids, reason="forgotten", now=now)
            swept = await sweep_numbers(connection, numbers, by=by, now=now)
            forgotten = Forgotten(
                leads=len(lead_ids),
                numbers=len(numbers),
                attempts=blanked.attempts,
                callbacks=blanked.callbacks,
                consents=swept.consents,
                do_not_call=swept.do_not_call,
                requests=swept.requests,
                returns=blanked.returns + swept.returns,
                recordings=tuple(recordings),
                audit_lines=await hash_in_audit(connection, numbers),
                shared_with=shared,
            )
            for each in numbers:
                await audit(
                    connection,
                    at=now,
                    by=by,
                    action="person forgotten",
                    subject=f"number {number_hash(each)}",
                    details=json.dumps(asdict(forgotten)),
                )
            return forgotten

    async def dossier(self, number: str, *, now: datetime) -> JsonObject:
        """Everything the database holds about the person with this number, as plain JSON.

        For a request under article 15 of Regulation (EU) 2016/679 (GDPR) and its like. Agents are
        named by their numbers only: they are people too.
        """
        async with reading(self._engine) as connection:
            return await read_dossier(connection, number, now=utc(now))

    async def retain(
        self, *, by: str, now: datetime, dry_run: bool = False
    ) -> Sequence[RetainedRow]:
        """Apply every campaign's retention periods; what was (or would be) removed, by campaign.

        In steps of a bounded number of rows, each a transaction of its own, so that dialling goes
        on meanwhile. Interrupted, it is run again. The service does it once a day.
        """
        return await retention.apply(self._engine, by=by, now=utc(now), dry_run=dry_run)


async def _lock_leads(connection: AsyncConnection, number: str) -> list[int]:
    """The leads that have the number or were called on it; locked in the order of ids."""
    found = await connection.execute(text(_LEADS_OF_NUMBER), {"number": number})
    lead_ids = [int(each) for each in found.scalars()]
    await connection.execute(
        text("SELECT id FROM lead WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id FOR UPDATE"),
        {"ids": lead_ids},
    )
    return lead_ids


async def _numbers_of(
    connection: AsyncConnection, lead_ids: Sequence[int], number: str
) -> tuple[list[str], tuple[int, ...]]:
    """The number and those others of the leads that nobody else has; and the leads that share the
    rest."""
    found = await connection.execute(
        text(
            "SELECT DISTINCT mine.number, other.lead_id FROM lead_phone AS mine"
            " LEFT JOIN lead_phone AS other ON other.number = mine.number"
            "   AND NOT (other.lead_id = ANY(CAST(:ids AS bigint[])))"
            " WHERE mine.lead_id = ANY(CAST(:ids AS bigint[])) AND mine.state <> 'forgotten'"
        ),
        {"ids": list(lead_ids)},
    )
    rows = found.all()
    shared = {row.number for row in rows if row.lead_id is not None}
    numbers = {number} | {row.number for row in rows} - shared
    others = {int(row.lead_id) for row in rows if row.lead_id is not None}
    return sorted(numbers), tuple(sorted(others))


async def _refuse_on_call(
    connection: AsyncConnection, lead_ids: Sequence[int], numbers: Sequence[str], now: datetime
) -> None:
    busy = await connection.scalar(
        text(
            "SELECT (SELECT count(*) FROM attempt WHERE ended_at IS NULL"
            "   AND lead_id = ANY(CAST(:ids AS bigint[])))"
            " + (SELECT count(*) FROM return_call WHERE ended_at IS NULL AND arrived_at > :since"
            "   AND (lead_id = ANY(CAST(:ids AS bigint[]))"
            "     OR number = ANY(CAST(:numbers AS text[]))))"
        ),
        {"ids": list(lead_ids), "numbers": list(numbers), "since": now - _RETURN_LASTS},
    )
    if busy:
        raise StoreError(
            "The person is on a call at this moment, and what comes of it would be written after "
            "they were forgotten. Wait until the call has ended, then try again."
        )
