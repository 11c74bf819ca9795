"""Tokens of the programs that use the HTTP interface."""

from datetime import UTC, datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from campaigns.roles import Role
from campaigns.store.errors import StoreError
from campaigns.store.tokens import Scope
from dialer.desk.desk_state import state_of
from dialer.desk.guards import Person, acting_person, person_for
from dialer.desk.rendering import render

router = APIRouter(prefix="/admin", include_in_schema=False)

Looking = Annotated[Person, Depends(person_for(Role.ADMINISTRATOR))]
Acting = Annotated[Person, Depends(acting_person(Role.ADMINISTRATOR))]
Field = Annotated[str, Form(max_length=200)]


@router.get("/tokens")
async def tokens(request: Request, person: Looking) -> Response:
    """All tokens, and the form for another."""
    return await _page(request, person)


@router.post("/tokens")
async def add(
    request: Request,
    person: Acting,
    name: Field,
    scopes: Annotated[list[Scope], Form()],
    client: Field = "",
    expires: Field = "",
) -> Response:
    """Make a token, and show it this once."""
    desk = state_of(request)
    try:
        secret = await desk.store.tokens.add(
            name,
            client=client or None,
            scopes=scopes,
            expires_at=_end_of(expires),
            by=person.by,
            now=desk.now(),
        )
    except StoreError as error:
        return await _page(request, person, wrong=str(error), status=422)
    return await _page(request, person, made=(name, secret))


@router.post("/tokens/revoke")
async def revoke(request: Request, person: Acting, name: Field) -> Response:
    """End a token."""
    desk = state_of(request)
    try:
        await desk.store.tokens.revoke(name, by=person.by, now=desk.now())
    except StoreError as error:
        return await _page(request, person, wrong=str(error), status=404)
    return RedirectResponse("/admin/tokens", status_code=303)


def _end_of(day: str) -> datetime | None:
    """The end of a day that a form's date field gives. Raises StoreError."""
    if not day:
        return None
    try:
        return datetime.combine(datetime.fromisoformat(day).date(), time.max, tzinfo=UTC)
    except ValueError as error:
        raise StoreError(f"'{day}' is no date. Write it as 2027-12-31.") from error


async def _page(
    request: Request,
    person: Person,
    *,
    wrong: str = "",
    made: tuple[str, str] | None = None,
    status: int = 200,
) -> Response:
    desk = state_of(request)
    return render(
        request,
        person,
        "admin/tokens.html.j2",
        status_code=status,
        tokens=await desk.store.tokens.list(),
        scopes=list(Scope),
        clients=await desk.store.clients.list(),
        now=desk.now(),
        wrong=wrong,
        made=made,
    )
