"""The greeting classifier's verdict, and what is done about a machine.

Theory of operation. The switch listens from the answer on: a short greeting and then silence is a
person, a greeting that goes on a machine, nothing at all leaves it unsure. The legal seconds run
meanwhile, so the classifier has less time than they last; without a verdict by then, and whenever
it is unsure, the call is a person's. A machine leaves the ledgers and is hung up, or left a
message, or goes to an agent like any other.

A random share of the machines goes to an agent all the same, so that the classifier's mistakes are
measured and not guessed. Such a call waits for nobody: when no agent is free in that instant it is
treated as what it was taken for, which says nothing about whether the verdict was right. Until the
agent has spoken it counts as a person's, as the ledgers would have it.
"""

from campaigns.outcomes import Verdict
from dialer.engine import live_answers, messages
from dialer.engine.calls import Call
from dialer.engine.commands import Hangup
from dialer.engine.config import OnMachine, ScreeningConfig
from dialer.engine.floor import Floor
from dialer.engine.states import CallState
from dialer.engine.timers import Due

CONNECT_SECONDS = 0.1
"""Before the legal seconds are over an agent must still be joined: 60 ms, and 40 for the rest."""


def begin(floor: Floor, call: Call, now: float) -> bool:
    """Listen first, when the call is of that kind and no agent is reserved for it yet."""
    config = floor.campaigns[call.lead.campaign_id].config.screening
    if config is None or not call.is_screened or call.agent_id is not None:
        return False
    seconds = min(config.seconds_max, call.tolerance_seconds - CONNECT_SECONDS)
    if seconds <= 0:
        return False
    call.enter(CallState.SCREENING, now)
    floor.timers.arm(Due.SCREENING, call.lead.call_id, at=now + seconds)
    return True


def give_up(floor: Floor, call: Call, now: float) -> None:
    """The time for a verdict is over: it is unsure."""
    floor.timers.disarm(Due.SCREENING, call.lead.call_id)
    call.verdict, call.screened_at = Verdict.UNSURE, now


def is_dealt_with(floor: Floor, call: Call, verdict: Verdict, now: float) -> bool:
    """Take the verdict down. True when the call is a machine's and is being seen to; False when it
    goes the way of a person's."""
    call_id = call.lead.call_id
    floor.timers.disarm(Due.SCREENING, call_id)
    if call.agent_id is not None:
        return False  # late: somebody is coming already
    call.verdict, call.screened_at = verdict, now
    config = floor.campaigns[call.lead.campaign_id].config.screening
    if verdict is not Verdict.MACHINE or config is None or config.on_machine is OnMachine.CONNECT:
        return False
    if _is_sampled(floor, call, config):
        call.is_sampled = True
        return False
    live_answers.withdraw(floor, call, now)
    floor.campaigns[call.lead.campaign_id].machines += 1
    # The verdict comes with the park: nothing of the switch is waited for any more.
    call.is_parked = True
    call.enter(CallState.WAITING, now)
    for due in (Due.LEGAL_SECONDS, Due.PARK_OVERDUE):
        floor.timers.disarm(due, call_id)
    if config.on_machine is OnMachine.MESSAGE:
        messages.await_beep(floor, call, config.greeting_seconds_max, now)
    else:
        floor.say(Hangup(call_id=call_id, cause="NORMAL_CLEARING"))
        at = now + live_answers.WATCH_AGAIN_SECONDS
        floor.timers.arm(Due.CALL_WATCH, call_id, at=at)
    return True


def is_covered(floor: Floor, call: Call) -> bool:
    """True while the switch listens and an agent is free for the call: the classifier alone has
    kept them from being reserved."""
    unserved = floor.team_of(call).unserved
    if call.state is not CallState.SCREENING or call.lead.call_id not in unserved:
        return False
    here = [one.lead.call_id for one in unserved.values() if one.switch_id == call.switch_id]
    return here.index(call.lead.call_id) < _free_agents(floor, call)


def _is_sampled(floor: Floor, call: Call, config: ScreeningConfig) -> bool:
    return call.lead.draw < config.sample_ratio and _free_agents(floor, call) > 0


def _free_agents(floor: Floor, call: Call) -> int:
    """How many could be given this very call now."""
    agents = (floor.agents[agent_id] for agent_id in floor.team_of(call).available)
    return sum(
        agent.switch_id == call.switch_id and agent.leg_id not in call.refused_legs
        for agent in agents
    )
