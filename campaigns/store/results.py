"""What came of calls, in the order in which it became known: for programs that ask again and again.

Every change to an ended attempt is stamped, by a trigger, with the number of its transaction. A
transaction's number says when it began and not when it was committed, so a reader that went by it
alone could pass by what is still being written. It therefore reads only up to the oldest
transaction that is still running: below that nothing can come any more. So nothing is missed and no
version is given twice, however many write at once.

Numbers of transactions begin anew where a database is restored into another server. `heal` then
moves the era (a sequence, which a dump carries along) so that new stamps lie above the old ones.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.database import reading, transaction
from campaigns.store.rows import JsonObject

PAGE_MAX = 500

RESULT = """
jsonb_build_object(
  'call_id', attempt.id, 'version', attempt.changed, 'campaign', campaign.name,
  'lead_id', attempt.lead_id, 'external_id', lead.external_id,
  'number', CASE WHEN attempt.number LIKE '+%' THEN attempt.number END,
  'written_at', attempt.written_at, 'ringing_at', attempt.ringing_at,
  'answered_at', attempt.answered_at, 'bridged_at', attempt.bridged_at,
  'ended_at', attempt.ended_at, 'outcome', attempt.outcome, 'hangup_cause', attempt.cause,
  'agent', agent.name, 'is_live_answer', attempt.is_live, 'is_abandoned', attempt.is_abandoned,
  'talk_seconds', CASE WHEN attempt.ended_at >= attempt.bridged_at
    THEN extract(epoch FROM attempt.ended_at - attempt.bridged_at) END,
  'disposition', attempt.disposition, 'disposition_label', disposition.label,
  'disposition_kind', disposition.kind, 'disposed_at', attempt.disposed_at,
  'opted_out_at', attempt.opted_out_at,
  'answers', coalesce((SELECT jsonb_agg(jsonb_build_object(
      'question', answer.question, 'answer', answer.value, 'answered_at', answer.answered_at
    ) ORDER BY answer.answered_at, answer.question)
    FROM (SELECT question, to_jsonb(key) AS value, answered_at FROM survey_answer
          WHERE call_id = attempt.id
          UNION ALL SELECT question, value, answered_at FROM script_answer
          WHERE call_id = attempt.id AND replaced_at IS NULL) AS answer), '[]'),
  'notes', coalesce((SELECT jsonb_agg(jsonb_build_object(
      'agent', author.name, 'text', note.body, 'written_at', note.written_at
    ) ORDER BY note.written_at, note.agent_id)
    FROM call_note AS note JOIN agent AS author ON author.id = note.agent_id
    WHERE note.call_id = attempt.id AND note.body <> ''), '[]'),
  'hand_overs', coalesce((SELECT jsonb_agg(jsonb_build_object(
      'specialist', given.specialist, 'way', given.way, 'note', given.note, 'at', given.at
    ) ORDER BY given.at, given.id)
    FROM hand_over AS given WHERE given.call_id = attempt.id), '[]'))
"""
"""One result as JSON; the webhooks send the same. Of `RESULT_FROM`."""
RESULT_FROM = """
JOIN campaign ON campaign.id = attempt.campaign_id
JOIN lead ON lead.id = attempt.lead_id
LEFT JOIN agent ON agent.id = attempt.agent_id
LEFT JOIN disposition ON disposition.campaign_id = attempt.campaign_id
  AND disposition.code = attempt.disposition
"""
_PAGE = f"""
SELECT attempt.changed, CAST(attempt.id AS text) AS call_id, {RESULT} AS result
FROM (
  SELECT page.* FROM unnest(CAST(:campaigns AS bigint[])) AS wanted(id)
  CROSS JOIN LATERAL (
    SELECT * FROM attempt WHERE campaign_id = wanted.id AND ended_at IS NOT NULL
      AND (changed, id) > (:changed, CAST(:call_id AS uuid))
      AND changed < (SELECT last_value FROM change_era)
        + CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)
    ORDER BY changed, id LIMIT :most
  ) AS page ORDER BY page.changed, page.id LIMIT :most
) AS attempt {RESULT_FROM}
ORDER BY attempt.changed, attempt.id
"""  # noqa: S608 - parts of this module
_ONE = f"""
SELECT {RESULT} AS result FROM attempt {RESULT_FROM}
WHERE attempt.id = CAST(:call_id AS uuid)
  AND attempt.campaign_id = ANY(CAST(:campaigns AS bigint[]))
"""  # noqa: S608
_OF_LEAD = f"""
SELECT {RESULT} AS result FROM attempt {RESULT_FROM}
WHERE attempt.lead_id = :lead_id AND attempt.campaign_id = ANY(CAST(:campaigns AS bigint[]))
ORDER BY attempt.written_at DESC, attempt.id LIMIT :most
"""  # noqa: S608
_UNDER_WAY = """
SELECT CAST(attempt.id AS text) AS call_id, campaign.name AS campaign, attempt.lead_id,
       lead.external_id, agent.name AS agent, attempt.written_at, attempt.answered_at,
       attempt.bridged_at
FROM attempt JOIN campaign ON campaign.id = attempt.campaign_id
JOIN lead ON lead.id = attempt.lead_id LEFT JOIN agent ON agent.id = attempt.agent_id
WHERE attempt.ended_at IS NULL AND attempt.campaign_id = ANY(CAST(:campaigns AS bigint[]))
ORDER BY attempt.written_at, attempt.id
"""
_HEAL = """
WITH newest AS (
  SELECT max(page.changed) AS changed FROM campaign CROSS JOIN LATERAL (
    SELECT changed FROM attempt WHERE campaign_id = campaign.id AND ended_at IS NOT NULL
    ORDER BY changed DESC LIMIT 1
  ) AS page
), running AS (
  SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint) AS number
)
SELECT setval('change_era', newest.changed - running.number + 1) FROM newest, running
WHERE newest.changed >= running.number + (SELECT last_value FROM change_era)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far somebody has read: the version of a result, and its call."""

    changed: int = -1
    call_id: str = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPage:
    """Results in the order in which they became known, and where to go on."""

    results: Sequence[JsonObject]
    end: Place
    """Where it was begun when there are none."""
    has_more: bool


class Results:
    """What came of calls."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def since(self, campaign_ids: Collection[int], place: Place, *, most: int) -> ResultPage:
        """Results of these campaigns that are new or changed since `place`, oldest change first.

        A result that changes again, as when the agent's word comes after the end of the call, is
        given again with a higher version. At most `most`, and no more than `PAGE_MAX`.
        """
        most = min(most, PAGE_MAX)
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(_PAGE),
                {
                    "campaigns": sorted(campaign_ids),
                    "changed": place.changed,
                    "call_id": place.call_id,
                    "most": most + 1,
                },
            )
            rows = found.all()
        shown = rows[:most]
        end = Place(changed=shown[-1].changed, call_id=shown[-1].call_id) if shown else place
        return ResultPage(results=[row.result for row in shown], end=end, has_more=len(rows) > most)

    async def get(self, campaign_ids: Collection[int], call_id: str) -> JsonObject | None:
        """One call of these campaigns, also while it is under way; None when it is none of them."""
        async with reading(self._engine) as connection:
            found: JsonObject | None = await connection.scalar(
                text(_ONE), {"campaigns": sorted(campaign_ids), "call_id": call_id}
            )
        return found

    async def of_lead(
        self, campaign_ids: Collection[int], lead_id: int, *, most: int
    ) -> list[JsonObject]:
        """A lead's calls, latest first."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(_OF_LEAD),
                {"campaigns": sorted(campaign_ids), "lead_id": lead_id, "most": most},
            )
            return list(found.scalars())

    async def under_way(self, campaign_ids: Collection[int]) -> list[JsonObject]:
        """Calls of these campaigns that have not ended, oldest first."""
        async with reading(self._engine) as connection:
            found = await connection.execute(text(_UNDER_WAY), {"campaigns": sorted(campaign_ids)})
            return [dict(row._mapping) for row in found]


async def heal(engine: AsyncEngine) -> None:
    """Move the era on where the database came from another server: new changes come last again."""
    async with transaction(engine) as connection:
        await connection.execute(text(_HEAL))
