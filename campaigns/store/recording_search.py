"""Finding recordings: by whom, with whom, when, how long, with what result, and how it was scored.

Pages are told apart by the last row's instant and id (keyset), so that the hundredth page costs
what the first does and new recordings move nothing.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.database import reading, utc
from campaigns.store.privacy_words import FORGOTTEN_CALLER

PAGE_MAX = 200

_COLUMNS = """
SELECT recording.file_id, CAST(recording.attempt_id AS text) AS call_id, recording.started_at,
       coalesce(recording.seconds, extract(epoch FROM
         coalesce(recording.ended_at, attempt.ended_at, return_call.ended_at)
         - recording.started_at)) AS seconds,
       recording.policy, recording.consent, recording.masked, recording.campaign_id,
       campaign.name AS campaign, client.id AS client_id, client.name AS client,
       recording.agent_id, agent.name AS agent, team.name AS team,
       attempt.outcome, coalesce(attempt.disposition, return_call.disposition) AS disposition,
       coalesce(attempt.lead_id, return_call.lead_id) AS lead_id, lead.name AS lead,
       (attempt.id IS NULL AND return_call.id IS NOT NULL) AS is_return,
       coalesce(attempt.bridged_at, return_call.bridged_at) AS bridged_at,
       coalesce(attempt.ended_at, return_call.ended_at) AS ended_at,
       coalesce(attempt.number LIKE 'forgotten-%', false)
         OR coalesce(return_call.number = :forgotten, false) AS is_forgotten,
       reviewed.reviews, reviewed.score_ratio, reviewed.has_passed
"""
_FROM = """
FROM recording
JOIN campaign ON campaign.id = recording.campaign_id
JOIN client ON client.id = campaign.client_id
LEFT JOIN agent ON agent.id = recording.agent_id
LEFT JOIN team ON team.id = coalesce(agent.team_id, campaign.team_id)
LEFT JOIN attempt ON attempt.id = recording.attempt_id
LEFT JOIN return_call ON return_call.id = recording.attempt_id
LEFT JOIN lead ON lead.id = coalesce(attempt.lead_id, return_call.lead_id)
LEFT JOIN LATERAL (
    SELECT count(*) AS reviews, min(score_ratio) AS score_ratio, bool_and(has_passed) AS has_passed
    FROM quality_review
    WHERE quality_review.call_id = recording.attempt_id AND state = 'final'
      AND calibration_id IS NULL
) AS reviewed ON true
"""
_CONDITIONS = {
    "client_id": "campaign.client_id = :client_id",
    "client": "client.name = :client",
    "campaign": "recording.campaign_id = (SELECT id FROM campaign WHERE name = :campaign)",
    "agent": "recording.agent_id = (SELECT id FROM agent WHERE name = :agent)",
    "team": "team.name = :team",
    "disposition": "coalesce(attempt.disposition, return_call.disposition) = :disposition",
    "outcome": "attempt.outcome = :outcome",
    "seconds_min": "recording.seconds >= :seconds_min",
    "seconds_max": "recording.seconds <= :seconds_max",
    "since": "recording.started_at >= :since",
    "until": "recording.started_at < :until",
    # An array is looked up by the index, whatever the planner believes of how many there are.
    "number": "recording.attempt_id = ANY(ARRAY(SELECT id FROM attempt WHERE number = :number"
    " UNION ALL SELECT id FROM return_call WHERE number = :number))",
    "lead": "recording.attempt_id = ANY(ARRAY(SELECT attempt.id FROM attempt"
    " WHERE attempt.lead_id = ANY(ARRAY("
    "SELECT lead.id FROM campaign AS any_campaign"
    " JOIN lead ON lead.campaign_id = any_campaign.id AND lead.external_id = :lead"
    " UNION ALL SELECT CAST(coalesce(substring(:lead from '^[0-9]{1,18}$'), '-1') AS bigint)))))",
    "call_id": "recording.attempt_id = CAST(:call_id AS uuid)",
    "score_min": "reviewed.score_ratio >= :score_min",
    "score_max": "reviewed.score_ratio <= :score_max",
}
_REVIEWED = {True: "reviewed.reviews > 0", False: "reviewed.reviews = 0"}
_AFTER = "(recording.started_at, recording.file_id) < (:after_at, :after_file)"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSearch:
    """What is looked for; None is everything. Names are exact."""

    client_id: int | None = None
    """Of a client's own view: nothing of other clients is ever found."""
    client: str | None = None
    campaign: str | None = None
    agent: str | None = None
    team: str | None = None
    disposition: str | None = None
    outcome: str | None = None
    seconds_min: float | None = None
    seconds_max: float | None = None
    since: datetime | None = None
    until: datetime | None = None
    number: str | None = None
    """E.164."""
    lead: str | None = None
    """The lead's id, or the id it has in the client's list."""
    call_id: str | None = None
    is_reviewed: bool | None = None
    score_min: Decimal | None = None
    score_max: Decimal | None = None
    """Of the worst final score, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRecording:
    """One recording, as a list of them shows it."""

    file_id: str
    call_id: str
    started_at: datetime
    seconds: float | None
    policy: str
    consent: str
    masked: tuple[tuple[datetime, datetime | None], ...]
    campaign_id: int
    campaign: str
    client_id: int
    client: str
    agent_id: int | None
    agent: str | None
    team: str | None
    outcome: str | None
    disposition: str | None
    lead_id: int | None
    lead: str | None
    is_return: bool
    """The person called us."""
    bridged_at: datetime | None
    ended_at: datetime | None
    is_forgotten: bool
    """The person was forgotten: nobody may listen, even while the file is still somewhere."""
    reviews: int
    score_ratio: Decimal | None
    """The worst of its final scores."""
    has_passed: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneRecording:
    """A recording that is no more."""

    file_id: str
    call_id: str
    client_id: int
    reason: str
    gone_at: datetime


class RecordingFinder:
    """Looks for recordings, and for one."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def search(
        self,
        wanted: RecordingSearch,
        *,
        after: tuple[datetime, str] | None = None,
        most: int = 50,
    ) -> list[FoundRecording]:
        """The newest first, from the one after `after` (instant and file id of the last row)."""
        if wanted.call_id is not None and not is_call_id(wanted.call_id):
            return []
        query, values = search_query(wanted, after=after, most=most)
        async with reading(self._engine) as connection:
            return [found_recording(row) for row in await connection.execute(text(query), values)]

    async def get(self, file_id: str) -> FoundRecording | GoneRecording | None:
        """The recording of that id; what became of it when it is no more; None for no such id."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(f"{_COLUMNS} {_FROM} WHERE recording.file_id = :file_id"),
                {"file_id": file_id, "forgotten": FORGOTTEN_CALLER},
            )
            row = found.one_or_none()
            if row is not None:
                return found_recording(row)
            gone = await connection.execute(
                text(
                    "SELECT gone.file_id, CAST(gone.call_id AS text) AS call_id,"
                    " campaign.client_id, gone.reason, gone.gone_at"
                    " FROM recording_gone AS gone JOIN campaign ON campaign.id = gone.campaign_id"
                    " WHERE gone.file_id = :file_id"
                ),
                {"file_id": file_id},
            )
            row = gone.one_or_none()
        return None if row is None else GoneRecording(**row._mapping)


def is_call_id(text_: str) -> bool:
    """True for what can be a call's id."""
    try:
        uuid.UUID(text_)
    except ValueError:
        return False
    return True


def search_query(
    wanted: RecordingSearch, *, after: tuple[datetime, str] | None, most: int
) -> tuple[str, Mapping[str, Any]]:
    """The statement and its values; the statement holds fixed words only."""
    asked = {each.name: getattr(wanted, each.name) for each in fields(wanted)}
    conditions = [words for name, words in _CONDITIONS.items() if asked[name] is not None]
    if wanted.is_reviewed is not None:
        conditions.append(_REVIEWED[wanted.is_reviewed])
    values = {name: value for name, value in asked.items() if value is not None}
    values.pop("is_reviewed", None)
    for name in ("since", "until"):
        if name in values:
            values[name] = utc(values[name])
    if after is not None:
        conditions.append(_AFTER)
        values |= {"after_at": utc(after[0]), "after_file": after[1]}
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    query = (
        f"{_COLUMNS} {_FROM} {where}"
        " ORDER BY recording.started_at DESC, recording.file_id DESC LIMIT :most"
    )
    return query, values | {"most": min(most, PAGE_MAX), "forgotten": FORGOTTEN_CALLER}


def found_recording(row: Row[Any]) -> FoundRecording:
    """A row of the query as a recording."""
    values = dict(row._mapping)
    masked = tuple(
        (datetime.fromisoformat(since), None if until is None else datetime.fromisoformat(until))
        for since, until in values["masked"]
    )
    seconds = values["seconds"]
    return FoundRecording(
        **values | {"masked": masked, "seconds": None if seconds is None else float(seconds)}
    )


def next_after(found: list[FoundRecording], most: int) -> tuple[datetime, str] | None:
    """Where the next page begins; None when this one was not full."""
    if len(found) < most:
        return None
    return found[-1].started_at, found[-1].file_id
