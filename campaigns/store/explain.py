"""Why leads are, or are not, called: the gate asked without dialling.

The verdicts are those of campaigns/store/gate.py, the very functions that `attempts.write` asks in
the moment of dialling; nothing is decided here a second time. What is added is what the gate need
not know: which leads are done, which wait, and what was promised them.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.consent_registry import ConsentRegistry
from campaigns.explain.cautions import ListState
from campaigns.explain.lead import LeadWhy
from campaigns.explain.preflight import Preflight, Tally
from campaigns.store.database import reading, utc
from campaigns.store.dry_hopper import count_groups, sentence
from campaigns.store.errors import UnknownCampaign
from campaigns.store.explain_lead import explain_lead
from campaigns.store.gate import refusals
from campaigns.store.gate_facts import RuleVerdict, covered_in, gate_facts
from campaigns.store.lead_find import FoundLead, exactly, shown, similar
from campaigns.store.quota_rules import QUOTA_REASON

_PREFLIGHT_MAX = 200_000
"""Leads that `leads_now` asks the gate about one by one: half a minute."""
_CHUNK = 5000
"""Leads asked about at once: a few megabytes of facts, and few enough statements."""

_CALLABLE = """
SELECT lead.id, lead.next_call_at, lead.next_position, lead.time_zones,
       phones.ids AS phone_ids, phones.positions, promised.due_at AS callback_at
FROM (
    SELECT * FROM lead WHERE campaign_id = :campaign_id AND state = 'callable' AND id > :after
    ORDER BY id LIMIT :count
) AS lead
CROSS JOIN LATERAL (
    SELECT array_agg(id ORDER BY position) AS ids,
           array_agg(position ORDER BY position) AS positions
    FROM lead_phone WHERE lead_id = lead.id AND state = 'valid'
) AS phones
LEFT JOIN callback AS promised ON promised.lead_id = lead.id AND promised.state IN ('open', 'due')
ORDER BY lead.id
"""
_OTHERS = """
SELECT lead.state, coalesce(lead.done_reason, '') AS done_reason,
       lead.state = 'invalid' AND EXISTS (
           SELECT 1 FROM lead_phone WHERE lead_id = lead.id AND state = 'do_not_call'
       ) AS is_forbidden,
       count(*) AS leads
FROM lead WHERE campaign_id = :campaign_id AND state <> 'callable' GROUP BY 1, 2, 3
"""

_LISTS = """
SELECT list.name, list.kind, list.imported_at, list.valid_until
FROM do_not_call_list AS list JOIN campaign ON campaign.id = :id
WHERE list.kind IN ('centre', 'national') OR list.client_id = campaign.client_id
   OR list.campaign_id = campaign.id
   OR list.name IN (SELECT jsonb_array_elements_text(
        coalesce(campaign.spec -> 'do_not_call' -> 'lists', '[]')))
ORDER BY list.name
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lead:
    """A callable lead and the numbers it could be called on, the next one first."""

    id: int
    due_at: datetime
    callback_at: datetime | None
    phone_ids: tuple[int, ...]
    is_zone_unknown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """The gate's word on one lead."""

    refused: tuple[RuleVerdict, ...]
    """What forbids a call on the number it would be called on."""
    covered_only: str | None
    """The rule by which it is called only while a free agent covers the call."""


class Explain:
    """The questions of people, answered by the gate."""

    def __init__(
        self, engine: AsyncEngine, registries: Mapping[str, ConsentRegistry] | None = None
    ) -> None:
        self._engine = engine
        self._registries = registries or {}

    async def preflight(self, campaign_id: int, *, now: datetime) -> Preflight:
        """Every lead of the campaign under the first reason it is not callable for at `now`.

        Reads all leads once and locks nothing, also while the campaign is dialled. Raises
        `UnknownCampaign`.
        """
        now = utc(now)
        async with reading(self._engine) as connection:
            name = await _campaign_name(connection, campaign_id)
            tally = Tally()
            await _count_others(connection, campaign_id, tally)
            async for leads in _callable_leads(connection, campaign_id):
                judged = await judge(connection, leads, now, self._registries)
                for lead in leads:
                    if not lead.phone_ids:
                        tally.add("no_number", ["none of its numbers is valid"])
                        continue
                    tally.unknown_zone += lead.is_zone_unknown
                    tally.add_callable(
                        judged[lead.id].refused,
                        due_at=lead.due_at,
                        callback_at=lead.callback_at,
                        now=now,
                        covered_only=judged[lead.id].covered_only,
                    )
            dates = {each.name: each.imported_at for each in await _lists(connection, campaign_id)}
        tally.name_dates(dates)
        return tally.preflight(name, now=now)

    async def lead(self, lead_id: int, *, now: datetime, since: datetime | None = None) -> LeadWhy:
        """One lead: every rule and its verdict on every number, and what happened to it so far, or
        since an instant.

        Raises `UnknownLead`.
        """
        begin = None if since is None else utc(since)
        async with reading(self._engine) as connection:
            return await explain_lead(connection, lead_id, utc(now), self._registries, since=begin)

    async def leads_exactly(self, words: str, *, numbers: Sequence[str]) -> list[int]:
        """The leads with one of these numbers (E.164), or with the text as the id of their list."""
        async with reading(self._engine) as connection:
            return await exactly(connection, words, numbers)

    async def find(self, words: str, *, numbers: Sequence[str], most: int) -> list[FoundLead]:
        """The same leads, or where there are none those with the text in a name or number."""
        async with reading(self._engine) as connection:
            found = await exactly(connection, words, numbers)
            if not found:
                found = await similar(connection, words, most=most)
            return await shown(connection, found, most=most)

    async def lease_owner(self, team_id: int) -> str | None:
        """The process that dials for the team at this moment, by the database's clock."""
        async with reading(self._engine) as connection:
            owner: str | None = await connection.scalar(
                text(
                    "SELECT owner FROM lease WHERE team_id = :id AND expires_at > clock_timestamp()"
                ),
                {"id": team_id},
            )
            return owner

    async def lists_of(self, campaign_id: int) -> list[ListState]:
        """The do-not-call lists that hold for a campaign: centre-wide, its client's, its own, and
        the national ones."""
        async with reading(self._engine) as connection:
            return await _lists(connection, campaign_id)

    async def overview(self, campaign_id: int, *, now: datetime) -> Preflight:
        """The same sums as the hopper sees them: by states, places and zones, counted by the
        database.

        What a single number's lists, consents and history forbid is not asked: such a lead counts
        as callable until the gate has met it. Raises `UnknownCampaign`.
        """
        now = utc(now)
        async with reading(self._engine) as connection:
            name = await _campaign_name(connection, campaign_id)
            tally = Tally()
            await _count_others(connection, campaign_id, tally)
            await count_groups(connection, campaign_id, tally, now)
        return tally.preflight(name, now=now)

    async def leads_now(self, campaign_id: int, *, now: datetime) -> Preflight:
        """A preflight, or of a campaign so large that nobody would wait for it, the overview."""
        seen = await self.overview(campaign_id, now=now)
        is_large = seen.total > _PREFLIGHT_MAX
        return seen if is_large else await self.preflight(campaign_id, now=now)

    async def dry_hopper(self, campaign_id: int, *, now: datetime) -> str | None:
        """One sentence on why no lead of a running campaign is callable; None when some are.

        For the warning of a running service, which an overview does not hold up. Raises
        `UnknownCampaign`.
        """
        return sentence(await self.overview(campaign_id, now=now))


async def judge(
    connection: AsyncConnection,
    leads: Sequence[_Lead],
    now: datetime,
    registries: Mapping[str, ConsentRegistry],
) -> dict[int, _Judged]:
    """What the gate says of each lead, by the number it would be called on.

    As the gate does, a number on a do-not-call list is passed over for the lead's next one; when
    all of them are, what forbids the last is given.
    """
    found: dict[int, _Judged] = {}
    asked = {lead.id: (lead, 0) for lead in leads if lead.phone_ids}
    # Each round goes one number further in every lead, so it ends with the longest list of numbers.
    while asked:
        pairs = [(lead.id, lead.phone_ids[index]) for lead, index in asked.values()]
        facts = await gate_facts(connection, pairs, now, registries=registries)
        covered = covered_in(facts, now)
        following: dict[int, tuple[_Lead, int]] = {}
        for lead, index in asked.values():
            pair = (lead.id, lead.phone_ids[index])
            refused = tuple(refusals(facts, *pair, now))
            rule = covered.get(pair)
            found[lead.id] = _Judged(
                refused=refused, covered_only=None if rule is None else rule.citation
            )
            is_forbidden = any(each.code == "do_not_call" for each in refused)
            if is_forbidden and index + 1 < len(lead.phone_ids):
                following[lead.id] = (lead, index + 1)
        asked = following
    return found


async def _callable_leads(
    connection: AsyncConnection, campaign_id: int
) -> AsyncIterator[list[_Lead]]:
    after = 0
    while True:
        found = await connection.execute(
            text(_CALLABLE), {"campaign_id": campaign_id, "after": after, "count": _CHUNK}
        )
        rows = found.all()
        if not rows:
            return
        after = rows[-1].id
        yield [_lead(row) for row in rows]


def _lead(row: Row[Any]) -> _Lead:
    lead_id, due_at, next_position, time_zones, phone_ids, positions, callback_at = tuple(row)
    phones = zip(positions or (), phone_ids or (), strict=True)
    in_turn = sorted(phones, key=lambda each: (each[0] < next_position, each[0]))
    return _Lead(
        id=lead_id,
        due_at=due_at,
        callback_at=callback_at,
        phone_ids=tuple(phone_id for _, phone_id in in_turn),
        is_zone_unknown="," in time_zones or not time_zones,
    )


async def _count_others(connection: AsyncConnection, campaign_id: int, tally: Tally) -> None:
    for row in await connection.execute(text(_OTHERS), {"campaign_id": campaign_id}):
        match row.state:
            case "done" if row.done_reason == "attempts_max":
                tally.add("attempts_max", count=row.leads)
            case "done" if row.done_reason == QUOTA_REASON:
                tally.add("quota_full", ["script: quotas"], count=row.leads)
            case "done":
                tally.add("done", [row.done_reason or "no reason noted"], count=row.leads)
            case "invalid" if row.is_forbidden:
                tally.add("do_not_call", ["found while dialling"], count=row.leads)
            case "invalid":
                tally.add("no_number", [row.done_reason or "no number"], count=row.leads)
            case state:
                tally.add("in_hand", [state], count=row.leads)


async def _lists(connection: AsyncConnection, campaign_id: int) -> list[ListState]:
    found = await connection.execute(text(_LISTS), {"id": campaign_id})
    return [ListState(**row._mapping) for row in found]


async def _campaign_name(connection: AsyncConnection, campaign_id: int) -> str:
    name = await connection.scalar(
        text("SELECT name FROM campaign WHERE id = :id"), {"id": campaign_id}
    )
    if name is None:
        raise UnknownCampaign(f"There is no campaign number {campaign_id}.")
    return str(name)
