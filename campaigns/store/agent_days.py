"""An agent's day: time by state, calls, sales, and the calls they promised."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.callback_rows import CallbackRow, callback_row
from campaigns.store.callback_taking import SELECT
from campaigns.store.database import reading, utc

DUE_MAX = 20
"""Promised calls that are listed: more than anybody keeps in a day."""

_SECONDS = """
SELECT state, sum(extract(epoch FROM least(coalesce(ended_at, :now), :until)
                                     - greatest(began_at, :since)))::float8 AS seconds
FROM agent_activity
WHERE agent_id = :agent_id AND began_at < :until AND began_at >= :looked_since
  AND coalesce(ended_at, :now) > :since
GROUP BY state
"""
_CALLS = """
SELECT count(*) AS calls, count(*) FILTER (WHERE disposition.kind = 'sale') AS sales
FROM (
    SELECT campaign_id, disposition FROM attempt
    WHERE agent_id = :agent_id AND bridged_at >= :since AND bridged_at < :until
    UNION ALL
    SELECT campaign_id, disposition FROM return_call
    WHERE agent_id = :agent_id AND bridged_at >= :since AND bridged_at < :until
      AND arrived_at >= :looked_since AND campaign_id IN (
        SELECT campaign.id FROM campaign JOIN agent ON agent.team_id = campaign.team_id
        WHERE agent.id = :agent_id)
) AS call
LEFT JOIN disposition ON disposition.campaign_id = call.campaign_id
    AND disposition.code = call.disposition
"""
_PROMISES = """
SELECT count(*) FILTER (WHERE state IN ('open', 'due')) AS due,
       count(*) FILTER (WHERE state = 'kept') AS kept,
       count(*) FILTER (WHERE state = 'late') AS late,
       count(*) FILTER (WHERE state = 'missed') AS missed
FROM callback
WHERE agent_id = :agent_id AND due_at >= :since AND due_at < :until AND campaign_id IN (
    SELECT campaign.id FROM campaign JOIN agent ON agent.team_id = campaign.team_id
    WHERE agent.id = :agent_id)
"""
_HAND_OVERS = """
SELECT count(*) FROM hand_over
WHERE agent_id = :agent_id AND at >= :since AND at < :until AND campaign_id IN (
    SELECT campaign.id FROM campaign JOIN agent ON agent.team_id = campaign.team_id
    WHERE agent.id = :agent_id)
"""
_DUE = f"""{SELECT}
WHERE callback.agent_id = :agent_id AND callback.state IN ('open', 'due')
  AND callback.due_at < :until
ORDER BY callback.due_at, callback.id LIMIT :due_max
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDay:
    """What an agent did between two instants, up to now."""

    calls: int
    """Conversations."""
    sales: int
    hand_overs: int
    seconds: dict[str, float] = field(default_factory=dict)
    """By state: talking, wrap_up, ready, paused and the rest."""
    callbacks_due: int
    """Promised by name for this day, and not settled."""
    callbacks_kept: int
    callbacks_late: int
    callbacks_missed: int
    due: tuple[CallbackRow, ...] = ()
    """Their open promises, earliest first, those from before included."""


class AgentDays:
    """The days."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read(
        self, agent_id: int, *, since: datetime, until: datetime, now: datetime
    ) -> AgentDay:
        """The agent's day from `since` to `until`, as far as it has come by `now`.

        A stretch in one state that began more than a day before `since` is not looked for.
        """
        since, until, now = utc(since), utc(until), utc(now)
        values = {
            "agent_id": agent_id,
            "since": since,
            "until": until,
            "now": now,
            "looked_since": since - (until - since),
            "due_max": DUE_MAX,
        }
        async with reading(self._engine) as connection:
            seconds = await connection.execute(text(_SECONDS), values)
            by_state = {row.state: max(0.0, row.seconds) for row in seconds}
            calls = (await connection.execute(text(_CALLS), values)).one()
            promises = (await connection.execute(text(_PROMISES), values)).one()
            hand_overs = await connection.scalar(text(_HAND_OVERS), values)
            due = await connection.execute(text(_DUE), values)
            listed = tuple(callback_row(row) for row in due)
        return AgentDay(
            calls=calls.calls,
            sales=calls.sales,
            hand_overs=int(hand_overs or 0),
            seconds=by_state,
            callbacks_due=promises.due,
            callbacks_kept=promises.kept,
            callbacks_late=promises.late,
            callbacks_missed=promises.missed,
            due=listed,
        )
