"""The HTTP interface over a real store: two clients with everything that can be theirs."""

import uuid
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from campaigns.outcomes import Outcome
from campaigns.store.recordings import NewRecording
from campaigns.store.rows import CampaignRow
from campaigns.store.store import Store
from campaigns.store.tokens import Scope
from dialer.desk.app import build_app
from dialer.engine.ids import AgentId
from dialer.engine.snapshot import AgentSnapshot
from tests.support.stored import NOW, add_campaign, dial, new_lead, phone, result_of


class Present:
    """A clock that stands still until it is moved."""

    at: datetime = NOW


@dataclass(frozen=True, kw_only=True)
class Theirs:
    """What one client has."""

    client: str
    headers: dict[str, str]
    campaign: CampaignRow
    agent: str
    team: str
    lead_id: int
    called_lead_id: int
    call_id: str
    """Ended."""
    live_call_id: str
    callback_id: int
    file_id: str
    upload_id: int
    webhook_id: int
    number: str


class Floor:
    """A dialer that does what it is asked, as far as its answers tell; nobody is logged in."""

    def agent(self, agent_id: AgentId) -> AgentSnapshot | None:
        """As the stored state has them."""
        del agent_id
        return None

    async def ask(self, kind: str, args: dict[str, Any], *, by: str) -> tuple[bool, dict[str, Any]]:
        """The answer in the shape of the real one."""
        del by
        if kind.startswith("campaign."):
            return True, {"campaign": args["campaign"], "state": "running"}
        if kind == "team.pacing":
            paced = {"mode": "ratio", "ratio": 2.0, "target_ratio": 0.02, "wall": "forecast"}
            return True, {"team": args["team"], "is_set": True} | paced
        if kind.startswith("calls."):
            return False, {"error": "The lead is not with the agent."}
        return True, {"agent": args.get("agent"), "state": "paused", "place": "held"}


def app_of(store: Store, present: Present | None = None, **options: object) -> FastAPI:
    """The application, at a standing clock and without a rate limit to speak of."""
    clock = present or Present()
    ticks = iter(range(0, 10**9, 10))
    return build_app(store, lambda: clock.at, api_clock=lambda: float(next(ticks)), **options)  # type: ignore[arg-type]


@asynccontextmanager
async def asking(
    app: FastAPI, headers: dict[str, str] | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A program that asks the application, in this process."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://dialer/api/v1", headers=headers or {}
    ) as client:
        yield client


async def token(
    store: Store,
    *,
    client: str | None = None,
    scopes: Collection[Scope] = tuple(Scope),
    expires_at: datetime | None = None,
) -> dict[str, str]:
    """The header of a new token, which may do everything unless told."""
    secret = await store.tokens.add(
        f"crm {uuid.uuid4()}", client=client, scopes=scopes, expires_at=expires_at, by="test",
        now=NOW,
    )  # fmt: skip
    return {"Authorization": f"Bearer {secret}"}


async def everything_of(store: Store, client: str, *, first: int, folder: Path) -> Theirs:
    """A client with a campaign, a team, an agent, called and uncalled leads, a recording, a promise
    and an upload; numbers from `first` on."""
    name = client.lower()
    leads = [new_lead(index, phone(index), city="Baku") for index in range(first, first + 6)]
    campaign = await add_campaign(
        store, leads=leads, name=f"{name} spring", client=client, team=f"{name} team"
    )
    await store.agents.add(f"{name} agent", f"{name} team", str(first), by="test", now=NOW)
    agent = await store.agents.get(f"{name} agent")
    ended, live = await dial(store, campaign, 2)
    await store.attempts.settle(
        [result_of(ended.call_id, Outcome.CONNECTED, agent_id=agent.id)], now=NOW
    )
    await store.attempts.dispose(ended.call_id, agent.id, "no_interest", now=NOW)
    file_id = f"{name}-{ended.call_id}"
    await store.recordings.put(
        [
            NewRecording(
                file_id=file_id, call_id=ended.call_id, campaign_id=campaign.id,
                agent_id=agent.id, policy="notice", consent="notice", started_at=NOW,
                ended_at=NOW + timedelta(seconds=60), seconds=60.0, masked=[],
            )
        ]
    )  # fmt: skip
    (folder / f"{file_id}.wav").write_bytes(b"RIFF")
    uncalled = await store.lead_pages.page([campaign.id], after=0, most=10, state="callable")
    promised = await store.callbacks.promise(
        uncalled[0].id, NOW + timedelta(hours=1), by="test", now=NOW
    )
    upload_id = await store.lead_uploads.begin(
        campaign.id, file="list.csv", list_name="list", by="test", now=NOW
    )
    await store.lead_uploads.end(
        upload_id, counts={"rows": 1}, error=None, rejects="line,reason\n2,bad\n", now=NOW
    )
    webhook_id, _ = await store.webhooks.add(
        await store.webhooks.client_id(client), f"https://{name}.example.com/", ["call.ended"],
        by="test", now=NOW,
    )  # fmt: skip
    headers = await token(store, client=client)
    async with asking(app_of(store), headers) as api:
        said = await api.post("/do-not-call", json={"number": f"+1999555{first:04d}"})
        assert said.status_code == 201, said.text
    return Theirs(
        client=client, headers=headers, campaign=campaign, agent=agent.name, team=agent.team_name,
        lead_id=uncalled[1].id, called_lead_id=ended.lead_id, call_id=ended.call_id,
        live_call_id=live.call_id, callback_id=promised.callback.id, file_id=file_id,
        upload_id=upload_id, webhook_id=webhook_id, number=leads[0].numbers[0].number,
    )  # fmt: skip
