"""People who call a campaign's number: who they are, and whose they are.

Nothing the far side says is used but two numbers, and those only after the number parser has taken
them; the channel is ours by its id. Whoever was called last at that number by the campaign, or by
another under the same caller id, is the lead, and the team that called them gets the call. The
others hear the campaign's message: there is nobody whose record could be shown.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from campaigns.phone_numbers import BadNumber, parse
from campaigns.store.rows import CampaignRow
from campaigns.store.screening import Caller
from dialer.engine.commands import Hangup, PlayMessage, Recording
from dialer.engine.config import OnAbandon
from dialer.engine.events import CallReturned, Event, HopperLead
from dialer.engine.ids import E164, CallId, CampaignId, LeadId, PhoneId, SwitchId, TeamId
from dialer.engine.states import CampaignState
from dialer.runtime.clock import Clock
from dialer.runtime.engine_config import zone_of
from dialer.runtime.instants import to_datetime
from dialer.runtime.store_health import StoreHealth
from dialer.runtime.switch_reader import Arrival

log = logging.getLogger(__name__)

WAITING_MAX = 500
"""Calls from outside that may wait for a look-up of a few milliseconds; more is an attack, and the
rest are turned away."""
PARKED_SECONDS = 3600.0
"""A lead who called us is live already; their calling hours do not matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundStore:
    """What is asked of the store, outages already dealt with."""

    campaigns: Callable[[], Awaitable[Sequence[CampaignRow]]]
    who_calls: Callable[[str, str], Awaitable[Caller | None]]
    """By number and caller id."""
    holder: Callable[[TeamId], Awaitable[str | None]]
    """The process that dials for a team, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    arrival: Arrival
    switch_id: SwitchId
    leave: Callable[[str], None]


class InboundDesk:
    """One worker; a look-up takes milliseconds, and callers are few."""

    def __init__(
        self,
        store: InboundStore,
        *,
        is_known: Callable[[CampaignId], bool],
        post: Callable[[Event], None],
        order: Callable[[PlayMessage | Hangup], None],
        clock: Clock,
        health: StoreHealth,
        owner: str,
    ) -> None:
        """`is_known`: the engine has the campaign. `owner`: the name of this process."""
        self._store = store
        self._is_known = is_known
        self._post = post
        self._order = order
        self._clock = clock
        self._health = health
        self._owner = owner
        self._queue: deque[_Waiting] = deque()
        self._wake = asyncio.Event()

    def put(self, arrival: Arrival, switch_id: SwitchId, leave: Callable[[str], None]) -> None:
        """Somebody's leg is parked; called inside the reader of events, so it returns at once.

        `leave` is told of the channel when another dialer process receives the caller.
        """
        if len(self._queue) >= WAITING_MAX:
            self._order(Hangup(call_id=CallId(arrival.channel), cause="SWITCH_CONGESTION"))
            return
        self._queue.append(_Waiting(arrival=arrival, switch_id=switch_id, leave=leave))
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                await self._receive(self._queue.popleft())

    async def _receive(self, waiting: _Waiting) -> None:
        arrival = waiting.arrival
        channel = CallId(arrival.channel)
        rows = await self._health.insist("inbound", self._store.campaigns)
        row = called_campaign(arrival.called_number, rows)
        if row is None:
            log.warning(
                "A call to %r was refused: no campaign has that number.",
                arrival.called_number[:32],
                extra={"action": "inbound_unknown_number"},
            )
            self._order(Hangup(call_id=channel, cause="UNALLOCATED_NUMBER"))
            return
        number = caller_number(arrival.caller_number, row)
        caller = None
        if number is not None:
            caller_id = row.spec.caller_id
            caller = await self._health.insist(
                "inbound", lambda: self._store.who_calls(number, caller_id)
            )
        if caller is not None:
            row = next((one for one in rows if one.id == caller.campaign_id), row)
        holder = await self._health.insist(
            "inbound", lambda: self._store.holder(TeamId(row.team_id))
        )
        if holder is not None and holder != self._owner:
            # The process that dials for the team reads the same events.
            waiting.leave(arrival.channel)
            return
        if caller is None or number is None or not self._is_known(CampaignId(row.id)):
            self._play_message(channel, row)
            return
        now = self._clock.now()
        self._post(
            CallReturned(
                lead=HopperLead(
                    call_id=channel,
                    campaign_id=CampaignId(row.id),
                    lead_id=LeadId(caller.lead_id),
                    phone_id=PhoneId(caller.phone_id),
                    number=E164(number),
                    callable_until=now + PARKED_SECONDS,
                ),
                is_open=is_open(row, now),
                switch_id=waiting.switch_id,
            )
        )

    def _play_message(self, channel: CallId, row: CampaignRow) -> None:
        self._order(
            PlayMessage(
                call_id=channel,
                campaign_id=CampaignId(row.id),
                on_abandon=OnAbandon.MESSAGE,
                recording=Recording.CALLED_BACK,
            )
        )


def called_campaign(called: str, rows: Sequence[CampaignRow]) -> CampaignRow | None:
    """The campaign that shows the number called; of several the one that runs, then the latest."""
    found = [row for row in rows if _e164(called, row.spec.region) == row.spec.caller_id]
    return max(found, key=lambda row: (row.state == CampaignState.RUNNING, row.id), default=None)


def caller_number(caller: str, row: CampaignRow) -> str | None:
    """The caller's number, or None when it is withheld or is none."""
    return _e164(caller, row.spec.region)


def is_open(row: CampaignRow, now: float) -> bool:
    """The campaign runs, and its hours are on by the clock of its caller id."""
    zone = zone_of(row.spec).key
    is_running = row.state == CampaignState.RUNNING
    return is_running and row.spec.calling_hours.is_open(to_datetime(now), [zone])


def _e164(text: str, region: str) -> str | None:
    try:
        return parse(text, region).e164
    except BadNumber:
        return None
