"""What the application holds for its pages, in one object on `app.state.desk`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from fastapi.requests import HTTPConnection

from campaigns.store.sessions import SessionLimits
from campaigns.store.store import Store


@dataclass(slots=True, kw_only=True)
class DeskState:
    """The application's own things."""

    store: Store
    now: Callable[[], datetime]
    """The dialer's clock: calls, callbacks, shifts. In the demo it runs faster than the world."""
    wall: Callable[[], datetime]
    """The clock on the wall: sign-ins and sessions."""
    zone: str = "UTC"
    """For people whose account names none."""
    public_url: str = ""
    """The address people know it by, when a proxy stands before it."""
    limits: SessionLimits = field(default_factory=SessionLimits)


def state_of(connection: HTTPConnection) -> DeskState:
    """The application's state, from a request or a WebSocket."""
    state: DeskState = connection.app.state.desk
    return state
