"""Signing in and out."""

import hmac
import logging
import secrets
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from campaigns.roles import LANGUAGES
from campaigns.store.users import User
from dialer.desk.desk_state import state_of
from dialer.desk.forms import small_form
from dialer.desk.guards import (
    Person,
    acting_person,
    cookie_name,
    is_same_origin,
    is_secure,
    session_of,
    token_of,
)
from dialer.desk.rendering import render
from dialer.desk.words import N_, best_language

log = logging.getLogger(__name__)

router = APIRouter(include_in_schema=False)

FORM_COOKIE = "dialer_form"
"""Ties the form to the browser it was given to: nobody is signed in by a stranger's page."""
FORM_SECONDS = 3600
WRONG = N_("This name and password do not fit together. Check both, and the Caps Lock key.")
STALE = N_("The page was open too long, or cookies are off. Try again.")


@router.get("/signin")
async def ask(request: Request, next: str = "/", language: str = "") -> Response:
    """The page with the form."""
    if await session_of(request) is not None:
        return RedirectResponse(_local(next), status_code=303)
    return _page(request, wanted=next, language=language)


@router.post("/signin")
async def sign_in(request: Request) -> Response:
    """Begin a session, or say why not."""
    form = await small_form(request)
    name, wanted, language = (form.get(key, "") for key in ("name", "next", "language"))
    given, kept = form.get("form", ""), request.cookies.get(FORM_COOKIE, "")
    if not kept or not hmac.compare_digest(given.encode(), kept.encode()):
        return _page(request, STALE, name=name, wanted=wanted, language=language, status=403)
    if not is_same_origin(request):
        return _page(request, STALE, name=name, wanted=wanted, language=language, status=403)
    desk, address = state_of(request), address_of(request)
    wait = await desk.store.sign_in_waits.begin(name, address, now=desk.wall())
    if wait:
        page = _page(request, wait=wait, name=name, wanted=wanted, language=language, status=429)
        page.headers["Retry-After"] = str(wait)
        return page
    user = await desk.store.users.check(name, form.get("password", ""))
    if user is None:
        await desk.store.users.note_refusal(name, address=address, now=desk.wall())
        log.info("A sign-in from %s was refused.", address, extra={"action": "sign_in_refused"})
        return _page(request, WRONG, name=name, wanted=wanted, language=language, status=403)
    await desk.store.sign_in_waits.succeeded(name, address)
    answer = RedirectResponse(_local(wanted), status_code=303)
    await begin_session(request, answer, user)
    answer.delete_cookie(FORM_COOKIE, path="/signin")
    return answer


@router.post("/signout")
async def sign_out(
    request: Request, person: Annotated[Person, Depends(acting_person())]
) -> Response:
    """End the session."""
    del person
    desk = state_of(request)
    await desk.store.sessions.end(token_of(request), now=desk.wall())
    answer = RedirectResponse("/signin", status_code=303)
    answer.delete_cookie(cookie_name(request), path="/", secure=is_secure(request))
    # What the browser kept of this person's pages goes too.
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


async def begin_session(request: Request, answer: Response, user: User) -> None:
    """Open a session of `user` and hand its cookie to the browser with `answer`."""
    desk = state_of(request)
    token = await desk.store.sessions.open(
        user, address=address_of(request), limits=desk.limits, now=desk.wall()
    )
    answer.set_cookie(
        cookie_name(request),
        token,
        path="/",
        httponly=True,
        samesite="strict",
        secure=is_secure(request),
    )


def address_of(request: Request) -> str:
    """Where the browser is; the proxy's word for it counts when the proxy is trusted."""
    return request.client.host if request.client else "unknown"


def _page(
    request: Request,
    wrong: str = "",
    *,
    wait: int = 0,
    name: str = "",
    wanted: str = "/",
    language: str = "",
    status: int = 200,
) -> Response:
    if language not in LANGUAGES:
        language = best_language(request.headers.get("accept-language", ""))
    form = secrets.token_urlsafe(16)
    page = render(
        request,
        None,
        "people/sign_in.html.j2",
        status_code=status,
        language=language,
        form=form,
        name=name[:100],
        next=_local(wanted),
        wrong=wrong,
        wait=wait,
    )
    page.set_cookie(
        FORM_COOKIE,
        form,
        max_age=FORM_SECONDS,
        path="/signin",
        httponly=True,
        samesite="strict",
        secure=is_secure(request),
    )
    return page


def _local(wanted: str) -> str:
    """A path of ours to go on to; whatever could lead elsewhere leads to the person's own page."""
    parts = urlsplit(wanted)
    is_ours = (
        wanted.startswith("/")
        and not wanted.startswith("//")
        and not parts.scheme
        and not parts.netloc
        and wanted.isprintable()
        and "\\" not in wanted
        and not wanted.startswith("/sign")
    )
    return wanted if is_ours else "/"
