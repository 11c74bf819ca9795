"""Who may do what: the person behind a request, and the guards every route has one of.

    person: Annotated[Person, Depends(person_for(Role.SUPERVISOR))]     pages, and JSON they read
    person: Annotated[Person, Depends(acting_person(Role.SUPERVISOR))]  whatever changes something
    person = await socket_person(websocket, Role.AGENT)                 WebSockets, before accept()

Without a role named, everybody who is signed in may. An administrator may do what supervisor and
quality may. A route without a guard is found by a test and refused there.
"""

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from fastapi.requests import HTTPConnection
from fastapi.websockets import WebSocket
from starlette.exceptions import WebSocketException

from campaigns.roles import Role
from campaigns.store.sessions import UserSession
from dialer.desk.desk_state import state_of
from dialer.desk.words import best_language

__all__ = [
    "Person",
    "Role",
    "acting_person",
    "as_guard",
    "csrf_of",
    "ends_with_session",
    "person_for",
    "socket_person",
]

COOKIE = "dialer"
SECURE_COOKIE = "__Host-dialer"
"""The browser itself refuses it from anywhere but this host, over TLS."""
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"
SIGNED_OUT = 4401
"""Close code of a WebSocket whose session is over: the page goes to the sign-in."""
SESSION_LOOK_SECONDS = 15.0
"""How often an open WebSocket's session is looked at: so long a disabled account may still read."""
_Check = TypeVar("_Check", bound=Callable[..., object])
_ABOVE = {Role.SUPERVISOR: Role.ADMINISTRATOR, Role.QUALITY: Role.ADMINISTRATOR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is signed in."""

    user_id: int
    name: str
    role: Role
    language: str
    """One of `campaigns.roles.LANGUAGES`."""
    zone: str
    """IANA name of the time zone they read in."""
    agent_id: int | None = None
    agent_name: str | None = None
    client_id: int | None = None
    client_name: str | None = None
    session_id: int = 0
    is_provisional: bool = False
    """They must choose a password of their own before anything else."""

    @property
    def by(self) -> str:
        """How they stand in the audit log."""
        return f"user {self.name}"

    def is_one_of(self, *roles: Role) -> bool:
        """True when one of the roles is theirs, or is below theirs; always without any."""
        return not roles or any(self.role in (role, _ABOVE.get(role)) for role in roles)


class SignInNeeded(Exception):  # noqa: N818 - an answer, not a failure
    """Nobody is signed in: pages go to the sign-in, programs are told 401."""


class PasswordNeeded(Exception):  # noqa: N818 - as above
    """A password of their own is to be chosen first."""


def person_for(*roles: Role) -> Callable[..., Awaitable[Person]]:
    """A dependency: the signed-in person, of one of these roles. Others find no such page (404)."""

    async def check(request: Request) -> Person:
        person = await _signed_in(request)
        if not person.is_one_of(*roles):
            raise HTTPException(404, "There is no such page, or it is not for your account.")
        return person

    return as_guard(check)


def acting_person(*roles: Role) -> Callable[..., Awaitable[Person]]:
    """A dependency for what changes something: also wants the CSRF token of the session, in the
    header X-CSRF-Token or the form field `csrf`, and the browser's word that a page of ours asks.
    """

    async def check(request: Request) -> Person:
        person = await _signed_in(request)
        if not is_same_origin(request) or not await _has_csrf(request):
            raise HTTPException(
                403, "The request does not come from a page of yours. Load the page again, then "
                "do it once more.",
            )  # fmt: skip
        if not person.is_one_of(*roles):
            raise HTTPException(403, "Your account may not do that.")
        return person

    return as_guard(check)


async def socket_person(websocket: WebSocket, *roles: Role) -> Person:
    """The signed-in person at the other end of a WebSocket; call it before `accept`.

    Raises WebSocketException, which closes it: 4401 without a session, 4403 for another origin or
    role. Hold it open in `async with ends_with_session(websocket)`.
    """
    if not is_same_origin(websocket):
        raise WebSocketException(4403, "not from a page of ours")
    try:
        person = await _signed_in(websocket)
    except (SignInNeeded, PasswordNeeded):
        raise WebSocketException(SIGNED_OUT, "sign in") from None
    if not person.is_one_of(*roles):
        raise WebSocketException(4403, "not for this account")
    return person


@asynccontextmanager
async def ends_with_session(websocket: WebSocket) -> AsyncIterator[None]:
    """While the block runs, look at the session: close with 4401 when it is over.

    An open socket is a sign of life, so a person on shift is not signed out for being quiet.
    """

    async def watch() -> None:
        while True:
            await asyncio.sleep(SESSION_LOOK_SECONDS)
            if await session_of(websocket) is None:
                with suppress(RuntimeError):
                    await websocket.close(SIGNED_OUT, "signed out")
                return

    task = asyncio.create_task(watch(), name="session of a socket")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def session_of(connection: HTTPConnection) -> UserSession | None:
    """The open session of the request's cookie, if it has one."""
    token = token_of(connection)
    if not token:
        return None
    desk = state_of(connection)
    return await desk.store.sessions.find(token, limits=desk.limits, now=desk.wall())


def token_of(connection: HTTPConnection) -> str:
    """What the browser holds; empty for a stranger."""
    return connection.cookies.get(cookie_name(connection), "")


def cookie_name(connection: HTTPConnection) -> str:
    """By the connection: the strict name needs TLS."""
    return SECURE_COOKIE if is_secure(connection) else COOKIE


def is_secure(connection: HTTPConnection) -> bool:
    """True when the browser speaks TLS, to us or to the proxy before us."""
    return connection.url.scheme in ("https", "wss") or state_of(connection).public_url.startswith(
        "https:"
    )


def csrf_of(connection: HTTPConnection) -> str:
    """The CSRF token of the request's session: made from it, so that it ends with it."""
    return hmac.digest(token_of(connection).encode(), b"csrf", "sha256").hex()


def is_same_origin(connection: HTTPConnection) -> bool:
    """False when the browser says that a page of another origin asks. WebSockets must say it."""
    site = connection.headers.get("sec-fetch-site")
    origin = connection.headers.get("origin")
    if origin is None:
        # No browser sends a WebSocket or a POST without one; httpx and curl do.
        return connection.scope["type"] == "http" and site in (None, "same-origin", "none")
    public = state_of(connection).public_url
    hosts = {connection.headers.get("host", "")} | ({urlsplit(public).netloc} if public else set())
    return urlsplit(origin).netloc in hosts and site in (None, "same-origin", "none")


async def _signed_in(connection: HTTPConnection) -> Person:
    session = await session_of(connection)
    if session is None:
        raise SignInNeeded
    person = person_of(session, connection)
    connection.state.person = person
    if person.is_provisional and not connection.url.path.startswith("/account"):
        raise PasswordNeeded
    return person


def person_of(session: UserSession, connection: HTTPConnection) -> Person:
    """The person as pages know them."""
    user, desk = session.user, state_of(connection)
    return Person(
        user_id=user.id,
        name=user.name,
        role=user.role,
        language=user.language or best_language(connection.headers.get("accept-language", "")),
        zone=user.zone or desk.zone,
        agent_id=user.agent_id,
        agent_name=user.agent,
        client_id=user.client_id,
        client_name=user.client,
        session_id=session.id,
        is_provisional=user.is_provisional,
    )


async def _has_csrf(request: Request) -> bool:
    given = request.headers.get(CSRF_HEADER, "")
    if not given and "form" in request.headers.get("content-type", ""):
        field = (await request.form()).get(CSRF_FIELD)
        given = field if isinstance(field, str) else ""
    return hmac.compare_digest(given.encode(), csrf_of(request).encode())


def as_guard(check: _Check) -> _Check:
    """Mark a dependency that refuses strangers, so that the walk through all routes knows it."""
    check.is_guard = True  # type: ignore[attr-defined]
    return check
