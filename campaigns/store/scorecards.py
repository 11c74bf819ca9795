"""Scorecards as stored: one name for each client, versions that are never changed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.quality.scorecard_file import parse_scorecard, scorecard_document
from campaigns.quality.scorecards import Scorecard
from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.errors import StoreError, not_found
from campaigns.store.teams import client_id_of

_SELECT = """
SELECT scorecard.id, scorecard.client_id, client.name AS client, scorecard.name, kept.version,
       kept.document, kept.added_by, kept.added_at
FROM scorecard
JOIN client ON client.id = scorecard.client_id
JOIN scorecard_version AS kept ON kept.scorecard_id = scorecard.id
"""
_NEWEST = """
WHERE kept.version = (SELECT max(version) FROM scorecard_version
                      WHERE scorecard_id = scorecard.id)
"""
_NEWEST_OF = _SELECT + _NEWEST + "AND scorecard.id = :id"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardRow:
    """One version of a scorecard as stored."""

    id: int
    client_id: int
    version: int
    card: Scorecard
    added_by: str
    added_at: datetime


class Scorecards:
    """The scorecards."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, card: Scorecard, *, by: str, now: datetime) -> tuple[ScorecardRow, bool]:
        """Keep this as the newest version of its name; (the row, False) when it already is.

        Raises StoreError for an unknown client.
        """
        now = utc(now)
        document = json.dumps(scorecard_document(card))
        async with transaction(self._engine) as connection:
            client_id = await client_id_of(connection, card.client)
            await connection.execute(
                text(
                    "INSERT INTO scorecard (client_id, name, created_at)"
                    " VALUES (:client_id, :name, :now) ON CONFLICT DO NOTHING"
                ),
                {"client_id": client_id, "name": card.name, "now": now},
            )
            # Two people who add at once take turns on the row.
            scorecard_id = await connection.scalar(
                text(
                    "SELECT id FROM scorecard WHERE client_id = :client_id AND name = :name"
                    " FOR UPDATE"
                ),
                {"client_id": client_id, "name": card.name},
            )
            last = await _one(connection, _NEWEST_OF, scorecard_id)
            if last is not None and last.card == card:
                return last, False
            await connection.execute(
                text(
                    "INSERT INTO scorecard_version (scorecard_id, version, document, added_by,"
                    " added_at) VALUES (:id, :version, CAST(:document AS jsonb), :by, :now)"
                ),
                {
                    "id": scorecard_id,
                    "version": 1 if last is None else last.version + 1,
                    "document": document,
                    "by": by,
                    "now": now,
                },
            )
            added = await _one(connection, _NEWEST_OF, scorecard_id)
            assert added is not None
            await audit(
                connection,
                at=now,
                by=by,
                action="scorecard added",
                subject=f"scorecard {card.name}",
                details=json.dumps({"client": card.client, "version": added.version}),
            )
        return added, True

    async def list(self) -> list[ScorecardRow]:
        """The newest version of each, by client and name."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(_SELECT + _NEWEST + "ORDER BY client.name, scorecard.name")
            )
            return [_row(row) for row in found]

    async def get(
        self, name: str, *, client: str | None = None, version: int | None = None
    ) -> ScorecardRow:
        """The newest version of that name, or this one. Raises StoreError: no such name or version,
        or several clients have one of that name and none was said."""
        rows = [
            each
            for each in await self.list()
            if each.card.name == name and client in (None, each.card.client)
        ]
        if not rows:
            known = [each.card.name for each in await self.list()]
            raise StoreError(
                not_found("scorecard", name, known, hint="`dialer scorecards list` shows them.")
            )
        if len(rows) > 1:
            clients = ", ".join(each.card.client for each in rows)
            raise StoreError(
                f"Several clients have a scorecard '{name}': {clients}. Say which with --client."
            )
        return rows[0] if version is None else await self.by_id(rows[0].id, version)

    async def by_id(self, scorecard_id: int, version: int | None = None) -> ScorecardRow:
        """A scorecard's newest version, or this one. Raises StoreError."""
        async with reading(self._engine) as connection:
            if version is None:
                row = await _one(connection, _NEWEST_OF, scorecard_id)
            else:
                row = await _one(
                    connection,
                    _SELECT + "WHERE scorecard.id = :id AND kept.version = :version",
                    scorecard_id,
                    version,
                )
        if row is None:
            said = "" if version is None else f" with a version {version}"
            raise StoreError(f"There is no scorecard number {scorecard_id}{said}.")
        return row

    async def of_client(self, client_id: int) -> Sequence[ScorecardRow]:
        """The newest version of each of a client's scorecards."""
        return [each for each in await self.list() if each.client_id == client_id]


async def _one(
    connection: AsyncConnection, query: str, scorecard_id: int | None, version: int | None = None
) -> ScorecardRow | None:
    found = await connection.execute(text(query), {"id": scorecard_id, "version": version})
    row = found.one_or_none()
    return None if row is None else _row(row)


def _row(row: Row[Any]) -> ScorecardRow:
    return ScorecardRow(
        id=row.id,
        client_id=row.client_id,
        version=row.version,
        card=parse_scorecard(row.document, source=f"scorecard {row.name} {row.version}"),
        added_by=row.added_by,
        added_at=row.added_at,
    )


async def scorecard_version(
    connection: AsyncConnection, scorecard_id: int, version: int
) -> ScorecardRow:
    """One version, in the caller's transaction; it must be there."""
    row = await _one(
        connection,
        _SELECT + "WHERE scorecard.id = :id AND kept.version = :version",
        scorecard_id,
        version,
    )
    assert row is not None, f"scorecard {scorecard_id} lost its version {version}"
    return row
