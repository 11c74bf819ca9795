"""The time zones a number may be in.

A geographic number has the zones of its longest known prefix (the phonenumbers library's table).
Any other number, and one whose prefix tells no more than the country, has every zone of its region:
the intersection of their calling hours is then the only time it may be called, the strict choice
where the law says "local time at the called person's location" (16 CFR 310.4(c)) and nobody knows
the location.

Zones whose clocks agree from now on are given once: London stands for Guernsey, Jersey and the Isle
of Man.
"""

import functools
import struct
from collections import defaultdict
from collections.abc import Iterable
from importlib.resources import files

from phonenumbers.phonenumberutil import PhoneNumberType, is_number_type_geographical
from phonenumbers.tzdata import TIMEZONE_DATA

from campaigns.number_plans import PhoneKind

_SETTLED_BEFORE = 1_735_689_600
"""2025-01-01 UTC. Two zones that follow the same rule since before this day are one zone to a
dialer, which calls nobody in the past."""


def zones_of_number(
    country_code: int, national: str, region: str, kind: PhoneKind
) -> tuple[str, ...]:
    """IANA names, at least one, of every zone the number may be in."""
    if _is_geographic(kind, country_code):
        digits = f"{country_code}{national}"
        for length in _prefix_lengths(country_code):
            prefix = digits[:length]
            if prefix in TIMEZONE_DATA:
                return _zones_of_prefix(prefix, region)
    return zones_of_region(region) or _zones_of_prefix(str(country_code), region)


@functools.lru_cache(maxsize=300)
def zones_of_region(region: str) -> tuple[str, ...]:
    """Every zone of a country, by the table of the time zone database; empty where it has none."""
    return _distinct(_region_table().get(region, ()), region)


@functools.lru_cache(maxsize=300)
def _prefix_lengths(country_code: int) -> tuple[int, ...]:
    """Lengths of the table's prefixes that say more than the country, longest first."""
    code = str(country_code)
    lengths = {len(prefix) for prefix in TIMEZONE_DATA if prefix.startswith(code)}
    return tuple(sorted(lengths - {len(code)}, reverse=True))


@functools.lru_cache(maxsize=8192)  # the library's table has some 3,300 prefixes
def _zones_of_prefix(prefix: str, region: str) -> tuple[str, ...]:
    return _distinct(TIMEZONE_DATA[prefix], region)


@functools.lru_cache(maxsize=2048)
def _is_geographic(kind: PhoneKind, country_code: int) -> bool:
    if kind is PhoneKind.MOBILE:
        return bool(is_number_type_geographical(PhoneNumberType.MOBILE, country_code))
    return kind in (PhoneKind.FIXED, PhoneKind.FIXED_OR_MOBILE)


def _distinct(names: Iterable[str], region: str) -> tuple[str, ...]:
    """One name for each clock; where several agree, the one the region's table names first."""
    own = {name: index for index, name in enumerate(_region_table().get(region, ()))}
    found: dict[tuple[object, ...], str] = {}
    for name in sorted(names, key=lambda name: (own.get(name, len(own)), name)):
        found.setdefault(_clock(name), name)
    return tuple(sorted(found.values()))


@functools.cache
def _region_table() -> dict[str, tuple[str, ...]]:
    """zone.tab of the tzdata package: country, coordinates, zone, comment, separated by tabs."""
    text = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    table: defaultdict[str, list[str]] = defaultdict(list)
    for line in text.splitlines():
        if not line.startswith("#"):
            region, _, name = line.split("\t")[:3]
            table[region].append(name)
    return {region: tuple(names) for region, names in table.items()}


@functools.lru_cache(maxsize=600)
def _clock(name: str) -> tuple[object, ...]:
    """What tells a zone's clock apart from now on: its rule for the future, if that holds already.

    Reads the compiled zone (RFC 9636): two headers, the second with 64-bit transitions, then the
    rule as the last line. A zone with a change of rule still ahead of the set day is only equal to
    itself.
    """
    content = files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
    isut, isstd, leap, times, types, chars = struct.unpack(">6l", content[20:44])
    second = 44 + times * 5 + types * 6 + chars + leap * 8 + isstd + isut
    count = struct.unpack(">l", content[second + 32 : second + 36])[0]
    end = second + 44 + 8 * count
    last = struct.unpack(">q", content[end - 8 : end])[0] if count else 0
    rule = content.rsplit(b"\n", 2)[-2]
    return (rule,) if last < _SETTLED_BEFORE else (rule, name)
