"""The interface keeps what its OpenAPI document says, whatever is sent: schemathesis against it.

Requests are made up from the document: allowed ones with ids that are there and with any other, and
ones that it forbids. They go to the application in this process, over a real store. The examples
are the same in every run.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from campaigns.store.store import Store
from dialer.desk.api.api import openapi_document
from tests.support.api_desk import Floor, Theirs, app_of, asking, everything_of

SCHEMA = schemathesis.openapi.from_dict(openapi_document())
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
KNOWN, ANY, FORBIDDEN = 8, 4, 6
"""Examples of each operation and sort: some eleven hundred requests."""


@pytest.fixture
async def acme(store: Store, tmp_path: Path) -> Theirs:
    return await everything_of(store, "Acme", first=100, folder=tmp_path)


@pytest.fixture
async def app(store: Store, tmp_path: Path) -> FastAPI:
    app = app_of(store, recordings=tmp_path)
    app.state.floor = Floor()
    return app


@pytest.fixture
async def api(app: FastAPI, acme: Theirs) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(app, acme.headers) as client:
        yield client


async def ids_of(acme: Theirs, api: httpx.AsyncClient) -> dict[str, object]:
    made = await api.post(
        "/webhooks", json={"url": "https://crm.example.com/", "events": ["call.ended"]}
    )
    webhook = made.json()["webhook"]["id"]
    await api.post(f"/webhooks/{webhook}/test")
    return {
        "campaign": acme.campaign.name, "lead_id": acme.lead_id, "agent": acme.agent,
        "team": acme.team, "call_id": acme.live_call_id, "callback_id": acme.callback_id,
        "file_id": acme.file_id, "upload_id": acme.upload_id, "webhook_id": webhook,
    }  # fmt: skip


async def send(api: httpx.AsyncClient, case: Any) -> httpx.Response:
    """The case as a request of ours."""
    words = case.as_transport_kwargs(base_url="http://dialer")
    words.pop("cookies", None)
    made = requests.Request(
        **{name: value for name, value in words.items() if name in _REQUEST_WORDS}
    ).prepare()
    headers = dict(made.headers) | dict(api.headers)
    headers.pop("Content-Length", None)
    body = made.body.encode() if isinstance(made.body, str) else made.body
    return await api.request(made.method or "GET", str(made.url), content=body, headers=headers)


_REQUEST_WORDS = ("method", "url", "headers", "files", "data", "params", "json")


def try_all(
    operation: Any,
    send_case: Any,
    *,
    ids: dict[str, object] | None,
    mode: GenerationMode,
    count: int,
) -> int:
    """Try that many cases, in a thread of its own; how many there were."""
    path = (
        {name: str(ids[name]) for name in ids if f"{{{name}}}" in operation.path} if ids else None
    )
    words = {"path_parameters": path} if path else {}
    tried = 0

    @settings(
        max_examples=count, deadline=None, database=None, derandomize=True,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode, **words))
    def one(case: Any) -> None:
        nonlocal tried
        tried += 1
        response = send_case(case)
        # Whether what the document forbids is refused is not asked: the token, which it also
        # leaves out, is always put back.
        case.validate_response(response, checks=CHECKS)

    one()
    return tried


@pytest.mark.timeout(300)
async def test_no_request_breaks_the_interface_or_its_promises(
    api: httpx.AsyncClient, acme: Theirs
) -> None:
    loop = asyncio.get_running_loop()

    def send_case(case: Any) -> httpx.Response:
        return asyncio.run_coroutine_threadsafe(send(api, case), loop).result()

    ids = await ids_of(acme, api)
    # What ends something comes last.
    operations = sorted(OPERATIONS, key=lambda one: one.method == "delete")
    tried, broken = 0, list[str]()
    for operation in operations:
        for known, mode, count in (
            (ids, GenerationMode.POSITIVE, KNOWN),
            (None, GenerationMode.POSITIVE, ANY),
            (None, GenerationMode.NEGATIVE, FORBIDDEN),
        ):
            try:
                tried += await asyncio.to_thread(
                    try_all, operation, send_case, ids=known, mode=mode, count=count
                )
            except BaseExceptionGroup as group:
                broken += [f"{operation.label}: {error!r}" for error in group.exceptions]
            except Exception as error:
                if "Unsatisfiable" in type(error).__name__ or "Negative" in str(error):
                    # There is no forbidden request: the operation takes nothing.
                    continue
                raise
    print(f"{len(OPERATIONS)} operations, {tried} requests")
    assert broken == []
    assert tried > 5 * len(OPERATIONS)


async def test_nothing_is_to_be_had_without_a_token(app: FastAPI, acme: Theirs) -> None:
    async with asking(app) as stranger:
        for operation in OPERATIONS:
            path = operation.path.removeprefix("/api/v1")
            for headers in (
                {},
                {"Authorization": "Bearer dialer_x"},
                {"Authorization": "Basic eA=="},
            ):
                said = await stranger.request(operation.method, path, headers=headers)
                assert said.status_code == 401, (operation.label, said.status_code)
                assert acme.client not in said.text


def test_every_operation_is_described_with_its_scope_of_errors_and_a_stable_name() -> None:
    names = set()
    for path, methods in openapi_document()["paths"].items():
        for method, operation in methods.items():
            name = operation["operationId"]
            names.add(name)
            assert name.isidentifier() and name.islower(), name
            assert operation["summary"] and operation["description"], name
            assert operation["tags"] and operation["security"] == [{"token": []}], name
            assert {"401", "403", "422", "429", "500", "503"} <= set(operation["responses"]), name
            if "{" in path:
                assert "404" in operation["responses"], name
            if method in ("post", "patch") and "application/json" in operation.get(
                "requestBody", {}
            ).get("content", {}):
                body = operation["requestBody"]["content"]["application/json"]
                assert "example" in body or name in WITHOUT_EXAMPLE, name
    assert len(names) == sum(len(each) for each in openapi_document()["paths"].values())


WITHOUT_EXAMPLE = {"press_keys", "mask_call", "change_webhook", "replay_deliveries"}
"""Their bodies have one or two plain words."""
