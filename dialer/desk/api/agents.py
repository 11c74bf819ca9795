"""Agents: who they are, what they do now and did before; and a supervisor's word to them."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from campaigns.store.rows import AgentRow
from campaigns.store.tokens import Scope
from dialer.desk.api import examples
from dialer.desk.api.kept import KeptRoute
from dialer.desk.api.pages import LIMIT_MAX, Page, page_of, read_after
from dialer.desk.api.reach import Reach, reach
from dialer.desk.api.service import ask
from dialer.desk.api.words import CLEAN, Cursor, Moment, Name, NamePath
from dialer.desk.floor import LiveFloor
from dialer.desk.problems import answers
from dialer.engine.ids import AgentId
from dialer.engine.states import AgentState

router = APIRouter(tags=["agents"], route_class=KeptRoute)

_Reads = Annotated[Reach, Depends(reach(Scope.AGENTS_READ))]
_Controls = Annotated[Reach, Depends(reach(Scope.AGENTS_CONTROL))]


class AgentOut(BaseModel):
    """A person who talks to leads, and what they do now."""

    id: int
    name: str
    team: str
    extension: str
    state: str = Field(
        description="logged_out, connecting_leg, paused, ready, reserved, talking or wrap_up."
    )
    since: datetime = Field(description="In this state.")
    pause_reason: str | None
    pending: str | None = Field(
        description="`pause` or `log out`: asked for, and takes effect after the call."
    )


class ActivityOut(BaseModel):
    """A stretch of an agent's time in one state."""

    id: int
    state: str
    reason: str | None
    campaign: str | None = Field(description="Whose call the time was spent on.")
    began_at: datetime
    ended_at: datetime | None = Field(description="Null while it lasts.")


class TeamOut(BaseModel):
    """Agents who share one stream of calls."""

    id: int
    name: str


class AgentDone(BaseModel):
    """Where the agent stands after it."""

    agent: str
    state: str
    pending: str | None = Field(
        default=None, description="`pause` or `log out`: takes effect after the call."
    )


class Pause(BaseModel, extra="forbid"):
    """Why the agent takes no calls."""

    reason: Name = Field(default="pause", examples=["break"])


@router.get("/teams", tags=["teams"], summary="List teams")
async def list_teams(reach: _Reads) -> list[TeamOut]:
    """For a client's token those that call for that client and for nobody else."""
    return [TeamOut(id=team.id, name=team.name) for team in await reach.teams()]


@router.get("/agents", summary="List agents and what they do")
async def list_agents(
    request: Request,
    reach: _Reads,
    team: Annotated[str | None, Query(max_length=200, pattern=CLEAN)] = None,
    state: Annotated[str | None, Query(max_length=30, pattern=CLEAN)] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 100,
) -> Page[AgentOut]:
    """For a client's token those of teams that call for that client and for nobody else. States are
    as of now where the dialer that runs the team answers; from another of several dialers as last
    stored, some seconds old at most."""
    after = read_after(cursor)
    rows = sorted(await reach.agents(), key=lambda row: row.id)
    shown = (
        _out(request, row)
        for row in rows
        if row.id > after and (team is None or row.team_name == team)
    )
    found = [one for one in shown if state is None or one.state == state]
    return page_of(request, found[: limit + 1], most=limit, last=lambda one: (one.id,))


@router.get("/agents/{agent}", summary="One agent", responses=answers(404))
async def get_agent(request: Request, agent: NamePath, reach: _Reads) -> AgentOut:
    """And what they do now."""
    return _out(request, await reach.agent(agent))


@router.get("/agents/{agent}/activity", summary="What an agent did", responses=answers(404))
async def list_activity(
    request: Request,
    agent: NamePath,
    reach: _Reads,
    since: Moment | None = None,
    until: Moment | None = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 100,
) -> Page[ActivityOut]:
    """Every stretch of their time that touches [since, until), oldest first."""
    row = await reach.agent(agent)
    found = await reach.store.agents.activity(
        row.id, since=since, until=until, after=read_after(cursor), most=limit + 1
    )
    stretches = [ActivityOut(**each) for each in found]
    return page_of(request, stretches, most=limit, last=lambda one: (one.id,))


@router.post(
    "/agents/{agent}/login", summary="Call the agent's telephone", responses=answers(404, 409)
)
async def log_in_agent(request: Request, agent: NamePath, reach: _Controls) -> AgentDone:
    """The line then stays up; they begin paused."""
    return await _say(request, reach, agent, "agent.login")


@router.post(
    "/agents/{agent}/ready", summary="Have the agent take calls", responses=answers(404, 409)
)
async def ready_agent(request: Request, agent: NamePath, reach: _Controls) -> AgentDone:
    """Ends a pause, or a wrap-up."""
    return await _say(request, reach, agent, "agent.ready")


@router.post(
    "/agents/{agent}/pause",
    summary="Have the agent take no calls",
    responses=answers(404, 409),
    openapi_extra=examples.body(examples.PAUSE),
)
async def pause_agent(
    request: Request, agent: NamePath, reach: _Controls, wanted: Pause | None = None
) -> AgentDone:
    """In a call it takes effect after it."""
    reason = (wanted or Pause()).reason
    return await _say(request, reach, agent, "agent.pause", reason=reason)


@router.post("/agents/{agent}/logout", summary="End the agent's line", responses=answers(404, 409))
async def log_out_agent(request: Request, agent: NamePath, reach: _Controls) -> AgentDone:
    """In a call it takes effect after it."""
    return await _say(request, reach, agent, "agent.logout")


async def _say(request: Request, reach: Reach, name: str, kind: str, **args: Any) -> AgentDone:
    agent = await reach.agent(name)
    answer = await ask(request, reach, kind, {"agent": agent.name, **args})
    return AgentDone.model_validate(answer)


def _out(request: Request, row: AgentRow) -> AgentOut:
    """The agent as the running dialer has them; as last stored when it does not have them."""
    floor: LiveFloor | None = getattr(request.app.state, "floor", None)
    live = None if floor is None else floor.agent(AgentId(row.id))
    if live is None:
        state, since, reason = row.state, row.state_since, row.pause_reason
    else:
        state, since = live.state.value, datetime.fromtimestamp(live.since, UTC)
        reason = live.reason if live.state is AgentState.PAUSED else None
    return AgentOut(
        id=row.id,
        name=row.name,
        team=row.team_name,
        extension=row.extension,
        state=state,
        since=since,
        pause_reason=reason,
        pending=None if live is None else live.pending,
    )
