"""What a board asks of the service, and how each thing done is told: to whoever did it and to all
who look at a board. A refusal is the service's own sentence."""

from collections.abc import Mapping
from typing import Any

from fastapi import HTTPException, Request

from dialer.desk.board.live import LiveBoard
from dialer.desk.floor import LiveFloor
from dialer.desk.guards import Person
from dialer.engine.snapshot import AgentSnapshot


class Asking:
    """One request of one supervisor."""

    def __init__(self, request: Request, person: Person, floor: LiveFloor) -> None:
        self.person = person
        self.floor = floor
        board: LiveBoard | None = request.app.state.board
        assert board is not None, "a floor has a board"
        self.board = board

    async def do(self, kind: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """The service's answer. Raises 409 with its sentence when it refuses."""
        ok, answer = await self.floor.ask(kind, args, by=self.person.by)
        if not ok:
            raise HTTPException(409, str(answer["error"]))
        return answer

    def done(self, said: str) -> dict[str, str]:
        """Tell everybody, and the one who asked."""
        self.board.note_deed(self.person.name, said)
        return {"said": said}

    def agent(self, agent_id: int) -> AgentSnapshot:
        """The agent at work. 404 when they have logged out meanwhile."""
        for agent in self.floor.snapshot().agents:
            if agent.agent_id == agent_id:
                return agent
        raise HTTPException(404, "That agent is not logged in any more.")

    def team_name(self, team_id: int) -> str:
        """404 when this dialer does not run the team."""
        for team in self.floor.snapshot().teams:
            if team.team_id == team_id:
                return team.name
        raise HTTPException(404, "This dialer does not run that team.")

    def campaign_name(self, campaign_id: int) -> str:
        """404 when this dialer does not run the campaign."""
        for campaign in self.floor.snapshot().campaigns:
            if campaign.campaign_id == campaign_id:
                return campaign.name
        raise HTTPException(404, "This dialer does not run that campaign.")
