"""Recordings: which files there are, of which calls, with whose consent, and where they are
silent."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.privacy_words import FORGOTTEN_CALLER

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
_SELECT = """
SELECT recording.file_id, CAST(recording.attempt_id AS text) AS call_id,
       campaign.name AS campaign, agent.name AS agent, recording.policy, recording.consent,
       recording.started_at, coalesce(recording.ended_at, attempt.ended_at) AS ended_at,
       recording.seconds, recording.masked
FROM recording
JOIN campaign ON campaign.id = recording.campaign_id
LEFT JOIN agent ON agent.id = recording.agent_id
LEFT JOIN attempt ON attempt.id = recording.attempt_id
"""
_LIST = f"""{_SELECT}
WHERE (CAST(:campaign AS text) IS NULL OR campaign.name = :campaign)
  AND (CAST(:call_id AS text) IS NULL OR CAST(recording.attempt_id AS text) = :call_id)
ORDER BY recording.started_at DESC, recording.file_id
LIMIT :most
"""
_ONE = f"""{_SELECT}
WHERE recording.file_id = :file_id AND recording.campaign_id = ANY(CAST(:campaigns AS bigint[]))
"""
_PAGE = f"""{_SELECT}
WHERE recording.campaign_id = ANY(CAST(:campaigns AS bigint[]))
  AND (CAST(:call_id AS text) IS NULL OR recording.attempt_id = CAST(:call_id AS uuid))
  AND (CAST(:since AS timestamptz) IS NULL OR recording.started_at >= :since)
  AND (CAST(:until AS timestamptz) IS NULL OR recording.started_at < :until)
  AND (CAST(extract(epoch FROM recording.started_at) * 1000000 AS bigint), recording.file_id)
    < (:before_started, :before_id)
ORDER BY recording.started_at DESC, recording.file_id DESC LIMIT :most
"""
_DUE = f"""
SELECT recording.file_id FROM recording
LEFT JOIN attempt ON attempt.id = recording.attempt_id
LEFT JOIN return_call ON return_call.id = recording.attempt_id
WHERE recording.file_id > :after
  AND (attempt.number LIKE 'forgotten-%' OR return_call.number = '{FORGOTTEN_CALLER}'
       OR (attempt.id IS NULL AND return_call.id IS NULL AND recording.started_at < :before))
ORDER BY recording.file_id LIMIT :most
"""  # noqa: S608 - of fixed words
_GONE = f"""
INSERT INTO recording_gone (file_id, call_id, campaign_id, reason, "by", gone_at)
SELECT recording.file_id, recording.attempt_id, recording.campaign_id,
       CASE WHEN lead.done_reason = 'retention' THEN 'retention'
            WHEN attempt.number LIKE 'forgotten-%' OR return_call.number = '{FORGOTTEN_CALLER}'
              THEN 'forgotten'
            WHEN attempt.id IS NULL AND return_call.id IS NULL THEN 'retention'
            ELSE 'removed' END, :by, :now
FROM recording
LEFT JOIN attempt ON attempt.id = recording.attempt_id
LEFT JOIN return_call ON return_call.id = recording.attempt_id
LEFT JOIN lead ON lead.id = coalesce(attempt.lead_id, return_call.lead_id)
WHERE recording.file_id = ANY(CAST(:ids AS text[]))
ON CONFLICT (file_id) DO NOTHING
"""  # noqa: S608 - of fixed words
_UNKNOWN_KEPT = timedelta(days=1)
"""A recording whose call is not known is not old: the call's row may be on its way."""


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

    async def due(self, *, now: datetime, after: str = "", most: int = LIST_MAX) -> Sequence[str]:
        """Files to be deleted, by their ids in order, from the one after `after`: the person was
        forgotten or their time is over, or the call's."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(_DUE), {"before": utc(now) - _UNKNOWN_KEPT, "after": after, "most": most}
            )
            return [str(each) for each in found.scalars()]

    async def removed(self, file_ids: Sequence[str], *, by: str, now: datetime) -> int:
        """These files are no more: delete their rows; how many there were. Audited. That they are
        gone, and why, is kept by their ids, which say nothing of anybody."""
        async with transaction(self._engine) as connection:
            await connection.execute(
                text(_GONE), {"ids": list(file_ids), "by": by, "now": utc(now)}
            )
            found = await connection.execute(
                text("DELETE FROM recording WHERE file_id = ANY(CAST(:ids AS text[]))"),
                {"ids": list(file_ids)},
            )
            if found.rowcount:
                await audit(
                    connection,
                    at=utc(now),
                    by=by,
                    action="recordings deleted",
                    subject="recordings",
                    details=json.dumps({"files": sorted(file_ids)}),
                )
        return found.rowcount

    async def list(
        self, *, campaign: str | None = None, call_id: str | None = None, most: int = 100
    ) -> list[RecordingRow]:
        """The newest first, at most `most`, of one campaign or one call where that is asked."""
        values = {"campaign": campaign, "call_id": call_id, "most": min(most, LIST_MAX)}
        async with reading(self._engine) as connection:
            found = await connection.execute(text(_LIST), values)
            return [_row(row) for row in found]

    async def page(
        self,
        campaign_ids: Collection[int],
        *,
        before: tuple[int, str],
        most: int,
        call_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[RecordingRow]:
        """Recordings of these campaigns begun in [since, until), the latest first.

        `before` is where the last page ended: microseconds of the Unix time it began, and its id.
        """
        values = {
            "campaigns": sorted(campaign_ids),
            "call_id": call_id,
            "since": None if since is None else utc(since),
            "until": None if until is None else utc(until),
            "before_started": before[0],
            "before_id": before[1],
            "most": most,
        }
        async with reading(self._engine) as connection:
            return [_row(row) for row in await connection.execute(text(_PAGE), values)]

    async def find(self, campaign_ids: Collection[int], file_id: str) -> RecordingRow | None:
        """One recording of these campaigns; None when it is none of them."""
        values = {"campaigns": sorted(campaign_ids), "file_id": file_id}
        async with reading(self._engine) as connection:
            row = (await connection.execute(text(_ONE), values)).one_or_none()
        return None if row is None else _row(row)


def _row(row: Row[Any]) -> RecordingRow:
    masked = [(since, until) for since, until in row.masked]
    return RecordingRow(**dict(row._mapping) | {"masked": masked})
