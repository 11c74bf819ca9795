"""What a manager may set about pacing; everything else has a default that is right."""

import enum
from dataclasses import dataclass

TARGET_RATIO = 0.028
"""The same as in campaign files (campaigns/campaign_spec.py), held to it by a test."""


@enum.unique
class DialMode(enum.StrEnum):
    """How launches follow agents."""

    PREVIEW = "preview"
    """The agent sees the record first and asks for the call."""
    PROGRESSIVE = "progressive"
    """One call for each ready agent."""
    RATIO = "ratio"
    """A fixed number of lines for each ready agent."""
    PREDICTIVE = "predictive"
    """As many as expected answers and expected free agents bear, under the abandonment limits."""
    MESSAGE = "message"
    """A recorded survey or message: no agents, as many calls as the lines take."""


@enum.unique
class Wall(enum.StrEnum):
    """How the abandonment limit is kept as a limit, not a target."""

    FORECAST = "forecast"
    """The window ends under the limit, as surely as simulation over many windows shows."""
    STRICT = "strict"
    """The ratio cannot pass the limit at any instant. Dear for small teams."""


@enum.unique
class PreviewTimeout(enum.StrEnum):
    """What happens when an agent has looked at a lead for as long as they may."""

    DIAL = "dial"
    SKIP = "skip"
    """The lead goes back, and the agent is paused: who does not look should not be connected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingSettings:
    """Settings of one team's pacer."""

    mode: DialMode = DialMode.PREDICTIVE
    ratio: float = 1.5
    """Lines for each ready agent in RATIO mode."""
    target_ratio: float = TARGET_RATIO
    """Abandoned ÷ live answers that PREDICTIVE aims at; below the legal limit of the ledgers.

    In a small window the aim is lower by itself (budget.py), so that chance does not carry it
    over the limit."""
    wall: Wall = Wall.FORECAST
    ring_seconds: float = 24.0
    """How long an attempt may ring, as believed until ring times have been measured."""
    preview_seconds_max: float = 60.0
    """How long an agent may look at a lead in PREVIEW mode."""
    preview_timeout: PreviewTimeout = PreviewTimeout.SKIP
    cancel_after_seconds: float | None = None
    """With no agent ready, calls that have rung so long and would likely find nobody are ended.

    None never cancels. No law lets an attempt be cut before 15 s or four rings (47 CFR
    64.1200(a)(6)), and the rule pack may forbid or lengthen it."""
    interval_seconds: float = 0.25
    """Besides every event, decide again at most this often."""
