"""What people set for themselves: password, language, time zone; and where they are signed in."""

import functools
import zoneinfo
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from campaigns.passwords import LENGTH_MAX, LENGTH_MIN
from campaigns.store.errors import StoreError
from dialer.desk.desk_state import state_of
from dialer.desk.guards import Person, acting_person, person_for
from dialer.desk.navigation import home_of
from dialer.desk.people.sign_in import address_of, begin_session
from dialer.desk.refusals import said_in
from dialer.desk.rendering import render
from dialer.desk.words import N_, words_for

router = APIRouter(include_in_schema=False)

SAID = {
    "password": N_("Your password is changed. Other browsers are signed out."),
    "place": N_("Language and time zone are set."),
    "others": N_("All other browsers are signed out."),
}
WRONG_PASSWORD = N_("The present password is not right.")
UNEQUAL = N_("The new password was not written the same way twice.")
Anybody = Annotated[Person, Depends(person_for())]
Acting = Annotated[Person, Depends(acting_person())]
Field = Annotated[str, Form(max_length=LENGTH_MAX + 1)]


@router.get("/")
async def home(request: Request, person: Anybody) -> Response:
    """To the page of the person's role."""
    return RedirectResponse(home_of(person, request.app.state.paths), status_code=303)


@router.get("/account")
async def account(request: Request, person: Anybody, said: str = "") -> Response:
    """The page."""
    return await _page(request, person, said=SAID.get(said, ""))


@router.post("/account/password")
async def change_password(
    request: Request, person: Acting, present: Field = "", new: Field = "", again: Field = ""
) -> Response:
    """Change the password: every session ends, and a new one begins here."""
    desk, _ = state_of(request), words_for(person.language)
    address = address_of(request)
    # A stranger at an open desk tries passwords here, not at the sign-in.
    wait = await desk.store.sign_in_waits.begin(person.name, address, now=desk.wall())
    if wait:
        wrong = _("Too many tries. Wait %(seconds)s seconds, then try again.", seconds=wait)
        return await _page(request, person, wrong=wrong, status=429)
    user = await desk.store.users.check(person.name, present)
    if user is None:
        return await _page(request, person, wrong=_(WRONG_PASSWORD), status=422)
    await desk.store.sign_in_waits.succeeded(person.name, address)
    if new != again:
        return await _page(request, person, wrong=_(UNEQUAL), status=422)
    if new == present:
        wrong = _("The new password is the present one. Choose another.")
        return await _page(request, person, wrong=wrong, status=422)
    try:
        await desk.store.users.set_password(person.name, new, by=person.by, now=desk.wall())
    except StoreError as error:
        return await _page(request, person, wrong=said_in(_, str(error)), status=422)
    answer = RedirectResponse("/account?said=password", status_code=303)
    await begin_session(request, answer, user)
    return answer


@router.post("/account/place")
async def set_place(
    request: Request, person: Acting, language: Field = "", zone: Field = ""
) -> Response:
    """Set language and time zone; empty for what the browser and the dialer say."""
    desk, _ = state_of(request), words_for(person.language)
    try:
        await desk.store.users.set_place(
            person.name, language=language or None, zone=zone or None, by=person.by, now=desk.wall()
        )
    except StoreError as error:
        return await _page(request, person, wrong=said_in(_, str(error)), status=422)
    return RedirectResponse("/account?said=place", status_code=303)


@router.post("/account/others")
async def end_others(request: Request, person: Acting) -> Response:
    """Sign out everywhere else."""
    desk = state_of(request)
    await desk.store.sessions.end_others(
        person.user_id, keep=person.session_id, by=person.by, now=desk.wall()
    )
    return RedirectResponse("/account?said=others", status_code=303)


@functools.cache
def _zones() -> list[str]:
    """By place: the other names are of countries, abbreviations, and files beside the zones."""
    return [
        each
        for each in sorted(zoneinfo.available_timezones())
        if each == "UTC" or ("/" in each and each.split("/")[0] not in ("Etc", "US", "SystemV"))
    ]


async def _page(
    request: Request, person: Person, *, said: str = "", wrong: str = "", status: int = 200
) -> Response:
    desk = state_of(request)
    user = await desk.store.users.by_id(person.user_id)
    sessions = await desk.store.sessions.of(person.user_id, limits=desk.limits, now=desk.wall())
    return render(
        request,
        person,
        "people/account.html.j2",
        status_code=status,
        user=user,
        sessions=sessions,
        zones=_zones(),
        length_min=LENGTH_MIN,
        said=said,
        wrong=wrong,
    )
