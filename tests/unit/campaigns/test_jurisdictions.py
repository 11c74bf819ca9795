"""Which places' law a number, an address and a time zone point to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers.geodata import GEOCODE_DATA

from campaigns.jurisdictions import Jurisdiction, jurisdictions_of, key, parse_key
from campaigns.north_america import (
    AREA_CODES,
    CANADIAN_PROVINCES,
    US_STATES,
    US_STATES_BY_WINTER_HOURS,
    state_of_zip,
    subdivision_of_area_code,
)
from campaigns.number_plans import PhoneKind
from campaigns.phone_numbers import PhoneNumber, parse


def _key(number: str, **where: str) -> str:
    return key(jurisdictions_of(parse(number, None), **where))


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+13055550142", "US-FL"),
        ("+12125550142", "US-NY"),
        ("+14165550142", "CA-ON"),
        ("+18005550142", "US"),
        ("+19025550142", "CA"),
        ("+17872345678", "PR"),
        ("+442079460123", "GB"),
        ("+994501234567", "AZ"),
        ("+33612345678", "FR"),
    ],
)
def test_the_number_plan_tells_country_and_state(number: str, expected: str) -> None:
    assert _key(number) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"state": "FL"}, "US-FL,US-NY"),
        ({"state": "Florida"}, "US-FL,US-NY"),
        ({"state": " florida "}, "US-FL,US-NY"),
        ({"state": "US-FL"}, "US-FL,US-NY"),
        ({"postal_code": "33101"}, "US-FL,US-NY"),
        ({"postal_code": "33101-4321"}, "US-FL,US-NY"),
        ({"postal_code": "2101"}, "US-MA,US-NY"),
        ({"state": "NY", "postal_code": "10001"}, "US-NY"),
        ({"state": "TX", "postal_code": "33101"}, "US-FL,US-NY,US-TX"),
        ({"state": ""}, "US-NY"),
        ({"country": "US"}, "US-NY"),
        ({"country": "us", "state": "CA"}, "US-CA,US-NY"),
        ({"country": "FR"}, "FR,US-NY"),
        ({"country": "France", "postal_code": "75001"}, "FR,US-NY"),
        ({"country": "CA", "postal_code": "K1A 0B1"}, "CA-ON,US-NY"),
        ({"country": "CA"}, "CA,US-NY"),
        ({"country": "UK"}, "GB,US-NY"),
        ({"state": "Ontario"}, "CA-ON,US-NY"),
        ({"state": "CA"}, "US-CA,US-NY"),
        ({"postal_code": "k1a0b1"}, "CA-ON,US-NY"),
    ],
)
def test_a_postal_address_adds_its_place_to_that_of_the_number(
    where: dict[str, str], expected: str
) -> None:
    assert _key("+12125550142", **where) == expected


def test_a_state_nobody_can_read_may_be_any() -> None:
    assert _key("+12125550142", state="Sunshine") == "US"


def test_an_address_decides_where_the_number_tells_no_state() -> None:
    assert _key("+18005550142", state="FL") == "US-FL"


def test_a_time_zone_the_state_lies_in_adds_nothing() -> None:
    assert _key("+12125550142", time_zone="America/New_York") == "US-NY"
    assert _key("+18505550142", time_zone="America/Chicago") == "US-FL"
    assert _key("+442079460123", time_zone="Europe/London") == "GB"


def test_a_time_zone_elsewhere_adds_every_state_in_it() -> None:
    found = _key("+12125550142", time_zone="America/Chicago").split(",")
    assert set(found) == {"US-NY"} | {f"US-{each}" for each in US_STATES_BY_WINTER_HOURS[-6]}
    assert _key("+12125550142", time_zone="US/Hawaii") == "US-AK,US-HI,US-NY"


def test_a_time_zone_of_another_country_adds_that_country() -> None:
    assert _key("+12125550142", time_zone="Europe/Paris").startswith("FR,")
    assert "US-NY" in _key("+12125550142", time_zone="Europe/Paris").split(",")
    assert _key("+442079460123", time_zone="Asia/Baku") == "AZ,GB"


def test_a_stated_zone_nobody_knows_adds_nothing() -> None:
    assert _key("+442079460123", time_zone="Mars/Olympus") == "GB"


def test_a_zone_of_the_us_nobody_knows_may_be_in_any_state() -> None:
    assert _key("+12125550142", time_zone="US/Atlantis") == "US"


def test_a_number_of_no_country_is_of_an_unknown_one() -> None:
    nobodys = PhoneNumber(
        e164="+80012345678", region="001", kind=PhoneKind.OTHER, time_zones=("UTC",)
    )
    assert parse_key(key(jurisdictions_of(nobodys))) == (Jurisdiction(country="ZZ"),)


def test_area_codes_are_those_of_the_number_plan() -> None:
    names = {name: code for code, name in (US_STATES | CANADIAN_PROVINCES).items()}
    names |= {"Washington State": "WA", "Washington D.C.": "DC", "British Colombia": "BC"}
    for prefix, texts in GEOCODE_DATA.items():
        if prefix.startswith("1") and len(prefix) == 4:
            place = texts["en"]
            expected = names.get(place) or place.rpartition(", ")[2]
            if "/" in place:
                assert subdivision_of_area_code(prefix[1:]) is None
            else:
                assert subdivision_of_area_code(prefix[1:]) == expected


def test_no_area_code_is_in_two_places_and_every_state_has_one() -> None:
    codes = [code for each in AREA_CODES.values() for code in each.split()]
    assert len(codes) == len(set(codes))
    assert US_STATES.keys() <= AREA_CODES.keys()


def test_every_state_has_zip_codes_and_a_winter_clock() -> None:
    found = {state_of_zip(f"{prefix:03}01") for prefix in range(1000)} - {None}
    assert found == US_STATES.keys()
    assert set().union(*US_STATES_BY_WINTER_HOURS.values()) == US_STATES.keys()


@pytest.mark.parametrize("text", ["", "abc", "123", "123456", "00000", "SW1A 1AA"])
def test_what_is_no_zip_code_has_no_state(text: str) -> None:
    assert state_of_zip(text) is None


places = st.builds(
    Jurisdiction,
    country=st.sampled_from(["US", "CA", "GB", "FR", "AZ"]),
    subdivision=st.none() | st.sampled_from(["FL", "NY", "ON", "QC"]),
)


@given(st.lists(places, max_size=5))
def test_a_key_reads_back_as_the_same_places_in_any_order(found: list[Jurisdiction]) -> None:
    assert set(parse_key(key(found))) == set(found)
    assert key(found) == key(reversed(found))


@given(
    number=st.sampled_from(["+12125550142", "+18005550142", "+442079460123", "+14165550142"]),
    postal_code=st.none() | st.text(max_size=12),
    state=st.none() | st.text(max_size=12),
    country=st.none() | st.text(max_size=12),
    time_zone=st.none()
    | st.sampled_from(["Europe/Paris", "America/Chicago", "Nowhere/Here", "US/../x"]),
)
def test_whatever_a_list_holds_the_numbers_own_country_stays(
    number: str,
    postal_code: str | None,
    state: str | None,
    country: str | None,
    time_zone: str | None,
) -> None:
    parsed = parse(number, None)
    found = jurisdictions_of(
        parsed, postal_code=postal_code, state=state, country=country, time_zone=time_zone
    )
    assert parsed.region in {place.country for place in found}
    assert parse_key(key(found)) == tuple(found)


@pytest.mark.parametrize("text", ["us", "USA", "U1", "US-", "US-FLOR", "US-F L", "-FL"])
def test_what_is_no_jurisdiction_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is no jurisdiction; write"):
        Jurisdiction.parse(text)
