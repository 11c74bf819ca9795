"""The page `/agent`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from dialer.desk.agent.actions import USUAL_REASONS, AgentActions
from dialer.desk.agent.hub import AgentHub
from dialer.desk.agent.requests import actor_of
from dialer.desk.guards import Person, Role, person_for
from dialer.desk.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/agent", response_class=HTMLResponse)
async def page(
    request: Request, person: Annotated[Person, Depends(person_for(Role.AGENT))]
) -> HTMLResponse:
    """The agent's desk. What it shows comes over the WebSocket."""
    actor = actor_of(person)
    hub: AgentHub | None = request.app.state.agent_hub
    reasons = list(USUAL_REASONS) if hub is None else await AgentActions(hub).pause_reasons(actor)
    return render(request, person, "agent/page.html.j2", pause_reasons=reasons)
