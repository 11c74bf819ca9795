"""Agreement with the world after a start of ours, and after a gap in the switch's events.

Theory. The store says what we did, the switch what lives. When a team becomes ours every unfinished
attempt is asked after by its id, which is its channel's: it lives and is adopted, or it is settled
as unknown, which counts as dialled (law 2). Agents whose legs live are adopted as they were; the
others who were logged in are logged in again, which calls their phones. What carries our name and
is neither is hung up.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from campaigns.outcomes import Outcome
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
from dialer.engine.ids import E164, AgentId, CallId, CampaignId, LeadId, LegId, PhoneId, TeamId
from dialer.engine.states import AgentState
from dialer.runtime.clock import Clock
from dialer.runtime.instants import to_datetime, to_unix
from dialer.runtime.switch_reader import SwitchReader
from freeswitch import commands
from freeswitch.answers import ChannelDump, read_channels, read_dump
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


class Recovery:
    """Compares store, switch and engine."""

    def __init__(self, store: RecoveryStore, reader: SwitchReader, clock: Clock) -> None:
        self._store = store
        self._reader = reader
        self._clock = clock

    async def recover(self, session: EslSession, teams: Sequence[TeamId]) -> list[Event]:
        """These teams became ours: adopt what lives, settle what does not, note strangers."""
        if not teams:
            return []
        agents = [row for row in await self._store.agents() if row.team_id in teams]
        unfinished = [row for team in teams for row in await self._store.unfinished(team)]
        await self._store.ensure_campaigns({CampaignId(row.campaign_id) for row in unfinished})
        adopted_legs, agent_events = await self._recover_agents(session, agents)
        call_events = await self._recover_calls(session, unfinished, adopted_legs)
        await self._note_strangers(session)
        log.info(
            "Recovered: %d agents' legs and %d calls live, %d attempts were lost.",
            len(adopted_legs),
            len(call_events),
            len(unfinished) - len(call_events),
            extra={"action": "recovered"},
        )
        return agent_events + call_events

    async def reconcile(self, session: EslSession) -> list[Event]:
        """After a gap in the events of the same switch: say again what is so now.

        The engine passes over what it knows; what it missed is made up for here, so that nobody who
        answered during the gap waits in silence.
        """
        asked_at = self._clock.now()
        events: list[Event] = []
        gone_calls: list[CallId] = []
        gone_legs: list[LegId] = []
        for leg in list(self._reader.legs.values())[:ASK_MAX]:
            dump = await _dump(session, leg.leg_id)
            if not self._reader.knows(leg.leg_id):
                continue  # its end has come meanwhile and is on its way to the engine
            if dump is None:
                gone_legs.append(leg.leg_id)
            else:
                leg.saw_channel = True
                if dump.is_answered and dump.channel_state in _PARKED:
                    events.append(AgentParked(agent_id=leg.agent_id, leg_id=leg.leg_id))
        for call in list(self._reader.calls.values())[:ASK_MAX]:
            dump = await _dump(session, call.call_id)
            if not self._reader.knows(call.call_id):
                continue
            if dump is None:
                gone_calls.append(call.call_id)
                continue
            call.saw_channel = True
            call.is_answered = call.is_answered or dump.is_answered
            events.extend(_said_again(call.call_id, dump))
        for channel in (*gone_calls, *gone_legs):
            self._reader.forget(channel)
        events.append(
            SurveyAnswered(
                gone_calls=tuple(gone_calls), gone_legs=tuple(gone_legs), asked_at=asked_at
            )
        )
        return events

    async def _recover_agents(
        self, session: EslSession, agents: Sequence[AgentRow]
    ) -> tuple[set[str], list[Event]]:
        adopted: set[str] = set()
        events: list[Event] = []
        for row in agents:
            agent_id, team_id = AgentId(row.id), TeamId(row.team_id)
            if row.state not in _HAD_A_LEG:
                continue
            dump = None if row.leg_id is None else await _dump(session, row.leg_id)
            if row.leg_id is None or dump is None or not dump.is_answered:
                events.append(AgentLoggedIn(agent_id=agent_id, team_id=team_id, name=row.name))
                continue
            leg_id = LegId(row.leg_id)
            self._reader.expect_leg(leg_id, agent_id).saw_channel = True
            adopted.add(leg_id)
            events.append(
                AgentLegAdopted(
                    agent_id=agent_id,
                    team_id=team_id,
                    name=row.name,
                    leg_id=leg_id,
                    was_ready=row.state in _WAS_READY,
                )
            )
        return adopted, events

    async def _recover_calls(
        self, session: EslSession, unfinished: Sequence[AttemptRow], adopted_legs: set[str]
    ) -> list[Event]:
        promises = await self._store.promises([row.lead_id for row in unfinished])
        lost: list[AttemptResult] = []
        adopted: list[CallAdopted] = []
        for row in unfinished:
            dump = await _dump(session, row.call_id)
            if dump is None:
                lost.append(_lost(row, ended_at=self._clock.now()))
                continue
            track = self._reader.expect_call(CallId(row.call_id))
            track.saw_channel = track.saw_progress = True
            track.is_answered = dump.is_answered
            call = self._adopted(row, dump, adopted_legs)
            adopted.append(replace(call, promise=promises.get(call.lead.lead_id)))
        if lost:
            await self._store.settle(lost)
        # Those who talk first: an agent who talks must not be given a call that waits.
        adopted.sort(key=lambda one: one.leg_id is None)
        return list(adopted)

    def _adopted(self, row: AttemptRow, dump: ChannelDump, adopted_legs: set[str]) -> CallAdopted:
        now = self._clock.now()
        partner = dump.bridged_to
        originated_at = to_unix(row.written_at)
        answered_at = None
        if dump.is_answered:
            answered_at = min(now, max(originated_at, dump.answered_at or now))
        bridged_at = None
        if partner in adopted_legs and answered_at is not None and dump.bridged_at is not None:
            bridged_at = min(now, max(answered_at, dump.bridged_at))
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
            leg_id=LegId(partner) if partner in adopted_legs else None,
            bridged_at=bridged_at,
        )

    async def _note_strangers(self, session: EslSession) -> None:
        """Channels that carry our name and that the store does not know; the link hangs them up."""
        try:
            rows = read_channels(
                await session.api(commands.show_channels(like=self._reader.dialer_id))
            )
        except CommandRefused as error:
            log.warning(
                "The switch does not list its channels (%s); unknown ones end by their timers.",
                error,
                extra={"action": "channels_not_listed"},
            )
            return
        for row in rows:
            self._reader.note_stranger(row.uuid)


async def _dump(session: EslSession, channel: str) -> ChannelDump | None:
    return read_dump(await session.api(commands.uuid_dump(channel)))


def _said_again(call_id: CallId, dump: ChannelDump) -> list[Event]:
    """The events that lead to the state in which the channel is now."""
    if not dump.is_answered:
        is_ringing = dump.call_state in ("RINGING", "EARLY")
        return [CallRinging(call_id=call_id)] if is_ringing else []
    events: list[Event] = [CallAnswered(call_id=call_id)]
    if dump.bridged_to is not None:
        events.append(CallBridged(call_id=call_id, leg_id=LegId(dump.bridged_to)))
    elif dump.channel_state in _PARKED:
        events.append(CallParked(call_id=call_id))
    return events


def _lost(row: AttemptRow, *, ended_at: float) -> AttemptResult:
    """Nobody knows what became of it."""
    return AttemptResult(
        call_id=row.call_id,
        outcome=Outcome.UNKNOWN,
        cause="LOST",
        agent_id=row.agent_id,
        originated_at=row.originated_at or row.written_at,
        ringing_at=row.ringing_at,
        answered_at=row.answered_at,
        bridged_at=row.bridged_at,
        ended_at=to_datetime(max(ended_at, to_unix(row.written_at))),
        is_live=False,
        is_abandoned=False,
    )
