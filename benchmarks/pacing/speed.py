"""CPU time of one decision of the predictive pacer, by team size.

    python -m benchmarks.pacing.speed
    python -m benchmarks.pacing.speed --routes 4 --ids

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


def taught(seed: int = 1, *, routes: int = 1, agents: int = 0) -> Pacer:
    """A predictive pacer with half an hour behind it, of so many routes and known agents."""
    draw = random.Random(seed)
    pacer = create(PacingSettings())
    for i in range(600):
        at = 3.0 * i
        route = f"trunk-{i % routes}/1"
        agent_id = i % agents if agents else None
        pacer.observe(Launched(at=at, route=route))
        if draw.random() < 0.3:
            age = 3.0 + draw.gammavariate(2.0, 4.0)
            pacer.observe(Answered(at=at + age, age_seconds=age, route=route))
            talk, wrap_up = draw.lognormvariate(4.2, 0.8), draw.lognormvariate(3.3, 0.5)
            pacer.observe(TalkEnded(at=at + 100.0, seconds=talk, agent_id=agent_id))
            pacer.observe(WrapUpEnded(at=at + 130.0, seconds=wrap_up, agent_id=agent_id))
        else:
            pacer.observe(SetUpFailed(at=at + 25.0, age_seconds=25.0, route=route))
    return pacer


def views(
    agents: int, ringing: int, count: int, *, routes: int = 1, are_known: bool = False
) -> list[PacingView]:
    """So many instants of one team, a tenth of a second apart; the fresh call's route changes."""
    draw = random.Random(agents)
    made = []
    for i in range(count):
        ready = max(1, agents // 50)
        wrapping = agents // 5
        ids = range(agents - ready) if are_known else range(0)
        made.append(
            PacingView(
                now=2_000.0 + 0.1 * i,
                ready=ready,
                waiting=0,
                in_flight_ages=sorted(draw.uniform(0.0, 25.0) for _ in range(ringing))[::-1],
                talking_seconds=[draw.expovariate(0.01) for _ in range(agents - ready - wrapping)],
                wrap_up_seconds=[draw.expovariate(0.05) for _ in range(wrapping)],
                talking_agents=ids[wrapping:],
                wrap_up_agents=ids[:wrapping],
                in_flight_routes=[f"trunk-{call % routes}/1" for call in range(ringing)],
                fresh_route=f"trunk-{i % routes}/1",
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


def microseconds(
    agents: int, ringing: int, decisions: int, *, routes: int = 1, are_known: bool = False
) -> tuple[float, float]:
    """CPU of one decision, and calls launched by it, in the mean."""
    pacer = taught(routes=routes, agents=agents if are_known else 0)
    seen = views(agents, ringing, decisions, routes=routes, are_known=are_known)
    pacer.decide(seen[0])
    started = time.process_time()
    launched = sum(pacer.decide(view).count for view in seen)
    spent = time.process_time() - started
    return 1e6 * spent / decisions, launched / decisions


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--decisions", type=int, default=300)
    parser.add_argument("--routes", type=int, default=1, help="calls alternate between so many")
    parser.add_argument("--ids", action="store_true", help="agents are told apart")
    given = parser.parse_args()
    smallest = None
    print("| agents | ringing | µs CPU a decision | ratio | calls launched | allowed µs |")
    print("|---|---|---|---|---|---|")
    for agents, ringing in TEAMS:
        cost, launched = microseconds(
            agents, ringing, given.decisions, routes=given.routes, are_known=given.ids
        )
        smallest = smallest or cost
        allowed = LIMITS_MICROSECONDS.get(agents)
        shown = f"{allowed:.0f}" if allowed else ""
        print(
            f"| {agents} | {ringing} | {cost:.0f} | {cost / smallest:.1f} | {launched:.1f} "
            f"| {shown} |"
        )


if __name__ == "__main__":
    main()
