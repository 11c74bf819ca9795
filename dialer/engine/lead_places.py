"""Moving the lead of a talk: to music, back to their agent, and what is done when a leg is lost.

Below the flows of agents and calls, which both use it.
"""

from dialer.engine import agent_states
from dialer.engine.agents import Agent, LegState
from dialer.engine.calls import Call
from dialer.engine.commands import Bridge, Hangup
from dialer.engine.floor import Floor
from dialer.engine.ids import CallId, SwitchId
from dialer.engine.in_call_commands import HoldLead
from dialer.engine.states import AgentState, CallState
from dialer.engine.talks import LeadPlace, Talk
from dialer.engine.timers import Due


def hold(floor: Floor, call: Call, talk: Talk) -> None:
    """Music for the lead; the agent's leg parks by itself."""
    assert call.agent_id is not None, call
    agent = floor.agents.get(call.agent_id)
    talk.place = LeadPlace.HELD
    floor.say(
        HoldLead(
            call_id=call.lead.call_id,
            campaign_id=call.lead.campaign_id,
            leg_id=agent.leg_id if agent is not None else None,
        )
    )


def come_back(floor: Floor, call: Call, talk: Talk, agent: Agent, now: float) -> None:
    """Bridge the lead to their agent again."""
    assert agent.leg_id is not None, agent
    talk.place = LeadPlace.COMING_BACK
    agent.leg, agent.leg_changed_at = LegState.BUSY, now
    agent.bridged_to = call.lead.call_id
    floor.say(Bridge(call_id=call.lead.call_id, leg_id=agent.leg_id, is_resumed=True))
    watch_again(floor, call.lead.call_id, now)


def watch_again(floor: Floor, call_id: CallId, now: float) -> None:
    """Look at the bridge that is on its way again in a second."""
    floor.timers.arm(Due.TALK_WATCH, call_id, at=now + floor.config.bridge_watchdog_seconds)


def back_to_agent(floor: Floor, call: Call, talk: Talk, now: float) -> None:
    """After a bridge elsewhere failed: the lead goes to their agent, or hears music."""
    agent = floor.agents.get(call.agent_id) if call.agent_id is not None else None
    talk.tries = 0
    if agent is None or agent.leg_id is None or talk.was_held:
        hold(floor, call, talk)
    else:
        come_back(floor, call, talk, agent, now)


def come_back_from_outside(floor: Floor, call_id: CallId, now: float) -> None:
    """The outside leg ended while the lead was being given to it."""
    floor.timers.disarm(Due.TALK_WATCH, call_id)
    back_to_agent(floor, floor.calls[call_id], floor.talks[call_id], now)


def end_orphans(floor: Floor, switch_id: SwitchId) -> None:
    """Hang up leads on hold whose agent has gone on without them, as from a switch that was lost
    for long: nobody would ever take them back."""
    for call_id, talk in floor.talks.items():
        call = floor.calls[call_id]
        agent = floor.agents.get(call.agent_id) if call.agent_id is not None else None
        is_left = agent is None or agent.call is not call or agent.state is AgentState.WRAP_UP
        if call.switch_id == switch_id and talk.place is LeadPlace.HELD and is_left:
            floor.say(Hangup(call_id=call_id, cause="NORMAL_CLEARING"))


def lose_receiver(floor: Floor, agent: Agent, now: float) -> bool:
    """The leg of a colleague who was to take a call over is gone; False if there was none such."""
    call = agent.call
    talk = floor.talks.get(call.lead.call_id) if call is not None else None
    if call is None or talk is None or talk.to_agent != agent.agent_id:
        return False
    talk.to_agent = None
    floor.timers.disarm(Due.TALK_WATCH, call.lead.call_id)
    agent_states.enter(floor, agent, AgentState.CONNECTING_LEG, now)
    agent.call = None
    if call.state is CallState.CONNECTED:
        back_to_agent(floor, call, talk, now)
    return True
