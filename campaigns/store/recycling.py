"""Recycling: leads that are finished, or still wait, put back to be called again at once.

Preview and deed choose leads by the same condition, so that what is shown is what is done. A lead
that said no is never recycled, whatever is asked for: a refusal, a do-not-call wish and a sale are
decided by the disposition, not by the outcome, and only leads whose last attempt has no final
disposition are chosen.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.outcomes import Outcome
from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.lead_moves import Move, phone_after
from campaigns.store.lead_writes import read_phones, write_moves

_BATCH = 5_000
"""Leads put back in one transaction: some tenths of a second, so that a dialer at work hardly
waits for their locks."""
_BATCHES_MAX = 10_000
"""Fifty million leads; more than a campaign has."""
# The last attempt decides. NOT EXISTS instead of the stored last_call_id, which a recycling clears.
_CHOSEN = """
FROM lead JOIN LATERAL (
  SELECT attempt.outcome, attempt.ended_at, attempt.disposition FROM attempt
  WHERE attempt.lead_id = lead.id ORDER BY attempt.written_at DESC, attempt.id DESC LIMIT 1
) AS last ON true
LEFT JOIN disposition ON disposition.campaign_id = lead.campaign_id
  AND disposition.code = last.disposition
WHERE lead.campaign_id = :campaign_id
  AND (lead.state = 'done' OR (lead.state = 'callable' AND lead.next_call_at > :now))
  AND last.outcome = ANY(CAST(:outcomes AS text[])) AND last.ended_at < :before
  AND NOT coalesce(disposition.is_final, false)
  AND coalesce(disposition.kind, '') NOT IN ('refusal', 'do_not_call', 'callback')
  AND coalesce(lead.done_reason, '') NOT IN ('forgotten', 'retention', 'withdrawn', 'quota')
  AND (lead.recycled_at IS NULL OR lead.recycled_at < last.ended_at)
  AND NOT EXISTS (SELECT 1 FROM callback
                  WHERE callback.lead_id = lead.id AND callback.state IN ('open', 'due'))
  AND EXISTS (SELECT 1 FROM lead_phone
              WHERE lead_phone.lead_id = lead.id AND lead_phone.state = 'valid')"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recycled:
    """How many leads a recycling puts back, or would."""

    by_outcome: Mapping[str, int]
    by_state: Mapping[str, int]
    """Of the same leads: `done`, and `callable` for those that still wait."""

    @property
    def leads(self) -> int:
        """All of them."""
        return sum(self.by_outcome.values())


class Recycling:
    """`store.recycling`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def preview(
        self,
        campaign_id: int,
        outcomes: Sequence[Outcome],
        *,
        older_than: timedelta,
        now: datetime,
    ) -> Recycled:
        """What `recycle` with the same arguments would put back. Changes nothing."""
        values = _values(campaign_id, outcomes, older_than, now)
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    "SELECT last.outcome, lead.state, count(*) AS leads"
                    f"{_CHOSEN} GROUP BY 1, 2 ORDER BY 1, 2"
                ),
                values,
            )
            return _summed([(row.outcome, row.state, row.leads) for row in found])

    async def recycle(
        self,
        campaign_id: int,
        outcomes: Sequence[Outcome],
        *,
        older_than: timedelta,
        by: str,
        now: datetime,
    ) -> Recycled:
        """Put leads back whose last attempt ended like this at least `older_than` before `now`.

        They become callable at once, on the number they would have been called on next, and their
        counters begin again; the attempts stay. Calling hours, lists and limits hold for them as
        for any other. Leads on the line or in a hopper, finished by a final disposition or without
        a number that may be called are left alone. Written to the audit log.
        """
        values = _values(campaign_id, outcomes, older_than, now)
        counted: list[tuple[str, str, int]] = []
        for _ in range(_BATCHES_MAX):
            async with transaction(self._engine) as connection:
                batch = await _put_back(connection, values)
            counted.extend((outcome, state, 1) for outcome, state in batch)
            if len(batch) < _BATCH:
                break
        recycled = _summed(counted)
        async with transaction(self._engine) as connection:
            name = await connection.scalar(
                text("SELECT name FROM campaign WHERE id = :id"), {"id": campaign_id}
            )
            await audit(
                connection,
                at=utc(now),
                by=by,
                action="leads.recycle",
                subject=f"campaign {name}",
                details=json.dumps(
                    {
                        "campaign": name,
                        "outcomes": values["outcomes"],
                        "before": values["before"].isoformat(),
                        "leads": dict(recycled.by_outcome),
                    }
                ),
            )
        return recycled


def _values(
    campaign_id: int, outcomes: Sequence[Outcome], older_than: timedelta, now: datetime
) -> dict[str, Any]:
    return {
        "campaign_id": campaign_id,
        "outcomes": [outcome.value for outcome in outcomes],
        "before": utc(now) - older_than,
        "now": utc(now),
    }


async def _put_back(connection: AsyncConnection, values: dict[str, Any]) -> list[tuple[str, str]]:
    """One batch, in the order of lead ids, as every writer of leads locks them.

    (outcome, state before) of each.
    """
    found = await connection.execute(
        text(
            "SELECT lead.id, lead.next_position, last.outcome, lead.state"
            f"{_CHOSEN} ORDER BY lead.id LIMIT {_BATCH} FOR UPDATE OF lead"
        ),
        values,
    )
    rows = list(found)
    if not rows:
        return []
    now, ids = values["now"], [row.id for row in rows]
    phones = await read_phones(connection, ids)
    moves = {}
    for row in rows:
        # The number it would have been called on next, or the first after it that may be called.
        phone = phone_after(phones[row.id], row.next_position - 1)
        moves[row.id] = Move(state="callable", next_call_at=now, phone=phone)
    await write_moves(connection, moves, tries=dict.fromkeys(ids, 0))
    await connection.execute(
        text(
            # Without a last call, a late correction of the old attempt moves the lead no more.
            "UPDATE lead SET not_reached = 0, unfinished = 0, recycled_at = :now,"
            " last_call_id = NULL WHERE id = ANY(CAST(:ids AS bigint[]))"
        ),
        {"now": now, "ids": ids},
    )
    return [(row.outcome, row.state) for row in rows]


def _summed(counted: Sequence[tuple[str, str, int]]) -> Recycled:
    by_outcome: Counter[str] = Counter()
    by_state: Counter[str] = Counter()
    for outcome, state, leads in counted:
        by_outcome[outcome] += leads
        by_state[state] += leads
    return Recycled(by_outcome=dict(by_outcome), by_state=dict(by_state))
