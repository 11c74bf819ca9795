"""What agents do is told as the running dialer has it, not as it was last written down."""

from datetime import UTC, datetime

from campaigns.store.store import Store
from dialer.engine.events import AgentPaused
from dialer.engine.ids import AgentId
from dialer.engine.snapshot import AgentSnapshot
from tests.support.api_desk import Floor, app_of, asking, token
from tests.support.engine_desk import Desk
from tests.support.stored import NOW, add_campaign


class EngineFloor(Floor):
    """A floor with a real engine behind it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def agent(self, agent_id: AgentId) -> AgentSnapshot | None:
        return self._desk.engine.agent(agent_id)


async def test_agents_are_shown_live_with_the_pause_that_waits_for_the_calls_end(
    store: Store,
) -> None:
    campaign = await add_campaign(store)
    row = await store.agents.add("anna", campaign.team_name, "1001", by="test", now=NOW)
    await store.agents.add("ben", campaign.team_name, "1002", by="test", now=NOW)
    desk = Desk(now=NOW.timestamp())
    app = app_of(store)
    app.state.floor = EngineFloor(desk)
    async with asking(app, await token(store)) as api:
        assert (await api.get("/agents/anna")).json()["state"] == "logged_out"
        anna = desk.agent(row.id)
        desk.leads(1)
        desk.answer(1)
        desk.feed(AgentPaused(agent_id=anna, reason="lunch"))
        live = desk.agent_state(row.id)
        assert live.pending == "pause", "the engine keeps it for after the call"
        said = (await api.get("/agents/anna")).json()
        assert (said["state"], said["pending"], said["pause_reason"]) == (
            live.state.value, "pause", None,
        )  # fmt: skip
        assert datetime.fromisoformat(said["since"]) == datetime.fromtimestamp(live.since, UTC)
        states = {}
        for state in (live.state.value, "logged_out"):
            found = (await api.get("/agents", params={"state": state})).json()["items"]
            states[state] = [one["name"] for one in found]
        assert states == {live.state.value: ["anna"], "logged_out": ["ben"]}

        ben = desk.agent((await store.agents.get("ben")).id)
        desk.feed(AgentPaused(agent_id=ben, reason="lunch"))
        paused = (await api.get("/agents/ben")).json()
        assert (paused["state"], paused["pause_reason"], paused["pending"]) == (
            "paused", "lunch", None,
        )  # fmt: skip
