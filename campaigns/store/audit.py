"""The audit log as people read it: who changed what, when, and what it was before.

Every noun of the store writes its own lines, in the transaction of the change. Numbers do not stand
in them, only their hashes, so that a person can be forgotten and the evidence kept.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.privacy_words import number_hash
from campaigns.store.rows import AuditLine

LINES_MAX = 10_000
"""More than anyone reads; a longer log is read in stretches with `since` and `until`."""

_SELECT = """
SELECT id, at, "by", action, subject, details FROM audit_log
WHERE (CAST(:subject AS text) IS NULL OR subject ILIKE :pattern OR details ->> 'campaign' = :subject
       OR position(CAST(:hash AS text) in details::text) > 0
       OR position(CAST(:hash AS text) in subject) > 0)
  AND (CAST(:since AS timestamptz) IS NULL OR at >= :since)
  AND (CAST(:until AS timestamptz) IS NULL OR at < :until)
  AND (CAST(:by AS text) IS NULL OR "by" = :by)
ORDER BY at DESC, id DESC LIMIT :count
"""


class AuditLog:
    """The audit log; it can be added to and read, and nothing else."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(
        self, *, by: str, action: str, subject: str, details: Mapping[str, Any], now: datetime
    ) -> None:
        """Add a line about something that is no change of the store itself, such as an export.

        `details` is plain JSON and holds no number.
        """
        async with transaction(self._engine) as connection:
            await audit(
                connection,
                at=utc(now),
                by=by,
                action=action,
                subject=subject,
                details=json.dumps(details, allow_nan=False),
            )

    async def lines(
        self,
        subject: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        by: str | None = None,
        count: int = LINES_MAX,
    ) -> list[AuditLine]:
        """The latest lines, newest first: all, or those whose subject contains `subject`.

        A `subject` that is a number in E.164 is looked for by its hash.
        """
        is_number = subject is not None and subject.startswith("+") and subject[1:].isdigit()
        pattern = None if subject is None else f"%{_escaped(subject)}%"
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(_SELECT),
                {
                    "subject": subject,
                    "pattern": pattern,
                    # No hash is found where none is asked for: it would match every line if empty.
                    "hash": number_hash(subject) if subject is not None and is_number else "\n",
                    "since": None if since is None else utc(since),
                    "until": None if until is None else utc(until),
                    "by": by,
                    "count": min(count, LINES_MAX),
                },
            )
            return [AuditLine(**row._mapping) for row in found]


def _escaped(words: str) -> str:
    """For LIKE, whose wildcards a name may hold."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What differs between two JSON objects, as {"before": ..., "after": ...} with only those keys.

    Tables inside are compared key by key, named with a dot (`retry.attempts_max`).
    """
    old, new = _flat(before), _flat(after)
    keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return {
        "before": {key: old[key] for key in keys if key in old},
        "after": {key: new[key] for key in keys if key in new},
    }


def _flat(document: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, Mapping) and value:
            found |= _flat(value, f"{above}{key}.")
        else:
            found[f"{above}{key}"] = value
    return found
