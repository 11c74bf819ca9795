"""From what people have in hand (a number, a customer's id, a name) to leads."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_BY_NUMBER = "SELECT DISTINCT lead_id FROM lead_phone WHERE number = ANY(CAST(:numbers AS text[]))"
_BY_EXTERNAL_ID = """
SELECT lead.id FROM campaign JOIN lead
  ON lead.campaign_id = campaign.id AND lead.external_id = :text
"""
# Both read all leads once: some seconds for ten million, and nobody does so many times a day.
_BY_NAME = "SELECT id FROM lead WHERE name ILIKE :pattern ESCAPE '\\' ORDER BY id LIMIT :most"
_BY_DIGITS = """
SELECT DISTINCT lead_id FROM lead_phone WHERE number LIKE :digits ORDER BY lead_id LIMIT :most
"""
_DIGITS_MIN = 4
"""Fewer digits are in the numbers of half the list."""
_SHOWN = """
SELECT lead.id, campaign.name AS campaign, lead.external_id, lead.name, lead.state,
       array(SELECT number FROM lead_phone WHERE lead_id = lead.id ORDER BY position) AS numbers
FROM lead JOIN campaign ON campaign.id = lead.campaign_id
WHERE lead.id = ANY(CAST(:ids AS bigint[])) ORDER BY lead.id LIMIT :most
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLead:
    """A lead, as far as one has to know it from others."""

    id: int
    campaign: str
    external_id: str | None
    name: str | None
    state: str
    numbers: tuple[str, ...]


async def exactly(connection: AsyncConnection, words: str, numbers: Sequence[str]) -> list[int]:
    """The leads with one of these numbers (E.164), or with the text as the id of their list."""
    found: set[int] = set()
    if numbers:
        rows = await connection.execute(text(_BY_NUMBER), {"numbers": list(numbers)})
        found.update(rows.scalars())
    rows = await connection.execute(text(_BY_EXTERNAL_ID), {"text": words})
    return sorted(found.union(rows.scalars()))


async def similar(connection: AsyncConnection, words: str, *, most: int) -> list[int]:
    """The leads whose name has the text in it, or whose numbers have its digits."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = await connection.execute(text(_BY_NAME), {"pattern": f"%{escaped}%", "most": most})
    found = set(rows.scalars())
    digits = "".join(each for each in words if each.isascii() and each.isdigit())
    is_number = not any(each.isalpha() for each in words)
    if is_number and len(digits) >= _DIGITS_MIN:
        rows = await connection.execute(text(_BY_DIGITS), {"digits": f"%{digits}%", "most": most})
        found.update(rows.scalars())
    return sorted(found)[:most]


async def shown(connection: AsyncConnection, ids: Sequence[int], *, most: int) -> list[FoundLead]:
    """These leads, in the order they came."""
    rows = await connection.execute(text(_SHOWN), {"ids": list(ids), "most": most})
    return [
        FoundLead(**dict(row._mapping) | {"numbers": tuple(row.numbers)}) for row in rows
    ]  # fmt: skip
