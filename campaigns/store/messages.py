"""What supervisors write to agents, and who has read it when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.database import reading, transaction, utc
from campaigns.store.errors import StoreError

TEXT_MAX = 500
"""Characters: a message is read between two calls."""
UNREAD_MAX = 50
"""An agent who comes back after weeks sees the newest of what was written to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMessage:
    """A message as its agent sees it."""

    id: int
    text: str
    team: str | None
    """The team it was written to; None when it was for this agent alone."""
    sent_by: str
    sent_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One agent a message was for."""

    agent_id: int
    agent: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """A message as its sender sees it."""

    id: int
    text: str
    team: str | None
    sent_by: str
    sent_at: datetime
    receipts: tuple[Receipt, ...]

    @property
    def read(self) -> int:
        """How many have read it."""
        return sum(one.read_at is not None for one in self.receipts)


_FOR_AGENT = """
SELECT message.id, message.text, team.name AS team, message.sent_by, message.sent_at,
       receipt.read_at
FROM agent_message_receipt AS receipt JOIN agent_message AS message
  ON message.id = receipt.message_id
LEFT JOIN team ON team.id = message.team_id
WHERE receipt.agent_id = :agent_id AND {condition}
ORDER BY message.id DESC LIMIT :count
"""
_SENT = """
SELECT message.id, message.text, team.name AS team, message.sent_by, message.sent_at,
       receipt.agent_id, agent.name AS agent, receipt.read_at
FROM (SELECT * FROM agent_message ORDER BY id DESC LIMIT :count) AS message
JOIN agent_message_receipt AS receipt ON receipt.message_id = message.id
JOIN agent ON agent.id = receipt.agent_id LEFT JOIN team ON team.id = message.team_id
ORDER BY message.id DESC, agent.name
"""


class Messages:
    """The messages."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def send(
        self,
        words: str,
        agent_ids: Collection[int],
        *,
        by: str,
        now: datetime,
        team_id: int | None = None,
    ) -> int:
        """Keep a message for these agents; its id. Raises StoreError for a text that is none."""
        words = checked(words)
        assert agent_ids, "a message is for somebody"
        async with transaction(self._engine) as connection:
            message_id = await connection.scalar(
                text(
                    "INSERT INTO agent_message (text, team_id, sent_by, sent_at)"
                    " VALUES (:text, :team_id, :by, :now) RETURNING id"
                ),
                {"text": words, "team_id": team_id, "by": by, "now": utc(now)},
            )
            await connection.execute(
                text(
                    "INSERT INTO agent_message_receipt (message_id, agent_id)"
                    " SELECT :id, unnest(CAST(:agents AS bigint[]))"
                ),
                {"id": message_id, "agents": sorted(agent_ids)},
            )
        return int(message_id or 0)

    async def unread(self, agent_id: int) -> list[AgentMessage]:
        """What the agent has not read yet, oldest first."""
        return await self._for_agent(agent_id, "receipt.read_at IS NULL", UNREAD_MAX)

    async def of_agent(self, agent_id: int, *, count: int = UNREAD_MAX) -> list[AgentMessage]:
        """The newest messages to the agent, read or not, oldest first."""
        return await self._for_agent(agent_id, "true", count)

    async def _for_agent(self, agent_id: int, condition: str, count: int) -> list[AgentMessage]:
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(_FOR_AGENT.format(condition=condition)),
                {"agent_id": agent_id, "count": count},
            )
            return [AgentMessage(**row._mapping) for row in found][::-1]

    async def read(self, message_id: int, agent_id: int, *, now: datetime) -> bool:
        """The agent has read it; False when they had before, or it is not for them."""
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text(
                    "UPDATE agent_message_receipt SET read_at = :now WHERE message_id = :message_id"
                    " AND agent_id = :agent_id AND read_at IS NULL"
                ),
                {"message_id": message_id, "agent_id": agent_id, "now": utc(now)},
            )
            return found.rowcount == 1

    async def sent(self, *, count: int = 20) -> list[SentMessage]:
        """The newest messages with their receipts, newest first."""
        messages: dict[int, SentMessage] = {}
        receipts: dict[int, list[Receipt]] = {}
        async with reading(self._engine) as connection:
            for row in await connection.execute(text(_SENT), {"count": count}):
                receipts.setdefault(row.id, []).append(
                    Receipt(agent_id=row.agent_id, agent=row.agent, read_at=row.read_at)
                )
                messages[row.id] = SentMessage(
                    id=row.id,
                    text=row.text,
                    team=row.team,
                    sent_by=row.sent_by,
                    sent_at=row.sent_at,
                    receipts=tuple(receipts[row.id]),
                )
        return list(messages.values())

    async def remove_before(self, before: datetime) -> int:
        """Remove messages sent before that instant; how many there were."""
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text("DELETE FROM agent_message WHERE sent_at < :before"), {"before": utc(before)}
            )
            return found.rowcount


def checked(words: str) -> str:
    """The text without spaces around it. Raises StoreError when it cannot be sent."""
    words = words.strip()
    if not words:
        raise StoreError("The message is empty. Write what the agents should read.")
    if len(words) > TEXT_MAX:
        raise StoreError(
            f"The message has {len(words)} characters, and {TEXT_MAX} are the most: it is read "
            "between two calls. Say it shorter."
        )
    # PostgreSQL's text holds no NUL, and a screen shows no other control character.
    if any(ord(one) < 32 and one not in "\n\t" for one in words):
        raise StoreError("The message holds a control character, which no screen shows.")
    return words
