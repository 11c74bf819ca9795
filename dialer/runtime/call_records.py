"""The switch's own records of calls that ended while nobody listened: looked up, and cleared away.

Optional: without a folder (`files.call_records`), as when the switch's machine is another one, such
calls keep the cause LOST. A switch that is killed writes no record of the calls it had, and they
stay LOST for everybody.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from pathlib import Path

from dialer.engine.events import CallAnswered, CallEnded, Event
from dialer.engine.ids import CallId
from dialer.runtime.outcomes_by_cause import OUTCOMES_BY_CAUSE
from freeswitch.call_records import SUFFIX, CallRecord, file_name, read_call_record
from freeswitch.causes import classify
from freeswitch.errors import MalformedEvent

log = logging.getLogger(__name__)

SWEEP_SECONDS = 60.0
KEEP_SECONDS = 600.0
"""A record is asked for within moments of a start or a reconnect; until both are over it waits."""
OTHERS_SECONDS = 86_400.0
"""Records of another dialer on the same switch are that one's to delete, for a day."""
SWEEP_MAX = 20_000
"""Files looked at in one round: ten minutes of the busiest switch."""


class CallRecords:
    """The records in one folder; None for no folder, where nothing is ever found."""

    def __init__(self, folder: Path | None, *, dialer_id: str) -> None:
        self._folder = folder
        self._dialer_id = dialer_id
        self._is_told = False

    async def find(self, channels: Iterable[str]) -> dict[str, CallRecord]:
        """The records of those channels that have one."""
        if self._folder is None:
            return {}
        return await asyncio.to_thread(self._find, list(channels))

    async def run(self) -> None:
        """Delete old records, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            if self._folder is not None:
                await asyncio.to_thread(self.sweep, time.time())

    def sweep(self, now: float) -> int:
        """Delete records of ours that nobody will ask for any more; how many. `now`: Unix seconds,
        by the clock of the file system."""
        if self._folder is None or not self._folder.is_dir():
            return 0
        deleted = 0
        for index, path in enumerate(self._folder.glob(f"*{SUFFIX}")):
            if index >= SWEEP_MAX:
                break
            try:
                age = now - path.stat().st_mtime
                if age > OTHERS_SECONDS or (age > KEEP_SECONDS and self._is_ours(path)):
                    path.unlink()
                    deleted += 1
            except FileNotFoundError:
                continue
            except OSError as error:
                self._tell(error)
                break
        return deleted

    def _is_ours(self, path: Path) -> bool:
        try:
            return read_call_record(path.read_bytes()).dialer_id in (self._dialer_id, None)
        except MalformedEvent:
            return True

    def _find(self, channels: list[str]) -> dict[str, CallRecord]:
        assert self._folder is not None
        found: dict[str, CallRecord] = {}
        for channel in channels:
            path = self._folder / file_name(channel)
            try:
                found[channel] = read_call_record(path.read_bytes())
            except (FileNotFoundError, MalformedEvent):
                continue
            except OSError as error:
                self._tell(error)
                break
        return found

    def _tell(self, error: OSError) -> None:
        """Once: it will be so for every file."""
        if not self._is_told:
            self._is_told = True
            log.error(
                "The switch's call records in %s cannot be used: %s. Let the dialer's user read "
                "and delete there, or take files.call_records out of the settings.",
                self._folder,
                error,
                extra={"action": "call_records_unusable"},
            )


def ended(call_id: CallId, record: CallRecord, *, was_answered: bool) -> list[Event]:
    """What the engine would have heard of the end of this call."""
    cause_class = classify(
        record.cause,
        saw_channel=True,
        saw_progress=record.progress_at is not None,
        hangup_disposition=record.hangup_disposition,
    )
    end = CallEnded(
        call_id=call_id,
        outcome=OUTCOMES_BY_CAUSE[cause_class],
        cause=record.cause,
        ended_at=record.ended_at,
    )
    if record.answered_at is not None and not was_answered:
        return [CallAnswered(call_id=call_id), end]
    return [end]
