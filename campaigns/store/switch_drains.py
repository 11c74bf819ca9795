"""Switches that people took out of use, for every dialer process to see."""

import json
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.database import audit, reading, transaction, utc


class SwitchDrains:
    """The switches that are draining. A switch is known here by its name in the settings."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def draining(self) -> frozenset[str]:
        """Names of the switches that are given no new calls."""
        async with reading(self._engine) as connection:
            found = await connection.execute(text("SELECT switch FROM switch_drain"))
            return frozenset(row.switch for row in found)

    async def drain(self, switch: str, *, by: str, now: datetime) -> bool:
        """Take it out of use; False when it was already."""
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text(
                    'INSERT INTO switch_drain (switch, "by", since) VALUES (:switch, :by, :now)'
                    " ON CONFLICT (switch) DO NOTHING"
                ),
                {"switch": switch, "by": by, "now": utc(now)},
            )
            if found.rowcount != 1:
                return False
            await audit(
                connection,
                at=utc(now),
                by=by,
                action="switch.drain",
                subject=switch,
                details=json.dumps({}),
            )
            return True

    async def undrain(self, switch: str, *, by: str, now: datetime) -> bool:
        """Put it back into use; False when it was not out of it."""
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text("DELETE FROM switch_drain WHERE switch = :switch"), {"switch": switch}
            )
            if found.rowcount != 1:
                return False
            await audit(
                connection,
                at=utc(now),
                by=by,
                action="switch.undrain",
                subject=switch,
                details=json.dumps({}),
            )
            return True
