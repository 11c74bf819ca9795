"""People who called back, after a start of ours and after a gap in the switch's events.

Their channels are no attempts, so no row leads to all of them: the switch's list of channels does,
where one came from outside and our own dialplan took it (`dialer_inbound`). Who is on the line with
an agent is taken over with them, like any call; who waits, waits on, and is the first in line
again; who hears the message hears it to its end. Whoever came while nobody looked is received now.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from campaigns.store.rows import CampaignRow
from campaigns.store.screening import OpenReturn, ReturnCall
from dialer.engine.events import CallReturned, HopperLead
from dialer.engine.ids import (
    E164,
    CallId,
    CampaignId,
    LeadId,
    LegId,
    PhoneId,
    SwitchId,
    TeamId,
)  # fmt: skip
from dialer.engine.talks import LeadPlace
from dialer.runtime.clock import Clock
from dialer.runtime.inbound_desk import PARKED_SECONDS, is_open
from dialer.runtime.instants import to_datetime, to_unix, to_unix_or_none
from dialer.runtime.switch_reader import Arrival, SwitchReader
from freeswitch import commands, talk_commands
from freeswitch.answers import ChannelDump, read_channels, read_dump
from freeswitch.errors import CommandRefused
from freeswitch.session import EslSession

log = logging.getLogger(__name__)

ARRIVALS_MAX = 500
"""Channels from outside asked after at one connect, at half a millisecond each: as many as may wait
for their look-up (`inbound_desk`)."""
_WAITS = ("park", "endless_playback")
"""What a channel runs whose caller waits: nothing yet, or the ringing of `prompts.ring_to`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnStore:
    """What is asked of the store, outages already dealt with."""

    unfinished: Callable[[TeamId], Awaitable[Sequence[OpenReturn]]]
    record: Callable[[Sequence[ReturnCall]], Awaitable[None]]
    ensure_campaigns: Callable[[Collection[CampaignId]], Awaitable[None]]
    """Make the engine know these campaigns, running or not."""
    row: Callable[[CampaignId], CampaignRow | None]
    """The campaign as the service knows it."""


@dataclass(slots=True)
class PendingReturns:
    """Calls back of a team that became ours, not found on any switch so far."""

    rows: list[OpenReturn] | None = None
    """None before the store was asked."""
    events: list[CallReturned] = field(default_factory=list)


class ReturnRecovery:
    """Finds them."""

    def __init__(self, store: ReturnStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def read(self, team_id: TeamId, pending: PendingReturns) -> None:
        """What the store says is the team's, once."""
        if pending.rows is not None:
            return
        rows = list(await self._store.unfinished(team_id))
        await self._store.ensure_campaigns({CampaignId(one.call.campaign_id) for one in rows})
        pending.rows = rows

    async def adopt(
        self,
        session: EslSession,
        reader: SwitchReader,
        switch_id: SwitchId,
        pending: PendingReturns,
        adopted_legs: Collection[str],
    ) -> list[CallReturned]:
        """Those that live on this switch, who talk with an agent before who waits."""
        found: list[CallReturned] = []
        for one in list(pending.rows or ()):
            dump = await _dump(session, one.call.call_id)
            if dump is None:
                continue
            assert pending.rows is not None
            pending.rows.remove(one)
            leg, place = _whereabouts(dump, adopted_legs)
            if leg is None and dump.current_application not in _WAITS:
                # They hear the message, or talk on with somebody we know nothing of.
                await self._close([one])
                continue
            track = reader.expect_call(CallId(one.call.call_id))
            track.saw_channel = track.is_answered = True
            found.append(self._returned(one, switch_id, leg, place))
        return sorted(found, key=lambda each: each.leg_id is None)

    async def settle(self, pending: PendingReturns) -> None:
        """What lives on no switch is over; when, nobody saw."""
        await self._close(pending.rows or ())
        pending.rows = []

    async def _close(self, rows: Sequence[OpenReturn]) -> None:
        if rows:
            now = to_datetime(self._clock.now())
            await self._store.record([replace(one.call, ended_at=now) for one in rows])

    def _returned(
        self, one: OpenReturn, switch_id: SwitchId, leg: LegId | None, place: LeadPlace
    ) -> CallReturned:
        now = self._clock.now()
        row = self._store.row(CampaignId(one.call.campaign_id))
        return CallReturned(
            lead=HopperLead(
                call_id=CallId(one.call.call_id),
                campaign_id=CampaignId(one.call.campaign_id),
                lead_id=LeadId(one.lead_id),
                phone_id=PhoneId(one.phone_id),
                number=E164(one.call.number),
                callable_until=now + PARKED_SECONDS,
            ),
            is_open=row is not None and is_open(row, now),
            switch_id=switch_id,
            arrived_at=to_unix(one.call.arrived_at),
            leg_id=leg,
            bridged_at=to_unix_or_none(one.call.bridged_at),
            place=place,
        )


async def find_arrivals(session: EslSession, reader: SwitchReader) -> list[Arrival]:
    """Those who wait on this switch and whom nobody here knows: they came while nobody looked."""
    try:
        rows = read_channels(await session.api(commands.show_channels()))
    except CommandRefused as error:
        log.warning(
            "The switch does not list its channels (%s); who called back during the gap hears "
            "ringing until the switch gives up.",
            error,
            extra={"action": "channels_not_listed"},
        )
        return []
    arrivals: list[Arrival] = []
    for row in [one for one in rows if one.direction == "inbound"][:ARRIVALS_MAX]:
        if reader.knows(row.uuid):
            continue
        dump = await _dump(session, row.uuid)
        # Asked after an await: its event may have come meanwhile.
        if dump is None or reader.knows(row.uuid) or not _is_arrival(dump):
            continue
        arrivals.append(
            Arrival(
                channel=row.uuid,
                caller_number=dump.caller_number or "",
                called_number=dump.called_number or "",
            )
        )
    return arrivals


def _is_arrival(dump: ChannelDump) -> bool:
    is_ours = dump.dialer_inbound == "true" and dump.is_answered
    waits = dump.current_application in _WAITS and dump.bridged_to is None
    return is_ours and waits and talk_commands.held_by(dump.dialer_state) is None


def _whereabouts(
    dump: ChannelDump, adopted_legs: Collection[str]
) -> tuple[LegId | None, LeadPlace]:
    if dump.bridged_to in adopted_legs:
        return LegId(str(dump.bridged_to)), LeadPlace.WITH_AGENT
    leg = talk_commands.held_by(dump.dialer_state)
    if leg in adopted_legs and dump.current_application == "endless_playback":
        return LegId(str(leg)), LeadPlace.HELD
    return None, LeadPlace.WITH_AGENT


async def _dump(session: EslSession, channel: str) -> ChannelDump | None:
    return read_dump(await session.api(commands.uuid_dump(channel)))
