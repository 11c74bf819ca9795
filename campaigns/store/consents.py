"""Consents: recorded with their proof, withdrawn, imported, looked up. Never deleted when they
end."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.consents import BadRow, Consent, read_consents
from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.do_not_call import lock_number
from campaigns.store.lead_writes import as_json
from campaigns.store.privacy_words import number_hash
from campaigns.store.teams import client_id_of

_BATCH = 5000
"""Consents written by one statement: a second's work, and a few megabytes."""
_BAD_SHOWN_MAX = 20
"""Bad lines kept to be shown; all are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedConsents:
    """What became of a file."""

    read: int
    added: int
    """Fewer than read when some were recorded before."""
    bad: int
    shown: tuple[BadRow, ...]
    """The first bad lines."""


class Consents:
    """The consents."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, consent: Consent, *, by: str, now: datetime) -> bool:
        """Record a consent; False when it was recorded before (same number, client, purpose and
        instant). Leads that waited for it are callable at once. Raises StoreError for an unknown
        client."""
        now = utc(now)
        async with transaction(self._engine) as connection:
            client_id = await client_id_of(connection, consent.client)
            added = await _insert(connection, [consent], client_id, by=by, now=now)
            if added:
                details = {
                    "number_hash": number_hash(consent.number), "purpose": consent.purpose,
                    "given_at": consent.given_at.isoformat(), "source": consent.source,
                }  # fmt: skip
                await audit(
                    connection,
                    at=now,
                    by=by,
                    action="consent added",
                    subject=f"consents {consent.client}",
                    details=json.dumps(details),
                )
            return added == 1

    async def withdraw(
        self,
        number: str,
        *,
        client: str,
        by: str,
        now: datetime,
        purpose: str | None = None,
    ) -> int:
        """End all consents of the number for that client (of one purpose, when given); how many
        were in force.

        From the commit on no attempt that needs one of them is written.
        """
        now = utc(now)
        async with transaction(self._engine) as connection:
            client_id = await client_id_of(connection, client)
            await lock_number(connection, number)
            found = await connection.execute(
                text(
                    "UPDATE consent SET withdrawn_at = :now, withdrawn_by = :by"
                    " WHERE number = :number AND client_id = :client_id AND withdrawn_at IS NULL"
                    " AND (expires_at IS NULL OR expires_at > :now)"
                    " AND (CAST(:purpose AS text) IS NULL OR purpose = :purpose)"
                ),
                {
                    "now": now, "by": by, "number": number, "client_id": client_id,
                    "purpose": purpose,
                },
            )  # fmt: skip
            if found.rowcount:
                details = {"number_hash": number_hash(number), "purpose": purpose}
                await audit(
                    connection,
                    at=now,
                    by=by,
                    action="consent withdrawn",
                    subject=f"consents {client}",
                    details=json.dumps(details),
                )
            return found.rowcount

    async def check(self, number: str, *, client: str | None = None) -> list[Consent]:
        """All consents of a number in E.164, ended ones too, latest first."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    "SELECT consent.number, client.name AS client, consent.purpose,"
                    " consent.given_at, consent.expires_at, consent.withdrawn_at, consent.source,"
                    " consent.proof FROM consent JOIN client ON client.id = consent.client_id"
                    " WHERE consent.number = :number"
                    " AND (CAST(:client AS text) IS NULL OR client.name = :client)"
                    " ORDER BY consent.given_at DESC, consent.id"
                ),
                {"number": number, "client": client},
            )
            return [Consent(**row._mapping) for row in found]

    async def import_file(
        self,
        lines: Iterable[str],
        *,
        client: str,
        region: str | None,
        by: str,
        now: datetime,
    ) -> ImportedConsents:
        """Record the consents of a CSV file in one transaction; see `read_consents` for its
        columns.

        The same file again adds nothing. Raises StoreError for an unknown client, BadConsent for
        a file without the columns.
        """
        now = utc(now)
        read = added = bad = 0
        shown: list[BadRow] = []
        async with transaction(self._engine) as connection:
            client_id = await client_id_of(connection, client)
            batch: list[Consent] = []
            for row in read_consents(lines, client=client, region=region):
                if isinstance(row, BadRow):
                    bad += 1
                    if len(shown) < _BAD_SHOWN_MAX:
                        shown.append(row)
                    continue
                read += 1
                batch.append(row)
                if len(batch) == _BATCH:
                    added += await _insert(connection, batch, client_id, by=by, now=now)
                    batch = []
            added += await _insert(connection, batch, client_id, by=by, now=now)
            await audit(
                connection,
                at=now,
                by=by,
                action="consents imported",
                subject=f"consents {client}",
                details=json.dumps({"read": read, "added": added, "bad": bad}),
            )
        return ImportedConsents(read=read, added=added, bad=bad, shown=tuple(shown))


async def _insert(
    connection: AsyncConnection,
    consents: Sequence[Consent],
    client_id: int,
    *,
    by: str,
    now: datetime,
) -> int:
    if not consents:
        return 0
    rows: list[Mapping[str, object]] = [
        {
            "number": each.number,
            "purpose": each.purpose,
            "given_at": each.given_at,
            "expires_at": each.expires_at,
            "source": each.source,
            "proof": each.proof,
        }
        for each in consents
    ]
    found = await connection.execute(
        text(
            "INSERT INTO consent (number, client_id, purpose, given_at, expires_at, source, proof,"
            " recorded_by, recorded_at)"
            " SELECT new.number, :client_id, new.purpose, new.given_at, new.expires_at,"
            " new.source, new.proof, :by, :now"
            " FROM json_to_recordset(CAST(:rows AS json)) AS new(number text, purpose text,"
            " given_at timestamptz, expires_at timestamptz, source text, proof text)"
            " ON CONFLICT DO NOTHING"
        ),
        {"client_id": client_id, "by": by, "now": now, "rows": as_json(rows)},
    )
    await _bring_back(connection, [each.number for each in consents], client_id, now)
    return found.rowcount


async def _bring_back(
    connection: AsyncConnection, numbers: Sequence[str], client_id: int, now: datetime
) -> None:
    """Leads that were put off for a day because they had no consent need not wait for it: those
    that were never tried are callable now. Others wait for their retry time anyway."""
    await connection.execute(
        text(
            "UPDATE lead SET next_call_at = :now WHERE id IN ("
            " SELECT lead.id FROM json_array_elements_text(CAST(:numbers AS json)) AS new(number)"
            " JOIN lead_phone AS phone ON phone.number = new.number"
            " JOIN lead ON lead.id = phone.lead_id"
            " JOIN campaign ON campaign.id = lead.campaign_id"
            " WHERE campaign.client_id = :client_id AND lead.state = 'callable' AND lead.is_fresh"
            " AND lead.next_call_at > :now ORDER BY lead.id FOR NO KEY UPDATE OF lead)"
        ),
        {"numbers": as_json(list(numbers)), "client_id": client_id, "now": now},
    )
