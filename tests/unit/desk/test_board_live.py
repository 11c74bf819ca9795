"""Boards are sent what changed, once for each language, and nothing piles up behind a slow one."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from campaigns.store.board_figures import ListLeft, Today
from dialer.desk.board.alarms import Alarm
from dialer.desk.board.campaign_view import campaign_entry
from dialer.desk.board.figures import CampaignFigures, Figures
from dialer.desk.board.live import WAITING_MAX, LiveBoard, Watcher, difference
from dialer.desk.conditions import Conditions
from dialer.desk.formats import NOTHING, Formats
from dialer.desk.words import words_for
from dialer.engine.snapshot import Snapshot
from dialer.engine.states import AgentState
from dialer.settings import AlarmSettings
from tests.unit.desk.test_board_alarms import AT, SALES, SPRING, agent, floor, ledger


class StillFloor:
    """A floor that stands as the test puts it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.shown = snapshot

    def snapshot(self) -> Snapshot:
        return self.shown

    def now(self) -> float:
        return self.shown.at

    def conditions(self) -> Conditions:
        return Conditions()


def board(still: StillFloor, told: list[Sequence[Alarm]] | None = None) -> LiveBoard:
    return LiveBoard(
        None,  # type: ignore[arg-type]
        still,  # type: ignore[arg-type]
        settings=AlarmSettings(),
        zone="UTC",
        on_alarms=(told if told is not None else []).append,
    )


def next_of(watcher: Watcher) -> dict[str, object]:
    said: dict[str, object] = json.loads(watcher.waiting.get_nowait())
    return said


async def test_the_whole_board_first_then_what_changed():
    still = StillFloor(floor(agents=(agent(AgentState.READY, seconds=5.0),)))
    told: list[Sequence[Alarm]] = []
    live = board(still, told)
    async with live.watching("en", "UTC") as watcher:
        live.look()
        first = next_of(watcher)
        assert first["whole"] is True
        assert {"team/1", "campaign/1", "agent/1", "trunk/gw0", "switch/fs0"} == set(first["set"])  # type: ignore[call-overload]
        still.shown = replace(still.shown, at=AT + 1)
        live.look()
        assert next_of(watcher) == {"at": AT + 1, "whole": False, "set": {}, "drop": []}
        still.shown = replace(
            still.shown, at=AT + 2, agents=(agent(AgentState.TALKING, seconds=0.0),)
        )
        live.look()
        changed = next_of(watcher)
        assert set(changed["set"]) == {"agent/1", "team/1"}  # type: ignore[call-overload]
        still.shown = replace(still.shown, at=AT + 3, agents=())
        live.look()
        assert next_of(watcher)["drop"] == ["agent/1"]
    assert len(told) == 4 and not told[0]


async def test_a_slow_board_is_given_the_whole_again_and_a_second_one_does_not_disturb():
    still = StillFloor(floor(agents=(agent(AgentState.READY, seconds=5.0),)))
    live = board(still)
    async with live.watching("en", "UTC") as slow:
        for _ in range(WAITING_MAX + 1):
            live.look()
        assert slow.waiting.qsize() == 1
        assert next_of(slow)["whole"] is True
        async with live.watching("en", "UTC") as late:
            live.look()
            assert next_of(late)["whole"] is True
            assert next_of(slow)["whole"] is False


async def test_each_reads_their_own_language_and_what_others_did():
    still = StillFloor(floor(agents=(agent(AgentState.READY, seconds=130.0),)))
    live = board(still)
    async with live.watching("en", "UTC") as one, live.watching("de", "Asia/Baku") as other:
        live.look()
        live.note_deed("nigar", "anna is paused (coaching).")
        live.acknowledge("agent_idle/anna", by="nigar")
        live.look()
        for watcher, time in ((one, "2:46 AM"), (other, "06:46")):
            next_of(watcher)
            changed = next_of(watcher)["set"]
            assert isinstance(changed, dict)
            assert changed["deed/1"] == {
                "at": AT, "time": changed["deed/1"]["time"], "by": "nigar",
                "said": "anna is paused (coaching).",
            }  # fmt: skip
            assert changed["deed/1"]["time"].replace("\u202f", " ") == time
            assert "nigar" in changed["alarm/agent_idle/anna"]["seen"]


def test_a_difference_sets_what_is_new_or_other_and_drops_what_is_gone():
    before = {"a": {"x": 1}, "b": {"x": 2}, "c": {"x": 3}}
    now = {"b": {"x": 2}, "c": {"x": 4}, "d": {"x": 5}}
    assert difference(before, now) == {"set": {"c": {"x": 4}, "d": {"x": 5}}, "drop": ["a"]}


@pytest.mark.parametrize(
    ("finished", "agents", "finish", "basis"),
    [
        (4, 1, NOTHING, "4 leads were finished today; from 10 on it can be said"),
        (
            40,
            2,
            "in 9.7 to 14.9 hours of dialling with 2 agents",
            "960 leads left, 40.0 finished for each agent hour today (80 % interval)",
        ),
        (
            40,
            0,
            "19.4 to 30 agent hours; nobody is at work",
            "960 leads left, 40.0 finished for each agent hour today (80 % interval)",
        ),
    ],
)
def test_the_expected_finish_never_stands_without_its_basis(
    finished: int, agents: int, finish: str, basis: str
):
    people = tuple(
        replace(agent(AgentState.READY, seconds=1.0), agent_id=n)  # type: ignore[arg-type]
        for n in range(agents)
    )
    shown = floor(agents=people, ledgers=(ledger(31, 1000), ledger(1, 1000)))
    figures = Figures(
        campaigns={
            SPRING: CampaignFigures(
                list_left=ListLeft(total=1000, due=900, waiting=50, in_hand=10, done=40),
                list_counted_at=AT,
                today=Today(attempts=300, contacts=90, finished=finished),
            )
        },
        work_seconds={SALES: 3600.0},
    )
    entry = campaign_entry(
        shown.campaigns[0], shown, figures, words_for("en"), Formats("en", "UTC")
    )
    assert (entry["finish"], entry["finish_basis"]) == (finish, basis)
    assert entry["list"]["left"] == "960"
    assert [(one["level"], one["left"]) for one in entry["ledgers"]] == [
        ("bad", "over: 34 live answers without an abandoned one bring it back"),
        ("good", "29 more may be abandoned"),
    ]
