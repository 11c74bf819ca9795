"""Serves /metrics beside the event loop, and stops without leaving a thread or a socket behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry, start_http_server

from dialer.errors import SettingsError


@asynccontextmanager
async def metrics_server(
    registry: CollectorRegistry, *, host: str, port: int
) -> AsyncIterator[tuple[str, int]]:
    """Serve `registry` while the block runs; yields (host, port), the port chosen when it was 0.

    Raises SettingsError when the address cannot be had.
    """
    try:
        server, thread = start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        raise SettingsError(
            f"Metrics cannot be served on {host} port {port}: {error.strerror or error}. "
            "Set metrics.port to a free port, to 0 for any, or metrics.enabled to false."
        ) from error
    try:
        yield host, server.server_port
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        await asyncio.to_thread(thread.join)
