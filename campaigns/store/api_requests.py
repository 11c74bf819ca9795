"""Answers kept for repeats: a request with an Idempotency-Key takes effect once.

The key is taken before anything is done and the answer is kept after it. A program that lost the
answer asks again with the same key and gets the same answer; while the first is being worked on the
second is told so. Where the dialer died in between, the key is free again after a while: whatever
the interface does can be done twice without harm, so trying again is better than never knowing.
"""

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.database import transaction, utc

KEPT = timedelta(hours=48)
"""A program that was down over a weekend day still gets its answer."""
WORKING_MAX = timedelta(minutes=10)
"""No request takes as long; one that has is dead."""

_TAKE = """
INSERT INTO api_request (token_id, key, fingerprint, began_at)
VALUES (:token_id, :key, :fingerprint, :now)
ON CONFLICT (token_id, key) DO UPDATE SET fingerprint = excluded.fingerprint,
    began_at = excluded.began_at, status = NULL, headers = NULL, body = NULL
WHERE api_request.began_at < :kept_since
   OR (api_request.status IS NULL AND api_request.began_at < :working_since
       AND api_request.fingerprint = excluded.fingerprint)
RETURNING key
"""


@enum.unique
class Taking(enum.Enum):
    """Why a key cannot be taken."""

    BUSY = "busy"
    OTHER = "other"
    """It was used for another request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    body: str


class ApiRequests:
    """The requests that came with a key."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def take(
        self, token_id: int, key: str, fingerprint: str, *, now: datetime
    ) -> KeptAnswer | Taking | None:
        """Take the key for a request; None when it is the first. Then `keep` or `drop` it."""
        now = utc(now)
        async with transaction(self._engine) as connection:
            values = {
                "token_id": token_id,
                "key": key,
                "fingerprint": fingerprint,
                "now": now,
                "kept_since": now - KEPT,
                "working_since": now - WORKING_MAX,
            }
            taken = await connection.execute(text(_TAKE), values)
            if taken.one_or_none() is not None:
                return None
            found = await connection.execute(
                text(
                    "SELECT fingerprint, status, headers, body FROM api_request"
                    " WHERE token_id = :token_id AND key = :key"
                ),
                values,
            )
            row = found.one_or_none()
        if row is not None and row.fingerprint != fingerprint:
            return Taking.OTHER
        if row is None or row.status is None:
            return Taking.BUSY
        return KeptAnswer(status=row.status, headers=row.headers, body=row.body)

    async def keep(self, token_id: int, key: str, answer: KeptAnswer) -> None:
        """Keep the answer to the request that took the key."""
        async with transaction(self._engine) as connection:
            await connection.execute(
                text(
                    "UPDATE api_request SET status = :status, headers = CAST(:headers AS jsonb),"
                    " body = :body WHERE token_id = :token_id AND key = :key AND status IS NULL"
                ),
                {
                    "token_id": token_id,
                    "key": key,
                    "status": answer.status,
                    "headers": json.dumps(dict(answer.headers)),
                    "body": answer.body,
                },
            )

    async def drop(self, token_id: int, key: str) -> None:
        """The request was refused and changed nothing: the key may be used again."""
        async with transaction(self._engine) as connection:
            await connection.execute(
                text(
                    "DELETE FROM api_request WHERE token_id = :token_id AND key = :key"
                    " AND status IS NULL"
                ),
                {"token_id": token_id, "key": key},
            )

    async def delete_old(self, *, now: datetime) -> int:
        """Delete answers nobody asks for any more; how many."""
        async with transaction(self._engine) as connection:
            gone = await connection.execute(
                text("DELETE FROM api_request WHERE began_at < :before"),
                {"before": utc(now) - KEPT},
            )
            return gone.rowcount
