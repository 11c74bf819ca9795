"""Before anything under /api/v1 is read: who asks, how often, and how much may be sent.

It stands before the application, so that a stranger's body is not even taken in, and so that all
paths are behind it, those that are not there too.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi import HTTPException
from fastapi.security.utils import get_authorization_scheme_param
from starlette.datastructures import Headers
from starlette.responses import Response

from campaigns.store.errors import DatabaseUnavailable
from campaigns.store.tokens import Token
from dialer.desk.api.rates import PER_SECOND, Rates
from dialer.desk.asking import WITHOUT_ONE
from dialer.desk.problems import database_is_away, problem

BODY_BYTES_MAX = 2_000_000
"""A thousand leads with their columns are some hundred kilobytes."""
FILE_BYTES_MAX = 100_000_000
"""A list of half a million people with ten columns."""
_FILES = "/uploads"
_OPEN = ("/openapi.json",)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class Gate:
    """ASGI middleware for the paths under `prefix`."""

    def __init__(self, app: Application, *, prefix: str, clock: Callable[[], float]) -> None:
        self._app = app
        self._prefix = prefix
        self._clock = clock
        self.rates = Rates()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Let the request through, or answer it."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not f"{path}/".startswith(f"{self._prefix}/"):
            await self._app(scope, receive, send)
            return
        if path.removeprefix(self._prefix) in _OPEN:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            token = await self._token(scope, headers)
        except DatabaseUnavailable as error:
            await database_is_away(scope["method"], path, error)(scope, receive, send)
            return
        refusal = self._refusal(token, headers, path)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        scope.setdefault("state", {})["token"] = token
        await self._app(scope, _bounded(receive, _bound(path)), send)

    async def _token(self, scope: MutableMapping[str, Any], headers: Headers) -> Token | None:
        scheme, secret = get_authorization_scheme_param(headers.get("authorization"))
        if scheme.lower() != "bearer" or not secret:
            return None
        state = scope["app"].state
        token: Token | None = await state.store.tokens.find(secret, now=state.now())
        return token

    def _refusal(self, token: Token | None, headers: Headers, path: str) -> Response | None:
        if token is None:
            return problem(401, WITHOUT_ONE, headers={"WWW-Authenticate": "Bearer"})
        wait_seconds = self.rates.wait_seconds(token.id, now=self._clock())
        if wait_seconds:
            return problem(
                429,
                f"This token asks more than {PER_SECOND:g} times a second. Wait as long as "
                "Retry-After says.",
                headers={"Retry-After": str(wait_seconds)},
            )
        length = headers.get("content-length", "0")
        if length.isascii() and length.isdigit() and int(length) > _bound(path):
            return problem(413, _too_long(_bound(path)))
        return None


def _bound(path: str) -> int:
    return FILE_BYTES_MAX if path.endswith(_FILES) else BODY_BYTES_MAX


def _too_long(most: int) -> str:
    return f"At most {most:,} bytes are read. Send fewer leads at once, or a smaller file."


def _bounded(receive: Receive, most: int) -> Receive:
    """The same body, or an error as soon as it is too long."""
    got = 0

    async def bounded() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > most:
            raise HTTPException(413, _too_long(most))
        return message

    return bounded
