"""Page by page through long lists, by where the last page ended and not by counting rows.

A cursor names the last item that was given. Rows that come or go meanwhile make no item come twice
or be missed, and the thousandth page costs what the first does.
"""

import base64
import binascii
import json
from typing import Generic, TypeVar

from fastapi import HTTPException, Request
from pydantic import BaseModel, Field

T = TypeVar("T")
LIMIT_MAX = 500


class Page(BaseModel, Generic[T]):
    """Some of a list, and how to get at the rest."""

    items: list[T]
    next_cursor: str | None = Field(
        description="For the parameter `cursor` of the next request; null on the last page."
    )
    next: str | None = Field(
        description="The path and query of the next page; null on the last one.",
        examples=["/api/v1/leads?limit=100&cursor=WzQ3MTFd"],
    )


def page_of(request: Request, items: list[T], *, most: int, last: object) -> Page[T]:
    """A page of `most` items out of `items`, which has one more where there is a next page.

    `last` gives the cursor's words for the last item shown.
    """
    assert callable(last)
    shown = items[:most]
    cursor = write_cursor(*last(shown[-1])) if len(items) > most else None
    return Page(items=shown, next_cursor=cursor, next=link(request, cursor))


def link(request: Request, cursor: str | None) -> str | None:
    """The same request, from there on."""
    if cursor is None:
        return None
    url = request.url.include_query_params(cursor=cursor)
    return f"{url.path}?{url.query}"


def write_cursor(*words: str | int) -> str:
    """The words as one opaque text."""
    plain = json.dumps(words, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def read_cursor(cursor: str | None, *kinds: type[int] | type[str]) -> list[int | str] | None:
    """The words of a cursor, which are of these kinds; None for the first page. Raises 422."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        words = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        words = None
    is_ours = (
        isinstance(words, list)
        and len(words) == len(kinds)
        and all(type(word) is kind for word, kind in zip(words, kinds, strict=True))
        and all(-1 <= word < 2**63 for word in words if isinstance(word, int))
        and all("\0" not in word and word.isprintable() for word in words if isinstance(word, str))
    )
    if not is_ours:
        raise HTTPException(
            422, "cursor is none of ours. Give next_cursor of the page before, or none at all."
        )
    assert isinstance(words, list)
    return words


def read_after(cursor: str | None) -> int:
    """The number in a cursor of one; 0 for the first page."""
    words = read_cursor(cursor, int)
    return int(words[0]) if words else 0
