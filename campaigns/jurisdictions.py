"""Where the called person may be, for choosing the law: from number, postal address and time zone.

The three may disagree (a Florida number, an address in Ohio). Then both places count, and the
strictest of their rules wins (campaigns/rule_packs). Where nothing tells the state or province, the
jurisdiction has the country alone, which stands for every subdivision it could be.

Only the United States and Canada are cut into subdivisions here: no other country's packs differ
inside it.
"""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from campaigns.north_america import (
    CANADIAN_PROVINCES,
    US_STATES,
    US_STATES_BY_WINTER_HOURS,
    province_of_postal_code,
    state_of_zip,
    subdivision_of_area_code,
)

_SUBDIVIDED = {"US": US_STATES, "CA": CANADIAN_PROVINCES}
_JANUARY = datetime(2026, 1, 15, tzinfo=UTC)
"""No zone of North America keeps summer time on this day."""
_COUNTRY_NAMES = {
    "USA": "US",
    "UNITED STATES": "US",
    "UNITED STATES OF AMERICA": "US",
    "UK": "GB",
    "UNITED KINGDOM": "GB",
    "GREAT BRITAIN": "GB",
    "CANADA": "CA",
    "FRANCE": "FR",
    "GERMANY": "DE",
    "DEUTSCHLAND": "DE",
    "TURKEY": "TR",
    "TÜRKIYE": "TR",
    "AUSTRALIA": "AU",
    "AZERBAIJAN": "AZ",
    "GEORGIA": "GE",
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Jurisdiction:
    """A country, and where it matters its state or province. str() is "US-FL" or "GB"."""

    country: str
    """ISO 3166-1 alpha-2."""
    subdivision: str | None = None
    """ISO 3166-2 without the country; None means not known, or that it makes no difference."""

    def __str__(self) -> str:
        return self.country if self.subdivision is None else f"{self.country}-{self.subdivision}"

    @classmethod
    def parse(cls, text: str) -> "Jurisdiction":
        """Read "US-FL" or "GB". Raises ValueError for anything else."""
        country, dash, subdivision = text.partition("-")
        if not (len(country) == 2 and country.isalpha() and country.isupper()) or (
            dash and not (1 <= len(subdivision) <= 3 and subdivision.isalnum())
        ):
            raise ValueError(
                f'"{text}" is no jurisdiction; write a country such as GB, or a country and its '
                "state such as US-FL"
            )
        return cls(country=country, subdivision=subdivision or None)


class Numbered(Protocol):
    """What is read of a number: campaigns.phone_numbers.PhoneNumber has it."""

    @property
    def e164(self) -> str:
        """The number, with its plus."""
        ...

    @property
    def region(self) -> str:
        """ISO 3166 country of its range."""
        ...


def jurisdictions_of(
    number: Numbered,
    *,
    postal_code: str | None = None,
    state: str | None = None,
    country: str | None = None,
    time_zone: str | None = None,
) -> tuple[Jurisdiction, ...]:
    """Every place whose law may hold for this number, at least one, sorted.

    Number plan, postal address and stated zone each add what they say. A country without
    subdivision stays only when nothing tells where in it.
    """
    # The plans call codes of no country "001"; ISO 3166 keeps ZZ for one nobody knows.
    own = number.region if len(number.region) == 2 else "ZZ"
    found: dict[str, set[str]] = {own: set()}
    if (area := _area_of(number)) is not None:
        found[own].add(area)
    home = _country_of(country) or own
    for place in _address(home, postal_code, state, is_stated=_country_of(country) is not None):
        subdivisions = found.setdefault(place.country, set())
        if place.subdivision is not None:
            subdivisions.add(place.subdivision)
    if time_zone:
        _add_zone(found, time_zone)
    places: list[Jurisdiction] = []
    for each, subdivisions in found.items():
        if not subdivisions or _UNKNOWN in subdivisions:
            places.append(Jurisdiction(country=each))
        else:
            places.extend(Jurisdiction(country=each, subdivision=name) for name in subdivisions)
    return tuple(sorted(places, key=str))


def key(jurisdictions: Iterable[Jurisdiction]) -> str:
    """Sorted and joined by commas: "US-FL,US-NY". What is stored beside a number."""
    return ",".join(sorted({str(each) for each in jurisdictions}))


@functools.lru_cache(maxsize=4096)  # pairs of states are some 1,300; files hold few of them
def parse_key(text: str) -> tuple[Jurisdiction, ...]:
    """The jurisdictions `key` wrote. Raises ValueError."""
    return tuple(Jurisdiction.parse(part) for part in text.split(",") if part)


_UNKNOWN = "?"
"""Some subdivision was stated that nobody can read: every one it could be."""


def _area_of(number: Numbered) -> str | None:
    if number.region not in _SUBDIVIDED or not number.e164.startswith("+1"):
        return None
    found = subdivision_of_area_code(number.e164[2:5])
    return found if found in _SUBDIVIDED[number.region] else None


def _country_of(text: str | None) -> str | None:
    """The code of a country as lists write it; None when it is not stated or not readable."""
    cleaned = (text or "").strip().upper()
    if len(cleaned) == 2 and cleaned.isascii() and cleaned.isalpha():
        return _COUNTRY_NAMES.get(cleaned, cleaned)
    return _COUNTRY_NAMES.get(cleaned)


def _address(
    home: str, postal_code: str | None, state: str | None, *, is_stated: bool
) -> list[Jurisdiction]:
    """What the postal address says: at most one place for each of its parts."""
    if home not in _SUBDIVIDED:
        return [Jurisdiction(country=home)] if is_stated else []
    # Without a stated country a North American number may well have its address over the border.
    countries = (home,) if is_stated else (home, *(each for each in _SUBDIVIDED if each != home))
    places: list[Jurisdiction] = []
    if state and state.strip():
        found = (_in_country(each, _subdivision(each, state)) for each in countries)
        unknown = Jurisdiction(country=home, subdivision=_UNKNOWN)
        places.append(next((place for place in found if place is not None), unknown))
    if postal_code and postal_code.strip():
        found = (_in_country(each, _postal(each, postal_code.strip())) for each in countries)
        places.extend(place for place in found if place is not None)
    if is_stated and not places:
        places.append(Jurisdiction(country=home))
    return places


def _in_country(country: str, subdivision: str | None) -> Jurisdiction | None:
    if subdivision is None:
        return None
    return Jurisdiction(country=country, subdivision=subdivision)


def _postal(country: str, text: str) -> str | None:
    return state_of_zip(text) if country == "US" else province_of_postal_code(text)


def _subdivision(country: str, text: str) -> str | None:
    names = _SUBDIVIDED[country]
    cleaned = text.strip().upper().removeprefix(f"{country}-")
    if cleaned in names:
        return cleaned
    return next((code for code, name in names.items() if name.upper() == cleaned), None)


def _add_zone(found: dict[str, set[str]], zone: str) -> None:
    """Add the places of a stated time zone, unless what is known already lies in it."""
    if zone.startswith("US/"):
        countries = frozenset(["US"])
    elif zone.startswith("Canada/"):
        countries = frozenset(["CA"])
    else:
        countries = _zone_countries().get(zone, frozenset())
    if not countries:
        return
    for country in countries if not countries & found.keys() else countries & found.keys():
        subdivisions = found.setdefault(country, set())
        if country != "US":
            continue
        in_zone = _states_in(zone)
        if not subdivisions & in_zone:
            subdivisions |= in_zone


@functools.lru_cache(maxsize=256)
def _states_in(zone: str) -> frozenset[str]:
    try:
        offset = _JANUARY.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    except (ZoneInfoNotFoundError, ValueError):
        return frozenset([_UNKNOWN])
    hours = round(offset / timedelta(hours=1))
    return US_STATES_BY_WINTER_HOURS.get(hours, frozenset([_UNKNOWN]))


@functools.cache
def _zone_countries() -> dict[str, frozenset[str]]:
    """zone1970.tab of the tzdata package, joined with zone.tab: zone to its countries."""
    found: dict[str, set[str]] = {}
    folder = files("tzdata").joinpath("zoneinfo")
    for name in ("zone.tab", "zone1970.tab"):
        for line in folder.joinpath(name).read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                countries, _, zone = line.split("\t")[:3]
                found.setdefault(zone, set()).update(countries.split(","))
    return {zone: frozenset(countries) for zone, countries in found.items()}
