"""Files of leads that programs sent in: how far each is, and what was not imported of it."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.errors import StoreError

REJECTS_CHARS_MAX = 5_000_000
"""Of the rejects file; beyond it the file is cut, and says so in its last line."""
SIGN_SECONDS_MAX = 60.0
"""A file whose reader has given no sign of life for so long is nobody's any more."""
INTERRUPTED = (
    "The dialer stopped while it read the file. What it had read is imported. Send the file again: "
    "nothing is imported twice."
)

_SELECT = f"""
SELECT upload.id, campaign.name AS campaign, upload.file, upload.list, upload.by, upload.began_at,
       upload.state, upload.ended_at, upload.counts, upload.error,
       upload.rejects IS NOT NULL AS has_rejects,
       upload.state = 'running' AND upload.seen_at
         < clock_timestamp() - make_interval(secs => {SIGN_SECONDS_MAX}) AS is_left
FROM lead_upload AS upload JOIN campaign ON campaign.id = upload.campaign_id
WHERE upload.campaign_id = ANY(CAST(:campaigns AS bigint[]))
"""  # noqa: S608 - of fixed words


class UnknownUpload(StoreError):  # noqa: N818 - the name is the sentence
    """No file of that number was sent in for these campaigns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that was sent in."""

    id: int
    campaign: str
    file: str
    list: str
    by: str
    began_at: datetime
    state: str
    """running, done, failed, or interrupted: left behind by a dialer that stopped."""
    ended_at: datetime | None
    counts: Mapping[str, int] | None
    """rows, inserted, merged, unchanged, refused, rejected and bad_numbers, once done."""
    error: str | None
    """Why the file could not be read to its end."""
    has_rejects: bool


class LeadUploads:
    """The files."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def begin(
        self, campaign_id: int, *, file: str, list_name: str, by: str, now: datetime
    ) -> int:
        """Note that a file is being imported; its number. Say `seen` of it until its `end`."""
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text(
                    "INSERT INTO lead_upload (campaign_id, file, list, by, began_at, state,"
                    " seen_at) VALUES (:campaign_id, :file, :list, :by, :now, 'running',"
                    " clock_timestamp()) RETURNING id"
                ),
                {
                    "campaign_id": campaign_id,
                    "file": file,
                    "list": list_name,
                    "by": by,
                    "now": utc(now),
                },
            )
            return int(found.scalar_one())

    async def seen(self, upload_id: int) -> None:
        """Its reader is alive. The database's own clock counts, like that of leases."""
        async with transaction(self._engine) as connection:
            await connection.execute(
                text("UPDATE lead_upload SET seen_at = clock_timestamp() WHERE id = :id"),
                {"id": upload_id},
            )

    async def end(
        self,
        upload_id: int,
        *,
        counts: Mapping[str, int] | None,
        error: str | None,
        rejects: str | None,
        now: datetime,
    ) -> None:
        """Note how it went, in the audit log too. What was merged before an error stays merged."""
        now = utc(now)
        if rejects is not None and len(rejects) > REJECTS_CHARS_MAX:
            whole_lines = rejects[:REJECTS_CHARS_MAX].rpartition("\n")[0]
            rejects = f"{whole_lines}\n... and more; the file was too long to keep\n"
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text(
                    "UPDATE lead_upload SET state = :state, ended_at = :now, error = :error,"
                    " counts = CAST(:counts AS jsonb), rejects = :rejects FROM campaign"
                    " WHERE lead_upload.id = :id AND campaign.id = lead_upload.campaign_id"
                    " RETURNING campaign.name, lead_upload.by, lead_upload.file"
                ),
                {
                    "id": upload_id,
                    "state": "done" if error is None else "failed",
                    "now": now,
                    "error": error,
                    "counts": None if counts is None else json.dumps(dict(counts)),
                    # A database's text holds no NUL.
                    "rejects": None if rejects is None else rejects.replace("\0", ""),
                },
            )
            row = found.one()
            details: dict[str, Any] = {"file": row.file, "error": error} | dict(counts or {})
            await audit(
                connection,
                at=now,
                by=row.by,
                action="leads imported",
                subject=f"campaign {row.name}",
                details=json.dumps(details),
            )

    async def get(self, campaign_ids: Collection[int], upload_id: int) -> Upload:
        """One file. Raises `UnknownUpload`, also for one of another campaign."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(f"{_SELECT} AND upload.id = :id"),
                {"campaigns": sorted(campaign_ids), "id": upload_id},
            )
            row = found.one_or_none()
        if row is None:
            raise UnknownUpload(f"There is no upload number {upload_id}.")
        return _upload(row)

    async def page(self, campaign_ids: Collection[int], *, before: int, most: int) -> list[Upload]:
        """Files with a number below `before`, the latest first."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(f"{_SELECT} AND upload.id < :before ORDER BY upload.id DESC LIMIT :most"),
                {"campaigns": sorted(campaign_ids), "before": before, "most": most},
            )
            return [_upload(row) for row in found]

    async def rejects(self, campaign_ids: Collection[int], upload_id: int) -> str | None:
        """The rejects file as CSV; None when everything was imported. Raises `UnknownUpload`."""
        await self.get(campaign_ids, upload_id)
        async with reading(self._engine) as connection:
            rejects: str | None = await connection.scalar(
                text("SELECT rejects FROM lead_upload WHERE id = :id"), {"id": upload_id}
            )
        return rejects


def _upload(row: Row[Any]) -> Upload:
    words = dict(row._mapping)
    if words.pop("is_left"):
        words |= {"state": "interrupted", "error": INTERRUPTED}
    return Upload(**words)
