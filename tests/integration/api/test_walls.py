"""What holds for every request: who may ask, how often, how much, and what a repeat gets."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from campaigns.store.api_requests import Taking
from campaigns.store.errors import DatabaseUnavailable
from campaigns.store.store import Store
from dialer.desk.api.gate import BODY_BYTES_MAX
from dialer.desk.api.rates import Rates
from dialer.desk.app import build_app
from tests.support.api_desk import Present, app_of, asking, token
from tests.support.stored import NOW, add_campaign

OPT_OUT = {"number": "+12025550100"}
KEY = {"Idempotency-Key": "a-key"}


@pytest.fixture
def present() -> Present:
    return Present()


@pytest.fixture
async def api(store: Store, present: Present) -> AsyncIterator[httpx.AsyncClient]:
    await add_campaign(store)
    async with asking(app_of(store, present), await token(store, client="Acme")) as client:
        yield client


async def test_a_repeat_with_the_same_key_gets_the_same_answer_and_does_nothing(
    api: httpx.AsyncClient, store: Store, present: Present
) -> None:
    first = await api.post("/do-not-call", json=OPT_OUT, headers=KEY)
    again = await api.post("/do-not-call", json=OPT_OUT, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json() and again.json()["is_new"] is True
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers

    other = await api.post("/do-not-call", json={"number": "+12025550101"}, headers=KEY)
    assert other.status_code == 422 and "another request" in other.json()["detail"]
    assert await store.do_not_call.check("+12025550101") == []

    async with asking(app_of(store, present), await token(store)) as stranger:
        theirs = await stranger.post("/do-not-call", json=OPT_OUT, headers=KEY)
        assert theirs.json()["list"] == "api"

    present.at = NOW.replace(day=9)
    assert await store.api_requests.delete_old(now=present.at) == 2
    assert (await api.post("/do-not-call", json=OPT_OUT, headers=KEY)).status_code == 200


async def test_a_key_of_a_file_stands_for_its_content_and_not_for_its_length(
    api: httpx.AsyncClient, store: Store
) -> None:
    path = "/campaigns/spring/uploads"

    async def upload(phone: str, boundary: str, name: str = "x.csv") -> httpx.Response:
        return await api.post(
            path,
            files={"file": (name, f"Phone\n{phone}\n".encode())},
            data={"list": "march"},
            headers=KEY | {"Content-Type": f"multipart/form-data; boundary={boundary}"},
        )

    first = await upload("+12025550150", "aaaa")
    assert first.status_code == 201 and first.json()["counts"]["inserted"] == 1, first.text
    # A repeat has a boundary of its own.
    again = await upload("+12025550150", "a-longer-one")
    assert again.json() == first.json() and again.headers["Idempotent-Replayed"] == "true"
    for other in (
        await upload("+12025550151", "aaaa"),
        await upload("+12025550150", "aaaa", name="y.csv"),
    ):
        assert other.status_code == 422 and "another request" in other.json()["detail"]
    assert len((await api.get("/uploads")).json()["items"]) == 1
    broken = await api.post(
        path, content=b"no form", headers=KEY | {"Content-Type": "multipart/form-data"}
    )
    assert broken.status_code == 400


async def test_while_the_first_is_worked_on_the_second_is_told_so(
    api: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    add = store.do_not_call.add

    async def slowly(*args: object, **words: object) -> bool:
        begun.set()
        await go_on.wait()
        return await add(*args, **words)  # type: ignore[arg-type]

    monkeypatch.setattr(store.do_not_call, "add", slowly)
    first = asyncio.create_task(api.post("/do-not-call", json=OPT_OUT, headers=KEY))
    await begun.wait()
    second = await api.post("/do-not-call", json=OPT_OUT, headers=KEY)
    assert second.status_code == 409 and second.headers["Retry-After"]
    go_on.set()
    assert (await first).status_code == 201


async def test_a_refused_request_leaves_its_key_free(
    api: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await api.post("/do-not-call", json={}, headers=KEY)).status_code == 422
    with monkeypatch.context() as patch:

        async def lost(*_: object, **__: object) -> bool:
            raise DatabaseUnavailable("gone")

        patch.setattr(store.do_not_call, "add", lost)
        assert (await api.post("/do-not-call", json=OPT_OUT, headers=KEY)).status_code == 503
    assert (await api.post("/do-not-call", json=OPT_OUT, headers=KEY)).status_code == 201
    for bad in ("", "x" * 201, "a b"):
        said = await api.post("/do-not-call", json=OPT_OUT, headers={"Idempotency-Key": bad})
        assert said.status_code == 422 or bad == "a b"


async def test_a_key_of_a_dialer_that_died_is_free_again_after_a_while(store: Store) -> None:
    await token(store)
    (kept,) = await store.tokens.list()
    take = store.api_requests.take
    assert await take(kept.id, "k", "same", now=NOW) is None
    assert await take(kept.id, "k", "same", now=NOW) is Taking.BUSY
    later = NOW.replace(hour=NOW.hour + 1)
    assert await take(kept.id, "k", "other", now=later) is Taking.OTHER
    assert await take(kept.id, "k", "same", now=later) is None


async def test_what_is_too_long_is_refused_before_it_is_read(api: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65_536

    said = await api.post("/do-not-call", content=b" " * (BODY_BYTES_MAX + 1))
    assert said.status_code == 413
    said = await api.post(
        "/do-not-call", content=endless(), headers={"Content-Type": "application/json"}
    )
    assert said.status_code == 413
    assert said.headers["Content-Type"] == "application/problem+json"


async def test_a_token_that_went_wild_is_told_when_to_come_back(store: Store) -> None:
    moment = 0.0
    app = build_app(store, lambda: NOW, api_clock=lambda: moment)
    headers = await token(store)
    async with asking(app, headers) as wild, asking(app, await token(store)) as calm:
        asked = [(await wild.get("/nowhere")).status_code for _ in range(101)]
        assert set(asked[:100]) == {404} and asked[100] == 429
        refused = await wild.get("/campaigns")
        assert refused.status_code == 429 and refused.headers["Retry-After"] == "1"
        assert (await calm.get("/campaigns")).status_code == 200
        moment = 1.0
        assert (await wild.get("/campaigns")).status_code == 200


def test_a_bucket_fills_steadily_and_never_over_its_brim() -> None:
    rates = Rates(per_second=2.0, burst=3.0)
    assert [rates.wait_seconds(1, now=0.0) for _ in range(4)] == [0, 0, 0, 1]
    assert [rates.wait_seconds(1, now=1.0) for _ in range(3)] == [0, 0, 1]
    assert [rates.wait_seconds(1, now=1e6) for _ in range(4)] == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("DELETE", "/campaigns", 405),
        ("GET", "/leads/0", 422),
        ("GET", "/leads/99999999999999999999", 422),
        ("GET", "/leads/7", 404),
        ("GET", "/campaigns/%00", 422),
        ("GET", "/results?limit=501", 422),
        ("GET", "/usage?since=0001-01-01T00:00:00%2B14:00&until=2026-01-01T00:00:00Z", 422),
    ],
)
async def test_every_error_has_the_one_shape(
    api: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    said = await api.request(method, path)
    assert said.status_code == status
    assert said.headers["Content-Type"] == "application/problem+json"
    assert said.json()["status"] == status


async def test_without_a_token_every_path_is_closed_even_those_that_are_not_there(
    store: Store,
) -> None:
    async with asking(app_of(store)) as stranger:
        for path in ("/campaigns", "/nowhere", "/leads/1", ""):
            said = await stranger.get(path)
            assert said.status_code == 401 and said.headers["WWW-Authenticate"] == "Bearer"
        assert (await stranger.get("/openapi.json")).status_code == 200
