"""What a report is made of: counts, sums and spreads of one campaign in one period.

Nothing here is a share; `kpis.py` divides. Instants are aware, durations are seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from campaigns.intervals import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How a duration is spread over its occurrences; all zero when there were none."""

    count: int = 0
    total: float = 0.0
    p50: float = 0.0
    p90: float = 0.0
    p95: float = 0.0
    p99: float = 0.0

    @property
    def mean(self) -> float:
        """The arithmetic mean."""
        return self.total / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseCount:
    """Attempts that ended with one outcome by one hangup cause."""

    outcome: str
    cause: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DispositionCount:
    """What agents said of calls. `code` None: they said nothing."""

    code: str | None
    label: str
    kind: str
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeBin:
    """Attempts written in [begins_at, ends_at), and agents' time inside it."""

    begins_at: datetime
    ends_at: datetime
    attempts: int = 0
    answered: int = 0
    live_answers: int = 0
    abandoned: int = 0
    contacts: int = 0
    handled: int = 0
    sales: int = 0
    talk_seconds: float = 0.0
    state_seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFigures:
    """One agent: time by state inside the period, and what came of it."""

    agent_id: int
    name: str
    state_seconds: Mapping[str, float]
    handled: int
    contacts: int
    sales: int
    talk_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFigures:
    """One abandonment window, whole, whatever period the report has."""

    name: str
    begins_at: datetime
    ends_at: datetime | None
    """None: the window is open."""
    live_answers: int
    abandoned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFigures:
    """How far the campaign's leads are, at the end of the period's attempts."""

    leads: int
    leads_finished: int
    """Finished for good, and without any number that can be called."""
    leads_attempted: int
    """Distinct leads with an attempt in the period."""
    leads_contacted: int
    """Distinct leads who spoke with an agent in the period."""
    phones: int
    phones_attempted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything counted."""

    since: datetime
    until: datetime
    attempts: int
    unfinished: int
    """Attempts whose calls have not ended."""
    answered: int
    live_answers: int
    abandoned: int
    contacts: int
    """Live answers that an agent spoke with."""
    handled: int
    """Calls that reached an agent, whoever or whatever answered."""
    sales: int
    by_outcome: Mapping[str, int]
    causes: tuple[CauseCount, ...]
    dispositions: tuple[DispositionCount, ...]
    bins: tuple[TimeBin, ...]
    agents: tuple[AgentFigures, ...]
    list: ListFigures
    talk: Spread
    """From bridge to end of call."""
    talk_histogram: tuple[tuple[float, int], ...]
    """(lower edge, calls), edges `TALK_BIN_SECONDS` apart, the last open above."""
    wrap_up: Spread
    ring: Spread
    """From originate to answer, of answered calls."""
    time_to_agent: Spread
    """From answer to bridge."""
    in_time: int
    """Of `time_to_agent`, those within the campaign's answer tolerance."""
    idle: Spread
    """Agents' waits between calls: each a stretch of ready and reserved."""

    @property
    def state_seconds(self) -> dict[str, float]:
        """All agents' time by state."""
        total: dict[str, float] = {}
        for agent in self.agents:
            for state, seconds in agent.state_seconds.items():
                total[state] = total.get(state, 0.0) + seconds
        return total

    @property
    def step(self) -> timedelta:
        """The bins' length: that of the longest, since the first and the last are cut."""
        return max((b.ends_at - b.begins_at for b in self.bins), default=self.length)

    @property
    def length(self) -> timedelta:
        """The period's length."""
        return self.until - self.since


TALK_BIN_SECONDS = 30.0
TALK_BINS = 40
"""Twenty minutes in half-minute steps; longer talks are in the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLine:
    """One attempt, as a line of attempts.csv; the fields are its columns, in this order."""

    call_id: str
    lead_id: int
    external_id: str | None
    lead_name: str | None
    number: str
    trunk: str
    caller_id: str
    written_at: datetime
    originated_at: datetime | None
    ringing_at: datetime | None
    answered_at: datetime | None
    bridged_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    hangup_cause: str | None
    is_live_answer: bool
    is_abandoned: bool
    agent: str | None
    disposition: str | None
    talk_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityRow:
    """A tenth of the attempts, by what was predicted of them."""

    predicted_ratio: float
    """The mean prediction, 0..1."""
    predicted_min: float
    predicted_max: float
    attempts: int
    answered: int

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true answered share lies with 95 % certainty."""
        return wilson(self.answered, self.attempts)
