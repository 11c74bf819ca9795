"""Numbers that must not be called: whole numbers and prefixes, in named lists, with who, when and
how.

There is no removal: an entry is evidence of a wish (47 CFR 64.1200(d)(6) has it honoured for five
years).
"""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.errors import StoreError
from campaigns.store.rows import DoNotCallHit
from campaigns.store.teams import ensure_named

AGENTS_LIST = "agents"
"""The list that the agents' dispositions write to."""

_CHECK = """
WITH RECURSIVE asked AS (
    SELECT DISTINCT number FROM unnest(CAST(:numbers AS text[])) AS new(number)
), lengths AS (
    (SELECT length(number) AS length FROM do_not_call_entry WHERE is_prefix
     ORDER BY length(number) LIMIT 1)
    UNION ALL
    SELECT (SELECT length(number) FROM do_not_call_entry
            WHERE is_prefix AND length(number) > lengths.length ORDER BY length(number) LIMIT 1)
    FROM lengths WHERE lengths.length IS NOT NULL
), hits AS (
    SELECT asked.number AS asked, entry.* FROM asked
    JOIN do_not_call_entry AS entry ON entry.number = asked.number AND NOT entry.is_prefix
    UNION ALL
    SELECT asked.number AS asked, entry.* FROM asked
    JOIN lengths ON lengths.length <= length(asked.number)
    JOIN do_not_call_entry AS entry
      ON entry.number = left(asked.number, lengths.length) AND entry.is_prefix
)
SELECT hits.asked, list.name AS list_name, hits.number, hits.is_prefix, hits.added_by, hits.how,
       hits.added_at
FROM hits JOIN do_not_call_list AS list ON list.id = hits.list_id
ORDER BY hits.asked, hits.is_prefix, list.name
"""


class DoNotCall:
    """The do-not-call lists; all of them hold for all campaigns."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(
        self,
        number: str,
        *,
        list_name: str,
        by: str,
        how: str,
        now: datetime,
        is_prefix: bool = False,
    ) -> bool:
        """Add a number in E.164, or with `is_prefix` the beginning of one ("+1900").

        False when the list has it already, whose first who, when and how are kept. Raises
        StoreError for text that is no such number; leads that wait with it are refused when their
        turn comes.
        """
        wanted = "a prefix such as +1900" if is_prefix else "a whole number such as +12025550100"
        digits = number.removeprefix("+")
        if not number.startswith("+") or not digits.isascii() or not digits.isdigit():
            raise StoreError(f"'{number}' is not {wanted}.")
        if not (1 if is_prefix else 7) <= len(digits) <= 15:
            raise StoreError(f"'{number}' has {len(digits)} digits, which is not {wanted}.")
        now = utc(now)
        async with transaction(self._engine) as connection:
            added = await add_entry(
                connection,
                number,
                list_name=list_name,
                by=by,
                how=how,
                now=now,
                is_prefix=is_prefix,
            )
            if added:
                await audit(
                    connection,
                    at=now,
                    by=by,
                    action="do-not-call added",
                    subject=f"do-not-call {list_name}",
                    details=json.dumps({"number": number, "is_prefix": is_prefix, "how": how}),
                )
            return added

    async def check(self, number: str) -> list[DoNotCallHit]:
        """All entries that forbid `number` (E.164): whole numbers first, then prefixes."""
        async with reading(self._engine) as connection:
            return (await find_hits(connection, [number])).get(number, [])


async def add_entry(
    connection: AsyncConnection,
    number: str,
    *,
    list_name: str,
    by: str,
    how: str,
    now: datetime,
    is_prefix: bool = False,
) -> bool:
    """Add an entry in the caller's transaction; False when the list has it."""
    list_id = await ensure_named(connection, "do_not_call_list", list_name, now)
    found = await connection.execute(
        text(
            "INSERT INTO do_not_call_entry (list_id, number, is_prefix, added_by, how, added_at)"
            " VALUES (:list_id, :number, :is_prefix, :by, :how, :now) ON CONFLICT DO NOTHING"
        ),
        {
            "list_id": list_id,
            "number": number,
            "is_prefix": is_prefix,
            "by": by,
            "how": how,
            "now": now,
        },
    )
    return found.rowcount == 1


async def find_hits(
    connection: AsyncConnection, numbers: Sequence[str]
) -> dict[str, list[DoNotCallHit]]:
    """The entries that forbid any of `numbers`, by number; numbers that may be called are
    absent."""
    hits: dict[str, list[DoNotCallHit]] = {}
    for row in await connection.execute(text(_CHECK), {"numbers": list(numbers)}):
        values = dict(row._mapping)
        hits.setdefault(values.pop("asked"), []).append(DoNotCallHit(**values))
    return hits
