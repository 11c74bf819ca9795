"""What happens to promised calls: held for, launched one to one, fallen back, and measured.

A promise ends once: kept when its call was launched within the tolerance and the lead spoke with
whom they were promised; late when they spoke later, or with a colleague; missed when they spoke
with nobody; cancelled when it was taken back. Until then it may be given back to the store (OPEN),
which hands it out again: campaigns pause, processes end, databases answer late.
"""

from campaigns.outcomes import Outcome
from dialer.engine import agent_states, launching, nodes, preview_flow
from dialer.engine.agents import Agent
from dialer.engine.callbacks import LOOK_SECONDS, Callback, is_held, is_owed
from dialer.engine.calls import Call
from dialer.engine.commands import RecordCallback, ReturnLeads, ShowLead
from dialer.engine.events import CallbackCancelled, CallbackDue, HopperLead, Promise
from dialer.engine.floor import Floor, Team
from dialer.engine.ids import AgentId, CallbackId, CallId, CampaignId, TeamId
from dialer.engine.states import AgentState, CallbackState, CampaignState
from dialer.engine.timers import Due

FINAL_REFUSALS = frozenset(
    {
        "attempt_limit", "attempts_max", "cool_down", "do_not_call", "list_stale", "no_consent",
        "outside_calling_hours", "registry_refused", "wrong_phone",
    }
)  # fmt: skip
"""Refusals of the attempt that no second try within the wait would change."""


def take(floor: Floor, event: CallbackDue, now: float) -> None:
    """A promise comes near. One that is in hand already is passed over."""
    callback_id = event.promise.callback_id
    under_way = (c.promise.callback_id for c in floor.calls.values() if c.promise is not None)
    if callback_id in floor.callbacks or callback_id in under_way:
        return
    campaign = floor.campaigns.get(event.lead.campaign_id)
    if campaign is None or campaign.state is not CampaignState.RUNNING or floor.is_draining:
        _give_back(floor, event.lead, event.promise, "not_dialling", now)
        return
    callback = Callback.of(
        event.lead,
        event.promise,
        now=now,
        reserve_seconds=floor.config.callback_reserve_seconds,
        ring_seconds=campaign.config.ring_seconds,
    )
    floor.callbacks[callback_id] = callback
    look(floor, callback_id, now)


def cancel(floor: Floor, event: CallbackCancelled, now: float) -> None:
    """The promise is taken back, unless its call is under way: that one goes on."""
    callback = floor.callbacks.get(event.callback_id)
    if callback is not None:
        _drop(floor, callback, now)
        floor.say(ReturnLeads(leads=(callback.lead,)))
        _record(floor, callback.lead, callback.promise, CallbackState.CANCELLED, event.reason, now)


def give_back_all(floor: Floor, campaign_id: CampaignId, now: float) -> None:
    """The campaign dials no more for now: the store has its promises again."""
    for callback in list(floor.callbacks.values()):
        if callback.lead.campaign_id == campaign_id:
            _drop(floor, callback, now)
            _give_back(floor, callback.lead, callback.promise, "not_dialling", now)


def look(floor: Floor, callback_id: CallbackId, now: float) -> None:
    """An instant of the promise has come: its agent winds down, is held, or was waited for."""
    callback = floor.callbacks[callback_id]
    if now >= callback.gives_up_at and not _fall_back(floor, callback, now):
        return
    team_id = _team_id(floor, callback)
    _hold_agents(floor, team_id, now)
    floor.timers.arm(Due.CALLBACK, callback_id, at=callback.next_at(now))
    floor.touch(team_id)


def hold(floor: Floor, agent: Agent, now: float) -> None:
    """See whether a promise keeps this agent from other leads."""
    outstanding = _outstanding(floor.teams[agent.team_id])
    _hold(floor, agent, outstanding, now)


def _hold(floor: Floor, agent: Agent, outstanding: list[Call], now: float) -> None:
    # A promise is its campaign's: one who works for another team is not kept for it.
    of_team = floor.teams[agent.team_id].campaigns
    mine = [c for c in floor.callbacks.values() if c.lead.campaign_id in of_team]
    is_kept_free = is_held(agent.agent_id, mine, outstanding, now)
    if agent.is_held != is_kept_free:
        agent.is_held = is_kept_free
        agent_states.list_available(floor, agent)


def launch_due(floor: Floor, team_id: TeamId, now: float) -> None:
    """Launch what is due for those of the team who are free, earliest promise first."""
    team = floor.teams[team_id]
    if not floor.callbacks:
        return
    # A call they were still owed to may be over.
    _hold_agents(floor, team_id, now)
    if floor.is_draining or not nodes.may_launch(floor, team, now):
        return
    due = [
        one
        for one in floor.callbacks.values()
        if one.promise.due_at <= now and _team_id(floor, one) == team_id
    ]
    for callback in sorted(due, key=lambda one: one.promise.due_at):
        if now >= callback.lead.callable_until:
            _drop(floor, callback, now)
            floor.say(ReturnLeads(leads=(callback.lead,)))
            _miss(floor, callback, "outside_calling_hours", now)
        elif is_owed(callback, _outstanding(team)):
            continue
        elif (agent := _free_agent(floor, team, callback)) is not None:
            _launch(floor, team, callback, agent, now)


def bridged(floor: Floor, call: Call, now: float) -> None:
    """The lead speaks with an agent: kept, or late by the time or by the person."""
    promise = call.promise
    if promise is None or call.is_promise_settled:
        return
    if call.launched_at > promise.due_at + promise.tolerance_seconds:
        state, reason = CallbackState.LATE, "after_tolerance"
    elif promise.agent_id is not None and call.agent_id != promise.agent_id:
        state, reason = CallbackState.LATE, "colleague"
    else:
        state, reason = CallbackState.KEPT, "connected"
    _settle(floor, call, state, reason, now)


def ended(floor: Floor, call: Call, outcome: Outcome, now: float) -> None:
    """The call is over; when nobody spoke with the lead, the promise is missed."""
    if call.promise is not None and not call.is_promise_settled:
        _settle(floor, call, CallbackState.MISSED, outcome.value, now)


def refused(floor: Floor, call: Call, reason: str, now: float) -> None:
    """The attempt was not written: missed when the rules say so for good, else tried again."""
    promise = call.promise
    if promise is None or call.is_promise_settled:
        return
    waits = 2 if promise.falls_to_team else 1
    gives_up_at = promise.due_at + waits * promise.agent_wait_seconds
    if reason in FINAL_REFUSALS or now >= gives_up_at:
        _settle(floor, call, CallbackState.MISSED, reason, now)
    else:
        # No lead to return: whoever refused the attempt has moved it.
        _record(floor, call.lead, promise, CallbackState.OPEN, reason, now)
        call.is_promise_settled = True


def _fall_back(floor: Floor, callback: Callback, now: float) -> bool:
    """The wait is over. True when the promise is now the team's, False when it is missed."""
    promise = callback.promise
    if callback.agent_id is not None and promise.falls_to_team:
        agent = floor.agents.get(callback.agent_id)
        callback.agent_id = None
        # From now on another is counted out for it, whoever that will be.
        callback.winds_down_at = now
        callback.gives_up_at = now + max(LOOK_SECONDS, promise.agent_wait_seconds)
        if agent is not None:
            hold(floor, agent, now)
        return True
    _drop(floor, callback, now)
    floor.say(ReturnLeads(leads=(callback.lead,)))
    _miss(floor, callback, "nobody_free" if callback.agent_id is None else "agent_not_free", now)
    return False


def _free_agent(floor: Floor, team: Team, callback: Callback) -> Agent | None:
    if callback.agent_id is not None:
        agent = floor.agents.get(callback.agent_id)
        is_theirs = agent is not None and agent.team_id == team.config.team_id
        if agent is None or not is_theirs or callback.agent_id in team.leaving:
            return None
        return agent if agent.is_free else None
    stays = [agent_id for agent_id in team.available if agent_id not in team.leaving]
    # In preview mode everybody who is free looks at a lead, which can wait.
    looks = (a for a in floor.previews if a in team.agents and not team.agents[a].is_held)
    return next((floor.agents[agent_id] for agent_id in (*stays, *looks)), None)


def _launch(floor: Floor, team: Team, callback: Callback, agent: Agent, now: float) -> None:
    campaign = floor.campaigns[callback.lead.campaign_id]
    trunk = launching.free_trunk(floor, campaign, now)
    lead = callback.lead
    if trunk is None or lead.number in floor.numbers or lead.call_id in floor.calls:
        return
    preview_flow.take_back(floor, agent, "promised_call")
    call = launching.place(floor, campaign, lead, trunk, now, is_promised=True)
    call.promise = callback.promise
    call.agent_id = agent.agent_id
    agent.call = call
    _drop(floor, callback, now)
    agent_states.enter(floor, agent, AgentState.RESERVED, now)
    floor.say(
        ShowLead(
            agent_id=agent.agent_id,
            call_id=lead.call_id,
            campaign_id=lead.campaign_id,
            lead_id=lead.lead_id,
        )
    )


def _outstanding(team: Team) -> list[Call]:
    """Calls that may still need an agent of the team."""
    return [*team.in_flight.values(), *team.unserved.values()]


def _drop(floor: Floor, callback: Callback, now: float) -> None:
    """Out of hand: its agent is free for others, unless another promise holds them."""
    del floor.callbacks[callback.promise.callback_id]
    floor.timers.disarm(Due.CALLBACK, callback.promise.callback_id)
    team_id = _team_id(floor, callback)
    _hold_agents(floor, team_id, now)
    floor.touch(team_id)


def _hold_agents(floor: Floor, team_id: TeamId, now: float) -> None:
    team = floor.teams[team_id]
    outstanding = _outstanding(team)
    promised = {callback.agent_id for callback in floor.callbacks.values()}
    for agent in team.agents.values():
        if agent.is_held or agent.agent_id in promised:
            _hold(floor, agent, outstanding, now)


def _team_id(floor: Floor, callback: Callback) -> TeamId:
    return floor.campaigns[callback.lead.campaign_id].config.team_id


def _give_back(floor: Floor, lead: HopperLead, promise: Promise, reason: str, now: float) -> None:
    floor.say(ReturnLeads(leads=(lead,)))
    _record(floor, lead, promise, CallbackState.OPEN, reason, now)


def _miss(floor: Floor, callback: Callback, reason: str, now: float) -> None:
    _record(floor, callback.lead, callback.promise, CallbackState.MISSED, reason, now)


def _settle(floor: Floor, call: Call, state: CallbackState, reason: str, now: float) -> None:
    assert call.promise is not None, call
    call.is_promise_settled = True
    spoke = call.agent_id if state is not CallbackState.MISSED else None
    _record(floor, call.lead, call.promise, state, reason, now, call.lead.call_id, spoke)


def _record(
    floor: Floor,
    lead: HopperLead,
    promise: Promise,
    state: CallbackState,
    reason: str,
    now: float,
    call_id: CallId | None = None,
    agent_id: AgentId | None = None,
) -> None:
    floor.say(
        RecordCallback(
            callback_id=promise.callback_id,
            campaign_id=lead.campaign_id,
            lead_id=lead.lead_id,
            state=state,
            call_id=call_id,
            agent_id=agent_id,
            reason=reason,
            at=now,
        )
    )
