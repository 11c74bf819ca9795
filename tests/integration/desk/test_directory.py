"""FreeSWITCH asks for the agents' telephones; the questions are those of mod_xml_curl 1.10.12."""

import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.store.errors import StoreError
from campaigns.store.store import Store
from dialer.desk.app import build_app
from tests.support.stored import NOW

PATH = "/switch/directory"
PASSWORD = "of-the-switch"
QUESTION = {
    "hostname": "switch-1",
    "section": "directory",
    "tag_name": "domain",
    "key_name": "name",
    "key_value": "127.0.0.1",
    "Event-Name": "REQUEST_PARAMS",
    "action": "sip_auth",
    "sip_profile": "agents",
    "user": "1001",
    "domain": "127.0.0.1",
}


@pytest.fixture
async def switch(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(store, lambda: NOW, switch_password=PASSWORD)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://dialer",
        auth=("switch", PASSWORD),
    ) as client:
        yield client


@pytest.fixture
async def anna(store: Store) -> str:
    """Agent anna on extension 1001; her telephone's password."""
    await store.agents.add("anna", "sales", "1001", by="test", now=NOW)
    return await store.phones.reset("anna", domain="127.0.0.1", by="test", now=NOW)


def read(said: httpx.Response) -> ET.Element:
    assert said.status_code == 200
    assert said.headers["Content-Type"].startswith("text/xml")
    return ET.fromstring(said.text)


async def test_an_agents_telephone_is_found(
    switch: httpx.AsyncClient, store: Store, anna: str
) -> None:
    document = read(await switch.post(PATH, data=QUESTION))
    (user,) = document.iter("user")
    assert user.get("id") == "1001"
    params = {one.get("name"): one.get("value") for one in document.iter("param")}
    assert params["allow-empty-password"] == "false"
    assert params["dial-string"] == "sofia/agents/${dialed_user}%${dialed_domain}"
    account = await store.phones.find("1001", "127.0.0.1")
    assert account is not None and params["a1-hash"] == account.ha1
    assert anna not in ET.tostring(document, encoding="unicode")


@pytest.mark.parametrize(
    "changes",
    [
        {"user": "1002"},
        {"domain": "elsewhere"},
        {"action": "event_socket_auth"},
        {"section": "dialplan"},
        {"user": ""},
    ],
)
async def test_everything_else_is_not_found_and_left_to_the_switchs_own_files(
    switch: httpx.AsyncClient, anna: str, changes: dict[str, str]
) -> None:
    del anna
    document = read(await switch.post(PATH, data=QUESTION | changes))
    (result,) = document.iter("result")
    assert result.get("status") == "not found"
    assert not list(document.iter("user"))


async def test_strangers_are_refused(switch: httpx.AsyncClient, anna: str) -> None:
    del anna
    for auth in (("switch", "wrong"), ("admin", PASSWORD), ("switch", "")):
        said = await switch.post(PATH, data=QUESTION, auth=auth)
        assert said.status_code == 401
        assert "1001" not in said.text


async def test_without_a_password_in_the_settings_nobody_is_let_in(store: Store) -> None:
    transport = httpx.ASGITransport(app=build_app(store, lambda: NOW))
    async with httpx.AsyncClient(transport=transport, base_url="http://dialer") as client:
        for auth in (("switch", ""), ("", "")):
            assert (await client.post(PATH, data=QUESTION, auth=auth)).status_code == 401


async def test_a_question_is_bounded(switch: httpx.AsyncClient) -> None:
    said = await switch.post(PATH, data=QUESTION | {"variable_x": "x" * 70_000})
    assert said.status_code == 413
    said = await switch.post(PATH, data={f"a{i}": "1" for i in range(600)})
    assert said.status_code == 422


@given(body=st.binary(max_size=300) | st.text(max_size=200).map(lambda t: f"user={t}".encode()))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_no_bytes_are_an_error(switch: httpx.AsyncClient, body: bytes) -> None:
    said = await switch.post(
        PATH, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert said.status_code in (200, 422)


async def test_two_agents_cannot_share_a_telephone(store: Store, anna: str) -> None:
    del anna
    await store.agents.add("ben", "sales", "1001", by="test", now=NOW)
    with pytest.raises(StoreError, match="Extension 1001 is another agent's telephone"):
        await store.phones.reset("ben", domain="127.0.0.1", by="test", now=NOW)
    assert await store.phones.extension_of("ben") is None
