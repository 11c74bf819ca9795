"""Gathers the store's figures for the board, at a pace that costs the database little.

Each kind of figure is asked again after at least five seconds, and after fifty times as long as its
last answer took: so all of the board costs one connection a few per cent of its time, whether the
list has a thousand leads or ten million.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from campaigns.store.board_figures import CallbacksDue, ListLeft, Today
from campaigns.store.errors import DatabaseUnavailable
from campaigns.store.store import Store
from dialer.desk.board.figures import CampaignFigures, Figures
from dialer.engine.snapshot import Snapshot

EVERY_SECONDS = 5.0
COST_SHARE = 0.02
"""Of the time, for each kind of figure."""


@dataclass(slots=True)
class _Pace:
    """When a kind of figure is asked again. By the clock on the wall."""

    next_at: float = 0.0
    asked_for: tuple[int, ...] = ()


T = TypeVar("T")


class Gathering:
    """Keeps the last answers. `figures` is always there, and says less at the beginning."""

    def __init__(self, store: Store, *, zone: str) -> None:
        self._store = store
        self._zone = ZoneInfo(zone)
        self._lists: Mapping[int, ListLeft] = {}
        self._listed_at: float | None = None
        self._callbacks: Mapping[int, CallbacksDue] = {}
        self._today: Mapping[int, Today] = {}
        self._work: Mapping[int, float] = {}
        self._paces: dict[str, _Pace] = {}

    @property
    def figures(self) -> Figures:
        """What is known now."""
        ids = {*self._lists, *self._callbacks, *self._today}
        return Figures(
            campaigns={
                one: CampaignFigures(
                    list_left=self._lists.get(one),
                    list_counted_at=self._listed_at,
                    callbacks=self._callbacks.get(one, CallbacksDue()),
                    today=self._today.get(one, Today()),
                )
                for one in ids
            },
            work_seconds=self._work,
        )

    async def refresh(self, snapshot: Snapshot, now: datetime) -> None:
        """Ask for what is due. A database that is away leaves the last answers."""
        campaigns = tuple(int(one.campaign_id) for one in snapshot.campaigns)
        teams = tuple(int(one.team_id) for one in snapshot.teams)
        here = now.astimezone(self._zone)
        since = here.replace(hour=0, minute=0, second=0, microsecond=0)
        until = since + timedelta(days=1)
        board = self._store.board
        try:
            self._callbacks = await self._paced(
                "callbacks",
                campaigns,
                lambda: board.callbacks(campaigns, now=now, until=until),
                self._callbacks,
            )
            self._today = await self._paced(
                "today", campaigns, lambda: board.today(campaigns, since=since), self._today
            )
            self._work = await self._paced(
                "work",
                teams,
                lambda: board.work_seconds(teams, since=since, now=now),
                self._work,
            )
            lists = await self._paced(
                "lists", campaigns, lambda: board.lists(campaigns, now=now), self._lists
            )
            if lists is not self._lists:
                self._lists, self._listed_at = lists, snapshot.at
        except DatabaseUnavailable:
            # The alarm says so; what was known stays on the board with its time.
            return

    async def _paced(
        self, name: str, ids: Sequence[int], ask: Callable[[], Awaitable[T]], last: T
    ) -> T:
        pace = self._paces.setdefault(name, _Pace())
        began = time.monotonic()
        if began < pace.next_at and pace.asked_for == ids:
            return last
        found = await ask()
        took = time.monotonic() - began
        pace.next_at = time.monotonic() + max(EVERY_SECONDS, took / COST_SHARE)
        pace.asked_for = tuple(ids)
        return found
