import asyncio

import pytest

from freeswitch.events import JobEvent
from freeswitch.jobs import JobResult, Jobs, JobStatus

J = "50000000-0000-4000-8000-000000000001"
NEVER = 3600.0


def job(body: str | None, job_uuid: str = J) -> JobEvent:
    return JobEvent(name="BACKGROUND_JOB", job_uuid=job_uuid, body=body)


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ("+OK c0000000\n", JobStatus.OK, "+OK c0000000"),
        ("-ERR USER_BUSY\n", JobStatus.REFUSED, "USER_BUSY"),
        ("-USAGE: <dialstring>\n", JobStatus.REFUSED, "-USAGE: <dialstring>"),
        ("UP 0 years\n", JobStatus.OK, "UP 0 years"),
        (None, JobStatus.OK, ""),
    ],
)
async def test_a_result_reaches_whoever_waits(
    body: str | None, status: JobStatus, text: str
) -> None:
    jobs = Jobs()
    future = jobs.expect(J, NEVER)
    jobs.deliver(job("+OK", "50000000-0000-4000-8000-00000000ffff"))
    assert not future.done()
    jobs.deliver(job(body))
    assert await future == JobResult(job_uuid=J, status=status, text=text)
    jobs.deliver(job(body))
    assert len(jobs) == 0


async def test_a_job_nobody_reports_on_times_out() -> None:
    jobs = Jobs()
    result = await jobs.expect(J, 0.0)
    assert result == JobResult(job_uuid=J, status=JobStatus.TIMED_OUT, text="")
    assert len(jobs) == 0


async def test_giving_up_ends_every_job_as_lost() -> None:
    jobs = Jobs()
    futures = [jobs.expect(J, NEVER), jobs.expect(J[:-1] + "2", NEVER)]
    jobs.give_up()
    assert [(await future).status for future in futures] == [JobStatus.LOST, JobStatus.LOST]


async def test_a_cancelled_wait_is_forgotten() -> None:
    jobs = Jobs()
    future = jobs.expect(J, NEVER)
    future.cancel()
    with pytest.raises(asyncio.CancelledError):
        await future
    await asyncio.sleep(0)
    assert len(jobs) == 0
    jobs.deliver(job("+OK"))
    jobs.expect(J, NEVER)
    jobs.give_up()


async def test_one_uuid_one_job() -> None:
    jobs = Jobs()
    jobs.expect(J, NEVER)
    with pytest.raises(ValueError, match="mint a new UUID"):
        jobs.expect(J, NEVER)
    jobs.give_up()
