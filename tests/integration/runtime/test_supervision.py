"""Supervisors' requests on a running service: moved, paused, written to, and within limits."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from campaigns.store.store import Store
from dialer.engine.commands import ShowMessage
from dialer.engine.states import AgentState
from dialer.runtime.replay import replay, sessions_of
from dialer.service.home import JOURNAL
from tests.integration.runtime.test_in_call import desk_on_a_fake
from tests.support.stored import NOW, add_campaign
from tests.support.talk_desk import ready


async def test_an_agent_is_moved_in_mid_call_and_goes_when_it_is_over(
    store: Store, tmp_path: Path
) -> None:
    await add_campaign(store, name="night", team="night", leads=0)
    async with desk_on_a_fake(store, tmp_path) as (desk, far):
        await ready(desk, "anna")
        await desk.talks("anna")
        answer = await desk.ask("agent.move", agent="anna", team="night")
        assert answer == {
            "agent": "anna", "team": "night", "from": "sales", "is_pending": True, "callbacks": 0,
        }  # fmt: skip
        assert (await store.agents.get("anna")).team_name == "night", "a restart knows it"
        assert desk.agent("anna").moving_to is not None
        assert desk.agent("anna").state is AgentState.TALKING
        await far.lead_hangs_up(desk.talk("anna"))
        await desk.state("anna", AgentState.WRAP_UP)
        await desk.ask("agent.dispose", agent="anna", disposition="sale")
        night = next(t for t in desk.service.snapshot().teams if t.name == "night")
        await desk.until(lambda: desk.agent("anna").team_id == night.team_id)
        assert desk.agent("anna").state is AgentState.READY
        assert "no team 'nigth'" in await desk.refused("agent.move", agent="anna", team="nigth")
        moved = await store.audit.lines("agent anna")
        by_action = {line.action: line for line in moved}
        assert by_action["agent moved"].details == {
            "before": {"team": "sales"}, "after": {"team": "night"},
        }  # fmt: skip
    # What people did to the floor stands in the journal and replays like everything else.
    (session,) = sessions_of(tmp_path / JOURNAL).whole
    assert replay(session).difference is None


async def test_a_pause_that_is_ordered_names_who_and_is_audited(
    store: Store, tmp_path: Path
) -> None:
    async with desk_on_a_fake(store, tmp_path) as (desk, _):
        await ready(desk, "ben")
        await desk.talks("ben")
        answer = await desk.ask("agent.pause", agent="ben", reason="coaching", is_order=True)
        assert answer["pending"] == "pause"
        assert desk.agent("ben").paused_by == "test", "they see who it was before it begins"
        actions = {line.action: line for line in await store.audit.lines("agent ben")}
        assert actions["agent.pause ordered"].by == "test"
        assert actions["agent.pause ordered"].details == {"reason": "coaching"}


async def test_messages_reach_desks_and_come_back_as_read(store: Store, tmp_path: Path) -> None:
    await add_campaign(store, name="empty", team="empty", leads=0)
    await store.agents.add("zoe", "sales", "1009", by="test", now=NOW)
    shown: list[ShowMessage] = []

    def note(now: float, event: object, commands: Any) -> None:
        shown.extend(one for one in commands if isinstance(one, ShowMessage))

    async with desk_on_a_fake(store, tmp_path) as (desk, _):
        desk.service.observe(note)
        sent = await desk.ask("agent.message", team="sales", text="  Break at three. ")
        assert (sent["agents"], sent["away"]) == (["anna", "ben"], [])
        assert {one.agent_id for one in shown} == {
            desk.agent("anna").agent_id, desk.agent("ben").agent_id,
        }  # fmt: skip
        later = await desk.ask("agent.message", agent="zoe", text="Welcome back.")
        assert later["away"] == ["zoe"], "it waits for them"
        anna = int(desk.agent("anna").agent_id)
        (message,) = await store.messages.unread(anna)
        assert (message.text, message.team, message.sent_by) == ("Break at three.", "sales", "test")
        read = await desk.ask("agent.read", agent="anna", message=message.id)
        assert read["is_new"] is True
        assert (await desk.ask("agent.read", agent="anna", message=message.id))["is_new"] is False
        assert await store.messages.unread(anna) == []
        of_zoe, of_team = await store.messages.sent()
        assert (of_zoe.team, [one.agent for one in of_zoe.receipts]) == (None, ["zoe"])
        assert (of_team.read, [one.agent for one in of_team.receipts]) == (1, ["anna", "ben"])
        assert await store.messages.remove_before(NOW) == 0
        assert await store.messages.remove_before(NOW + timedelta(days=9000)) == 2
        assert await store.messages.sent() == []
        assert "empty" in await desk.refused("agent.message", agent="anna", text=" ")
        assert "has 501 characters" in await desk.refused(
            "agent.message", agent="anna", text="x" * 501
        )
        nobody = await desk.refused("agent.message", team="empty", text="Hello?")
        assert nobody.startswith("Nobody of team 'empty' is logged in")
        both = await desk.refused("agent.message", team="sales", agent="anna", text="Hello?")
        assert both.startswith("A message goes to one agent or to one team")


async def test_a_target_is_changed_within_the_ledgers_limit_only(
    store: Store, tmp_path: Path
) -> None:
    async with desk_on_a_fake(store, tmp_path) as (desk, _):
        shown = await desk.ask("team.pacing", team="sales")
        assert shown["limits"]["target_ratio_max"] == 0.03
        assert "message" not in shown["limits"]["modes"]
        lower = await desk.ask("team.pacing", team="sales", target_ratio=0.01)
        assert lower["target_ratio"] == 0.01
        refused = await desk.refused("team.pacing", team="sales", target_ratio=0.05)
        assert refused.startswith("Target_ratio is 0.05; ledger 'campaign' of campaign 'spring'")
        assert "allows at most 3.00% of live answers abandoned" in refused
        refused = await desk.refused("team.pacing", team="sales", mode="message")
        assert "allow one of preview, progressive, ratio, predictive" in refused
        assert (await desk.ask("team.pacing", team="sales"))["target_ratio"] == 0.01


async def test_listening_is_audited_as_a_look_at_a_recording_is(
    store: Store, tmp_path: Path
) -> None:
    async with desk_on_a_fake(store, tmp_path) as (desk, _):
        await ready(desk, "anna")
        call_id = await desk.talks("anna")
        await desk.ask("calls.listen", agent="anna", phone="1900", mode="listen")
        actions = {line.action: line for line in await store.audit.lines("agent anna")}
        assert actions["call listen"].details == {"phone": "1900", "call": call_id}
