"""The HTTP interface as a part of the running service."""

from pathlib import Path

import httpx

from campaigns.store.store import Store
from campaigns.store.tokens import Scope
from dialer.service import Service
from tests.support.service_desk import clock, fake_switch, running, settings_for
from tests.support.stored import NOW


async def test_the_service_serves_it_by_the_dialers_clock(store: Store, tmp_path: Path) -> None:
    secret = await store.tokens.add(
        "crm", client=None, scopes=[Scope.DO_NOT_CALL_WRITE], expires_at=None, by="test", now=NOW
    )
    web = {"web.enabled": True, "web.port": 0}
    async with fake_switch() as switch:
        settings = settings_for(tmp_path, switch.port, store.url, **web)
        service = Service(settings, clock=clock())
        async with running(service):
            assert service.web_url is not None
            async with httpx.AsyncClient(
                base_url=service.web_url, headers={"Authorization": f"Bearer {secret}"}
            ) as client:
                said = await client.post("/api/v1/do-not-call", json={"number": "+12025550100"})
            assert said.status_code == 201
            # The dialer's clock, not this machine's.
            assert said.json()["at"].startswith("2026-03-02")
    assert await store.do_not_call.check("+12025550100")


async def test_it_can_be_switched_off(store: Store, tmp_path: Path) -> None:
    async with fake_switch() as switch:
        service = Service(settings_for(tmp_path, switch.port, store.url), clock=clock())
        async with running(service):
            assert service.web_url is None
