"""What the results of a campaign are counted from: interviews, and cases by their final code."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.campaign_spec import CampaignSpec
from campaigns.screening_spec import SurveyQuestion
from campaigns.scripts.following import Following, Visit, follow
from campaigns.scripts.questions import Question
from campaigns.store.campaigns import read_specs
from campaigns.store.database import reading, utc
from campaigns.store.errors import UnknownCampaign
from campaigns.store.lead_writes import as_json
from campaigns.store.script_rows import ScriptVersion
from campaigns.store.script_shelf import VERSION, version_of
from campaigns.surveys.aapor import CallFacts, code_of_case
from campaigns.surveys.interviews import Interview, questions_of
from campaigns.surveys.shortest import questions_of_shortest

INTERVIEWS_MAX = 200_000
"""Read at once, the newest: half a gigabyte. Beyond it figures say of how many they are."""

_INTERVIEWS = """
SELECT CAST(call.call_id AS text) AS call_id, call.began_at, call.lead_id, lead.external_id,
       coalesce(lead.fields, '{}') AS fields, agent.name AS agent, version.number AS version,
       call.result, call.cells,
       (SELECT jsonb_object_agg(question, value) FROM script_answer AS answer
        WHERE answer.call_id = call.call_id AND answer.replaced_at IS NULL) AS answers
FROM script_call AS call JOIN script_version AS version ON version.id = call.version_id
LEFT JOIN lead ON lead.id = call.lead_id LEFT JOIN agent ON agent.id = call.agent_id
WHERE call.campaign_id = :campaign_id
  AND call.began_at >= coalesce(CAST(:since AS timestamptz), '-infinity')
  AND call.began_at < coalesce(CAST(:until AS timestamptz), 'infinity')
  AND (NOT :only_complete OR call.result = 'complete')
ORDER BY call.began_at DESC, call.call_id LIMIT :most
"""
_RECORDED = """
SELECT CAST(attempt.id AS text) AS call_id, attempt.written_at AS began_at, attempt.lead_id,
       lead.external_id, lead.fields, answers.answers
FROM (
    SELECT call_id, jsonb_object_agg(question, key) AS answers FROM survey_answer GROUP BY call_id
) AS answers JOIN attempt ON attempt.id = answers.call_id JOIN lead ON lead.id = attempt.lead_id
WHERE attempt.campaign_id = :campaign_id
  AND attempt.written_at >= coalesce(CAST(:since AS timestamptz), '-infinity')
  AND attempt.written_at < coalesce(CAST(:until AS timestamptz), 'infinity')
ORDER BY attempt.written_at DESC, attempt.id LIMIT :most
"""
_CASES = """
WITH shortest AS (
    SELECT * FROM json_to_recordset(CAST(:shortest AS json)) AS one(version_id bigint, asks int)
), finals AS (
    SELECT * FROM json_to_recordset(CAST(:finals AS json)) AS one(question text, key text)
), spoken AS (
    SELECT call.call_id, call.lead_id, coalesce(call.result, '') AS result,
           CASE WHEN call.result IN ('complete', 'refused', 'screened_out', 'quota_full') THEN ''
                WHEN answers.count * 2 >= shortest.asks THEN 'partial'
                WHEN answers.count > 0 THEN 'begun' ELSE '' END AS share
    FROM script_call AS call LEFT JOIN shortest ON shortest.version_id = call.version_id
    CROSS JOIN LATERAL (SELECT count(*) AS count FROM script_answer AS answer
                        WHERE answer.call_id = call.call_id AND answer.replaced_at IS NULL
                          AND answer.value <> '{"no_answer": true}') AS answers
    WHERE call.campaign_id = :campaign_id
), pressed AS (
    SELECT answer.call_id, bool_or(finals.key IS NOT NULL) AS is_whole
    FROM survey_answer AS answer JOIN attempt ON attempt.id = answer.call_id
    LEFT JOIN finals ON finals.question = answer.question AND finals.key = answer.key
    WHERE attempt.campaign_id = :campaign_id GROUP BY answer.call_id
), calls AS (
    SELECT attempt.lead_id, coalesce(attempt.outcome, '') AS outcome,
           coalesce(disposition.kind, '') AS kind,
           CASE WHEN pressed.is_whole THEN 'complete' ELSE coalesce(spoken.result, '') END
             AS result,
           CASE WHEN pressed.is_whole = false THEN 'begun' ELSE coalesce(spoken.share, '') END
             AS share
    FROM attempt LEFT JOIN disposition ON disposition.campaign_id = attempt.campaign_id
      AND disposition.code = attempt.disposition
    LEFT JOIN spoken ON spoken.call_id = attempt.id
    LEFT JOIN pressed ON pressed.call_id = attempt.id
    WHERE attempt.campaign_id = :campaign_id AND attempt.ended_at IS NOT NULL
    UNION ALL
    SELECT spoken.lead_id, '', coalesce(disposition.kind, ''), spoken.result, spoken.share
    FROM spoken JOIN return_call ON return_call.id = spoken.call_id
    LEFT JOIN disposition ON disposition.campaign_id = return_call.campaign_id
      AND disposition.code = return_call.disposition
    WHERE spoken.lead_id IS NOT NULL
), cases AS (
    SELECT calls.lead_id, lead.state <> 'invalid' AS has_number,
           array_agg(DISTINCT concat_ws('/', outcome, kind, result, share)) AS facts
    FROM calls JOIN lead ON lead.id = calls.lead_id GROUP BY calls.lead_id, lead.state
)
SELECT facts, has_number, count(*) AS cases FROM cases GROUP BY 1, 2
"""
_VERSIONS = f"""{VERSION}
WHERE version.id IN (SELECT version_id FROM script_call WHERE campaign_id = :campaign_id
                     UNION SELECT version_id FROM script_assignment
                     WHERE campaign_id = :campaign_id)
ORDER BY version.added_at DESC, version.id DESC
"""  # noqa: S608 - of fixed words
_VISITS = """
SELECT CAST(call.call_id AS text) AS call_id, call.version_id, agent.name AS agent,
       ARRAY(SELECT step FROM script_step_visit AS visit WHERE visit.call_id = call.call_id
             ORDER BY position) AS steps,
       ARRAY(SELECT seconds FROM script_step_visit AS visit WHERE visit.call_id = call.call_id
             ORDER BY position) AS seconds
FROM script_call AS call LEFT JOIN agent ON agent.id = call.agent_id
WHERE call.campaign_id = :campaign_id
  AND call.began_at >= coalesce(CAST(:since AS timestamptz), '-infinity')
  AND call.began_at < coalesce(CAST(:until AS timestamptz), 'infinity')
ORDER BY call.began_at DESC, call.call_id LIMIT :most
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """How one call followed its script."""

    call_id: str
    agent: str | None
    following: Following


class Surveys:
    """`store.surveys`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def interviews(
        self,
        campaign_id: int,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        only_complete: bool = True,
    ) -> Sequence[Interview]:
        """Calls with answers that began in [since, until), to a script or to a recorded survey; the
        newest `INTERVIEWS_MAX`. Raises `UnknownCampaign`."""
        values = _period(campaign_id, since, until) | {"only_complete": only_complete}
        async with reading(self._engine) as connection:
            survey = (await _spec(connection, campaign_id)).survey
            asked = await connection.execute(text(_INTERVIEWS), values)
            found = [_interview(row._mapping) for row in asked if row.answers]
            if survey:
                pressed = await connection.execute(text(_RECORDED), values)
                recorded = [_recorded(row._mapping, survey) for row in pressed]
                found += [one for one in recorded if one.is_complete or not only_complete]
        return found

    async def questions(self, campaign_id: int) -> Sequence[Question]:
        """All that was asked, as the newest version that has it asks it. Raises
        `UnknownCampaign`."""
        async with reading(self._engine) as connection:
            survey = (await _spec(connection, campaign_id)).survey
            versions = await _versions(connection, campaign_id)
        return questions_of([each.script for each in versions], survey)

    async def cases(self, campaign_id: int) -> Mapping[str, int]:
        """The leads called so far, by final code (campaigns/surveys/aapor.py). Raises
        `UnknownCampaign`.

        Reads every attempt of the campaign once.
        """
        async with reading(self._engine) as connection:
            spec = await _spec(connection, campaign_id)
            versions = await _versions(connection, campaign_id)
            shortest = [
                {"version_id": each.id, "asks": questions_of_shortest(each.script)}
                for each in versions
            ]
            finals = [
                {"question": question.code, "key": key}
                for question in spec.survey
                for key, following in question.keys
                if following is None
            ]
            found = await connection.execute(
                text(_CASES),
                {
                    "campaign_id": campaign_id,
                    "shortest": as_json(shortest),
                    "finals": as_json(finals),
                },
            )
            counts: Counter[str] = Counter()
            for row in found:
                calls = [CallFacts(**_facts(words)) for words in row.facts]
                counts[code_of_case(calls, has_number=row.has_number)] += row.cases
        return counts

    async def followed(
        self, campaign_id: int, *, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Followed]:
        """How each call of the period followed its script."""
        async with reading(self._engine) as connection:
            versions = {each.id: each for each in await _versions(connection, campaign_id)}
            found = await connection.execute(text(_VISITS), _period(campaign_id, since, until))
            return [
                Followed(
                    call_id=row.call_id,
                    agent=row.agent,
                    following=follow(
                        versions[row.version_id].script,
                        [
                            Visit(step=step, seconds=seconds)
                            for step, seconds in zip(row.steps, row.seconds, strict=True)
                        ],
                    ),
                )
                for row in found
            ]


def _period(campaign_id: int, since: datetime | None, until: datetime | None) -> dict[str, Any]:
    return {
        "campaign_id": campaign_id,
        "since": None if since is None else utc(since),
        "until": None if until is None else utc(until),
        "most": INTERVIEWS_MAX,
    }


def _facts(words: str) -> dict[str, str]:
    outcome, kind, result, share = words.split("/")
    return {"outcome": outcome, "kind": kind, "result": result, "share": share}


def _interview(row: Mapping[Any, Any]) -> Interview:
    return Interview(**{**row, "cells": tuple(row["cells"])})


def _recorded(row: Mapping[Any, Any], survey: Sequence[SurveyQuestion]) -> Interview:
    finals = {(q.code, key) for q in survey for key, following in q.keys if following is None}
    is_whole = any(pair in finals for pair in row["answers"].items())
    return Interview(
        **row, agent=None, version=None, result="complete" if is_whole else None, cells=()
    )


async def _spec(connection: AsyncConnection, campaign_id: int) -> CampaignSpec:
    spec = (await read_specs(connection, [campaign_id])).get(campaign_id)
    if spec is None:
        raise UnknownCampaign(f"There is no campaign number {campaign_id}.")
    return spec


async def _versions(connection: AsyncConnection, campaign_id: int) -> list[ScriptVersion]:
    found = await connection.execute(text(_VERSIONS), {"campaign_id": campaign_id})
    return [version_of(row) for row in found]
