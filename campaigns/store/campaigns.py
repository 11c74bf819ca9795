"""Campaigns: created from a spec, started, paused, stopped; every change is audited."""

import functools
import json
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.campaign_file import campaign_document, parse_campaign
from campaigns.campaign_spec import CampaignSpec
from campaigns.store.audit import changes
from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.errors import DuplicateCampaign, StoreError, UnknownCampaign, not_found
from campaigns.store.outbox import tell_campaign
from campaigns.store.rows import CampaignRow
from campaigns.store.teams import ensure_named

STATES = ("draft", "running", "paused", "stopped")

_SELECT = """
SELECT campaign.id, campaign.name, client.name AS client, team.id AS team_id,
       team.name AS team_name, campaign.state, CAST(campaign.spec AS text) AS spec,
       campaign.created_at, campaign.started_at, campaign.stopped_at
FROM campaign JOIN client ON client.id = campaign.client_id JOIN team ON team.id = campaign.team_id
"""


class Campaigns:
    """The campaigns."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def create(
        self, spec: CampaignSpec, *, by: str, now: datetime, replace: bool = False
    ) -> CampaignRow:
        """Create the campaign, and its client and team where they are new.

        With `replace` an existing campaign of that name takes the new settings and keeps its
        state and leads; without it `DuplicateCampaign` is raised.
        """
        now = utc(now)
        document = json.dumps(campaign_document(spec))
        async with transaction(self._engine) as connection:
            client_id = await ensure_named(connection, "client", spec.client, now)
            team_id = await ensure_named(connection, "team", spec.team, now)
            values = {
                "name": spec.name,
                "client_id": client_id,
                "team_id": team_id,
                "spec": document,
                "now": now,
            }
            added = await connection.execute(
                text(
                    "INSERT INTO campaign (client_id, team_id, name, spec, created_at, updated_at)"
                    " VALUES (:client_id, :team_id, :name, CAST(:spec AS jsonb), :now, :now)"
                    " ON CONFLICT (name) DO NOTHING RETURNING id"
                ),
                values,
            )
            campaign_id = added.scalar_one_or_none()
            if campaign_id is None:
                if not replace:
                    raise DuplicateCampaign(
                        f"There is a campaign '{spec.name}' already. Choose another "
                        "name, or replace its "
                        "settings."
                    )
                action, details = "campaign settings", await self._replace(connection, values)
                campaign_id = int(details.pop("id"))
            else:
                action, details = "campaign created", {"after": json.loads(document)}
            await _store_dispositions(connection, campaign_id, spec)
            if details["after"] or details.get("before"):
                # The same file again changes nothing, and the log says what changed.
                await audit(
                    connection,
                    at=now,
                    by=by,
                    action=action,
                    subject=f"campaign {spec.name}",
                    details=json.dumps(details),
                )
        return await self.by_id(campaign_id)

    async def _replace(self, connection: AsyncConnection, values: dict[str, Any]) -> dict[str, Any]:
        """The campaign's id, and what its settings were before and are after, where they differ."""
        busy = await connection.scalar(
            text(
                "SELECT count(*) FROM attempt JOIN campaign ON campaign.id = attempt.campaign_id"
                " WHERE campaign.name = :name AND attempt.team_id <> :team_id AND ended_at IS NULL"
            ),
            values,
        )
        if busy:
            raise StoreError(
                f"Campaign '{values['name']}' has {busy} calls open and cannot change "
                "its team now. "
                "Stop it, wait for them to end, then try again."
            )
        old = (
            await connection.execute(
                text("SELECT id, spec FROM campaign WHERE name = :name FOR UPDATE"), values
            )
        ).one()
        await connection.execute(
            text(
                "UPDATE campaign SET client_id = :client_id, team_id = :team_id, updated_at = :now,"
                " spec = CAST(:spec AS jsonb) WHERE name = :name"
            ),
            values,
        )
        return {"id": old.id, **changes(old.spec, json.loads(values["spec"]))}

    async def list(self) -> list[CampaignRow]:
        """All campaigns, by name."""
        async with reading(self._engine) as connection:
            found = await connection.execute(text(_SELECT + " ORDER BY campaign.name"))
            return [_row(row) for row in found]

    async def get(self, name: str) -> CampaignRow:
        """The campaign of that name. Raises `UnknownCampaign` with the nearest names."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(_SELECT + " WHERE campaign.name = :name"), {"name": name}
            )
            row = found.one_or_none()
            if row is not None:
                return _row(row)
            names = list((await connection.execute(text("SELECT name FROM campaign"))).scalars())
        raise UnknownCampaign(
            not_found("campaign", name, names, hint="See `dialer campaign list`.")
        )

    async def by_id(self, campaign_id: int) -> CampaignRow:
        """The campaign of that id. Raises `UnknownCampaign`."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(_SELECT + " WHERE campaign.id = :id"), {"id": campaign_id}
            )
            row = found.one_or_none()
        if row is None:
            raise UnknownCampaign(f"There is no campaign number {campaign_id}.")
        return _row(row)

    async def set_state(self, campaign_id: int, state: str, *, by: str, now: datetime) -> None:
        """Set the state: draft, running, paused or stopped. The same state again changes
        nothing."""
        if state not in STATES:
            raise StoreError(f"'{state}' is no state of a campaign; use {', '.join(STATES)}.")
        now = utc(now)
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text("SELECT name, state FROM campaign WHERE id = :id FOR UPDATE"),
                {"id": campaign_id},
            )
            row = found.one_or_none()
            if row is None:
                raise UnknownCampaign(f"There is no campaign number {campaign_id}.")
            if row.state == state:
                return
            await connection.execute(
                text(
                    "UPDATE campaign SET state = :state, updated_at = :now,"
                    " started_at = CASE WHEN :state = 'running' THEN coalesce(started_at, :now)"
                    "   ELSE started_at END,"
                    " stopped_at = CASE :state WHEN 'stopped' THEN :now WHEN 'running' THEN NULL"
                    "   ELSE stopped_at END"
                    " WHERE id = :id"
                ),
                {"id": campaign_id, "state": state, "now": now},
            )
            await audit(
                connection,
                at=now,
                by=by,
                action="campaign state",
                subject=f"campaign {row.name}",
                details=json.dumps({"from": row.state, "to": state}),
            )
            await tell_campaign(connection, campaign_id, now=now)


async def read_specs(
    connection: AsyncConnection, campaign_ids: list[int]
) -> dict[int, CampaignSpec]:
    """The settings of these campaigns, read inside the caller's transaction."""
    found = await connection.execute(
        text(
            "SELECT id, CAST(spec AS text) AS spec FROM campaign"
            " WHERE id = ANY(CAST(:ids AS bigint[]))"
        ),
        {"ids": campaign_ids},
    )
    return {row.id: _spec_of(row.spec) for row in found}


@functools.lru_cache(maxsize=256)
def _spec_of(document: str) -> CampaignSpec:
    """The spec that was stored as `document`; remembered, because every write of attempts
    reads it."""
    values = json.loads(document)
    return parse_campaign(values, source=f"campaign {values.get('name')} in the database")


async def _store_dispositions(
    connection: AsyncConnection, campaign_id: int, spec: CampaignSpec
) -> None:
    # Codes that left the file stay: old attempts still name them.
    await connection.execute(
        text(
            "INSERT INTO disposition (campaign_id, code, label, kind, is_final, position)"
            " VALUES (:campaign_id, :code, :label, :kind, :is_final, :position)"
            " ON CONFLICT (campaign_id, code) DO UPDATE SET label = excluded.label,"
            " kind = excluded.kind, is_final = excluded.is_final, position = excluded.position"
        ),
        [
            {
                "campaign_id": campaign_id,
                "code": each.code,
                "label": each.label,
                "kind": each.kind.value,
                "is_final": each.is_final,
                "position": position,
            }
            for position, each in enumerate(spec.dispositions)
        ],
    )


def _row(row: Row[Any]) -> CampaignRow:
    values = dict(row._mapping)
    return CampaignRow(**values | {"spec": _spec_of(row.spec)})
