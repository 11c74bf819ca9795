"""Preview: a ready agent sees a lead first, and presses dial or skips.

Theory of operation. In a team paced by preview every ready agent whom no call in flight counts on
is shown a lead, held out of the hopper and its number held like that of a live call. While it is
shown the agent is READY, and nothing else is given to them but a promised call. Dialling seizes a
line and places the call for that agent alone, who is reserved before it rings, as with a promised
call; so no answer finds nobody, and no pacer learns from it. Skipping puts the lead off. When the
seconds for looking are over the set answer is taken: dial, or put the lead back and pause the
agent, because somebody who does not look at a screen should not be connected to a person.

The record of a lead is on an agent's screen from `PreviewLead` to `ClosePreview`.
"""

from dataclasses import dataclass

from dialer.engine import agent_flow, agent_states, launching, shares
from dialer.engine.agents import Agent
from dialer.engine.commands import (
    ClosePreview,
    PostponeLead,
    PreviewLead,
    ReturnLeads,
    ShowLead,
)
from dialer.engine.events import AgentPaused, HopperLead, PreviewDialled, PreviewSkipped
from dialer.engine.floor import Campaign, Floor, Team
from dialer.engine.ids import AgentId, CampaignId, TeamId
from dialer.engine.states import AgentState
from dialer.engine.timers import Due
from dialer.engine.trunks import Trunk
from dialer.errors import IllegalTransition
from dialer.pacing.settings import DialMode, PreviewTimeout

RETRY_SECONDS = 1.0
"""When the seconds are over and no line is free: how soon dialling is tried again."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A campaign, and the line its next call would take."""

    campaign: Campaign
    trunk: Trunk


def offer(floor: Floor, team_id: TeamId, now: float) -> None:
    """Show a lead to every ready agent who is free for it; take back what may not be shown."""
    team = floor.teams[team_id]
    if not _shows(floor, team):
        if floor.previews:
            take_back_all(floor, team_id, "not_dialling")
        return
    running = [c for c in map(floor.campaigns.__getitem__, team.campaigns) if c.is_running]
    for agent_id in list(team.available):
        # Whoever is shown a lead is lost to calls in flight, which keep the agents they count on.
        if len(team.in_flight) + len(team.unserved) >= len(team.available):
            return
        if agent_id in team.leaving:
            continue
        lead = _next_lead(floor, team, running, now)
        if lead is None:
            return
        _show(floor, team, floor.agents[agent_id], lead, now)


def dial(floor: Floor, event: PreviewDialled, now: float) -> None:
    """The agent presses dial. Raises IllegalTransition when no line is free."""
    agent, lead = _shown_to(floor, event.agent_id, "dial")
    campaign = floor.campaigns[lead.campaign_id]
    if now >= lead.callable_until:
        _close(floor, agent, "outside_calling_hours")
        floor.say(ReturnLeads(leads=(lead,)))
        return
    trunk = launching.free_trunk(floor, campaign, now) if floor.is_switch_connected else None
    if trunk is None:
        raise IllegalTransition(
            f"agent {agent.name!r} cannot dial: no line of campaign {campaign.config.name!r} is "
            "free this moment; press dial again"
        )
    _place(floor, agent, lead, Offer(campaign, trunk), now)


def skip(floor: Floor, event: PreviewSkipped, now: float) -> None:
    """The agent would rather not: the lead is put off, and the next one is shown."""
    agent, lead = _shown_to(floor, event.agent_id, "skip")
    _close(floor, agent, "skipped")
    until = now + floor.config.preview_skip_seconds
    floor.say(PostponeLead(lead=lead, agent_id=agent.agent_id, until=until))


def time_is_over(floor: Floor, agent_id: AgentId, now: float) -> None:
    """The agent has looked long enough."""
    agent = floor.agents[agent_id]
    lead = floor.previews[agent_id]
    pacing = floor.teams[agent.team_id].config.pacing
    if pacing.preview_timeout is PreviewTimeout.SKIP or now >= lead.callable_until:
        take_back(floor, agent, "timeout")
        if now < lead.callable_until:
            agent.wants = AgentPaused(agent_id=agent_id, reason="preview")
            agent_flow.settle(floor, agent, now)
        return
    campaign = floor.campaigns[lead.campaign_id]
    trunk = launching.free_trunk(floor, campaign, now) if floor.is_switch_connected else None
    if trunk is None:
        floor.timers.arm(Due.PREVIEW, agent_id, at=now + RETRY_SECONDS)
        return
    _place(floor, agent, lead, Offer(campaign, trunk), now)


def take_back(floor: Floor, agent: Agent, reason: str) -> None:
    """The agent sees the lead no more; it goes back as it was. Nothing when none is shown."""
    lead = floor.previews.get(agent.agent_id)
    if lead is not None:
        _close(floor, agent, reason)
        floor.say(ReturnLeads(leads=(lead,)))


def take_back_all(
    floor: Floor, team_id: TeamId, reason: str, *, of: CampaignId | None = None
) -> None:
    """Take back every lead shown in the team, or those of one campaign."""
    for agent_id, lead in list(floor.previews.items()):
        agent = floor.agents[agent_id]
        if agent.team_id == team_id and of in (None, lead.campaign_id):
            take_back(floor, agent, reason)


def _shows(floor: Floor, team: Team) -> bool:
    is_preview = team.config.pacing.mode is DialMode.PREVIEW
    return is_preview and floor.is_switch_connected and not floor.is_draining


def _next_lead(floor: Floor, team: Team, running: list[Campaign], now: float) -> HopperLead | None:
    """Of the campaign whose turn it is by weight; a lead that is skipped has had its turn."""
    for campaign in shares.in_turn(team, running):
        lead = launching.next_lead(floor, campaign, now, is_covered=True)
        if lead is not None:
            shares.launched(team, campaign)
            return lead
    return None


def _show(floor: Floor, team: Team, agent: Agent, lead: HopperLead, now: float) -> None:
    floor.previews[agent.agent_id] = lead
    floor.numbers[lead.number] = lead.call_id
    agent.is_previewing = True
    agent_states.list_available(floor, agent)
    ends_at = now + team.config.pacing.preview_seconds_max
    floor.timers.arm(Due.PREVIEW, agent.agent_id, at=ends_at)
    floor.say(PreviewLead(agent_id=agent.agent_id, lead=lead, ends_at=ends_at))


def _shown_to(floor: Floor, agent_id: AgentId, verb: str) -> tuple[Agent, HopperLead]:
    agent = floor.agents.get(agent_id)
    lead = floor.previews.get(agent_id)
    if agent is None:
        raise IllegalTransition(f"agent {agent_id} is not logged in; log in first")
    if lead is None:
        raise IllegalTransition(
            f"agent {agent.name!r} has no lead to {verb}: one is shown in preview mode, while the "
            "agent is ready and a campaign of the team runs"
        )
    return agent, lead


def _close(floor: Floor, agent: Agent, reason: str) -> None:
    lead = floor.previews.pop(agent.agent_id)
    del floor.numbers[lead.number]
    agent.is_previewing = False
    floor.timers.disarm(Due.PREVIEW, agent.agent_id)
    floor.say(ClosePreview(agent_id=agent.agent_id, call_id=lead.call_id, reason=reason))
    agent_states.list_available(floor, agent)


def _place(floor: Floor, agent: Agent, lead: HopperLead, where: Offer, now: float) -> None:
    _close(floor, agent, "dialled")
    call = launching.place(floor, where.campaign, lead, where.trunk, now)
    call.is_preview = True
    call.agent_id = agent.agent_id
    agent.call = call
    agent_states.enter(floor, agent, AgentState.RESERVED, now)
    floor.say(
        ShowLead(
            agent_id=agent.agent_id,
            call_id=lead.call_id,
            campaign_id=lead.campaign_id,
            lead_id=lead.lead_id,
        )
    )
