"""A program tells the dialer of people who ask not to be called."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest

from campaigns.store.errors import DatabaseUnavailable, StoreError
from campaigns.store.store import Store
from campaigns.store.tokens import Scope
from dialer.desk.app import build_app
from tests.support.stored import NOW, add_campaign, attempt_on, dial, number

PATH = "/api/v1/do-not-call"
WRITE = [Scope.DO_NOT_CALL_WRITE]


class Present:
    """A clock that stands still until it is moved."""

    at: datetime = NOW


@pytest.fixture
def present() -> Present:
    return Present()


@pytest.fixture
async def api(store: Store, present: Present) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(store, lambda: present.at)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://dialer") as client:
        yield client


async def token(
    store: Store, *, client: str | None = None, expires_at: datetime | None = None
) -> dict[str, str]:
    """The header of a new token."""
    secret = await store.tokens.add(
        f"crm of {client}", client=client, scopes=WRITE, expires_at=expires_at, by="test", now=NOW
    )
    return {"Authorization": f"Bearer {secret}"}


async def test_a_number_is_not_dialled_after_the_answer(
    api: httpx.AsyncClient, store: Store
) -> None:
    campaign = await add_campaign(store, leads=2)
    leads = await store.leads.lease(campaign.id, 2, owner="worker-1", now=NOW)
    forbidden = leads[0].number

    said = await api.post(PATH, json={"number": forbidden}, headers=await token(store))

    assert said.status_code == 201
    assert said.json()["is_new"] is True
    verdicts = await store.attempts.write([attempt_on(each, campaign) for each in leads], now=NOW)
    assert verdicts[0].refused == "do_not_call"
    assert verdicts[1].refused is None


async def test_who_when_and_how_are_kept_and_audited(api: httpx.AsyncClient, store: Store) -> None:
    body = {"number": "(202) 555-0100", "region": "us", "reason": "letter of 2 March"}
    headers = await token(store)
    first = await api.post(PATH, json=body, headers=headers)
    again = await api.post(PATH, json=body | {"reason": "once more"}, headers=headers)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["is_new"] is False
    (entry,) = await store.do_not_call.check("+12025550100")
    assert (entry.added_by, entry.how) == ("token crm of None", "letter of 2 March")
    lines = await store.audit.lines("do-not-call api")
    assert [(line.by, line.action) for line in lines] == [
        ("token crm of None", "do-not-call added")
    ]


async def test_a_clients_token_forbids_for_that_client_alone(
    api: httpx.AsyncClient, store: Store
) -> None:
    theirs = await add_campaign(store, leads=1, name="theirs", client="Acme")
    other = await add_campaign(store, leads=1, name="other", client="Bolt")
    said = await api.post(
        PATH, json={"number": number(1)}, headers=await token(store, client="Acme")
    )
    assert said.json()["list"] == "api Acme"

    assert len(await dial(store, other)) == 1
    leads = await store.leads.lease(theirs.id, 1, owner="worker-1", now=NOW)
    verdicts = await store.attempts.write([attempt_on(each, theirs) for each in leads], now=NOW)
    assert all(each.refused for each in verdicts)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer dialer_wrong"}, {"Authorization": "Basic YTpi"}],
    ids=["none", "wrong", "basic"],
)
async def test_strangers_are_refused(
    api: httpx.AsyncClient, store: Store, headers: dict[str, str]
) -> None:
    said = await api.post(PATH, json={"number": "+12025550100"}, headers=headers)
    assert said.status_code == 401
    assert said.headers["WWW-Authenticate"] == "Bearer"
    assert said.headers["Content-Type"] == "application/problem+json"
    assert await store.do_not_call.check("+12025550100") == []


async def test_a_token_ends_when_it_is_revoked_or_over(
    api: httpx.AsyncClient, store: Store, present: Present
) -> None:
    await add_campaign(store)
    ends = await token(store, expires_at=NOW + timedelta(hours=1))
    revoked = await token(store, client="Acme")
    assert await store.tokens.revoke("crm of Acme", by="test", now=NOW)
    assert not await store.tokens.revoke("crm of Acme", by="test", now=NOW)
    body = {"number": "+12025550100"}

    assert (await api.post(PATH, json=body, headers=revoked)).status_code == 401
    assert (await api.post(PATH, json=body, headers=ends)).status_code == 201
    present.at = NOW + timedelta(hours=1)
    assert (await api.post(PATH, json=body, headers=ends)).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"number": "+12"},
        {"number": "202 555 0100"},
        {"number": "12", "region": "US"},
        {"number": "+12025550100", "region": 5},
        {"number": "+12025550100", "surprise": "yes"},
        {"number": "+1202555\n0100; uuid_kill"},
        {"number": "+12025550100", "reason": ""},
        ["+12025550100"],
    ],
)
async def test_what_is_no_request_is_refused_and_says_why(
    api: httpx.AsyncClient, store: Store, body: object
) -> None:
    said = await api.post(PATH, json=body, headers=await token(store))
    assert said.status_code == 422
    problem = said.json()
    assert problem["status"] == 422 and (problem["detail"] or problem["mistakes"])
    assert said.headers["Content-Type"] == "application/problem+json"
    assert not await store.audit.lines("do-not-call api")


async def test_a_lost_database_is_an_answer_too(
    api: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = await token(store)

    async def lost(*_: object, **__: object) -> bool:
        raise DatabaseUnavailable("gone")

    monkeypatch.setattr(store.do_not_call, "add", lost)
    said = await api.post(PATH, json={"number": "+12025550100"}, headers=headers)
    assert said.status_code == 503
    assert said.headers["Retry-After"] == "5"


async def test_a_fault_says_nothing_of_the_inside(
    api: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = await token(store)

    async def broken(*_: object, **__: object) -> bool:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(store.do_not_call, "add", broken)
    said = await api.post(PATH, json={"number": "+12025550100"}, headers=headers)
    assert said.status_code == 500
    assert "secret" not in said.text


async def test_the_description_names_the_token_and_every_error(api: httpx.AsyncClient) -> None:
    document = (await api.get("/api/v1/openapi.json")).json()
    post = document["paths"][PATH]["post"]
    assert post["security"] == [{"token": []}]
    assert {"200", "201", "401", "403", "422", "503"} <= set(post["responses"])


async def test_tokens_want_a_name_of_their_own_and_a_known_client(store: Store) -> None:
    await add_campaign(store)
    await token(store, client="Acme")
    with pytest.raises(StoreError, match="There is a token 'crm of Acme' already"):
        await token(store, client="Acme")
    with pytest.raises(StoreError, match=r"no client 'Acmee'; there are: Acme\."):
        await token(store, client="Acmee")
    with pytest.raises(StoreError, match=r"no token 'crm of Acm'\. Did you mean"):
        await store.tokens.revoke("crm of Acm", by="test", now=NOW)
    (kept,) = await store.tokens.list()
    assert kept.last_used_at is None and kept.is_valid(NOW)
