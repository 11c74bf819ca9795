"""Quotas: how far they are, and the leads they keep out of the hopper.

When a cell is full, the leads that are in it for certain leave the hopper by one statement over
their columns, in steps; a lease and the gate refuse those that are met before. When it is raised,
they come back. Which full cells the leads have been marked for is written down, so that any process
can do what is left, and a process that died half-way leaves nothing wrong.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.scripts.quotas import Cell
from campaigns.store.database import reading, transaction, utc
from campaigns.store.quota_cells import read_cells
from campaigns.store.quota_rules import IN_FORCE, QUOTA_REASON, QuotaRules, read_quota_rules
from campaigns.store.quota_sql import no_longer_counts

_STEP = 5000
"""Leads of one transaction: some tenths of a second, so that a lease hardly waits for them."""
_STEPS_MAX = 10_000
"""Fifty million leads; what is left, the next pass does."""
_MARK = f"""
WITH looked AS MATERIALIZED (
    SELECT id, state, {{condition}} AS is_full FROM (
        SELECT * FROM lead WHERE lead.campaign_id = :campaign_id AND lead.id > :after
        ORDER BY lead.id LIMIT {_STEP}
    ) AS lead
), closed AS (
    UPDATE lead SET state = 'done', done_reason = '{QUOTA_REASON}' WHERE id IN (
        SELECT lead.id FROM lead JOIN looked ON looked.id = lead.id
        WHERE looked.is_full AND lead.state = 'callable'
          AND NOT EXISTS (SELECT 1 FROM callback WHERE callback.lead_id = lead.id
                          AND callback.state IN ('open', 'due'))
        ORDER BY lead.id FOR UPDATE OF lead SKIP LOCKED)
    RETURNING id
)
SELECT max(looked.id) AS last, (SELECT count(*) FROM closed) AS moved FROM looked
"""  # noqa: S608 - of fixed words and parameters
_REOPEN = f"""
WITH looked AS MATERIALIZED (
    SELECT lead.id, {{condition}} AS is_full FROM lead
    WHERE lead.campaign_id = :campaign_id AND lead.id > :after
      AND lead.state = 'done' AND lead.done_reason = '{QUOTA_REASON}'
    ORDER BY lead.id LIMIT {_STEP}
), opened AS (
    UPDATE lead SET state = 'callable', done_reason = NULL WHERE id IN (
        SELECT lead.id FROM lead JOIN looked ON looked.id = lead.id
        WHERE NOT looked.is_full AND lead.state = 'done' AND lead.done_reason = '{QUOTA_REASON}'
        ORDER BY lead.id FOR UPDATE OF lead)
    RETURNING id
)
SELECT max(looked.id) AS last, (SELECT count(*) FROM opened) AS moved FROM looked
"""  # noqa: S608
_CAMPAIGNS = f"""
SELECT campaign_id FROM ({IN_FORCE}) AS force
JOIN script_version ON script_version.id = force.version_id AND script_version.has_quotas
UNION SELECT campaign_id FROM quota_marking WHERE campaign_id = ANY(CAST(:ids AS bigint[]))
"""  # noqa: S608


class Quotas:
    """`store.quotas`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def status(self, campaign_id: int) -> Sequence[Cell]:
        """The quotas in force and how many complete interviews each has; empty without any."""
        async with reading(self._engine) as connection:
            return await read_cells(connection, campaign_id)

    async def mark_changed(self, campaign_ids: Sequence[int], *, now: datetime) -> int:
        """Take leads out of the hopper, or put them back, where cells have filled or were raised
        since the last time; how many leads moved.

        Costs two small queries when nothing has changed. May be called at any time, by several
        processes.
        """
        async with reading(self._engine) as connection:
            asked = {"ids": list(campaign_ids)}
            having = [int(each) for each in (
                await connection.execute(text(_CAMPAIGNS), asked)).scalars()]  # fmt: skip
            if not having:
                return 0
            rules = await read_quota_rules(connection, having)
            found = await connection.execute(
                text(
                    "SELECT campaign_id, signature FROM quota_marking"
                    " WHERE campaign_id = ANY(CAST(:ids AS bigint[]))"
                ),
                {"ids": having},
            )
            marked = {row.campaign_id: row.signature for row in found}
        moved = 0
        for campaign_id in having:
            rule = rules.get(campaign_id)
            signature = "none" if rule is None else rule.signature
            if marked.get(campaign_id) != signature:
                moved += await self._mark(campaign_id, rule, is_first=campaign_id not in marked)
                await self._note(campaign_id, signature, utc(now))
        return moved

    async def _mark(self, campaign_id: int, rule: QuotaRules | None, *, is_first: bool) -> int:
        condition = "false"
        values: dict[str, Any] = {}
        if rule is not None:
            condition, values = no_longer_counts(
                rule.quotas, rule.script.outside_quotas, rule.full, dict(rule.words)
            )
        values = values | {"campaign_id": campaign_id}
        moved = 0 if is_first else await self._steps(_REOPEN.format(condition=condition), values)
        if rule is not None and rule.is_binding:
            moved += await self._steps(_MARK.format(condition=condition), values)
        return moved

    async def _steps(self, statement: str, values: dict[str, Any]) -> int:
        moved = after = 0
        for _ in range(_STEPS_MAX):
            async with transaction(self._engine) as connection:
                found = await connection.execute(text(statement), values | {"after": after})
                row = found.one()
            if row.last is None:
                break
            moved, after = moved + row.moved, row.last
        return moved

    async def _note(self, campaign_id: int, signature: str, now: datetime) -> None:
        async with transaction(self._engine) as connection:
            await connection.execute(
                text(
                    "INSERT INTO quota_marking (campaign_id, signature, marked_at)"
                    " VALUES (:id, :signature, :now) ON CONFLICT (campaign_id) DO UPDATE"
                    " SET signature = excluded.signature, marked_at = excluded.marked_at"
                ),
                {"id": campaign_id, "signature": signature, "now": now},
            )
