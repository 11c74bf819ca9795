"""The strict wall: whatever a pacer wants, no ledger can pass its limit at any instant.

The law counts abandoned calls A against live answers H (16 CFR 310.4(b)(4)(i); Ofcom's policy on
persistent misuse). Let U be the calls that could still be abandoned. A call beyond the ready agents
is launched only while, in every ledger of the team,

    A + U <= floor(limit * (H + U)),        U = max(0, in flight + waiting - ready) + late bridges

and H holds only answers that nothing can take back: not those still waiting or on their way to an
agent, which U counts already, and not those that an agent may yet report as a machine.

Theorem. Each event keeps the inequality. An uncovered call that is abandoned adds 1 to A and H and
takes 1 from U; one that is served or fails takes 1 from U, and the left side falls by 1 while the
right falls by at most 1, because the limit is at most 1. A covered call never enters U: when it is
answered it takes an agent with it. An agent who asks for a pause stays for what was promised
(`leaving`). A call that waited and is being bridged may be a moment too late, so it stays in U
until it is. The inequality holds after a restart, because the store's counts are A and H of what
has ended, and what has not ended is adopted before anything is launched.

It holds as long as the world keeps to this: an agent's leg that was ready lives until the call it
was promised to ends; an agent who is free at the answer hears the lead within the legal seconds; a
window's counts do not shrink (a rolling one forgets answers on the hour); and what the store was
told, it has. Where the world does not, the call is counted as what it is (in U at once, in A when
its legal seconds are over), and nothing beyond the ready agents is launched until the inequality
holds again.
"""

from dialer.engine import hand_overs
from dialer.engine.calls import Call
from dialer.engine.floor import Campaign, Floor, Team
from dialer.engine.ids import CallId
from dialer.engine.ledger import Window
from dialer.engine.states import CallState
from dialer.pacing.view import LedgerView
from dialer.pacing.wall import strictly_bearable

_ON_THE_WAY = frozenset({CallState.ANSWERED, CallState.BRIDGING})


def room(floor: Floor, team: Team, *, ready: int, now: float) -> int:
    """How many calls may be launched now; never less than the ready agents without a call."""
    calls = len(team.in_flight) + len(team.unserved)
    # A lead who waits for a colleague takes the next agent whom nothing counts on.
    ready = max(0, ready - hand_overs.waiting(floor, team.config.team_id))
    late = late_bridges(floor, team)
    bearable = min(
        (strictly_bearable(view, now=now) for view in _firm_ledgers(floor, team)), default=0
    )
    covered = max(0, ready - calls)
    return max(covered, ready - calls + bearable - late)


def late_bridges(floor: Floor, team: Team) -> int:
    """Calls that waited for the agent who is coming: the bridge may stand too late."""
    return sum(
        floor.agents[agent_id].call is call and floor.agents[agent_id].since > call.answered_at
        for call in _answered(floor, team)
        if call.state in _ON_THE_WAY
        and (agent_id := call.agent_id) is not None
        and call.answered_at is not None
        and not call.is_abandoned
        and not is_refused_by_lead(floor, call)
    )


def is_refused_by_lead(floor: Floor, call: Call) -> bool:
    """The bridge was refused and the agents' legs live: it is the lead's leg that is gone."""
    return bool(call.refused_legs) and all(leg in floor.legs for leg in call.refused_legs)


def _answered(floor: Floor, team: Team) -> list[Call]:
    on_calls = (agent.call for agent in team.agents.values())
    return [call for call in on_calls if call is not None and call.answered_at is not None]


def _firm_ledgers(floor: Floor, team: Team) -> list[LedgerView]:
    """The ledgers of every campaign a call may be launched for or is in flight for."""
    loose, unsaid = _loose_answers(team), _unsaid_withdrawals(team)
    return [
        LedgerView(
            name=window.ledger,
            limit_ratio=window.limit_ratio,
            live_answers=window.live_answers
            - _within(loose, campaign, window)
            + _within(unsaid, campaign, window),
            abandoned=window.abandoned + _within(unsaid, campaign, window),
            ends_at=window.ends_at,
        )
        for campaign in concerned(floor, team)
        for window in campaign.ledgers.windows.values()
    ]


def _within(calls: list[Call], campaign: Campaign, window: Window) -> int:
    return sum(
        call.lead.campaign_id == campaign.config.campaign_id
        and call.counted_at is not None
        and call.counted_at >= window.opened_at
        for call in calls
    )


def concerned(floor: Floor, team: Team) -> list[Campaign]:
    """The team's running campaigns, and those that still have calls in flight for it."""
    if all(floor.campaigns[campaign_id].is_running for campaign_id in team.campaigns):
        return [floor.campaigns[campaign_id] for campaign_id in team.campaigns]
    busy = {
        call.lead.campaign_id: None
        for calls in (team.in_flight, team.unserved)
        for call in calls.values()
    }
    busy |= {call.lead.campaign_id: None for call in _answered(floor, team)}
    return [
        floor.campaigns[campaign_id]
        for campaign_id in team.campaigns
        if campaign_id in busy or floor.campaigns[campaign_id].is_running
    ]


def _loose_answers(team: Team) -> list[Call]:
    """Live answers, not abandoned, that may yet be abandoned or turn out to be machines."""
    calls: dict[CallId, Call] = dict(team.unserved)
    for agent in team.agents.values():
        for call in (agent.call, agent.last_call):
            if call is not None:
                calls[call.lead.call_id] = call
    return [call for call in calls.values() if call.is_live and not call.is_abandoned]


def _unsaid_withdrawals(team: Team) -> list[Call]:
    """Abandoned calls reported as machines while they last: a crash would count them again."""
    on_calls = (agent.call for agent in team.agents.values())
    return [call for call in on_calls if call and call.was_abandoned and call.ended_at is None]
