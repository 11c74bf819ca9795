"""Leads: merged from lists, leased for calling, given back, counted, shown and exported."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.campaign_spec import CampaignSpec, LeadOrder
from campaigns.number_plans import PhoneKind
from campaigns.store.attempt_rows import ATTEMPT_SELECT, attempt_row
from campaigns.store.campaigns import read_specs
from campaigns.store.database import reading, transaction, utc
from campaigns.store.do_not_call import (
    applies,
    find_hits,
    forbidding_words,
    read_named_lists,
    stale_lists,
)
from campaigns.store.errors import LeaseLost, UnknownCampaign, UnknownLead
from campaigns.store.gate_facts import covered_among, law_of
from campaigns.store.hopper import LEAD_PAST, LEASE, few_of
from campaigns.store.lead_merge import Duplicates, merge_leads
from campaigns.store.lead_writes import forbid_phones
from campaigns.store.leases import holds_lease
from campaigns.store.quota_rules import QUOTA_REASON, full_leads, read_quota_rules
from campaigns.store.refused_tries import record_refused
from campaigns.store.rows import (
    LeadCounts,
    LeadExport,
    LeadRecord,
    LeasedLead,
    MergeReport,
    NewLead,
    PhoneRow,
)

_ROUNDS_MAX = 8
"""A lease looks again as often when do-not-call hits left it short; the rest comes with the
next lease."""
_STRIDE_MAX = 500
"""Leads taken at once while looking for ones that no list forbids."""
_EXPORT_ROWS = 2000
"""Rows a cursor fetches at once: a few hundred kilobytes."""
LEASE_COUNT_MAX = 10_000
"""More than any hopper holds; guards against a count computed from nonsense."""


class Leads:
    """The leads."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def merge(
        self,
        campaign_id: int,
        list_name: str,
        rows: Sequence[NewLead],
        *,
        duplicates: Duplicates,
        now: datetime,
    ) -> MergeReport:
        """Merge rows into the campaign in one transaction; the same rows again are all "unchanged".

        A row is an existing lead when its external id or one of its numbers is that lead's.
        `duplicates` "merge" lets it fill gaps (existing data wins); "refuse" leaves the lead
        alone and reports the row, unless it says nothing new. A row without numbers is refused. A
        thousand rows or more at once are fastest. Raises `UnknownCampaign`.
        """
        async with transaction(self._engine) as connection:
            await _require_campaign(connection, campaign_id)
            return await merge_leads(
                connection, campaign_id, list_name, rows, duplicates=duplicates, now=utc(now)
            )

    async def lease(
        self,
        campaign_id: int,
        count: int,
        *,
        owner: str,
        now: datetime,
        token: int | None = None,
    ) -> list[LeasedLead]:
        """Take up to `count` leads that may be called now, best first; nobody else gets them.

        Best: highest priority, then by the campaign's lead order fresh leads or those due again,
        then earliest due, then in list order. Only leads whose calling hours, by the campaign and
        by the law of every place they may be in, are open in all their possible time zones, and
        whose law asks for no do-not-call list that is missing or stale; numbers on a do-not-call
        list are passed over for good, leads whose quota is full until it is raised. All else is
        decided when the attempt is written. Fewer than asked for means that no more are callable
        now (or that another lease holds them this instant).

        `token` is the fencing token of the team's lease. Raises `LeaseLost`, `UnknownCampaign`.
        """
        now = utc(now)
        count = min(count, LEASE_COUNT_MAX)
        async with transaction(self._engine) as connection:
            client_id = await self._require_lease(connection, campaign_id, owner, token)
            spec = (await read_specs(connection, [campaign_id]))[campaign_id]
            closing = await _open_keys(connection, campaign_id, spec, now)
            if count <= 0 or not closing:
                return []
            values = {
                "campaign_id": campaign_id,
                "open_zones": [zones for zones, _ in closing],
                "open_places": [places for _, places in closing],
                "now": now,
                "owner": owner,
                "fresh_first": spec.order is LeadOrder.LIST,
            }
            found: list[Row[Any]] = []
            asked = count
            for _ in range(_ROUNDS_MAX):
                looked = {"count": asked, "few": few_of(asked, keys=len(closing))}
                rows = await connection.execute(text(LEASE), values | looked)
                taken = rows.all()
                allowed = await _without_forbidden(
                    connection, campaign_id, client_id, spec, taken, now
                )
                allowed = await _without_full(connection, campaign_id, allowed, now)
                found += allowed
                if len(found) >= count or len(allowed) == len(taken):
                    break
                # A list may forbid a whole stretch of the leads: look further in longer strides.
                asked = min(4 * asked, max(count, _STRIDE_MAX))
            spare = [lead.lead_id for lead in found[count:]]
            if spare:
                await _give_back(connection, spare)
            return await _leased(connection, client_id, spec, found[:count], closing, now)

    async def _require_lease(
        self, connection: AsyncConnection, campaign_id: int, owner: str, token: int | None
    ) -> int:
        """The client of the campaign. Raises `LeaseLost`, `UnknownCampaign`."""
        team_id = await _require_campaign(connection, campaign_id)
        if not await holds_lease(connection, team_id, owner, token):
            raise LeaseLost(
                f"'{owner}' no longer holds the lease of team number {team_id}: "
                "another process dials for "
                "it, or the lease was not renewed in time. This process must not dial any more."
            )
        client_id = await connection.scalar(
            text("SELECT client_id FROM campaign WHERE id = :id"), {"id": campaign_id}
        )
        return int(client_id)

    async def release(self, lead_ids: Sequence[int], *, owner: str) -> int:
        """Give leads back untouched; how many were still leased by `owner`. Others are left
        alone."""
        return await self._release(
            "lead.id = ANY(CAST(:ids AS bigint[]))", ids=list(lead_ids), owner=owner
        )

    async def postpone(self, lead_id: int, *, owner: str, until: datetime) -> bool:
        """Give one lead back, not to be called before `until`; False when `owner` has it no more.

        It never comes sooner than its rules had it.
        """
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text(
                    "UPDATE lead SET state = 'callable', leased_by = NULL,"
                    " next_call_at = greatest(next_call_at, :until)"
                    " WHERE id = :id AND state = 'leased' AND leased_by = :owner"
                ),
                {"id": lead_id, "owner": owner, "until": utc(until)},
            )
            return found.rowcount == 1

    async def release_all(self, owner: str) -> int:
        """Give back every lead `owner` has leased and not begun to dial; how many. For restarts."""
        return await self._release("true", owner=owner)

    async def release_team(self, team_id: int, *, keep_owner: str) -> int:
        """Give back the leads of the team's campaigns leased by anyone but `keep_owner`; how many.

        For the process that has just acquired the team's lease from one that died.
        """
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text(
                    "UPDATE lead SET state = 'callable', leased_by = NULL WHERE id IN ("
                    " SELECT lead.id FROM lead JOIN campaign ON campaign.id = lead.campaign_id"
                    " WHERE lead.state = 'leased' AND lead.leased_by <> :owner"
                    " AND campaign.team_id = :team_id ORDER BY lead.id FOR UPDATE OF lead)"
                ),
                {"owner": keep_owner, "team_id": team_id},
            )
            return found.rowcount

    async def _release(self, condition: str, **values: Any) -> int:
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text(
                    "UPDATE lead SET state = 'callable', leased_by = NULL WHERE id IN ("  # noqa: S608
                    " SELECT id FROM lead WHERE state = 'leased' AND leased_by = :owner"
                    f" AND {condition} ORDER BY id FOR UPDATE)"
                ),
                values,
            )
            return found.rowcount

    async def counts(self, campaign_id: int, now: datetime) -> LeadCounts:
        """How far the campaign's leads are at `now`. Reads every lead of the campaign once."""
        now = utc(now)
        async with reading(self._engine) as connection:
            await _require_campaign(connection, campaign_id)
            spec = (await read_specs(connection, [campaign_id]))[campaign_id]
            open_keys = await _open_keys(connection, campaign_id, spec, now)
            found = await connection.execute(
                text(
                    "SELECT state, state = 'callable' AND next_call_at <= :now"
                    "   AND (time_zones, jurisdictions) IN (SELECT * FROM unnest("
                    "   CAST(:open_zones AS text[]), CAST(:open_places AS text[]))) AS is_due,"
                    " count(*) AS total, count(*) FILTER (WHERE NOT is_fresh) AS attempted"
                    " FROM lead WHERE campaign_id = :campaign_id GROUP BY 1, 2"
                ),
                {
                    "campaign_id": campaign_id,
                    "now": now,
                    "open_zones": [zones for zones, _ in open_keys],
                    "open_places": [places for _, places in open_keys],
                },
            )
            rows = found.all()
        states: dict[str, int] = dict.fromkeys(("leased", "dialling", "done", "invalid"), 0)
        due = waiting = 0
        for row in rows:
            if row.state in states:
                states[row.state] += row.total
            elif row.is_due:
                due += row.total
            else:
                waiting += row.total
        return LeadCounts(
            total=due + waiting + sum(states.values()),
            callable_now=due,
            waiting=waiting,
            attempted=sum(row.attempted for row in rows),
            **states,
        )

    async def get(self, lead_id: int) -> LeadRecord:
        """Everything about a lead, for the agent's screen. Raises `UnknownLead`."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    "SELECT lead.*, lead_list.name AS list_name FROM lead"
                    " JOIN lead_list ON lead_list.id = lead.list_id WHERE lead.id = :id"
                ),
                {"id": lead_id},
            )
            row = found.one_or_none()
            if row is None:
                raise UnknownLead(f"There is no lead number {lead_id}.")
            phones = await connection.execute(
                text("SELECT * FROM lead_phone WHERE lead_id = :id ORDER BY position"),
                {"id": lead_id},
            )
            attempts = await connection.execute(
                text(
                    f"{ATTEMPT_SELECT} WHERE attempt.lead_id = :id"
                    " ORDER BY attempt.written_at DESC, attempt.id LIMIT 50"
                ),
                {"id": lead_id},
            )
            return LeadRecord(
                id=row.id,
                campaign_id=row.campaign_id,
                list_name=row.list_name,
                external_id=row.external_id,
                name=row.name,
                fields=row.fields,
                priority=row.priority,
                state=row.state,
                next_call_at=row.next_call_at,
                tries=row.tries,
                done_reason=row.done_reason,
                phones=tuple(
                    PhoneRow(
                        id=phone.id,
                        position=phone.position,
                        number=phone.number,
                        kind=phone.kind,
                        time_zones=tuple(phone.time_zones.split(",")),
                        state=phone.state,
                    )
                    for phone in phones
                ),
                attempts=tuple(attempt_row(attempt) for attempt in attempts),
            )

    async def export(self, campaign_id: int) -> AsyncGenerator[LeadExport, None]:
        """All leads of the campaign in list order, streamed: memory does not grow with their
        number."""
        async with reading(self._engine) as connection:
            await _require_campaign(connection, campaign_id)
            stream = await connection.stream(
                text(_EXPORT), {"campaign_id": campaign_id}, execution_options=_STREAMING
            )
            async for row in stream:
                values = dict(row._mapping)
                yield LeadExport(**values | {"numbers": tuple(row.numbers or ())})


_STREAMING = {"yield_per": _EXPORT_ROWS}
_EXPORT = """
SELECT lead.id AS lead_id, lead_list.name AS list_name, lead.external_id, lead.name, lead.fields,
       (SELECT array_agg(number ORDER BY position) FROM lead_phone WHERE lead_id = lead.id)
         AS numbers,
       lead.state, lead.done_reason, lead.tries, lead.next_call_at,
       attempt.outcome AS last_outcome, attempt.disposition AS last_disposition,
       attempt.written_at AS last_attempt_at, agent.name AS last_agent
FROM lead JOIN lead_list ON lead_list.id = lead.list_id
LEFT JOIN attempt ON attempt.id = lead.last_call_id
LEFT JOIN agent ON agent.id = attempt.agent_id
WHERE lead.campaign_id = :campaign_id ORDER BY lead.id
"""


async def _without_forbidden(
    connection: AsyncConnection,
    campaign_id: int,
    client_id: int,
    spec: CampaignSpec,
    taken: Sequence[Row[Any]],
    now: datetime,
) -> list[Row[Any]]:
    """The leads whose numbers no list forbids to this campaign; the others are moved on for
    good."""
    hits = await find_hits(connection, [lead.number for lead in taken])
    if not hits:
        return list(taken)
    forbidden = {}
    refused = {}
    for lead in taken:
        if lead.number not in hits:
            continue
        law = law_of(spec, lead.jurisdictions, lead.kind, now)
        national = frozenset(each.name for each in law.national_lists)
        for hit in hits[lead.number]:
            if applies(
                hit,
                spec=spec,
                campaign_id=campaign_id,
                client_id=client_id,
                national=national,
                countries=law.countries,
            ):
                forbidden[lead.lead_id] = lead.phone_id
                refused[lead.lead_id] = ("do_not_call", forbidding_words(hit))
                break
    await forbid_phones(connection, forbidden, now=now)
    await record_refused(connection, refused, now)
    return [lead for lead in taken if lead.lead_id not in forbidden]


async def _without_full(
    connection: AsyncConnection, campaign_id: int, taken: Sequence[Row[Any]], now: datetime
) -> list[Row[Any]]:
    """The leads that still count towards a quota; the others are done until it is raised."""
    rules = await read_quota_rules(connection, [campaign_id])
    refused = await full_leads(connection, rules, [lead.lead_id for lead in taken])
    if not refused:
        return list(taken)
    moved = await connection.execute(
        text(
            "UPDATE lead SET state = 'done', done_reason = :reason, leased_by = NULL"
            " WHERE id = ANY(CAST(:ids AS bigint[])) AND NOT EXISTS (SELECT 1 FROM callback"
            "   WHERE callback.lead_id = lead.id AND callback.state IN ('open', 'due'))"
            " RETURNING id"
        ),
        {"ids": list(refused), "reason": QUOTA_REASON},
    )
    gone = set(moved.scalars())
    words = {lead_id: ("quota_full", why) for lead_id, why in refused.items() if lead_id in gone}
    await record_refused(connection, words, now)
    return [lead for lead in taken if lead.lead_id not in gone]


async def _give_back(connection: AsyncConnection, lead_ids: Sequence[int]) -> None:
    await connection.execute(
        text(
            "UPDATE lead SET state = 'callable', leased_by = NULL"
            " WHERE id = ANY(CAST(:ids AS bigint[]))"
        ),
        {"ids": list(lead_ids)},
    )


async def _require_campaign(connection: AsyncConnection, campaign_id: int) -> int:
    """The team of the campaign."""
    team_id = await connection.scalar(
        text("SELECT team_id FROM campaign WHERE id = :id"), {"id": campaign_id}
    )
    if team_id is None:
        raise UnknownCampaign(f"There is no campaign number {campaign_id}.")
    return int(team_id)


async def _open_keys(
    connection: AsyncConnection, campaign_id: int, spec: CampaignSpec, now: datetime
) -> dict[tuple[str, str], datetime]:
    """The pairs of zone key and jurisdiction key that may be called at `now`, with the instant
    they close."""
    found = await connection.execute(
        text(
            "SELECT DISTINCT time_zones, jurisdictions FROM hopper_key WHERE campaign_id = :id"
            " ORDER BY 1, 2"
        ),
        {"id": campaign_id},
    )
    keys = [(zones, places) for zones, places in found]
    # The kind of number is not in the key: what holds for one kind alone is left to the attempt.
    laws = {places: law_of(spec, places, PhoneKind.OTHER, now) for _, places in keys}
    lists = await read_named_lists(connection)
    closing = {}
    for zones, places in keys:
        law = laws[places]
        if next(stale_lists(spec, law.national_lists, lists, now), None) is not None:
            continue
        closes_at = law.window.closes_at(now, zones.split(","))
        # A call takes a moment to leave; one leased in the last second could only be refused.
        if closes_at is not None and closes_at - now > timedelta(seconds=1):
            closing[zones, places] = closes_at
    return closing


async def _leased(
    connection: AsyncConnection,
    client_id: int,
    spec: CampaignSpec,
    rows: Sequence[Row[Any]],
    closing: dict[tuple[str, str], datetime],
    now: datetime,
) -> list[LeasedLead]:
    covered = await covered_among(
        connection,
        [
            (
                (row.lead_id, row.phone_id),
                row.number,
                client_id,
                law_of(spec, row.jurisdictions, row.kind, now),
            )
            for row in rows
        ],
        now,
    )
    past = await _past(connection, [row.lead_id for row in rows])
    return [
        LeasedLead(
            lead_id=row.lead_id,
            phone_id=row.phone_id,
            number=row.number,
            time_zones=tuple(row.time_zones.split(",")),
            callable_until=closing[row.time_zones, row.jurisdictions],
            tries=row.tries,
            covered_only=(row.lead_id, row.phone_id) in covered,
            leased_at=now,
            list_id=past[row.lead_id].list_id,
            last_outcome=past[row.lead_id].outcome,
        )
        for row in rows
    ]


async def _past(connection: AsyncConnection, lead_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """List and last outcome of each, by primary keys alone: no part of the search for leads."""
    if not lead_ids:
        return {}
    found = await connection.execute(text(LEAD_PAST), {"ids": list(lead_ids)})
    return {row.id: row for row in found}
