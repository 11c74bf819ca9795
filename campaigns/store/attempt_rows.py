"""Reading attempts."""

from typing import Any

from sqlalchemy import Row

from campaigns.store.rows import AttemptRow

ATTEMPT_SELECT = """
SELECT CAST(attempt.id AS text) AS call_id, attempt.campaign_id, attempt.team_id, attempt.lead_id,
       attempt.phone_id, attempt.number, attempt.trunk, attempt.caller_id, attempt.owner,
       attempt.written_at, attempt.originated_at, attempt.ringing_at, attempt.answered_at,
       attempt.bridged_at, attempt.ended_at, attempt.outcome, attempt.cause, attempt.agent_id,
       attempt.is_live, attempt.is_abandoned, attempt.disposition,
       string_to_array(phone.time_zones, ',') AS time_zones
FROM attempt JOIN lead_phone AS phone ON phone.id = attempt.phone_id
"""


def attempt_row(row: Row[Any]) -> AttemptRow:
    """A row of `ATTEMPT_SELECT`."""
    values = dict(row._mapping)
    values["time_zones"] = tuple(values["time_zones"])
    return AttemptRow(**values)
