"""CPU time of one decision of the predictive pacer, by team size.

    python -m benchmarks.pacing.speed

The team is caught in full work: most agents talk or wrap up, a few are ready, calls ring. Each view
is a new instant, as in life, so that nothing can be kept from the decision before. Printed are
microseconds of CPU a decision and the ratio to the smallest team.
"""

import argparse
import random
import time

from dialer.pacing.pacers import create
from dialer.pacing.settings import PacingSettings
from dialer.pacing.view import (
    Answered,
    Launched,
    LedgerView,
    Limit,
    Pacer,
    PacingView,
    SetUpFailed,
    TalkEnded,
    WrapUpEnded,
)

TEAMS = ((5, 6), (10, 10), (50, 35), (200, 120), (500, 280), (1500, 800))
"""Agents and ringing calls."""
LIMITS_MICROSECONDS = {50: 300.0, 1500: 1000.0}
"""What a decision may cost."""


def taught(seed: int = 1) -> Pacer:
    """A predictive pacer with half an hour behind it."""
    draw = random.Random(seed)
    pacer = create(PacingSettings())
    for i in range(600):
        at = 3.0 * i
        pacer.observe(Launched(at=at))
        if draw.random() < 0.3:
            age = 3.0 + draw.gammavariate(2.0, 4.0)
            pacer.observe(Answered(at=at + age, age_seconds=age))
            pacer.observe(TalkEnded(at=at + 100.0, seconds=draw.lognormvariate(4.2, 0.8)))
            pacer.observe(WrapUpEnded(at=at + 130.0, seconds=draw.lognormvariate(3.3, 0.5)))
        else:
            pacer.observe(SetUpFailed(at=at + 25.0, age_seconds=25.0))
    return pacer


def views(agents: int, ringing: int, count: int) -> list[PacingView]:
    """So many instants of one team, a tenth of a second apart."""
    draw = random.Random(agents)
    made = []
    for i in range(count):
        ready = max(1, agents // 50)
        wrapping = agents // 5
        made.append(
            PacingView(
                now=2_000.0 + 0.1 * i,
                ready=ready,
                waiting=0,
                in_flight_ages=sorted(draw.uniform(0.0, 25.0) for _ in range(ringing))[::-1],
                talking_seconds=[draw.expovariate(0.01) for _ in range(agents - ready - wrapping)],
                wrap_up_seconds=[draw.expovariate(0.05) for _ in range(wrapping)],
                wrap_up_seconds_max=600.0,
                ledgers=(
                    LedgerView(
                        name="day", limit_ratio=0.03, live_answers=5000, abandoned=130, ends_at=None
                    ),
                ),
                ends_at=30_000.0,
                room=100,
                room_limit=Limit.TRUNK,
            )
        )
    return made


def microseconds(agents: int, ringing: int, decisions: int) -> tuple[float, float]:
    """CPU of one decision, and calls launched by it, in the mean."""
    pacer = taught()
    seen = views(agents, ringing, decisions)
    pacer.decide(seen[0])
    started = time.process_time()
    launched = sum(pacer.decide(view).count for view in seen)
    spent = time.process_time() - started
    return 1e6 * spent / decisions, launched / decisions


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--decisions", type=int, default=300)
    given = parser.parse_args()
    smallest = None
    print("| agents | ringing | µs CPU a decision | ratio | calls launched | allowed µs |")
    print("|---|---|---|---|---|---|")
    for agents, ringing in TEAMS:
        cost, launched = microseconds(agents, ringing, given.decisions)
        smallest = smallest or cost
        allowed = LIMITS_MICROSECONDS.get(agents)
        shown = f"{allowed:.0f}" if allowed else ""
        print(
            f"| {agents} | {ringing} | {cost:.0f} | {cost / smallest:.1f} | {launched:.1f} "
            f"| {shown} |"
        )


if __name__ == "__main__":
    main()
