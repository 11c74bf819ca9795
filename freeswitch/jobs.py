"""What became of `bgapi` jobs, however and wherever the switch says it.

The reply to `bgapi` only says that a thread was started. The result is an event BACKGROUND_JOB,
sent to every client subscribed to it, so it may come on another connection than the command went
out on, also after a reconnect; or not at all: a job that cannot lock its session is not run
although the reply was +OK (mod_event_socket.c, api_exec). Hence one table for all connections to a
switch, and a watchdog for every job in it.
"""

import asyncio
import enum
from dataclasses import dataclass

from freeswitch.errors import ConnectionLost
from freeswitch.events import JobEvent

JOBS_MAX = 20_000
"""Every ringing originate is a job, and a thread of the switch: it holds a few thousand."""


@enum.unique
class JobStatus(enum.StrEnum):
    """How a job ended, as far as we know."""

    OK = "ok"
    REFUSED = "refused"
    """-ERR or -USAGE; after an originate the text is the hangup cause."""
    TIMED_OUT = "timed_out"
    """The switch never said; it may have happened."""
    LOST = "lost"
    """We closed before the switch said; it may still happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """The end of one job."""

    job_uuid: str
    status: JobStatus
    text: str
    """What the API call answered, stripped; after -ERR without that word, so that a failed
    originate leaves its hangup cause. Empty when TIMED_OUT or LOST."""


class Jobs:
    """The jobs of one switch that somebody waits for."""

    def __init__(self) -> None:
        self._pending: dict[str, tuple[asyncio.Future[JobResult], asyncio.TimerHandle]] = {}

    def __len__(self) -> int:
        return len(self._pending)

    def expect(self, job_uuid: str, timeout_seconds: float) -> asyncio.Future[JobResult]:
        """Return a future for the job's result; it never raises, and TIMED_OUT is a result too.

        Cancelling the future gives the job up. Raises ConnectionLost when too many are pending.
        """
        if job_uuid in self._pending:
            raise ValueError(f"job {job_uuid} is already waited for: mint a new UUID for every job")
        if len(self._pending) >= JOBS_MAX:
            raise ConnectionLost(
                f"{JOBS_MAX} jobs are pending; the switch no longer ends them, look at its console"
            )
        loop = asyncio.get_running_loop()
        future: asyncio.Future[JobResult] = loop.create_future()
        timer = loop.call_later(timeout_seconds, self._end, job_uuid, JobStatus.TIMED_OUT, "")
        self._pending[job_uuid] = (future, timer)
        future.add_done_callback(lambda done: self._forget(job_uuid, done))
        return future

    def deliver(self, event: JobEvent) -> None:
        """A BACKGROUND_JOB came, perhaps of a job that is not ours."""
        if event.job_uuid is not None and event.job_uuid in self._pending:
            text = (event.body or "").strip()
            if text.startswith("-"):
                text = text.removeprefix("-ERR").strip()
                self._end(event.job_uuid, JobStatus.REFUSED, text)
            else:
                self._end(event.job_uuid, JobStatus.OK, text)

    def give_up(self) -> None:
        """End every pending job as LOST."""
        for job_uuid in list(self._pending):
            self._end(job_uuid, JobStatus.LOST, "")

    def _end(self, job_uuid: str, status: JobStatus, text: str) -> None:
        future, timer = self._pending.pop(job_uuid)
        timer.cancel()
        if not future.done():
            future.set_result(JobResult(job_uuid=job_uuid, status=status, text=text))

    def _forget(self, job_uuid: str, done: asyncio.Future[JobResult]) -> None:
        """Somebody cancelled the wait; after a result the job is no longer here."""
        pending = self._pending.get(job_uuid)
        if pending is not None and pending[0] is done:
            pending[1].cancel()
            del self._pending[job_uuid]
