"""The queries behind `store.reports.figures`: counts and sums, cut at the edges of time bins."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.reports.figures import (
    TALK_BIN_SECONDS,
    TALK_BINS,
    AgentFigures,
    CauseCount,
    DispositionCount,
    Figures,
    ListFigures,
    Spread,
    TimeBin,
)

_COUNTS = """
    count(*) AS attempts,
    count(attempt.answered_at) AS answered,
    count(*) FILTER (WHERE attempt.is_live) AS live_answers,
    count(*) FILTER (WHERE attempt.is_abandoned) AS abandoned,
    count(*) FILTER (WHERE attempt.is_live AND attempt.bridged_at IS NOT NULL) AS contacts,
    count(attempt.bridged_at) AS handled,
    count(*) FILTER (WHERE disposition.kind = 'sale') AS sales"""
_TALK = "extract(epoch FROM attempt.ended_at - attempt.bridged_at)"
_FROM = """
FROM attempt LEFT JOIN disposition ON disposition.campaign_id = attempt.campaign_id
  AND disposition.code = attempt.disposition
WHERE attempt.campaign_id = :campaign_id
  AND attempt.written_at >= :since AND attempt.written_at < :until"""
_TOTALS = f"""
SELECT {_COUNTS},
    count(*) FILTER (WHERE attempt.ended_at IS NULL) AS unfinished,
    count(DISTINCT attempt.lead_id) AS leads_attempted,
    count(DISTINCT attempt.lead_id)
      FILTER (WHERE attempt.is_live AND attempt.bridged_at IS NOT NULL) AS leads_contacted,
    count(DISTINCT attempt.phone_id) AS phones_attempted,
    count(*) FILTER (WHERE attempt.bridged_at - attempt.answered_at <= :tolerance) AS in_time
{_FROM}"""
_BINS = f"""
SELECT width_bucket(attempt.written_at, CAST(:edges AS timestamptz[])) AS bin, {_COUNTS},
    coalesce(sum({_TALK}), 0) AS talk_seconds
{_FROM} GROUP BY 1"""
_CAUSES = f"""
SELECT attempt.outcome, coalesce(attempt.cause, '') AS cause, count(*) AS attempts
{_FROM} AND attempt.ended_at IS NOT NULL
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"""
_DISPOSITIONS = f"""
SELECT attempt.disposition AS code, coalesce(disposition.label, attempt.disposition) AS label,
    disposition.kind, count(*) AS calls
{_FROM} AND attempt.bridged_at IS NOT NULL
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1"""
_BY_AGENT = f"""
SELECT attempt.agent_id, {_COUNTS}, coalesce(sum({_TALK}), 0) AS talk_seconds
{_FROM} AND attempt.agent_id IS NOT NULL GROUP BY 1"""
_HISTOGRAM = f"""
SELECT CAST(least(floor({_TALK} / :width), :last) AS integer) AS bin, count(*) AS calls
{_FROM} AND attempt.bridged_at IS NOT NULL AND attempt.ended_at IS NOT NULL
GROUP BY 1"""
_SPREAD = """
    count(value) AS stretches, coalesce(sum(value), 0) AS total,
    percentile_cont(ARRAY[0.5, 0.9, 0.95, 0.99]) WITHIN GROUP (ORDER BY value) AS quantiles"""
_CALL_SPREADS = {
    "talk": "attempt.ended_at - attempt.bridged_at",
    "ring": "attempt.answered_at - attempt.originated_at",
    "time_to_agent": "attempt.bridged_at - attempt.answered_at",
}
_ACTIVITY = """
FROM agent_activity AS activity JOIN agent ON agent.id = activity.agent_id
WHERE activity.team_id = (SELECT team_id FROM campaign WHERE id = :campaign_id)
  AND (activity.campaign_id = :campaign_id
       OR activity.state IN ('connecting_leg', 'paused', 'ready'))
  AND activity.began_at < :until AND coalesce(activity.ended_at, :now) > :since"""
_STATE_SPREAD = f"""
SELECT {_SPREAD} FROM (
  SELECT extract(epoch FROM activity.ended_at - activity.began_at) AS value {_ACTIVITY}
  AND activity.state = :state AND activity.ended_at IS NOT NULL AND activity.began_at >= :since
) AS spans"""  # noqa: S608
_STATES = f"""
SELECT bins.bin, activity.agent_id, agent.name, activity.state,
    sum(extract(epoch FROM least(coalesce(activity.ended_at, :now), bins.ends_at)
                           - greatest(activity.began_at, bins.begins_at))) AS seconds
{
    _ACTIVITY.replace(
        "WHERE",
        '''JOIN (
  SELECT bin, begins_at, lead(begins_at) OVER (ORDER BY bin) AS ends_at
  FROM unnest(CAST(:edges AS timestamptz[])) WITH ORDINALITY AS edge(begins_at, bin)
) AS bins ON activity.began_at < bins.ends_at
  AND coalesce(activity.ended_at, :now) > bins.begins_at WHERE''',
        1,
    )
}
GROUP BY 1, 2, 3, 4 ORDER BY agent.name, 1"""  # noqa: S608
_LIST = """
SELECT (SELECT count(*) FROM lead WHERE campaign_id = :campaign_id) AS leads,
    (SELECT count(*) FROM lead WHERE campaign_id = :campaign_id AND state IN ('done', 'invalid'))
      AS leads_finished,
    (SELECT count(*) FROM lead_phone WHERE campaign_id = :campaign_id) AS phones"""

States = dict[str, float]


@dataclass(slots=True)
class _Time:
    """Agents' seconds by state: of each bin, and of each agent."""

    bins: Mapping[int, States]
    agents: Mapping[int, tuple[str, States]]


async def read_figures(
    connection: AsyncConnection, values: dict[str, Any], edges: Sequence[datetime]
) -> Figures:
    """All figures. `values` holds campaign_id, since, until, now and tolerance."""
    values = values | {"edges": list(edges)}
    totals = (await connection.execute(text(_TOTALS), values)).one()
    causes = tuple(
        CauseCount(outcome=row.outcome, cause=row.cause, attempts=row.attempts)
        for row in await connection.execute(text(_CAUSES), values)
    )
    by_outcome: dict[str, int] = defaultdict(int)
    for cause in causes:
        by_outcome[cause.outcome] += cause.attempts
    time = await _agent_time(connection, values)
    listed = (await connection.execute(text(_LIST), values)).one()
    spreads = {
        name: await _spread(connection, _call_spread(expression), values)
        for name, expression in _CALL_SPREADS.items()
    }
    return Figures(
        since=values["since"],
        until=values["until"],
        attempts=totals.attempts,
        unfinished=totals.unfinished,
        answered=totals.answered,
        live_answers=totals.live_answers,
        abandoned=totals.abandoned,
        contacts=totals.contacts,
        handled=totals.handled,
        sales=totals.sales,
        by_outcome=dict(by_outcome),
        causes=causes,
        dispositions=await _dispositions(connection, values),
        bins=await _bins(connection, values, edges, time),
        agents=await _agents(connection, values, time),
        list=ListFigures(
            leads=listed.leads,
            leads_finished=listed.leads_finished,
            leads_attempted=totals.leads_attempted,
            leads_contacted=totals.leads_contacted,
            phones=listed.phones,
            phones_attempted=totals.phones_attempted,
        ),
        talk=spreads["talk"],
        talk_histogram=await _histogram(connection, values),
        wrap_up=await _spread(connection, _STATE_SPREAD, values | {"state": "wrap_up"}),
        ring=spreads["ring"],
        time_to_agent=spreads["time_to_agent"],
        in_time=totals.in_time,
        idle=await _spread(connection, _STATE_SPREAD, values | {"state": "ready"}),
    )


def _call_spread(expression: str) -> str:
    return (
        f"SELECT {_SPREAD} FROM (SELECT extract(epoch FROM {expression}) AS value"  # noqa: S608
        f" {_FROM}) AS calls"
    )


async def _spread(connection: AsyncConnection, query: str, values: dict[str, Any]) -> Spread:
    row = (await connection.execute(text(query), values)).one()
    if not row.stretches:
        return Spread()
    p50, p90, p95, p99 = (float(each) for each in row.quantiles)
    return Spread(count=row.stretches, total=float(row.total), p50=p50, p90=p90, p95=p95, p99=p99)


async def _agent_time(connection: AsyncConnection, values: dict[str, Any]) -> _Time:
    bins: dict[int, States] = defaultdict(lambda: defaultdict(float))
    agents: dict[int, tuple[str, States]] = {}
    for row in await connection.execute(text(_STATES), values):
        bins[row.bin][row.state] += float(row.seconds)
        _, states = agents.setdefault(row.agent_id, (row.name, defaultdict(float)))
        states[row.state] += float(row.seconds)
    return _Time(bins=bins, agents=agents)


async def _bins(
    connection: AsyncConnection, values: dict[str, Any], edges: Sequence[datetime], time: _Time
) -> tuple[TimeBin, ...]:
    counted = {row.bin: row for row in await connection.execute(text(_BINS), values)}
    return tuple(
        TimeBin(
            begins_at=begins_at,
            ends_at=ends_at,
            state_seconds=dict(time.bins.get(number, {})),
            **_bin_counts(counted.get(number)),
        )
        for number, (begins_at, ends_at) in enumerate(pairwise(edges), start=1)
    )


def _bin_counts(row: Row[Any] | None) -> dict[str, Any]:
    if row is None:
        return {}
    counts = {name: value for name, value in row._mapping.items() if name != "bin"}
    return counts | {"talk_seconds": float(row.talk_seconds)}


async def _agents(
    connection: AsyncConnection, values: dict[str, Any], time: _Time
) -> tuple[AgentFigures, ...]:
    calls = {row.agent_id: row for row in await connection.execute(text(_BY_AGENT), values)}
    names = {agent_id: name for agent_id, (name, _) in time.agents.items()}
    missing = [agent_id for agent_id in calls if agent_id not in names]
    found = await connection.execute(
        text("SELECT id, name FROM agent WHERE id = ANY(CAST(:ids AS bigint[]))"), {"ids": missing}
    )
    names |= {row.id: row.name for row in found}
    figures = []
    for agent_id, name in sorted(names.items(), key=lambda item: (item[1], item[0])):
        row = calls.get(agent_id)
        figures.append(
            AgentFigures(
                agent_id=agent_id,
                name=name,
                state_seconds=dict(time.agents[agent_id][1]) if agent_id in time.agents else {},
                handled=row.handled if row is not None else 0,
                contacts=row.contacts if row is not None else 0,
                sales=row.sales if row is not None else 0,
                talk_seconds=float(row.talk_seconds) if row is not None else 0.0,
            )
        )
    return tuple(figures)


async def _dispositions(
    connection: AsyncConnection, values: dict[str, Any]
) -> tuple[DispositionCount, ...]:
    return tuple(
        DispositionCount(
            code=row.code,
            label=row.label or "Nothing said",
            kind=row.kind or "none",
            calls=row.calls,
        )
        for row in await connection.execute(text(_DISPOSITIONS), values)
    )


async def _histogram(
    connection: AsyncConnection, values: dict[str, Any]
) -> tuple[tuple[float, int], ...]:
    found = await connection.execute(
        text(_HISTOGRAM), values | {"width": TALK_BIN_SECONDS, "last": TALK_BINS - 1}
    )
    counted = {row.bin: int(row.calls) for row in found}
    return tuple((n * TALK_BIN_SECONDS, counted.get(n, 0)) for n in range(TALK_BINS))
