"""Headless pages: WebSockets that do what the page does, and note when a call could be read.

Runs in a process of its own. Reads one JSON object from standard input (url, tokens, seconds), says
`connected` when all pages have their picture, and at the end prints what they saw.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect

CONNECT_AT_ONCE = 20
"""Pages that connect together: a floor comes to work over some minutes."""


@dataclass(slots=True)
class Page:
    """One agent's page."""

    seq: int | None = None
    gaps: int = 0
    bytes: int = 0
    delays: list[float] = field(default_factory=list)
    """Seconds from the bridge until state and record were both here."""
    sections: dict[str, object] = field(default_factory=dict)
    counted: str | None = None

    def take(self, text: str, at: float) -> None:
        """One message."""
        self.bytes += len(text)
        message = json.loads(text)
        if message["type"] == "full":
            self.seq, self.sections = message["seq"], message["set"]
            # A call that was there before the page has no beginning that it saw.
            self.counted = _call_of(self.sections)
            return
        if message["type"] != "change":
            return
        self.gaps += message["seq"] != (self.seq or 0) + 1
        self.seq = message["seq"]
        self.sections |= message["set"]
        call = _call_of(self.sections)
        if call is not None and call != self.counted:
            self.counted = call
            self.delays.append(time.time() - float(self.sections["agent"]["since"]))  # type: ignore[index]
        del at


def _call_of(sections: dict[str, object]) -> str | None:
    """The call that can be read: bridged, and its record whole on the screen."""
    agent, card = sections.get("agent"), sections.get("card")
    if not isinstance(agent, dict) or not isinstance(card, dict):
        return None
    if agent.get("state") != "talking" or "fields" not in card:
        return None
    return str(card["call"])


async def serve(page: Page, socket: ClientConnection) -> None:
    """Take everything that comes."""
    async for text in socket:
        page.take(str(text), time.time())


async def run(url: str, tokens: list[str], seconds: float) -> dict[str, object]:
    """Connect them all, listen for so long, and say what was seen."""
    pages = [Page() for _ in tokens]
    gate = asyncio.Semaphore(CONNECT_AT_ONCE)
    sockets: list[ClientConnection] = []

    async def open_page(page: Page, token: str) -> asyncio.Task[None]:
        async with gate:
            socket = await connect(
                url.replace("http", "ws", 1) + "/agent/live",
                additional_headers={"Cookie": f"dialer={token}"},
                origin=url,  # type: ignore[arg-type]
                max_size=None,
                compression=None,
            )
            sockets.append(socket)
            page.take(str(await socket.recv()), time.time())
        return asyncio.create_task(serve(page, socket))

    tasks = await asyncio.gather(
        *(open_page(page, token) for page, token in zip(pages, tokens, strict=True))
    )
    sys.stdout.write("connected\n")
    sys.stdout.flush()
    await asyncio.sleep(seconds)
    lost = sum(task.done() for task in tasks)
    for socket in sockets:
        await socket.close()
    await asyncio.gather(*tasks, return_exceptions=True)
    return {
        "delays": [delay for page in pages for delay in page.delays],
        "gaps": sum(page.gaps for page in pages),
        "lost": lost,
        "bytes": sum(page.bytes for page in pages),
    }


def main() -> None:
    """As the head of this file says."""
    asked = json.loads(sys.stdin.readline())
    seen = asyncio.run(run(asked["url"], asked["tokens"], asked["seconds"]))
    sys.stdout.write(json.dumps(seen) + "\n")


if __name__ == "__main__":
    main()
