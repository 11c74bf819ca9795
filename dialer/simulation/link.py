"""Between the engine and the switch: latency, lost connections, and the faults of events."""

from collections.abc import Callable

from dialer.engine.events import (
    BridgeRefused,
    CallEnded,
    Event,
    SurveyAnswered,
    SwitchConnected,
    SwitchLost,
)  # fmt: skip
from dialer.engine.ids import ONE_SWITCH, SwitchId
from dialer.simulation.agenda import Agenda
from dialer.simulation.faults import Faults
from dialer.simulation.plan import NetworkPlan
from dialer.simulation.streams import Streams

_COMMAND_SECONDS = 0.0005
"""An ESL command's round trip on a local network."""


class Link:
    """One connection to one switch. Events keep their order unless a fault delays one."""

    def __init__(
        self,
        agenda: Agenda,
        plan: NetworkPlan,
        faults: Faults,
        streams: Streams,
        tell: Callable[[Event], bool],
        *,
        switch_id: SwitchId = ONE_SWITCH,
    ) -> None:
        self.agenda = agenda
        self.plan = plan
        self.faults = faults
        self.tell = tell
        self.switch_id = switch_id
        self.is_up = True
        self.is_switch_new = False
        """The switch was started anew since it was last connected."""
        self._stream = streams.named("link.latency")
        self._connection = 0
        self._arrives_at = agenda.now

    def emit(self, event: Event) -> None:
        """An event leaves the switch for the engine, if anybody listens."""
        if not self.is_up:
            return
        at = self.agenda.now + self.plan.event_after.draw(self._stream)
        self._arrives_at = max(self._arrives_at, at)
        is_reply = isinstance(event, BridgeRefused | SurveyAnswered) or (
            # The originate's own answer: no leg came to be that could speak of its end as well.
            # Told twice it would end the attempt that went out by the next trunk meanwhile.
            isinstance(event, CallEnded) and event.is_route_failure
        )
        for delay in self.faults.copies(is_reply=is_reply):
            self.agenda.at(self._arrives_at + delay, self._arrive, self._connection, event)

    def _arrive(self, connection: int, event: Event) -> None:
        if connection == self._connection and self.is_up:
            self.tell(event)

    def send(self, action: Callable[..., None], *args: object) -> None:
        """A command for the switch; lost when the connection is."""
        if self.is_up:
            at = self.agenda.now + _COMMAND_SECONDS
            self.agenda.at(at, self._reach, self._connection, action, args)

    def _reach(
        self, connection: int, action: Callable[..., None], args: tuple[object, ...]
    ) -> None:
        if connection == self._connection:
            action(*args)

    def cut(self) -> None:
        """The connection is lost; the engine is told."""
        self.is_up = False
        self._connection += 1
        self.tell(SwitchLost(switch_id=self.switch_id, last_seen_at=self.agenda.now))

    def restore(self) -> None:
        """The connection is back; the engine is told, and whether the switch is a new process."""
        self.is_up = True
        is_new, self.is_switch_new = self.is_switch_new, False
        self.tell(SwitchConnected(is_new=is_new, switch_id=self.switch_id))
