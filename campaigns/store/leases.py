"""Who dials for a team: one process at a time, by a lease that expires unless it is renewed.

The database's own clock decides, so machines whose clocks differ agree. The fencing token grows
with every holder: a process that slept through its expiry writes with an old token and is
refused, however sure it is of itself.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.store.database import reading, transaction


class Leases:
    """The leases of teams."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def acquire(self, team_id: int, owner: str, seconds: float) -> int | None:
        """Take the team's lease for `seconds`; the fencing token, or None while another owner
        holds it.

        The same owner asking again gets the lease anew, with a new token.
        """
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text(
                    "INSERT INTO lease AS held (team_id, owner, token, acquired_at, expires_at)"
                    " VALUES (:team_id, :owner, 1, clock_timestamp(),"
                    "   clock_timestamp() + make_interval(secs => :seconds))"
                    " ON CONFLICT (team_id) DO UPDATE SET owner = excluded.owner,"
                    "   token = held.token + 1, acquired_at = excluded.acquired_at,"
                    "   expires_at = clock_timestamp() + make_interval(secs => :seconds)"
                    " WHERE held.expires_at <= clock_timestamp() OR held.owner = excluded.owner"
                    " RETURNING token"
                ),
                {"team_id": team_id, "owner": owner, "seconds": float(seconds)},
            )
            token: int | None = found.scalar_one_or_none()
            return token

    async def renew(self, team_id: int, owner: str, token: int, seconds: float) -> bool:
        """Hold the lease for another `seconds` from now; False when it is lost (then stop
        dialling)."""
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text(
                    "UPDATE lease SET expires_at = clock_timestamp() + "
                    "make_interval(secs => :seconds)"
                    " WHERE team_id = :team_id AND owner = :owner AND token = :token"
                    " AND expires_at > clock_timestamp()"
                ),
                {"team_id": team_id, "owner": owner, "token": token, "seconds": float(seconds)},
            )
            return found.rowcount == 1

    async def holder(self, team_id: int) -> str | None:
        """Who dials for the team now; None when nobody does."""
        async with reading(self._engine) as connection:
            owner: str | None = await connection.scalar(
                text(
                    "SELECT owner FROM lease"
                    " WHERE team_id = :team_id AND expires_at > clock_timestamp()"
                ),
                {"team_id": team_id},
            )
            return owner

    async def release(self, team_id: int, owner: str, token: int) -> None:
        """Give the lease up. The row stays, so that the next token is still a greater one."""
        async with transaction(self._engine) as connection:
            await connection.execute(
                text(
                    "UPDATE lease SET expires_at = clock_timestamp()"
                    " WHERE team_id = :team_id AND owner = :owner AND token = :token"
                ),
                {"team_id": team_id, "owner": owner, "token": token},
            )


async def holds_lease(
    connection: AsyncConnection, team_id: int, owner: str, token: int | None
) -> bool:
    """True when `owner` may write for the team; the lease cannot change hands before the commit.

    With a token the lease must be held with it. Without one, nobody else may hold it.
    """
    found = await connection.execute(
        # FOR SHARE makes a takeover wait for our commit: what it then reads includes what we wrote.
        text(
            "SELECT owner, token, expires_at > clock_timestamp() AS is_held FROM lease"
            " WHERE team_id = :team_id FOR SHARE"
        ),
        {"team_id": team_id},
    )
    row = found.one_or_none()
    if token is not None:
        return row is not None and row.is_held and (row.owner, row.token) == (owner, token)
    return row is None or not row.is_held or row.owner == owner
