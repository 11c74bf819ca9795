"""Numbers: the fast path says what the library says, and every refusal says why."""

import random
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import NumberParseException, PhoneNumberType

from campaigns.number_plans import PhoneKind
from campaigns.number_zones import zones_of_region
from campaigns.phone_numbers import BadNumber, PhoneNumber, Reason, parse

KIND_OF_TYPE = {
    PhoneNumberType.FIXED_LINE: PhoneKind.FIXED,
    PhoneNumberType.MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: PhoneKind.FIXED_OR_MOBILE,
    PhoneNumberType.TOLL_FREE: PhoneKind.TOLL_FREE,
    PhoneNumberType.VOIP: PhoneKind.VOIP,
}
FICTION_BEYOND_THE_PLANS = "+447700900"


def said_by_the_library(text: str, region: str) -> tuple[str, str, PhoneKind] | None:
    """E.164, region and kind by the library's own functions; None for what is not to be called."""
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    kind = phonenumbers.number_type(number)
    found = phonenumbers.region_code_for_number(number)
    if not phonenumbers.is_valid_number(number) or kind == PhoneNumberType.PREMIUM_RATE:
        return None
    if found in (None, "001"):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return e164, found, KIND_OF_TYPE.get(kind, PhoneKind.OTHER)


def said_by_us(text: str, region: str) -> tuple[str, str, PhoneKind] | None:
    try:
        number = parse(text, region)
    except BadNumber:
        return None
    return number.e164, number.region, number.kind


def spellings(national: str, code: int, prefix: str) -> list[str]:
    return [
        national,
        prefix + national,
        f"+{code}{national}",
        f"+{code}{prefix}{national}",
        f"{code}{national}",
        f"00{code}{national}",
    ]


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_fast_path_agrees_with_the_library_in_every_region(region: str) -> None:
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    dice = random.Random(region)
    bases = []
    for kind in PhoneNumberType.values():
        example = phonenumbers.example_number_for_type(region, kind)
        if example is not None:
            bases.append(phonenumbers.national_significant_number(example))
    texts = []
    for base in bases:
        changed = list(base)
        changed[dice.randrange(len(base))] = dice.choice("0123456789")
        for national in (base, "".join(changed), base[:-1], base + "1"):
            texts += spellings(national, metadata.country_code, metadata.national_prefix or "0")
    for text in texts:
        ours, theirs = said_by_us(text, region), said_by_the_library(text, region)
        if theirs is None and ours is not None and ours[0].startswith(FICTION_BEYOND_THE_PLANS):
            continue
        assert ours == theirs, text


@given(
    digits=st.from_regex(r"\+?[0-9]{5,15}", fullmatch=True),
    region=st.sampled_from(
        ["US", "CA", "GB", "AZ", "TR", "DE", "RU", "KZ", "IT", "FR", "AR", "BR"]
    ),
)
def test_fast_path_agrees_with_the_library_on_any_digits(digits: str, region: str) -> None:
    ours = said_by_us(digits, region)
    if ours is None or not ours[0].startswith(FICTION_BEYOND_THE_PLANS):
        assert ours == said_by_the_library(digits, region)


@given(st.text(max_size=80), st.sampled_from(["US", "AZ", "GB", None]))
def test_any_text_is_a_number_or_one_bad_number(text: str, region: str | None) -> None:
    try:
        number = parse(text, region)
    except BadNumber:
        return
    assert number.e164[1:].isdigit()
    assert number.e164.isascii()
    assert 6 <= len(number.e164) <= 16
    assert number.time_zones


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("(202) 555-0100", "US", "+12025550100"),
        ("1-202-555-0100", "US", "+12025550100"),
        ("050 123 45 67", "AZ", "+994501234567"),
        ("994501234567", "AZ", "+994501234567"),
        ("00994501234567", "AZ", "+994501234567"),
        ("501234567", "AZ", "+994501234567"),
        ("994501234567.0", "AZ", "+994501234567"),
        ("'0501234567", "AZ", "+994501234567"),
        ("\u202a+994\u00a050\u00a0123\u00a045\u00a067\u202c", "US", "+994501234567"),
        ("\u0660\u0665\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667", "AZ", "+994501234567"),
        ("8 (495) 123-45-67", "RU", "+74951234567"),
        ("+49 (0)30 1234567", "US", "+49301234567"),
        ("06 698 12345", "IT", "+390669812345"),
    ],
)
def test_usual_spellings(text: str, region: str, e164: str) -> None:
    assert parse(text, region).e164 == e164


@pytest.mark.parametrize(
    ("text", "region", "reason"),
    [
        ("", "US", Reason.EMPTY),
        ("  - ", "US", Reason.EMPTY),
        ("call me", "US", Reason.LETTERS),
        ("1-800-FLOWERS", "US", Reason.LETTERS),
        ("tel: 2025550100", "US", Reason.LETTERS),
        ("9.94501E+11", "AZ", Reason.ROUNDED),
        ("9,94501E+11", "AZ", Reason.ROUNDED),
        ("2025550100 ext. 12", "US", Reason.EXTENSION),
        ("2025550100x12", "US", Reason.EXTENSION),
        ("2025550100 2025550101 2025550102", "US", Reason.SEVERAL),
        ("2025550100", None, Reason.NO_REGION),
        ("+999123456789", "US", Reason.NO_SUCH_COUNTRY),
        ("+870773111632", "US", Reason.NO_COUNTRY),
        ("12", "US", Reason.TOO_SHORT),
        ("202555010012", "US", Reason.TOO_LONG),
        ("555-0100", "US", Reason.NO_AREA_CODE),
        ("+1 200 555 0100", "US", Reason.NOT_ASSIGNED),
        ("+1 900 234 5678", "US", Reason.PREMIUM),
        ("0909 8790000", "GB", Reason.PREMIUM),
    ],
)
def test_refusals_say_why(text: str, region: str | None, reason: Reason) -> None:
    with pytest.raises(BadNumber) as caught:
        parse(text, region)
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("+442079460000", PhoneKind.FIXED),
        ("+442079460999", PhoneKind.FIXED),
        ("+447700900000", PhoneKind.MOBILE),
        ("+447700900999", PhoneKind.MOBILE),
        ("+12025550100", PhoneKind.FIXED_OR_MOBILE),
        ("+14155550199", PhoneKind.FIXED_OR_MOBILE),
    ],
)
def test_numbers_reserved_for_fiction_can_be_imported(text: str, kind: PhoneKind) -> None:
    assert parse(text, None).kind is kind


def test_numbers_beside_the_fictional_mobiles_stay_refused() -> None:
    with pytest.raises(BadNumber):
        parse("+447700901000", None)


def zones(text: str) -> tuple[str, ...]:
    number: PhoneNumber = parse(text, None)
    return number.time_zones


def test_geographic_numbers_have_the_zones_of_their_area() -> None:
    assert zones("+12025550100") == ("America/New_York",)
    assert zones("+13125550100") == ("America/Chicago",)
    assert zones("+994124901234") == ("Asia/Baku",)


def test_zones_with_the_same_clock_are_given_once() -> None:
    assert zones("+447700900123") == ("Europe/London",)
    assert zones("+4915112345678") == ("Europe/Berlin",)


def test_a_number_of_no_place_has_every_zone_of_its_country() -> None:
    assert zones("+18005550123") == zones_of_region("US")
    assert {"America/New_York", "Pacific/Honolulu"} <= set(zones("+18005550123"))
    assert {"Europe/Kaliningrad", "Asia/Kamchatka"} <= set(zones("+79161234567"))


def test_every_zone_is_one_the_clock_knows() -> None:
    for region in phonenumbers.SUPPORTED_REGIONS:
        example = phonenumbers.example_number(region)
        if example is not None and phonenumbers.number_type(example) != 4:
            e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
            for zone in parse(e164, None).time_zones:
                assert ZoneInfo(zone)
