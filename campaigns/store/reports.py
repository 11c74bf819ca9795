"""A campaign cut along time for its report: series, distributions and single attempts."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.outcomes import Outcome
from campaigns.reports.figures import AttemptLine, Figures, ReliabilityRow
from campaigns.store.database import reading, utc
from campaigns.store.report_figures import read_figures
from campaigns.store.rows import LedgerCounts

_STREAM_ROWS = 1_000
"""Rows in memory while a file of millions of attempts is written."""
_PERIOD = """
SELECT min(written_at) AS since, max(coalesce(ended_at, written_at)) AS until FROM attempt
WHERE campaign_id = :campaign_id
"""
_LEDGERS = """
SELECT width_bucket(answered_at, CAST(:edges AS timestamptz[])) AS bin, count(*) AS live_answers,
       count(*) FILTER (WHERE is_abandoned) AS abandoned
FROM attempt WHERE campaign_id = :campaign_id AND is_live
  AND answered_at >= :since AND answered_at < :until GROUP BY 1
"""
_ATTEMPTS = """
SELECT attempt.id AS call_id, attempt.lead_id, lead.external_id, lead.name AS lead_name,
       attempt.number, attempt.trunk, attempt.caller_id, attempt.written_at, attempt.originated_at,
       attempt.ringing_at, attempt.answered_at, attempt.bridged_at, attempt.ended_at,
       attempt.outcome, attempt.cause AS hangup_cause, attempt.is_live AS is_live_answer,
       attempt.is_abandoned, agent.name AS agent, attempt.disposition,
       CAST(extract(epoch FROM attempt.ended_at - attempt.bridged_at) AS double precision)
         AS talk_seconds
FROM attempt JOIN lead ON lead.id = attempt.lead_id LEFT JOIN agent ON agent.id = attempt.agent_id
WHERE attempt.campaign_id = :campaign_id
  AND attempt.written_at >= :since AND attempt.written_at < :until
ORDER BY attempt.written_at, attempt.id
"""
_UNDECIDED = (Outcome.CANCELLED, Outcome.SWITCH_LIMIT, Outcome.UNKNOWN)
"""Ends that say nothing of whether the lead would have answered."""
_TENTHS = 10
_RELIABILITY = """
SELECT tenth, avg(answer_probability) AS predicted_ratio, min(answer_probability) AS predicted_min,
       max(answer_probability) AS predicted_max, count(*) AS attempts,
       count(answered_at) AS answered
FROM (
  SELECT CAST(answer_probability AS double precision) AS answer_probability, answered_at,
         ntile(:tenths) OVER (ORDER BY answer_probability, id) AS tenth
  FROM attempt
  WHERE campaign_id = :campaign_id AND written_at >= :since AND written_at < :until
    AND ended_at IS NOT NULL AND answer_probability IS NOT NULL
    AND (answered_at IS NOT NULL OR NOT outcome = ANY(CAST(:undecided AS text[])))
) AS predicted GROUP BY tenth ORDER BY tenth
"""


class Reports:
    """The series. A period is [since, until) of when attempts were written."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def period(self, campaign_id: int) -> tuple[datetime, datetime] | None:
        """From the campaign's first attempt to the end of its last; None without attempts."""
        async with reading(self._engine) as connection:
            found = await connection.execute(text(_PERIOD), {"campaign_id": campaign_id})
            row = found.one()
        return None if row.since is None else (row.since, row.until)

    async def reliability(
        self, campaign_id: int, since: datetime, until: datetime
    ) -> tuple[ReliabilityRow, ...]:
        """What was predicted of the period's attempts, and what came, by tenths of them.

        Attempts that say nothing of the lead are left out: cancelled by us, never dialled, lost.
        """
        values = {
            "campaign_id": campaign_id,
            "since": utc(since),
            "until": utc(until),
            "tenths": _TENTHS,
            "undecided": [one.value for one in _UNDECIDED],
        }
        async with reading(self._engine) as connection:
            found = await connection.execute(text(_RELIABILITY), values)
            rows = found.all()
        return tuple(
            ReliabilityRow(
                **{name: value for name, value in row._mapping.items() if name != "tenth"}
            )
            for row in rows
        )

    async def figures(
        self,
        campaign_id: int,
        edges: Sequence[datetime],
        *,
        answer_tolerance_seconds: float,
        now: datetime,
    ) -> Figures:
        """Everything counted between the first and the last of `edges`, and between each two.

        Agents' time is that of the campaign's team, clipped to the period; a stretch that has not
        ended lasts until `now`. All of it is read from one state of the database.
        """
        values = {
            "campaign_id": campaign_id,
            "since": utc(edges[0]),
            "until": utc(edges[-1]),
            "now": utc(now),
            "tolerance": timedelta(seconds=answer_tolerance_seconds),
        }
        async with reading(self._engine) as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            return await read_figures(connection, values, [utc(edge) for edge in edges])

    async def ledgers(self, campaign_id: int, edges: Sequence[datetime]) -> list[LedgerCounts]:
        """Live answers and abandoned ones answered between each two of `edges` (law 3)."""
        values = {
            "campaign_id": campaign_id,
            "edges": [utc(edge) for edge in edges],
            "since": utc(edges[0]),
            "until": utc(edges[-1]),
        }
        async with reading(self._engine) as connection:
            found = await connection.execute(text(_LEDGERS), values)
            counted = {row.bin: LedgerCounts(row.live_answers, row.abandoned) for row in found}
        return [counted.get(number, LedgerCounts(0, 0)) for number in range(1, len(edges))]

    async def attempts(
        self, campaign_id: int, since: datetime, until: datetime
    ) -> AsyncIterator[AttemptLine]:
        """Every attempt of the period, oldest first, streamed."""
        values = {"campaign_id": campaign_id, "since": utc(since), "until": utc(until)}
        async with reading(self._engine) as connection:
            stream = await connection.stream(
                text(_ATTEMPTS), values, execution_options={"yield_per": _STREAM_ROWS}
            )
            async for row in stream:
                yield AttemptLine(**row._mapping)
