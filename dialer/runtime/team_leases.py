"""The right to dial for a team: acquired, renewed, and given up at once when it is lost.

Theory. A lease row has an owner, an expiry by the database's clock and a fencing token that grows
with every holder. Every attempt is written with the token, and the store refuses one whose token is
old; so even a process that has not noticed yet cannot dial for a team that another has taken over.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from campaigns.store.errors import DatabaseUnavailable
from dialer.engine.ids import TeamId
from dialer.errors import ServiceError
from dialer.runtime.store_health import StoreHealth

log = logging.getLogger(__name__)

RENEWALS_PER_LEASE = 3
"""Two renewals may be lost before the lease is."""


class LeaseStore(Protocol):
    """The store's leases, as used here."""

    async def acquire(self, team_id: int, owner: str, seconds: float) -> int | None: ...

    async def renew(self, team_id: int, owner: str, token: int, seconds: float) -> bool: ...

    async def release(self, team_id: int, owner: str, token: int) -> None: ...


class TeamLeases:
    """The leases of this process."""

    def __init__(
        self,
        store: LeaseStore,
        *,
        owner: str,
        seconds: float,
        health: StoreHealth,
        on_lost: Callable[[TeamId], None],
    ) -> None:
        self._store = store
        self._owner = owner
        self._seconds = seconds
        self._health = health
        self._on_lost = on_lost
        self._tokens: dict[TeamId, int] = {}

    def holds(self, team_id: TeamId) -> bool:
        """True while the team is ours."""
        return team_id in self._tokens

    def token(self, team_id: TeamId) -> int:
        """The fencing token; -1, which no lease ever has, when the team is not ours (any more)."""
        return self._tokens.get(team_id, -1)

    async def acquire(self, team_id: TeamId) -> bool:
        """Take a team's lease; False when another process has it."""
        if team_id in self._tokens:
            return True
        token = await self._health.insist(
            "leases", lambda: self._store.acquire(team_id, self._owner, self._seconds)
        )
        if token is None:
            return False
        self._tokens[team_id] = token
        return True

    async def run(self) -> None:
        """Renew until cancelled. Raises ServiceError when another process took a team over."""
        while True:
            await asyncio.sleep(self._seconds / RENEWALS_PER_LEASE)
            for team_id in list(self._tokens):
                await self._renew(team_id)

    async def release_all(self) -> None:
        """Give all up, at the end of an ordered shutdown."""
        for team_id, token in list(self._tokens.items()):
            try:
                await self._health.attempt(
                    "leases",
                    lambda t=team_id, k=token: self._store.release(t, self._owner, k),  # type: ignore[misc]
                )
            except DatabaseUnavailable:
                # It runs out by itself within its seconds.
                log.warning(
                    "The lease of team %s could not be given back.",
                    team_id,
                    extra={"action": "lease_not_released"},
                )
            del self._tokens[team_id]

    async def _renew(self, team_id: TeamId) -> None:
        token = self._tokens[team_id]
        try:
            is_ours = await self._health.attempt(
                "leases", lambda: self._store.renew(team_id, self._owner, token, self._seconds)
            )
        except DatabaseUnavailable:
            # Nothing is dialled without the database, and the next attempt carries the token.
            return
        if is_ours:
            return
        # It ran out, say during a long outage. If nobody took it, the new token follows ours.
        again = await self._health.insist(
            "leases", lambda: self._store.acquire(team_id, self._owner, self._seconds)
        )
        if again is not None and again in (token, token + 1):
            self._tokens[team_id] = again
            return
        del self._tokens[team_id]
        self._on_lost(team_id)
        raise ServiceError(
            f"The lease of team {team_id} was lost: another dialer process has taken the team "
            "over. This process stops; start it again to take over what is free."
        )
