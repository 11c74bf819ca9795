"""The demo's public network: the fake switch as its own process, scripted with the example list."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from dialer.demo.facts import Person, write_numbers_file
from dialer.errors import ServiceError

START_SECONDS_MAX = 30.0
"""A Python process starts in under a second; half a minute means that it never will."""
STOP_SECONDS_MAX = 5.0
ANSWER_RATIO_BY_HOUR = [
    [8.0, 0.22], [9.5, 0.26], [10.25, 0.34], [10.75, 0.25], [11.25, 0.31], [12.0, 0.38],
    [13.0, 0.35], [14.5, 0.26], [16.0, 0.28], [18.0, 0.37], [20.0, 0.33],
]  # fmt: skip
"""Share of calls answered, by the hour where the shift is: mornings, lunch, evenings."""
FAILURES = {"USER_BUSY": 0.07, "UNALLOCATED_NUMBER": 0.025, "CALL_REJECTED": 0.01}


@dataclass(frozen=True, slots=True, kw_only=True)
class FarEnd:
    """A running fake switch."""

    host: str
    port: int


def write_network(
    directory: Path, people: Mapping[str, Person], *, utc_offset_hours: float
) -> Path:
    """The fake switch's network file, with everybody's own behaviour beside it."""
    write_numbers_file(people, directory / "numbers.jsonl")
    network = {
        "answer_ratio_by_hour": ANSWER_RATIO_BY_HOUR,
        "utc_offset_hours": utc_offset_hours,
        "failures": FAILURES,
        "numbers_file": "numbers.jsonl",
    }
    path = directory / "network.json"
    path.write_text(json.dumps(network), encoding="ascii")
    return path


@asynccontextmanager
async def running(
    network: Path, *, speed: float, epoch: float, seed: int, recordings: Path | None = None
) -> AsyncIterator[FarEnd]:
    """Run the fake switch until the block is left; its clock shows `epoch` now. Recorded calls are
    written into the folder `recordings`.

    Raises ServiceError when it does not start.
    """
    where = [] if recordings is None else ["--recordings", str(recordings)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "freeswitch.fake", "--port", "0", "--network", str(network),
        "--speed", str(speed), "--epoch", str(epoch), "--epoch-at", str(time.time()),
        "--seed", str(seed), "--gateway", "main",
        "--agents-answer-seconds", "2", *where,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        # Ctrl-C is for the demo, which then ends the switch last of all.
        start_new_session=True,
    )  # fmt: skip
    try:
        yield await _listening(process)
    finally:
        await _stop(process)


async def _listening(process: asyncio.subprocess.Process) -> FarEnd:
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(START_SECONDS_MAX):
            line = (await process.stdout.readline()).decode()
    except TimeoutError:
        line = ""
    word, _, address = line.strip().rpartition(" ")
    if word != "listening on":
        if process.returncode is None:
            process.kill()
        said = (await process.stderr.read()).decode(errors="replace").strip()
        raise ServiceError(
            f"the demo's fake switch did not start; it said: {said or 'nothing'}. "
            "Try `python -m freeswitch.fake` by itself."
        )
    host, _, port = address.rpartition(":")
    return FarEnd(host=host, port=int(port))


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS_MAX):
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()
