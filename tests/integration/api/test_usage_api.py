"""A program reads what the client is billed, and nothing that was counted otherwise."""

from datetime import timedelta

from campaigns.store.store import Store
from campaigns.usage_files import usage_document
from tests.support.api_desk import app_of, asking, token
from tests.support.client_work import worked
from tests.support.stored import NOW, add_campaign

TARIFF = """
currency = "AZN"
per_attempt = "0.01"
per_minute = "0.60"
per_agent_hour = "9.96"
minute_step_seconds = 60
vat_percent = "18"
"""
PERIOD = {"since": "2026-03-01T00:00:00Z", "until": "2026-03-31T00:00:00Z"}


async def test_the_usage_is_the_bill_waiting_and_amounts_included(store: Store) -> None:
    ours = await add_campaign(store, leads=10, name="spring", client="Acme", team="ours")
    theirs = await add_campaign(store, leads=10, name="secret", client="Bolt", team="theirs")
    await worked(store, ours, sales=2, refusals=1)
    await worked(store, theirs, sales=1, refusals=0)
    await store.clients.agree("Acme", tariff=TARIFF, by="test", now=NOW)
    bill = await store.clients.usage(
        "Acme", NOW - timedelta(days=1), NOW + timedelta(days=29), now=NOW
    )
    async with asking(app_of(store), await token(store, client="Acme")) as acme:
        said = (await acme.get("/usage", params=PERIOD)).json()
        (client,) = said["clients"]
        (used,) = client["campaigns"]
        document = usage_document(bill)
        assert client == {name: document[name] for name in ("client", "campaigns", "totals")}
        # Twenty minutes of waiting and thirty of talk; the pause is not billed.
        assert used["agent_seconds"] == 50 * 60
        # 0.04 for attempts, 1.80 for minutes, 8.27 for 0.83 hours.
        assert client["totals"] == [
            {"currency": "AZN", "net": "10.11", "vat": "1.82", "gross": "11.93"}
        ]
        other = await acme.get("/usage", params=PERIOD | {"campaign": theirs.name})
        assert other.status_code == 404

    summer = await add_campaign(store, name="summer", client="Acme", team="ours")
    async with asking(app_of(store), await token(store)) as centre:
        both = (await centre.get("/usage", params=PERIOD)).json()["clients"]
        assert [(one["client"], len(one["campaigns"])) for one in both] == [
            ("Acme", 2), ("Bolt", 1),
        ]  # fmt: skip
        assert both[1]["totals"] == [] and both[1]["campaigns"][0]["amount"] is None
        alone = await centre.get("/usage", params=PERIOD | {"campaign": summer.name})
        (client,) = alone.json()["clients"]
        assert client["totals"][0]["gross"] == "0.00"
