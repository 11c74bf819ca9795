"""Client companies: what was agreed with them, and what they are billed for."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.errors import StoreError, not_found
from campaigns.store.teams import client_id_of
from campaigns.tariff import BadTariff, Tariff, read_tariff
from campaigns.usage import Usage, UsageCounts, priced, shares

_CALLS = """
SELECT count(*) FILTER (WHERE outcome IS DISTINCT FROM 'switch_limit') AS attempts,
       count(*) FILTER (WHERE is_live AND bridged_at IS NOT NULL) AS contacts,
       CAST(coalesce(sum(ceil(extract(epoch FROM ended_at - bridged_at) / :step) * :step)
         FILTER (WHERE is_live AND bridged_at IS NOT NULL AND ended_at IS NOT NULL), 0) AS bigint)
         AS talk_seconds
FROM attempt WHERE campaign_id = :campaign_id AND written_at >= :since AND written_at < :until
"""
_BUSY = """
SELECT activity.team_id, activity.campaign_id, activity.state,
       CAST(sum(extract(epoch FROM least(coalesce(activity.ended_at, :now), :until)
                                 - greatest(activity.began_at, :since))) AS double precision)
         AS seconds
FROM agent_activity AS activity
WHERE activity.team_id IN (SELECT team_id FROM campaign WHERE client_id = :client_id)
  AND activity.state IN ('talking', 'wrap_up', 'ready', 'reserved')
  AND activity.began_at < :until AND coalesce(activity.ended_at, :now) > :since
GROUP BY 1, 2, 3
"""
_PROGRESS = """
SELECT campaign.id, leads.leads, leads.finished, calls.contacts, calls.sales, calls.last_attempt_at
FROM campaign
CROSS JOIN LATERAL (
  SELECT count(*) AS leads, count(*) FILTER (WHERE state IN ('done', 'invalid')) AS finished
  FROM lead WHERE lead.campaign_id = campaign.id
) AS leads
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE is_live AND bridged_at IS NOT NULL) AS contacts,
         count(*) FILTER (WHERE disposition.kind = 'sale') AS sales,
         max(written_at) AS last_attempt_at
  FROM attempt LEFT JOIN disposition ON disposition.campaign_id = attempt.campaign_id
    AND disposition.code = attempt.disposition
  WHERE attempt.campaign_id = campaign.id
) AS calls
WHERE campaign.id = ANY(CAST(:ids AS bigint[]))
"""
_BUSY_STATES = ("talking", "wrap_up")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What was agreed: for a client, or for one campaign of it."""

    client: str
    campaign: str | None
    """None: for all campaigns that have none of their own."""
    tariff: Tariff | None
    hears_recordings: bool
    """The client's people may listen to the campaigns' recordings."""
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a campaign is."""

    leads: int
    finished: int
    contacts: int
    sales: int
    last_attempt_at: datetime | None

    @property
    def left(self) -> int:
        """Leads that may still be called."""
        return self.leads - self.finished

    @property
    def finished_ratio(self) -> float | None:
        """Finished leads of all."""
        return self.finished / self.leads if self.leads else None


class Clients:
    """The client companies."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def list(self) -> Sequence[str]:
        """Their names."""
        async with reading(self._engine) as connection:
            found = await connection.execute(text("SELECT name FROM client ORDER BY lower(name)"))
            return [str(each) for each in found.scalars()]

    async def agree(
        self,
        client: str,
        *,
        campaign: str | None = None,
        tariff: str | None = None,
        hears_recordings: bool | None = None,
        by: str,
        now: datetime,
    ) -> Contract:
        """Set what was agreed; None leaves a thing as it is. `tariff` is a file's text.

        Raises StoreError for an unknown client or campaign, and for a tariff that cannot be used.
        """
        if tariff is not None:
            _read(tariff)
        async with transaction(self._engine) as connection:
            client_id = await client_id_of(connection, client)
            campaign_id = campaign and await _campaign_of(connection, client_id, client, campaign)
            await connection.execute(
                text(
                    "INSERT INTO client_contract AS kept (client_id, campaign_id, tariff,"
                    " hears_recordings, changed_at, changed_by)"
                    " VALUES (:client_id, :campaign_id, :tariff, coalesce(:hears, false), :now,"
                    " :by) ON CONFLICT (client_id, (coalesce(campaign_id, 0))) DO UPDATE SET"
                    " tariff = coalesce(excluded.tariff, kept.tariff),"
                    " hears_recordings = coalesce(:hears, kept.hears_recordings),"
                    " changed_at = excluded.changed_at, changed_by = excluded.changed_by"
                ),
                {
                    "client_id": client_id,
                    "campaign_id": campaign_id,
                    "tariff": tariff,
                    "hears": hears_recordings,
                    "now": utc(now),
                    "by": by,
                },
            )
            await audit(
                connection,
                at=utc(now),
                by=by,
                action="contract changed",
                subject=f"client {client}",
                details=json.dumps(
                    {"campaign": campaign, "tariff": tariff, "hears_recordings": hears_recordings}
                ),
            )
        found = await self.contracts(client)
        return next(each for each in found if each.campaign == campaign)

    async def contracts(self, client: str | None = None) -> Sequence[Contract]:
        """What was agreed with one client or all, the general one before those of campaigns."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    "SELECT client.name AS client, campaign.name AS campaign, c.tariff,"
                    " c.hears_recordings, c.changed_at, c.changed_by FROM client_contract AS c"
                    " JOIN client ON client.id = c.client_id"
                    " LEFT JOIN campaign ON campaign.id = c.campaign_id"
                    " WHERE CAST(:client AS text) IS NULL OR client.name = :client"
                    " ORDER BY lower(client.name), campaign.name NULLS FIRST"
                ),
                {"client": client},
            )
            return [
                Contract(**dict(row._mapping) | {"tariff": row.tariff and _read(row.tariff)})
                for row in found
            ]

    async def contract_of(self, client: str, campaign: str) -> Contract | None:
        """What holds for one campaign: its own contract, or the client's general one."""
        found = {each.campaign: each for each in await self.contracts(client)}
        return found.get(campaign) or found.get(None)

    async def progress(self, campaign_ids: Collection[int]) -> dict[int, Progress]:
        """How far campaigns are, by id."""
        async with reading(self._engine) as connection:
            found = await connection.execute(text(_PROGRESS), {"ids": sorted(campaign_ids)})
            return {
                row.id: Progress(
                    leads=row.leads,
                    finished=row.finished,
                    contacts=row.contacts,
                    sales=row.sales,
                    last_attempt_at=row.last_attempt_at,
                )
                for row in found
            }

    async def usage(self, client: str, since: datetime, until: datetime, *, now: datetime) -> Usage:
        """What the client used in [since, until), priced by what holds for each campaign.

        Raises StoreError for an unknown client.
        """
        values: dict[str, Any] = {"since": utc(since), "until": utc(until), "now": utc(now)}
        found = {each.campaign: each for each in await self.contracts(client)}
        async with reading(self._engine) as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            values["client_id"] = await client_id_of(connection, client)
            campaigns = (
                await connection.execute(
                    text(
                        "SELECT id, name, team_id FROM campaign WHERE client_id = :client_id"
                        " ORDER BY name"
                    ),
                    values,
                )
            ).all()
            seconds = await _agent_seconds(connection, values)
            used = []
            for row in campaigns:
                contract = found.get(row.name) or found.get(None)
                tariff = None if contract is None else contract.tariff
                step = 1 if tariff is None else tariff.minute_step_seconds
                calls = (
                    await connection.execute(
                        text(_CALLS), values | {"campaign_id": row.id, "step": step}
                    )
                ).one()
                counts = UsageCounts(
                    campaign_id=row.id,
                    campaign=row.name,
                    agent_seconds=round(seconds.get(row.id, 0.0)),
                    **calls._mapping,
                )
                used.append(priced(counts, tariff))
        return Usage(client=client, since=since, until=until, campaigns=tuple(used))


async def _agent_seconds(
    connection: AsyncConnection, values: Mapping[str, Any]
) -> dict[int, float]:
    """Billed seconds by campaign; those of other clients' campaigns too, whose teams are shared."""
    busy: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    waiting: dict[int, float] = defaultdict(float)
    for row in await connection.execute(text(_BUSY), dict(values)):
        if row.state in _BUSY_STATES and row.campaign_id is not None:
            busy[row.team_id][row.campaign_id] += row.seconds
        elif row.state not in _BUSY_STATES:
            waiting[row.team_id] += row.seconds
    billed: dict[int, float] = defaultdict(float)
    for team_id in sorted({*busy, *waiting}):
        of_team = busy[team_id] or dict.fromkeys(await _running(connection, team_id, values), 0.0)
        parts: Sequence[float] = shares(list(of_team.values()), waiting[team_id]) if of_team else ()
        for (campaign_id, worked), waited in zip(of_team.items(), parts, strict=True):
            billed[campaign_id] += worked + waited
    return billed


async def _running(
    connection: AsyncConnection, team_id: int, values: Mapping[str, Any]
) -> list[int]:
    """The team's campaigns that dialled in the period, whose agents waited and had no call."""
    found = await connection.execute(
        text(
            "SELECT DISTINCT campaign_id FROM attempt WHERE team_id = :team_id"
            " AND written_at >= :since AND written_at < :until ORDER BY 1"
        ),
        {"team_id": team_id, "since": values["since"], "until": values["until"]},
    )
    return list(found.scalars())


async def _campaign_of(
    connection: AsyncConnection, client_id: int, client: str, campaign: str
) -> int:
    found = (
        await connection.execute(
            text("SELECT id, name FROM campaign WHERE client_id = :id"), {"id": client_id}
        )
    ).all()
    for row in found:
        if row.name == campaign:
            return int(row.id)
    raise StoreError(
        not_found(
            "campaign",
            campaign,
            [row.name for row in found],
            hint=f"Client '{client}' has none of that name; see `dialer campaign list`.",
        )
    )


def _read(tariff: str) -> Tariff:
    try:
        return read_tariff(tariff)
    except BadTariff as error:
        raise StoreError(str(error)) from error
