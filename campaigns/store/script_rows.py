"""What goes in and out of the store about scripts and quotas."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.scripts.documents import to_json
from campaigns.scripts.quotas import Cell
from campaigns.scripts.script import Script
from campaigns.scripts.walking import Call, Stand, Walk
from campaigns.store.rows import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptVersion:
    """One version of a script."""

    id: int
    name: str
    number: int
    hash: str
    """SHA-256 of the source, in hex."""
    added_by: str
    added_at: datetime
    script: Script
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptRow:
    """A script, by its newest version."""

    name: str
    title: str
    versions: int
    added_by: str
    added_at: datetime
    campaigns: tuple[str, ...]
    """Those it is assigned to now, each with the number of its version: `spring (2)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """From when on a campaign's calls use which version."""

    script: str | None
    """None: no script."""
    number: int | None
    assigned_by: str
    assigned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """An answer as it stands."""

    call_id: str
    step: str
    question: str
    value: Any
    answered_at: datetime
    seconds: float | None
    agent_id: int | None
    version_id: int
    replaced_at: datetime | None = None
    """None for the answer that counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All a desk needs to walk an agent through the script of a call."""

    call_id: str | None
    """None before there is a call: in preview."""
    campaign_id: int
    lead_id: int | None
    version: ScriptVersion
    words: Mapping[str, str | None]
    fields: Mapping[str, str]
    answers: Mapping[str, Any]
    earlier: Mapping[str, Any]
    """Answers of earlier calls that this version still asks for in this way."""
    trail: tuple[str, ...]
    visits: int
    """Positions that step visits have used; the next one is this."""
    cells: tuple[Cell, ...]
    ended_at: datetime | None = None

    @property
    def call(self) -> Call:
        """For `Walk`."""
        return Call(
            words=self.words,
            fields=self.fields,
            answers=self.answers,
            earlier=self.earlier,
            full=self.full,
        )

    @property
    def full(self) -> frozenset[str]:
        """Names of the quotas that are full."""
        return frozenset(each.name for each in self.cells if each.is_full)

    def stand(self) -> Stand:
        """Where the call stands."""
        return Walk(self.version.script).stand(self.call, self.trail)

    def as_json(self) -> JsonObject:
        """For `mountScript` (dialer/desk/static/script.js)."""
        return {
            "call_id": self.call_id,
            "script": to_json(self.version.script),
            "version": self.version.number,
            "words": dict(self.words),
            "fields": dict(self.fields),
            "answers": dict(self.answers),
            "earlier": dict(self.earlier),
            "trail": list(self.trail),
            "visits": self.visits,
            "full": sorted(self.full),
            "is_ended": self.ended_at is not None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOwner:
    """Whose a call is."""

    team_id: int
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a call's script ended."""

    end: str
    result: str
    disposition: str | None
    """Suggested; the agent decides."""
    cells: tuple[str, ...]
    """Quotas the interview counts towards."""
