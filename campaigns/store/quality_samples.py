"""Weekly samples: drawn once, kept with their seed, replaced only with a reason.

The week must be over, so that every call of it could be drawn. The seed is the machine's own, and a
second draw of the same week is refused by the database: whoever does not like what was drawn can
replace a call, which the audit log then says, and gets the next of the same draw.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.quality.sampling import Candidate, draw, replacement, shares
from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.errors import StoreError
from campaigns.store.quality_rows import DrawRow, SampleRow
from campaigns.store.scorecards import ScorecardRow, scorecard_version

SEED_BYTES = 16
REASON_LENGTH_MAX = 500
LIST_MAX = 1000

_ELIGIBLE = """
SELECT recording.agent_id, CAST(recording.attempt_id AS text) AS call_id,
       coalesce(max(disposition.kind), '') AS kind
FROM recording
JOIN campaign ON campaign.id = recording.campaign_id AND campaign.client_id = :client_id
JOIN attempt ON attempt.id = recording.attempt_id
LEFT JOIN disposition ON disposition.campaign_id = recording.campaign_id
                     AND disposition.code = attempt.disposition
WHERE recording.started_at >= :since AND recording.started_at < :until
  AND recording.agent_id IS NOT NULL AND recording.seconds >= :seconds_min
  AND attempt.outcome = 'connected' AND attempt.number NOT LIKE 'forgotten-%'
GROUP BY recording.agent_id, recording.attempt_id
ORDER BY recording.agent_id, recording.attempt_id
"""
_DRAWS = """
SELECT quality_draw.id, scorecard.name AS scorecard, client.name AS client, agent.name AS agent,
       quality_draw.week_on, quality_draw.seed, cardinality(quality_draw.eligible) AS eligible,
       count(sample.id) AS drawn,
       count(sample.id) FILTER (WHERE sample.state = 'reviewed') AS reviewed,
       count(sample.id) FILTER (WHERE sample.state = 'replaced') AS replaced,
       quality_draw.drawn_by, quality_draw.drawn_at
FROM quality_draw
JOIN scorecard ON scorecard.id = quality_draw.scorecard_id
JOIN client ON client.id = scorecard.client_id
JOIN agent ON agent.id = quality_draw.agent_id
LEFT JOIN quality_sample AS sample ON sample.draw_id = quality_draw.id
GROUP BY quality_draw.id, scorecard.name, client.name, agent.name
ORDER BY quality_draw.week_on DESC, client.name, scorecard.name, agent.name LIMIT :most
"""
_SAMPLES = """
SELECT sample.id, quality_draw.scorecard_id, scorecard.name AS scorecard, client.name AS client,
       agent.name AS agent, quality_draw.week_on, CAST(sample.call_id AS text) AS call_id,
       heard.file_id, heard.started_at AS call_at, heard.seconds, sample.stratum,
       sample.listener_id, listener.name AS listener, sample.state, sample.reason
FROM quality_sample AS sample
JOIN quality_draw ON quality_draw.id = sample.draw_id
JOIN scorecard ON scorecard.id = quality_draw.scorecard_id
JOIN client ON client.id = scorecard.client_id
JOIN agent ON agent.id = quality_draw.agent_id
LEFT JOIN user_account AS listener ON listener.id = sample.listener_id
LEFT JOIN LATERAL (SELECT file_id, started_at, seconds FROM recording
                   WHERE attempt_id = sample.call_id ORDER BY seconds DESC NULLS LAST LIMIT 1
                  ) AS heard ON true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnWeek:
    """What a draw did."""

    agents: int
    """Drawn for now."""
    calls: int
    agents_before: int
    """Whose week had been drawn already: nothing was changed."""
    short: tuple[str, ...]
    """Agents who had fewer eligible calls than the rule wants."""


class QualitySamples:
    """The drawn calls."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def draw(
        self, card: ScorecardRow, week_on: date, *, listeners: Sequence[int], by: str,
        now: datetime,
    ) -> DrawnWeek:  # fmt: skip
        """Draw the week that begins on the Monday `week_on`, for every agent who has eligible calls
        and no draw yet, and split the calls between `listeners` (none: whoever comes first).

        Raises StoreError: no Monday, a week that is not over, a card that draws nothing.
        """
        rule = card.card.sample
        since, until = week_bounds(week_on, rule.time_zone)
        if rule.calls_per_week == 0:
            raise StoreError(
                f"The scorecard '{card.card.name}' draws no calls. Write calls_per_week under "
                "[sample] of its file and add it again."
            )
        if until > utc(now):
            raise StoreError(
                f"The week of {week_on} ends at {until:%Y-%m-%d %H:%M} UTC. Draw it then: a call "
                "that is still to come must be as likely to be drawn as one that was made."
            )
        async with transaction(self._engine) as connection:
            await lock_scorecard(connection, card.id)
            candidates = await _eligible(connection, card, since, until)
            before = set(
                await connection.scalars(
                    text(
                        "SELECT agent_id FROM quality_draw WHERE scorecard_id = :id"
                        " AND week_on = :week_on"
                    ),
                    {"id": card.id, "week_on": week_on},
                )
            )
            agents = {a: calls for a, calls in candidates.items() if a not in before}
            short, drawn = [], []
            for agent_id, calls in agents.items():
                seed = secrets.token_hex(SEED_BYTES)
                found = draw(rule, calls, seed=seed)
                if len(found) < rule.calls_per_week:
                    short.append(agent_id)
                draw_id = await _insert_draw(
                    connection, card, agent_id, week_on, seed, calls, by=by, now=utc(now)
                )
                drawn += [(draw_id, each) for each in found]
            order = secrets.token_hex(SEED_BYTES)
            heard_by = (
                shares(listeners, len(drawn), seed=order) if listeners else [None] * len(drawn)
            )
            for (draw_id, each), listener_id in zip(drawn, heard_by, strict=True):
                await _insert_sample(connection, draw_id, each.call_id, each.stratum, listener_id)
            names = await _agent_names(connection, short)
            if agents:
                await audit(
                    connection, at=utc(now), by=by, action="calls drawn for listening",
                    subject=f"scorecard {card.card.name}",
                    details=json.dumps(
                        {"client": card.card.client, "week": str(week_on), "agents": len(agents),
                         "calls": len(drawn)}
                    ),
                )  # fmt: skip
        return DrawnWeek(
            agents=len(agents), calls=len(drawn), agents_before=len(before), short=names
        )

    async def replace(
        self, sample_id: int, *, reason: str, by: str, now: datetime
    ) -> SampleRow | None:
        """Put the next call of the same draw in place of one that cannot be used; None when all
        eligible calls were drawn. Raises StoreError without a reason, or for one that is settled.
        """
        reason = reason.strip()
        if not reason or len(reason) > REASON_LENGTH_MAX:
            raise StoreError(f"Say why it is replaced, in 1 to {REASON_LENGTH_MAX} characters.")
        async with transaction(self._engine) as connection:
            old = (
                await connection.execute(
                    text(
                        "SELECT sample.*, quality_draw.seed, quality_draw.eligible,"
                        " quality_draw.scorecard_id, quality_draw.version"
                        " FROM quality_sample AS sample"
                        " JOIN quality_draw ON quality_draw.id = sample.draw_id"
                        " WHERE sample.id = :id FOR UPDATE"
                    ),
                    {"id": sample_id},
                )
            ).one_or_none()
            if old is None or old.state != "open":
                raise StoreError(
                    f"The drawn call number {sample_id} is not open: it was reviewed or replaced."
                )
            await connection.execute(
                text(
                    "UPDATE quality_sample SET state = 'replaced', reason = :reason,"
                    " settled_by = :by, settled_at = :now WHERE id = :id"
                ),
                {"id": sample_id, "reason": reason, "by": by, "now": utc(now)},
            )
            new_id = await _insert_next(connection, old)
            await audit(
                connection, at=utc(now), by=by, action="drawn call replaced",
                subject=f"drawn call {sample_id}",
                details=json.dumps({"reason": reason, "call": str(old.call_id), "new": new_id}),
            )  # fmt: skip
        if new_id is None:
            return None
        (row,) = await self._samples("WHERE sample.id = :id", {"id": new_id})
        return row

    async def draws(self, *, most: int = 200) -> list[DrawRow]:
        """The draws, the newest week first."""
        async with reading(self._engine) as connection:
            found = await connection.execute(text(_DRAWS), {"most": min(most, LIST_MAX)})
            return [DrawRow(**row._mapping) for row in found]

    async def open(self, listener_id: int | None = None) -> list[SampleRow]:
        """Drawn calls that wait for this listener or for anybody; None: all that wait."""
        return await self._samples(
            "WHERE sample.state = 'open' AND (CAST(:id AS bigint) IS NULL"
            " OR coalesce(sample.listener_id, CAST(:id AS bigint)) = CAST(:id AS bigint))"
            " ORDER BY quality_draw.week_on, agent.name, sample.id LIMIT 1000",
            {"id": listener_id},
        )

    async def of_call(self, call_id: str) -> list[SampleRow]:
        """The draws in which this call is."""
        return await self._samples(
            "WHERE sample.call_id = CAST(:call_id AS uuid) ORDER BY sample.id",
            {"call_id": call_id},
        )

    async def _samples(self, where: str, values: dict[str, Any]) -> list[SampleRow]:
        async with reading(self._engine) as connection:
            found = await connection.execute(text(_SAMPLES + where), values)
            return [SampleRow(**row._mapping) for row in found]


def week_bounds(week_on: date, time_zone: str) -> tuple[datetime, datetime]:
    """The week's first instant and the next week's, in UTC. Raises StoreError for no Monday."""
    if week_on.weekday() != 0:
        monday = week_on - timedelta(days=week_on.weekday())
        raise StoreError(f"{week_on} is no Monday. The week it is in begins on {monday}.")
    zone = ZoneInfo(time_zone)
    begin = datetime.combine(week_on, time(), zone)
    return utc(begin), utc(datetime.combine(week_on + timedelta(days=7), time(), zone))


async def lock_scorecard(connection: AsyncConnection, scorecard_id: int) -> None:
    """Draws and calibrations by one scorecard take turns."""
    await connection.execute(
        text("SELECT id FROM scorecard WHERE id = :id FOR UPDATE"), {"id": scorecard_id}
    )


async def _eligible(
    connection: AsyncConnection, card: ScorecardRow, since: datetime, until: datetime
) -> dict[int, list[Candidate]]:
    found = await connection.execute(
        text(_ELIGIBLE),
        {
            "client_id": card.client_id, "since": since, "until": until,
            "seconds_min": card.card.sample.seconds_min,
        },
    )  # fmt: skip
    by_agent: dict[int, list[Candidate]] = {}
    for row in found:
        by_agent.setdefault(row.agent_id, []).append(Candidate(call_id=row.call_id, kind=row.kind))
    return by_agent


async def _insert_draw(
    connection: AsyncConnection, card: ScorecardRow, agent_id: int, week_on: date, seed: str,
    calls: Sequence[Candidate], *, by: str, now: datetime,
) -> int:  # fmt: skip
    found = await connection.execute(
        text(
            "INSERT INTO quality_draw (scorecard_id, version, agent_id, week_on, seed, eligible,"
            " drawn_by, drawn_at) VALUES (:scorecard_id, :version, :agent_id, :week_on, :seed,"
            " :eligible, :by, :now) RETURNING id"
        ),
        {
            "scorecard_id": card.id, "version": card.version, "agent_id": agent_id,
            "week_on": week_on, "seed": seed, "by": by, "now": now,
            "eligible": [f"{each.call_id} {each.kind}".strip() for each in calls],
        },
    )  # fmt: skip
    return int(found.scalar_one())


async def _insert_sample(
    connection: AsyncConnection, draw_id: int, call_id: str, stratum: str, listener_id: int | None
) -> int:
    found = await connection.execute(
        text(
            "INSERT INTO quality_sample (draw_id, call_id, stratum, listener_id)"
            " VALUES (:draw_id, CAST(:call_id AS uuid), :stratum, :listener_id) RETURNING id"
        ),
        {"draw_id": draw_id, "call_id": call_id, "stratum": stratum, "listener_id": listener_id},
    )
    return int(found.scalar_one())


async def _insert_next(connection: AsyncConnection, old: Row[Any]) -> int | None:
    card = await scorecard_version(connection, old.scorecard_id, old.version)
    used = await connection.scalars(
        text("SELECT CAST(call_id AS text) FROM quality_sample WHERE draw_id = :id"),
        {"id": old.draw_id},
    )
    # Of the calls drawn from at the time, those whose recordings are still there.
    there = set(
        await connection.scalars(
            text(
                "SELECT DISTINCT CAST(attempt_id AS text) FROM recording"
                " WHERE attempt_id = ANY(CAST(:ids AS uuid[]))"
            ),
            {"ids": [each.partition(" ")[0] for each in old.eligible]},
        )
    )
    candidates = [
        Candidate(call_id=call_id, kind=kind)
        for call_id, _, kind in (each.partition(" ") for each in old.eligible)
        if call_id in there
    ]
    found = replacement(
        card.card.sample, candidates, seed=old.seed, stratum=old.stratum, used=set(used)
    )
    if found is None:
        return None
    return await _insert_sample(
        connection, old.draw_id, found.call_id, found.stratum, old.listener_id
    )


async def _agent_names(connection: AsyncConnection, ids: Sequence[int]) -> tuple[str, ...]:
    found = await connection.scalars(
        text("SELECT name FROM agent WHERE id = ANY(:ids) ORDER BY name"), {"ids": list(ids)}
    )
    return tuple(found)
