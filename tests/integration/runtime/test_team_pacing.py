"""How a team is paced, and what its pacer has learnt, outlive the service; previews end to end."""

from pathlib import Path
from typing import Any

from click.testing import CliRunner

from campaigns.store.store import Store
from dialer.cli.main import cli
from dialer.cli.session import Session
from dialer.engine.commands import NoteRestored
from dialer.engine.ids import TeamId
from dialer.pacing.settings import DialMode
from dialer.runtime.replay import replay, sessions_of
from dialer.service import Service
from dialer.service.home import JOURNAL
from tests.support.service_desk import (
    QuickAgents,
    add_agents,
    attempts_of,
    clock,
    fake_switch,
    people,
    running,
    settings_for,
    start,
    until,
)
from tests.support.stored import NOW, add_campaign


async def ask(store: Store, kind: str, **args: Any) -> dict[str, Any]:
    request = await store.control.request(kind, args, by="ann", now=NOW)
    answer = await store.control.wait(request, 20.0)
    assert answer is not None, kind
    return {"ok": answer.ok, **answer.answer}


def attempts(service: Service) -> int:
    return sum(campaign.attempts for campaign in service.snapshot().campaigns)


async def test_what_a_person_set_is_in_force_at_once_and_after_a_restart(
    store: Store, tmp_path: Path
) -> None:
    campaign = await add_campaign(store, leads=1)
    async with fake_switch() as switch:
        settings = settings_for(tmp_path, switch.port, store.url)
        service = Service(settings, clock=clock())
        async with running(service):
            await start(service, campaign)
            asked = await ask(store, "team.pacing", team="sales")
            assert (asked["mode"], asked["is_set"]) == ("predictive", False)
            answer = await ask(
                store, "team.pacing", team="sales", mode="ratio", ratio=2.5, target_ratio=0.02
            )
            assert (answer["mode"], answer["ratio"], answer["is_set"]) == ("ratio", 2.5, True)
            await until(service, lambda: service.snapshot().teams[0].mode is DialMode.RATIO)
            refused = await ask(store, "team.pacing", team="sales", ratio=40)
            assert refused == {"ok": False, "error": "Ratio is 40; it may be 1 to 10."}
            refused = await ask(store, "team.pacing", team="sales", preview_timeout="shout")
            assert "may be one of dial, skip" in refused["error"]
        service = Service(settings, clock=clock())
        async with running(service):
            await start(service, campaign)
            asked = await ask(store, "team.pacing", team="sales")
            assert (asked["mode"], asked["ratio"], asked["is_set"]) == ("ratio", 2.5, True)
            assert service.snapshot().teams[0].mode is DialMode.RATIO
            back = await ask(store, "team.pacing", team="sales", reset=True)
            assert (back["mode"], back["is_set"]) == ("predictive", False)
    lines = [one for one in await store.audit.lines("team sales") if "pacing" in one.action]
    # Both services began at the same virtual instant, so the order of the lines is not time's.
    by_action = {one.action: one for one in lines}
    assert set(by_action) == {"team.pacing", "team.pacing_reset"}
    assert {one.by for one in lines} == {"ann"}
    assert by_action["team.pacing"].details["before"]["mode"] == "predictive"
    assert by_action["team.pacing_reset"].details["after"]["mode"] == "predictive"


async def test_a_new_shift_starts_warm_and_both_journals_replay(
    store: Store, tmp_path: Path
) -> None:
    campaign = await add_campaign(store, leads=60)
    agents = await add_agents(store, 5)
    restored: list[NoteRestored] = []

    def note(now: float, event: object, commands: Any) -> None:
        restored.extend(one for one in commands if isinstance(one, NoteRestored))

    async with fake_switch(people(talk_mean_seconds=8.0)) as switch:
        settings = settings_for(tmp_path, switch.port, store.url)
        first = Service(settings, clock=clock())
        desk = QuickAgents(first)
        async with running(first):
            desk.log_in(agents)
            await start(first, campaign)
            await until(first, lambda: attempts(first) >= 30)
        learnt = first._engine.saved_pacers()[TeamId(campaign.team_id)]
        assert await store.team_pacing.state(campaign.team_id) == learnt
        second = Service(settings, clock=clock())
        second.observe(note)
        async with running(second):
            await until(second, lambda: bool(restored))
        assert [(one.team_id, one.reason) for one in restored] == [(campaign.team_id, None)]
    found = sessions_of(tmp_path / JOURNAL)
    assert len(found.whole) == 2
    for session in found.whole:
        done = replay(session)
        assert done.difference is None
    answer = CliRunner().invoke(
        cli, ["why", "pace", "sales", "--journal", str(tmp_path / JOURNAL)], obj=Session()
    )
    assert answer.exit_code == 0, answer.output
    assert "Team 'sales', the last" in answer.output


async def test_an_agent_sees_a_lead_and_dials_or_skips(store: Store, tmp_path: Path) -> None:
    campaign = await add_campaign(store, leads=3)
    agents = await add_agents(store, 1)
    async with fake_switch(people(answer_ratio=1.0, failures={})) as switch:
        service = Service(settings_for(tmp_path, switch.port, store.url), clock=clock())
        desk = QuickAgents(service)
        async with running(service):
            await start(service, campaign)
            set_to = await ask(
                store, "team.pacing", team="sales", mode="preview", preview_seconds_max=3600
            )
            assert set_to["mode"] == "preview"
            desk.log_in(agents)
            await until(service, lambda: any(a.preview for a in service.snapshot().agents))
            shown = service.snapshot().agents[0].preview
            assert shown is not None
            skipped = await ask(store, "agent.skip", agent="agent1")
            assert skipped["ok"] and skipped["preview"]["lead"] != shown.lead_id
            dialled = await ask(store, "agent.dial", agent="agent1")
            assert (dialled["ok"], dialled["state"]) == (True, "reserved")
            refused = await ask(store, "agent.dial", agent="agent1")
            assert "has no lead to dial" in refused["error"]
            await until(service, lambda: service.snapshot().agents[0].state == "talking")
            assert service.snapshot().calls[0].lead_id == skipped["preview"]["lead"]
            await until(service, lambda: bool(service.snapshot().agents[0].preview))
    (attempt,) = await attempts_of(store)
    assert attempt.outcome == "connected"
