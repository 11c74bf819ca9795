"""What a token may see and touch: its client's things. All else is as if it were not there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from campaigns.store.lead_pages import ShownLead
from campaigns.store.rows import AgentRow, CampaignRow, TeamRow
from campaigns.store.store import Store
from campaigns.store.tokens import Scope, Token
from dialer.desk.asking import Now, StoreHere, token_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A token at work."""

    token: Token
    store: Store
    now: datetime

    @property
    def by(self) -> str:
        """For the audit log."""
        return f"token {self.token.name}"

    async def campaigns(self) -> list[CampaignRow]:
        """Its client's campaigns, by name; all of them for the call centre's own token."""
        client = self.token.client
        return [
            row
            for row in await self.store.campaigns.list()
            if client is None or row.client == client
        ]

    async def campaign_ids(self, name: str | None = None) -> list[int]:
        """The ids of its campaigns, or of the one that is named. Raises 404."""
        if name is not None:
            return [(await self.campaign(name)).id]
        return [row.id for row in await self.campaigns()]

    async def campaign(self, name: str) -> CampaignRow:
        """One of its campaigns. Raises 404."""
        for row in await self.campaigns():
            if row.name == name:
                return row
        raise absent("campaign")

    async def lead(self, lead_id: int) -> ShownLead:
        """One of its leads. Raises UnknownLead, which is answered with 404."""
        return await self.store.lead_pages.get(await self.campaign_ids(), lead_id)

    async def teams(self) -> list[TeamRow]:
        """The teams that call for its client and for nobody else.

        A team that calls for several clients is the call centre's to see: what its agents do would
        tell one client of the other.
        """
        teams = await self.store.teams.list()
        client = self.token.client
        if client is None:
            return teams
        clients: dict[int, set[str]] = {}
        for row in await self.store.campaigns.list():
            clients.setdefault(row.team_id, set()).add(row.client)
        return [team for team in teams if clients.get(team.id) == {client}]

    async def team(self, name: str) -> TeamRow:
        """One of those teams. Raises 404."""
        for team in await self.teams():
            if team.name == name:
                return team
        raise absent("team")

    async def agents(self) -> list[AgentRow]:
        """The agents of its teams, by name."""
        team_ids = {team.id for team in await self.teams()}
        return [one for one in await self.store.agents.list() if one.team_id in team_ids]

    async def agent(self, name: str) -> AgentRow:
        """One of those agents. Raises 404."""
        for agent in await self.agents():
            if agent.name == name:
                return agent
        raise absent("agent")


def absent(noun: str) -> HTTPException:
    """The answer for what is not there and for what is another's alike."""
    return HTTPException(404, f"There is no such {noun}, or it is not yours to see.")


def reach(scope: Scope) -> Callable[..., Awaitable[Reach]]:
    """A dependency: the request's token, which has this scope, and what it reaches."""

    async def find(
        request: Request,
        store: StoreHere,
        now: Now,
        token: Annotated[Token, Depends(token_for(scope))],
    ) -> Reach:
        del request
        return Reach(token=token, store=store, now=now)

    return find
