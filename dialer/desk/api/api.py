"""The HTTP interface put together: its routers, its gate, its description."""

import asyncio
import functools
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from campaigns.webhooks import Network
from dialer.desk.api import (
    agents,
    callbacks,
    calls,
    campaigns,
    do_not_call,
    lead_uploads,
    leads,
    recordings,
    results,
    surveys,
    usage,
    webhooks,
)
from dialer.desk.api.description import DESCRIPTION, TAGS
from dialer.desk.api.gate import Gate
from dialer.desk.problems import answers

API = "/api/v1"
_ROUTERS = (
    leads.router, lead_uploads.router, results.router, surveys.router, campaigns.router,
    agents.router, calls.router, callbacks.router, do_not_call.router, recordings.router,
    usage.router, webhooks.router,
)  # fmt: skip
_ALWAYS = answers(401, 403, 422, 429, 500, 503)


def add_api(
    app: FastAPI,
    *,
    recordings: Path | None = None,
    webhook_networks: Collection[Network] = (),
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Serve the interface under /api/v1. `recordings` is the folder of recorded calls, as this
    machine sees it; `webhook_networks` are private networks that webhooks may be sent into; `clock`
    is a steady one in seconds, for the rate limit."""
    app.state.webhook_networks = tuple(webhook_networks)
    app.state.recordings = recordings
    app.state.uploads = set()
    app.state.upload_turns = asyncio.Semaphore(lead_uploads.AT_ONCE_MAX)
    app.state.survey_turns = asyncio.Semaphore(surveys.AT_ONCE_MAX)
    _include_routers(app)
    about = APIRouter(include_in_schema=False)

    @about.get(f"{API}/openapi.json")
    async def openapi() -> Response:
        return JSONResponse(openapi_document())

    app.include_router(about)
    app.add_middleware(Gate, prefix=API, clock=clock)


def _include_routers(app: FastAPI) -> None:
    for router in _ROUTERS:
        app.include_router(
            router,
            prefix=API,
            responses=_ALWAYS,
            generate_unique_id_function=_operation_id,
        )


@functools.cache
def openapi_document() -> dict[str, Any]:
    """The description of the interface, without the pages for people."""
    described = FastAPI()
    _include_routers(described)
    document = get_openapi(
        title="Predictive dialer",
        version="1",
        description=DESCRIPTION,
        tags=TAGS,
        routes=described.routes,
    )
    _complete(document)
    return document


def _operation_id(route: APIRoute) -> str:
    """The function's name: stable, and what a generated client calls the method."""
    return route.name


def _complete(document: dict[str, Any]) -> None:
    """Say of every POST that it takes a key, and of every body that it has a bound."""
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "A random text of your own. A repeat with the same key gets the same answer "
        "and does nothing; the key with another request is refused with 422, and with 409 while "
        "the first is being worked on.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    }
    for path in document["paths"].values():
        for method, operation in path.items():
            if method == "post":
                operation.setdefault("parameters", []).append(key)
                operation["responses"].setdefault("409", answers_ref(409))
            if "requestBody" in operation:
                operation["responses"].setdefault("400", answers_ref(400))
                operation["responses"].setdefault("413", answers_ref(413))


def answers_ref(status: int) -> dict[str, Any]:
    """An error, as the finished description has it."""
    said = dict(answers(status)[status])
    said.pop("model")
    return said
