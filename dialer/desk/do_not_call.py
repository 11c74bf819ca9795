"""People who ask not to be called, told by another program."""

import re
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Response
from pydantic import BaseModel, Field

from campaigns.phone_numbers import BadNumber, is_region, parse
from campaigns.store.do_not_call import ListScope
from campaigns.store.tokens import Scope, Token
from dialer.desk.asking import Now, StoreHere, token_for
from dialer.desk.problems import answers

router = APIRouter(tags=["do-not-call"])

CENTRE_LIST = "api"
"""The list of a token that speaks for the call centre itself: it holds for all calls."""
_SPACERS = re.compile(r"[\s().\-/]")


class OptOut(BaseModel, extra="forbid"):
    """A person who asks not to be called."""

    number: str = Field(
        description="With its country code, as +12025550100, or as `region` writes it.",
        min_length=1,
        max_length=64,
        examples=["+12025550100"],
    )
    region: str | None = Field(
        default=None, description="Two-letter country of a number without its +.", examples=["US"]
    )
    reason: str = Field(
        default="asked over the API",
        description="How it became known; kept as evidence.",
        min_length=1,
        max_length=500,
        # PostgreSQL's text holds no NUL.
        pattern=r"^[^\x00]*$",
    )


class Forbidden(BaseModel):
    """The number as it is forbidden now."""

    number: str
    list: str
    is_new: bool = Field(description="False when the list had it before: that entry is kept.")
    at: datetime


@router.post(
    "/do-not-call",
    status_code=201,
    response_model=Forbidden,
    summary="Forbid a number",
    responses={
        200: {"model": Forbidden, "description": "It was forbidden before."},
        **answers(401, 403, 422, 503),
    },
)
async def forbid(
    wanted: OptOut,
    response: Response,
    store: StoreHere,
    now: Now,
    token: Annotated[Token, Depends(token_for(Scope.DO_NOT_CALL_WRITE))],
) -> Forbidden:
    """Holds from the moment of the answer: no attempt is written on the number after it.

    A client's token forbids the number for that client's campaigns, the call centre's own for all.
    Saying it twice changes nothing.
    """
    number = _in_e164(wanted)
    list_name = CENTRE_LIST if token.client is None else f"{CENTRE_LIST} {token.client}"
    scope = ListScope() if token.client is None else ListScope(kind="client", client=token.client)
    is_new = await store.do_not_call.add(
        number,
        list_name=list_name,
        by=f"token {token.name}",
        how=wanted.reason,
        now=now,
        scope=scope,
    )
    if not is_new:
        response.status_code = 200
    return Forbidden(number=number, list=list_name, is_new=is_new, at=now)


def _in_e164(wanted: OptOut) -> str:
    """One with its + is taken as it stands: a wish holds for unassigned numbers too."""
    written = _SPACERS.sub("", wanted.number)
    if re.fullmatch(r"\+[0-9]{7,15}", written, flags=re.ASCII):
        return written
    region = (wanted.region or "").upper()
    if not is_region(region):
        raise HTTPException(
            422,
            "number is not written with + and country code, such as +12025550100, and region is "
            "not a two-letter country, such as US.",
        )
    try:
        return parse(wanted.number, region).e164
    except BadNumber as error:
        raise HTTPException(422, f"number {error}.") from error
