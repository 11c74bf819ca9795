"""Rows of listening to calls, as the store gives them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A comment at a moment of the recording."""

    second: float | None
    """From the file's beginning; None for the call as a whole."""
    item: str | None
    """Key of the scorecard's item it is about."""
    text: str

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {"second": self.second, "item": self.item, "text": self.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidOfReview:
    """One thing that agent or listener said about a review."""

    at: datetime
    user: str
    is_agent: bool
    kind: str
    """comment, accept, dispute; uphold or change, of the listener."""
    text: str
    before: Mapping[str, Any] | None
    """Answers and score as they were, where they were then changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """One listener's review of one call."""

    id: int
    scorecard_id: int
    scorecard: str
    """Its name."""
    version: int
    client: str
    call_id: str
    file_id: str
    call_at: datetime
    campaign: str
    agent_id: int
    agent: str
    team: str
    listener_id: int
    listener: str
    sample_id: int | None
    calibration_id: int | None
    is_final: bool
    answers: Mapping[str, str]
    marks: tuple[Mark, ...]
    remark: str
    score_ratio: Decimal | None
    has_passed: bool | None
    fatal: tuple[str, ...]
    reaction: str | None
    """The agent's: accepted, disputed; settled once the listener has answered a dispute."""
    final_at: datetime | None
    seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRow:
    """One agent's draw of one week."""

    id: int
    scorecard: str
    client: str
    agent: str
    week_on: date
    seed: str
    eligible: int
    drawn: int
    reviewed: int
    replaced: int
    drawn_by: str
    drawn_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """A drawn call."""

    id: int
    scorecard_id: int
    scorecard: str
    client: str
    agent: str
    week_on: date
    call_id: str
    file_id: str | None
    """None: its recording is no more."""
    call_at: datetime | None
    seconds: float | None
    stratum: str
    listener_id: int | None
    listener: str | None
    state: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRow:
    """One call that several listeners score blind."""

    id: int
    scorecard_id: int
    scorecard: str
    client: str
    call_id: str
    file_id: str | None
    listener_ids: tuple[int, ...]
    listeners: tuple[str, ...]
    finals: int
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
