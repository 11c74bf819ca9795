"""Teams: agents who share one stream of calls."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.store.database import reading, transaction
from campaigns.store.errors import StoreError, UnknownTeam, not_found
from campaigns.store.rows import TeamRow


class Teams:
    """The teams. They come to be with the campaign or agent that first names them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def list(self) -> list[TeamRow]:
        """All teams, by name."""
        async with reading(self._engine) as connection:
            found = await connection.execute(text("SELECT id, name FROM team ORDER BY name"))
            return [TeamRow(id=row.id, name=row.name) for row in found]

    async def get(self, name: str) -> TeamRow:
        """The team of that name. Raises `UnknownTeam` with the nearest names."""
        teams = await self.list()
        for team in teams:
            if team.name == name:
                return team
        raise UnknownTeam(
            not_found(
                "team",
                name,
                [team.name for team in teams],
                hint="A team is made by a campaign or an agent that names it.",
            )
        )

    async def without_keys(self) -> set[int]:
        """Ids of the teams whose agents do not work by telephone keys."""
        async with reading(self._engine) as connection:
            found = await connection.execute(text("SELECT id FROM team WHERE NOT phone_keys"))
            return {row.id for row in found}

    async def set_phone_keys(self, team_id: int, *, is_on: bool) -> None:
        """Let a team's agents work by telephone keys, or not."""
        async with transaction(self._engine) as connection:
            await connection.execute(
                text("UPDATE team SET phone_keys = :is_on WHERE id = :id"),
                {"id": team_id, "is_on": is_on},
            )

    async def by_id(self, team_id: int) -> TeamRow:
        """The team of that id. Raises `UnknownTeam`."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text("SELECT id, name FROM team WHERE id = :id"), {"id": team_id}
            )
            row = found.one_or_none()
        if row is None:
            raise UnknownTeam(f"There is no team number {team_id}.")
        return TeamRow(id=row.id, name=row.name)


async def ensure_named(connection: AsyncConnection, table: str, name: str, now: datetime) -> int:
    """The id of the row of that name in `table` (client, team, do_not_call_list or script), made
    when absent."""
    fixed = {"client", "team", "do_not_call_list", "script"}
    assert table in fixed, "only fixed words reach the statement"
    await connection.execute(
        text(f"INSERT INTO {table} (name, created_at) VALUES (:name, :now) ON CONFLICT DO NOTHING"),  # noqa: S608
        {"name": name, "now": now},
    )
    found = await connection.execute(
        text(f"SELECT id FROM {table} WHERE name = :name"),  # noqa: S608 - as above
        {"name": name},
    )
    return int(found.scalar_one())


async def client_id_of(connection: AsyncConnection, client: str) -> int:
    """The id of a client company. Raises StoreError, naming those there are."""
    found = await connection.scalar(
        text("SELECT id FROM client WHERE name = :name"), {"name": client}
    )
    if found is None:
        known = await connection.execute(text("SELECT name FROM client ORDER BY name LIMIT 20"))
        names = ", ".join(known.scalars()) or "none yet"
        raise StoreError(
            f"There is no client '{client}'; there are: {names}. A client comes to be with the "
            "first campaign that names it."
        )
    return int(found)
