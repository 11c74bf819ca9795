"""The example CRM against the real interface on a real socket."""

import asyncio
import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from campaigns.outcomes import Outcome
from campaigns.store.store import Store
from campaigns.webhooks import new_secret, signature
from dialer.desk.server import web_server
from tests.support.api_desk import app_of, token
from tests.support.stored import NOW, add_campaign, dial, result_of

EXAMPLE = Path(__file__).parents[3] / "examples" / "crm.py"


@pytest.fixture
def crm() -> ModuleType:
    spec = importlib.util.spec_from_file_location("crm", EXAMPLE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_it_pushes_leads_and_reads_results_on_from_where_it_stopped(
    store: Store,
    crm: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    campaign = await add_campaign(store)
    headers = await token(store, client="Acme")
    monkeypatch.setenv("DIALER_TOKEN", headers["Authorization"].removeprefix("Bearer "))
    people, out = tmp_path / "people.csv", tmp_path / "results.jsonl"
    people.write_text("id,name,phone\nC-1,Ada,+12025550100\nC-2,Bob,12\nC-3,Eve,+12025550103\n")
    async with web_server(app_of(store), host="127.0.0.1", port=0) as (host, port):
        monkeypatch.setenv("DIALER_API", f"http://{host}:{port}/api/v1")
        await asyncio.to_thread(crm.main, ["push", "spring", str(people)])
        said = capsys.readouterr().out
        assert "'inserted': 2" in said and "C-2: numbers[0] has too few digits" in said
        first, second = await dial(store, campaign, 2)
        for call in (first, second):
            await store.attempts.settle([result_of(call.call_id, Outcome.BUSY)], now=NOW)
            await asyncio.to_thread(crm.main, ["results", str(out)])
        await asyncio.to_thread(crm.main, ["results", str(out)])
    got = [json.loads(line) for line in out.read_text().splitlines()]
    assert [each["call_id"] for each in got] == [first.call_id, second.call_id]
    assert {each["external_id"] for each in got} == {"C-1", "C-3"}


def test_it_knows_a_genuine_delivery(crm: ModuleType) -> None:
    secret = new_secret()
    header = signature(b"{}", at=1000, keys=[new_secret(), secret])
    assert crm.is_genuine(b"{}", header, secret, now=1100)
    assert not crm.is_genuine(b"{} ", header, secret, now=1100)
    assert not crm.is_genuine(b"{}", header, secret, now=1301)
    assert not crm.is_genuine(b"{}", "", secret, now=1000)
