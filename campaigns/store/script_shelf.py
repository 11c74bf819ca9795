"""Versions of scripts as they are read again and again: parsed once in a process.

A version never changes, so it is known by the hash of its source, whatever the database.
"""

from collections import OrderedDict
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.scripts.reading import parse_script
from campaigns.scripts.script import Script
from campaigns.store.script_rows import ScriptVersion

_KEPT = 64
"""Versions in use at once; each is some tens of kilobytes."""
VERSION = """
SELECT version.id, script.name, version.number, version.hash, version.added_by, version.added_at,
       version.source
FROM script_version AS version JOIN script ON script.id = version.script_id
"""
_known: OrderedDict[str, Script] = OrderedDict()


def parsed(digest: str, source: str, *, name: str) -> Script:
    """The script that a stored version's source says."""
    found = _known.get(digest)
    if found is None:
        found = _known[digest] = parse_script(source, source=f"script {name} in the database")
        if len(_known) > _KEPT:
            _known.popitem(last=False)
    else:
        _known.move_to_end(digest)
    return found


def version_of(row: Row[Any]) -> ScriptVersion:
    """A row of `VERSION`."""
    return ScriptVersion(
        id=row.id,
        name=row.name,
        number=row.number,
        hash=row.hash,
        added_by=row.added_by,
        added_at=row.added_at,
        script=parsed(row.hash, row.source, name=row.name),
        source=row.source,
    )


async def read_version(connection: AsyncConnection, version_id: int) -> ScriptVersion:
    """The version of that id, which is there."""
    found = await connection.execute(text(f"{VERSION} WHERE version.id = :id"), {"id": version_id})
    return version_of(found.one())
