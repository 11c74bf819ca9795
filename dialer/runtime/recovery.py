"""Agreement with the world after a start of ours, and after a gap in the switch's events.

Theory. The store says what we did, the switch what lives. When a team becomes ours every unfinished
attempt is asked after by its id, which is its channel's: it lives and is adopted, or it is settled
as what is on disk of it, which is unknown where it had not been answered, and that counts as
dialled (law 2). Agents whose legs live are adopted as they were; the others who were logged in are
logged in again, which calls their phones. What carries our name and is neither is hung up.

With several switches each is asked when it is reached. Nothing is given up as lost before all of
them were asked; agents alone are not kept waiting for a switch that stays away.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from campaigns.store.rows import AgentRow, AttemptResult, AttemptRow
from dialer.engine.events import (
    AgentLegAdopted,
    AgentLoggedIn,
    AgentParked,
    CallAdopted,
    CallAnswered,
    CallBridged,
    CallParked,
    CallRinging,
    Event,
    HopperLead,
    Promise,
    SurveyAnswered,
)
from dialer.engine.ids import (
    E164,
    ONE_SWITCH,
    AgentId,
    CallId,
    CampaignId,
    LeadId,
    LegId,
    PhoneId,
    SwitchId,
    TeamId,
    TrunkId,
)  # fmt: skip
from dialer.engine.in_call_events import SideLegBridged
from dialer.engine.states import AgentState
from dialer.engine.talks import LeadPlace
from dialer.runtime import call_records
from dialer.runtime.clock import Clock
from dialer.runtime.instants import to_unix
from dialer.runtime.lost_attempts import lost_attempt
from dialer.runtime.return_recovery import PendingReturns, ReturnRecovery
from dialer.runtime.switch_reader import SwitchReader
from freeswitch import commands, talk_commands
from freeswitch.answers import ChannelDump, read_channels, read_dump
from freeswitch.call_records import CallRecord
from freeswitch.errors import CommandRefused
from freeswitch.session import EslSession

log = logging.getLogger(__name__)

ADOPTED_SECONDS = 3600.0
"""An adopted call is live already, so its lead's calling hours matter no more; an hour is as good
as any, as the engine never launches an adopted lead."""
ASK_MAX = 5000
"""Legs asked after in one go, at half a millisecond each. Beyond it the engine's surveys, which ask
in rounds, find what is gone."""
_WAS_READY = (AgentState.READY, AgentState.RESERVED, AgentState.TALKING, AgentState.WRAP_UP)
_HAD_A_LEG = (*_WAS_READY, AgentState.PAUSED, AgentState.CONNECTING_LEG)
_PARKED = ("CS_PARK", "CS_EXECUTE")


async def _no_records(channels: Iterable[str]) -> Mapping[str, CallRecord]:
    del channels
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryStore:
    """What recovery asks of the store, outages already dealt with."""

    agents: Callable[[], Awaitable[Sequence[AgentRow]]]
    unfinished: Callable[[TeamId], Awaitable[Sequence[AttemptRow]]]
    settle: Callable[[Sequence[AttemptResult]], Awaitable[None]]
    promises: Callable[[Collection[int]], Awaitable[Mapping[LeadId, Promise]]]
    """The unsettled promises of these leads."""
    ensure_campaigns: Callable[[Iterable[CampaignId]], Awaitable[None]]
    """Make the engine know these campaigns, running or not."""
    tolerance_seconds: Callable[[CampaignId], float] = lambda campaign_id: 2.0
    """Legal seconds of a campaign the engine knows."""
    records: Callable[[Iterable[str]], Awaitable[Mapping[str, CallRecord]]] = _no_records
    """What the switch wrote of calls that are over."""
    alive_at: Callable[[str], float | None] = lambda owner: None
    """When the process that wrote an attempt last said that it lives, before this one began."""


AWAY_SECONDS = 10.0
"""So long the agents of a team that became ours wait for a switch that is not in reach."""


@dataclass(slots=True)
class _Pending:
    """What is not found yet of a team that became ours."""

    since: float
    agents: list[AgentRow] | None = None
    """None before the store was asked."""
    attempts: list[AttemptRow] = field(default_factory=list)
    asked: set[SwitchId] = field(default_factory=set)
    returns: PendingReturns = field(default_factory=PendingReturns)


class Recovery:
    """Compares store, switches and engine."""

    def __init__(
        self,
        store: RecoveryStore,
        clock: Clock,
        *,
        returns: ReturnRecovery,
        switches: Sequence[SwitchId] = (ONE_SWITCH,),
    ) -> None:
        self._store = store
        self._returns = returns
        self._clock = clock
        self._switches = frozenset(switches)
        self._pending: dict[TeamId, _Pending] = {}
        self._turn = asyncio.Lock()
        """Switches are asked one after the other, so that what one has is not lost for another."""

    def acquire(self, team_id: TeamId) -> None:
        """This team became ours: every switch is to be asked after what is the team's."""
        self._pending[team_id] = _Pending(since=self._clock.now())

    async def recover(
        self, session: EslSession, reader: SwitchReader, switch_id: SwitchId = ONE_SWITCH
    ) -> list[Event]:
        """Of teams that became ours: adopt what lives on this switch, note strangers; when all
        switches were asked, settle what lives on none."""
        async with self._turn:
            teams = [team for team, one in self._pending.items() if switch_id not in one.asked]
            if not teams:
                return []
            agent_events: list[Event] = []
            call_events: list[Event] = []
            lost = 0
            for team_id in teams:
                pending = self._pending[team_id]
                await self._read(team_id, pending)
                await self._returns.read(team_id, pending.returns)
                legs, adopted = await self._adopt_agents(session, reader, switch_id, pending)
                agent_events += adopted
                call_events += await self._adopt_calls(session, reader, switch_id, pending, legs)
                # They talk with an agent too, who must be given nobody else.
                back = await self._returns.adopt(session, reader, switch_id, pending.returns, legs)
                call_events = [*back, *call_events]
                pending.asked.add(switch_id)
                if pending.asked >= self._switches:
                    agent_events += _log_in(pending)
                    lost += await self._settle(pending)
                    await self._returns.settle(pending.returns)
                    del self._pending[team_id]
            await _note_strangers(session, reader)
        legs_found = sum(isinstance(one, AgentLegAdopted) for one in agent_events)
        log.info(
            "Recovered: %d agents' legs and %d calls live, %d attempts were lost.",
            legs_found,
            len(call_events),
            lost,
            extra={"action": "recovered"},
        )
        return agent_events + call_events

    def overdue(self) -> list[Event]:
        """Agents who waited long enough for a switch that stays away: called from another."""
        now = self._clock.now()
        waited = (
            one
            for one in self._pending.values()
            if one.agents and one.asked and now - one.since > AWAY_SECONDS
        )
        return [event for pending in waited for event in _log_in(pending)]

    async def _read(self, team_id: TeamId, pending: _Pending) -> None:
        """What the store says is the team's, once: what begins after it is in the engine."""
        if pending.agents is not None:
            return
        rows = await self._store.agents()
        pending.attempts = list(await self._store.unfinished(team_id))
        await self._store.ensure_campaigns(
            {CampaignId(row.campaign_id) for row in pending.attempts}
        )
        pending.agents = [row for row in rows if row.team_id == team_id and row.state in _HAD_A_LEG]

    async def _settle(self, pending: _Pending) -> int:
        """What lives on no switch is over."""
        if pending.attempts:
            records = await self._store.records([row.call_id for row in pending.attempts])
            await self._store.settle(
                [
                    lost_attempt(
                        row,
                        record=records.get(row.call_id),
                        now=self._clock.now(),
                        alive_at=self._store.alive_at(row.owner),
                        tolerance_seconds=self._store.tolerance_seconds(
                            CampaignId(row.campaign_id)
                        ),
                    )
                    for row in pending.attempts
                ]
            )
        return len(pending.attempts)

    async def reconcile(self, session: EslSession, reader: SwitchReader) -> list[Event]:
        """After a gap in the events of the same switch: say again what is so now.

        The engine passes over what it knows; what it missed is made up for here, so that nobody who
        answered during the gap waits in silence.
        """
        asked_at = self._clock.now()
        events: list[Event] = []
        gone_calls: list[CallId] = []
        gone_legs: list[LegId] = []
        for leg in list(reader.legs.values())[:ASK_MAX]:
            dump = await _dump(session, leg.leg_id)
            if not reader.knows(leg.leg_id):
                continue  # its end has come meanwhile and is on its way to the engine
            if dump is None:
                gone_legs.append(leg.leg_id)
            else:
                leg.saw_channel = True
                if dump.is_answered and dump.channel_state in _PARKED:
                    events.append(AgentParked(agent_id=leg.agent_id, leg_id=leg.leg_id))
        for call in list(reader.calls.values())[:ASK_MAX]:
            dump = await _dump(session, call.call_id)
            if not reader.knows(call.call_id):
                continue
            if dump is None:
                gone_calls.append(call.call_id)
                continue
            call.saw_channel = True
            call.is_answered = call.is_answered or dump.is_answered
            events.extend(_said_again(call.call_id, dump))
        for call_id, record in (await self._store.records(gone_calls)).items():
            track = reader.calls.get(call_id)
            if track is not None:
                was_answered = track.is_answered
                events += call_records.ended(CallId(call_id), record, was_answered=was_answered)
                gone_calls.remove(CallId(call_id))
                reader.forget(call_id)
        for channel in (*gone_calls, *gone_legs):
            reader.forget(channel)
        events.append(
            SurveyAnswered(
                gone_calls=tuple(gone_calls), gone_legs=tuple(gone_legs), asked_at=asked_at
            )
        )
        return events

    async def _adopt_agents(
        self,
        session: EslSession,
        reader: SwitchReader,
        switch_id: SwitchId,
        pending: _Pending,
    ) -> tuple[set[str], list[Event]]:
        adopted: set[str] = set()
        events: list[Event] = []
        for row in list(pending.agents or ()):
            dump = None if row.leg_id is None else await _dump(session, row.leg_id)
            if row.leg_id is None or dump is None or not dump.is_answered:
                continue
            assert pending.agents is not None
            pending.agents.remove(row)
            agent_id, leg_id = AgentId(row.id), LegId(row.leg_id)
            reader.expect_leg(leg_id, agent_id).saw_channel = True
            adopted.add(leg_id)
            events.append(
                AgentLegAdopted(
                    agent_id=agent_id,
                    team_id=TeamId(row.team_id),
                    name=row.name,
                    leg_id=leg_id,
                    was_ready=row.state in _WAS_READY,
                    switch_id=switch_id,
                )
            )
        return adopted, events

    async def _adopt_calls(
        self,
        session: EslSession,
        reader: SwitchReader,
        switch_id: SwitchId,
        pending: _Pending,
        adopted_legs: set[str],
    ) -> list[Event]:
        promises = await self._store.promises([row.lead_id for row in pending.attempts])
        adopted: list[CallAdopted] = []
        for row in list(pending.attempts):
            dump = await _dump(session, row.call_id)
            if dump is None:
                continue
            pending.attempts.remove(row)
            track = reader.expect_call(CallId(row.call_id))
            track.saw_channel = track.saw_progress = True
            track.is_answered = dump.is_answered
            call = self._adopted(row, dump, adopted_legs, switch_id)
            adopted.append(replace(call, promise=promises.get(call.lead.lead_id)))
        # Those who talk first: an agent who talks must not be given a call that waits.
        adopted.sort(key=lambda one: one.leg_id is None)
        return list(adopted)

    def _adopted(
        self, row: AttemptRow, dump: ChannelDump, adopted_legs: set[str], switch_id: SwitchId
    ) -> CallAdopted:
        now = self._clock.now()
        place, partner = _whereabouts(dump, adopted_legs)
        originated_at = to_unix(row.written_at)
        answered_at = None
        if dump.is_answered:
            answered_at = min(now, max(originated_at, dump.answered_at or now))
        bridged_at = None
        began_at = dump.bridged_at if row.bridged_at is None else to_unix(row.bridged_at)
        is_served = partner is not None or place is LeadPlace.OUTSIDE
        if is_served and answered_at is not None and began_at is not None:
            bridged_at = min(now, max(answered_at, began_at))
        return CallAdopted(
            lead=HopperLead(
                call_id=CallId(row.call_id),
                campaign_id=CampaignId(row.campaign_id),
                lead_id=LeadId(row.lead_id),
                phone_id=PhoneId(row.phone_id),
                number=E164(row.number),
                callable_until=now + ADOPTED_SECONDS,
            ),
            originated_at=originated_at,
            answered_at=answered_at,
            leg_id=partner,
            bridged_at=bridged_at,
            trunk_id=TrunkId(dump.dialer_trunk or row.trunk),
            switch_id=switch_id,
            place=place,
        )


def _whereabouts(dump: ChannelDump, adopted_legs: set[str]) -> tuple[LeadPlace, LegId | None]:
    """Where a lead is who outlived us, and the leg of the agent they belong to."""
    if dump.bridged_to is not None:
        if dump.bridged_to in adopted_legs:
            return LeadPlace.WITH_AGENT, LegId(dump.bridged_to)
        is_outside = dump.dialer_state == talk_commands.TRANSFERRED
        return (LeadPlace.OUTSIDE if is_outside else LeadPlace.WITH_AGENT), None
    leg = talk_commands.held_by(dump.dialer_state)
    if leg is not None and leg in adopted_legs and dump.channel_state == "CS_EXECUTE":
        return LeadPlace.HELD, LegId(leg)
    return LeadPlace.WITH_AGENT, None


def _log_in(pending: _Pending) -> list[Event]:
    """Those whose legs were not found: logged in again, which calls their phones."""
    rows, pending.agents = pending.agents or [], []
    return [
        AgentLoggedIn(agent_id=AgentId(row.id), team_id=TeamId(row.team_id), name=row.name)
        for row in rows
    ]


async def _note_strangers(session: EslSession, reader: SwitchReader) -> None:
    """Channels that carry our name and that the store does not know; the link hangs them up."""
    try:
        rows = read_channels(await session.api(commands.show_channels(like=reader.dialer_id)))
    except CommandRefused as error:
        log.warning(
            "The switch does not list its channels (%s); unknown ones end by their timers.",
            error,
            extra={"action": "channels_not_listed"},
        )
        return
    for row in rows:
        reader.note_stranger(row.uuid)


async def _dump(session: EslSession, channel: str) -> ChannelDump | None:
    return read_dump(await session.api(commands.uuid_dump(channel)))


def _said_again(call_id: CallId, dump: ChannelDump) -> list[Event]:
    """The events that lead to the state in which the channel is now."""
    if not dump.is_answered:
        is_ringing = dump.call_state in ("RINGING", "EARLY")
        return [CallRinging(call_id=call_id)] if is_ringing else []
    events: list[Event] = [CallAnswered(call_id=call_id)]
    if dump.bridged_to is not None and dump.dialer_state == talk_commands.TRANSFERRED:
        events.append(SideLegBridged(call_id=call_id, leg_id=LegId(dump.bridged_to)))
    elif dump.bridged_to is not None:
        events.append(CallBridged(call_id=call_id, leg_id=LegId(dump.bridged_to)))
    elif dump.channel_state in _PARKED:
        events.append(CallParked(call_id=call_id))
    return events
