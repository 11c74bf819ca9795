"""Headers that keep a browser from doing what no page of ours asks for, and a limit of bodies."""

from collections.abc import Sequence

from fastapi import HTTPException
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def content_policy(connect_also: Sequence[str] = ()) -> str:
    """The Content-Security-Policy. `connect_also` are origins of the browser's telephone, such as
    wss://switch.example.com:7443."""
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("connect-src 'self'", *connect_also)),
            "img-src 'self' data:",
            "media-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class SecurityHeaders:
    """ASGI middleware: adds the headers to every answer."""

    def __init__(
        self, app: ASGIApp, *, public_url: str = "", connect_also: Sequence[str] = ()
    ) -> None:
        self._app = app
        self._is_public_secure = public_url.startswith("https:")
        self._headers = {
            "Content-Security-Policy": content_policy(connect_also),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_secure = scope.get("scheme") == "https" or self._is_public_secure

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if is_secure:
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        await self._app(scope, receive, send_with_headers)


BODY_BYTES_MAX = 2_000_000
"""Of a form or of a page's JSON. The interface for programs takes lists, and limits its own."""


class BodyLimit:
    """ASGI middleware: a body that is too large for any page is not read to its end."""

    def __init__(self, app: ASGIApp, *, unlimited: str) -> None:
        """Paths that begin with `unlimited` are left alone."""
        self._app = app
        self._unlimited = unlimited

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(self._unlimited):
            await self._app(scope, receive, send)
            return
        seen = 0

        async def receive_so_much() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > BODY_BYTES_MAX:
                raise HTTPException(413, f"A form has at most {BODY_BYTES_MAX:,} bytes.")
            return message

        await self._app(scope, receive_so_much, send)
