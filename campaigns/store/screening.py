"""What came of recordings: opt-outs by key, answers of surveys, calls back; and the classifier's
mistakes, counted."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.dispositions import DispositionKind
from campaigns.store.campaigns import read_specs
from campaigns.store.database import reading, transaction, utc
from campaigns.store.do_not_call import AGENTS_LIST, add_entry, ensure_list
from campaigns.store.errors import StoreError
from campaigns.store.lead_writes import as_json
from campaigns.store.privacy_words import FORGOTTEN_CALLER

KEYPRESS_LIST = "keypress"
"""The list of the centre that opt-outs by key go to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """Somebody pressed the key during a call of ours."""

    call_id: str
    number: str
    key: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswer:
    """The key that answered one question."""

    call_id: str
    question: str
    key: str
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnCall:
    """How a call of somebody who called back stands."""

    call_id: str
    campaign_id: int
    lead_id: int | None
    number: str
    arrived_at: datetime
    agent_id: int | None = None
    bridged_at: datetime | None = None
    message_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReturn:
    """A call back that had not ended when its row was last written."""

    call: ReturnCall
    lead_id: int
    phone_id: int
    """Of the last attempt at that number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whom the number of a caller belongs to, by the last call we made to it."""

    campaign_id: int
    lead_id: int
    phone_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningCounts:
    """What the classifier said in a period, and what agents said of a share of its machines."""

    humans: int = 0
    machines: int = 0
    unsure: int = 0
    sampled: int = 0
    """Of the machines, passed to an agent who has said what they heard."""
    sampled_people: int = 0
    """Of these, people: false positives."""
    heard_as_people: int = 0
    """Passed to agents as people who, they said, were machines: false negatives."""
    passed_as_people: int = 0
    """Passed to agents as people, with a word of the agent."""
    seconds: tuple[float, ...] = ()
    """Median, 90 % and 99 % of the time from the answer to the verdict; empty without any."""
    messages_left: int = 0
    opted_out: int = 0


_COUNTS = """
SELECT count(*) FILTER (WHERE verdict = 'human') AS humans,
       count(*) FILTER (WHERE verdict = 'machine') AS machines,
       count(*) FILTER (WHERE verdict = 'unsure') AS unsure,
       count(*) FILTER (WHERE verdict = 'machine' AND is_heard) AS sampled,
       count(*) FILTER (WHERE verdict = 'machine' AND is_heard AND kind <> 'machine')
         AS sampled_people,
       count(*) FILTER (WHERE verdict <> 'machine' AND is_heard AND kind = 'machine')
         AS heard_as_people,
       count(*) FILTER (WHERE verdict <> 'machine' AND is_heard) AS passed_as_people,
       percentile_cont(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP
         (ORDER BY extract(epoch FROM screened_at - answered_at)) AS seconds,
       count(*) FILTER (WHERE outcome = 'machine' AND message_at IS NOT NULL) AS messages_left,
       count(*) FILTER (WHERE opted_out_at IS NOT NULL) AS opted_out
FROM (
  SELECT attempt.verdict, attempt.screened_at, attempt.answered_at, attempt.outcome,
         attempt.message_at, attempt.opted_out_at, disposition.kind,
         attempt.bridged_at IS NOT NULL AND disposition.kind IS NOT NULL AS is_heard
  FROM attempt LEFT JOIN disposition ON disposition.campaign_id = attempt.campaign_id
    AND disposition.code = attempt.disposition
  WHERE attempt.campaign_id = :campaign_id
    AND attempt.written_at >= :since AND attempt.written_at < :until
    AND (attempt.verdict IS NOT NULL OR attempt.opted_out_at IS NOT NULL)
) AS screened
"""


class ScreeningStore:
    """`store.screening`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def opt_out(self, opt_outs: Sequence[OptOut]) -> None:
        """Put the numbers on the do-not-call list of key presses, for the whole centre, and note
        the key on the attempt. A number that is there already keeps its first entry."""
        async with transaction(self._engine) as connection:
            for one in sorted(opt_outs, key=lambda each: each.number):
                now = utc(one.at)
                await ensure_list(connection, KEYPRESS_LIST, None, now)
                await add_entry(
                    connection,
                    one.number,
                    list_name=KEYPRESS_LIST,
                    by="telephone keys",
                    how=f"keypress {one.key} on call {one.call_id}",
                    now=now,
                    call_id=one.call_id,
                )
                await connection.execute(
                    text(
                        "UPDATE attempt SET opted_out_at = coalesce(opted_out_at, :at)"
                        " WHERE id = CAST(:call_id AS uuid)"
                    ),
                    {"call_id": one.call_id, "at": now},
                )

    async def answers(self, answers: Sequence[SurveyAnswer]) -> None:
        """Write answers of surveys; a question that is answered already keeps its answer."""
        async with transaction(self._engine) as connection:
            await connection.execute(
                text(
                    "INSERT INTO survey_answer (call_id, question, key, answered_at)"
                    " SELECT new.call_id, new.question, new.key, new.answered_at"
                    " FROM json_to_recordset(CAST(:rows AS json)) AS new(call_id uuid,"
                    "   question text, key text, answered_at timestamptz)"
                    " JOIN attempt ON attempt.id = new.call_id"
                    " ON CONFLICT (call_id, question) DO NOTHING"
                ),
                {"rows": as_json([asdict(one) for one in answers])},
            )

    async def answer_counts(
        self, campaign_id: int, since: datetime, until: datetime
    ) -> dict[str, dict[str, int]]:
        """How often which key answered which question."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    "SELECT question, key, count(*) AS answers FROM survey_answer"
                    " JOIN attempt ON attempt.id = survey_answer.call_id"
                    " WHERE attempt.campaign_id = :campaign_id"
                    " AND attempt.written_at >= :since AND attempt.written_at < :until"
                    " GROUP BY 1, 2 ORDER BY 1, 2"
                ),
                {"campaign_id": campaign_id, "since": utc(since), "until": utc(until)},
            )
            counts: dict[str, dict[str, int]] = {}
            for row in found:
                counts.setdefault(row.question, {})[row.key] = row.answers
        return counts

    async def record_returns(self, returns: Sequence[ReturnCall]) -> None:
        """Write how calls of people who called back stand, the later word over the earlier."""
        latest = {one.call_id: one for one in returns}
        async with transaction(self._engine) as connection:
            await connection.execute(
                text(
                    "INSERT INTO return_call (id, campaign_id, lead_id, number, arrived_at,"
                    "  agent_id, bridged_at, message_at, ended_at)"
                    " SELECT new.call_id, new.campaign_id, lead.id, new.number, new.arrived_at,"
                    "  new.agent_id, new.bridged_at, new.message_at, new.ended_at"
                    " FROM json_to_recordset(CAST(:rows AS json)) AS new(call_id uuid,"
                    "  campaign_id bigint, lead_id bigint, number text, arrived_at timestamptz,"
                    "  agent_id bigint, bridged_at timestamptz, message_at timestamptz,"
                    "  ended_at timestamptz)"
                    " LEFT JOIN lead ON lead.id = new.lead_id"
                    " ON CONFLICT (id) DO UPDATE SET agent_id = excluded.agent_id,"
                    "  bridged_at = excluded.bridged_at, message_at = excluded.message_at,"
                    "  ended_at = coalesce(return_call.ended_at, excluded.ended_at)"
                ),
                {"rows": as_json([asdict(one) for one in latest.values()])},
            )

    async def dispose_return(
        self, call_id: str, agent_id: int, code: str | None, *, now: datetime
    ) -> bool:
        """Write what the agent said of a call back; False when there is no such call.

        Raises StoreError for a disposition the campaign does not have. The wish not to be called
        takes effect at once, as on any call.
        """
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text(
                    "SELECT campaign_id, number FROM return_call"
                    " WHERE id = CAST(:call_id AS uuid) FOR UPDATE"
                ),
                {"call_id": call_id},
            )
            row = found.one_or_none()
            if row is None:
                return False
            spec = (await read_specs(connection, [row.campaign_id]))[row.campaign_id]
            disposition = None if code is None else spec.disposition(code)
            if code is not None and disposition is None:
                known = ", ".join(each.code for each in spec.dispositions)
                raise StoreError(
                    f"Campaign '{spec.name}' has no disposition '{code}'; it has {known}."
                )
            await connection.execute(
                text(
                    "UPDATE return_call SET disposition = :code, disposed_at = :now,"
                    " agent_id = :agent_id WHERE id = CAST(:call_id AS uuid)"
                ),
                {"call_id": call_id, "code": code, "now": utc(now), "agent_id": agent_id},
            )
            is_wish = disposition is not None and disposition.kind is DispositionKind.DO_NOT_CALL
            # Who was forgotten meanwhile is on a do-not-call list already, by hash.
            if is_wish and row.number != FORGOTTEN_CALLER:
                by = await connection.scalar(
                    text("SELECT name FROM agent WHERE id = :id"), {"id": agent_id}
                )
                await add_entry(
                    connection,
                    row.number,
                    list_name=AGENTS_LIST,
                    by=by or f"agent {agent_id}",
                    how=f"asked on call {call_id}",
                    now=utc(now),
                    call_id=call_id,
                )
            return True

    async def returns(self, campaign_id: int, *, limit: int = 100) -> list[ReturnCall]:
        """The campaign's calls back, latest first."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    "SELECT CAST(id AS text) AS call_id, campaign_id, lead_id, number, arrived_at,"
                    " agent_id, bridged_at, message_at, ended_at FROM return_call"
                    " WHERE campaign_id = :campaign_id ORDER BY arrived_at DESC LIMIT :limit"
                ),
                {"campaign_id": campaign_id, "limit": limit},
            )
            return [ReturnCall(**row._mapping) for row in found]

    async def open_returns(self, team_id: int) -> list[OpenReturn]:
        """Calls back of the team's campaigns whose end is not known, of leads who are still there,
        earliest first."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    "SELECT CAST(back.id AS text) AS call_id, back.campaign_id, back.lead_id,"
                    " back.number, back.arrived_at, back.agent_id, back.bridged_at,"
                    " back.message_at, back.ended_at, called.phone_id"
                    " FROM return_call AS back"
                    " JOIN campaign ON campaign.id = back.campaign_id"
                    " CROSS JOIN LATERAL (SELECT phone_id FROM attempt"
                    "  WHERE attempt.lead_id = back.lead_id AND attempt.number = back.number"
                    "  ORDER BY written_at DESC LIMIT 1) AS called"
                    " WHERE campaign.team_id = :team_id AND back.ended_at IS NULL"
                    " ORDER BY back.arrived_at"
                ),
                {"team_id": team_id},
            )
            rows = [dict(row._mapping) for row in found]
        return [
            OpenReturn(phone_id=row.pop("phone_id"), lead_id=row["lead_id"], call=ReturnCall(**row))
            for row in rows
        ]

    async def who_calls(self, number: str, *, caller_id: str) -> Caller | None:
        """Whom we called last at this number under this caller id, of those who are still there."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    "SELECT attempt.campaign_id, attempt.lead_id, attempt.phone_id FROM attempt"
                    " WHERE attempt.number = :number AND attempt.caller_id = :caller_id"
                    " ORDER BY attempt.written_at DESC LIMIT 1"
                ),
                {"number": number, "caller_id": caller_id},
            )
            row = found.one_or_none()
        return None if row is None else Caller(**row._mapping)

    async def campaign_of(self, caller_id: str) -> int | None:
        """The campaign that shows this caller id; of several the one started last."""
        async with reading(self._engine) as connection:
            found: int | None = await connection.scalar(
                text(
                    "SELECT id FROM campaign WHERE spec->>'caller_id' = :caller_id"
                    " ORDER BY started_at DESC NULLS LAST, id DESC LIMIT 1"
                ),
                {"caller_id": caller_id},
            )
        return found

    async def counts(self, campaign_id: int, since: datetime, until: datetime) -> ScreeningCounts:
        """What the classifier said of attempts written in [since, until), and how right it was."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(_COUNTS),
                {"campaign_id": campaign_id, "since": utc(since), "until": utc(until)},
            )
            values = dict(found.one()._mapping)
        values["seconds"] = tuple(float(one) for one in values["seconds"] or () if one is not None)
        return ScreeningCounts(**values)
