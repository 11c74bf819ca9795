"""One agent as their pages show them: sections, a counter, and the pages that are open."""

import json
from dataclasses import dataclass, field
from typing import Any

from campaigns.store.hand_overs import NewHandOver
from dialer.desk.agent.watchers import Watcher
from dialer.desk.words import SOURCE
from dialer.engine.ids import AgentId, LegId

CALLS_MAX = 20
"""Calls of which an agent may still say something: the present one, and those just before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A lead on the screen."""

    call_id: str
    lead_id: int
    campaign_id: int
    number: str
    is_preview: bool = False


@dataclass(slots=True, kw_only=True)
class PendingHandOver:
    """A specialist who is being called; it is written when they are there."""

    new: NewHandOver
    leg_id: LegId | None = None


@dataclass(slots=True, kw_only=True)
class Seat:
    """What is kept of an agent, whether or not a page is open."""

    agent_id: AgentId
    name: str = ""
    zone: str = "UTC"
    language: str = SOURCE
    opening: str = ""
    """The greeting of campaigns that have none, in the agent's language."""
    shown: Shown | None = None
    calls: dict[str, Shown] = field(default_factory=dict)
    """The latest, oldest first."""
    chosen: str | None = None
    """The result chosen while the lead still speaks; said when wrap-up is over at the latest."""
    hand_over: PendingHandOver | None = None
    sections: dict[str, Any] = field(default_factory=dict)
    seq: int = 0
    watchers: list[Watcher] = field(default_factory=list)

    def show(self, shown: Shown) -> None:
        """This lead is on the screen from now on."""
        if self.shown is None or self.shown.call_id != shown.call_id:
            self.chosen = None
        self.shown = shown
        self.calls.pop(shown.call_id, None)
        self.calls[shown.call_id] = shown
        while len(self.calls) > CALLS_MAX:
            del self.calls[next(iter(self.calls))]

    def change(self, now: float, **sections: Any) -> None:
        """Put sections in the place of the old ones, and tell the pages of those that differ."""
        changed = {
            name: value
            for name, value in sections.items()
            if name not in self.sections or self.sections[name] != value
        }
        if not changed:
            return
        self.sections.update(changed)
        self.seq += 1
        if self.watchers:
            text = self._text("change", now, changed)
            for watcher in self.watchers:
                watcher.put(text)

    def say_all(self, watcher: Watcher, now: float) -> None:
        """The whole picture, to one page."""
        watcher.put(self._text("full", now, self.sections))

    def beat(self, now: float) -> str:
        """A sign of life between changes."""
        return json.dumps({"type": "beat", "seq": self.seq, "now": now})

    def _text(self, kind: str, now: float, sections: dict[str, Any]) -> str:
        return json.dumps(
            {"type": kind, "seq": self.seq, "now": now, "set": sections},
            ensure_ascii=False,
            separators=(",", ":"),
        )
