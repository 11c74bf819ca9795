"""Webhooks: the addresses that are told of events, and what became of each delivery.

Instants of deliveries are those of the machine's clock, which the receivers share; those of events
are the dialer's.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.errors import StoreError
from campaigns.store.rows import JsonObject
from campaigns.store.teams import client_id_of
from campaigns.webhooks import OLD_SECRET_LASTS, WebhookEvent, new_secret

WEBHOOKS_MAX = 20
"""Of one client: each event is written once for each of them."""
REPLAY_MAX = 10_000


class UnknownWebhook(StoreError):  # noqa: N818 - the name is the sentence
    """No webhook, or no delivery, of that number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that is told of events, without its secret."""

    id: int
    client: str | None
    """None: the call centre's own, which is told of all clients' events."""
    url: str
    events: Sequence[str]
    state: str
    """active or disabled."""
    created_at: datetime
    created_by: str
    failing_since: datetime | None
    """It has taken nothing since then."""
    disabled_at: datetime | None
    disabled_reason: str | None
    pending: int
    """Deliveries still to be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one webhook, and how its delivery stands."""

    id: int
    webhook_id: int
    event_id: str
    event: str
    data: JsonObject
    created_at: datetime
    state: str
    """pending, delivered or failed."""
    sequence: int | None
    attempts: int
    next_at: datetime | None
    last_at: datetime | None
    last_status: int | None
    last_error: str | None


_SELECT = """
SELECT webhook.id, client.name AS client, webhook.url, webhook.events, webhook.state,
       webhook.created_at, webhook.created_by, webhook.failing_since, webhook.disabled_at,
       webhook.disabled_reason,
       (SELECT count(*) FROM webhook_delivery WHERE webhook_id = webhook.id
        AND state = 'pending') AS pending
FROM webhook LEFT JOIN client ON client.id = webhook.client_id
"""
_MINE = "(CAST(:client_id AS bigint) IS NULL OR webhook.client_id = :client_id)"
_DELIVERIES = f"""
SELECT delivery.id, delivery.webhook_id, CAST(delivery.event_id AS text) AS event_id,
       delivery.event, delivery.data, delivery.created_at, delivery.state, delivery.sequence,
       delivery.attempts, delivery.next_at, delivery.last_at, delivery.last_status,
       delivery.last_error
FROM webhook_delivery AS delivery JOIN webhook ON webhook.id = delivery.webhook_id
WHERE webhook.id = :id AND {_MINE} AND delivery.id < :before
  AND (CAST(:state AS text) IS NULL OR delivery.state = :state)
ORDER BY delivery.id DESC LIMIT :most
"""  # noqa: S608 - parts of this module


class Webhooks:
    """The webhooks. Where `client_id` is given, those of other clients are unknown."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(
        self,
        client_id: int | None,
        url: str,
        events: Collection[str],
        *,
        by: str,
        now: datetime,
    ) -> tuple[int, str]:
        """Make a webhook for an URL that was checked; its number, and the one time its secret can
        be seen. Raises StoreError when the client has too many."""
        secret = new_secret()
        async with transaction(self._engine) as connection:
            count = await connection.scalar(
                text("SELECT count(*) FROM webhook WHERE client_id IS NOT DISTINCT FROM :id"),
                {"id": client_id},
            )
            if count is not None and count >= WEBHOOKS_MAX:
                raise StoreError(
                    f"There are {count} webhooks already, and at most {WEBHOOKS_MAX} are kept. "
                    "Remove one that is not used."
                )
            webhook_id = await connection.scalar(
                text(
                    "INSERT INTO webhook (client_id, url, events, secret, state, created_at,"
                    " created_by) VALUES (:client_id, :url, :events, :secret, 'active', :now, :by)"
                    " RETURNING id"
                ),
                {
                    "client_id": client_id,
                    "url": url,
                    "events": sorted({str(each) for each in events}),
                    "secret": secret,
                    "now": utc(now),
                    "by": by,
                },
            )
            assert webhook_id is not None
            details = {"url": url, "events": sorted(map(str, events))}
            await _note(connection, "webhook added", webhook_id, details, by=by, now=now)
        return int(webhook_id), secret

    async def client_id(self, client: str) -> int:
        """The number of a client. Raises StoreError, naming those there are."""
        async with reading(self._engine) as connection:
            return await client_id_of(connection, client)

    async def list(self, client_id: int | None = None) -> Sequence[Webhook]:
        """The client's, or all, in the order in which they were made."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(f"{_SELECT} WHERE {_MINE} ORDER BY webhook.id"), {"client_id": client_id}
            )
            return [_webhook(row) for row in found]

    async def get(self, client_id: int | None, webhook_id: int) -> Webhook:
        """One of them. Raises `UnknownWebhook`."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(f"{_SELECT} WHERE webhook.id = :id AND {_MINE}"),
                {"client_id": client_id, "id": webhook_id},
            )
            row = found.one_or_none()
        if row is None:
            raise UnknownWebhook(f"There is no webhook number {webhook_id}.")
        return _webhook(row)

    async def change(
        self,
        client_id: int | None,
        webhook_id: int,
        *,
        url: str | None,
        events: Collection[str] | None,
        by: str,
        now: datetime,
    ) -> Webhook:
        """Another URL, or other events. Raises `UnknownWebhook`."""
        await self._update(
            client_id,
            webhook_id,
            "url = coalesce(:url, url), events = coalesce(CAST(:events AS text[]), events)",
            "webhook changed",
            {"url": url, "events": None if events is None else sorted(map(str, events))},
            by=by,
            now=now,
        )
        return await self.get(client_id, webhook_id)

    async def remove(
        self, client_id: int | None, webhook_id: int, *, by: str, now: datetime
    ) -> None:
        """Delete it with all its deliveries. Raises `UnknownWebhook`."""
        webhook = await self.get(client_id, webhook_id)
        async with transaction(self._engine) as connection:
            await connection.execute(text("DELETE FROM webhook WHERE id = :id"), {"id": webhook_id})
            await _note(
                connection, "webhook removed", webhook_id, {"url": webhook.url}, by=by, now=now
            )

    async def disable(
        self, client_id: int | None, webhook_id: int, *, by: str, now: datetime
    ) -> Webhook:
        """Tell it nothing for now; events meanwhile are not kept for it."""
        await self._update(
            client_id,
            webhook_id,
            "state = 'disabled', disabled_at = coalesce(disabled_at, :now),"
            " disabled_reason = coalesce(disabled_reason, 'Disabled by ' || :by)",
            "webhook disabled",
            {},
            by=by,
            now=now,
        )
        return await self.get(client_id, webhook_id)

    async def enable(
        self, client_id: int | None, webhook_id: int, *, by: str, now: datetime
    ) -> Webhook:
        """Tell it again, beginning with what was still to be delivered."""
        await self._update(
            client_id,
            webhook_id,
            "state = 'active', disabled_at = NULL, disabled_reason = NULL, failures = 0,"
            " failing_since = NULL, next_at = NULL",
            "webhook enabled",
            {},
            by=by,
            now=now,
        )
        return await self.get(client_id, webhook_id)

    async def rotate(
        self, client_id: int | None, webhook_id: int, *, by: str, now: datetime, wall: datetime
    ) -> str:
        """A new secret, to be seen this once; for a day deliveries are signed with both. `wall` is
        the machine's clock."""
        secret = new_secret()
        await self._update(
            client_id,
            webhook_id,
            "old_secret = secret, old_secret_until = :until, secret = :secret",
            "webhook secret changed",
            {},
            by=by,
            now=now,
            secret=secret,
            until=utc(wall) + OLD_SECRET_LASTS,
        )
        return secret

    async def test(
        self, client_id: int | None, webhook_id: int, *, by: str, now: datetime
    ) -> Delivery:
        """Have an event sent that tells of nothing. Raises `UnknownWebhook`."""
        await self.get(client_id, webhook_id)
        async with transaction(self._engine) as connection:
            await connection.execute(
                text(
                    "INSERT INTO webhook_delivery (webhook_id, event, data, created_at)"
                    " VALUES (:id, :event, CAST(:data AS jsonb), :now)"
                ),
                {
                    "id": webhook_id,
                    "event": str(WebhookEvent.TEST),
                    "data": json.dumps({"asked_by": by}),
                    "now": utc(now),
                },
            )
        (newest,) = await self.deliveries(client_id, webhook_id, before=2**62, most=1)
        return newest

    async def deliveries(
        self,
        client_id: int | None,
        webhook_id: int,
        *,
        before: int,
        most: int,
        state: str | None = None,
    ) -> Sequence[Delivery]:
        """Deliveries with a number below `before`, the latest first. Raises `UnknownWebhook`."""
        await self.get(client_id, webhook_id)
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(_DELIVERIES),
                {
                    "client_id": client_id,
                    "id": webhook_id,
                    "before": before,
                    "most": most,
                    "state": state,
                },
            )
            return [Delivery(**row._mapping) for row in found]

    async def replay(
        self,
        client_id: int | None,
        webhook_id: int,
        *,
        delivery_ids: Collection[int] | None = None,
        since: datetime | None = None,
        by: str,
        now: datetime,
    ) -> int:
        """Deliver again: these deliveries, or all events since then that were not `pending`; how
        many. Each keeps its event id and sequence. Raises `UnknownWebhook`."""
        await self.get(client_id, webhook_id)
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text(
                    "UPDATE webhook_delivery SET state = 'pending', next_at = NULL, attempts = 0"
                    " WHERE id IN (SELECT id FROM webhook_delivery WHERE webhook_id = :id"
                    "  AND state <> 'pending'"
                    "  AND (CAST(:ids AS bigint[]) IS NULL OR id = ANY(CAST(:ids AS bigint[])))"
                    "  AND (CAST(:since AS timestamptz) IS NULL OR created_at >= :since)"
                    "  ORDER BY id LIMIT :most)"
                ),
                {
                    "id": webhook_id,
                    "ids": None if delivery_ids is None else list(delivery_ids),
                    "since": None if since is None else utc(since),
                    "most": REPLAY_MAX,
                },
            )
            details = {"deliveries": found.rowcount}
            await _note(connection, "webhook replayed", webhook_id, details, by=by, now=now)
            return found.rowcount

    async def _update(
        self,
        client_id: int | None,
        webhook_id: int,
        assignments: str,
        action: str,
        details: JsonObject,
        *,
        by: str,
        now: datetime,
        **values: Any,
    ) -> None:
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text(f"UPDATE webhook SET {assignments} WHERE id = :id AND {_MINE}"),  # noqa: S608
                {"id": webhook_id, "client_id": client_id, "now": utc(now), "by": by}
                | details
                | values,
            )
            if found.rowcount != 1:
                raise UnknownWebhook(f"There is no webhook number {webhook_id}.")
            await _note(connection, action, webhook_id, details, by=by, now=now)


async def _note(
    connection: AsyncConnection,
    action: str,
    webhook_id: int,
    details: JsonObject,
    *,
    by: str,
    now: datetime,
) -> None:
    await audit(
        connection,
        at=utc(now),
        by=by,
        action=action,
        subject=f"webhook {webhook_id}",
        details=json.dumps(details),
    )


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(**row._mapping)
