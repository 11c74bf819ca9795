"""The dialer and the fake switch as processes of their own, to be signalled and killed."""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from campaigns.store.store import Store
from dialer.runtime.instants import to_datetime
from tests.support.service_desk import START_AT

PROCESS_SPEED = 20.0
"""Slower than within one process: every step crosses two more process borders."""
_BEGAN = time.monotonic()
PATIENCE_SECONDS = 40.0
"""More than any step of these tests takes; then the test fails with what the processes said."""


def virtual_now() -> float:
    """The instant that all processes of a test agree on."""
    return START_AT + (time.monotonic() - _BEGAN) * PROCESS_SPEED


class DialerProcess:
    """`python -m dialer.service` with settings in `home`."""

    def __init__(self, home: Path, process: asyncio.subprocess.Process, log: Path) -> None:
        self.home = home
        self.process = process
        self._log = log

    def log(self) -> str:
        """What it has said so far."""
        return self._log.read_text()

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()

    def terminate(self) -> None:
        """Ask it to drain."""
        self.process.send_signal(signal.SIGTERM)

    async def wait(self) -> int:
        """Its exit status."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.process.wait()


@asynccontextmanager
async def dialer_process(
    home: Path, *, switch_port: int, url: str, name: str = "first"
) -> AsyncIterator[DialerProcess]:
    """A running dialer; killed at the end if it still lives."""
    log = home / f"{name}.log"
    environ = {k: v for k, v in os.environ.items() if not k.startswith("DIALER_")} | {
        "DIALER_HOME": str(home / "data"),
        "DIALER_DATABASE_URL": url,
        "DIALER_SWITCH_PORT": str(switch_port),
        "DIALER_TRUNKS": "main:60:30",
        "DIALER_METRICS_ENABLED": "false",
        "DIALER_WEB_ENABLED": "false",
        "PYTHONPATH": os.getcwd(),
    }
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "dialer.service",
            "--speed", str(PROCESS_SPEED), "--start-at", str(virtual_now()),
            env=environ, cwd=home, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        yield DialerProcess(home, process, log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def switch_process(network: Path) -> AsyncIterator[int]:
    """A fake switch with the gateway `main`; yields its port."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "freeswitch.fake", "--port", "0", "--gateway", "main",
        "--speed", str(PROCESS_SPEED), "--epoch", str(virtual_now()), "--network", str(network),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        found = re.search(r":(\d+)$", line.strip())
        assert found is not None, line
        yield int(found[1])
    finally:
        process.terminate()
        await process.wait()


async def ask(store: Store, kind: str, **args: str) -> dict[str, object]:
    """Ask the running dialer, as the command line does; its refusal fails the test."""
    now = to_datetime(virtual_now())
    request = await store.control.request(kind, dict(args), by="test", now=now)
    answer = await store.control.wait(request, PATIENCE_SECONDS)
    assert answer is not None, f"{kind}: nobody answered"
    assert answer.ok, answer.answer
    return answer.answer


async def eventually(condition: Callable[[], Awaitable[bool]], dialer: DialerProcess) -> None:
    """Look at another process's traces until they are there; fails with what that process said."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await condition():
                assert dialer.process.returncode is None, dialer.log()
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(dialer.log()) from None
