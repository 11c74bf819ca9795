"""Interested leads who were handed over to the client's specialists, with what was said."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.errors import StoreError
from campaigns.store.lead_writes import as_json
from campaigns.store.notes import BODY_LENGTH_MAX
from campaigns.store.outbox import tell_hand_over

LIST_MAX = 1000


@enum.unique
class HandOverWay(enum.StrEnum):
    """How the specialist gets the lead."""

    THREE_WAY = "three_way"
    """Called while the lead was on the line, and introduced."""
    TRANSFER = "transfer"
    """The lead was put through."""
    MESSAGE = "message"
    """Told in writing; they call the lead themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHandOver:
    """A lead about to be handed over."""

    call_id: str
    agent_id: int
    specialist: str
    number: str | None
    way: HandOverWay
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverRow:
    """A hand-over as stored, with all that the specialist has to know of the lead."""

    id: int
    call_id: str
    client: str
    campaign: str
    agent: str
    lead_id: int | None
    external_id: str | None
    lead_name: str | None
    lead_number: str
    """The one they were spoken with on."""
    fields: dict[str, str]
    specialist: str
    number: str | None
    way: HandOverWay
    note: str
    at: datetime


_ADD = """
INSERT INTO hand_over (call_id, campaign_id, lead_id, agent_id, specialist, number, way, note, at)
SELECT CAST(:call_id AS uuid), call.campaign_id, call.lead_id, :agent_id, :specialist, :number,
       :way, :note, :now
FROM (SELECT campaign_id, lead_id FROM attempt WHERE id = CAST(:call_id AS uuid)
      UNION ALL SELECT campaign_id, lead_id FROM return_call WHERE id = CAST(:call_id AS uuid)
) AS call
RETURNING id
"""
_SELECT = """
SELECT hand_over.id, CAST(hand_over.call_id AS text) AS call_id, client.name AS client,
       campaign.name AS campaign, agent.name AS agent, hand_over.lead_id, lead.external_id,
       lead.name AS lead_name, coalesce(attempt.number, return_call.number, '') AS lead_number,
       coalesce(lead.fields, '{}') AS fields, hand_over.specialist, hand_over.number,
       hand_over.way, hand_over.note, hand_over.at
FROM hand_over
JOIN campaign ON campaign.id = hand_over.campaign_id JOIN client ON client.id = campaign.client_id
JOIN agent ON agent.id = hand_over.agent_id
LEFT JOIN lead ON lead.id = hand_over.lead_id
LEFT JOIN attempt ON attempt.id = hand_over.call_id
LEFT JOIN return_call ON return_call.id = hand_over.call_id
"""


class HandOvers:
    """The hand-overs."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, new: NewHandOver, *, by: str, now: datetime) -> HandOverRow:
        """Write one, audited. Raises StoreError for an unknown call or an empty or long note."""
        note = new.note.replace("\0", "").strip()
        if not note:
            raise StoreError(
                "The hand-over has no words for the specialist. Say in a sentence what the person "
                "wants, so that they are not asked again."
            )
        if len(note) > BODY_LENGTH_MAX:
            raise StoreError(
                f"The note has {len(note)} characters; at most {BODY_LENGTH_MAX} are kept. Shorten "
                "it."
            )
        async with transaction(self._engine) as connection:
            found = await connection.scalar(
                text(_ADD),
                {
                    "call_id": new.call_id,
                    "agent_id": new.agent_id,
                    "specialist": new.specialist,
                    "number": new.number,
                    "way": str(new.way),
                    "note": note,
                    "now": utc(now),
                },
            )
            if found is None:
                raise StoreError(f"There is no call {new.call_id} to hand over.")
            await tell_hand_over(connection, int(found), now=utc(now))
            await audit(
                connection,
                at=utc(now),
                by=by,
                action="lead handed over",
                subject=f"call {new.call_id}",
                details=as_json(
                    {"hand_over": found, "specialist": new.specialist, "way": str(new.way)}
                ),
            )
        return await self.get(int(found))

    async def get(self, hand_over_id: int) -> HandOverRow:
        """One hand-over. Raises StoreError."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(f"{_SELECT} WHERE hand_over.id = :id"), {"id": hand_over_id}
            )
            row = found.one_or_none()
        if row is None:
            raise StoreError(f"There is no hand-over {hand_over_id}.")
        return _row(row)

    async def since(
        self, after: int, *, client: str | None = None, campaign: str | None = None, most: int = 100
    ) -> Sequence[HandOverRow]:
        """Those with an id above `after`, oldest first, of one client or campaign where asked.

        What tells the client's own programs reads on from the last id it has told.
        """
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    f"{_SELECT} WHERE hand_over.id > :after"
                    " AND (CAST(:client AS text) IS NULL OR client.name = :client)"
                    " AND (CAST(:campaign AS text) IS NULL OR campaign.name = :campaign)"
                    " ORDER BY hand_over.id LIMIT :most"
                ),
                {
                    "after": after,
                    "client": client,
                    "campaign": campaign,
                    "most": min(most, LIST_MAX),
                },
            )
            return [_row(row) for row in found]


def _row(row: Row[Any]) -> HandOverRow:
    values = dict(row._mapping)
    values["way"] = HandOverWay(values["way"])
    return HandOverRow(**values)
