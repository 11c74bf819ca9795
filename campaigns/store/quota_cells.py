"""How far each quota of a campaign is: read, begun anew with another script, counted on."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.scripts.expressions import Expression, Facts, as_json, evaluate
from campaigns.scripts.quotas import Cell
from campaigns.store.lead_writes import as_json as as_text
from campaigns.store.script_rows import ScriptVersion

_COMPLETE = """
SELECT call.call_id, lead.name, lead.external_id, lead.fields, list.name AS list,
       client.name AS client, campaign.name AS campaign,
       coalesce((SELECT jsonb_object_agg(question, value) FROM script_answer AS answer
                 WHERE answer.call_id = call.call_id AND replaced_at IS NULL), '{}') AS answers
FROM script_call AS call JOIN campaign ON campaign.id = call.campaign_id
JOIN client ON client.id = campaign.client_id
LEFT JOIN lead ON lead.id = call.lead_id LEFT JOIN lead_list AS list ON list.id = lead.list_id
WHERE call.campaign_id = :campaign_id AND call.result = 'complete'
"""


async def read_cells(connection: AsyncConnection, campaign_id: int) -> tuple[Cell, ...]:
    """The quotas in force, in the script's order."""
    found = await connection.execute(
        text(
            "SELECT name, target, interviews FROM quota_cell WHERE campaign_id = :id"
            " ORDER BY position"
        ),
        {"id": campaign_id},
    )
    return tuple(Cell(**row._mapping) for row in found)


async def set_cells(
    connection: AsyncConnection, campaign_id: int, version: ScriptVersion | None
) -> None:
    """Put the quotas of a version in force.

    A cell that is the same keeps its count; one that is new, or has another condition, begins with
    the complete interviews that are in it.
    """
    quotas = () if version is None else version.script.quotas
    found = await connection.execute(
        text(
            "SELECT name, condition, interviews FROM quota_cell WHERE campaign_id = :id FOR UPDATE"
        ),
        {"id": campaign_id},
    )
    before = {row.name: row for row in found}
    new = [q for q in quotas if q.name not in before or before[q.name].condition != as_json(q.when)]
    counts = await _recount(connection, campaign_id, {each.name: each.when for each in new})
    await connection.execute(
        text("DELETE FROM quota_cell WHERE campaign_id = :id"), {"id": campaign_id}
    )
    if quotas:
        await connection.execute(
            text(
                "INSERT INTO quota_cell (campaign_id, name, position, condition, target,"
                " interviews) VALUES (:campaign_id, :name, :position, CAST(:condition AS jsonb),"
                " :target, :interviews)"
            ),
            [
                {
                    "campaign_id": campaign_id,
                    "name": quota.name,
                    "position": position,
                    "condition": as_text(as_json(quota.when)),
                    "target": quota.target,
                    "interviews": counts[quota.name]
                    if quota.name in counts
                    else before[quota.name].interviews,
                }
                for position, quota in enumerate(quotas)
            ],
        )


async def _recount(
    connection: AsyncConnection, campaign_id: int, conditions: dict[str, Expression]
) -> dict[str, int]:
    """Complete interviews by cell; the interviews' own lists of cells are corrected with them."""
    counts = dict.fromkeys(conditions, 0)
    if not conditions:
        return counts
    rows: Sequence[Any] = (
        await connection.execute(text(_COMPLETE), {"campaign_id": campaign_id})
    ).all()
    changes = []
    for row in rows:
        words = ("name", "external_id", "list", "client", "campaign")
        facts = Facts(
            words={word: getattr(row, word) for word in words},
            fields=row.fields or {},
            answers=row.answers,
        )
        mine = [name for name, when in conditions.items() if evaluate(when, facts)]
        for name in mine:
            counts[name] += 1
        changes.append({"id": row.call_id, "mine": mine, "asked": list(conditions)})
    if changes:
        await connection.execute(
            text(
                "UPDATE script_call SET cells = ARRAY(SELECT unnest(cells) EXCEPT"
                "  SELECT unnest(CAST(:asked AS text[]))) || CAST(:mine AS text[])"
                " WHERE call_id = CAST(:id AS uuid)"
            ),
            changes,
        )
    return counts


async def count_cells(
    connection: AsyncConnection,
    campaign_id: int,
    *,
    before: Collection[str],
    after: Collection[str],
) -> None:
    """An interview that counted for some cells counts for others now.

    In the order of names, so that two that end at once do not wait for each other in a circle.
    """
    for name in sorted(set(before) ^ set(after)):
        await connection.execute(
            text(
                "UPDATE quota_cell SET interviews = greatest(0, interviews + :change)"
                " WHERE campaign_id = :campaign_id AND name = :name"
            ),
            {"campaign_id": campaign_id, "name": name, "change": 1 if name in after else -1},
        )
