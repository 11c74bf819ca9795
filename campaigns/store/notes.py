"""Agents' notes: one for each call and agent, written again and again while they type.

Nothing typed is lost. A writer says which version they had before them; when another one was
written meanwhile (a second tab, a line that was down), the two texts are joined, not exchanged.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.store.database import reading, transaction, utc
from campaigns.store.errors import StoreError

BODY_LENGTH_MAX = 20_000
"""Ten pages; an hour of steady typing."""
_OWN_CALL = """
SELECT campaign_id, lead_id FROM attempt WHERE id = CAST(:call_id AS uuid)
UNION ALL SELECT campaign_id, lead_id FROM return_call WHERE id = CAST(:call_id AS uuid)
"""
_READ = """
SELECT body, version FROM call_note
WHERE call_id = CAST(:call_id AS uuid) AND agent_id = :agent_id
"""
_READ_LOCKED = _READ + " FOR UPDATE"
_PUT = """
INSERT INTO call_note (call_id, agent_id, campaign_id, lead_id, body, version, written_at)
VALUES (CAST(:call_id AS uuid), :agent_id, :campaign_id, :lead_id, :body, 1, :now)
ON CONFLICT (call_id, agent_id) DO UPDATE
    SET body = excluded.body, version = call_note.version + 1, written_at = excluded.written_at
RETURNING version
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note as it stands."""

    call_id: str
    body: str
    version: int
    """0 before anything was written."""


class Notes:
    """The notes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def write(
        self, call_id: str, agent_id: int, body: str, *, version: int, now: datetime
    ) -> Note:
        """Write the agent's note on the call; what stands afterwards.

        `version` is the one that `body` was typed upon. When the stored one is newer and says
        something else, the answer holds both texts. Raises StoreError for a call that is not known
        or a text that is too long.
        """
        if len(body) > BODY_LENGTH_MAX:
            raise StoreError(
                f"The note has {len(body)} characters; at most {BODY_LENGTH_MAX} are kept. Shorten "
                "it."
            )
        body = body.replace("\0", "")
        async with transaction(self._engine) as connection:
            found = await connection.execute(text(_OWN_CALL), {"call_id": call_id})
            call = found.first()
            if call is None:
                raise StoreError(f"There is no call {call_id} to write a note on.")
            stored = await _note(connection, call_id, agent_id, is_locked=True)
            if stored.version and stored.body == body:
                return stored
            if version < stored.version:
                body = _joined(stored.body, body)
            new_version = await connection.scalar(
                text(_PUT),
                {
                    "call_id": call_id,
                    "agent_id": agent_id,
                    "campaign_id": call.campaign_id,
                    "lead_id": call.lead_id,
                    "body": body,
                    "now": utc(now),
                },
            )
        return Note(call_id=call_id, body=body, version=int(new_version or 1))

    async def get(self, call_id: str, agent_id: int) -> Note:
        """The agent's note on the call, empty when there is none."""
        async with reading(self._engine) as connection:
            return await _note(connection, call_id, agent_id, is_locked=False)


async def _note(
    connection: AsyncConnection, call_id: str, agent_id: int, *, is_locked: bool
) -> Note:
    found = await connection.execute(
        text(_READ_LOCKED if is_locked else _READ), {"call_id": call_id, "agent_id": agent_id}
    )
    row = found.one_or_none()
    if row is None:
        return Note(call_id=call_id, body="", version=0)
    return Note(call_id=call_id, body=row.body, version=row.version)


def _joined(stored: str, typed: str) -> str:
    """Both texts, each once: the longer where one continues the other."""
    if typed.startswith(stored) or not stored.strip():
        return typed
    if stored.startswith(typed) or typed.strip() in stored:
        return stored
    return f"{stored}\n{typed}"[:BODY_LENGTH_MAX]
