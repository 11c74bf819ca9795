"""The agents' pictures: whole, then in numbered changes; and whose they are."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from campaigns.outcomes import Outcome
from campaigns.roles import Role
from campaigns.store.rows import AgentRow, NewAttempt
from campaigns.store.store import Store
from dialer.desk.agent.actions import ActionRefused, Actor, AgentActions
from dialer.desk.agent.greeting import greeting
from dialer.desk.agent.hub import AgentHub
from dialer.desk.agent.watchers import Watcher
from dialer.desk.app import build_app
from dialer.desk.floor import FloorObserver
from dialer.desk.words import words_for
from dialer.engine.commands import Command, RecordAgentState, ShowLead
from dialer.engine.events import CallAnswered, Event
from dialer.engine.ids import E164, AgentId, CallId, CampaignId, LeadId, TeamId, TrunkId
from dialer.engine.snapshot import AgentSnapshot, CallSnapshot, Snapshot
from dialer.engine.states import AgentState, CallState
from tests.support.browser import PASSWORD
from tests.support.desk_client import visiting
from tests.support.marked_words import marking
from tests.support.stored import NOW, add_campaign, dial, new_lead, result_of


class ScriptedFloor:
    """A floor whose agents and calls are what a test says they are."""

    def __init__(self) -> None:
        self.agents: dict[AgentId, AgentSnapshot] = {}
        self.calls: dict[CallId, CallSnapshot] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.at = NOW.timestamp()
        self.refuses: str | None = None

    def agent(self, agent_id: AgentId) -> AgentSnapshot | None:
        return self.agents.get(agent_id)

    def call(self, call_id: CallId) -> CallSnapshot | None:
        return self.calls.get(call_id)

    def snapshot(self) -> Snapshot:
        return Snapshot(
            at=self.at, is_switch_connected=True, is_draining=False, teams=(), campaigns=(),
            agents=tuple(self.agents.values()), calls=tuple(self.calls.values()), trunks=(),
        )  # fmt: skip

    async def ask(
        self, kind: str, args: Mapping[str, Any], *, by: str
    ) -> tuple[bool, dict[str, Any]]:
        self.asked.append((kind, dict(args)))
        return (True, {}) if self.refuses is None else (False, {"error": self.refuses})

    def observe(self, observer: FloorObserver) -> None:
        return None

    def unobserve(self, observer: FloorObserver) -> None:
        return None

    def now(self) -> float:
        return self.at


class Watched:
    """One page, reading."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self.picture: dict[str, Any] = {}
        self.seq = -1

    async def until(self, condition: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Read until the picture is so; numbers must follow each other."""
        while not condition(self.picture):
            text = await self.watcher.take()
            assert text is not None
            message = json.loads(text)
            if message["type"] == "full":
                self.picture = {}
            else:
                assert message["seq"] == self.seq + 1
            self.seq = message["seq"]
            self.picture |= message["set"]
        return self.picture


class Desk:
    """A hub over a scripted floor, and one agent with one lead who was spoken with before."""

    def __init__(self, store: Store, agent: AgentRow, attempt: NewAttempt) -> None:
        self.floor = ScriptedFloor()
        self.hub = AgentHub(store, self.floor)
        self.agent_id, self.team_id = AgentId(agent.id), TeamId(agent.team_id)
        self.call_id = CallId(attempt.call_id)
        self.attempt = attempt
        self.be(AgentState.READY)

    def be(self, state: AgentState, *, call: CallId | None = None) -> None:
        self.floor.agents[self.agent_id] = AgentSnapshot(
            agent_id=self.agent_id, team_id=self.team_id, name="anna", state=state,
            since=self.floor.at, reason=None, leg_id=None, call_id=call,
        )  # fmt: skip

    def answered(self) -> None:
        self.floor.calls[self.call_id] = CallSnapshot(
            call_id=self.call_id, campaign_id=CampaignId(self.attempt.campaign_id),
            lead_id=LeadId(self.attempt.lead_id), number=E164(self.attempt.number),
            trunk_id=TrunkId("main"), state=CallState.ANSWERED, since=self.floor.at,
            answered_at=self.floor.at, agent_id=None,
        )  # fmt: skip
        self.step(CallAnswered(call_id=self.call_id))

    def show(self) -> None:
        self.be(AgentState.RESERVED, call=self.call_id)
        self.step(None, self.left(AgentState.READY, AgentState.RESERVED), self.shown())

    def shown(self) -> ShowLead:
        return ShowLead(
            agent_id=self.agent_id, call_id=self.call_id,
            campaign_id=CampaignId(self.attempt.campaign_id), lead_id=LeadId(self.attempt.lead_id),
        )  # fmt: skip

    def left(self, state: AgentState, new_state: AgentState) -> RecordAgentState:
        return RecordAgentState(
            agent_id=self.agent_id, team_id=self.team_id, state=state, since=self.floor.at,
            new_state=new_state, reason=None, at=self.floor.at, campaign_id=None,
        )  # fmt: skip

    def step(self, event: Event | None, *commands: Command) -> None:
        self.hub(self.floor.at, event, commands)

    def page(self) -> Watched:
        return Watched(self.hub.watch(self.agent_id, name="anna", zone="UTC", opening="Hi {name}"))

    def actor(self) -> Actor:
        return Actor(agent_id=self.agent_id, name="anna", by="user anna")


async def a_desk(store: Store) -> Desk:
    campaign = await add_campaign(store, leads=[new_lead(1, city="Baku")])
    agent = await store.agents.add("anna", "sales", "1001", by="test", now=NOW)
    (attempt,) = await dial(store, campaign)
    return Desk(store, agent, attempt)


async def test_the_record_is_read_at_the_answer_and_told_with_the_call(store: Store) -> None:
    desk = await a_desk(store)
    page = desk.page()
    await page.until(lambda picture: picture["agent"]["state"] == "ready" if picture else False)
    desk.answered()
    card = await desk.hub._cards.fetch(desk.call_id, desk.attempt.lead_id)
    assert card.fields == {"city": "Baku"}
    desk.show()
    # Nothing was waited for: the very next words hold the record.
    picture = await page.until(lambda picture: picture.get("card"))
    assert picture["card"]["fields"] == [["city", "Baku"]]
    assert (picture["card"]["name"], picture["card"]["greeting"]) == ("Lead 1", "Hi Lead 1")
    await desk.hub.aclose()


async def test_a_page_that_comes_late_is_given_the_call_whole(store: Store) -> None:
    desk = await a_desk(store)
    desk.answered()
    desk.show()
    desk.be(AgentState.TALKING, call=desk.call_id)
    page = desk.page()
    picture = await page.until(lambda picture: (picture.get("card") or {}).get("fields"))
    assert picture["agent"]["state"] == "talking"
    other = desk.page()
    assert (await other.until(lambda picture: picture.get("note")))["card"] == picture["card"]
    await desk.hub.aclose()


async def test_a_result_that_was_chosen_is_said_when_wrap_up_runs_out(store: Store) -> None:
    desk = await a_desk(store)
    page = desk.page()
    desk.answered()
    desk.show()
    actions = AgentActions(desk.hub)
    await actions.choose(desk.actor(), desk.call_id, "sale")
    with pytest.raises(ActionRefused, match="There is no result 'nonsense' here; there are sale"):
        await actions.choose(desk.actor(), desk.call_id, "nonsense")
    desk.be(AgentState.READY)
    desk.step(None, desk.left(AgentState.WRAP_UP, AgentState.READY))
    picture = await page.until(lambda picture: picture.get("last"))
    assert (picture["card"], picture["chosen"]) == (None, None)
    await asyncio.gather(*desk.hub._tasks)
    await desk.hub.aclose()
    ((kind, args),) = desk.floor.asked
    assert kind == "agent.dispose"
    assert args == {"agent": "anna", "call": desk.call_id, "disposition": "sale"}


async def test_a_page_that_falls_behind_is_sent_away() -> None:
    watcher = Watcher(waiting_max=3)
    for number in range(3):
        watcher.put(str(number))
    assert await watcher.take() == "0"
    watcher.put("3")
    watcher.put("one too many")
    assert watcher.is_lost
    assert await watcher.take() is None


async def test_nobody_writes_on_or_promises_for_anothers_call(store: Store) -> None:
    desk = await a_desk(store)
    desk.answered()
    desk.show()
    other = await store.agents.add("ben", "sales", "1002", by="test", now=NOW)
    actions = AgentActions(desk.hub)
    stranger = Actor(agent_id=AgentId(other.id), name="ben", by="user ben")
    for call_id in (desk.call_id, "nonsense"):
        with pytest.raises(ActionRefused, match="no call of yours"):
            await actions.note(stranger, call_id, "mine now", version=0)
        with pytest.raises(ActionRefused, match="no call of yours"):
            await actions.promise(stranger, call_id, {"at": "2026-03-03 10:00"})
    # One's own is known from the database too, after a restart of the dialer.
    result = result_of(desk.call_id, Outcome.CONNECTED, agent_id=other.id)
    await store.attempts.settle([result], now=NOW)
    note = await actions.note(stranger, desk.call_id, "mine", version=0)
    assert note.version == 1
    await desk.hub.aclose()


async def test_only_the_agents_own_telephone_is_told_and_an_account_without_agent_has_no_desk(
    store: Store,
) -> None:
    app = build_app(store, lambda: NOW)
    for name, extension in (("anna", "1001"), ("ben", "1002")):
        await store.agents.add(name, "sales", extension, by="test", now=NOW)
        await store.phones.reset(name, domain="pbx.example", by="test", now=NOW)
        await store.users.add(name, Role.AGENT, PASSWORD, agent=name, by="test", now=NOW)
    await store.users.add("boss", Role.SUPERVISOR, PASSWORD, by="test", now=NOW)
    async with visiting(app) as anna, visiting(app) as boss:
        assert (await anna.get("/agent/phone")).status_code == 303
        await anna.sign_in("anna")
        told = (await anna.ask("GET", "/agent/phone")).json()
        account = await store.phones.extension_of("anna")
        assert account is not None
        assert (told["extension"], told["ha1"]) == ("1001", account.ha1)
        refused = await anna.ask("POST", "/agent/do/ready", {})
        assert refused.status_code == 503
        assert "dialer run" in refused.json()["detail"]
        await boss.sign_in("boss")
        assert (await boss.ask("GET", "/agent/phone")).status_code == 404


async def test_a_refusal_is_answered_in_the_agents_language(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine's sentence, the store's, and the desk's own; a program is answered in English."""
    for module in ("agent.requests", "people.account", "problems"):
        monkeypatch.setattr(
            f"dialer.desk.{module}.words_for",
            lambda language: marking() if language == "az" else words_for(language),
        )
    desk = await a_desk(store)
    app = build_app(store, lambda: NOW)
    app.state.agent_hub = desk.hub
    await store.users.add(
        "anna", Role.AGENT, PASSWORD, agent="anna", language="az", by="test", now=NOW
    )
    async with visiting(app) as anna:
        await anna.sign_in("anna")
        for error, said in (
            (
                "Agent 'anna' is wrap up and on no call.",
                "«Agent 'anna' is «wrap-up» and on no call.»",
            ),
            ("The moon is full.", "«The dialer answered: The moon is full.»"),
        ):
            desk.floor.refuses = error
            refused = await anna.ask("POST", "/agent/do/hold", {})
            assert refused.status_code == 409
            assert refused.json()["detail"] == said
        unknown = await anna.ask("POST", "/agent/do/fly", {})
        assert unknown.json()["detail"].startswith("«There is no action 'fly'; there are login,")
        wrong: dict[str, object] = {"present": PASSWORD, "new": "short", "again": "short"}
        account = await anna.post("/account/password", wrong)
        assert "«The password has 5 characters; 10 are the least." in account.text
        assert "«There is no such page, or it is not" in (await anna.get("/board")).text
        token = await anna.ask("GET", "/api/v1/campaigns")
        assert token.json()["detail"].startswith("This needs a valid token")
    await desk.hub.aclose()


def test_a_greeting_is_filled_in_and_leaves_no_holes() -> None:
    words = {"name": "Aynur", "Contract No": "77"}
    said = greeting("Good day {name} {title}, about {contract no}.", words)
    assert said == "Good day Aynur, about 77."
