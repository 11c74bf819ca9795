"""This project's client: a connection, and `read_event` in its callback."""

import asyncio

from benchmarks.esl.meter import arguments
from freeswitch import commands
from freeswitch.connection import EslConnection, SwitchAddress
from freeswitch.events import read_event
from freeswitch.messages import EventMessage


async def run() -> None:
    """Take events until the replay ends."""
    kind, port, meter = arguments()
    ended = asyncio.Event()

    def on_event(message: EventMessage) -> None:
        if meter.event(read_event(message).name):
            ended.set()

    address = SwitchAddress(host="127.0.0.1", port=port, password="ClueCon")
    async with await EslConnection.open(address, on_event=on_event) as connection:
        meter.start()
        if kind == "json":
            await connection.subscribe(("HEARTBEAT",))
        else:
            await connection.command(commands.Command(line="event plain ALL"))
        await ended.wait()


asyncio.run(run())
