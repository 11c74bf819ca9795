"""aioesl: `EventProtocol` with its hook for events nobody else takes; each a dictionary.

It was written for Python 3.5 to 3.10. Supplied here, before it is imported: `asyncio.coroutine`,
which Python 3.11 removed, as `types.coroutine`, and an import of `urllib.parse`, which it uses but
does not import.
"""

import asyncio
import types
import urllib.parse  # noqa: F401 - for aioesl, which says only `import urllib`

asyncio.coroutine = types.coroutine

import aioesl  # noqa: E402 - the shim must stand first
from meter import arguments  # noqa: E402


async def run() -> None:
    """Take events until the replay ends."""
    _, port, meter = arguments()
    loop = asyncio.get_running_loop()
    ready, ended = asyncio.Event(), asyncio.Event()

    class Client(aioesl.EventProtocol):
        async def auth_request(self, event: dict) -> None:
            ready.set()

        def unbound_event(self, event: dict, name: str) -> None:
            if meter.event(event.get("Event-Name")):
                ended.set()

    _, client = await loop.create_connection(lambda: Client(loop=loop), "127.0.0.1", port)
    await ready.wait()
    await client.auth("ClueCon")
    meter.start()
    await client.eventplain("ALL")
    await ended.wait()
    client._is_server = True  # or it would reconnect in two minutes
    client.transport.close()
    await asyncio.sleep(0)


asyncio.run(run())
