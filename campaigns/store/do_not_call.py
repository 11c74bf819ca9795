"""Numbers that must not be called: whole numbers and prefixes, in named lists, with who, when and
how.

There is no removal: an entry is evidence of a wish (47 CFR 64.1200(d)(6) has it honoured for five
years).
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.campaign_spec import CampaignSpec, Purpose
from campaigns.do_not_call_files import NumberFile, digest_of
from campaigns.rule_packs.rules import NationalList
from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.do_not_call_import import (
    ImportedList,
    delete_old_generations,
    import_numbers,
)
from campaigns.store.errors import StoreError
from campaigns.store.lead_writes import as_ids, as_json
from campaigns.store.outbox import tell_do_not_call
from campaigns.store.privacy_words import number_hash
from campaigns.store.rows import DoNotCallHit
from campaigns.store.teams import ensure_named

AGENTS_LIST = "agents"
"""The list that the agents' dispositions write to."""

ListKind = Literal["centre", "client", "campaign", "national"]

CHECK = """
WITH RECURSIVE asked AS (
    SELECT * FROM json_to_recordset(CAST(:asked AS json)) AS new(number text, digest bigint)
), lengths AS (
    (SELECT length(number) AS length FROM do_not_call_entry WHERE is_prefix
     ORDER BY length(number) LIMIT 1)
    UNION ALL
    SELECT (SELECT length(number) FROM do_not_call_entry
            WHERE is_prefix AND length(number) > lengths.length ORDER BY length(number) LIMIT 1)
    FROM lengths WHERE lengths.length IS NOT NULL
), hits AS (
    SELECT asked.number AS asked, entry.list_id, entry.number, entry.is_prefix, entry.added_by,
           entry.how, entry.added_at
    FROM asked
    JOIN do_not_call_entry AS entry ON entry.number = asked.number AND NOT entry.is_prefix
    UNION ALL
    SELECT asked.number, entry.list_id, entry.number, entry.is_prefix, entry.added_by,
           entry.how, entry.added_at
    FROM asked
    JOIN lengths ON lengths.length <= length(asked.number)
    JOIN do_not_call_entry AS entry
      ON entry.number = left(asked.number, lengths.length) AND entry.is_prefix
    UNION ALL
    SELECT asked.number, list.id, asked.number, false, coalesce(list.imported_by, ''),
           'in a file imported into the list', coalesce(list.imported_at, list.created_at)
    FROM asked
    CROSS JOIN LATERAL (
        -- OFFSET 0 keeps this one index look-up a number: right after an import of millions of rows
        -- the planner has no statistics, and reads them all.
        SELECT list_id, generation FROM do_not_call_hash WHERE digest = asked.digest OFFSET 0
    ) AS hash
    JOIN do_not_call_list AS list
      ON list.id = hash.list_id AND list.generation = hash.generation
)
SELECT hits.asked, list.name AS list_name, hits.number, hits.is_prefix, hits.added_by, hits.how,
       hits.added_at, list.kind AS list_kind, list.region AS list_region,
       list.client_id AS list_client_id, list.campaign_id AS list_campaign_id, list.valid_until
FROM hits JOIN do_not_call_list AS list ON list.id = hits.list_id
ORDER BY hits.asked, hits.is_prefix, list.name
"""
"""Whole numbers, prefixes of the few lengths there are, and imported files, all by index."""

NUMBER_LOCKS = 0x6E756D62
""" "numb" in ASCII: the class of advisory locks on numbers. Whoever writes an attempt holds the
lock of every number of its lead, and whoever forbids a number holds its lock, so that the two come
one after the other and never at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """A do-not-call list."""

    id: int
    name: str
    kind: str
    """centre, client, campaign or national."""
    region: str | None
    client: str | None
    campaign: str | None
    imported_at: datetime | None
    """As of when the last file was true."""
    imported_by: str | None
    valid_until: datetime | None
    is_hashed: bool
    hash_count: int
    """Numbers from files."""
    entry_count: int = 0
    """Numbers and prefixes added one by one; counted by `DoNotCall.lists` alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListScope:
    """For whom a list holds."""

    kind: ListKind = "centre"
    region: str | None = None
    """ISO 3166 country of a national list."""
    client: str | None = None
    campaign: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoNotCallEntry:
    """A number, or the beginning of one, that was added by hand."""

    id: int
    number: str
    is_prefix: bool
    list: str
    added_by: str
    how: str
    added_at: datetime


_ENTRIES = """
SELECT entry.id, entry.number, entry.is_prefix, list.name AS list, entry.added_by, entry.how,
       entry.added_at
FROM do_not_call_entry AS entry JOIN do_not_call_list AS list ON list.id = entry.list_id
LEFT JOIN campaign ON campaign.id = list.campaign_id
WHERE entry.id > :after AND (CAST(:client_id AS bigint) IS NULL OR list.client_id = :client_id
                             OR campaign.client_id = :client_id)
ORDER BY entry.id LIMIT :most
"""


class DoNotCall:
    """The do-not-call lists. Those of the centre hold for all calls; see `applies`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(
        self,
        number: str,
        *,
        list_name: str,
        by: str,
        how: str,
        now: datetime,
        is_prefix: bool = False,
        scope: ListScope | None = None,
    ) -> bool:
        """Add a number in E.164, or with `is_prefix` the beginning of one ("+1900").

        False when the list has it already, whose first who, when and how are kept. Raises
        StoreError for text that is no such number; leads that wait with it are refused when their
        turn comes. `scope` says for whom a new list holds (the centre, when None).
        """
        wanted = "a prefix such as +1900" if is_prefix else "a whole number such as +12025550100"
        digits = number.removeprefix("+")
        if not number.startswith("+") or not digits.isascii() or not digits.isdigit():
            raise StoreError(f"'{number}' is not {wanted}.")
        if not (1 if is_prefix else 7) <= len(digits) <= 15:
            raise StoreError(f"'{number}' has {len(digits)} digits, which is not {wanted}.")
        now = utc(now)
        async with transaction(self._engine) as connection:
            await ensure_list(connection, list_name, scope, now)
            return await add_entry(
                connection,
                number,
                list_name=list_name,
                by=by,
                how=how,
                now=now,
                is_prefix=is_prefix,
            )

    async def check(self, number: str) -> list[DoNotCallHit]:
        """All entries that forbid `number` (E.164): whole numbers first, then prefixes."""
        async with reading(self._engine) as connection:
            return (await find_hits(connection, [number])).get(number, [])

    async def import_numbers(
        self,
        numbers: NumberFile,
        *,
        list_name: str,
        replace: bool,
        by: str,
        how: str,
        as_of: datetime,
        now: datetime,
        valid_until: datetime | None = None,
        scope: ListScope | None = None,
    ) -> ImportedList:
        """Put a whole file on a list: beside what it has, or in the place of its last file.

        `as_of` is the day the file was true, and after `valid_until` the list is stale. Entries
        added one by one stay in either case. Raises StoreError for an older file than the list
        has.
        """
        now = utc(now)
        async with transaction(self._engine) as connection:
            list_id = await ensure_list(connection, list_name, scope, now)
            imported = await import_numbers(
                connection,
                list_id,
                numbers,
                replace=replace,
                by=by,
                how=how,
                as_of=utc(as_of),
                valid_until=valid_until,
                now=now,
            )
        if replace:
            async with transaction(self._engine) as connection:
                await delete_old_generations(connection, list_id)
        return imported

    async def entries(
        self, client_id: int | None, *, after: int, most: int
    ) -> list[DoNotCallEntry]:
        """Numbers and prefixes that were added one by one, with an id above `after`: those of the
        client's own lists and of its campaigns', or all when None."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(_ENTRIES), {"client_id": client_id, "after": after, "most": most}
            )
            return [DoNotCallEntry(**row._mapping) for row in found]

    async def lists(self) -> list[ListState]:
        """All lists, by name, with how many entries each has."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text("SELECT list_id, count(*) AS total FROM do_not_call_entry GROUP BY 1")
            )
            counts: dict[int, int] = {row.list_id: row.total for row in found}
            lists = await read_named_lists(connection)
        return [
            dataclasses.replace(each, entry_count=counts.get(each.id, 0))
            for _, each in sorted(lists.items())
        ]


async def ensure_list(
    connection: AsyncConnection, name: str, scope: ListScope | None, now: datetime
) -> int:
    """The id of the list, made when absent; `scope` None keeps what it is. Raises StoreError when
    it is a list of another sort."""
    list_id = await ensure_named(connection, "do_not_call_list", name, now)
    if scope is None:
        return list_id
    owner = {"client_id": None, "campaign_id": None}
    for table, wanted in (("client", scope.client), ("campaign", scope.campaign)):
        if wanted is not None:
            owner[f"{table}_id"] = await connection.scalar(
                text(f"SELECT id FROM {table} WHERE name = :name"),  # noqa: S608 - two fixed words
                {"name": wanted},
            )
            if owner[f"{table}_id"] is None:
                raise StoreError(f"There is no {table} '{wanted}'. Create its campaign first.")
    if scope.kind == "national" and scope.region is None:
        raise StoreError(f"The national list '{name}' needs its country: --region US, for example.")
    values = {"id": list_id, "kind": scope.kind, "region": scope.region} | owner
    found = await connection.execute(
        text(
            "UPDATE do_not_call_list SET kind = :kind, region = :region, client_id = :client_id,"
            " campaign_id = :campaign_id WHERE id = :id AND (kind = :kind OR (imported_at IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM do_not_call_entry WHERE list_id = :id)))"
        ),
        values,
    )
    if found.rowcount != 1:
        # A list that people opted out through would otherwise stop holding for some calls.
        raise StoreError(
            f"The list '{name}' is of another kind and has entries. Choose another name."
        )
    return list_id


async def lock_numbers_of_leads(connection: AsyncConnection, lead_ids: Sequence[int]) -> None:
    """Hold all numbers of these leads, whose rows the caller has locked, until the transaction
    ends."""
    # In one order everywhere, so that no two writers can wait for each other in a circle.
    await connection.execute(
        text(
            "SELECT pg_advisory_xact_lock(:class, key) FROM (SELECT DISTINCT hashtext(number) AS"
            " key FROM lead_phone WHERE lead_id = ANY(CAST(:ids AS bigint[])) ORDER BY 1) AS sorted"
        ),
        {"class": NUMBER_LOCKS, "ids": as_ids(lead_ids)},
    )


async def lock_number(connection: AsyncConnection, number: str) -> None:
    """Hold one number until the transaction ends: no attempt on it is being written then."""
    await connection.execute(
        text("SELECT pg_advisory_xact_lock(:class, hashtext(:number))"),
        {"class": NUMBER_LOCKS, "number": number},
    )


def applies(
    hit: DoNotCallHit,
    *,
    spec: CampaignSpec,
    campaign_id: int,
    client_id: int,
    national: frozenset[str],
    countries: frozenset[str],
) -> bool:
    """True when the list of `hit` holds for calls of that campaign to a number that may be in
    `countries`, `national` being the lists its law names.

    A campaign can name further lists. A national list holds for marketing in its country even where
    no law of ours names it. A stale list still forbids.
    """
    if hit.list_kind == "centre" or hit.list_name in spec.do_not_call_lists:
        return True
    if hit.list_kind == "client":
        return hit.list_client_id == client_id
    if hit.list_kind == "campaign":
        return hit.list_campaign_id == campaign_id
    return hit.list_name in national or (
        spec.purpose is Purpose.MARKETING and hit.list_region in countries
    )


def forbidding_words(hit: DoNotCallHit) -> str:
    """The sentence that says which entry forbids the number, by whom and since when."""
    star = "*" if hit.is_prefix else ""
    return (
        f"On do-not-call list '{hit.list_name}' ({hit.number}{star}) since"
        f" {hit.added_at:%Y-%m-%d %H:%M} UTC, by {hit.added_by}: {hit.how}."
    )


def stale_lists(
    spec: CampaignSpec,
    national: Sequence[NationalList],
    lists: Mapping[str, ListState],
    now: datetime,
) -> Iterator[tuple[str, str, str]]:
    """Lists that must be looked at and are missing or too old: name, citation, and a sentence."""
    wanted: dict[str, NationalList | None] = dict.fromkeys(spec.do_not_call_lists)
    wanted |= {rule.name: rule for rule in national}
    for name, rule in wanted.items():
        citation = "campaign: do_not_call.lists" if rule is None else rule.citation
        known = lists.get(name)
        mend = f"Import it with `dialer dnc import FILE --list {name}`."
        if known is None or (rule is not None and known.imported_at is None):
            yield name, citation, f"The do-not-call list '{name}' is missing. {mend}"
            continue
        ends = [known.valid_until] if known.valid_until is not None else []
        if rule is not None and known.imported_at is not None:
            ends.append(known.imported_at + timedelta(days=rule.stale_days))
        if ends and min(ends) <= now:
            since = f"{min(ends):%Y-%m-%d %H:%M} UTC"
            yield name, citation, f"The do-not-call list '{name}' is stale since {since}. {mend}"


async def read_named_lists(connection: AsyncConnection) -> dict[str, ListState]:
    """All lists by name."""
    found = await connection.execute(
        text(
            "SELECT list.id, list.name, list.kind, list.region, client.name AS client,"
            " campaign.name AS campaign, list.imported_at, list.imported_by, list.valid_until,"
            " list.is_hashed, list.hash_count FROM do_not_call_list AS list"
            " LEFT JOIN client ON client.id = list.client_id"
            " LEFT JOIN campaign ON campaign.id = list.campaign_id"
        )
    )
    return {row.name: ListState(**row._mapping) for row in found}


def _named(number: str, *, is_prefix: bool) -> dict[str, object]:
    # A prefix is nobody's number; a whole one must not outlive its person in the audit log.
    return {"prefix": number} if is_prefix else {"number_hash": number_hash(number)}


async def add_entry(
    connection: AsyncConnection,
    number: str,
    *,
    list_name: str,
    by: str,
    how: str,
    now: datetime,
    is_prefix: bool = False,
    call_id: str | None = None,
) -> bool:
    """Add an entry and its line in the audit log, in the caller's transaction; False when the list
    has it. `call_id` is the call in which it was asked for.

    Attempts on the number that are being written now are waited for; none is written between this
    and the commit, and none after it.
    """
    if not is_prefix:
        await lock_number(connection, number)
    list_id = await ensure_named(connection, "do_not_call_list", list_name, now)
    found = await connection.execute(
        text(
            "INSERT INTO do_not_call_entry (list_id, number, is_prefix, added_by, how, added_at)"
            " VALUES (:list_id, :number, :is_prefix, :by, :how, :now) ON CONFLICT DO NOTHING"
        ),
        {
            "list_id": list_id,
            "number": number,
            "is_prefix": is_prefix,
            "by": by,
            "how": how,
            "now": now,
        },
    )
    if found.rowcount != 1:
        return False
    await audit(
        connection,
        at=now,
        by=by,
        action="do-not-call added",
        subject=f"do-not-call {list_name}",
        details=json.dumps(_named(number, is_prefix=is_prefix) | {"how": how}),
    )
    if not is_prefix:
        await tell_do_not_call(
            connection, number, list_id=list_id, how=how, call_id=call_id, now=now
        )
    return True


async def find_hits(
    connection: AsyncConnection, numbers: Sequence[str]
) -> dict[str, list[DoNotCallHit]]:
    """The entries that forbid any of `numbers`, by number; numbers that may be called are
    absent."""
    hits: dict[str, list[DoNotCallHit]] = {}
    asked = as_json([{"number": each, "digest": digest_of(each)} for each in set(numbers)])
    for row in await connection.execute(text(CHECK), {"asked": asked}):
        values = dict(row._mapping)
        hits.setdefault(values.pop("asked"), []).append(DoNotCallHit(**values))
    return hits
