"""What a running service last said of itself; `status` reads it from any machine."""

import json
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.database import reading, transaction, utc
from campaigns.store.rows import JsonObject


class Snapshots:
    """The latest snapshot of each service."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def write(self, service: str, body: JsonObject, now: datetime) -> None:
        """Keep `body` (plain JSON) as the service's latest snapshot, in place of the one before."""
        async with transaction(self._engine) as connection:
            await connection.execute(
                text(
                    "INSERT INTO service_snapshot (service, body, written_at)"
                    " VALUES (:service, CAST(:body AS jsonb), :now)"
                    " ON CONFLICT (service) DO UPDATE SET body = excluded.body,"
                    " written_at = excluded.written_at"
                ),
                {"service": service, "body": json.dumps(body, allow_nan=False), "now": utc(now)},
            )

    async def latest(self) -> list[tuple[str, JsonObject, datetime]]:
        """(service, body, written_at) of every service, the freshest first."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    "SELECT service, body, written_at FROM service_snapshot"
                    " ORDER BY written_at DESC, service"
                )
            )
            return [(row.service, row.body, row.written_at) for row in found]
