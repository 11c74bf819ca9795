"""A client's token sees and touches that client's things, and cannot tell that there are others."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from campaigns.store.store import Store
from dialer.desk.api.api import openapi_document
from tests.support.api_desk import Theirs, app_of, asking, everything_of
from tests.support.stored import NOW

BODIES: dict[str, Any] = {
    "add_leads": {"list": "x", "leads": [{"numbers": ["+12025550100"]}]},
    "change_lead": {"priority": 1},
    "press_keys": {"keys": "1"},
    "mask_call": {"on": True},
    "transfer_call": {"number": "+12025550100"},
    "move_callback": {"at": "2026-03-03 15:00"},
    "set_pacing": {"mode": "ratio"},
    "change_webhook": {"events": ["call.ended"]},
    "replay_deliveries": {"since": "2026-01-01T00:00:00Z"},
}
ABOUT_ONESELF = {"forbid_number", "check_number"}
"""Operations that name nobody's things."""


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in openapi_document()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def ids_of(theirs: Theirs, operation: str) -> dict[str, object]:
    is_over = operation in ("get_result",)
    return {
        "campaign": theirs.campaign.name,
        "lead_id": theirs.lead_id,
        "agent": theirs.agent,
        "team": theirs.team,
        "call_id": theirs.call_id if is_over else theirs.live_call_id,
        "callback_id": theirs.callback_id,
        "file_id": theirs.file_id,
        "upload_id": theirs.upload_id,
        "webhook_id": theirs.webhook_id,
    }


async def test_every_operation_on_anothers_things_is_not_found(
    store: Store, tmp_path: Path
) -> None:
    acme = await everything_of(store, "Acme", first=100, folder=tmp_path)
    bolt = await everything_of(store, "Bolt", first=200, folder=tmp_path)
    app = app_of(store, recordings=tmp_path)
    before = await store.audit.lines(count=1)
    walked = 0
    async with asking(app, acme.headers) as api, asking(app, bolt.headers) as owner:
        for path, method, operation in operations():
            name = operation["operationId"]
            ids = ids_of(bolt, name)
            if "{" not in path:
                continue
            where = path.removeprefix("/api/v1").format(**ids)
            body: dict[str, Any] = {"json": BODIES[name]} if name in BODIES else {}
            if name == "upload_leads":
                body = {"files": {"file": ("x.csv", b"Phone\n+12025550100\n")}}
            said = await api.request(method, where, **body)
            assert said.status_code == 404, (name, said.status_code, said.text)
            for word in (bolt.client, bolt.campaign.name, bolt.number, "Did you mean"):
                assert word not in said.text, (name, said.text)
            # The same words from nowhere at all get the same answer: there is nothing to be told.
            nowhere = path.removeprefix("/api/v1").format(**ids | _nobodys(ids))
            same = await api.request(method, nowhere, **body)
            assert _without_numbers(same.text) == _without_numbers(said.text), name
            if method == "get" and "pacing" not in name:
                assert (await owner.request(method, where)).status_code == 200, name
            walked += 1
    assert walked >= 40
    # Nothing was changed, and nobody's recording was heard but by its owner.
    after = await store.audit.lines()
    new = after[: [line.id for line in after].index(before[0].id)]
    assert [line.action for line in new] == ["recording heard"]
    assert new[0].at == NOW


def _nobodys(ids: dict[str, object]) -> dict[str, object]:
    return {
        name: 987_654_321 if isinstance(value, int) else "00000000-0000-0000-0000-000000000000"
        for name, value in ids.items()
    }


def _without_numbers(text: str) -> str:
    return re.sub(r"\d+", "#", text)


async def test_every_list_holds_ones_own_things_alone(store: Store, tmp_path: Path) -> None:
    acme = await everything_of(store, "Acme", first=100, folder=tmp_path)
    bolt = await everything_of(store, "Bolt", first=200, folder=tmp_path)
    app = app_of(store)
    listed = 0
    async with asking(app, acme.headers) as api:
        for path, method, operation in operations():
            if method != "get" or "{" in path or operation["operationId"] in ABOUT_ONESELF:
                continue
            params = {"since": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z"}
            wants = {one["name"] for one in operation.get("parameters", ())}
            said = await api.get(
                path.removeprefix("/api/v1"),
                params={name: value for name, value in params.items() if name in wants},
            )
            assert said.status_code == 200, said.text
            for word in (
                "Bolt",
                "bolt",
                bolt.number,
                bolt.call_id,
                bolt.live_call_id,
                "1999555020",
            ):
                assert word not in said.text, operation["operationId"]
            if path not in ("/api/v1/webhooks",):
                assert "acme" in said.text.lower(), operation["operationId"]
            listed += 1
        for name in ("campaign", "agent", "number"):
            for path in ("/leads", "/results", "/recordings", "/callbacks", "/calls"):
                value = {"campaign": bolt.campaign.name, "agent": bolt.agent, "number": bolt.number}
                said = await api.get(path, params={name: value[name]})
                # The links of a page repeat what was asked.
                text = said.text.partition('"next')[0]
                assert "bolt" not in text.lower() and bolt.number not in text
    assert listed >= 10


@pytest.mark.parametrize("shared", ["Acme", "Bolt"])
async def test_a_team_that_calls_for_two_clients_is_the_centres_to_see(
    store: Store, tmp_path: Path, shared: str
) -> None:
    acme = await everything_of(store, "Acme", first=100, folder=tmp_path)
    await everything_of(store, "Bolt", first=200, folder=tmp_path)
    async with asking(app_of(store), acme.headers) as api:
        (mine,) = (await api.get("/agents")).json()["items"]
        assert mine["name"] == "acme agent"
        spec = acme.campaign.spec
        await store.campaigns.create(
            type(spec)(**_words(spec) | {"name": "both", "client": shared}), by="t", now=NOW
        )
        now_seen = (await api.get("/agents")).json()["items"]
        assert [one["name"] for one in now_seen] == (["acme agent"] if shared == "Acme" else [])


def _words(spec: Any) -> dict[str, Any]:
    return {name: getattr(spec, name) for name in spec.__dataclass_fields__}
