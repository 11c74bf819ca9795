"""Who looks at recordings and who listens: each once in the audit log, and the waveforms drawn.

A listening is a row whose id is the only key to the sound. A player asks for it once, when somebody
presses play, and then fetches the file in as many ranges as it likes: one line in the log tells of
one person who listened, from where and when.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.database import audit, reading, transaction, utc

LISTENING_LASTS = timedelta(hours=8)
"""A shift: a page that is left open plays on, a key that is found the next day does not."""
ADDRESS_LENGTH_MAX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Waveform:
    """The loudness of both voices over the recording."""

    seconds: float
    lead: bytes
    """One byte a point, 0 to 255."""
    agent: bytes
    """The same number of points; empty where the file has one channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenedRow:
    """Somebody who listened."""

    user: str
    role: str
    at: datetime
    address: str


class Listening:
    """Looks and listenings."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def looked(self, file_id: str, *, address: str, by: str, now: datetime) -> None:
        """Somebody opened the page of a recording: a line in the audit log."""
        async with transaction(self._engine) as connection:
            await audit(
                connection, at=utc(now), by=by, action="recording looked at",
                subject=f"recording {file_id}",
                details=json.dumps({"address": address[:ADDRESS_LENGTH_MAX]}),
            )  # fmt: skip

    async def begin(
        self, file_id: str, *, user_id: int, address: str, by: str, now: datetime
    ) -> str:
        """Somebody presses play: the key to the sound, and a line in the audit log."""
        listening_id = str(uuid.uuid4())
        async with transaction(self._engine) as connection:
            await connection.execute(
                text(
                    "INSERT INTO recording_listening (id, file_id, user_id, at, address)"
                    " VALUES (CAST(:id AS uuid), :file_id, :user_id, :now, :address)"
                ),
                {
                    "id": listening_id, "file_id": file_id, "user_id": user_id, "now": utc(now),
                    "address": address[:ADDRESS_LENGTH_MAX],
                },
            )  # fmt: skip
            await audit(
                connection, at=utc(now), by=by, action="recording listened to",
                subject=f"recording {file_id}",
                details=json.dumps(
                    {"address": address[:ADDRESS_LENGTH_MAX], "listening": listening_id}
                ),
            )  # fmt: skip
        return listening_id

    async def file_of(self, listening_id: str, *, user_id: int, now: datetime) -> str | None:
        """The file that this key opens for this person now; None for any other."""
        async with reading(self._engine) as connection:
            found: str | None = await connection.scalar(
                text(
                    "SELECT file_id FROM recording_listening WHERE id = CAST(:id AS uuid)"
                    " AND user_id = :user_id AND at > :since"
                ),
                {
                    "id": listening_id, "user_id": user_id, "since": utc(now) - LISTENING_LASTS,
                },
            )  # fmt: skip
        return found

    async def listened(self, file_id: str, *, most: int = 50) -> list[ListenedRow]:
        """Who has listened to a recording, the latest first."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    "SELECT user_account.name AS user, user_account.role, listening.at,"
                    " listening.address FROM recording_listening AS listening"
                    " JOIN user_account ON user_account.id = listening.user_id"
                    " WHERE file_id = :file_id ORDER BY at DESC LIMIT :most"
                ),
                {"file_id": file_id, "most": most},
            )
            return [ListenedRow(**row._mapping) for row in found]

    async def waveform(self, file_id: str) -> Waveform | None:
        """What was drawn before; None when nothing was."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text("SELECT seconds, lead, agent FROM recording_waveform WHERE file_id = :id"),
                {"id": file_id},
            )
            row = found.one_or_none()
        if row is None:
            return None
        return Waveform(seconds=row.seconds, lead=bytes(row.lead), agent=bytes(row.agent))

    async def keep_waveform(self, file_id: str, waveform: Waveform, *, now: datetime) -> None:
        """Keep what was drawn. It goes with the recording's row."""
        async with transaction(self._engine) as connection:
            await connection.execute(
                text(
                    "INSERT INTO recording_waveform (file_id, seconds, lead, agent, made_at)"
                    " SELECT file_id, :seconds, :lead, :agent, :now FROM recording"
                    " WHERE file_id = :file_id"
                    " ON CONFLICT (file_id) DO UPDATE SET seconds = excluded.seconds,"
                    " lead = excluded.lead, agent = excluded.agent, made_at = excluded.made_at"
                ),
                {
                    "file_id": file_id, "seconds": waveform.seconds, "lead": waveform.lead,
                    "agent": waveform.agent, "now": utc(now),
                },
            )  # fmt: skip
