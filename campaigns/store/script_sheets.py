"""The sheet of a call: which version is in force, the record, and what was answered so far."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.store.errors import UnknownAttempt, UnknownLead
from campaigns.store.quota_cells import read_cells
from campaigns.store.quota_rules import is_still_good
from campaigns.store.script_rows import ScriptVersion, Sheet
from campaigns.store.script_shelf import read_version

_CALL = """
SELECT campaign_id, lead_id, written_at AS began_at FROM attempt WHERE id = CAST(:id AS uuid)
UNION ALL
SELECT campaign_id, lead_id, arrived_at FROM return_call WHERE id = CAST(:id AS uuid)
"""
_OPEN = """
INSERT INTO script_call (call_id, campaign_id, lead_id, agent_id, version_id, began_at, trail,
                         cells)
SELECT CAST(:id AS uuid), :campaign_id, :lead_id, :agent_id, force.version_id, :now, '[]', '{}'
FROM (SELECT version_id FROM script_assignment
      WHERE campaign_id = :campaign_id AND assigned_at <= :began_at
      ORDER BY assigned_at DESC, id DESC LIMIT 1) AS force
WHERE force.version_id IS NOT NULL
ON CONFLICT (call_id) DO UPDATE SET agent_id = coalesce(excluded.agent_id, script_call.agent_id)
"""
_OPENED = """
SELECT call.*, CAST(call.call_id AS text) AS id,
       (SELECT coalesce(max(position) + 1, 0) FROM script_step_visit AS visit
        WHERE visit.call_id = call.call_id) AS visits
FROM script_call AS call WHERE call.call_id = CAST(:id AS uuid)
"""
_RECORD = """
SELECT lead.name, lead.external_id, lead.fields, list.name AS list
FROM lead JOIN lead_list AS list ON list.id = lead.list_id WHERE lead.id = :lead_id
"""
_WORDS = """
SELECT client.name AS client, campaign.name AS campaign,
       (SELECT name FROM agent WHERE id = :agent_id) AS agent
FROM campaign JOIN client ON client.id = campaign.client_id WHERE campaign.id = :campaign_id
"""
_EARLIER = """
SELECT DISTINCT ON (answer.question) answer.question, answer.value
FROM script_answer AS answer JOIN script_version AS version ON version.id = answer.version_id
JOIN script ON script.id = version.script_id
WHERE answer.lead_id = :lead_id AND answer.replaced_at IS NULL AND script.name = :script
  AND answer.call_id IS DISTINCT FROM CAST(:id AS uuid)
ORDER BY answer.question, answer.answered_at DESC, answer.id DESC
"""
_ANSWERS = """
SELECT question, value FROM script_answer
WHERE call_id = CAST(:id AS uuid) AND replaced_at IS NULL ORDER BY id
"""


async def open_call(
    connection: AsyncConnection, call_id: str, *, agent_id: int | None, now: datetime
) -> Sheet | None:
    """See `Scripts.open_call`."""
    row = (await connection.execute(text(_CALL), {"id": call_id})).one_or_none()
    if row is None:
        raise UnknownAttempt(f"There is no call {call_id}.")
    await connection.execute(
        text(_OPEN), dict(row._mapping) | {"id": call_id, "agent_id": agent_id, "now": now}
    )
    return await read_sheet(connection, call_id)


async def read_sheet(connection: AsyncConnection, call_id: str) -> Sheet | None:
    """The sheet of a call that was opened."""
    row = (await connection.execute(text(_OPENED), {"id": call_id})).one_or_none()
    if row is None:
        return None
    version = await read_version(connection, row.version_id)
    answers = await connection.execute(text(_ANSWERS), {"id": call_id})
    return await _sheet(connection, row, version, {each.question: each.value for each in answers})


async def sheet_of_lead(
    connection: AsyncConnection, lead_id: int, *, agent_id: int | None
) -> Sheet | None:
    """See `Scripts.sheet_of_lead`."""
    found = await connection.execute(
        text(
            "SELECT lead.campaign_id, lead.id AS lead_id, CAST(:agent_id AS bigint) AS agent_id,"
            " NULL AS id, CAST('[]' AS jsonb) AS trail, 0 AS visits, NULL AS ended_at,"
            " (SELECT version_id FROM script_assignment WHERE campaign_id = lead.campaign_id"
            "  ORDER BY assigned_at DESC, id DESC LIMIT 1) AS version_id"
            " FROM lead WHERE lead.id = :lead_id"
        ),
        {"lead_id": lead_id, "agent_id": agent_id},
    )
    row = found.one_or_none()
    if row is None:
        raise UnknownLead(f"There is no lead number {lead_id}.")
    if row.version_id is None:
        return None
    return await _sheet(connection, row, await read_version(connection, row.version_id), {})


async def _sheet(
    connection: AsyncConnection, row: Row[Any], version: ScriptVersion, answers: Mapping[str, Any]
) -> Sheet:
    values = {
        "campaign_id": row.campaign_id,
        "lead_id": row.lead_id,
        "agent_id": row.agent_id,
        "script": version.name,
        "id": row.id,
    }
    words = dict((await connection.execute(text(_WORDS), values)).one()._mapping)
    record = (await connection.execute(text(_RECORD), values)).one_or_none()
    if record is not None:
        words |= {"name": record.name, "external_id": record.external_id, "list": record.list}
    earlier = await connection.execute(text(_EARLIER), values)
    return Sheet(
        call_id=row.id,
        campaign_id=row.campaign_id,
        lead_id=row.lead_id,
        version=version,
        words=words,
        fields={} if record is None else record.fields,
        answers=answers,
        earlier={
            each.question: each.value
            for each in earlier
            if is_still_good(version.script, each.question, each.value)
        },
        trail=tuple(json.loads(row.trail) if isinstance(row.trail, str) else row.trail),
        visits=row.visits,
        cells=await read_cells(connection, row.campaign_id),
        ended_at=row.ended_at,
    )
