"""A team at one instant, with only what a test cares about said."""

from collections.abc import Iterable
from typing import Protocol

from dialer.pacing.view import (
    Answered,
    Launched,
    LedgerView,
    Limit,
    Observation,
    PacingView,
    SetUpFailed,
    TalkEnded,
    WrapUpEnded,
)


def ledger(
    live_answers: int = 0, abandoned: int = 0, *, limit: float = 0.03, ends_at: float | None = None
) -> LedgerView:
    return LedgerView(
        name="day",
        limit_ratio=limit,
        live_answers=live_answers,
        abandoned=abandoned,
        ends_at=ends_at,
    )


def view(
    now: float = 10_000.0,
    *,
    ready: int = 0,
    waiting: int = 0,
    ages: Iterable[float] = (),
    talking: Iterable[float] = (),
    wrapping: Iterable[float] = (),
    ledgers: Iterable[LedgerView] = (),
    ends_at: float | None = None,
    leads_left: int | None = None,
    room: int = 1000,
    known: Iterable[float | None] = (),
) -> PacingView:
    return PacingView(
        now=now,
        ready=ready,
        waiting=waiting,
        in_flight_ages=tuple(ages),
        in_flight_probabilities=tuple(known),
        talking_seconds=tuple(talking),
        wrap_up_seconds=tuple(wrapping),
        ledgers=tuple(ledgers),
        ends_at=ends_at,
        leads_left=leads_left,
        room=room,
        room_limit=Limit.TRUNK,
    )


class Learner(Protocol):
    """A pacer, or the estimates inside one."""

    def observe(self, observation: Observation) -> None: ...


def teach(pacer: Learner, *, calls: int = 300, answered_each: int = 3) -> None:
    """An ordinary past up to 10,000 s: each third call answered after 8 s, talk 90, wrap-up 20."""
    for i in range(calls):
        at = 10_000.0 - 40.0 - 10.0 * (calls - i)
        pacer.observe(Launched(at=at))
        if answered_each and i % answered_each == 0:
            age = 4.0 + i % 9
            pacer.observe(Answered(at=at + age, age_seconds=age))
            pacer.observe(TalkEnded(at=at + 100.0, seconds=30.0 + 12.0 * (i % 11)))
            pacer.observe(WrapUpEnded(at=at + 120.0, seconds=12.0 + i % 17))
        else:
            pacer.observe(SetUpFailed(at=at + 24.0, age_seconds=24.0))
