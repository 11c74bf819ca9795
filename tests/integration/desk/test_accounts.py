"""Accounts and sessions: who gets in, for how long, and what is written down."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI

from campaigns.roles import Role
from campaigns.store.errors import StoreError
from campaigns.store.store import Store
from campaigns.store.users import User
from dialer.desk.app import build_app
from tests.support.browser import PASSWORD
from tests.support.desk_client import DeskClient, visiting
from tests.support.stored import NOW


class Present:
    """A clock that stands still until it is moved."""

    at: datetime = NOW


@pytest.fixture
def present() -> Present:
    return Present()


@pytest.fixture
def app(store: Store, present: Present) -> FastAPI:
    return build_app(store, lambda: present.at)


@pytest.fixture
async def visitor(app: FastAPI) -> AsyncIterator[DeskClient]:
    async with visiting(app) as client:
        yield client


@pytest.fixture
async def boss(store: Store) -> User:
    return await store.users.add("Boss", Role.SUPERVISOR, PASSWORD, by="test", now=NOW)


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    app: FastAPI, visitor: DeskClient, boss: User, store: Store
) -> None:
    said = await visitor.sign_in("boss")
    assert said.status_code == 303
    cookie = next(c for c in said.headers.get_list("set-cookie") if c.startswith("dialer="))
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Secure" not in cookie
    app.state.desk.public_url = "https://desk.example"
    said = await visitor.sign_in("boss")
    app.state.desk.public_url = ""
    secure = [c for c in said.headers.get_list("set-cookie") if c.startswith("__Host-dialer=")]
    assert not secure or "Secure" in secure[0]
    actions = [(line.by, line.action) for line in await store.audit.lines("account Boss")]
    assert ("user Boss", "signed in") in actions


async def test_nobody_learns_whether_an_account_exists(
    visitor: DeskClient, boss: User, store: Store
) -> None:
    wrong = await visitor.sign_in("boss", "not the password")
    unknown = await visitor.sign_in("nobody", "not the password")
    await store.users.disable("boss", by="test", now=NOW)
    disabled = await visitor.sign_in("boss")
    assert wrong.status_code == unknown.status_code == disabled.status_code == 403
    texts = {
        said.text.replace("nobody", "boss").split("<form")[0].split("<h1>")[1]
        for said in (wrong, unknown, disabled)
    }
    assert len(texts) == 1
    refused = [one for one in await store.audit.lines() if one.action == "sign-in refused"]
    assert {one.subject for one in refused} == {"account Boss"}


async def test_too_many_tries_wait_longer_each_time_and_even_the_right_password_waits(
    app: FastAPI, visitor: DeskClient, boss: User, present: Present
) -> None:
    for _ in range(5):
        assert (await visitor.sign_in("boss", "not the password")).status_code == 403
    held = await visitor.sign_in("boss")
    assert held.status_code == 429 and held.headers["Retry-After"] == "30"
    present.at += timedelta(seconds=30)
    assert (await visitor.sign_in("boss", "not the password")).status_code == 403
    assert (await visitor.sign_in("boss")).headers["Retry-After"] == "60"
    # The person is not locked out where they really are.
    async with visiting(app, address="192.0.2.77") as elsewhere:
        assert (await elsewhere.sign_in("boss")).status_code == 303


async def test_one_address_cannot_try_many_accounts(visitor: DeskClient, store: Store) -> None:
    waits = [await store.sign_in_waits.begin(f"name{i}", "192.0.2.1", now=NOW) for i in range(61)]
    assert waits[:60] == [0] * 60 and waits[60] == 30
    assert (await visitor.sign_in("another")).status_code == 429


async def test_a_session_ends_idle_at_its_end_and_with_the_password(
    app: FastAPI, visitor: DeskClient, boss: User, store: Store, present: Present
) -> None:
    del boss
    assert (await visitor.sign_in("boss")).status_code == 303
    for _ in range(7):
        present.at += timedelta(minutes=119)
        assert (await visitor.get("/account")).status_code == 200
    present.at += timedelta(minutes=119)
    over = await visitor.get("/account")
    assert over.status_code == 303 and over.headers["Location"].startswith("/signin")

    assert (await visitor.sign_in("boss")).status_code == 303
    present.at += timedelta(hours=2)
    assert (await visitor.get("/account")).status_code == 303

    assert (await visitor.sign_in("boss")).status_code == 303
    await store.users.set_password("boss", "another good one", by="test", now=present.at)
    assert (await visitor.get("/account")).status_code == 303


async def test_the_own_password_is_changed_with_the_present_one_and_ends_other_sessions(
    app: FastAPI, visitor: DeskClient, boss: User
) -> None:
    del boss
    await visitor.sign_in("boss")
    async with visiting(app) as other:
        await other.sign_in("boss")
        fields: dict[str, object] = {"present": "wrong", "new": "a new good one"}
        fields["again"] = fields["new"]
        assert (await visitor.post("/account/password", fields)).status_code == 422
        short = fields | {"present": PASSWORD, "new": "short", "again": "short"}
        refused = await visitor.post("/account/password", short)
        assert refused.status_code == 422 and "5 characters; 10 are the least" in refused.text
        done = await visitor.post("/account/password", fields | {"present": PASSWORD})
        assert done.status_code == 303
        assert (await visitor.get("/account")).status_code == 200
        assert (await other.get("/account")).status_code == 303


async def test_a_form_needs_the_token_of_its_session_and_a_page_of_ours(
    app: FastAPI, visitor: DeskClient, boss: User, store: Store
) -> None:
    await visitor.sign_in("boss")
    token, visitor.csrf = visitor.csrf, "0" * 64
    assert (await visitor.post("/account/place", {"language": "az"})).status_code == 403
    visitor.csrf = token
    foreign = await visitor.http.post(
        "/account/place",
        data={"csrf": token, "language": "az"},
        headers={"Origin": "https://elsewhere.example"},
    )
    assert foreign.status_code == 403
    assert (await store.users.get("boss")).language is None
    assert (await visitor.post("/account/place", {"language": "az"})).status_code == 303
    assert (await store.users.get("boss")).language == "az"
    # A sign-in form that was given to another browser signs nobody in.
    async with visiting(app) as other:
        page = await other.get("/signin")
        other.http.cookies.clear()
        form = page.text.split('name="form" value="')[1].split('"')[0]
        said = await other.http.post(
            "/signin", data={"form": form, "name": "boss", "password": PASSWORD}
        )
        assert said.status_code == 403 and "dialer=" not in said.headers.get("set-cookie", "")


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "/signout"],
)
async def test_after_the_sign_in_nobody_is_led_elsewhere(
    visitor: DeskClient, boss: User, wanted: str
) -> None:
    await visitor.sign_in("boss")
    said = await visitor.get("/signin", params={"next": wanted})
    assert said.headers["Location"] == "/"


async def test_accounts_belong_to_what_their_role_needs(store: Store) -> None:
    await store.agents.add("anna", "sales", "1001", by="test", now=NOW)

    async def add(name: str, role: Role, password: str = PASSWORD, **more: str) -> None:
        await store.users.add(name, role, password, by="test", now=NOW, **more)  # type: ignore[arg-type]

    with pytest.raises(StoreError, match="role agent needs its agent"):
        await add("anna", Role.AGENT)
    with pytest.raises(StoreError, match="belongs to no agent"):
        await add("boss", Role.SUPERVISOR, agent="anna")
    with pytest.raises(StoreError, match=r"no agent 'ana'\. Did you mean 'anna'"):
        await add("anna", Role.AGENT, agent="ana")
    with pytest.raises(StoreError, match="no client 'Acme'"):
        await add("acme", Role.CLIENT, client="Acme")
    with pytest.raises(StoreError, match="contains the name"):
        await add("annabelle", Role.QUALITY, password="I am Annabelle")
    with pytest.raises(StoreError, match="among the first"):
        await add("anna", Role.QUALITY, password="password123")
    await add("anna", Role.AGENT, agent="anna")
    with pytest.raises(StoreError, match="There is an account 'ANNA' already"):
        await add("ANNA", Role.QUALITY)
    with pytest.raises(StoreError, match="agent 'anna' has an account already"):
        await add("anna2", Role.AGENT, agent="anna")


async def test_only_an_administrator_makes_accounts(
    app: FastAPI, visitor: DeskClient, boss: User, store: Store
) -> None:
    await visitor.sign_in("boss")
    assert (await visitor.get("/admin/users")).status_code == 404
    made = await visitor.post("/admin/users", {"name": "x", "role": "administrator"})
    assert made.status_code == 403
    await store.users.add("root", Role.ADMINISTRATOR, PASSWORD, by="test", now=NOW)
    async with visiting(app) as admin:
        await admin.sign_in("root")
        assert (await admin.post(f"/admin/users/{boss.id}/disable")).status_code == 303
        own = (await store.users.get("root")).id
        assert (await admin.post(f"/admin/users/{own}/disable")).status_code == 422
    assert (await visitor.get("/account")).status_code == 303
