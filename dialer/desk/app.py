"""The web application, over a store and a clock."""

import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI
from starlette.types import ASGIApp

from campaigns.store.sessions import SessionLimits
from campaigns.store.store import Store
from campaigns.webhooks import Network
from dialer.desk import (
    admin,
    agent,
    board,
    directory,
    quality,
    scripting,
    static_files,
    surveys,
)
from dialer.desk.agent.hub import AgentHub
from dialer.desk.api.api import add_api
from dialer.desk.board.live import LiveBoard
from dialer.desk.client_view import pages as client_pages
from dialer.desk.client_view import recordings as client_recordings
from dialer.desk.desk_state import DeskState
from dialer.desk.floor import LiveFloor
from dialer.desk.people import account, sign_in
from dialer.desk.problems import say_problems
from dialer.desk.quality.sound_files import RecordingFolder
from dialer.desk.routes import paths_of
from dialer.desk.security import BodyLimit, SecurityHeaders


class Desk(FastAPI):
    """Every answer has the security headers, that of a fault too."""

    public_url = ""
    connect_also: Sequence[str] = ()

    def build_middleware_stack(self) -> ASGIApp:
        """FastAPI's own, inside ours."""
        limited = BodyLimit(super().build_middleware_stack(), unlimited="/api/")
        return SecurityHeaders(limited, public_url=self.public_url, connect_also=self.connect_also)


def build_app(
    store: Store,
    now: Callable[[], datetime],
    *,
    switch_password: str = "",
    wall: Callable[[], datetime] | None = None,
    floor: LiveFloor | None = None,
    board_live: LiveBoard | None = None,
    zone: str = "UTC",
    public_url: str = "",
    limits: SessionLimits | None = None,
    connect_also: Sequence[str] = (),
    recordings: Path | None = None,
    other_switches: Sequence[str] = (),
    webhook_networks: Collection[Network] = (),
    api_clock: Callable[[], float] = time.monotonic,
    phone_url: str = "",
) -> FastAPI:
    """The application; `now` gives aware datetimes by the dialer's clock, `wall` by the one on the
    wall, which sessions go by (None: the same).

    `switch_password` is what the switch asks with for the agents' telephones; without one it is not
    answered. `floor` is the running service, `board_live` what its boards show, `public_url` the
    address people know the desk by.
    `connect_also` are origins that pages may open WebSockets to beside ours. `recordings` is the
    folder of recorded calls, as this machine sees it, and `other_switches` those whose files may
    lie on another machine; `webhook_networks` are private networks that webhooks may be sent into;
    `api_clock` a steady clock in seconds, for the rate limit of programs. `phone_url` is where
    browsers' telephones reach the switch.
    """
    app = Desk(
        title="Predictive dialer",
        version="1",
        # The interface serves its own description; the pages for trying things out load scripts
        # from elsewhere.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.public_url, app.connect_also = public_url, connect_also
    app.state.store = store
    app.state.now = now
    app.state.switch_password = switch_password
    app.state.floor = floor
    app.state.phone_url = phone_url
    app.state.agent_hub = None
    if floor is not None:
        app.state.agent_hub = AgentHub(store, floor)
        floor.observe(app.state.agent_hub)
    app.state.board = board_live
    app.state.recording_folder = recordings and RecordingFolder(
        folder=recordings, elsewhere=tuple(other_switches)
    )
    app.state.desk = DeskState(
        store=store,
        now=now,
        wall=wall or now,
        zone=zone,
        public_url=public_url,
        limits=limits or SessionLimits(),
    )
    say_problems(app)
    add_api(app, recordings=recordings, webhook_networks=webhook_networks, clock=api_clock)
    app.include_router(directory.router)
    app.include_router(static_files.router)
    app.mount("/static", static_files.static_files(), name="static")
    app.include_router(sign_in.router)
    app.include_router(account.router)
    app.include_router(client_pages.router)
    app.include_router(surveys.router)
    app.include_router(scripting.router)
    app.include_router(client_recordings.router)
    for router in (*agent.ROUTERS, *admin.ROUTERS, *quality.ROUTERS, *board.ROUTERS):
        app.include_router(router)
    app.state.paths = paths_of(app)
    return app
