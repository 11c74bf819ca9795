"""A receiver is told of what happened, genuinely, at least once, and of nobody else's calls."""

import asyncio
import ipaddress
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from campaigns.outcomes import Outcome
from campaigns.store.hand_overs import HandOverWay, NewHandOver
from campaigns.store.store import Store
from campaigns.store.webhook_queue import Tried
from campaigns.webhooks import FAILING_MAX, TRIES_MAX, is_genuine
from dialer.runtime.webhook_delivery import OF_ONE_MAX, WebhookDelivery
from dialer.runtime.webhook_http import WebhookHttp
from tests.support.api_desk import app_of, asking, token
from tests.support.stored import NOW, add_campaign, dial, number, result_of

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
SENT_AT = 1_772_463_600


@dataclass
class Receiver:
    """An HTTP server that keeps what it was sent and answers as it is told."""

    answers: list[bytes] = field(default_factory=list)
    """Status lines to give, one after the other; then 200."""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.got.append((headers, body))
        status = self.answers.pop(0) if self.answers else b"200 OK"
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    @property
    def events(self) -> list[dict[str, object]]:
        """The bodies, in order."""
        return [json.loads(body) for _, body in self.got]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    it = Receiver()
    async with await asyncio.start_server(it.serve, "127.0.0.1", 0) as server:
        it.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        yield it


class Wall:
    """The machine's clock, moved by hand."""

    at = datetime(2026, 3, 2, 15, tzinfo=UTC)


@asynccontextmanager
async def deliverer(store: Store, wall: Wall, **options: object) -> AsyncIterator[WebhookDelivery]:
    http = WebhookHttp(allowed=LOOPBACK, wall=lambda: float(SENT_AT), **options)
    try:
        yield WebhookDelivery(
            store.webhook_queue, http.send, wall=lambda: wall.at, luck=lambda: 0.5
        )
    finally:
        await http.close()


async def add(
    store: Store, receiver: Receiver, *events: str, client: str | None = "Acme"
) -> tuple[int, str]:
    client_id = None if client is None else await store.webhooks.client_id(client)
    return await store.webhooks.add(client_id, receiver.url, events, by="test", now=NOW)


async def one_call(store: Store, name: str = "spring", client: str = "Acme") -> str:
    campaign = await store.campaigns.get(name)
    (call,) = await dial(store, campaign)
    await store.attempts.settle([result_of(call.call_id, Outcome.NO_ANSWER)], now=NOW)
    return call.call_id


async def test_an_end_and_the_agents_word_are_told_signed_and_in_order(
    store: Store, receiver: Receiver
) -> None:
    campaign = await add_campaign(store, leads=2)
    await add_campaign(store, leads=1, name="theirs", client="Bolt", team="bolt")
    agent = await store.agents.add("anna", "sales", "1001", by="test", now=NOW)
    _, secret = await add(
        store, receiver, "call.ended", "call.disposed", "lead.handed_over", "do_not_call.added"
    )
    first, second = await dial(store, campaign, 2)
    await store.attempts.settle(
        [result_of(first.call_id, Outcome.CONNECTED, agent_id=agent.id)], now=NOW
    )
    await store.hand_overs.add(
        NewHandOver(
            call_id=first.call_id, agent_id=agent.id, specialist="Eva", number=None,
            way=HandOverWay.MESSAGE, note="wants an offer",
        ),
        by="anna", now=NOW,
    )  # fmt: skip
    await store.attempts.dispose(first.call_id, agent.id, "sale", now=NOW)
    await store.attempts.dispose(second.call_id, agent.id, "do_not_call", now=NOW)
    await one_call(store, "theirs")
    async with deliverer(store, Wall()) as delivery:
        assert await delivery.deliver() == 4
        assert await delivery.deliver() == 0
    told = sorted(receiver.events, key=lambda event: int(str(event["sequence"])))
    assert [event["event"] for event in told] == [
        "call.ended", "lead.handed_over", "call.disposed", "do_not_call.added",
    ]  # fmt: skip
    assert [event["sequence"] for event in told] == [1, 2, 3, 4]
    data: dict[str, object] = told[2]["data"]  # type: ignore[assignment]
    assert (data["call_id"], data["disposition"]) == (first.call_id, "sale")
    assert told[1]["data"]["note"] == "wants an offer"  # type: ignore[index]
    assert told[3]["data"]["number"] == second.number  # type: ignore[index]
    for headers, body in receiver.got:
        assert is_genuine(body, headers["dialer-signature"], key=secret, now=SENT_AT + 1)
        assert headers["dialer-delivery"] == json.loads(body)["id"]
        assert headers["host"] == receiver.url.split("/")[2]


async def test_promises_made_and_missed_and_the_campaigns_state_are_told(
    store: Store, receiver: Receiver
) -> None:
    campaign = await add_campaign(store, leads=2)
    await add(
        store, receiver, "callback.made", "callback.missed", "callback.cancelled", "campaign.state"
    )
    first, second = await store.lead_pages.page([campaign.id], after=0, most=2)
    due = NOW + timedelta(hours=1)
    await store.callbacks.promise(first.id, due, by="t", now=NOW)
    await store.callbacks.promise(second.id, due, by="t", now=NOW)
    await store.lead_pages.withdraw([campaign.id], second.id, by="t", now=NOW)
    assert await store.callbacks.lapse(NOW + timedelta(days=1)) == 1
    await store.campaigns.set_state(campaign.id, "running", by="t", now=NOW)
    await store.campaigns.set_state(campaign.id, "running", by="t", now=NOW)
    async with deliverer(store, Wall()) as delivery:
        await delivery.deliver()
    told = sorted(receiver.events, key=lambda event: int(str(event["sequence"])))
    assert [event["event"] for event in told] == [
        "callback.made", "callback.made", "callback.cancelled", "callback.missed",
        "campaign.state",
    ]  # fmt: skip
    assert told[3]["data"]["reason"] == "nobody_dialled"  # type: ignore[index]


async def test_what_was_rolled_back_is_never_told(store: Store, receiver: Receiver) -> None:
    await add_campaign(store, leads=1)
    await add(store, receiver, "call.ended")
    from campaigns.store.attempt_settle import settle_attempts

    campaign = await store.campaigns.get("spring")
    (call,) = await dial(store, campaign)
    async with store.results._engine.connect() as connection:
        await settle_attempts(connection, [result_of(call.call_id, Outcome.BUSY)])
        await connection.rollback()
    async with deliverer(store, Wall()) as delivery:
        assert await delivery.deliver() == 0


async def test_a_receiver_that_is_down_gets_everything_when_it_is_back(
    store: Store, receiver: Receiver
) -> None:
    await add_campaign(store, leads=12)
    webhook_id, _ = await add(store, receiver, "call.ended")
    calls = [await one_call(store) for _ in range(12)]
    receiver.answers = [b"503 Service Unavailable"] * 11
    wall = Wall()
    async with deliverer(store, wall) as delivery:
        assert await delivery.deliver() == OF_ONE_MAX
        webhook = await store.webhooks.get(None, webhook_id)
        assert webhook.failing_since == wall.at and webhook.pending == 12
        assert await store.webhook_queue.failing() == (1, 0)
        # Nothing at all while its gate is shut, and then one delivery to see.
        assert await delivery.deliver() == 0
        wall.at += timedelta(minutes=10)
        assert await delivery.deliver() == 1
        assert len(receiver.got) == 11
        wall.at += timedelta(minutes=10)
        assert await delivery.deliver() == 1
        assert await delivery.deliver() == OF_ONE_MAX
        assert await delivery.deliver() == 1
    taken = receiver.events[11:]
    assert sorted(event["data"]["call_id"] for event in taken) == sorted(calls)  # type: ignore[index]
    assert sorted(int(str(event["sequence"])) for event in taken) == list(range(1, 13))
    by_id = {event["id"]: event["sequence"] for event in receiver.events}
    assert len(by_id) == 12, "a try again keeps its id and sequence"
    assert await store.webhook_queue.failing() == (0, 0)


async def test_a_receiver_that_takes_nothing_for_days_is_switched_off_with_an_alarm(
    store: Store, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    await add_campaign(store, leads=3)
    webhook_id, _ = await add(store, receiver, "call.ended")
    await one_call(store)
    receiver.answers = [b"500 No"] * 3
    wall = Wall()
    async with deliverer(store, wall) as delivery:
        await delivery.deliver()
        wall.at += FAILING_MAX
        await delivery.deliver()
    webhook = await store.webhooks.get(None, webhook_id)
    assert (webhook.state, webhook.disabled_reason) == ("disabled", "It took nothing for 3 days.")
    assert "switched off" in caplog.text
    (line,) = await store.audit.lines(f"webhook {webhook_id}", count=1)
    assert line.action == "webhook disabled"
    await one_call(store)
    enabled = await store.webhooks.enable(None, webhook_id, by="t", now=NOW)
    assert (enabled.state, enabled.pending) == ("active", 1), "what came meanwhile is not kept"


async def test_gone_for_good_ends_it_at_once_and_a_bad_request_does_not(
    store: Store, receiver: Receiver
) -> None:
    await add_campaign(store, leads=3)
    webhook_id, _ = await add(store, receiver, "call.ended")
    await one_call(store)
    wall = Wall()
    async with deliverer(store, wall) as delivery:
        receiver.answers = [b"400 Bad Request"]
        await delivery.deliver()
        assert (await store.webhooks.get(None, webhook_id)).failing_since is None
        wall.at += timedelta(minutes=10)
        receiver.answers = [b"410 Gone"]
        await delivery.deliver()
    assert (await store.webhooks.get(None, webhook_id)).state == "disabled"
    (kept,) = await store.webhooks.deliveries(None, webhook_id, before=2**60, most=5)
    assert (kept.state, kept.last_status, kept.attempts) == ("failed", 410, 2)


async def test_no_delivery_is_tried_for_ever_and_each_can_be_made_again(
    store: Store, receiver: Receiver
) -> None:
    await add_campaign(store, leads=1)
    webhook_id, _ = await add(store, receiver, "call.ended")
    await one_call(store)
    wall = Wall()
    async with deliverer(store, wall) as delivery:
        receiver.answers = [b"422 No"] * TRIES_MAX
        for _ in range(TRIES_MAX):
            assert await delivery.deliver() == 1
            wall.at += timedelta(hours=7)
        assert await delivery.deliver() == 0
        (kept,) = await store.webhooks.deliveries(None, webhook_id, before=2**60, most=5)
        assert kept.state == "failed"
        count = await store.webhooks.replay(
            None, webhook_id, delivery_ids=[kept.id], by="t", now=NOW
        )
        assert count == 1 and await delivery.deliver() == 1
    (kept,) = await store.webhooks.deliveries(None, webhook_id, before=2**60, most=5)
    assert kept.state == "delivered" and kept.event_id == receiver.events[0]["id"]


async def test_two_services_share_the_work_and_a_dead_ones_is_taken_over(store: Store) -> None:
    await add_campaign(store, leads=40)
    receiver = Receiver(url="https://crm.example.com/")
    await add(store, receiver, "call.ended")
    calls = [await one_call(store) for _ in range(40)]
    sent: list[str] = []

    async def send(delivery: object) -> Tried:
        sent.append(delivery.data["call_id"])  # type: ignore[attr-defined]
        return Tried(status=200, error=None)

    wall = Wall()
    lost = await store.webhook_queue.take(most=3, now=wall.at)
    services = [WebhookDelivery(store.webhook_queue, send, wall=lambda: wall.at) for _ in range(2)]
    while any(await asyncio.gather(*(service.deliver() for service in services))):
        pass
    assert len(sent) == len(set(sent)) == 37
    wall.at += timedelta(minutes=2)
    await services[0].deliver()
    assert sorted(sent) == sorted(calls)
    assert [each.data["call_id"] in sent[37:] for each in lost] == [True] * 3


async def test_a_name_that_leads_into_the_house_is_not_followed(
    store: Store, receiver: Receiver
) -> None:
    await add_campaign(store, leads=1)
    webhook_id, _ = await store.webhooks.add(
        None, "https://evil.example.com/", ["call.ended"], by="t", now=NOW
    )
    await one_call(store)

    async def look(host: str, port: int) -> Sequence[str]:
        assert (host, port) == ("evil.example.com", 443)
        return ["93.184.216.34", "10.0.0.1"]

    async with deliverer(store, Wall(), look=look) as delivery:
        await delivery.deliver()
    (kept,) = await store.webhooks.deliveries(None, webhook_id, before=2**60, most=1)
    assert kept.last_error == "the address leads into a private network"


async def test_redirects_are_not_followed(store: Store, receiver: Receiver) -> None:
    await add_campaign(store, leads=1)
    webhook_id, _ = await add(store, receiver, "call.ended")
    await one_call(store)
    receiver.answers = [b"302 Found\r\nLocation: http://127.0.0.1:1/"]
    async with deliverer(store, Wall()) as delivery:
        await delivery.deliver()
    (kept,) = await store.webhooks.deliveries(None, webhook_id, before=2**60, most=1)
    assert (kept.last_status, kept.state) == (302, "pending")


async def test_forgetting_takes_a_person_out_of_what_is_kept_and_still_to_be_sent(
    store: Store, receiver: Receiver
) -> None:
    await add_campaign(store, leads=2)
    webhook_id, _ = await add(store, receiver, "call.ended", "do_not_call.added", client=None)
    await one_call(store)
    await store.do_not_call.add(number(1), list_name="x", by="t", how="t", now=NOW)
    await store.privacy.forget(number(1), by="t", now=NOW)
    assert await store.webhooks.deliveries(None, webhook_id, before=2**60, most=5) == []


async def test_the_interface_makes_changes_tests_and_removes_webhooks(
    store: Store, receiver: Receiver
) -> None:
    await add_campaign(store, leads=1)
    app = app_of(store, webhook_networks=LOOPBACK)
    async with asking(app, await token(store, client="Acme")) as api:
        private = await api.post(
            "/webhooks", json={"url": "https://10.0.0.1/", "events": ["call.ended"]}
        )
        assert private.status_code == 422 and "private network" in private.json()["detail"]
        made = await api.post("/webhooks", json={"url": receiver.url, "events": ["call.ended"]})
        assert made.status_code == 201
        webhook, secret = made.json()["webhook"], made.json()["secret"]
        assert secret not in (await api.get("/webhooks")).text
        path = f"/webhooks/{webhook['id']}"
        new = (await api.post(f"{path}/secret")).json()["secret"]
        await api.post(f"{path}/test")
        async with deliverer(store, Wall()) as delivery:
            assert await delivery.deliver() == 1
        headers, body = receiver.got[0]
        for key in (secret, new):
            assert is_genuine(body, headers["dialer-signature"], key=key, now=SENT_AT)
        (shown,) = (await api.get(f"{path}/deliveries")).json()["items"]
        assert (shown["event"], shown["state"]) == ("webhook.test", "delivered")
        again = await api.post(f"{path}/replay", json={"delivery_ids": [shown["id"]]})
        assert again.json() == {"deliveries": 1}
        changed = await api.patch(path, json={"events": ["callback.made"]})
        assert changed.json()["events"] == ["callback.made"]
        assert (await api.post(f"{path}/disable")).json()["state"] == "disabled"
        assert (await api.post(f"{path}/enable")).json()["state"] == "active"
        assert (await api.delete(path)).status_code == 204
        assert (await api.get(path)).status_code == 404


async def test_a_receiver_over_tls_is_asked_by_its_name_at_the_address_that_was_checked(
    store: Store,
) -> None:
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(204)

    async def look(host: str, port: int) -> Sequence[str]:
        return ["93.184.216.34"]

    await add_campaign(store, leads=1)
    await store.webhooks.add(
        None, "https://crm.example.com:8443/h?a=1", ["call.ended"], by="t", now=NOW
    )
    await one_call(store)
    async with deliverer(
        store, Wall(), look=look, transport=httpx.MockTransport(handle)
    ) as delivery:
        await delivery.deliver()
    (request,) = asked
    assert str(request.url) == "https://93.184.216.34:8443/h?a=1"
    assert request.headers["Host"] == "crm.example.com:8443"
    assert request.extensions["sni_hostname"] == "crm.example.com"
