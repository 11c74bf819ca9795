"""A relay before a switch's event socket that keeps every byte the switch was sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.command_language import Heard, read_commands

_CHUNK_BYTES = 65_536


class Tap:
    """What was said, connection by connection."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._streams: list[bytearray] = []
        self.port = 0
        """Where the dialer connects instead."""

    def heard(self) -> Heard:
        """Everything said so far."""
        return read_commands(map(bytes, self._streams))

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side has gone."""
        stream = bytearray()
        self._streams.append(stream)
        try:
            from_switch, to_switch = await asyncio.open_connection(*self._to)
        except OSError:
            writer.close()
            return
        try:
            async with asyncio.TaskGroup() as group:
                there = group.create_task(_pump(reader, to_switch, stream))
                back = group.create_task(_pump(from_switch, writer, None))
                await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
                there.cancel()
                back.cancel()
        finally:
            to_switch.close()
            writer.close()


async def _pump(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, kept: bytearray | None
) -> None:
    try:
        while data := await source.read(_CHUNK_BYTES):
            if kept is not None:
                kept += data
            target.write(data)
            await target.drain()
    except ConnectionError:
        # Whoever cut it off has what it has; the other side is told by the end of its stream.
        return


@asynccontextmanager
async def tapped(host: str, port: int) -> AsyncIterator[Tap]:
    """A tap on the event socket at that address."""
    tap = Tap(host, port)
    running: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = group.create_task(tap.carry(reader, writer))
        running.add(task)
        task.add_done_callback(running.discard)

    async with asyncio.TaskGroup() as group:
        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        tap.port = server.sockets[0].getsockname()[1]
        try:
            yield tap
        finally:
            server.close()
            for task in running:
                task.cancel()
