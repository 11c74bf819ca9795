"""A campaign on which an agent has worked: conversations with results, and the agent's hour."""

from datetime import timedelta

from campaigns.outcomes import Outcome
from campaigns.store.rows import AgentStateChange, CampaignRow
from campaigns.store.store import Store
from tests.support.stored import NOW, dial, result_of


async def worked(store: Store, campaign: CampaignRow, *, sales: int, refusals: int) -> None:
    """So many conversations of 59.8 seconds, and one unanswered call; the agent is ready for twenty
    minutes, talks for thirty and is paused for five."""
    name, team = f"agent of {campaign.name}", campaign.team_name
    agent = await store.agents.add(name, team, "1001", by="test", now=NOW)
    attempts = await dial(store, campaign, sales + refusals + 1)
    results = [
        result_of(each.call_id, Outcome.CONNECTED, agent_id=agent.id) for each in attempts[:-1]
    ]
    results.append(result_of(attempts[-1].call_id, Outcome.NO_ANSWER))
    await store.attempts.settle(results, now=NOW)
    for index, each in enumerate(attempts[:-1]):
        code = "sale" if index < sales else "no_interest"
        await store.attempts.dispose(each.call_id, agent.id, code, now=NOW)
    begin = NOW - timedelta(minutes=55)
    steps = (
        ("logged_out", "ready", 0, 0),
        ("ready", "talking", 0, 20),
        ("talking", "paused", 20, 50),
        ("paused", "logged_out", 50, 55),
    )
    changes = [
        AgentStateChange(
            agent_id=agent.id,
            team_id=campaign.team_id,
            state=old,
            since=begin + timedelta(minutes=since),
            new_state=new,
            at=begin + timedelta(minutes=at),
            campaign_id=campaign.id if old == "talking" else None,
        )
        for old, new, since, at in steps
    ]
    await store.agents.record_states(changes, NOW)
