"""Calls that were about to be made and that a rule forbade: what happened when nothing did.

The gate tells what forbids a call now; of last Monday nobody could say it afterwards, since lists,
hours and settings change. So each refusal is kept for some months, with the rule's own words.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.store.database import transaction
from campaigns.store.lead_writes import as_json

KEPT = timedelta(days=92)
"""A quarter: as far back as somebody asks after a single customer."""
_STEP = 5000
_STEPS_MAX = 10_000
"""Fifty million rows; what a pass leaves the next day's takes."""


async def record_refused(
    connection: AsyncConnection, refused: Mapping[int, tuple[str, str]], now: datetime
) -> None:
    """Keep, by lead, the code and the words of the rule that forbade its call."""
    if not refused:
        return
    rows = [
        {"lead_id": lead_id, "code": code, "rule": rule}
        for lead_id, (code, rule) in refused.items()
    ]
    await connection.execute(
        text(
            "INSERT INTO refused_try (lead_id, code, rule, refused_at)"
            " SELECT new.*, CAST(:now AS timestamptz) FROM json_to_recordset("
            "   CAST(:rows AS json)) AS new(lead_id bigint, code text, rule text)"
        ),
        {"rows": as_json(rows), "now": now},
    )


async def delete_old(engine: AsyncEngine, now: datetime) -> int:
    """Delete what is older than it is kept; how many rows. In steps that hold nobody up."""
    total = 0
    for _ in range(_STEPS_MAX):
        async with transaction(engine) as connection:
            found = await connection.execute(
                text(
                    "DELETE FROM refused_try WHERE id IN (SELECT id FROM refused_try"
                    " WHERE refused_at < :before ORDER BY refused_at LIMIT :step)"
                ),
                {"before": now - KEPT, "step": _STEP},
            )
        total += found.rowcount
        if found.rowcount < _STEP:
            break
    return total
