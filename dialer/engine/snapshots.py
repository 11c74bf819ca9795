"""Building the frozen view of the floor. Reads everything, changes nothing."""

from dialer.engine.agents import Agent
from dialer.engine.events import AgentLoggedOut, AgentPaused
from dialer.engine.floor import Campaign, Floor, Team
from dialer.engine.snapshot import (
    AgentSnapshot,
    CallSnapshot,
    CampaignSnapshot,
    PreviewSnapshot,
    Snapshot,
    TeamSnapshot,
    TrunkSnapshot,
)  # fmt: skip
from dialer.engine.states import AgentState
from dialer.engine.timers import Due


def build(floor: Floor, now: float) -> Snapshot:
    """Everything at this instant."""
    return Snapshot(
        at=now,
        is_switch_connected=floor.is_switch_connected,
        is_draining=floor.is_draining,
        teams=tuple(_team(team, now) for team in floor.teams.values()),
        campaigns=tuple(_campaign(floor, campaign) for campaign in floor.campaigns.values()),
        agents=tuple(agent_of(floor, a) for a in floor.agents.values()),
        calls=tuple(
            CallSnapshot(
                call_id=c.lead.call_id,
                campaign_id=c.lead.campaign_id,
                lead_id=c.lead.lead_id,
                number=c.lead.number,
                trunk_id=c.trunk_id,
                state=c.state,
                since=c.changed_at,
                answered_at=c.answered_at,
                agent_id=c.agent_id,
            )
            for c in floor.calls.values()
        ),
        trunks=tuple(
            TrunkSnapshot(
                trunk_id=t.config.trunk_id,
                is_up=t.is_up,
                channels=t.channels,
                channels_max=t.config.channels_max,
            )
            for t in floor.trunks.values()
        ),
    )


def agent_of(floor: Floor, agent: Agent) -> AgentSnapshot:
    """One agent."""
    return AgentSnapshot(
        agent_id=agent.agent_id,
        team_id=agent.team_id,
        name=agent.name,
        state=agent.state,
        since=agent.since,
        reason=agent.reason,
        leg_id=agent.leg_id,
        call_id=agent.call.lead.call_id if agent.call else None,
        pending=_pending(agent),
        preview=_preview(floor, agent),
    )


def _preview(floor: Floor, agent: Agent) -> PreviewSnapshot | None:
    lead = floor.previews.get(agent.agent_id)
    if lead is None:
        return None
    return PreviewSnapshot(
        campaign_id=lead.campaign_id,
        lead_id=lead.lead_id,
        ends_at=floor.timers.at(Due.PREVIEW, agent.agent_id),
    )


def _pending(agent: Agent) -> str | None:
    match agent.wants:
        case AgentPaused() if agent.state is not AgentState.PAUSED:
            return "pause"
        case AgentLoggedOut():
            return "log out"
        case _:
            return None


def _team(team: Team, now: float) -> TeamSnapshot:
    seconds = dict(team.seconds)
    for agent in team.agents.values():
        spell = max(0.0, now - agent.since)
        seconds[agent.state] = seconds.get(agent.state, 0.0) + spell
    return TeamSnapshot(
        team_id=team.config.team_id,
        name=team.config.name,
        mode=team.config.pacing.mode,
        talk_seconds=seconds.get(AgentState.TALKING, 0.0),
        wrap_up_seconds=seconds.get(AgentState.WRAP_UP, 0.0),
        # A reserved agent still waits for a voice, so the moment before the bridge is idle time.
        ready_seconds=seconds.get(AgentState.READY, 0.0) + seconds.get(AgentState.RESERVED, 0.0),
        decision=team.decision,
        decisions=tuple(team.tally.items()),
    )


def _campaign(floor: Floor, campaign: Campaign) -> CampaignSnapshot:
    campaign_id = campaign.config.campaign_id
    return CampaignSnapshot(
        campaign_id=campaign.config.campaign_id,
        team_id=campaign.config.team_id,
        name=campaign.config.name,
        state=campaign.state,
        hopper=len(campaign.hopper.leads),
        callbacks_due=sum(c.lead.campaign_id == campaign_id for c in floor.callbacks.values()),
        attempts=campaign.attempts,
        live_answers=campaign.live_answers,
        connected=campaign.connected,
        abandoned=campaign.abandoned,
        ledgers=campaign.ledgers.snapshots(),
    )
