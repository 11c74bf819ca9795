"""One shape for every error: `application/problem+json` (RFC 9457)."""

import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from campaigns.store.errors import DatabaseUnavailable

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
"""A database that restarts is back in about that time."""


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


def say_problems(app: FastAPI) -> None:
    """Have the application answer every error in this shape."""

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        del request
        # What was sent is not repeated: it may hold a person's number.
        mistakes = [
            Mistake(where=".".join(str(part) for part in one["loc"]), what=one["msg"])
            for one in error.errors()
        ]
        return problem(422, "The request cannot be read; see mistakes.", mistakes=mistakes)

    @app.exception_handler(HTTPException)
    async def _refused(request: Request, error: HTTPException) -> JSONResponse:
        del request
        return problem(error.status_code, str(error.detail), headers=error.headers)

    @app.exception_handler(DatabaseUnavailable)
    async def _no_database(request: Request, error: DatabaseUnavailable) -> JSONResponse:
        log.warning("%s %s: %s", request.method, request.url.path, error)
        return problem(
            503,
            "The database is out of reach; nothing was changed. Try again in a moment.",
            headers={"Retry-After": str(RETRY_SECONDS)},
        )

    @app.exception_handler(Exception)
    async def _broken(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s failed.", request.method, request.url.path, exc_info=error)
        return problem(500, "The dialer has a fault; its log says which. Nothing may be assumed.")
