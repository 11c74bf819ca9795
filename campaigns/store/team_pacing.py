"""How a person set a team's pacing, and what its pacer has learnt: both outlive the process."""

import json
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.store.audit import changes
from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.errors import UnknownTeam
from campaigns.store.leases import holds_lease
from campaigns.store.rows import JsonObject

STATE_MAX = 4_000_000
"""Characters of a pacer's state. Pacers bound their own memory far below; more is a mistake."""


class TeamPacing:
    """Pacing by team: the settings a person gave, and the state its pacer saved."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def settings(self, team_id: int) -> JsonObject | None:
        """What a person set, or None while the team follows its campaigns' files."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text("SELECT settings FROM team_pacing WHERE team_id = :team_id"),
                {"team_id": team_id},
            )
            settings: JsonObject | None = found.scalar_one_or_none()
            return settings

    async def set(
        self, team_id: int, settings: JsonObject, *, before: JsonObject, by: str, now: datetime
    ) -> None:
        """Keep what a person set, with a line in the audit log of what it was before.

        Raises `UnknownTeam`.
        """
        async with transaction(self._engine) as connection:
            await self._require(connection, team_id)
            await connection.execute(
                text(
                    "INSERT INTO team_pacing (team_id, settings, set_by, set_at)"
                    " VALUES (:team_id, CAST(:settings AS jsonb), :by, :now)"
                    " ON CONFLICT (team_id) DO UPDATE SET settings = excluded.settings,"
                    " set_by = excluded.set_by, set_at = excluded.set_at"
                ),
                {
                    "team_id": team_id,
                    "settings": json.dumps(settings, allow_nan=False),
                    "by": by,
                    "now": utc(now),
                },
            )
            await self._audit(connection, team_id, "team.pacing", before, settings, by, now)

    async def reset(
        self, team_id: int, settings: JsonObject, *, before: JsonObject, by: str, now: datetime
    ) -> None:
        """Forget what a person set: the team follows its campaigns' files, which say `settings`."""
        async with transaction(self._engine) as connection:
            await connection.execute(
                text("DELETE FROM team_pacing WHERE team_id = :team_id"), {"team_id": team_id}
            )
            await self._audit(connection, team_id, "team.pacing_reset", before, settings, by, now)

    async def save_state(
        self, team_id: int, state: str, *, owner: str, token: int, now: datetime
    ) -> bool:
        """Keep what the team's pacer has learnt; False, and nothing kept, without the lease."""
        if len(state) > STATE_MAX:
            raise ValueError(f"a pacer's state has {len(state)} characters, over {STATE_MAX}")
        async with transaction(self._engine) as connection:
            if not await holds_lease(connection, team_id, owner, token):
                return False
            await connection.execute(
                text(
                    "INSERT INTO pacer_state (team_id, state, token, saved_at)"
                    " VALUES (:team_id, :state, :token, :now)"
                    " ON CONFLICT (team_id) DO UPDATE SET state = excluded.state,"
                    " token = excluded.token, saved_at = excluded.saved_at"
                ),
                {"team_id": team_id, "state": state, "token": token, "now": utc(now)},
            )
            return True

    async def state(self, team_id: int) -> str | None:
        """What the team's pacer last saved, or None."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text("SELECT state FROM pacer_state WHERE team_id = :team_id"),
                {"team_id": team_id},
            )
            state: str | None = found.scalar_one_or_none()
            return state

    async def _require(self, connection: AsyncConnection, team_id: int) -> None:
        found = await connection.execute(
            text("SELECT 1 FROM team WHERE id = :team_id"), {"team_id": team_id}
        )
        if found.scalar_one_or_none() is None:
            raise UnknownTeam(f"There is no team number {team_id}.")

    async def _audit(
        self,
        connection: AsyncConnection,
        team_id: int,
        action: str,
        before: JsonObject,
        after: JsonObject,
        by: str,
        now: datetime,
    ) -> None:
        found = await connection.execute(
            text("SELECT name FROM team WHERE id = :team_id"), {"team_id": team_id}
        )
        await audit(
            connection,
            at=utc(now),
            by=by,
            action=action,
            subject=f"team {found.scalar_one()}",
            details=json.dumps(changes(before, after), allow_nan=False),
        )
