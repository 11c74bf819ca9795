"""Handing a lead to a colleague: at once to who is free, else to who comes free first.

Until the colleague is there the lead stays with their agent, who may go on talking or put them on
hold: nobody waits alone, and nobody is dropped for want of a colleague. The wait is a wish kept on
the talk (`Talk.awaits`); a bridge that fails leaves it there, for the next who comes free.

A waiting hand-over takes a free agent after answered leads, whose legal seconds run, and after
promised calls, and before any new call: the pacer counts it as one who waits. Under the strict wall
it takes only an agent whom no call in flight counts on (`strict_wall`), so the theorem there holds;
as nothing is launched beyond the others meanwhile, that is for one ring time at the longest.
"""

from dialer.engine import agent_states, lead_places
from dialer.engine.agents import Agent, LegState
from dialer.engine.calls import Call
from dialer.engine.commands import Bridge, ShowLead
from dialer.engine.events import AgentLoggedOut, AgentPaused
from dialer.engine.floor import Floor, Team
from dialer.engine.ids import AgentId, TeamId
from dialer.engine.in_call_events import CallHandedOver
from dialer.engine.states import AgentState
from dialer.engine.talks import SETTLED, Awaited, LeadPlace, Talk
from dialer.errors import IllegalTransition
from dialer.pacing.settings import Wall

_AT_WORK = frozenset(
    {AgentState.READY, AgentState.RESERVED, AgentState.TALKING, AgentState.WRAP_UP}
)


def ask(floor: Floor, event: CallHandedOver, call: Call, talk: Talk, now: float) -> None:
    """Take the wish; it is granted before this event is done if somebody is free.

    Raises IllegalTransition when nobody who works now could ever take the call.
    """
    if talk.outside is not None:
        raise IllegalTransition("an outside party is on the call; end that leg first")
    if event.to_agent is not None:
        team_id = _colleague(floor, event.to_agent, call).team_id
    else:
        team_id = _team_at_work(floor, event.to_team, call)
    talk.awaits = Awaited(
        team_id=team_id,
        agent_id=event.to_agent,
        since=now,
    )
    talk.refused_legs = ()
    floor.hand_overs.pop(call.lead.call_id, None)
    floor.hand_overs[call.lead.call_id] = None
    floor.touch(team_id)


def keep(floor: Floor, call: Call, talk: Talk) -> None:
    """The agent keeps the lead after all."""
    if talk.awaits is None:
        raise IllegalTransition("no colleague is waited for on this call")
    drop(floor, call, talk)


def drop(floor: Floor, call: Call, talk: Talk) -> None:
    """Nobody is waited for any more."""
    if talk.awaits is not None:
        floor.touch(talk.awaits.team_id)
    talk.awaits = None
    floor.hand_overs.pop(call.lead.call_id, None)


def waiting(floor: Floor, team_id: TeamId) -> int:
    """How many leads wait with their agent for somebody of this team."""
    return sum(
        awaits is not None and awaits.team_id == team_id
        for awaits in (floor.talks[call_id].awaits for call_id in floor.hand_overs)
    )


def serve(floor: Floor, team_id: TeamId, now: float) -> None:
    """Give those who are free to the hand-overs that wait for them, longest waiting first."""
    team = floor.teams[team_id]
    for call_id in list(floor.hand_overs):
        call, talk = floor.calls[call_id], floor.talks[call_id]
        awaits = talk.awaits
        if awaits is None or awaits.team_id != team_id or talk.place not in SETTLED:
            continue
        agent = _free(floor, team, call, talk, awaits)
        if agent is not None and _is_spare(team):
            _begin(floor, call, talk, agent, now)


def _free(floor: Floor, team: Team, call: Call, talk: Talk, awaits: Awaited) -> Agent | None:
    wanted = team.available if awaits.agent_id is None else (awaits.agent_id,)
    for agent_id in wanted:
        agent = floor.agents.get(agent_id)
        if (
            agent is not None
            and agent.agent_id in team.available
            and agent.agent_id not in team.leaving
            and agent.switch_id == call.switch_id
            and agent.leg_id not in talk.refused_legs
        ):
            return agent
    return None


def _is_spare(team: Team) -> bool:
    if team.config.pacing.wall is not Wall.STRICT:
        return True
    ready = sum(agent_id not in team.leaving for agent_id in team.available)
    return ready > len(team.in_flight) + len(team.unserved)


def _begin(floor: Floor, call: Call, talk: Talk, to: Agent, now: float) -> None:
    """Bridge the lead to the colleague; it is theirs when the bridge stands."""
    assert to.leg_id is not None and to.call is None, to
    talk.was_held = talk.place is LeadPlace.HELD
    talk.place, talk.to_agent, talk.tries = LeadPlace.MOVING, to.agent_id, 0
    to.call, to.bridged_to = call, call.lead.call_id
    to.leg, to.leg_changed_at = LegState.BUSY, now
    agent_states.enter(floor, to, AgentState.RESERVED, now)
    floor.say(
        ShowLead(
            agent_id=to.agent_id,
            call_id=call.lead.call_id,
            campaign_id=call.lead.campaign_id,
            lead_id=call.lead.lead_id,
        )
    )
    floor.say(Bridge(call_id=call.lead.call_id, leg_id=to.leg_id))
    lead_places.watch_again(floor, call.lead.call_id, now)


# ---- who could take it -------------------------------------------------------------------------
def _colleague(floor: Floor, agent_id: AgentId, call: Call) -> Agent:
    """The one who is asked for by name. Two legs can be bridged on one switch only."""
    agent = floor.agents.get(agent_id)
    if agent is None:
        raise IllegalTransition("that colleague is not logged in; the lead stays")
    if agent.agent_id == call.agent_id:
        raise IllegalTransition(f"agent {agent.name!r} has this call already")
    why_not = _why_not(agent, call)
    if why_not is not None:
        raise IllegalTransition(
            f"agent {agent.name!r} cannot take a call over now ({why_not}); the lead stays"
        )
    return agent


def _team_at_work(floor: Floor, team_id: TeamId | None, call: Call) -> TeamId:
    team = floor.teams.get(team_id) if team_id is not None else None
    others = [] if team is None else [a for a in team.agents.values() if a.call is not call]
    if team is None or all(_why_not(agent, call) is not None for agent in others):
        raise IllegalTransition(
            "nobody of that team is at work who could take the call; the lead stays"
        )
    return team.config.team_id


def _why_not(agent: Agent, call: Call) -> str | None:
    """None for somebody who takes calls, be it after the present one."""
    if agent.state not in _AT_WORK:
        return agent.state.value.replace("_", " ")
    match agent.wants:
        case AgentPaused():
            return "about to pause"
        case AgentLoggedOut():
            return "about to log out"
        case _:
            pass
    return "on another switch" if agent.switch_id != call.switch_id else None
