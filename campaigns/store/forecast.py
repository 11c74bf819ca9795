"""What `dialer simulate --campaign` reads: leads as they stand, and the laws of recent calls."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.number_plans import PhoneKind
from campaigns.outcomes import Outcome
from campaigns.rule_packs.law_window import LawWindow
from campaigns.store.campaigns import read_specs
from campaigns.store.database import reading, utc
from campaigns.store.forecast_rows import Breaks, CauseRow, HourCount, LeadGroupRow, Measured
from campaigns.store.gate_facts import law_of

ATTEMPTS_MAX = 50_000
"""The newest attempts looked at: more say nothing new, and old ones are of another season."""
SAMPLE_MAX = 2000
"""Durations kept of each kind: enough for a law, and small enough to hand to other processes."""
_BREAK_DAYS = 30
_SPANS_MAX = 400
"""Openings of one group: a month of days with several windows each."""
_GROUPS = """
SELECT time_zones, jurisdictions, tries,
       CASE WHEN next_call_at <= :start THEN CAST(:start AS timestamptz)
            ELSE least(date_trunc('hour', next_call_at) + interval '1 hour', :until) END
         AS ready_at,
       count(*) AS leads
FROM lead WHERE campaign_id = :campaign_id AND state IN ('callable', 'leased', 'dialling')
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
_RECENT = """
WITH recent AS MATERIALIZED (
  SELECT attempt.written_at, attempt.originated_at, attempt.ringing_at, attempt.answered_at,
         attempt.bridged_at, attempt.ended_at, attempt.outcome, attempt.cause, attempt.is_live,
         disposition.kind AS kind
  FROM attempt LEFT JOIN disposition ON disposition.campaign_id = attempt.campaign_id
    AND disposition.code = attempt.disposition
  WHERE attempt.campaign_id = ANY(CAST(:campaigns AS bigint[])) AND attempt.ended_at IS NOT NULL
    AND attempt.outcome NOT IN ('cancelled', 'unknown', 'switch_limit')
  ORDER BY attempt.written_at DESC, attempt.id LIMIT :attempts_max
)
"""
_HOURS = (
    _RECENT
    + """
SELECT CAST(extract(hour FROM written_at AT TIME ZONE :zone) AS int) AS hour,
       count(*) AS attempts, count(answered_at) AS answers,
       count(*) FILTER (WHERE kind = 'machine' OR outcome = 'machine') AS machines
FROM recent GROUP BY 1 ORDER BY 1
"""
)
_CAUSES = (
    _RECENT
    + """
SELECT outcome, coalesce(cause, outcome) AS cause, count(*) AS failures FROM recent
WHERE answered_at IS NULL AND outcome <> 'no_answer' GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 20
"""
)
_SECONDS = {
    key: _RECENT
    + f"""
SELECT CAST(extract(epoch FROM {length}) AS double precision) AS seconds
FROM recent WHERE {condition} AND {length} > interval '0'
ORDER BY written_at DESC, ended_at LIMIT :count
"""  # noqa: S608 - of the words below alone
    for key, length, condition in (
        ("set_up", "ringing_at - originated_at", "ringing_at IS NOT NULL"),
        ("answer", "answered_at - originated_at", "answered_at IS NOT NULL"),
        ("failure", "ended_at - originated_at", "answered_at IS NULL AND outcome <> 'no_answer'"),
        (
            "talk",
            "ended_at - bridged_at",
            "bridged_at IS NOT NULL AND kind IS DISTINCT FROM 'machine'",
        ),
    )
}
"""Durations of one kind; those not above zero are of clocks that were set back."""
_WRAP_UPS = """
SELECT CAST(extract(epoch FROM ended_at - began_at) AS double precision) AS seconds
FROM agent_activity WHERE team_id = :team_id AND state = 'wrap_up' AND ended_at > began_at
ORDER BY began_at DESC, id DESC LIMIT :count
"""
_BREAKS = """
SELECT state, CAST(extract(epoch FROM ended_at - began_at) AS double precision) AS seconds
FROM agent_activity WHERE team_id = :team_id AND ended_at > began_at AND began_at >= :since
  AND state IN ('ready', 'reserved', 'talking', 'wrap_up', 'paused')
ORDER BY began_at DESC, id DESC LIMIT :count
"""


class Forecasts:
    """The queries. Nothing is locked or changed."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def leads(
        self, campaign_id: int, *, start: datetime, until: datetime
    ) -> list[LeadGroupRow]:
        """Leads that are not done, by what decides when they can be called between the instants.

        What a single number's lists, consents and history forbid is not asked: a preflight says
        how many leads that concerns. Leads that are due only after `until` are in a group of
        their own, ready at `until`. Raises `UnknownCampaign`.
        """
        start, until = utc(start), utc(until)
        async with reading(self._engine) as connection:
            spec = (await read_specs(connection, [campaign_id]))[campaign_id]
            values = {"campaign_id": campaign_id, "start": start, "until": until}
            found = (await connection.execute(text(_GROUPS), values)).all()
        places = {row.jurisdictions for row in found}
        # As in a lease: what holds for one kind of number alone is left to the attempt.
        windows = {each: law_of(spec, each, PhoneKind.OTHER, start).window for each in places}
        openings = {
            pair: _openings(windows[pair[1]], pair[0].split(","), start, until)
            for pair in {(row.time_zones, row.jurisdictions) for row in found}
        }
        return [
            LeadGroupRow(
                name=" ".join(filter(None, (row.time_zones, row.jurisdictions))),
                leads=row.leads,
                tries=row.tries,
                ready_at=row.ready_at,
                opens=openings[row.time_zones, row.jurisdictions],
            )
            for row in found
        ]

    async def measured(self, campaign_ids: Sequence[int], team_id: int, *, zone: str) -> Measured:
        """The laws of the newest attempts of these campaigns; hours by the clock of `zone`."""
        values = {"campaigns": list(campaign_ids), "attempts_max": ATTEMPTS_MAX}
        async with reading(self._engine) as connection:
            # One state of the database for all of it.
            await connection.execution_options(isolation_level="REPEATABLE READ")
            hours = (await connection.execute(text(_HOURS), values | {"zone": zone})).all()
            causes = (await connection.execute(text(_CAUSES), values)).all()
            seconds = {key: await _sample(connection, key, values) for key in _SECONDS}
            wraps = await connection.execute(
                text(_WRAP_UPS), {"team_id": team_id, "count": SAMPLE_MAX}
            )
            wrap_up_seconds = tuple(float(each) for each in wraps.scalars())
        attempts = sum(row.attempts for row in hours)
        answers = sum(row.answers for row in hours)
        return Measured(
            attempts=attempts,
            answers=answers,
            machines=sum(row.machines for row in hours),
            by_hour=tuple(_hour(row) for row in hours),
            set_up_seconds=seconds["set_up"],
            answer_seconds=seconds["answer"],
            failure_seconds=seconds["failure"],
            unanswered=attempts - answers,
            causes=tuple(
                CauseRow(outcome=Outcome(row.outcome), cause=row.cause, count=row.failures)
                for row in causes
            ),
            talk_seconds=seconds["talk"],
            wrap_up_seconds=wrap_up_seconds,
        )

    async def breaks(self, team_id: int, *, now: datetime) -> Breaks:
        """The team's pauses of the last 30 days."""
        values = {
            "team_id": team_id,
            "since": utc(now) - timedelta(days=_BREAK_DAYS),
            "count": ATTEMPTS_MAX,
        }
        async with reading(self._engine) as connection:
            found = (await connection.execute(text(_BREAKS), values)).all()
        return Breaks(
            work_seconds=sum(row.seconds for row in found if row.state != "paused"),
            pause_seconds=tuple(row.seconds for row in found if row.state == "paused")[:SAMPLE_MAX],
        )


def _hour(row: Row[Any]) -> HourCount:
    return HourCount(hour=row.hour, attempts=row.attempts, answers=row.answers)


async def _sample(
    connection: AsyncConnection, key: str, values: dict[str, Any]
) -> tuple[float, ...]:
    """The newest durations of one kind."""
    found = await connection.execute(text(_SECONDS[key]), values | {"count": SAMPLE_MAX})
    return tuple(float(each) for each in found.scalars())


def _openings(
    window: LawWindow, zones: Sequence[str], start: datetime, until: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    """Every opening between the instants, cut to them."""
    found: list[tuple[datetime, datetime]] = []
    at = start
    while at < until and len(found) < _SPANS_MAX:
        opens_at = window.opens_at(at, zones)
        if opens_at is None or opens_at >= until:
            break
        closes_at = window.closes_at(opens_at, zones)
        if closes_at is None:
            break
        found.append((opens_at, min(closes_at, until)))
        at = closes_at
    return tuple(found)
