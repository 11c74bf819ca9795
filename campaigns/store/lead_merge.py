"""Merging rows of a lead list into a campaign: the same rows again change nothing.

A row is a lead the campaign has when its external id is that lead's, or when one of its numbers
is. (One number, one lead: two leads of one campaign on the same number would mean calling it
twice.) What the database knows wins; a row only fills gaps: missing name, missing columns,
numbers nobody has. That is what makes merging idempotent whatever the order of the rows, and it
never overwrites what an agent saw.

The work is one lookup for the whole batch, decisions in memory, and one COPY for each table.
Importers take turns on an advisory lock, batch by batch, so the lookup stays true until the
commit.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from psycopg import AsyncConnection as DriverConnection
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.store.lead_places import address_of, move_places, place_key, write_keys
from campaigns.store.rows import MergedRow, MergeReport, MergeStatus, NewLead, NewPhone

Duplicates = Literal["merge", "refuse"]
_MERGE_LOCK = 0x6D657267
""" "merg" in ASCII: the advisory lock on which importers take turns."""
_COPY_LINES = 500
"""About 64 kB, what a socket takes in at once."""
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": None})
"""COPY's text format; PostgreSQL cannot hold NUL in a text, so it is dropped."""


class _Target:
    """A lead that rows of this batch turn out to be: found in the database, or made by its
    first row."""

    __slots__ = (
        "external_id", "fields", "lead_id", "name", "new_phones", "numbers", "positions",
        "priority", "state",
    )  # fmt: skip

    def __init__(self, *, external_id: str | None, name: str | None, priority: int) -> None:
        self.lead_id = 0
        self.external_id = external_id
        self.name = name
        self.fields: dict[str, str] = {}
        self.numbers: set[str] = set()
        self.new_phones: list[NewPhone] = []
        self.positions = 0
        """Numbers it has in the database."""
        self.priority = priority
        self.state = ""
        """Its state in the database; empty for a new lead."""


async def merge_leads(
    connection: AsyncConnection,
    campaign_id: int,
    list_name: str,
    rows: Sequence[NewLead],
    *,
    duplicates: Duplicates,
    now: datetime,
) -> MergeReport:
    """Merge `rows` in the caller's transaction; see `Leads.merge`."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MERGE_LOCK})
    list_id = await _list_id(connection, campaign_id, list_name, now)
    by_number, by_external_id = await _existing(connection, campaign_id, rows)
    decided: list[tuple[MergeStatus, _Target | None]] = []
    fresh: list[_Target] = []
    changed: dict[int, _Target] = {}
    for row in rows:
        status, target = _decide(row, by_number, by_external_id, duplicates=duplicates)
        decided.append((status, target))
        if status == "inserted" and target is not None:
            fresh.append(target)
        elif status == "merged" and target is not None and target.state:
            changed[target.lead_id] = target
    await _assign_ids(connection, fresh)
    raw = await connection.get_raw_connection()
    driver: DriverConnection[Any] = raw.driver_connection  # type: ignore[assignment]
    key_of = _ZoneKeys()
    await _insert_leads(driver, campaign_id, list_id, fresh, key_of, now)
    await _update_leads(connection, list(changed.values()))
    await _insert_phones(driver, campaign_id, [*fresh, *changed.values()], key_of)
    await move_places(
        connection,
        campaign_id,
        {
            number: (target.priority, address_of(target.fields))
            for target in changed.values()
            for number in target.numbers
        },
    )
    await _revive(connection, list(changed.values()), now)
    await _note_keys(connection, campaign_id, [*fresh, *changed.values()], key_of)
    return _report(rows, decided)


class _ZoneKeys(dict[tuple[str, ...], str]):
    """Zone keys by the zones they are made of; a list holds a few dozen different ones at most."""

    def __missing__(self, zones: tuple[str, ...]) -> str:
        self[zones] = zone_key(zones)
        return self[zones]


def zone_key(zones: Iterable[str]) -> str:
    """What leads with the same possible time zones have in common: the zones, sorted and joined."""
    return ",".join(sorted(set(zones)))


def _place(target: _Target, phone: NewPhone) -> str:
    return place_key(phone.number, phone.region, address_of(target.fields))


def _decide(
    row: NewLead,
    by_number: dict[str, _Target],
    by_external_id: dict[str, _Target],
    *,
    duplicates: Duplicates,
) -> tuple[MergeStatus, _Target | None]:
    if not row.numbers:
        return "refused", None
    target = by_external_id.get(row.external_id) if row.external_id is not None else None
    if target is None:
        for phone in row.numbers:
            target = by_number.get(phone.number)
            if target is not None:
                break
    if target is None:
        target = _Target(external_id=row.external_id, name=row.name, priority=row.priority)
        target.fields = dict(row.fields)
        _take_numbers(target, row.numbers, by_number)
        if row.external_id is not None:
            by_external_id[row.external_id] = target
        return "inserted", target
    if duplicates == "refuse":
        return ("unchanged" if _says_the_same(row, target) else "refused"), target
    return ("merged" if _fill_gaps(target, row, by_number, by_external_id) else "unchanged"), target


def _take_numbers(
    target: _Target, phones: Sequence[NewPhone], by_number: dict[str, _Target]
) -> bool:
    taken = False
    for phone in phones:
        if phone.number not in by_number:
            by_number[phone.number] = target
            target.numbers.add(phone.number)
            target.new_phones.append(phone)
            taken = True
    return taken


def _says_the_same(row: NewLead, target: _Target) -> bool:
    return (
        all(phone.number in target.numbers for phone in row.numbers)
        and row.external_id in (None, target.external_id)
        and row.name in (None, target.name)
        and all(target.fields.get(key) == value for key, value in row.fields.items())
    )


def _fill_gaps(
    target: _Target,
    row: NewLead,
    by_number: dict[str, _Target],
    by_external_id: dict[str, _Target],
) -> bool:
    filled = _take_numbers(target, row.numbers, by_number)
    if target.external_id is None and row.external_id is not None:
        target.external_id = row.external_id
        by_external_id[row.external_id] = target
        filled = True
    if not target.name and row.name:
        target.name = row.name
        filled = True
    for key, value in row.fields.items():
        if value and not target.fields.get(key):
            target.fields[key] = value
            filled = True
    return filled


async def _list_id(
    connection: AsyncConnection, campaign_id: int, list_name: str, now: datetime
) -> int:
    values = {"campaign_id": campaign_id, "name": list_name, "now": now}
    await connection.execute(
        text(
            "INSERT INTO lead_list (campaign_id, name, created_at) VALUES "
            "(:campaign_id, :name, :now)"
            " ON CONFLICT (campaign_id, name) DO NOTHING"
        ),
        values,
    )
    found = await connection.execute(
        text("SELECT id FROM lead_list WHERE campaign_id = :campaign_id AND name = :name"), values
    )
    return int(found.scalar_one())


async def _existing(
    connection: AsyncConnection, campaign_id: int, rows: Sequence[NewLead]
) -> tuple[dict[str, _Target], dict[str, _Target]]:
    # As JSON: the driver takes ten times as long to write an array of texts.
    numbers = msgspec.json.encode([phone.number for row in rows for phone in row.numbers])
    external_ids = msgspec.json.encode(
        [row.external_id for row in rows if row.external_id is not None]
    )
    found = await connection.execute(
        text(
            "WITH matched AS ("
            "  SELECT lead_id AS id FROM lead_phone"
            "  JOIN json_array_elements_text(CAST(:numbers AS json)) AS new(number) USING (number)"
            "  WHERE campaign_id = :campaign_id"
            "  UNION SELECT lead.id FROM lead"
            "  JOIN json_array_elements_text(CAST(:external_ids AS json)) AS new(external_id)"
            "  USING (external_id) WHERE campaign_id = :campaign_id)"
            " SELECT lead.id, external_id, name, CAST(fields AS text) AS fields, priority, state,"
            "   (SELECT array_agg(number ORDER BY position) FROM lead_phone WHERE"
            " lead_id = lead.id)"
            " FROM matched JOIN lead ON lead.id = matched.id"
            # Locked in the order of ids, as every writer of leads does, so that no two can wait
            # for each other in a circle.
            " ORDER BY lead.id FOR NO KEY UPDATE OF lead"
        ),
        {
            "campaign_id": campaign_id,
            "numbers": numbers.decode(),
            "external_ids": external_ids.decode(),
        },
    )
    by_number: dict[str, _Target] = {}
    by_external_id: dict[str, _Target] = {}
    for lead_id, external_id, name, fields, priority, state, owned in found:
        target = _Target(external_id=external_id, name=name, priority=priority)
        target.lead_id = lead_id
        target.fields = msgspec.json.decode(fields)
        target.numbers = set(owned or ())
        target.positions = len(owned or ())
        target.state = state
        for number in target.numbers:
            by_number[number] = target
        if external_id is not None:
            by_external_id[external_id] = target
    return by_number, by_external_id


async def _assign_ids(connection: AsyncConnection, fresh: Sequence[_Target]) -> None:
    if not fresh:
        return
    # A block at once. Between the two steps no other importer can take a number: they hold the
    # lock.
    last = await connection.scalar(
        text(
            "SELECT setval(sequence, nextval(sequence) + :count - 1)"
            " FROM pg_get_serial_sequence('lead', 'id') AS sequence"
        ),
        {"count": len(fresh)},
    )
    for lead_id, target in enumerate(fresh, start=int(last) - len(fresh) + 1):
        target.lead_id = lead_id


def _escaped(value: str | None) -> str:
    if value is None:
        return "\\N"
    if "\\" in value or not value.isprintable():
        return value.translate(_ESCAPES)
    return value


def _json(fields: Mapping[str, str]) -> str:
    encoded = msgspec.json.encode(fields)
    if b"\\u0000" in encoded:
        # PostgreSQL cannot hold NUL in a jsonb text either.
        clean = {key.replace("\0", ""): value.replace("\0", "") for key, value in fields.items()}
        encoded = msgspec.json.encode(clean)
    return encoded.decode()


async def _copy(driver: DriverConnection[Any], statement: str, lines: Iterator[str]) -> None:
    first = next(lines, None)
    if first is None:
        return
    async with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        await copy.write(first)
        # In pieces, so that the server inserts while we write the next ones.
        while piece := "".join(itertools.islice(lines, _COPY_LINES)):
            await copy.write(piece)


async def _insert_leads(
    driver: DriverConnection[Any],
    campaign_id: int,
    list_id: int,
    fresh: Sequence[_Target],
    key_of: _ZoneKeys,
    now: datetime,
) -> None:
    shared = f"{campaign_id}\t{list_id}\tcallable\t{now.isoformat()}\t{now.isoformat()}\t1\t0\tt"
    lines = (
        f"{target.lead_id}\t{shared}\t{_escaped(target.external_id)}\t{_escaped(target.name)}"
        f"\t{_escaped(_json(target.fields))}\t{target.priority}"
        f"\t{key_of[target.new_phones[0].time_zones]}\t{_place(target, target.new_phones[0])}\n"
        for target in fresh
    )
    await _copy(
        driver,
        "COPY lead (id, campaign_id, list_id, state, next_call_at, created_at, "
        "next_position, tries,"
        " is_fresh, external_id, name, fields, priority, time_zones, jurisdictions) FROM STDIN",
        lines,
    )


async def _insert_phones(
    driver: DriverConnection[Any],
    campaign_id: int,
    targets: Sequence[_Target],
    key_of: _ZoneKeys,
) -> None:
    lines = (
        f"{target.lead_id}\t{campaign_id}\t{position}\t{_escaped(phone.number)}\t{_escaped(phone.kind)}"
        f"\t{key_of[phone.time_zones]}\t{_place(target, phone)}\n"
        for target in targets
        for position, phone in enumerate(target.new_phones, start=target.positions + 1)
    )
    await _copy(
        driver,
        "COPY lead_phone (lead_id, campaign_id, position, number, kind, time_zones, jurisdictions)"
        " FROM STDIN",
        lines,
    )


async def _update_leads(connection: AsyncConnection, changed: Sequence[_Target]) -> None:
    if not changed:
        return
    await connection.execute(
        text(
            "UPDATE lead SET external_id = new.external_id, name = new.name,"
            " fields = CAST(new.fields AS jsonb)"
            " FROM unnest(CAST(:ids AS bigint[]), CAST(:external_ids AS text[]),"
            "   CAST(:names AS text[]), CAST(:fields AS text[])) AS new(id,"
            " external_id, name, fields)"
            " WHERE lead.id = new.id"
        ),
        {
            "ids": [target.lead_id for target in changed],
            "external_ids": [target.external_id for target in changed],
            "names": [target.name for target in changed],
            "fields": [_json(target.fields) for target in changed],
        },
    )


async def _revive(connection: AsyncConnection, changed: Sequence[_Target], now: datetime) -> None:
    """A lead whose numbers had all failed can be called again when a row brings it another."""
    revived = [target for target in changed if target.state == "invalid" and target.new_phones]
    if not revived:
        return
    await connection.execute(
        text(
            "UPDATE lead SET state = 'callable', done_reason = NULL, next_call_at = :now,"
            " next_position = lead_phone.position, time_zones = lead_phone.time_zones,"
            " jurisdictions = lead_phone.jurisdictions"
            " FROM lead_phone, unnest(CAST(:ids AS bigint[]), CAST(:positions AS int[]))"
            "   AS new(id, position)"
            " WHERE lead.id = new.id AND lead_phone.lead_id = new.id"
            "   AND lead_phone.position = new.position"
        ),
        {
            "ids": [target.lead_id for target in revived],
            "positions": [target.positions + 1 for target in revived],
            "now": now,
        },
    )


async def _note_keys(
    connection: AsyncConnection, campaign_id: int, targets: Sequence[_Target], key_of: _ZoneKeys
) -> None:
    # For all numbers of a lead, not only its first: then moving on to the next number needs no
    # write here.
    keys = {
        (key_of[phone.time_zones], _place(target, phone), target.priority)
        for target in targets
        for phone in target.new_phones
    }
    await write_keys(connection, campaign_id, keys)


def _report(
    rows: Sequence[NewLead], decided: Sequence[tuple[MergeStatus, _Target | None]]
) -> MergeReport:
    counts: dict[MergeStatus, int] = {"inserted": 0, "merged": 0, "refused": 0, "unchanged": 0}
    merged = []
    for row, (status, target) in zip(rows, decided, strict=True):
        counts[status] += 1
        lead_id = None if target is None else target.lead_id
        merged.append(MergedRow(row_number=row.row_number, status=status, lead_id=lead_id))
    return MergeReport(
        rows=tuple(merged),
        inserted=counts["inserted"],
        merged=counts["merged"],
        refused=counts["refused"],
        unchanged=counts["unchanged"],
    )
