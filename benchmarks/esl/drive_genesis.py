"""genesis: `Inbound` with a handler for every event; each a dictionary.

Of a JSON event it keeps the body as text, and without an Event-Name it calls no handler; one of its
event processors, which see everything, stands in, and does what is left to do: `json.loads`.
"""

import asyncio
import json

from genesis import Inbound
from meter import arguments


async def run() -> None:
    """Take events until the replay ends."""
    kind, port, meter = arguments()
    ended = asyncio.Event()

    async def on_event(event: dict) -> None:
        name = event.get("Event-Name")
        if name is not None and meter.event(name):
            ended.set()

    client = Inbound("127.0.0.1", port, "ClueCon")
    client.on("*", on_event)

    def decode(protocol: Inbound, event: dict) -> None:
        is_json = event.get("Content-Type") == "text/event-json"
        if is_json and meter.event(json.loads(event.body)["Event-Name"]):
            ended.set()

    client.event_processors.append(decode)
    async with client:
        meter.start()
        await client.send(f"event {kind} ALL")
        await ended.wait()


asyncio.run(run())
