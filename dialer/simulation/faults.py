"""What goes wrong, when. Faults have streams of their own: the same world runs with and without."""

from collections.abc import Callable

from dialer.simulation.agenda import Agenda
from dialer.simulation.plan import FaultPlan
from dialer.simulation.streams import Streams


class Faults:
    """Decides the fate of each switch event, and when each kind of accident happens."""

    def __init__(self, agenda: Agenda, plan: FaultPlan, streams: Streams) -> None:
        self.agenda = agenda
        self.plan = plan
        self.is_on = not plan.is_quiet
        self._events = streams.named("faults.events")
        self._accidents = streams.named("faults.accidents")
        self._bridges = streams.named("faults.bridges")
        self._writes = streams.named("faults.writes")

    def stop(self) -> None:
        """The safety phase is over: nothing goes wrong from here on."""
        self.is_on = False

    def copies(self, *, is_reply: bool) -> tuple[float, ...]:
        """For one switch event: how late each of its copies arrives. Nothing for a lost one.

        The reply to a command of ours may be late or lost, but never comes twice.
        """
        plan, stream = self.plan, self._events
        if not self.is_on:
            return (0.0,)
        if plan.drop_ratio and stream.random() < plan.drop_ratio:
            return ()
        delay = 0.0
        if plan.delay_ratio and stream.random() < plan.delay_ratio:
            delay = plan.delay.draw(stream)
        if not is_reply and plan.duplicate_ratio and stream.random() < plan.duplicate_ratio:
            return (delay, delay + plan.delay.draw(stream))
        return (delay,)

    def finds_nothing(self) -> bool:
        """True when this lease comes back empty for no good reason."""
        ratio = self.plan.empty_lease_ratio
        return self.is_on and ratio > 0 and self._writes.random() < ratio

    def refuses_write(self) -> bool:
        """True when the database refuses this attempt."""
        ratio = self.plan.refused_write_ratio
        return self.is_on and ratio > 0 and self._writes.random() < ratio

    def sticks(self) -> bool:
        """True when this bridge leaves the agent's leg stuck."""
        ratio = self.plan.stuck_bridge_ratio
        return self.is_on and ratio > 0 and self._bridges.random() < ratio

    def outage_seconds(self) -> float:
        """How long this accident lasts."""
        return self.plan.outage.draw(self._accidents)

    def choose(self, count: int) -> int:
        """Which of `count` things it happens to."""
        return self._accidents.randrange(count)

    def recur(self, per_hour: float, accident: Callable[[], None]) -> None:
        """Let the accident happen again and again, at random, while faults are on."""
        if per_hour <= 0:
            return

        def strike() -> None:
            if self.is_on:
                accident()
                wait()

        def wait() -> None:
            seconds = self._accidents.expovariate(per_hour / 3600.0)
            self.agenda.after(seconds, strike)

        wait()
