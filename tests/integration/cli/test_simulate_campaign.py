"""`dialer simulate --campaign`: the list, rules, team and measured laws of a real database."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from campaigns.calling_hours import CallingHours
from campaigns.outcomes import Outcome
from campaigns.retry_rules import RetryRules
from campaigns.store.rows import AgentStateChange
from campaigns.store.store import Store
from tests.support.cli import CommandLine, write_config
from tests.support.stored import NOW, add_campaign, dial, result_of

OUTCOMES = [Outcome.CONNECTED] * 3 + [Outcome.NO_ANSWER] * 6 + [Outcome.BUSY]
"""Of every ten attempts."""
SHORT = ("--hours", "0.05", "--seeds", "2", "--json")


async def add_agents(store: Store, count: int, team: str = "sales") -> list[int]:
    added = [
        await store.agents.add(f"{team}-{n}", team, "10", by="test", now=NOW) for n in range(count)
    ]
    return [agent.id for agent in added]


async def with_history(store: Store, name: str = "spring", *, leads: int = 200) -> None:
    """A campaign with a hundred and eighty attempts in the hour after NOW."""
    campaign = await add_campaign(store, leads=leads, name=name)
    agent_id, _ = await add_agents(store, 2)
    for index in range(180):
        at = NOW + timedelta(seconds=20 * index)
        [attempt] = await dial(store, campaign, 1, now=at)
        outcome = OUTCOMES[index % 10]
        connected = outcome is Outcome.CONNECTED
        result = result_of(
            attempt.call_id, outcome, at=at, agent_id=agent_id if connected else None
        )
        await store.attempts.settle([result], now=at)
        if connected:
            await store.attempts.dispose(attempt.call_id, agent_id, "no_interest", now=at)


async def with_wrap_ups(store: Store, count: int) -> None:
    agent = (await store.agents.list("sales"))[0]
    at, state = NOW, "logged_out"
    for index in range(2 * count + 1):
        new_state = "wrap_up" if index % 2 == 0 else "ready"
        change = AgentStateChange(
            agent_id=agent.id,
            team_id=agent.team_id,
            state=state,
            since=at,
            new_state=new_state,
            at=at + timedelta(seconds=12),
        )
        await store.agents.record_states([change], now=NOW)
        at, state = at + timedelta(seconds=12), new_state


@pytest.fixture
def dialer(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(write_config(tmp_path, url=database_url), capsys)


@pytest.fixture
def filled(database_url: str, tmp_path: Path) -> Callable[..., None]:
    """Runs what fills the database, outside of any loop."""

    def fill(*steps: Callable[[Store], Coroutine[Any, Any, object]]) -> None:
        async def all_steps() -> None:
            async with await Store.open(database_url, directory=tmp_path, upgrade=False) as store:
                for step in steps:
                    await step(store)

        asyncio.run(all_steps())

    return fill


def basis(data: Any) -> dict[str, tuple[str, str]]:
    return {one["what"]: (one["value"], one["source"]) for one in data["basis"]}


def test_a_campaigns_own_calls_give_the_laws_of_its_day(
    dialer: CommandLine, filled: Callable[..., None]
) -> None:
    filled(with_history, lambda store: with_wrap_ups(store, 60))
    data = dialer("simulate", "--campaign", "spring", *SHORT).json()
    rests_on = basis(data)

    assert data["agents"] == 2
    # A hundred and eighty of two hundred leads were tried; those spoken with are done.
    value, source = rests_on["spring: leads"]
    assert (value, source) == (
        "146 (0 held back by lists, consents or limits; 126 tried before)", "campaign"
    )  # fmt: skip
    assert rests_on["answers"][1] == "measured: 180 attempts of this campaign"
    assert "30.0 %" in rests_on["answers"][0]
    assert rests_on["talk"] == (
        "59.8 s on average, drawn from 54 measured ones", "measured: 54 conversations"
    )  # fmt: skip
    assert rests_on["wrap-up"] == (
        "12.0 s on average, drawn from 60 measured ones", "measured: 60 wrap-ups of the team"
    )  # fmt: skip
    assert rests_on["failures"][0].startswith("14.3 % of what is not answered")
    assert rests_on["team"] == ("sales: 2 agents", "campaign")


def test_a_campaign_without_calls_says_what_is_assumed(
    dialer: CommandLine, filled: Callable[..., None]
) -> None:
    filled(
        lambda store: add_campaign(store, leads=30, name="new", team="fresh"),
        lambda store: add_agents(store, 3, "fresh"),
    )
    rests_on = basis(dialer("simulate", "--campaign", "new", *SHORT).json())

    assert rests_on["answers"][1] == "assumed: only 0 attempts so far"
    assert rests_on["talk"][1] == "assumed: only 0 conversations so far"
    assert rests_on["pauses"] == ("none", "assumed: only 0 pauses in 30 days")


def test_a_new_campaign_borrows_what_its_team_has_measured(
    dialer: CommandLine, filled: Callable[..., None]
) -> None:
    filled(with_history, lambda store: add_campaign(store, leads=5, name="young"))
    rests_on = basis(dialer("simulate", "--campaign", "young", *SHORT).json())

    assert rests_on["answers"][1] == "measured: 180 attempts of its team's campaigns"


def test_a_real_campaign_is_staffed_like_any_other(
    dialer: CommandLine, filled: Callable[..., None]
) -> None:
    rules = RetryRules(attempts_max=1)
    filled(
        lambda store: add_campaign(store, leads=40, retry=rules),
        lambda store: add_agents(store, 2),
    )
    said = dialer(
        "simulate", "--campaign", "spring", "--start", "10:00", "--finish-by", "10:30",
        "--agents", "2,4", "--pacing", "progressive", "--seeds", "2", "--json",
    ).json()  # fmt: skip

    assert said["leads"] == 40
    assert [size["agents"] for size in said["sizes"]] == [2, 4]
    assert "finish 40 leads by 10:30" in said["answer"]
    assert all(run["leads_never_called"] == 0 for run in said["sizes"][1]["runs"])


def test_two_campaigns_share_their_team(dialer: CommandLine, filled: Callable[..., None]) -> None:
    filled(
        lambda store: add_campaign(store, leads=300, name="one"),
        lambda store: add_campaign(store, leads=300, name="two", weight=2.0),
        lambda store: add_agents(store, 2),
    )
    # Their leads have the same numbers; both campaigns are called all the same.
    data = dialer("simulate", "--campaign", "one", "--campaign", "two", *SHORT).json()

    assert data["scenario"] == "one and two"
    assert {"one: leads", "two: leads", "one: answers", "two: answers"} <= set(basis(data))
    assert data["runs"][0]["leads_left"] > 550


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--campaign", "winter"), "winter"),
        (("--campaign", "spring"), "Team sales has no agents; add them with `dialer agents add`"),
        (("--campaign", "spring", "--campaign", "other"), "name campaigns of one team"),
        (("--campaign", "empty"), "has no leads left to call; import a list"),
        (("--campaign", "spring", "day.toml"), "keep one of them"),
    ],
)
def test_what_cannot_be_simulated_is_said_with_what_to_do(
    dialer: CommandLine, filled: Callable[..., None], words: tuple[str, ...], said: str
) -> None:
    filled(
        lambda store: add_campaign(store, leads=3),
        lambda store: add_campaign(store, leads=1, name="other", team="second"),
        lambda store: add_campaign(store, name="empty", team="third"),
    )
    refused = dialer("simulate", *words)

    assert refused.status != 0
    assert said in refused.err


async def test_leads_are_grouped_with_the_hours_in_which_they_may_be_called(store: Store) -> None:
    hours = CallingHours.parse(["mon-fri 09:00-12:00 14:00-17:00"])
    campaign = await add_campaign(store, leads=4, calling_hours=hours)
    await dial(store, campaign, 1, now=NOW)
    start = datetime(2026, 3, 3, 13, 0, tzinfo=UTC)
    [group] = await store.forecasts.leads(
        campaign.id, start=start, until=start + timedelta(hours=24)
    )

    # New York is five hours behind UTC; an opening that lasts beyond the span is cut.
    assert group.leads == 4
    assert [(since.hour, until.hour) for since, until in group.opens] == [(14, 17), (19, 22)]
    assert (group.tries, group.ready_at) == (0, start)


async def test_leads_at_rest_are_a_group_of_their_own(store: Store) -> None:
    campaign = await add_campaign(store, leads=3)
    [attempt] = await dial(store, campaign, 1, now=NOW)
    await store.attempts.settle([result_of(attempt.call_id, Outcome.NO_ANSWER)], now=NOW)
    groups = await store.forecasts.leads(
        campaign.id, start=NOW + timedelta(hours=1), until=NOW + timedelta(hours=9)
    )

    assert [(group.leads, group.tries) for group in groups] == [(2, 0), (1, 1)]
    # Four hours after it rang out, and then to the next full hour.
    assert groups[1].ready_at == NOW + timedelta(hours=5)
