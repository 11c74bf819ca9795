"""switchio: a connection and its queue of events; each a dictionary.

It was written for Python 3.5 to 3.9. Supplied here, before it is imported: `asyncio.Queue` and
`asyncio.wait_for` that ignore the argument `loop`, which Python 3.10 removed, and
`asyncio.coroutine`, which 3.11 removed, as `types.coroutine`.
"""

import asyncio
import types

from meter import arguments

_Queue, _wait_for = asyncio.Queue, asyncio.wait_for


class _QueueWithLoop(_Queue):
    def __init__(self, maxsize: int = 0, *, loop: object = None) -> None:
        super().__init__(maxsize)


async def _wait_for_with_loop(
    awaitable: object,
    timeout: float,  # noqa: ASYNC109 - the signature of asyncio.wait_for
    *,
    loop: object = None,
) -> object:
    return await _wait_for(awaitable, timeout)


asyncio.Queue = _QueueWithLoop
asyncio.wait_for = _wait_for_with_loop
asyncio.coroutine = types.coroutine

from switchio.connection import get_connection  # noqa: E402 - the shims must stand first


async def run() -> None:
    """Take events until the replay ends."""
    kind, port, meter = arguments()
    loop = asyncio.get_running_loop()
    connection = get_connection("127.0.0.1", port=port, password="ClueCon", loop=loop)
    await connection.connect(loop=loop, block=False)
    connection.protocol.autorecon = False
    meter.start()
    await connection.subscribe(["ALL"], fmt=kind)
    while True:
        event = await connection.recv_event()
        if meter.event(event.get("Event-Name")):
            return


asyncio.run(run())
