"""Calibrations: one call, several listeners, each blind to the others until all are done."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.errors import StoreError
from campaigns.store.quality_rows import CalibrationRow
from campaigns.store.quality_samples import lock_scorecard
from campaigns.store.recording_search import FoundRecording
from campaigns.store.scorecards import ScorecardRow

_CALIBRATIONS = """
SELECT calibration.id, calibration.scorecard_id, scorecard.name AS scorecard,
       client.name AS client, CAST(calibration.call_id AS text) AS call_id,
       (SELECT file_id FROM recording WHERE attempt_id = calibration.call_id
        ORDER BY seconds DESC NULLS LAST LIMIT 1) AS file_id,
       calibration.listener_ids,
       ARRAY(SELECT name FROM user_account WHERE id = ANY(calibration.listener_ids) ORDER BY name)
         AS listeners,
       (SELECT count(*) FROM quality_review WHERE calibration_id = calibration.id
          AND state = 'final') AS finals,
       calibration.opened_by, calibration.opened_at, calibration.closed_at
FROM quality_calibration AS calibration
JOIN scorecard ON scorecard.id = calibration.scorecard_id
JOIN client ON client.id = scorecard.client_id
WHERE CAST(:id AS bigint) IS NULL
   OR (CAST(:id AS bigint) = ANY(calibration.listener_ids)
       AND NOT EXISTS (SELECT 1 FROM quality_review WHERE calibration_id = calibration.id
                       AND listener_id = CAST(:id AS bigint) AND state = 'final'))
ORDER BY calibration.id DESC LIMIT 200
"""


class QualityCalibrations:
    """The calibrations."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def open(
        self, found: FoundRecording, card: ScorecardRow, *, listeners: Sequence[int], by: str,
        now: datetime,
    ) -> int:  # fmt: skip
        """Have these listeners score one call blind; the calibration's id. Raises StoreError: fewer
        than two, a call of another client, or one that was reviewed by this card already."""
        chosen = sorted(set(listeners))
        if len(chosen) < 2:
            raise StoreError("A calibration needs at least two listeners; choose another one.")
        if found.client_id != card.client_id:
            raise StoreError(f"The call was for {found.client}; choose a scorecard of theirs.")
        values = {
            "scorecard_id": card.id, "version": card.version, "call_id": found.call_id,
            "listeners": chosen, "by": by, "now": utc(now),
        }  # fmt: skip
        async with transaction(self._engine) as connection:
            await lock_scorecard(connection, card.id)
            known = await connection.scalar(
                text(
                    "SELECT (SELECT count(*) FROM quality_review WHERE scorecard_id = :scorecard_id"
                    "   AND call_id = CAST(:call_id AS uuid))"
                    " + (SELECT count(*) FROM quality_calibration"
                    "   WHERE scorecard_id = :scorecard_id AND call_id = CAST(:call_id AS uuid))"
                ),
                values,
            )
            if known:
                raise StoreError(
                    "The call was reviewed by this scorecard already, so nobody would be blind. "
                    "Choose another call."
                )
            calibration_id = await connection.scalar(
                text(
                    "INSERT INTO quality_calibration (scorecard_id, version, call_id, listener_ids,"
                    " opened_by, opened_at) VALUES (:scorecard_id, :version,"
                    " CAST(:call_id AS uuid), :listeners, :by, :now) RETURNING id"
                ),
                values,
            )
            await audit(
                connection, at=utc(now), by=by, action="calibration opened",
                subject=f"calibration {calibration_id}",
                details=json.dumps({"call": found.call_id, "listeners": chosen}),
            )  # fmt: skip
        return int(calibration_id or 0)

    async def list(self, listener_id: int | None = None) -> list[CalibrationRow]:
        """All, the newest first; or those that still wait for this listener's score."""
        async with reading(self._engine) as connection:
            found = await connection.execute(text(_CALIBRATIONS), {"id": listener_id})
            return [
                CalibrationRow(
                    **dict(row._mapping)
                    | {
                        "listener_ids": tuple(row.listener_ids),
                        "listeners": tuple(row.listeners),
                    }
                )
                for row in found
            ]
