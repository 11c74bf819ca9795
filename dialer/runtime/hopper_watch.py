"""Says why no lead is callable when a running campaign's hopper has run dry."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from campaigns.store.errors import DatabaseUnavailable, StoreError
from dialer.engine.ids import CampaignId
from dialer.engine.snapshot import Snapshot
from dialer.engine.states import CampaignState
from dialer.runtime.store_health import StoreHealth

log = logging.getLogger(__name__)

DRY_SECONDS = 10.0
"""A hopper is empty for a moment at every start; so long, and the store has no more to give."""
ASK_AGAIN_SECONDS = 60.0
"""The answer reads all of the campaign's leads once, so it is asked for at most once a minute."""
LOOK_SECONDS = 2.0

WhyDry = Callable[[CampaignId], Awaitable[str | None]]


@dataclass(slots=True)
class _Dry:
    """A hopper that is empty. Instants are the engine's."""

    since: float
    asked_at: float | None = None
    text: str | None = None


class HopperWatch:
    """Watches the snapshots, asks the store why, and keeps the last answer."""

    def __init__(
        self, why: WhyDry, *, snapshot: Callable[[], Snapshot], health: StoreHealth
    ) -> None:
        self._why = why
        self._snapshot = snapshot
        self._health = health
        self._dry: dict[CampaignId, _Dry] = {}

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Take the present snapshot in, and ask where it is time to."""
        snapshot = self._snapshot()
        for campaign in snapshot.campaigns:
            is_dry = campaign.state is CampaignState.RUNNING and campaign.hopper == 0
            if not is_dry:
                self._dry.pop(campaign.campaign_id, None)
                continue
            dry = self._dry.setdefault(campaign.campaign_id, _Dry(since=snapshot.at))
            is_new = dry.asked_at is None or snapshot.at - dry.asked_at >= ASK_AGAIN_SECONDS
            if is_new and snapshot.at - dry.since >= DRY_SECONDS:
                dry.asked_at = snapshot.at
                dry.text = await self._ask(campaign.campaign_id, dry.text)

    async def _ask(self, campaign_id: CampaignId, before: str | None) -> str | None:
        try:
            return await self._health.attempt("hopper_watch", lambda: self._why(campaign_id))
        except DatabaseUnavailable:
            return before
        except StoreError as error:
            # Removed, or renamed to something unreadable, meanwhile: no reason to stop dialling.
            log.warning("Why the hopper is dry: %s", error, extra={"action": "hopper_watch"})
            return before

    @property
    def dry(self) -> Collection[CampaignId]:
        """Running campaigns without a lead in hand at the last look."""
        return list(self._dry)

    def warnings(self, campaign_id: CampaignId) -> list[str]:
        """What to tell people of this campaign."""
        dry = self._dry.get(campaign_id)
        return [] if dry is None or dry.text is None else [dry.text]

    def empty_seconds(self, campaign_id: CampaignId, now: float) -> float:
        """How long its hopper has been empty while it runs; 0 when it is not."""
        dry = self._dry.get(campaign_id)
        return 0.0 if dry is None else max(0.0, now - dry.since)
