"""One shape for every error: `application/problem+json` (RFC 9457). People are shown a page."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from campaigns.store.errors import (
    DatabaseUnavailable,
    StoreError,
    UnknownAgent,
    UnknownAttempt,
    UnknownCampaign,
    UnknownLead,
    UnknownTeam,
)
from campaigns.store.lead_pages import LeadChanged
from campaigns.store.lead_uploads import UnknownUpload
from campaigns.store.webhooks import UnknownWebhook
from dialer.desk.guards import PasswordNeeded, Person, SignInNeeded
from dialer.desk.refusals import known_in, said_in
from dialer.desk.rendering import render
from dialer.desk.words import SOURCE, Words, best_language, words_for

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
AWAY = "The database is out of reach; nothing was changed. Try again in a moment."
RETRY_SECONDS = 5
"""A database that restarts is back in about that time."""

_STATUSES: dict[type[StoreError], int] = {
    UnknownAgent: 404,
    UnknownAttempt: 404,
    UnknownCampaign: 404,
    UnknownLead: 404,
    UnknownTeam: 404,
    UnknownUpload: 404,
    UnknownWebhook: 404,
    LeadChanged: 412,
}
"""How the store's refusals are answered; any other is 422."""


class Mistake(BaseModel):
    """One thing wrong with a request."""

    where: str
    what: str


class Problem(BaseModel):
    """What went wrong."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    mistakes: list[Mistake] = []


def answers(*statuses: int) -> dict[int | str, dict[str, object]]:
    """The same shape, for the OpenAPI description of a path that may answer with these."""
    return {
        status: {
            "model": Problem,
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def problem(
    status: int,
    detail: str,
    *,
    mistakes: list[Mistake] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An error as an answer."""
    body = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, mistakes=mistakes or []
    )
    return JSONResponse(
        body.model_dump(),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=dict(headers) if headers else None,
    )


def database_is_away(method: str, path: str, error: DatabaseUnavailable) -> JSONResponse:
    """The answer to a program while the database is out of reach."""
    log.warning("%s %s: %s", method, path, error)
    return problem(503, AWAY, headers={"Retry-After": str(RETRY_SECONDS)})


def wants_page(request: Request) -> bool:
    """True when a person looks at the answer: a browser going somewhere, not a script or a
    program."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get(
        "accept", ""
    )


def refusal(
    request: Request, status: int, detail: str, *, headers: Mapping[str, str] | None = None
) -> Response:
    """An error as its reader wants it: a page for people, a problem for programs; in the language
    of the person who asked."""
    detail = known_in(_words_of(request), detail)
    if not wants_page(request):
        return problem(status, detail, headers=headers)
    person: Person | None = getattr(request.state, "person", None)
    page = render(
        request, person, "error.html.j2", status_code=status, status=status, detail=detail
    )
    page.headers.update(headers or {})
    return page


def _words_of(request: Request) -> Words:
    """The words of whoever asked; programs are answered in English."""
    person: Person | None = getattr(request.state, "person", None)
    if request.url.path.startswith("/api/"):
        return words_for(SOURCE)
    accepted = request.headers.get("accept-language", "")
    return words_for(person.language if person else best_language(accepted))


def say_problems(app: FastAPI) -> None:
    """Have the application answer every error in this shape."""
    _say_who_is_missing(app)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        # What was sent is not repeated: it may hold a person's number.
        mistakes = [
            Mistake(where=".".join(str(part) for part in one["loc"]), what=one["msg"])
            for one in error.errors()
        ]
        if wants_page(request):
            said = "; ".join(f"{one.where}: {one.what}" for one in mistakes)
            return refusal(request, 422, f"The form cannot be read: {said}.")
        unread = known_in(_words_of(request), "The request cannot be read; see mistakes.")
        return problem(422, unread, mistakes=mistakes)

    @app.exception_handler(HTTPException)
    async def _refused(request: Request, error: HTTPException) -> Response:
        return refusal(request, error.status_code, str(error.detail), headers=error.headers)

    @app.exception_handler(DatabaseUnavailable)
    async def _no_database(request: Request, error: DatabaseUnavailable) -> Response:
        log.warning("%s %s: %s", request.method, request.url.path, error)
        return refusal(request, 503, AWAY, headers={"Retry-After": str(RETRY_SECONDS)})

    @app.exception_handler(StoreError)
    async def _not_so(request: Request, error: StoreError) -> Response:
        known = (status for kind, status in _STATUSES.items() if isinstance(error, kind))
        return refusal(request, next(known, 422), said_in(_words_of(request), str(error)))

    @app.exception_handler(Exception)
    async def _broken(request: Request, error: Exception) -> Response:
        log.error("%s %s failed.", request.method, request.url.path, exc_info=error)
        return refusal(
            request,
            500,
            "The dialer has a fault; its log says which. Nothing may be assumed.",
        )


def _say_who_is_missing(app: FastAPI) -> None:
    @app.exception_handler(SignInNeeded)
    async def _sign_in(request: Request, error: SignInNeeded) -> Response:
        del error
        if not wants_page(request):
            return refusal(
                request, 401, "Nobody is signed in, or the session is over. Sign in again."
            )
        wanted = request.url.path if request.method == "GET" else "/"
        query = "" if wanted == "/" else "?" + urlencode({"next": wanted})
        return RedirectResponse(f"/signin{query}", status_code=303)

    @app.exception_handler(PasswordNeeded)
    async def _choose(request: Request, error: PasswordNeeded) -> Response:
        del error
        if not wants_page(request):
            return refusal(request, 403, "Choose a password of your own first, at /account.")
        return RedirectResponse("/account", status_code=303)
