"""Where the person behind a number may be, as the key that leads, numbers and the hopper carry.

Reckoned when a list is merged, from the number plan and whatever address columns the list has, so
that choosing the law while dialling is one look-up by text.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import phonenumbers
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.jurisdictions import jurisdictions_of, key
from campaigns.number_plans import country_code_of
from campaigns.phone_numbers import BadNumber, parse
from campaigns.store.lead_writes import as_json

_COLUMNS = {
    "postal_code": "postal_code", "postcode": "postal_code", "zip": "postal_code",
    "zip_code": "postal_code", "zipcode": "postal_code", "plz": "postal_code",
    "state": "state", "province": "state", "country": "country", "country_code": "country",
    "time_zone": "time_zone", "timezone": "time_zone",
}  # fmt: skip
"""Names of columns, in lower case with underscores, that tell where a lead is."""
_BATCH = 10_000
"""Numbers filled by one statement: a second's work, and a few megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbered:
    """As much of a number as the place depends on."""

    e164: str
    region: str


def address_of(fields: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What a lead's columns say of its place, under the names of `jurisdictions_of`."""
    if not fields:
        return ()
    found: dict[str, str] = {}
    for name, value in fields.items():
        if value and (meaning := _meaning(name)) is not None:
            found.setdefault(meaning, value)
    return tuple(sorted(found.items()))


def place_key(number: str, region: str, address: tuple[tuple[str, str], ...]) -> str:
    """The jurisdiction key of a number in E.164; `region` empty when nobody has worked it out."""
    # Only an area code of North America tells more of the place than the country does.
    beginning = number[:5] if number.startswith("+1") else "+"
    return _key(beginning, region or region_of(number), address)


def region_of(number: str) -> str:
    """The country of a number in E.164; that of its country code where the number is in no range
    that was given out."""
    try:
        return parse(number, None).region
    except BadNumber:
        return phonenumbers.region_code_for_country_code(country_code_of(number[1:]))


@functools.lru_cache(maxsize=1024)  # the columns of a few lists
def _meaning(name: str) -> str | None:
    return _COLUMNS.get(name.strip().lower().replace(" ", "_").replace("-", "_"))


@functools.lru_cache(maxsize=65_536)  # the postal codes of a country
def _key(beginning: str, region: str, address: tuple[tuple[str, str], ...]) -> str:
    return key(jurisdictions_of(_Numbered(e164=beginning, region=region), **dict(address)))


async def move_places(
    connection: AsyncConnection,
    campaign_id: int,
    numbers: Mapping[str, tuple[int, tuple[tuple[str, str], ...]]],
) -> None:
    """Give numbers whose leads came to have another address their new key; `numbers` has the
    priority and the address of each number's lead."""
    rows = [
        {"number": number, "place": place_key(number, "", address), "priority": priority}
        for number, (priority, address) in numbers.items()
        if address
    ]
    if not rows:
        return
    found = await connection.execute(
        text(
            "UPDATE lead_phone AS phone SET jurisdictions = new.place"
            " FROM json_to_recordset(CAST(:rows AS json))"
            "   AS new(number text, place text, priority int)"
            " WHERE phone.campaign_id = :campaign_id AND phone.number = new.number"
            " AND phone.jurisdictions <> new.place"
            " RETURNING phone.lead_id, phone.time_zones, new.place, new.priority"
        ),
        {"campaign_id": campaign_id, "rows": as_json(rows)},
    )
    moved = found.all()
    await write_keys(
        connection, campaign_id, {(row.time_zones, row.place, row.priority) for row in moved}
    )
    await connection.execute(
        text(
            "UPDATE lead SET jurisdictions = phone.jurisdictions FROM lead_phone AS phone"
            " WHERE lead.id = ANY(CAST(:ids AS bigint[])) AND phone.lead_id = lead.id"
            " AND phone.position = lead.next_position"
        ),
        {"ids": sorted({row.lead_id for row in moved})},
    )


async def write_keys(
    connection: AsyncConnection, campaign_id: int, keys: set[tuple[str, str, int]]
) -> None:
    """Note (zone key, jurisdiction key, priority) that leads of the campaign could come to
    have."""
    if not keys:
        return
    await connection.execute(
        text(
            "INSERT INTO hopper_key (campaign_id, time_zones, jurisdictions, priority)"
            " SELECT :campaign_id, new.* FROM unnest(CAST(:zones AS text[]),"
            "   CAST(:places AS text[]), CAST(:priorities AS int[])) AS new"
            " ON CONFLICT DO NOTHING"
        ),
        {
            "campaign_id": campaign_id,
            "zones": [zones for zones, _, _ in sorted(keys)],
            "places": [place for _, place, _ in sorted(keys)],
            "priorities": [priority for _, _, priority in sorted(keys)],
        },
    )


def fill_jurisdictions(connection: Connection) -> None:
    """Give the numbers, leads and hopper keys of an older database their jurisdictions. Blocks."""
    last = 0
    while True:
        rows = connection.execute(
            text(
                "SELECT phone.id, phone.number, lead.fields FROM lead_phone AS phone"
                " JOIN lead ON lead.id = phone.lead_id WHERE phone.id > :last"
                " ORDER BY phone.id LIMIT :batch"
            ),
            {"last": last, "batch": _BATCH},
        ).all()
        if not rows:
            break
        last = rows[-1].id
        connection.execute(
            text(
                "UPDATE lead_phone SET jurisdictions = new.key"
                " FROM unnest(CAST(:ids AS bigint[]), CAST(:keys AS text[])) AS new(id, key)"
                " WHERE lead_phone.id = new.id"
            ),
            {"ids": [row.id for row in rows], "keys": [_place_of_row(row) for row in rows]},
        )
    connection.execute(
        text(
            "UPDATE lead SET jurisdictions = phone.jurisdictions FROM lead_phone AS phone"
            " WHERE phone.lead_id = lead.id AND phone.position = lead.next_position"
        )
    )
    connection.execute(
        text(
            "INSERT INTO hopper_key (campaign_id, time_zones, jurisdictions, priority)"
            " SELECT DISTINCT lead.campaign_id, phone.time_zones, phone.jurisdictions,"
            " lead.priority FROM lead JOIN lead_phone AS phone ON phone.lead_id = lead.id"
            " ON CONFLICT DO NOTHING"
        )
    )
    connection.execute(text("DELETE FROM hopper_key WHERE jurisdictions = ''"))


def _place_of_row(row: Any) -> str:
    return place_key(row.number, "", address_of(row.fields))
