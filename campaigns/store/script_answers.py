"""Answers and visits of steps of calls that were opened."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.scripts.following import Visit
from campaigns.scripts.questions import Kind, Question, check_answer
from campaigns.scripts.walking import TRAIL_MAX
from campaigns.store.errors import StoreError
from campaigns.store.lead_writes import as_json
from campaigns.store.script_rows import StoredAnswer
from campaigns.store.script_shelf import read_version

VISITS_MAX = 2000
"""Steps on the screen in one call, back and forth."""
_SELECT = """
SELECT CAST(call_id AS text) AS call_id, step, question, value, answered_at, seconds, agent_id,
       version_id, replaced_at FROM script_answer
"""


async def put_answer(
    connection: AsyncConnection,
    call_id: str,
    question_id: str,
    value: Any,
    *,
    seconds: float | None,
    agent_id: int | None,
    now: datetime,
) -> Any:
    """See `Scripts.put_answer`."""
    call = await lock_call(connection, call_id)
    version = await read_version(connection, call.version_id)
    question, step = version.script.question(question_id), version.script.step_of(question_id)
    if question is None or step is None:
        known = ", ".join(each.id for each in version.script.questions)
        raise StoreError(
            f"Script '{version.name}', version {version.number}, has no question '{question_id}'; "
            f"it has {known}."
        )
    stored = None if value is None else check_answer(question, value)
    values = {
        "call_id": call_id, "question": question_id, "value": as_json(stored),
        "lead_id": call.lead_id, "agent_id": agent_id, "version_id": call.version_id,
        "step": step.id, "is_words": _is_words(question, stored), "now": now, "seconds": seconds,
    }  # fmt: skip
    await connection.execute(
        text(
            "UPDATE script_answer SET replaced_at = :now"
            " WHERE call_id = CAST(:call_id AS uuid) AND question = :question"
            " AND replaced_at IS NULL AND value <> CAST(:value AS jsonb)"
        ),
        values,
    )
    if stored is not None:
        await connection.execute(
            text(
                "INSERT INTO script_answer (call_id, lead_id, agent_id, version_id, step, question,"
                " value, is_words, answered_at, seconds)"
                " VALUES (CAST(:call_id AS uuid), :lead_id, :agent_id, :version_id, :step,"
                " :question, CAST(:value AS jsonb), :is_words, :now, :seconds)"
                " ON CONFLICT (call_id, question) WHERE replaced_at IS NULL DO NOTHING"
            ),
            values,
        )
    return stored


def _is_words(question: Question, value: Any) -> bool:
    if question.kind in (Kind.TEXT, Kind.DATE):
        return True
    several = value if isinstance(value, list) else [value]
    return any(isinstance(each, dict) and "other" in each for each in several)


async def put_step(
    connection: AsyncConnection,
    call_id: str,
    position: int,
    step: str,
    *,
    entered_at: datetime,
    seconds: float | None,
) -> None:
    """See `Scripts.put_step`."""
    if not 0 <= position < VISITS_MAX:
        raise StoreError(
            f"Position {position} of a step is out of bounds: a call has 0 to {VISITS_MAX - 1}."
        )
    call = await lock_call(connection, call_id)
    version = await read_version(connection, call.version_id)
    if version.script.place(step) is None:
        raise StoreError(
            f"Script '{version.name}', version {version.number}, has no step or end '{step}'."
        )
    await connection.execute(
        text(
            "INSERT INTO script_step_visit (call_id, position, step, entered_at, seconds)"
            " VALUES (CAST(:call_id AS uuid), :position, :step, :entered_at, :seconds)"
            " ON CONFLICT (call_id, position) DO UPDATE SET"
            " seconds = coalesce(excluded.seconds, script_step_visit.seconds)"
        ),
        {
            "call_id": call_id,
            "position": position,
            "step": step,
            "entered_at": entered_at,
            "seconds": seconds,
        },
    )


async def put_trail(connection: AsyncConnection, call_id: str, trail: Sequence[str]) -> None:
    """See `Scripts.put_trail`."""
    if len(trail) > TRAIL_MAX:
        raise StoreError(f"A trail has at most {TRAIL_MAX} steps, and this one has {len(trail)}.")
    await lock_call(connection, call_id)
    await connection.execute(
        text(
            "UPDATE script_call SET trail = CAST(:trail AS jsonb)"
            " WHERE call_id = CAST(:call_id AS uuid)"
        ),
        {"call_id": call_id, "trail": as_json(list(trail))},
    )


async def answers_of_call(
    connection: AsyncConnection, call_id: str, *, with_replaced: bool
) -> list[StoredAnswer]:
    """See `Scripts.answers_of_call`."""
    condition = "" if with_replaced else "AND replaced_at IS NULL"
    found = await connection.execute(
        text(f"{_SELECT} WHERE call_id = CAST(:id AS uuid) {condition} ORDER BY answered_at, id"),
        {"id": call_id},
    )
    return [StoredAnswer(**row._mapping) for row in found]


async def earlier_answers(
    connection: AsyncConnection, lead_id: int, *, before: str | None
) -> list[StoredAnswer]:
    """See `Scripts.earlier_answers`."""
    found = await connection.execute(
        text(
            "SELECT DISTINCT ON (version.script_id, answer.question)"
            " CAST(answer.call_id AS text) AS call_id, answer.step, answer.question, answer.value,"
            " answer.answered_at, answer.seconds, answer.agent_id, answer.version_id,"
            " answer.replaced_at"
            " FROM script_answer AS answer"
            " JOIN script_version AS version ON version.id = answer.version_id"
            " WHERE answer.lead_id = :lead_id AND answer.replaced_at IS NULL"
            " AND answer.call_id IS DISTINCT FROM CAST(:before AS uuid)"
            " ORDER BY version.script_id, answer.question, answer.answered_at DESC, answer.id DESC"
        ),
        {"lead_id": lead_id, "before": before},
    )
    return [StoredAnswer(**row._mapping) for row in found]


async def visits_of_call(connection: AsyncConnection, call_id: str) -> list[Visit]:
    """See `Scripts.visits_of_call`."""
    found = await connection.execute(
        text(
            "SELECT step, seconds FROM script_step_visit WHERE call_id = CAST(:id AS uuid)"
            " ORDER BY position"
        ),
        {"id": call_id},
    )
    return [Visit(step=row.step, seconds=row.seconds) for row in found]


async def lock_call(connection: AsyncConnection, call_id: str) -> Row[Any]:
    """The call's row, locked. Raises StoreError for one that was not opened."""
    found = await connection.execute(
        text(
            "SELECT call_id, campaign_id, lead_id, agent_id, version_id, ended_at, end_place,"
            " result, cells, trail FROM script_call"
            " WHERE call_id = CAST(:id AS uuid) FOR UPDATE"
        ),
        {"id": call_id},
    )
    row = found.one_or_none()
    if row is None:
        raise StoreError(
            f"No script was opened for call {call_id}: the campaign has none, or the call is gone."
        )
    return row
