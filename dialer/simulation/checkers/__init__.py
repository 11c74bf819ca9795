"""Independent auditors of a world; `all_of` makes one of each."""

from dialer.simulation.checkers.agents import AgentTime, NoAgentIdle, OneCallPerAgent
from dialer.simulation.checkers.answers import (
    LedgersRecounted,
    NeverInSilence,
    StrictWall,
    TrueRecords,
)
from dialer.simulation.checkers.attempts import NumbersOnce, OnDiskFirst, OneOutcome
from dialer.simulation.checkers.auditor import Auditor
from dialer.simulation.checkers.callbacks import CallbacksOnce, PromisedAgents
from dialer.simulation.checkers.draining import AllDrained
from dialer.simulation.checkers.rules import (
    CallingHours,
    CoveredLeads,
    HopperBounded,
    LaunchesAllowed,
    RingingTime,
    TrunkLimits,
)
from dialer.simulation.plan import WorldPlan

AUDITORS: tuple[type[Auditor], ...] = (
    OnDiskFirst, NumbersOnce, OneOutcome, OneCallPerAgent, NoAgentIdle, AgentTime, NeverInSilence,
    TrueRecords, LedgersRecounted, StrictWall, CallingHours, RingingTime, LaunchesAllowed,
    TrunkLimits, HopperBounded, CoveredLeads, CallbacksOnce, PromisedAgents, AllDrained,
)  # fmt: skip


def all_of(plan: WorldPlan) -> list[Auditor]:
    """One auditor of each kind, for one world."""
    return [auditor(plan) for auditor in AUDITORS]
