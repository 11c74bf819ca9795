"""Leases leads for the hoppers and gives back those that were not called."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from campaigns.store.errors import LeaseLost
from campaigns.store.rows import LeasedLead
from dialer.engine.commands import LeaseLeads, PostponeLead, ReturnLeads
from dialer.engine.events import Event, HopperLead, LeadsLeased
from dialer.engine.ids import E164, CallId, CampaignId, LeadId, PhoneId
from dialer.runtime.instants import to_unix
from dialer.runtime.lead_features import features_of
from dialer.runtime.store_health import StoreHealth


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsStore:
    """The three calls of the store that are used here."""

    lease: Callable[[CampaignId, int], Awaitable[Sequence[LeasedLead]]]
    release: Callable[[Sequence[int]], Awaitable[None]]
    postpone: Callable[[int, float], Awaitable[None]]
    """Give one lead back, not to be called before an instant in Unix seconds."""


class LeadsLane:
    """One worker for all campaigns: each has at most one request open, so the queue stays short."""

    def __init__(
        self,
        store: LeadsStore,
        *,
        mint: Callable[[], CallId],
        post: Callable[[Event], None],
        health: StoreHealth,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """`draw` gives a number from 0 to 1 at random, for the random shares of the engine."""
        self._store = store
        self._mint = mint
        self._post = post
        self._health = health
        self._draw = draw
        self._queue: deque[LeaseLeads | ReturnLeads | PostponeLead] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def put(self, command: LeaseLeads | ReturnLeads | PostponeLead) -> None:
        """Queue one."""
        self._queue.append(command)
        self._idle.clear()
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled. While the database is out it keeps asking."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                await self._work(self._queue[0])
                self._queue.popleft()
            self._idle.set()

    async def wait_until_done(self) -> None:
        """Return when everything queued so far is done."""
        await self._idle.wait()

    async def _work(self, command: LeaseLeads | ReturnLeads | PostponeLead) -> None:
        match command:
            case LeaseLeads():
                try:
                    leased = await self._health.insist(
                        "leads", lambda: self._store.lease(command.campaign_id, command.count)
                    )
                except LeaseLost:
                    # The keeper of the leases finds out and stops the dialling.
                    leased = ()
                leads = tuple(self._hopper_lead(command.campaign_id, one) for one in leased)
                self._post(
                    LeadsLeased(campaign_id=command.campaign_id, leads=leads, asked=command.count)
                )
            case ReturnLeads():
                ids = [int(lead.lead_id) for lead in command.leads]
                await self._health.insist("leads", lambda: self._store.release(ids))
            case PostponeLead(lead=lead, until=until):
                await self._health.insist(
                    "leads", lambda: self._store.postpone(int(lead.lead_id), until)
                )

    def _hopper_lead(self, campaign_id: CampaignId, lead: LeasedLead) -> HopperLead:
        return HopperLead(
            call_id=self._mint(),
            campaign_id=campaign_id,
            lead_id=LeadId(lead.lead_id),
            phone_id=PhoneId(lead.phone_id),
            number=E164(lead.number),
            callable_until=to_unix(lead.callable_until),
            covered_only=lead.covered_only,
            draw=self._draw(),
            features=features_of(lead),
        )
