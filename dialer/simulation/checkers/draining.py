"""The auditor of the end: once the faults have stopped, everything finishes."""

from dialer.engine.states import AgentState
from dialer.simulation.checkers.auditor import Auditor
from dialer.simulation.ports import LastLook


class AllDrained(Auditor):
    """`Drained` comes in bounded time, and then nothing lives, is held, or is owed."""

    name = "all_drained"

    def finish(self, last: LastLook) -> None:
        """Look into every corner."""
        if not last.is_drained:
            calls = [f"{c.call_id} {c.state}" for c in last.snapshot.calls]
            self.fail(last.now, f"not drained after {last.seconds:.0f} s; calls {calls}")
        left = {
            "lead legs on the switch": last.live_calls,
            "attempts without an outcome": last.unfinished_attempts,
            "leads leased": last.leased_leads,
            "calls in the engine": len(last.snapshot.calls),
            "leads in the hopper": sum(c.hopper for c in last.snapshot.campaigns),
            "lines in use": sum(t.channels for t in last.snapshot.trunks),
            "agents reserved or talking": sum(
                a.state in (AgentState.RESERVED, AgentState.TALKING) for a in last.snapshot.agents
            ),
        }
        left["agents stranded"] = len(last.stranded_agents)
        wrong = {what: count for what, count in left.items() if count}
        if wrong:
            self.fail(last.now, f"left after draining: {wrong}")
