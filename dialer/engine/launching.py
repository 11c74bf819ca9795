"""Launching: the pacer's view of a team, its decision, and the calls that follow; leads in hand."""

from collections.abc import Collection

from dialer.engine import hand_overs, lead_chances, nodes, shares, strict_wall
from dialer.engine.agents import Agent, LegState
from dialer.engine.callbacks import NOBODY, Reserved, reserved
from dialer.engine.calls import Call
from dialer.engine.commands import Hangup, LeaseLeads, NoteDecision, Originate, ReturnLeads
from dialer.engine.events import HopperLead
from dialer.engine.floor import Campaign, Floor, Team
from dialer.engine.ids import AgentId, CampaignId, TeamId
from dialer.engine.routes import route_of
from dialer.engine.states import AgentState, CallState, CampaignState
from dialer.engine.timers import Due
from dialer.engine.trunks import Trunk
from dialer.pacing.settings import Wall
from dialer.pacing.view import Decision, Launched, LedgerView, Limit, PacingView

_BUSY = (AgentState.RESERVED, AgentState.TALKING, AgentState.WRAP_UP)


def pace(floor: Floor, team_id: TeamId, now: float) -> None:
    """Ask the team's pacer how many calls to launch, launch them, and look again in a moment."""
    team = floor.teams[team_id]
    floor.timers.disarm(Due.PACE, team_id)
    running = _running(floor, team)
    for campaign in running:
        want_leads(floor, campaign, now)
    view = _view(floor, team, running, now)
    decision = team.pacer.decide(view)
    assert 0 <= decision.count <= view.room, (decision, view)
    _cancel(floor, team, decision, now)
    covered = _covered(floor, team, view.ready)
    for launched in range(decision.count):
        is_last = launched == decision.count - 1
        likely = decision.probability_max if is_last else None
        if not _launch(
            floor, team, running, now, is_covered=covered > launched, probability_max=likely
        ):
            break
    _note(floor, team, decision)
    if (
        running
        and (view.agents or team.is_agentless)
        and not floor.is_draining
        and floor.is_switch_connected
    ):
        floor.timers.arm(Due.PACE, team_id, at=_look_again_at(floor, team, running, decision, now))
    for campaign in running:
        want_leads(floor, campaign, now)


def want_leads(floor: Floor, campaign: Campaign, now: float) -> None:
    """Ask the store for leads before the hopper runs out."""
    campaign_id = campaign.config.campaign_id
    team = floor.teams[campaign.config.team_id]
    if floor.is_draining or not floor.is_switch_connected:
        return
    if not team.agents and not team.is_agentless:
        return
    if floor.timers.is_armed(Due.LEASE, campaign_id):
        return
    count = campaign.hopper.wanted(
        agents=len(team.agents), seconds=campaign.config.hopper_seconds, now=now
    )
    if count:
        campaign.hopper.is_asking = True
        floor.say(LeaseLeads(campaign_id=campaign_id, count=count))


def take_leads(
    floor: Floor, campaign_id: CampaignId, leads: tuple[HopperLead, ...], asked: int, now: float
) -> None:
    """Leads arrived; if fewer came than were asked for, nothing more is callable for a while."""
    campaign = floor.campaigns[campaign_id]
    campaign.hopper.is_asking = False
    if campaign.state is not CampaignState.RUNNING or floor.is_draining:
        if leads:
            floor.say(ReturnLeads(leads=leads))
        return
    campaign.hopper.put(lead_chances.with_odds(campaign, lead) for lead in leads)
    campaign.hopper.is_short = len(leads) < asked
    if campaign.hopper.is_short:
        floor.timers.arm(Due.LEASE, campaign_id, at=now + floor.config.lease_retry_seconds)
    floor.touch(campaign.config.team_id)


def give_back_leads(floor: Floor, campaign: Campaign) -> None:
    """The campaign dials no more for now: its leads belong to the store."""
    leads = campaign.hopper.take_all()
    if leads:
        floor.say(ReturnLeads(leads=leads))


def forget(floor: Floor, call: Call, now: float) -> None:
    """The attempt was refused before it was dialled: as if it had never been launched."""
    del floor.calls[call.lead.call_id]
    del floor.numbers[call.lead.number]
    team = floor.team_of(call)
    team.in_flight.pop(call.lead.call_id, None)
    trunk = floor.trunks[call.trunk_id]
    trunk.release()
    floor.campaigns[call.lead.campaign_id].attempts -= 1
    floor.touch(team.config.team_id)


def _running(floor: Floor, team: Team) -> list[Campaign]:
    campaigns = (floor.campaigns[campaign_id] for campaign_id in team.campaigns)
    return [c for c in campaigns if c.state is CampaignState.RUNNING]


def _view(floor: Floor, team: Team, running: list[Campaign], now: float) -> PacingView:
    promised = _reserved(floor, team, now)
    ready, without = _counted_on(team, promised)
    room, room_limit = _room(floor, running, now, covered=_covered(floor, team, ready))
    if team.config.pacing.wall is Wall.STRICT:
        bearable = strict_wall.room(floor, team, ready=ready, now=now)
        if bearable < room:
            room, room_limit = bearable, Limit.WALL
    room, room_limit = nodes.narrow(floor, team, room, room_limit, now)
    calls, level = team.in_flight.values(), lead_chances.level_of(team)
    ends = [c.ends_at for c in running]
    talking = _back(team, AgentState.TALKING, without)
    promised_to = [a for a in _back(team, AgentState.RESERVED, without) if not _is_on_its_way(a)]
    wrapping = _back(team, AgentState.WRAP_UP, without)
    return PacingView(
        now=now,
        ready=ready,
        waiting=len(team.unserved) + hand_overs.waiting(floor, team.config.team_id),
        in_flight_ages=[now - c.launched_at for c in calls],
        in_flight_probabilities=lead_chances.in_flight(team),
        in_flight_routes=[c.route for c in calls],
        fresh_route=_fresh_route(floor, team, running, now),
        in_flight_rung=_rung(team, now),
        hopper_probabilities=sorted(
            set[float]().union(*(c.hopper.probabilities(level) for c in running)), reverse=True
        ),
        cancel_after_seconds=_cancellable_after(running),
        talking_seconds=[now - a.since for a in talking] + [0.0] * len(promised_to),
        wrap_up_seconds=[now - a.since for a in wrapping],
        talking_agents=[a.agent_id for a in talking] + [a.agent_id for a in promised_to],
        wrap_up_agents=[a.agent_id for a in wrapping],
        wrap_up_seconds_max=max((c.config.wrap_up_seconds_max for c in running), default=30.0),
        tolerance_seconds=min((c.config.answer_tolerance_seconds for c in running), default=2.0),
        ledgers=_ledgers(running, strict_wall.concerned(floor, team)),
        ends_at=None if None in ends else max((e for e in ends if e is not None), default=None),
        room=room,
        room_limit=room_limit,
        leads_left=_leads_left(running),
    )


def _fresh_route(floor: Floor, team: Team, running: list[Campaign], now: float) -> str:
    """Of the next lead of the campaign whose turn it is, by the trunk that would take it now.

    With no line free it is the first trunk's, which is the one most likely to be free next.
    """
    for campaign in shares.in_turn(team, running):
        if campaign.hopper.leads:
            trunk = free_trunk(floor, campaign, now) or next(
                nodes.open_trunks(floor, campaign, now), None
            )
            if trunk is not None:
                return route_of(trunk.config.trunk_id, campaign.hopper.leads[0].number)
    return ""


def _rung(team: Team, now: float) -> list[float | None]:
    """How long each call in flight has rung; nothing where none may be cancelled."""
    if team.config.pacing.cancel_after_seconds is None:
        return []
    return [
        now - c.ringing_at if c.ringing_at is not None and c.cancelled_at is None else None
        for c in team.in_flight.values()
    ]


def _cancellable_after(running: list[Campaign]) -> float | None:
    """The most any running campaign's rules ask for; None when one of them forbids it."""
    least = [c.config.cancel_after_seconds for c in running]
    return None if None in least else max((s for s in least if s is not None), default=None)


def _cancel(floor: Floor, team: Team, decision: Decision, now: float) -> None:
    """End the calls that the pacer gives up; each stays in flight until the switch says it is over.

    Until then it may still be answered, and is served or counted as any other.
    """
    calls = list(team.in_flight.values()) if decision.cancel else []
    for place in decision.cancel:
        call = calls[place]
        call.cancelled_at = now
        floor.say(Hangup(call_id=call.lead.call_id, cause="ORIGINATOR_CANCEL"))


def _counted_on(team: Team, promised: Reserved) -> tuple[int, Collection[AgentId]]:
    """How many ready agents a pacer may count on, and which busy ones it may not.

    An agent who waits for a promised call, or asked to go, is never free; of a promise of the
    whole team one agent less is free, a ready one first, else the one busy for longest.
    """
    ready = len(team.available) - sum(agent_id in team.available for agent_id in team.leaving)
    if promised is NOBODY:
        return ready, ()
    ready -= sum(a in team.available and a not in team.leaving for a in promised.agents)
    missing = max(0, promised.anyone - ready)
    without = set(promised.agents)
    if missing:
        busy = [a for state in _BUSY for a in _back(team, state, without) if not _is_on_its_way(a)]
        without |= {a.agent_id for a in sorted(busy, key=lambda a: a.since)[:missing]}
    return max(0, ready - promised.anyone), without


def _back(team: Team, state: AgentState, without: Collection[AgentId]) -> list[Agent]:
    """Agents in this state who will come back from it, longest in it first."""
    agents = team.by_state[state].values()
    # Spelled out and not by `comes_back`: this runs for every agent at every decision.
    if not without:
        return [
            a
            for a in agents
            if a.wants is None and a.moves_to is None and a.leg is not LegState.NONE
        ]
    return [
        a
        for a in agents
        if a.wants is None
        and a.moves_to is None
        and a.leg is not LegState.NONE
        and a.agent_id not in without
    ]


def _is_on_its_way(agent: Agent) -> bool:
    """True when they are reserved for a call that has not been answered: that may take long."""
    return agent.call is not None and agent.call.is_in_flight


def _reserved(floor: Floor, team: Team, now: float) -> Reserved:
    if not floor.callbacks:
        return NOBODY
    mine = (c for c in floor.callbacks.values() if c.lead.campaign_id in team.campaigns)
    return reserved(mine, now)


def _leads_left(running: list[Campaign]) -> int | None:
    """All leads that can be called for now, or None while the store may have more."""
    if not running or not all(c.hopper.is_short for c in running):
        return None
    return sum(len(c.hopper.leads) for c in running)


def _ledgers(running: list[Campaign], concerned: list[Campaign]) -> list[LedgerView]:
    """Of all who have something at stake; those that do not run bring no more answers."""
    weights = sum(c.config.weight for c in running)
    return [
        view
        for campaign in concerned
        for view in campaign.ledgers.views(
            share_ratio=campaign.config.weight / weights if campaign.is_running else 0.0
        )
    ]


def _covered(floor: Floor, team: Team, ready: int) -> int:
    """Ready agents whom no call in flight and nobody who waits will take."""
    waiting = len(team.unserved) + hand_overs.waiting(floor, team.config.team_id)
    return max(0, ready - len(team.in_flight) - waiting)


def _room(floor: Floor, running: list[Campaign], now: float, *, covered: int) -> tuple[int, Limit]:
    """How many calls could be launched now whatever the pacer wants, and what is narrowest."""
    if floor.is_draining:
        return 0, Limit.DRAINING
    if not floor.is_switch_connected:
        return 0, Limit.SWITCH_DOWN
    if not running:
        return 0, Limit.PAUSED
    trunks: dict[str, Trunk] = {}
    for campaign in running:
        trunks |= {t.config.trunk_id: t for t in nodes.open_trunks(floor, campaign, now)}
    one_to_one = sum(c.hopper.covered_only for c in running)
    others = sum(len(c.hopper.leads) for c in running) - one_to_one
    rooms = (
        (
            others + min(one_to_one, covered),
            Limit.ONE_TO_ONE if one_to_one > covered else Limit.HOPPER_EMPTY,
        ),
        (sum(t.lines_free() for t in trunks.values()), Limit.TRUNK),
        (
            sum(min(t.lines_free(), t.launches_free()) for t in trunks.values()),
            Limit.CALLS_PER_SECOND,
        ),
    )
    return min(rooms, key=lambda room: room[0])


def _launch(
    floor: Floor,
    team: Team,
    running: list[Campaign],
    now: float,
    *,
    is_covered: bool,
    probability_max: float | None = None,
) -> bool:
    """Launch one call, of the campaign whose turn it is by weight; False when none can be.

    With `probability_max`, only to a lead no likelier to answer than that.
    """
    level = lead_chances.level_of(team)
    for campaign in shares.in_turn(team, running):
        trunk = free_trunk(floor, campaign, now)
        if trunk is None:
            continue
        if probability_max is not None and not campaign.hopper.bring_forward(
            now, probability_max=probability_max, level=level
        ):
            continue
        lead = next_lead(floor, campaign, now, is_covered=is_covered)
        if lead is None:
            continue
        call = team.in_flight[lead.call_id] = place(floor, campaign, lead, trunk, now)
        shares.launched(team, campaign)
        team.pacer.observe(Launched(at=now, route=call.route))
        return True
    return False


def place(
    floor: Floor,
    campaign: Campaign,
    lead: HopperLead,
    trunk: Trunk,
    now: float,
    *,
    is_promised: bool = False,
) -> Call:
    """Seize a line and command the originate; the new call, PLANNED.

    A promised call is not screened: its agent waits for it, and the lead for the agent.
    """
    is_screened = campaign.config.screening is not None and not is_promised
    trunk.take()
    switch_id = nodes.switch_of(floor.teams[campaign.config.team_id])
    nodes.note_launch(floor, switch_id)
    call = Call(
        lead=lead,
        trunk_id=trunk.config.trunk_id,
        launched_at=now,
        tolerance_seconds=campaign.config.answer_tolerance_seconds,
        changed_at=now,
        switch_id=switch_id,
        is_screened=is_screened,
        route=route_of(trunk.config.trunk_id, lead.number),
    )
    assert call.state is CallState.PLANNED and lead.call_id not in floor.calls
    floor.calls[lead.call_id] = call
    floor.numbers[lead.number] = lead.call_id
    campaign.attempts += 1
    floor.say(
        Originate(
            lead=lead,
            trunk_id=trunk.config.trunk_id,
            caller_id=campaign.config.caller_id,
            ring_seconds=campaign.config.ring_seconds,
            switch_id=switch_id,
            is_screened=is_screened,
            answer_probability=lead_chances.expected(campaign, lead),
        )
    )
    return call


def free_trunk(floor: Floor, campaign: Campaign, now: float) -> Trunk | None:
    """The first of the campaign's trunks with a free line and a token."""
    for trunk in nodes.open_trunks(floor, campaign, now):
        if trunk.lines_free() > 0 and trunk.launches_free() > 0:
            return trunk
    return None


def next_lead(
    floor: Floor, campaign: Campaign, now: float, *, is_covered: bool
) -> HopperLead | None:
    """The next lead who may be called and whose number is not on a live call already."""
    back: list[HopperLead] = []
    lead: HopperLead | None = None
    # Bounded by the hopper itself: every turn takes one lead out of it.
    while True:
        lead, closed = campaign.hopper.take(now, is_covered=is_covered)
        back.extend(closed)
        if lead is None or lead.number not in floor.numbers:
            break
        back.append(lead)
    if back:
        floor.say(ReturnLeads(leads=tuple(back)))
    if lead is not None:
        campaign.hopper.note_launch(now)
    return lead


def _look_again_at(
    floor: Floor, team: Team, running: list[Campaign], decision: Decision, now: float
) -> float:
    interval = team.config.pacing.interval_seconds
    if decision.bound_by is not Limit.CALLS_PER_SECOND:
        return now + interval
    tokens = [
        trunk.next_token_at(now)
        for campaign in running
        for trunk in nodes.open_trunks(floor, campaign, now)
        if trunk.lines_free() > 0
    ]
    return max(now + 0.001, min([*tokens, now + interval]))


def _note(floor: Floor, team: Team, decision: Decision) -> None:
    """Say the decision when it launches something, or when what binds has changed."""
    last = team.decision
    team.tally[decision.bound_by] = team.tally.get(decision.bound_by, 0) + 1
    team.decision = decision
    if decision.count or decision.cancel or last is None or last.bound_by is not decision.bound_by:
        floor.say(NoteDecision(team_id=team.config.team_id, decision=decision))
