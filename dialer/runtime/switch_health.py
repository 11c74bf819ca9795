"""How the switch is, for status and metrics."""

from dataclasses import dataclass

from freeswitch.events import HeartbeatEvent


@dataclass(slots=True)
class SwitchHealth:
    """The last that was heard. Figures are None until the switch first told them."""

    is_connected: bool = False
    error: str | None = None
    sessions: int | None = None
    sessions_max: int | None = None
    idle_cpu_ratio: float | None = None

    def note_heartbeat(self, event: HeartbeatEvent) -> None:
        """The switch told how it is."""
        self.sessions = event.session_count
        self.sessions_max = event.sessions_max
        if event.idle_cpu_percent is not None:
            self.idle_cpu_ratio = event.idle_cpu_percent / 100.0
