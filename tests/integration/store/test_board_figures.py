"""What a board asks of the store: the right numbers, and by the indexes that are there."""

from datetime import timedelta

from sqlalchemy import create_engine, text

from campaigns.outcomes import Outcome
from campaigns.store import board_figures
from campaigns.store.board_figures import CallbacksDue, ListLeft, Today
from campaigns.store.rows import AgentStateChange
from campaigns.store.store import Store
from tests.support.stored import NOW, add_campaign, dial, result_of

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BEGAN = NOW - 10 * HOUR
"""When the day began, in New York."""


async def test_a_list_is_told_by_what_is_left_to_do(store: Store) -> None:
    campaign = await add_campaign(store, leads=10)
    await add_campaign(store, name="autumn", leads=0)
    attempts = await dial(store, campaign, 3, now=NOW)
    await store.attempts.settle(
        [
            result_of(attempts[0].call_id, Outcome.INVALID_NUMBER),
            result_of(attempts[1].call_id, Outcome.BUSY),
        ],
        now=NOW,
    )
    found = await store.board.lists([campaign.id], now=NOW + timedelta(seconds=1))
    assert found == {campaign.id: ListLeft(total=10, due=7, waiting=1, in_hand=1, done=1)}
    assert found[campaign.id].left == 9
    today = await store.board.today([campaign.id], since=BEGAN)
    assert today == {campaign.id: Today(attempts=3, finished=1)}
    assert await store.board.today([campaign.id], since=NOW + DAY) == {campaign.id: Today()}


async def test_promises_overdue_soon_and_today(store: Store) -> None:
    campaign = await add_campaign(store, leads=4)
    leads = await store.explain.leads_exactly("1", numbers=[])
    assert leads
    for index, after in enumerate([-HOUR, timedelta(minutes=10), 3 * HOUR, DAY], start=1):
        (lead,) = await store.explain.leads_exactly(str(index), numbers=[])
        # Promised in time, whatever came of it since.
        early = NOW - 2 * HOUR
        await store.callbacks.promise(lead, NOW + after, by="test", now=early)
    found = await store.board.callbacks([campaign.id], now=NOW, until=BEGAN + DAY)
    assert found == {campaign.id: CallbacksDue(overdue=1, next_hour=1, today=2)}


async def test_work_is_time_ready_on_calls_and_in_wrap_up(store: Store) -> None:
    agent = await store.agents.add("Ada", "sales", "1001", by="test", now=NOW)

    def change(state: str, new_state: str, minutes: int) -> AgentStateChange:
        return AgentStateChange(
            agent_id=agent.id,
            team_id=agent.team_id,
            state=state,
            since=NOW,
            new_state=new_state,
            reason=None,
            at=NOW + timedelta(minutes=minutes),
            campaign_id=None,
        )

    await store.agents.record_states(
        [
            change("logged_out", "paused", 0),
            change("paused", "ready", 10),
            change("ready", "talking", 15),
            change("talking", "paused", 40),
            change("paused", "ready", 50),
        ],
        NOW,
    )
    now = NOW + timedelta(minutes=55)
    found = await store.board.work_seconds([agent.team_id], since=BEGAN, now=now)
    assert found == {agent.team_id: 35 * 60.0}
    half = await store.board.work_seconds(
        [agent.team_id], since=NOW + timedelta(minutes=30), now=now
    )
    assert half == {agent.team_id: 15 * 60.0}


async def test_each_figure_goes_by_an_index(store: Store) -> None:
    await add_campaign(store, leads=300)
    values = {
        "campaigns": [1],
        "teams": [1],
        "now": NOW,
        "since": BEGAN,
        "soon": NOW + HOUR,
        "until": NOW + DAY,
        "earliest": BEGAN,
    }
    engine = create_engine(store.url)
    with engine.connect() as connection:
        # On tables this small a scan is cheaper; what matters is whether an index can serve.
        connection.execute(text("SET enable_seqscan = off"))
        plans = {
            name: "\n".join(connection.scalars(text(f"EXPLAIN {query}"), values))
            for name, query in {
                "callbacks": board_figures._CALLBACKS,
                "today": board_figures._TODAY,
                "finished": board_figures._FINISHED,
                "work": board_figures._WORK,
            }.items()
        }
    engine.dispose()
    assert "ix_callback_" in plans["callbacks"]
    assert "ix_attempt_campaign_id_written_at" in plans["today"]
    assert "ix_attempt_campaign_id_written_at" in plans["finished"]
    assert "pk_lead" in plans["finished"]
    assert "ix_agent_activity_team_id_began_at" in plans["work"]
    for name, plan in plans.items():
        assert "Seq Scan" not in plan, f"{name}: {plan}"
