"""The same answer to the same request: the header Idempotency-Key.

A program that lost an answer asks again with the key it used, and nothing is done twice. The answer
comes back as it was, with `Idempotent-Replayed: true`.
"""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import UploadFile

from campaigns.store.api_requests import ApiRequests, KeptAnswer, Taking
from campaigns.store.tokens import Token

HEADER = "Idempotency-Key"
KEY_CHARS_MAX = 200
FORM = "multipart/form-data"
REPLAYED = "Idempotent-Replayed"
_KEPT_HEADERS = ("content-type", "location", "etag")
_BUSY_SECONDS = 2
_CHUNK_BYTES = 1 << 20

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class KeptRoute(APIRoute):
    """A route that keeps its answers to POSTs with a key."""

    def get_route_handler(self) -> Handler:
        """The handler, with the keeping around it."""
        handle = super().get_route_handler()

        async def kept(request: Request) -> Response:
            key = request.headers.get(HEADER)
            token: Token | None = getattr(request.state, "token", None)
            if key is None or token is None or request.method != "POST":
                return await handle(request)
            _require_key(key)
            try:
                return await _once(request, token, key, handle)
            finally:
                # The files of a form, also of one that was not handled.
                await request.close()

        return kept


async def _once(request: Request, token: Token, key: str, handle: Handler) -> Response:
    """Handle the request and keep what is answered, unless it is refused; or answer as before."""
    requests: ApiRequests = request.app.state.store.api_requests
    fingerprint = await _fingerprint(request)
    taken = await requests.take(token.id, key, fingerprint, now=request.app.state.now())
    match taken:
        case None:
            return await _first(request, requests, token.id, key, handle)
        case KeptAnswer():
            return Response(
                content=taken.body,
                status_code=taken.status,
                headers=dict(taken.headers) | {REPLAYED: "true"},
            )
        case Taking.OTHER:
            raise HTTPException(
                422,
                f"This {HEADER} was used for another request. Use a new key for each request, and "
                "the same one only to repeat it.",
            )
        case Taking.BUSY:
            raise HTTPException(
                409,
                "The request with this key is being worked on. Ask again in a moment.",
                headers={"Retry-After": str(_BUSY_SECONDS)},
            )


async def _first(
    request: Request, requests: ApiRequests, token_id: int, key: str, handle: Handler
) -> Response:
    try:
        response = await handle(request)
    except BaseException:
        # Refused, and nothing was changed: the next try may succeed.
        await requests.drop(token_id, key)
        raise
    await requests.keep(token_id, key, _answer(response))
    return response


async def _fingerprint(request: Request) -> str:
    """What makes two requests the same. Raises HTTPException for a form that cannot be read."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == FORM:
        # Not the bytes as they came: each try sets its own boundary between the same parts. What
        # was read of the request stays with it, for the handler.
        body = await asyncio.to_thread(_form_digest, (await request.form()).multi_items())
    else:
        body = await request.body()
    return _digest(request.url.path.encode(), request.url.query.encode(), media_type.encode(), body)


def _form_digest(parts: Sequence[tuple[str, UploadFile | str]]) -> bytes:
    """Of the names and contents of a form's parts. Blocks: a file of 100 MB takes some tenths of a
    second."""
    digest = hashlib.sha256()
    for name, value in parts:
        if isinstance(value, str):
            digest.update(_digest(b"word", _bytes(name), _bytes(value)).encode())
            continue
        value.file.seek(0)
        content = hashlib.sha256()
        while chunk := value.file.read(_CHUNK_BYTES):
            content.update(chunk)
        value.file.seek(0)
        file_name = _bytes(value.filename or "")
        digest.update(_digest(b"file", _bytes(name), file_name, content.digest()).encode())
    return digest.digest()


def _bytes(text: str) -> bytes:
    # The sender chose the form's charset, and some can spell halves of characters.
    return text.encode(errors="surrogatepass")


def _digest(*parts: bytes) -> str:
    """Of parts that stay apart, wherever one ends."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _answer(response: Response) -> KeptAnswer:
    headers = {
        name: value for name in _KEPT_HEADERS if (value := response.headers.get(name)) is not None
    }
    body = bytes(response.body).decode()
    return KeptAnswer(status=response.status_code, headers=headers, body=body)


def _require_key(key: str) -> None:
    if not 1 <= len(key) <= KEY_CHARS_MAX or not key.isascii() or not key.isprintable():
        raise HTTPException(
            422,
            f"{HEADER} has 1 to {KEY_CHARS_MAX} printable ASCII characters; a random UUID is best.",
        )
