"""What happened in a call, for the player: holds, hand-overs, third parties, notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.database import reading, transaction, utc

_OF_CALL = """
SELECT at, kind, '' AS words FROM call_mark WHERE call_id = CAST(:call_id AS uuid)
UNION ALL
SELECT written_at, 'note', body FROM call_note WHERE call_id = CAST(:call_id AS uuid)
UNION ALL
SELECT at, 'hand_over', specialist || ': ' || note FROM hand_over
WHERE call_id = CAST(:call_id AS uuid)
UNION ALL
SELECT entered_at, 'step', step FROM script_step_visit WHERE call_id = CAST(:call_id AS uuid)
ORDER BY at, kind
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMark:
    """Something that happened at an instant of a call."""

    at: datetime
    kind: str
    """hold, resume, transfer, third_party, third_party_gone; note, hand_over and step (of the
    script), with words."""
    words: str


class CallMarks:
    """The marks."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def put(self, marks: Sequence[tuple[str, datetime, str]]) -> None:
        """Write (call id, instant, kind) of marks; again is once, and none is nothing."""
        if not marks:
            return
        async with transaction(self._engine) as connection:
            await connection.execute(
                text(
                    "INSERT INTO call_mark (call_id, at, kind)"
                    " VALUES (CAST(:call_id AS uuid), :at, :kind) ON CONFLICT DO NOTHING"
                ),
                [{"call_id": call_id, "at": utc(at), "kind": kind} for call_id, at, kind in marks],
            )

    async def of_call(self, call_id: str) -> list[CallMark]:
        """All of one call, the first first."""
        async with reading(self._engine) as connection:
            found = await connection.execute(text(_OF_CALL), {"call_id": call_id})
            return [CallMark(**row._mapping) for row in found]
