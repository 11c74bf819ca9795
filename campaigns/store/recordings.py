"""Recordings: which files there are, of which calls, with whose consent, and where they are
silent."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.database import reading, transaction, utc

LIST_MAX = 1000

_PUT = """
INSERT INTO recording (file_id, attempt_id, campaign_id, agent_id, policy, consent, started_at,
                       ended_at, seconds, masked)
VALUES (:file_id, CAST(:call_id AS uuid), :campaign_id, :agent_id, :policy, :consent, :started_at,
        :ended_at, :seconds, CAST(:masked AS jsonb))
ON CONFLICT (file_id) DO UPDATE SET
    ended_at = coalesce(excluded.ended_at, recording.ended_at),
    seconds = coalesce(excluded.seconds, recording.seconds),
    masked = CASE WHEN excluded.ended_at IS NULL THEN recording.masked ELSE excluded.masked END
"""
_LIST = """
SELECT recording.file_id, CAST(recording.attempt_id AS text) AS call_id,
       campaign.name AS campaign, agent.name AS agent, recording.policy, recording.consent,
       recording.started_at, coalesce(recording.ended_at, attempt.ended_at) AS ended_at,
       recording.seconds, recording.masked
FROM recording
JOIN campaign ON campaign.id = recording.campaign_id
LEFT JOIN agent ON agent.id = recording.agent_id
LEFT JOIN attempt ON attempt.id = recording.attempt_id
WHERE (CAST(:campaign AS text) IS NULL OR campaign.name = :campaign)
  AND (CAST(:call_id AS text) IS NULL OR CAST(recording.attempt_id AS text) = :call_id)
ORDER BY recording.started_at DESC, recording.file_id
LIMIT :most
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecording:
    """A file as known so far."""

    file_id: str
    call_id: str
    campaign_id: int
    agent_id: int | None
    policy: str
    consent: str
    started_at: datetime
    ended_at: datetime | None
    seconds: float | None
    masked: Sequence[tuple[datetime, datetime | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRow:
    """A file as stored. `masked` holds texts of instants, from and to."""

    file_id: str
    call_id: str
    campaign: str
    agent: str | None
    policy: str
    consent: str
    started_at: datetime
    ended_at: datetime | None
    """The call's own end where the file's was never told."""
    seconds: float | None
    masked: list[tuple[str, str | None]]


class Recordings:
    """The recordings."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def put(self, files: Sequence[NewRecording]) -> None:
        """Write what is known; what was known before and is not now stays."""
        async with transaction(self._engine) as connection:
            for one in files:
                masked = [
                    [utc(since).isoformat(), None if until is None else utc(until).isoformat()]
                    for since, until in one.masked
                ]
                await connection.execute(
                    text(_PUT),
                    {
                        "file_id": one.file_id,
                        "call_id": one.call_id,
                        "campaign_id": one.campaign_id,
                        "agent_id": one.agent_id,
                        "policy": one.policy,
                        "consent": one.consent,
                        "started_at": utc(one.started_at),
                        "ended_at": None if one.ended_at is None else utc(one.ended_at),
                        "seconds": one.seconds,
                        "masked": json.dumps(masked),
                    },
                )

    async def list(
        self, *, campaign: str | None = None, call_id: str | None = None, most: int = 100
    ) -> list[RecordingRow]:
        """The newest first, at most `most`, of one campaign or one call where that is asked."""
        values = {"campaign": campaign, "call_id": call_id, "most": min(most, LIST_MAX)}
        async with reading(self._engine) as connection:
            found = await connection.execute(text(_LIST), values)
            return [
                RecordingRow(
                    file_id=row.file_id,
                    call_id=row.call_id,
                    campaign=row.campaign,
                    agent=row.agent,
                    policy=row.policy,
                    consent=row.consent,
                    started_at=row.started_at,
                    ended_at=row.ended_at,
                    seconds=row.seconds,
                    masked=[(since, until) for since, until in row.masked],
                )
                for row in found
            ]
