"""The queue of deliveries: taken by one process at a time, and what came of each.

Taking one lends it for a while. A process that dies in between has lost nothing: when the loan is
over another one takes it, and the receiver, who knows the event's id, gets it twice at worst.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.rows import JsonObject
from campaigns.webhooks import TRIES_MAX, gate_seconds, is_disabled_by, wait_seconds

LENT = timedelta(seconds=60)
"""Three times what a try may take at most."""
KEPT = timedelta(days=30)
"""A delivery that was made can be looked at and made again for so long."""
_STEP = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenDelivery:
    """A delivery in the caller's hands."""

    id: int
    webhook_id: int
    url: str
    keys: Sequence[str]
    """The secrets to sign with, the new one first."""
    event_id: str
    event: str
    sequence: int
    tries: int
    """This one included."""
    created_at: datetime
    data: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How a try went."""

    status: int | None
    """What the receiver answered; None when it did not."""
    error: str | None
    """Why it did not, in a few words."""

    @property
    def is_taken(self) -> bool:
        """The receiver has it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_alive(self) -> bool:
        """The receiver works, whatever it thinks of this delivery."""
        return self.status is not None and self.status < 500 and self.status not in (408, 429)


_DUE = """
SELECT webhook.id, webhook.url, webhook.secret, webhook.last_sequence, webhook.failing_since,
       CASE WHEN webhook.old_secret_until > :now THEN webhook.old_secret END AS old_secret
FROM webhook
WHERE webhook.state = 'active' AND (webhook.next_at IS NULL OR webhook.next_at <= :now)
  AND EXISTS (SELECT 1 FROM webhook_delivery AS delivery WHERE delivery.webhook_id = webhook.id
    AND delivery.state = 'pending' AND (delivery.next_at IS NULL OR delivery.next_at <= :now))
ORDER BY webhook.id LIMIT 100 FOR NO KEY UPDATE OF webhook SKIP LOCKED
"""
_TAKE = """
WITH due AS (
  SELECT id FROM webhook_delivery WHERE webhook_id = :webhook_id AND state = 'pending'
    AND (next_at IS NULL OR next_at <= :now) ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
), numbered AS (
  SELECT delivery.id, coalesce(delivery.sequence, :last + count(*)
           FILTER (WHERE delivery.sequence IS NULL) OVER (ORDER BY delivery.id)) AS sequence
  FROM webhook_delivery AS delivery JOIN due ON due.id = delivery.id
)
UPDATE webhook_delivery AS delivery SET sequence = numbered.sequence,
    attempts = delivery.attempts + 1, next_at = :lent_until, last_at = :now
FROM numbered WHERE delivery.id = numbered.id
RETURNING delivery.id, CAST(delivery.event_id AS text) AS event_id, delivery.event,
    delivery.sequence, delivery.attempts, delivery.created_at, delivery.data
"""


class WebhookQueue:
    """The deliveries that are to be made. `now` is the machine's clock."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def take(self, *, most: int, now: datetime) -> list[TakenDelivery]:
        """Deliveries that are due, at most `most` of each webhook, and one of a failing one."""
        now = utc(now)
        taken: list[TakenDelivery] = []
        async with transaction(self._engine) as connection:
            webhooks = (await connection.execute(text(_DUE), {"now": now})).all()
            for webhook in webhooks:
                found = await connection.execute(
                    text(_TAKE),
                    {
                        "webhook_id": webhook.id,
                        "most": most if webhook.failing_since is None else 1,
                        "last": webhook.last_sequence,
                        "now": now,
                        "lent_until": now + LENT,
                    },
                )
                keys = [key for key in (webhook.secret, webhook.old_secret) if key is not None]
                mine = [
                    TakenDelivery(
                        id=row.id,
                        webhook_id=webhook.id,
                        url=webhook.url,
                        keys=keys,
                        event_id=row.event_id,
                        event=row.event,
                        sequence=row.sequence,
                        tries=row.attempts,
                        created_at=row.created_at,
                        data=row.data,
                    )
                    for row in sorted(found, key=lambda row: int(row.sequence))
                ]
                last = max([webhook.last_sequence, *(each.sequence for each in mine)])
                await connection.execute(
                    text("UPDATE webhook SET last_sequence = :last WHERE id = :id"),
                    {"id": webhook.id, "last": last},
                )
                taken += mine
        return taken

    async def settle(
        self, delivery: TakenDelivery, tried: Tried, *, luck: float, now: datetime
    ) -> str | None:
        """Write how a try went; why the webhook was switched off, when it was."""
        now = utc(now)
        is_over = delivery.tries >= TRIES_MAX or tried.status == 410
        state = "delivered" if tried.is_taken else "failed" if is_over else "pending"
        wait = timedelta(seconds=wait_seconds(delivery.tries, luck=luck))
        async with transaction(self._engine) as connection:
            # The webhook's row first, as whoever takes or removes it does. Its key is not locked:
            # a transaction that ends a call may write an event for it meanwhile.
            disabled = await _settle_webhook(connection, delivery, tried, now)
            await connection.execute(
                text(
                    "UPDATE webhook_delivery SET state = :state, last_at = :now,"
                    " last_status = :status, last_error = :error, next_at = :next_at"
                    " WHERE id = :id"
                ),
                {
                    "id": delivery.id,
                    "state": state,
                    "now": now,
                    "status": tried.status,
                    "error": tried.error,
                    "next_at": now + wait if state == "pending" else None,
                },
            )
        return disabled

    async def failing(self) -> tuple[int, int]:
        """How many active webhooks take nothing now, and how many are disabled: for the alarm."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    "SELECT count(*) FILTER (WHERE state = 'active' AND failing_since IS NOT NULL),"
                    " count(*) FILTER (WHERE state = 'disabled') FROM webhook"
                )
            )
            failing, disabled = found.one()
        return int(failing), int(disabled)

    async def delete_old(self, *, now: datetime) -> int:
        """Delete deliveries that nobody will ask for; how many. In steps, for the dialling's
        sake."""
        total = 0
        while True:
            async with transaction(self._engine) as connection:
                gone = await connection.execute(
                    text(
                        "DELETE FROM webhook_delivery WHERE id IN (SELECT id FROM webhook_delivery"
                        " WHERE created_at < :before ORDER BY created_at LIMIT :step)"
                    ),
                    {"before": utc(now) - KEPT, "step": _STEP},
                )
            total += gone.rowcount
            if gone.rowcount < _STEP:
                return total


async def _settle_webhook(
    connection: AsyncConnection, delivery: TakenDelivery, tried: Tried, now: datetime
) -> str | None:
    """Note how the receiver does; why it was switched off, when it was."""
    found = await connection.execute(
        text("SELECT state, failures, failing_since FROM webhook WHERE id = :id FOR NO KEY UPDATE"),
        {"id": delivery.webhook_id},
    )
    row = found.one_or_none()
    if row is None or row.state != "active":
        return None
    if tried.is_taken or (tried.is_alive and tried.status != 410):
        if row.failing_since is not None:
            await connection.execute(
                text(
                    "UPDATE webhook SET failures = 0, failing_since = NULL, next_at = NULL"
                    " WHERE id = :id"
                ),
                {"id": delivery.webhook_id},
            )
        return None
    failing_since = row.failing_since or now
    reason = is_disabled_by(tried.status, failing_since, now)
    await connection.execute(
        text(
            "UPDATE webhook SET failures = :failures, failing_since = :since, next_at = :next_at,"
            " state = CASE WHEN CAST(:reason AS text) IS NULL THEN state ELSE 'disabled' END,"
            " disabled_reason = :reason,"
            " disabled_at = CASE WHEN CAST(:reason AS text) IS NULL THEN NULL"
            "   ELSE CAST(:now AS timestamptz) END WHERE id = :id"
        ),
        {
            "id": delivery.webhook_id,
            "failures": row.failures + 1,
            "since": failing_since,
            "next_at": now + timedelta(seconds=gate_seconds(row.failures + 1)),
            "reason": reason,
            "now": now,
        },
    )
    if reason is not None:
        await audit(
            connection,
            at=now,
            by="service",
            action="webhook disabled",
            subject=f"webhook {delivery.webhook_id}",
            details=json.dumps({"reason": reason}),
        )
    return reason
