"""Promised calls in hand: when each begins to take an agent out of the team, and until when.

Theory of operation. A promise comes to the engine some minutes before it is due. Its agent leaves
the pacer's view at `winds_down_at`, early enough that every call launched with them in mind is
answered or over by `holds_from`; from then on they are given no other lead. Where the notice was
too short for that, they are still there for those calls: a live answer is never left in silence
(law 3), and the promise waits for so long. At `due_at` the call is
launched for that agent alone, as soon as they are free. At `gives_up_at` the wait is over, and the
stated fallback follows. A promise of the whole team counts one agent, whoever it will be, as never
free from `winds_down_at` on, and takes the one who is longest idle when it is due.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from dialer.engine.calls import Call
from dialer.engine.events import HopperLead, Promise
from dialer.engine.ids import AgentId

WIND_DOWN_GRACE_SECONDS = 5.0
"""Beyond its ring time, what a call may spend on the way to the disk and to the switch."""


LOOK_SECONDS = 1.0
"""How often a promise that is due is looked at, and the least it is tried for."""


@dataclass(slots=True)
class Callback:
    """One promised call that is in hand and not launched. Times are Unix seconds."""

    lead: HopperLead
    promise: Promise
    agent_id: AgentId | None
    """Who is waited for; None for anyone of the team, from the beginning or by the fallback."""
    winds_down_at: float
    holds_from: float
    gives_up_at: float

    @classmethod
    def of(
        cls,
        lead: HopperLead,
        promise: Promise,
        *,
        now: float,
        reserve_seconds: float,
        ring_seconds: float,
    ) -> "Callback":
        """The promise with its instants, taken in hand at `now`.

        A dialer that was away at the moment tries at once: late is better than never.
        """
        holds_from = promise.due_at - reserve_seconds
        return cls(
            lead=lead,
            promise=promise,
            agent_id=promise.agent_id,
            winds_down_at=max(now, holds_from - ring_seconds - WIND_DOWN_GRACE_SECONDS),
            holds_from=holds_from,
            gives_up_at=max(now, promise.due_at) + max(LOOK_SECONDS, promise.agent_wait_seconds),
        )

    def next_at(self, now: float) -> float:
        """When to look at it again."""
        if now >= self.promise.due_at:
            return min(self.gives_up_at, now + LOOK_SECONDS)
        stages = (self.winds_down_at, self.holds_from, self.promise.due_at)
        return next(at for at in stages if at > now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """Agents a pacer must not count on: these, and `anyone` more whoever they are."""

    agents: frozenset[AgentId]
    anyone: int


NOBODY = Reserved(agents=frozenset(), anyone=0)


def reserved(callbacks: Iterable[Callback], now: float) -> Reserved:
    """Who of a team is as good as away, by the team's promises in hand."""
    near = [one for one in callbacks if one.winds_down_at <= now]
    if not near:
        return NOBODY
    return Reserved(
        agents=frozenset(one.agent_id for one in near if one.agent_id is not None),
        anyone=sum(one.agent_id is None for one in near),
    )


def is_owed(callback: Callback, in_flight: Collection[Call]) -> bool:
    """True while a call rings that was launched when its agent was still counted on."""
    return any(call.launched_at <= callback.winds_down_at for call in in_flight)


def is_held(
    agent_id: AgentId, callbacks: Iterable[Callback], in_flight: Collection[Call], now: float
) -> bool:
    """True when a call promised with this agent is near enough to keep them for it."""
    return any(
        one.agent_id == agent_id and one.holds_from <= now and not is_owed(one, in_flight)
        for one in callbacks
    )
