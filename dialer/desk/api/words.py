"""Values as they come in over HTTP, bounded so that whatever is sent is either meant or refused."""

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from campaigns.phone_numbers import BadNumber, is_region, parse

ID_MAX = 2**63 - 1
"""Of PostgreSQL's bigint."""
CLEAN = r"^[^\x00]*$"
"""PostgreSQL's text holds no NUL."""
YEARS = (1970, 2200)
_SPACERS = re.compile(r"[\s().\-/]")


def _sane(at: datetime) -> datetime:
    if not YEARS[0] < at.year < YEARS[1]:
        raise ValueError(f"a moment between the years {YEARS[0]} and {YEARS[1]} is wanted")
    return at.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_sane)]
"""An instant with its offset, such as 2026-03-02T15:00:00Z."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=CLEAN)]
Note = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=CLEAN)]
RowId = Annotated[int, Path(ge=1, le=ID_MAX)]
NamePath = Annotated[str, Path(min_length=1, max_length=200, pattern=CLEAN)]
CallId = Annotated[
    str,
    Path(
        description="The id of a call, as results and calls give it.",
        pattern="^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        examples=["018f3a52-7c1e-4d2b-9a53-0d5c7c0f0a11"],
    ),
]
Cursor = Annotated[
    str | None,
    Query(
        description="Where to go on: `next_cursor` of the page before. Opaque; keep it as it is.",
        max_length=300,
        pattern=CLEAN,
    ),
]


class BadInput(ValueError):  # noqa: N818 - read at the call as "number or BadInput"
    """A value that cannot be meant; the message names it without repeating it."""


def e164(written: str, region: str | None) -> str:
    """The number in E.164. One with its + is taken as it stands: a wish not to be called holds for
    unassigned numbers too. Raises BadInput."""
    clean = _SPACERS.sub("", written)
    if re.fullmatch(r"\+[0-9]{7,15}", clean, flags=re.ASCII):
        return clean
    country = (region or "").upper()
    if not is_region(country):
        raise BadInput(
            "number is not written with + and country code, such as +12025550100, and region is "
            "not a two-letter country, such as US."
        )
    try:
        return parse(written, country).e164
    except BadNumber as error:
        raise BadInput(f"number {error}.") from error


Numbered = Annotated[
    str,
    Field(
        description="With its country code, as +12025550100, or as `region` writes it.",
        min_length=1,
        max_length=64,
        examples=["+12025550100"],
    ),
]
Region = Annotated[
    str | None,
    Field(
        description="Two-letter country of a number without its +.", max_length=64, examples=["US"]
    ),
]
