"""The desk as a part of the running service."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from babel.localtime import get_localzone

from campaigns.store.sessions import SessionLimits
from campaigns.store.store import Store
from dialer.desk.app import build_app
from dialer.desk.board.live import LiveBoard
from dialer.desk.floor import LiveFloor
from dialer.desk.server import web_server
from dialer.runtime.clock import Clock
from dialer.runtime.instants import to_datetime
from dialer.runtime.recording_files import LOCAL_HOSTS
from dialer.settings import Settings


@asynccontextmanager
async def serving(
    settings: Settings,
    store: Store,
    clock: Clock,
    floor: LiveFloor,
    *,
    on_alarms: Callable[[Sequence[tuple[str, str]]], None],
) -> AsyncIterator[tuple[str, int]]:
    """Serve the desk while the block runs; yields (host, port).

    `on_alarms` is told of the alarms that stand: kind and level of each.
    """
    web = settings.web
    zone = web.zone or machine_zone()
    board = LiveBoard(
        store,
        floor,
        settings=settings.alarms,
        zone=zone,
        on_alarms=lambda found: on_alarms([(one.kind, one.level) for one in found]),
    )
    app = build_app(
        store,
        lambda: to_datetime(clock.now()),
        switch_password=web.switch_password,
        wall=lambda: datetime.now(UTC),
        floor=floor,
        board_live=board,
        zone=zone,
        public_url=web.public_url,
        recordings=settings.files.recordings,
        other_switches=[each.name for each in settings.nodes if each.host not in LOCAL_HOSTS],
        webhook_networks=web.webhook_networks,
        limits=SessionLimits(
            idle=timedelta(minutes=web.idle_minutes), absolute=timedelta(hours=web.session_hours)
        ),
        connect_also=origins_of(web.phone_url),
        phone_url=web.phone_url,
    )
    hub = app.state.agent_hub
    serve = web_server(app, host=web.host, port=web.port, trusted_proxies=web.trusted_proxies)
    looking = asyncio.create_task(board.run(), name="board")
    try:
        async with serve as where:
            yield where
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        floor.unobserve(hub)
        await hub.aclose()


def origins_of(phone_url: str) -> list[str]:
    """What a page must be allowed to connect to for its telephone; nothing for a path of ours."""
    parts = urlsplit(phone_url)
    return [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else []


def machine_zone() -> str:
    """The name of this machine's time zone; UTC where it has none that can be named."""
    return str(getattr(get_localzone(), "key", "UTC"))
