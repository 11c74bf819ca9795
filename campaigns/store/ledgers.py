"""Abandonment counted from the attempts alone (law 3): one query a formula, and every call behind.

A call belongs to the window in which it was answered. Calls that have not ended are in none yet.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.ledger_rules import ledger_rules_of
from campaigns.ledgers import CallCounts, Formula, LedgerRule, Stretch
from campaigns.rule_packs.packs import load_packs
from campaigns.store.database import reading, utc
from campaigns.store.rows import CampaignRow

_STREAM_ROWS = 1_000
"""Rows in memory while a file of millions of calls is written."""
_STRETCHES = """
unnest(CAST(:begins AS timestamptz[]), CAST(:ends AS timestamptz[]))
  WITH ORDINALITY AS stretch(begins_at, ends_at, number)"""
# By the index of live answers: a year of a big campaign is counted without reading its machines.
_LIVE_ANSWERS = f"""
SELECT stretch.number, count(*) AS live_answers,
       count(*) FILTER (WHERE attempt.is_abandoned) AS abandoned,
       count(*) FILTER (WHERE NOT attempt.is_abandoned AND attempt.bridged_at IS NOT NULL)
         AS humans,
       0 AS machines_to_agents, 0 AS machine_verdicts
FROM {_STRETCHES} JOIN attempt ON attempt.campaign_id = :campaign_id AND attempt.is_live
  AND attempt.answered_at >= stretch.begins_at AND attempt.answered_at < stretch.ends_at
GROUP BY stretch.number
"""  # noqa: S608 - parts of this module
_MACHINE_TO_AGENT = (
    "NOT attempt.is_live AND attempt.bridged_at IS NOT NULL AND disposition.kind = 'machine'"
)
_MACHINE_VERDICT = (
    "NOT attempt.is_live AND attempt.bridged_at IS NULL AND attempt.outcome = 'machine'"
)
_DISPOSITION = """
LEFT JOIN disposition ON disposition.campaign_id = attempt.campaign_id
  AND disposition.code = attempt.disposition"""
# Machines have no index by their answer; they were written at most a day before it.
_OFCOM = f"""
SELECT stretch.number, count(*) FILTER (WHERE attempt.is_live) AS live_answers,
       count(*) FILTER (WHERE attempt.is_abandoned) AS abandoned,
       count(*) FILTER (WHERE attempt.is_live AND NOT attempt.is_abandoned
                          AND attempt.bridged_at IS NOT NULL) AS humans,
       count(*) FILTER (WHERE {_MACHINE_TO_AGENT}) AS machines_to_agents,
       count(*) FILTER (WHERE {_MACHINE_VERDICT}) AS machine_verdicts
FROM {_STRETCHES} JOIN attempt ON attempt.campaign_id = :campaign_id
  AND attempt.written_at >= stretch.begins_at - interval '1 day'
  AND attempt.written_at < stretch.ends_at
  AND attempt.answered_at >= stretch.begins_at AND attempt.answered_at < stretch.ends_at
{_DISPOSITION}
GROUP BY stretch.number
"""  # noqa: S608 - parts of this module
_CALLS = f"""
SELECT CAST(attempt.id AS text) AS call_id, attempt.lead_id, lead.external_id, attempt.number,
       attempt.caller_id, attempt.trunk, attempt.originated_at, attempt.ringing_at,
       attempt.answered_at, attempt.bridged_at, attempt.ended_at, attempt.outcome,
       attempt.cause AS hangup_cause, agent.name AS agent, attempt.disposition,
       CASE WHEN attempt.is_abandoned THEN 'abandoned'
            WHEN attempt.is_live AND attempt.bridged_at IS NOT NULL THEN 'human'
            WHEN attempt.is_live THEN 'live_without_agent'
            WHEN attempt.bridged_at IS NOT NULL THEN 'machine_to_agent'
            ELSE 'machine_verdict' END AS counted_as
FROM attempt JOIN lead ON lead.id = attempt.lead_id
  LEFT JOIN agent ON agent.id = attempt.agent_id {_DISPOSITION}
WHERE attempt.campaign_id = :campaign_id
  AND attempt.written_at >= CAST(:since AS timestamptz) - interval '1 day'
  AND attempt.written_at < :until
  AND attempt.answered_at >= :since AND attempt.answered_at < :until
  AND (attempt.is_live OR ({_MACHINE_TO_AGENT}) OR ({_MACHINE_VERDICT}))
ORDER BY attempt.answered_at, attempt.id
"""  # noqa: S608 - parts of this module
_WITH_MACHINES = (Formula.UK_AMD, Formula.UK_WITHOUT_AMD)
_OPEN_END = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCall:
    """One call behind a figure; the fields are the columns of the export, in this order."""

    call_id: str
    lead_id: int
    external_id: str | None
    number: str
    caller_id: str
    trunk: str
    originated_at: datetime | None
    ringing_at: datetime | None
    answered_at: datetime
    bridged_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    hangup_cause: str | None
    agent: str | None
    disposition: str | None
    counted_as: str
    """abandoned, human, live_without_agent, machine_to_agent or machine_verdict."""


class LedgerStore:
    """`store.ledgers`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def rules(self, campaign: CampaignRow, *, on: date) -> tuple[LedgerRule, ...]:
        """The accounts the campaign has to keep, by where its leads may be."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text("SELECT DISTINCT jurisdictions FROM hopper_key WHERE campaign_id = :id"),
                {"id": campaign.id},
            )
            places = [row.jurisdictions for row in found]
        return ledger_rules_of(campaign.spec, places, load_packs(), on=on)

    async def counts(
        self, campaign_id: int, formula: Formula, stretches: Sequence[Stretch]
    ) -> list[CallCounts]:
        """What the formula needs of each window, in one query."""
        statement = _OFCOM if formula in _WITH_MACHINES else _LIVE_ANSWERS
        values = {
            "campaign_id": campaign_id,
            "begins": [utc(each.begins_at) for each in stretches],
            "ends": [_end(each) for each in stretches],
        }
        async with reading(self._engine) as connection:
            found = await connection.execute(text(statement), values)
            counted = {
                row.number: CallCounts(
                    live_answers=row.live_answers,
                    abandoned=row.abandoned,
                    humans=row.humans,
                    machines_to_agents=row.machines_to_agents,
                    machine_verdicts=row.machine_verdicts,
                )
                for row in found
            }
        return [counted.get(number, CallCounts()) for number in range(1, len(stretches) + 1)]

    async def calls(self, campaign_id: int, stretch: Stretch) -> AsyncIterator[LedgerCall]:
        """Every call that any formula counts in one window, by when it was answered; streamed."""
        values = {
            "campaign_id": campaign_id,
            "since": utc(stretch.begins_at),
            "until": _end(stretch),
        }
        async with reading(self._engine) as connection:
            stream = await connection.stream(
                text(_CALLS), values, execution_options={"yield_per": _STREAM_ROWS}
            )
            async for row in stream:
                yield LedgerCall(**row._mapping)


def _end(stretch: Stretch) -> datetime:
    """An open window ends in a year that no call reaches."""
    return _OPEN_END if stretch.ends_at is None else utc(stretch.ends_at)
