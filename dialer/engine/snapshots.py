"""Building the frozen view of the floor. Reads everything, changes nothing."""

from dialer.engine.agents import Agent, LegState
from dialer.engine.calls import Call
from dialer.engine.events import AgentLoggedOut, AgentPaused
from dialer.engine.floor import Campaign, Floor, Team
from dialer.engine.node import Node
from dialer.engine.snapshot import (
    AgentSnapshot,
    CallSnapshot,
    CampaignSnapshot,
    PreviewSnapshot,
    Snapshot,
    SupervisorSnapshot,
    SwitchSnapshot,
    TeamSnapshot,
    TrunkSnapshot,
)  # fmt: skip
from dialer.engine.states import AgentState
from dialer.engine.talks import LeadPlace, SideState, Talk
from dialer.engine.timers import Due
from dialer.engine.trunks import Trunk


def build(floor: Floor, now: float) -> Snapshot:
    """Everything at this instant."""
    return Snapshot(
        at=now,
        is_switch_connected=floor.is_switch_connected,
        is_draining=floor.is_draining,
        teams=tuple(_team(team, now) for team in floor.teams.values()),
        campaigns=tuple(_campaign(floor, campaign) for campaign in floor.campaigns.values()),
        agents=tuple(agent_of(floor, a) for a in floor.agents.values()),
        calls=tuple(call_of(floor, call) for call in floor.calls.values()),
        trunks=tuple(
            TrunkSnapshot(
                trunk_id=t.config.trunk_id,
                is_up=_is_up(floor, t),
                channels=t.channels,
                channels_max=t.config.channels_max,
            )
            for t in floor.trunks.values()
        ),
        switches=tuple(_switch(floor, node) for node in floor.nodes.values()),
        supervisors=tuple(
            SupervisorSnapshot(
                leg_id=one.leg_id,
                agent_id=one.agent_id,
                extension=one.extension,
                mode=one.mode,
                is_up=one.state is SideState.UP,
            )
            for one in floor.supervisors.values()
        ),
    )


def call_of(floor: Floor, call: Call) -> CallSnapshot:
    """One call."""
    talk = floor.talks.get(call.lead.call_id)
    place = None if talk is None else talk.place
    outside = None if talk is None or talk.outside is None else floor.outside.get(talk.outside)
    recording = None if talk is None else talk.recording
    awaits = None if talk is None else talk.awaits
    return CallSnapshot(
        call_id=call.lead.call_id,
        campaign_id=call.lead.campaign_id,
        lead_id=call.lead.lead_id,
        number=call.lead.number,
        trunk_id=call.trunk_id,
        state=call.state,
        since=call.changed_at,
        answered_at=call.answered_at,
        agent_id=call.agent_id if _is_with(call, talk, floor) else None,
        switch_id=call.switch_id,
        place=place,
        is_recorded=recording is not None,
        is_masked=recording is not None and recording.is_masked,
        outside_number=None if outside is None else outside.number,
        awaits_team=None if awaits is None else awaits.team_id,
        awaits_agent=None if awaits is None else awaits.agent_id,
        is_given_up=call.is_given_up,
        hangs_up_at=floor.timers.at(Due.HANG_UP, call.lead.call_id),
    )


def _is_with(call: Call, talk: Talk | None, floor: Floor) -> bool:
    """False once its agent is on other calls: the lead is with an outside party, or on a switch
    that was lost."""
    if call.agent_id is None or (talk is not None and talk.place is LeadPlace.OUTSIDE):
        return False
    agent = floor.agents.get(call.agent_id)
    return agent is None or agent.call is call


def _is_up(floor: Floor, trunk: Trunk) -> bool:
    return any(
        node.is_connected and trunk.is_up_on(node.switch_id) for node in floor.nodes.values()
    )


def _switch(floor: Floor, node: Node) -> SwitchSnapshot:
    legs = (a for a in floor.agents.values() if a.leg is not LegState.NONE)
    return SwitchSnapshot(
        switch_id=node.switch_id,
        is_connected=node.is_connected,
        is_draining=node.is_draining,
        calls=sum(call.switch_id == node.switch_id for call in floor.calls.values()),
        legs=sum(agent.switch_id == node.switch_id for agent in legs) + len(node.left_legs),
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
        switch_id=None if agent.leg is LegState.NONE else agent.switch_id,
        ends_at=floor.timers.at(Due.WRAP_UP, agent.agent_id),
        is_line_up=agent.leg in (LegState.PARKED, LegState.BUSY),
        moving_to=agent.moves_to,
        paused_by=agent.wants.by if isinstance(agent.wants, AgentPaused) else None,
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
        switch_id=team.switch_id,
        moving_to=team.moving_to,
        target_ratio=team.config.pacing.target_ratio,
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
