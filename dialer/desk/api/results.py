"""Results out: what came of calls, in an order that lets a program read on without gaps."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from campaigns.store.results import PAGE_MAX, Place
from campaigns.store.tokens import Scope
from dialer.desk.api.models import Result
from dialer.desk.api.pages import link, read_cursor, write_cursor
from dialer.desk.api.reach import Reach, absent, reach
from dialer.desk.api.words import CLEAN, CallId, Cursor
from dialer.desk.problems import answers

router = APIRouter(tags=["results"])

_Reads = Annotated[Reach, Depends(reach(Scope.RESULTS_READ))]


class ResultsSince(BaseModel):
    """Results that are new or changed since the cursor, oldest change first."""

    items: list[Result]
    next_cursor: str = Field(
        description="Keep it when you have stored the items, and ask with it the next time, also "
        "when there were none."
    )
    next: str = Field(description="The path and query of the next request.")
    has_more: bool = Field(description="True: ask again at once. False: you have everything.")


@router.get("/results", summary="Results since a cursor", responses=answers(404))
async def list_results(
    request: Request,
    reach: _Reads,
    campaign: Annotated[str | None, Query(max_length=200, pattern=CLEAN)] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 100,
) -> ResultsSince:
    """Without a cursor from the beginning. Poll it as often as you like; a few seconds is usual.

    Nothing is missed and no version comes twice, however many calls end at once. A result that
    changes (the agent's word comes after the call's end, a machine is corrected, a person is
    forgotten) comes again with a higher `version`: store results under `call_id`.
    """
    words = read_cursor(cursor, int, str)
    place = Place() if words is None else _place(int(words[0]), str(words[1]))
    page = await reach.store.results.since(await reach.campaign_ids(campaign), place, most=limit)
    following = write_cursor(page.end.changed, page.end.call_id)
    return ResultsSince(
        items=[Result.model_validate(each) for each in page.results],
        next_cursor=following,
        next=link(request, following) or "",
        has_more=page.has_more,
    )


@router.get("/results/{call_id}", summary="One result", responses=answers(404))
async def get_result(call_id: CallId, reach: _Reads) -> Result:
    """Also of a call that is under way."""
    found = await reach.store.results.get(await reach.campaign_ids(), call_id)
    if found is None:
        raise absent("call")
    return Result.model_validate(found)


def _place(changed: int, call_id: str) -> Place:
    # Whatever is no id of a call is before all of them.
    return Place(changed=changed, call_id=call_id) if _is_id(call_id) else Place(changed=changed)


def _is_id(text: str) -> bool:
    return (
        len(text) == 36
        and all(each in "0123456789abcdef-" for each in text)
        and all((text[index] == "-") == (index in (8, 13, 18, 23)) for index in range(36))
    )
