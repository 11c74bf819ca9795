"""Signed-in browsers. A session is a random token; its hash alone is kept, and a row means open."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.users import USER_SELECT, User, user_of

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """When a session ends by itself."""

    idle: timedelta = timedelta(hours=2)
    """After the last sign of life. An open agent's page gives one all the time."""
    absolute: timedelta = timedelta(hours=14)
    """After the sign-in, whatever happens: the longest shift and some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSession:
    """One signed-in browser, and whose it is."""

    id: int
    user: User
    created_at: datetime
    ends_at: datetime
    """At the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """One of a person's own sessions, as they are shown it."""

    id: int
    address: str
    created_at: datetime
    seen_at: datetime


class Sessions:
    """The sessions."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def open(self, user: User, *, address: str, limits: SessionLimits, now: datetime) -> str:
        """Begin a session of a person whose password was right; the one time its token is seen."""
        now = utc(now)
        token = secrets.token_urlsafe(SECRET_BYTES)
        async with transaction(self._engine) as connection:
            # Rows of sessions that are over go when somebody signs in.
            await connection.execute(
                text("DELETE FROM user_session WHERE seen_at <= :idle OR created_at <= :absolute"),
                {"idle": now - limits.idle, "absolute": now - limits.absolute},
            )
            await connection.execute(
                text(
                    "INSERT INTO user_session (user_id, token_hash, address, created_at, seen_at)"
                    " VALUES (:user_id, :hash, :address, :now, :now)"
                ),
                {"user_id": user.id, "hash": _hash(token), "address": address, "now": now},
            )
            await connection.execute(
                text("UPDATE user_account SET signed_in_at = :now WHERE id = :id"),
                {"id": user.id, "now": now},
            )
            await audit(
                connection,
                at=now,
                by=f"user {user.name}",
                action="signed in",
                subject=f"account {user.name}",
                details=json.dumps({"address": address}),
            )
        return token

    async def find(self, token: str, *, limits: SessionLimits, now: datetime) -> UserSession | None:
        """The open session of this token, or None. Notes to the minute that it lives."""
        now = utc(now)
        # The index compares hashes, not tokens: how long it takes tells nothing of a token.
        asked = {"hash": _hash(token), "now": now}
        statement = USER_SELECT.replace(
            "FROM", ", s.id AS session_id, s.created_at AS began_at, s.seen_at FROM", 1
        )
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    statement + " JOIN user_session AS s ON s.user_id = user_account.id"
                    " WHERE s.token_hash = :hash AND user_account.disabled_at IS NULL"
                ),
                asked,
            )
            row = found.one_or_none()
        if row is None:
            return None
        values = dict(row._mapping)
        session_id, began_at, seen_at = (
            values.pop(key) for key in ("session_id", "began_at", "seen_at")
        )
        if now >= seen_at + limits.idle or now >= began_at + limits.absolute:
            return None
        if now >= seen_at + timedelta(minutes=1):
            async with transaction(self._engine) as connection:
                await connection.execute(
                    text("UPDATE user_session SET seen_at = :now WHERE token_hash = :hash"), asked
                )
        return UserSession(
            id=session_id,
            user=user_of(values),
            created_at=began_at,
            ends_at=began_at + limits.absolute,
        )

    async def end(self, token: str, *, now: datetime) -> bool:
        """Sign out; False when there was no such session."""
        async with transaction(self._engine) as connection:
            name = await connection.scalar(
                text(
                    "DELETE FROM user_session USING user_account"
                    " WHERE user_session.user_id = user_account.id AND token_hash = :hash"
                    " RETURNING user_account.name"
                ),
                {"hash": _hash(token)},
            )
            if name is None:
                return False
            await audit(
                connection,
                at=utc(now),
                by=f"user {name}",
                action="signed out",
                subject=f"account {name}",
                details="{}",
            )
        return True

    async def end_others(self, user_id: int, *, keep: int, by: str, now: datetime) -> int:
        """End the person's other sessions; how many there were."""
        async with transaction(self._engine) as connection:
            ended = await connection.execute(
                text("DELETE FROM user_session WHERE user_id = :user_id AND id <> :keep"),
                {"user_id": user_id, "keep": keep},
            )
            if ended.rowcount:
                await audit(
                    connection,
                    at=utc(now),
                    by=by,
                    action="sessions ended",
                    subject=f"account number {user_id}",
                    details=json.dumps({"sessions": ended.rowcount}),
                )
        return ended.rowcount

    async def of(self, user_id: int, *, limits: SessionLimits, now: datetime) -> list[OpenSession]:
        """The person's open sessions, the latest first."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    "SELECT id, address, created_at, seen_at FROM user_session"
                    " WHERE user_id = :user_id AND seen_at > :idle AND created_at > :absolute"
                    " ORDER BY created_at DESC, id DESC"
                ),
                {
                    "user_id": user_id,
                    "idle": utc(now) - limits.idle,
                    "absolute": utc(now) - limits.absolute,
                },
            )
            return [OpenSession(**row._mapping) for row in found]


def _hash(token: str) -> str:
    """256 random bits need no slow hash: nobody can try them all."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
