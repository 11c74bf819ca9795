"""Accounts of people: made, changed, disabled. What they sign in with is checked here."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.passwords import (
    BadPassword,
    check_password,
    hash_password,
    is_outdated,
    is_password,
)
from campaigns.roles import LANGUAGES, Role, is_zone
from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.errors import StoreError, UnknownAgent, not_found
from campaigns.store.teams import client_id_of

NAME_LENGTH_MAX = 100

USER_SELECT = """
SELECT user_account.id, user_account.name, user_account.role, user_account.agent_id,
       agent.name AS agent, user_account.client_id, client.name AS client,
       user_account.is_provisional, user_account.language, user_account.zone,
       user_account.created_at, user_account.created_by, user_account.disabled_at,
       user_account.signed_in_at
FROM user_account
LEFT JOIN agent ON agent.id = user_account.agent_id
LEFT JOIN client ON client.id = user_account.client_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account as it stands, without its password."""

    id: int
    name: str
    role: Role
    agent_id: int | None
    agent: str | None
    """The agent it belongs to, for the role agent."""
    client_id: int | None
    client: str | None
    """The client company it looks in for, for the role client."""
    is_provisional: bool
    """Another person knows the password: it is changed before anything else."""
    language: str | None
    zone: str | None
    created_at: datetime
    created_by: str
    disabled_at: datetime | None
    signed_in_at: datetime | None


class Users:
    """The accounts."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(
        self,
        name: str,
        role: Role,
        password: str,
        *,
        agent: str | None = None,
        client: str | None = None,
        language: str | None = None,
        zone: str | None = None,
        is_provisional: bool = False,
        by: str,
        now: datetime,
    ) -> User:
        """Make an account. Raises StoreError for a name or agent that has one, for an unknown agent
        or client, and for a password that is not taken."""
        now, name = utc(now), name.strip()
        if not name or len(name) > NAME_LENGTH_MAX or not name.isprintable():
            raise StoreError(f"The name of an account has 1 to {NAME_LENGTH_MAX} characters.")
        _require_owner(role, agent=agent, client=client)
        _require_place(language, zone)
        kept = await _hashed(password, name)
        try:
            async with transaction(self._engine) as connection:
                added = await connection.execute(
                    text(
                        "INSERT INTO user_account (name, role, agent_id, client_id, password_hash,"
                        " is_provisional, password_changed_at, language, zone, created_at,"
                        " created_by) VALUES (:name, :role, :agent_id, :client_id, :kept,"
                        " :is_provisional, :now, :language, :zone, :now, :by) RETURNING id"
                    ),
                    {
                        "name": name,
                        "role": str(role),
                        "agent_id": agent and await _agent_id_of(connection, agent),
                        "client_id": client and await client_id_of(connection, client),
                        "kept": kept,
                        "is_provisional": is_provisional,
                        "language": language,
                        "zone": zone,
                        "now": now,
                        "by": by,
                    },
                )
                user_id = int(added.scalar_one())
                details = {"role": str(role), "agent": agent, "client": client}
                await _audit(connection, now, by, "account added", name, details)
        except IntegrityError as error:
            raise StoreError(_taken(name, agent, error)) from error
        return await self.by_id(user_id)

    async def list(self) -> list[User]:
        """All accounts, disabled ones too, by name."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(USER_SELECT + "ORDER BY lower(user_account.name)")
            )
            return [user_of(row._mapping) for row in found]

    async def by_id(self, user_id: int) -> User:
        """The account of that id. Raises StoreError."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(USER_SELECT + "WHERE user_account.id = :id"), {"id": user_id}
            )
            row = found.one_or_none()
        if row is None:
            raise StoreError(f"There is no account number {user_id}. See `dialer users list`.")
        return user_of(row._mapping)

    async def get(self, name: str) -> User:
        """The account of that name, in whatever case. Raises StoreError with the nearest names."""
        user, _ = await self._find(name)
        if user is not None:
            return user
        known = [each.name for each in await self.list()]
        raise StoreError(not_found("account", name, known, hint="See `dialer users list`."))

    async def check(self, name: str, password: str) -> User | None:
        """The enabled account of that name and password, or None.

        It takes the same time whether there is such an account or not, so that nobody learns names
        by it.
        """
        user, kept = await self._find(name)
        is_open = user is not None and user.disabled_at is None
        if not await is_password(password, kept if is_open else None):
            return None
        assert user is not None and kept is not None, "a password was right for nobody"
        if is_outdated(kept):
            async with transaction(self._engine) as connection:
                await connection.execute(
                    text(
                        "UPDATE user_account SET password_hash = :new"
                        " WHERE id = :id AND password_hash = :old"
                    ),
                    {"id": user.id, "old": kept, "new": await hash_password(password)},
                )
        return user

    async def note_refusal(self, name: str, *, address: str, now: datetime) -> None:
        """Note in the audit log that somebody could not sign in as `name`.

        Nothing is noted for a name that is none: people type passwords into the wrong field.
        """
        async with transaction(self._engine) as connection:
            await connection.execute(
                text(
                    "INSERT INTO audit_log (at, by, action, subject, details)"
                    " SELECT :now, 'stranger', 'sign-in refused', 'account ' || name,"
                    " jsonb_build_object('address', CAST(:address AS text))"
                    " FROM user_account WHERE lower(name) = lower(:name)"
                ),
                {"now": utc(now), "address": address, "name": name.strip().replace("\0", "")},
            )

    async def set_password(
        self, name: str, password: str, *, is_provisional: bool = False, by: str, now: datetime
    ) -> None:
        """Give the account another password; all its sessions end. Raises StoreError."""
        user = await self.get(name)
        kept = await _hashed(password, user.name)
        now = utc(now)
        async with transaction(self._engine) as connection:
            await connection.execute(
                text(
                    "UPDATE user_account SET password_hash = :kept, password_changed_at = :now,"
                    " is_provisional = :is_provisional WHERE id = :id"
                ),
                {"id": user.id, "kept": kept, "now": now, "is_provisional": is_provisional},
            )
            ended = await _end_sessions(connection, user.id)
            details = {"is_provisional": is_provisional, "sessions_ended": ended}
            await _audit(connection, now, by, "password changed", user.name, details)

    async def disable(self, name: str, *, by: str, now: datetime) -> bool:
        """Let nobody in with the account from now on, and end its sessions; False when it was so
        before. Raises StoreError."""
        return await self._set_disabled(name, utc(now), by=by, now=utc(now))

    async def enable(self, name: str, *, by: str, now: datetime) -> bool:
        """Let its person in again; False when they were let in before. Raises StoreError."""
        return await self._set_disabled(name, None, by=by, now=utc(now))

    async def set_place(
        self, name: str, *, language: str | None, zone: str | None, by: str, now: datetime
    ) -> None:
        """Set the language and the time zone a person reads in; None for what the browser and the
        dialer say. Raises StoreError."""
        _require_place(language, zone)
        user = await self.get(name)
        async with transaction(self._engine) as connection:
            await connection.execute(
                text("UPDATE user_account SET language = :language, zone = :zone WHERE id = :id"),
                {"id": user.id, "language": language, "zone": zone},
            )
            details = {"language": language, "zone": zone}
            await _audit(connection, utc(now), by, "account changed", user.name, details)

    async def _set_disabled(
        self, name: str, disabled_at: datetime | None, *, by: str, now: datetime
    ) -> bool:
        user = await self.get(name)
        action = "account enabled" if disabled_at is None else "account disabled"
        async with transaction(self._engine) as connection:
            changed = await connection.execute(
                text(
                    "UPDATE user_account SET disabled_at = :at"
                    " WHERE id = :id AND (disabled_at IS NULL) = (CAST(:at AS timestamptz)"
                    " IS NOT NULL)"
                ),
                {"id": user.id, "at": disabled_at},
            )
            if not changed.rowcount:
                return False
            ended = 0 if disabled_at is None else await _end_sessions(connection, user.id)
            await _audit(connection, now, by, action, user.name, {"sessions_ended": ended})
        return True

    async def _find(self, name: str) -> tuple[User | None, str | None]:
        statement = USER_SELECT.replace("FROM", ", user_account.password_hash FROM", 1)
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(statement + "WHERE lower(user_account.name) = lower(:name)"),
                # Text that no database takes is nobody's name.
                {"name": name.strip().replace("\0", "")},
            )
            row = found.one_or_none()
        if row is None:
            return None, None
        values = dict(row._mapping)
        kept = values.pop("password_hash")
        return user_of(values), kept


def _require_owner(role: Role, *, agent: str | None, client: str | None) -> None:
    """Raise StoreError unless the account has what its role needs, and nothing else."""
    for word, needed, given in (
        ("agent", role is Role.AGENT, agent),
        ("client", role is Role.CLIENT, client),
    ):
        if needed and not given:
            raise StoreError(f"An account of the role {role} needs its {word}: --{word} NAME.")
        if given and not needed:
            raise StoreError(
                f"An account of the role {role} belongs to no {word}; leave '{given}' away, or "
                f"choose the role {word}."
            )


def _require_place(language: str | None, zone: str | None) -> None:
    if language is not None and language not in LANGUAGES:
        raise StoreError(f"There is no language '{language}'; there are {', '.join(LANGUAGES)}.")
    if zone is not None and not is_zone(zone):
        raise StoreError(f"There is no time zone '{zone}'. Write one as Asia/Baku.")


async def _hashed(password: str, name: str) -> str:
    try:
        check_password(password, name=name)
    except BadPassword as error:
        raise StoreError(str(error)) from error
    return await hash_password(password)


async def _agent_id_of(connection: AsyncConnection, agent: str) -> int:
    found = await connection.scalar(
        text("SELECT id FROM agent WHERE name = :name"), {"name": agent}
    )
    if found is None:
        known = list((await connection.execute(text("SELECT name FROM agent"))).scalars())
        raise UnknownAgent(not_found("agent", agent, known, hint="See `dialer agents list`."))
    return int(found)


async def _end_sessions(connection: AsyncConnection, user_id: int) -> int:
    ended = await connection.execute(
        text("DELETE FROM user_session WHERE user_id = :id"), {"id": user_id}
    )
    return ended.rowcount


async def _audit(
    connection: AsyncConnection,
    now: datetime,
    by: str,
    action: str,
    name: str,
    details: dict[str, Any],
) -> None:
    await audit(
        connection,
        at=now,
        by=by,
        action=action,
        subject=f"account {name}",
        details=json.dumps(details),
    )


def _taken(name: str, agent: str | None, error: IntegrityError) -> str:
    if "uq_user_account_agent_id" in str(error.orig):
        return f"The agent '{agent}' has an account already. See `dialer users list`."
    return f"There is an account '{name}' already. Choose another name."


def user_of(row: object) -> User:
    values = dict(row)  # type: ignore[call-overload]
    return User(**values | {"role": Role(values["role"])})
