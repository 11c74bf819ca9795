"""Alarms as they stand: since when, and who has seen them.

An acknowledgement holds while the alarm stays as it is. One that goes and comes again is new, and
so is one that has become urgent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dialer.desk.board.alarms import Alarm, Level


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingAlarm:
    """An alarm, and what people did about it. Instants in unix seconds by the dialer's clock."""

    alarm: Alarm
    since: float
    seen_by: str | None = None
    seen_at: float | None = None


class AlarmBook:
    """The alarms that stand. Restarted with the service: what is so then is told anew."""

    def __init__(self) -> None:
        self._standing: dict[str, StandingAlarm] = {}

    def note(self, found: Sequence[Alarm], now: float) -> tuple[StandingAlarm, ...]:
        """Take the alarms of this look in; those that are not among them are over."""
        before, self._standing = self._standing, {}
        for alarm in found:
            old = before.get(alarm.key)
            is_worse = (
                old is not None and old.alarm.level is Level.WARNING and alarm.level is Level.URGENT
            )
            if old is None or is_worse:
                since = now if alarm.since is None else alarm.since
                self._standing[alarm.key] = StandingAlarm(alarm=alarm, since=since)
            else:
                self._standing[alarm.key] = replace(old, alarm=alarm)
        return tuple(self._standing.values())

    def see(self, key: str, *, by: str, now: float) -> StandingAlarm | None:
        """Somebody has seen it; None when it stands no more."""
        standing = self._standing.get(key)
        if standing is None:
            return None
        seen = replace(standing, seen_by=by, seen_at=now)
        self._standing[key] = seen
        return seen
