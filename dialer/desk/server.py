"""Serves the web application on the service's own event loop."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from fastapi import FastAPI

from dialer.errors import SettingsError

SHUTDOWN_SECONDS_MAX = 3
"""Requests still being answered at the end get so long; each takes some milliseconds."""
CONNECTIONS_MAX = 1000
"""A floor of a few hundred desks and the programs beside them; more is answered with 503."""

WEBSOCKET_BYTES_MAX = 262_144
"""A message of a page is some hundred bytes; a note with its whole text some thousands."""


class _Server(uvicorn.Server):
    """One that leaves the signals to the service, and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


@contextlib.asynccontextmanager
async def web_server(
    app: FastAPI, *, host: str, port: int, trusted_proxies: str = "127.0.0.1"
) -> AsyncIterator[tuple[str, int]]:
    """Serve `app` while the block runs; yields (host, port), the port chosen when it was 0.

    Who the browser is and whether it speaks TLS is believed of `trusted_proxies`, comma between.
    Raises SettingsError when the address cannot be had.
    """
    listener = _listen(host, port)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=trusted_proxies,
        ws="websockets-sansio",
        ws_max_size=WEBSOCKET_BYTES_MAX,
        limit_concurrency=CONNECTIONS_MAX,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS_MAX,
    )
    server = _Server(config)
    with listener:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(server.serve(sockets=[listener]), name="web server")
                await server.listens.wait()
                try:
                    yield host, listener.getsockname()[1]
                finally:
                    server.should_exit = True
        except BaseExceptionGroup as errors:
            # What the block raised is the block's own business, not an error among the server's.
            raise errors.exceptions[0] from None


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise SettingsError(
            f"Pages cannot be served on {host} port {port}: {error.strerror or error}. "
            "Set web.port to a free port, to 0 for any, or web.enabled to false."
        ) from error
    return listener
