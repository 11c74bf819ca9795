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
    in_flight_routes: Sequence[str] = ()
    """The route of each: gateway and country, whose calls ring alike. "" where it is not known;
    empty when none is."""
    fresh_route: str = ""
    """The route that the next call will most likely take; "" while it is not known."""
    in_flight_rung: Sequence[float | None] = ()
    """Seconds since each was known to ring (180 or 183), None before; empty: cancel none."""
    cancel_after_seconds: float | None = None
    """The least that the rules in force let a call ring before it is cancelled; None forbids it."""
    hopper_probabilities: Sequence[float] = ()
    """Distinct answer probabilities of the leads next in line, highest first; or empty."""
    talking_seconds: Sequence[float] = ()
    """Time on their call of the agents who will come back; those about to leave are not here."""
    wrap_up_seconds: Sequence[float] = ()
    talking_agents: Sequence[int] = ()
    """The agents' ids beside `talking_seconds`; empty: all are taken for alike."""
    wrap_up_agents: Sequence[int] = ()
    """... and beside `wrap_up_seconds`."""
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
    probability_max: float | None = None
    """When set, the last of the `count` calls must go to a lead no likelier to answer than this."""
    cancel: tuple[int, ...] = ()
    """Places in `in_flight_ages` of calls to end now, before they can be abandoned."""
    answer_probability: float | None = None
    checks_seconds: tuple[float, ...] = ()
    """The u at which answers and free agents are held against each other; empty when B was not
    asked for."""
    answers_by: tuple[float, ...] = ()
    """Expected answers of the calls in flight, by each of them."""
    free_by: tuple[float, ...] = ()
    """Busy agents expected to be free, by each of them and the tolerance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launched:
    """A call was launched (its originate commanded)."""

    at: float
    route: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A call was answered, `age_seconds` after launch."""

    at: float
    age_seconds: float
    route: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpFailed:
    """A call ended without an answer, `age_seconds` after launch."""

    at: float
    age_seconds: float
    route: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """We ended a call before it was answered: what it would have come to is not known."""

    at: float
    age_seconds: float
    route: str = ""


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
    agent_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpEnded:
    """An agent's wrap-up ended."""

    at: float
    seconds: float
    agent_id: int | None = None


Observation = (
    Launched | Answered | SetUpFailed | Cancelled | LiveAnswerSettled | TalkEnded | WrapUpEnded
)


class Pacer(Protocol):
    """One team's pacing. Holds its estimators; depends on nothing but what it is told."""

    def decide(self, view: PacingView) -> Decision:
        """How many calls to launch now; `0 <= count <= view.room`."""
        ...

    def observe(self, observation: Observation) -> None:
        """Learn from what happened."""
        ...

    def save(self) -> str:
        """All it has learnt, as text of bounded size for `restore`; "" when it learns nothing."""
        ...

    def restore(self, state: str) -> str | None:
        """Go on from what `save` gave, also of a pacer of another mode.

        Returns why the state cannot be used, and has then changed nothing: a cold start.
        """
        ...
