"""Holds running campaigns to the rules over the leads they have by now.

Leads of another country may be imported while a campaign runs, and a law may begin to hold at
midnight. So what was asked at the start is asked again each minute: a campaign whose settings a
rule forbids is paused, with the reason, and accounts of abandoned calls that new leads ask for are
opened.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from campaigns.demands import Unmet
from campaigns.store.errors import DatabaseUnavailable, StoreError
from dialer.engine.ids import CampaignId
from dialer.runtime.store_health import StoreHealth

log = logging.getLogger(__name__)

LOOK_SECONDS = 60.0
"""Two small queries a campaign. A lead imported this minute is seldom dialled within it, and the
checks that forbid a single call wait for nobody."""


class RulesWatch:
    """The loop."""

    def __init__(
        self,
        *,
        dialling: Callable[[], Iterable[CampaignId]],
        unmet: Callable[[CampaignId], Awaitable[Sequence[Unmet]]],
        pause: Callable[[CampaignId], Awaitable[None]],
        refresh_ledgers: Callable[[CampaignId], Awaitable[None]],
        health: StoreHealth,
    ) -> None:
        self._dialling = dialling
        self._unmet = unmet
        self._pause = pause
        self._refresh_ledgers = refresh_ledgers
        self._health = health
        self._paused: dict[CampaignId, str] = {}

    async def run(self) -> None:
        """Look at once and each minute, until cancelled."""
        while True:
            try:
                await self._health.attempt("rules_watch", self.look)
            except DatabaseUnavailable:
                # Nothing is dialled without the database; the next look comes in a minute.
                log.debug("The rules could not be asked.", extra={"action": "rules_late"})
            except StoreError as error:
                log.warning("The rules could not be asked: %s", error, extra={"action": "rules"})
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Ask for each running campaign once. Raises StoreError."""
        for campaign_id in self._dialling():
            self._paused.pop(campaign_id, None)
            found = await self._unmet(campaign_id)
            if found:
                said = " ".join(f"{each.text} ({each.citation})" for each in found)
                log.warning(
                    "Campaign %d is paused: %s", campaign_id, said, extra={"action": "rules"}
                )
                self._paused[campaign_id] = said
                await self._pause(campaign_id)
            else:
                await self._refresh_ledgers(campaign_id)

    @property
    def paused(self) -> Mapping[CampaignId, str]:
        """What each campaign that was paused for a rule, and not started since, is asked for."""
        return self._paused
