"""Tokens of programs: made, checked, revoked. A token is shown once; its hash alone is kept."""

import enum
import hashlib
import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.errors import StoreError, not_found
from campaigns.store.teams import client_id_of

PREFIX = "dialer_"
"""Lets a scanner for leaked secrets know one."""
SECRET_BYTES = 32
NAME_LENGTH_MAX = 100


@enum.unique
class Scope(enum.StrEnum):
    """What a token may be used for: to read or to change one sort of thing."""

    LEADS_READ = "leads:read"
    LEADS_WRITE = "leads:write"
    RESULTS_READ = "results:read"
    CAMPAIGNS_READ = "campaigns:read"
    CAMPAIGNS_CONTROL = "campaigns:control"
    """Start, pause and stop campaigns, and set how their team is paced."""
    AGENTS_READ = "agents:read"
    AGENTS_CONTROL = "agents:control"
    CALLS_READ = "calls:read"
    CALLS_CONTROL = "calls:control"
    CALLBACKS_READ = "callbacks:read"
    CALLBACKS_WRITE = "callbacks:write"
    DO_NOT_CALL_READ = "do-not-call:read"
    DO_NOT_CALL_WRITE = "do-not-call:write"
    RECORDINGS_READ = "recordings:read"
    """List and hear recorded calls; each look is in the audit log."""
    USAGE_READ = "usage:read"
    WEBHOOKS_WRITE = "webhooks:write"
    """See, make, change and end the client's webhooks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as it stands, without its secret."""

    id: int
    name: str
    client: str | None
    """The client it speaks for; None for the call centre itself."""
    client_id: int | None
    scopes: frozenset[Scope]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def is_valid(self, at: datetime) -> bool:
        """True while it may be used."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


_SELECT = """
SELECT api_token.id, api_token.name, client.name AS client, api_token.client_id, api_token.scopes,
       api_token.created_at, api_token.created_by, api_token.expires_at, api_token.revoked_at,
       api_token.last_used_at
FROM api_token LEFT JOIN client ON client.id = api_token.client_id
"""


class Tokens:
    """The tokens of the HTTP interface."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(
        self,
        name: str,
        *,
        client: str | None,
        scopes: Collection[Scope],
        expires_at: datetime | None,
        by: str,
        now: datetime,
    ) -> str:
        """Make a token; the one time it can be seen. Raises StoreError for a name that is taken,
        an unknown client, or an end that is over."""
        now = utc(now)
        if not name.strip() or len(name) > NAME_LENGTH_MAX:
            raise StoreError(f"A token's name has 1 to {NAME_LENGTH_MAX} characters.")
        if expires_at is not None and utc(expires_at) <= now:
            raise StoreError(f"A token that ended at {expires_at} is of no use; name a later end.")
        secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
        try:
            async with transaction(self._engine) as connection:
                client_id = None if client is None else await client_id_of(connection, client)
                await connection.execute(
                    text(
                        "INSERT INTO api_token (name, client_id, secret_hash, scopes, created_at,"
                        " created_by, expires_at)"
                        " VALUES (:name, :client_id, :hash, :scopes, :now, :by, :expires_at)"
                    ),
                    {
                        "name": name,
                        "client_id": client_id,
                        "hash": _hash(secret),
                        "scopes": sorted(scopes),
                        "now": now,
                        "by": by,
                        "expires_at": expires_at,
                    },
                )
                await audit(
                    connection,
                    at=now,
                    by=by,
                    action="token added",
                    subject=f"token {name}",
                    details=json.dumps({"client": client, "scopes": sorted(scopes)}),
                )
        except IntegrityError as error:
            raise StoreError(
                f"There is a token '{name}' already. Choose another name, so that the audit log "
                "can tell the two apart."
            ) from error
        return secret

    async def list(self) -> list[Token]:
        """All tokens, revoked ones too, in order of their names."""
        async with reading(self._engine) as connection:
            found = await connection.execute(text(_SELECT + "ORDER BY api_token.name"))
            return [_token(row._mapping) for row in found]

    async def revoke(self, name: str, *, by: str, now: datetime) -> bool:
        """End a token now; False when it was revoked before. Raises StoreError for no such name."""
        now = utc(now)
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text(
                    "UPDATE api_token SET revoked_at = :now, revoked_by = :by"
                    " WHERE name = :name AND revoked_at IS NULL"
                ),
                {"name": name, "now": now, "by": by},
            )
            if found.rowcount:
                await audit(
                    connection,
                    at=now,
                    by=by,
                    action="token revoked",
                    subject=f"token {name}",
                    details="{}",
                )
                return True
            known = list((await connection.execute(text("SELECT name FROM api_token"))).scalars())
        if name in known:
            return False
        raise StoreError(not_found("token", name, known, hint="See `dialer tokens list`."))

    async def find(self, secret: str, *, now: datetime) -> Token | None:
        """The valid token of this secret, or None. Notes to the minute that it was used."""
        now = utc(now)
        # The index compares hashes, not secrets: how long it takes tells nothing of a secret.
        asked = {"hash": _hash(secret), "now": now}
        async with transaction(self._engine) as connection:
            found = (
                await connection.execute(text(_SELECT + "WHERE secret_hash = :hash"), asked)
            ).one_or_none()
            if found is None:
                return None
            token = _token(found._mapping)
            if not token.is_valid(now):
                return None
            await connection.execute(
                text(
                    "UPDATE api_token SET last_used_at = :now WHERE secret_hash = :hash"
                    " AND (last_used_at IS NULL OR last_used_at < :now - interval '1 minute')"
                ),
                asked,
            )
            return token


def _hash(secret: str) -> str:
    """256 random bits need no slow hash: nobody can try them all."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _token(row: object) -> Token:
    values = dict(row)  # type: ignore[call-overload]
    return Token(**values | {"scopes": frozenset(Scope(each) for each in values["scopes"])})
