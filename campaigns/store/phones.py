"""SIP accounts of the agents' telephones: a password is made, shown once, and kept as its HA1."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.agents import Agents
from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.errors import StoreError

PASSWORD_BYTES = 18
"""144 bits: as hard to guess as the MD5 that the telephone answers with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneAccount:
    """What a telephone may register as."""

    agent: str
    extension: str
    domain: str
    ha1: str = field(repr=False)


class Phones:
    """The agents' telephones."""

    def __init__(self, engine: AsyncEngine, agents: Agents) -> None:
        self._engine = engine
        self._agents = agents

    async def reset(self, agent: str, *, domain: str, by: str, now: datetime) -> str:
        """Give the agent's telephone a new password, the old one's end; the one time it is seen.

        Raises UnknownAgent, and StoreError when another agent's telephone has the extension.
        """
        row = await self._agents.get(agent)
        now = utc(now)
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        try:
            async with transaction(self._engine) as connection:
                await connection.execute(
                    text(
                        "INSERT INTO agent_phone (agent_id, extension, domain, ha1, changed_at)"
                        " VALUES (:agent_id, :extension, :domain, :ha1, :now)"
                        " ON CONFLICT (agent_id) DO UPDATE SET extension = excluded.extension,"
                        " domain = excluded.domain, ha1 = excluded.ha1,"
                        " changed_at = excluded.changed_at"
                    ),
                    {
                        "agent_id": row.id,
                        "extension": row.extension,
                        "domain": domain,
                        "ha1": _ha1(row.extension, domain, password),
                        "now": now,
                    },
                )
                await audit(
                    connection,
                    at=now,
                    by=by,
                    action="phone password made",
                    subject=f"agent {row.name}",
                    details=json.dumps({"extension": row.extension, "domain": domain}),
                )
        except IntegrityError as error:
            raise StoreError(
                f"Extension {row.extension} is another agent's telephone already. Two agents "
                "cannot share one; see `dialer agents list`."
            ) from error
        return password

    async def find(self, extension: str, domain: str) -> PhoneAccount | None:
        """The account a telephone may register as, or None."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    "SELECT agent.name AS agent, agent_phone.extension, agent_phone.domain,"
                    " agent_phone.ha1 FROM agent_phone JOIN agent ON agent.id = agent_id"
                    " WHERE agent_phone.extension = :extension AND agent_phone.domain = :domain"
                ),
                {"extension": extension, "domain": domain},
            )
            row = found.one_or_none()
        return None if row is None else PhoneAccount(**row._mapping)

    async def extension_of(self, agent: str) -> PhoneAccount | None:
        """The agent's account, or None when their telephone has no password yet."""
        row = await self._agents.get(agent)
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text("SELECT extension, domain, ha1 FROM agent_phone WHERE agent_id = :id"),
                {"id": row.id},
            )
            phone = found.one_or_none()
        return None if phone is None else PhoneAccount(agent=row.name, **phone._mapping)


def _ha1(extension: str, domain: str, password: str) -> str:
    """RFC 2617, 3.2.2.2. MD5 is what telephones speak; the password's length makes up for it."""
    whole = f"{extension}:{domain}:{password}".encode()
    return hashlib.md5(whole, usedforsecurity=False).hexdigest()
