"""What a pacer sees, what it answers, what it learns from, and the protocol it follows."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@enum.unique
class Limit(enum.StrEnum):
    """What kept the pacer from launching one more call."""

    NO_AGENTS = "no_agents"
    """Nobody is working."""
    ONE_TO_ONE = "one_to_one"
    """Every ready agent has a call on its way (progressive)."""
    RATIO = "ratio"
    PRICE = "price"
    """The marginal abandonment B is above its price θ."""
    WALL = "wall"
    """A legal ledger leaves no room for another uncovered call."""
    COLD_START = "cold_start"
    SHOCK = "shock"
    TRUNK = "trunk"
    CALLS_PER_SECOND = "calls_per_second"
    HOPPER_EMPTY = "hopper_empty"
    PAUSED = "paused"
    """No campaign of the team is running."""
    DRAINING = "draining"
    SWITCH_DOWN = "switch_down"
    SWITCH_DRAINING = "switch_draining"
    """The team leaves its switch: live calls are waited for, then its agents move."""
    SWITCH_LOAD = "switch_load"
    """The switch is near its own limits: sessions, sessions per second, or processor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerView:
    """One abandonment window as it stands now."""

    name: str
    limit_ratio: float
    live_answers: int
    abandoned: int
    ends_at: float | None
    share_ratio: float = 1.0
    """Share of the team's launches that this ledger counts; below 1 when campaigns share a team."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingView:
    """A team at one instant. All ages and elapsed times in seconds, all sequences oldest first."""

    now: float
    ready: int
    """Agents who can take a call this instant; those about to pause are not among them."""
    waiting: int
    """Live answers without an agent (ANSWERED or WAITING)."""
    in_flight_ages: Sequence[float]
    """Seconds since launch of every call launched and neither answered nor failed yet."""
    in_flight_probabilities: Sequence[float | None] = ()
    """Per-lead answer probabilities beside `in_flight_ages`, or empty when none are known."""
    talking_seconds: Sequence[float] = ()
    """Time on their call of the agents who will come back; those about to leave are not here."""
    wrap_up_seconds: Sequence[float] = ()
    wrap_up_seconds_max: float = 30.0
    tolerance_seconds: float = 2.0
    ledgers: Sequence[LedgerView] = ()
    ends_at: float | None = None
    """When dialling will stop, if known."""
    leads_left: int | None = None
    """Leads that can still be called before dialling stops; None while unknown, or many."""
    room: int = 0
    """How many calls the hopper, the lines and the calls per second allow now; 0 or more."""
    room_limit: Limit = Limit.HOPPER_EMPTY
    """Which of them is the narrowest."""

    @property
    def agents(self) -> int:
        """Agents at work: ready, talking or wrapping up."""
        return self.ready + len(self.talking_seconds) + len(self.wrap_up_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How many calls to launch now, and the reason in numbers."""

    count: int
    bound_by: Limit
    ready: int = 0
    waiting: int = 0
    in_flight: int = 0
    expected_answers: float | None = None
    """Of the calls in flight, by the horizon of the last check."""
    expected_free: float | None = None
    """Of the busy agents, by the same horizon."""
    blocking: float | None = None
    """B, the chance that one more answer would find nobody."""
    price: float | None = None
    """θ, the most B may be."""
    answer_probability: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Launched:
    """A call was launched (its originate commanded)."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A call was answered, `age_seconds` after launch."""

    at: float
    age_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpFailed:
    """A call ended without an answer, `age_seconds` after launch."""

    at: float
    age_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAnswerSettled:
    """A live answer got its agent, or was abandoned: one entry of the ledgers."""

    at: float
    is_abandoned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkEnded:
    """An agent's conversation ended."""

    at: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpEnded:
    """An agent's wrap-up ended."""

    at: float
    seconds: float


Observation = Launched | Answered | SetUpFailed | LiveAnswerSettled | TalkEnded | WrapUpEnded


class Pacer(Protocol):
    """One team's pacing. Holds its estimators; depends on nothing but what it is told."""

    def decide(self, view: PacingView) -> Decision:
        """How many calls to launch now; `0 <= count <= view.room`."""
        ...

    def observe(self, observation: Observation) -> None:
        """Learn from what happened."""
        ...
