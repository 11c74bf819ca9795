"""Saving a review while it is written, making it final, and answering the agent."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from campaigns.quality.scoring import missing, percent, score
from campaigns.roles import Role
from campaigns.store.errors import StoreError
from campaigns.store.quality_rows import Mark
from dialer.desk.desk_state import state_of
from dialer.desk.guards import Person, acting_person

router = APIRouter(prefix="/quality/reviews", include_in_schema=False)

Acting = Annotated[Person, Depends(acting_person(Role.QUALITY))]
SECONDS_MAX = 86_400.0


class WrittenMark(BaseModel, extra="forbid"):
    """A comment at a moment."""

    second: Annotated[float, Field(ge=0, le=SECONDS_MAX, allow_inf_nan=False)] | None
    item: str | None = Field(max_length=64)
    text: str = Field(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")


class WrittenReview(BaseModel, extra="forbid"):
    """The form, as the page sends it at each change."""

    answers: dict[str, str] = Field(max_length=200)
    marks: list[WrittenMark] = Field(max_length=200)
    remark: str = Field(max_length=4000, pattern=r"^[^\x00]*$")
    is_final: bool = False


@router.put("/{review_id}")
async def save(
    request: Request, person: Acting, review_id: int, written: WrittenReview
) -> dict[str, Any]:
    """Keep it; the score as it stands, and what is still open."""
    desk = state_of(request)
    try:
        row = await desk.store.quality.reviews.save(
            review_id,
            listener_id=person.user_id,
            answers=written.answers,
            marks=[
                Mark(second=each.second, item=each.item, text=each.text) for each in written.marks
            ],
            remark=written.remark,
            is_final=written.is_final,
            by=person.by,
            now=desk.now(),
        )
    except StoreError as error:
        raise HTTPException(422, str(error)) from error
    card = (await desk.store.quality.scorecards.by_id(row.scorecard_id, row.version)).card
    done = score(card, row.answers)
    total = percent(done.total)
    return {
        "percent": None if total is None else str(total),
        "has_passed": done.has_passed,
        "fatal": list(done.fatal),
        "open": [item.key for item in missing(card, row.answers)],
        "is_final": row.is_final,
    }


@router.post("/{review_id}/say")
async def say(
    request: Request,
    person: Acting,
    review_id: int,
    kind: Annotated[str, Form(max_length=20)],
    words: Annotated[str, Form(max_length=8000)] = "",
) -> Response:
    """Answer the agent: comment, uphold the review, or open it again to change it."""
    desk = state_of(request)
    try:
        row = await desk.store.quality.reviews.say(
            review_id, user_id=person.user_id, is_agent=False, kind=kind,
            words=words.replace("\0", ""), by=person.by, now=desk.now(),
        )  # fmt: skip
    except StoreError as error:
        raise HTTPException(422, str(error)) from error
    return RedirectResponse(f"/quality/recordings/{row.file_id}?review={row.id}", status_code=303)
