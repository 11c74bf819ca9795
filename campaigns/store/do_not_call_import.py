"""Whole files of numbers into a do-not-call list, by COPY, in one transaction.

A replacing import writes a new generation of rows beside the old ones and turns the list over to
it at its commit: an attempt written meanwhile is judged by the old file, and one written after it
by the new, never by half of either.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection as DriverConnection
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.do_not_call_files import NumberFile
from campaigns.store.database import audit
from campaigns.store.errors import StoreError
from campaigns.store.privacy_words import FORGOTTEN_LIST

_COPY_ROWS = 100_000
"""Rows handed to the server at once: 3.4 megabytes."""
_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TRAILER = b"\xff\xff"
"""https://www.postgresql.org/docs/current/sql-copy.html, section "Binary Format"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedList:
    """What an import did."""

    list_id: int
    numbers: int
    """Different whole numbers in the file."""
    prefixes: int
    total: int
    """Whole numbers the list has from files now."""


async def import_numbers(
    connection: AsyncConnection,
    list_id: int,
    numbers: NumberFile,
    *,
    replace: bool,
    by: str,
    how: str,
    as_of: datetime,
    valid_until: datetime | None,
    now: datetime,
) -> ImportedList:
    """Put the numbers on the list in the caller's transaction."""
    # One import of a list at a time: the second waits here and then builds on the first.
    row = (
        await connection.execute(
            text(
                "SELECT name, generation, hash_count, imported_at FROM do_not_call_list"
                " WHERE id = :id FOR NO KEY UPDATE"
            ),
            {"id": list_id},
        )
    ).one()
    if replace and row.name == FORGOTTEN_LIST:
        raise StoreError(
            f"The list '{FORGOTTEN_LIST}' keeps forgotten people from being called and cannot be "
            "replaced. Import into a list of another name."
        )
    if replace and row.imported_at is not None and as_of < row.imported_at:
        raise StoreError(
            f"The file is of {as_of:%Y-%m-%d}, and list '{row.name}' holds a newer one of "
            f"{row.imported_at:%Y-%m-%d}. Import the newer file, or correct --date."
        )
    digests = _sorted_once(numbers)
    raw = await connection.get_raw_connection()
    driver: DriverConnection[Any] = raw.driver_connection  # type: ignore[assignment]
    generation = row.generation + 1 if replace else row.generation
    if replace:
        await _copy(driver, "do_not_call_hash", _rows(digests, list_id, generation))
        total = len(digests)
    else:
        total = row.hash_count + await _add(connection, driver, digests, list_id, generation)
    await _add_prefixes(connection, list_id, numbers.prefixes, by=by, how=how, now=now)
    await connection.execute(
        text(
            "UPDATE do_not_call_list SET generation = :generation, hash_count = :total,"
            " imported_at = :as_of, imported_by = :by, valid_until = :valid_until,"
            " is_hashed = :is_hashed WHERE id = :id"
        ),
        {
            "id": list_id, "generation": generation, "total": total, "as_of": as_of, "by": by,
            "valid_until": valid_until, "is_hashed": numbers.hashed > 0,
        },
    )  # fmt: skip
    details = {
        "numbers": len(digests), "prefixes": len(numbers.prefixes), "replaced": replace,
        "as_of": as_of.isoformat(), "how": how,
        "before": {"hash_count": row.hash_count}, "after": {"hash_count": total},
    }  # fmt: skip
    await audit(
        connection,
        at=now,
        by=by,
        action="do-not-call imported",
        subject=f"do-not-call {row.name}",
        details=json.dumps(details),
    )
    return ImportedList(
        list_id=list_id, numbers=len(digests), prefixes=len(numbers.prefixes), total=total
    )


async def delete_old_generations(connection: AsyncConnection, list_id: int) -> int:
    """Take away the rows of files that a newer one replaced; how many. In its own transaction:
    nobody looks at these rows any more, so nobody need wait for it."""
    found = await connection.execute(
        text(
            "DELETE FROM do_not_call_hash AS old USING do_not_call_list AS list"
            " WHERE list.id = :id AND old.list_id = list.id AND old.generation < list.generation"
        ),
        {"id": list_id},
    )
    return found.rowcount


def _sorted_once(numbers: NumberFile) -> Any:
    # numpy takes a tenth of a second to import, and few commands read a file of numbers.
    import numpy

    # Sorted rows go into the index one page after the other: several times as fast.
    return numpy.unique(numpy.frombuffer(numbers.digests, dtype=numpy.int64))


def _rows(digests: Any, list_id: int, generation: int) -> Iterator[bytes]:
    import numpy

    shape = numpy.dtype(
        [
            ("fields", ">i2"), ("digest_size", ">i4"), ("digest", ">i8"), ("list_size", ">i4"),
            ("list", ">i8"), ("generation_size", ">i4"), ("generation", ">i4"),
        ]
    )  # fmt: skip
    for start in range(0, len(digests), _COPY_ROWS):
        piece = digests[start : start + _COPY_ROWS]
        rows = numpy.empty(len(piece), dtype=shape)
        rows["fields"], rows["digest_size"], rows["digest"] = 3, 8, piece
        rows["list_size"], rows["list"] = 8, list_id
        rows["generation_size"], rows["generation"] = 4, generation
        yield rows.tobytes()


async def _copy(driver: DriverConnection[Any], table: str, pieces: Iterator[bytes]) -> None:
    statement = f"COPY {table} (digest, list_id, generation) FROM STDIN (FORMAT BINARY)"
    async with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        await copy.write(_COPY_HEADER)
        for piece in pieces:
            await copy.write(piece)
        await copy.write(_COPY_TRAILER)


async def _add(
    connection: AsyncConnection,
    driver: DriverConnection[Any],
    digests: Any,
    list_id: int,
    generation: int,
) -> int:
    await connection.execute(
        text(
            "CREATE TEMPORARY TABLE new_hash (digest bigint, list_id bigint, generation int)"
            " ON COMMIT DROP"
        )
    )
    await _copy(driver, "new_hash", _rows(digests, list_id, generation))
    found = await connection.execute(
        text("INSERT INTO do_not_call_hash SELECT * FROM new_hash ON CONFLICT DO NOTHING")
    )
    return found.rowcount


async def _add_prefixes(
    connection: AsyncConnection,
    list_id: int,
    prefixes: list[str],
    *,
    by: str,
    how: str,
    now: datetime,
) -> None:
    if prefixes:
        await connection.execute(
            text(
                "INSERT INTO do_not_call_entry (list_id, number, is_prefix, added_by, how,"
                " added_at) SELECT :list_id, prefix, true, :by, :how, :now"
                " FROM unnest(CAST(:prefixes AS text[])) AS new(prefix) ON CONFLICT DO NOTHING"
            ),
            {"list_id": list_id, "prefixes": prefixes, "by": by, "how": how, "now": now},
        )
