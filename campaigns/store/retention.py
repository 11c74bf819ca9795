"""Retention periods: what is older than its campaign keeps data is emptied or deleted.

A lead's period begins with the last thing that happened to it: its import, its last attempt, or the
last time it called back. A lead that is being called, or is promised a call, is kept. What is left
of it is what forgetting leaves (campaigns/store/forgetting.py), without an entry on a do-not-call
list.

An attempt's period begins with its end, and then its row is deleted, with the answers to a survey
and to a script.
So does that of a call back. Recordings go with the lead or the call, whichever is first:
`Recordings.due` names the files.

Two floors hold data longer than the campaign asks for. Records of calls, with the number called,
are kept as long as the law of the campaign's numbers wants them (16 CFR 310.5: five years): neither
the attempts nor the leads that were called go before. And attempts are kept while a ledger is
counted from them.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.campaign_spec import CampaignSpec
from campaigns.store.campaign_law import Floor, records_floor
from campaigns.store.campaigns import read_specs
from campaigns.store.database import audit, reading, transaction
from campaigns.store.forgetting import blank_leads
from campaigns.store.privacy_words import FORGOTTEN_CALLER
from campaigns.store.refused_tries import delete_old
from campaigns.store.rows import RetainedRow

_STEP = 1000
"""Rows in one transaction: some tens of milliseconds, so that dialling never waits for it."""
_STEPS_MAX = 100_000
"""A hundred million rows. A pass that would need more goes on with the next one."""

_OLD_LEADS = """
FROM lead WHERE lead.campaign_id = :campaign_id AND lead.id > :after
  AND lead.state IN ('callable', 'done', 'invalid') AND lead.created_at < :before
  AND coalesce(lead.done_reason, '') NOT IN ('forgotten', 'retention')
  AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.lead_id = lead.id
                  AND coalesce(attempt.ended_at, 'infinity') >= :called_before)
  AND NOT EXISTS (SELECT 1 FROM return_call WHERE return_call.lead_id = lead.id
                  AND return_call.arrived_at >= :called_before)
  AND NOT EXISTS (SELECT 1 FROM callback WHERE callback.lead_id = lead.id
                  AND callback.settled_at IS NULL)
"""
_TAKE_LEADS = "SELECT lead.id " + _OLD_LEADS + " ORDER BY lead.id LIMIT :step FOR UPDATE OF lead"
_OLD_ATTEMPTS = """
FROM attempt WHERE attempt.campaign_id = :campaign_id AND attempt.written_at < :before
  AND attempt.ended_at < :before
"""
_OLD_RETURNS = """
FROM return_call WHERE return_call.campaign_id = :campaign_id AND return_call.arrived_at < :before
"""
_BLANK_STRANGERS = f"""
UPDATE return_call SET number = '{FORGOTTEN_CALLER}'
WHERE campaign_id = :campaign_id AND arrived_at < :called_before
  AND lead_id IS NULL AND number <> '{FORGOTTEN_CALLER}'
"""  # noqa: S608 - of fixed words
_FORGET_STRANGERS = f"""
UPDATE script_answer SET value = '{{"forgotten": true}}'
WHERE is_words AND lead_id IS NULL AND call_id IN (
    SELECT id FROM return_call WHERE campaign_id = :campaign_id AND arrived_at < :called_before
      AND lead_id IS NULL AND number <> '{FORGOTTEN_CALLER}')
"""  # noqa: S608
_TAKE_ATTEMPTS = "SELECT attempt.id " + _OLD_ATTEMPTS + " ORDER BY attempt.written_at LIMIT :step"

_OF_CALLS = (
    "DELETE FROM call_note WHERE call_id = ANY(CAST(:ids AS uuid[]))",
    "DELETE FROM hand_over WHERE call_id = ANY(CAST(:ids AS uuid[]))",
    "DELETE FROM script_call WHERE call_id = ANY(CAST(:ids AS uuid[]))",
)
"""What agents wrote, and what was answered to a script, goes with the call it is about."""


async def apply(engine: AsyncEngine, *, by: str, now: datetime, dry_run: bool) -> list[RetainedRow]:
    """Apply all campaigns' periods; see `Privacy.retain`."""
    async with reading(engine) as connection:
        campaigns = (await connection.execute(text("SELECT id, name FROM campaign"))).all()
        specs = await read_specs(connection, [row.id for row in campaigns])
    if not dry_run:
        await delete_old(engine, now)
    done = []
    for campaign in sorted(campaigns, key=lambda row: str(row.name)):
        spec = specs[campaign.id]
        if spec.retention.leads_days is None and spec.retention.attempts_days is None:
            continue
        row = await _apply_one(engine, campaign, spec, now=now, dry_run=dry_run)
        done.append(row)
        if not dry_run and (row.leads or row.attempts or row.returns):
            async with transaction(engine) as connection:
                await audit(
                    connection,
                    at=now,
                    by=by,
                    action="retention applied",
                    subject=f"campaign {campaign.name}",
                    details=json.dumps(asdict(row)),
                )
    return done


async def _apply_one(
    engine: AsyncEngine, campaign: Row[Any], spec: CampaignSpec, *, now: datetime, dry_run: bool
) -> RetainedRow:
    kept = spec.retention
    async with reading(engine) as connection:
        floor = await records_floor(connection, campaign.id, spec, now)
    leads = attempts = returns = 0
    if kept.leads_days is not None:
        called_days = max(kept.leads_days, floor.records_days)
        values = {
            "campaign_id": campaign.id,
            "before": now - timedelta(days=kept.leads_days),
            "called_before": now - timedelta(days=called_days),
        }
        if dry_run:
            leads = await _count(engine, _OLD_LEADS, values | {"after": 0})
        else:
            leads = await _empty_leads(engine, values, now)
            async with transaction(engine) as connection:
                await connection.execute(text(_FORGET_STRANGERS), values)
                await connection.execute(text(_BLANK_STRANGERS), values)
    is_held = (kept.attempts_days is not None and kept.attempts_days < floor.days) or (
        kept.leads_days is not None and kept.leads_days < floor.records_days
    )
    if kept.attempts_days is not None:
        days = max(kept.attempts_days, floor.days)
        values = {"campaign_id": campaign.id, "before": now - timedelta(days=days)}
        if dry_run:
            attempts = await _count(engine, _OLD_ATTEMPTS, values)
            returns = await _count(engine, _OLD_RETURNS, values)
        else:
            attempts = await _delete_attempts(engine, values)
            # As few as people call back: one statement.
            async with transaction(engine) as connection:
                gone = await connection.execute(
                    text(f"DELETE {_OLD_RETURNS} RETURNING CAST(id AS text) AS id"), values
                )
                ids = {"ids": list(gone.scalars())}
                for statement in _OF_CALLS:
                    await connection.execute(text(statement), ids)
            returns = len(ids["ids"])
    return RetainedRow(
        campaign=campaign.name,
        leads_days=kept.leads_days,
        leads=leads,
        attempts_days=kept.attempts_days,
        attempts=attempts,
        returns=returns,
        kept_for=_words(floor) if is_held else "",
    )


def _words(floor: Floor) -> str:
    return f"{floor.days} days: {floor.citation}"


async def _count(engine: AsyncEngine, condition: str, values: Mapping[str, Any]) -> int:
    async with reading(engine) as connection:
        return int(await connection.scalar(text(f"SELECT count(*) {condition}"), values) or 0)


async def _empty_leads(engine: AsyncEngine, values: Mapping[str, Any], now: datetime) -> int:
    total = after = 0
    for _ in range(_STEPS_MAX):
        async with transaction(engine) as connection:
            found = await connection.execute(
                text(_TAKE_LEADS), {**values, "after": after, "step": _STEP}
            )
            lead_ids = [int(each) for each in found.scalars()]
            if lead_ids:
                await blank_leads(connection, lead_ids, reason="retention", now=now)
        if not lead_ids:
            break
        total += len(lead_ids)
        after = lead_ids[-1]
    return total


async def _delete_attempts(engine: AsyncEngine, values: Mapping[str, Any]) -> int:
    total = 0
    for _ in range(_STEPS_MAX):
        async with transaction(engine) as connection:
            gone = await _delete_step(connection, values)
        total += gone
        if gone < _STEP:
            break
    return total


async def _delete_step(connection: AsyncConnection, values: Mapping[str, Any]) -> int:
    found = await connection.execute(text(_TAKE_ATTEMPTS), {**values, "step": _STEP})
    ids = {"ids": list(found.scalars())}
    for statement in _OF_CALLS:
        await connection.execute(text(statement), ids)
    gone = await connection.execute(text("DELETE FROM attempt WHERE id = ANY(:ids)"), ids)
    return gone.rowcount
