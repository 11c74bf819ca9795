"""Telephone numbers: from whatever a customer's file holds to E.164, a kind, and time zones.

The numbering plans are those of the phonenumbers library (a port of Google's libphonenumber). Its
general parser allows for spellings no list contains, and costs most of what an import may take. So
`parse` first tries plain digits against the same plans, compiled once, which is about seven times
as fast (benchmarks/lead_import), and hands everything else to the library. A test compares the two
ways in every region and over random digits.
"""

import enum
import functools
import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, ValidationResult

from campaigns.number_plans import NumberPlan, PhoneKind, classify, country_code_of, plan_of
from campaigns.number_zones import zones_of_number

TEXT_LENGTH_MAX = 64
"""Longer than any spelling of one number; a longer cell is something else."""
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,2}")
_TRAILING_ZERO_FRACTION = re.compile(r"(\+?\d{7,15})\.0{1,2}")
_EXTENSION = re.compile(
    r"\d\s*(?:;?\s*ext\b\.?|extension|доб\.?|dahili|poste|durchwahl|[x#])\s*=?\s*\d+$", re.I
)
_PUNCTUATION = dict.fromkeys(
    map(ord, " \t\r\n-.()/[]\u00a0\u2007\u202f\u2010\u2011\u2012\u2013\u2014\u2212")
)
_SOURCE_MARKS = "'\u2018\u2019\u200e\u200f\u202a\u202c\u200b\ufeff\""
"""Marks that cling to numbers: Excel's text apostrophe, direction marks copied from address
books."""


@enum.unique
class Reason(enum.StrEnum):
    """Why a text is no number the dialer may call."""

    EMPTY = "is empty"
    LETTERS = "contains letters or signs that no telephone number has"
    ROUNDED = (
        "was rounded by Excel before it was saved; format the column as text or number without "
        "decimals in the original and export it again"
    )
    EXTENSION = "has an extension, which cannot be dialled; give the direct number"
    SEVERAL = "is too long for one number; separate several numbers by ; or ,"
    NO_REGION = "does not begin with + and no region was given for it"
    NO_SUCH_COUNTRY = "begins with a country code that does not exist"
    NO_COUNTRY = (
        "belongs to no country (satellite or international service), so it has no local time"
    )
    TOO_SHORT = "has too few digits"
    TOO_LONG = "has too many digits"
    NO_AREA_CODE = "has no area code"
    NOT_ASSIGNED = "is in no range that has been given out"
    PREMIUM = "is a premium-rate number, which is not called"


class BadNumber(ValueError):  # noqa: N818 - read at the call as "parse or BadNumber"
    """A text that is no number to call. str() is the reason, to be read after the value."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumber:
    """A number that may be called."""

    e164: str
    region: str
    """ISO 3166 country of the number, which need not be the campaign's."""
    kind: PhoneKind
    time_zones: tuple[str, ...]
    """IANA names, at least one, in no order of likelihood: all must be open (calling_hours)."""


def is_region(text: str) -> bool:
    """True for a country the numbering plans know, such as "AZ"."""
    return text in phonenumbers.SUPPORTED_REGIONS


def parse(text: str, region: str | None) -> PhoneNumber:
    """Read one number as written in `region`, or with its country code. Raises BadNumber.

    Accepts the usual punctuation, 00 or + or the country code alone before the number, a trailing
    ".0" of a spreadsheet, and digits of any script.
    """
    cleaned = text.strip().strip(_SOURCE_MARKS)
    if cleaned.endswith("0") and (match := _TRAILING_ZERO_FRACTION.fullmatch(cleaned)):
        cleaned = match[1]
    digits = cleaned.translate(_PUNCTUATION)
    found = _parse_digits(digits, region) or _parse_slowly(cleaned, digits, region)
    country_code, national = found
    classified = classify(country_code, national)
    if classified is None:
        raise BadNumber(_why_not(country_code, national))
    number_region, kind = classified
    if kind is PhoneKind.PREMIUM:
        raise BadNumber(Reason.PREMIUM)
    return PhoneNumber(
        e164=f"+{country_code}{national}",
        region=number_region,
        kind=kind,
        time_zones=zones_of_number(country_code, national, number_region, kind),
    )


def _parse_digits(digits: str, region: str | None) -> tuple[int, str] | None:
    """Country code and national number of plain digits, or None where only the library can tell."""
    if digits.startswith("+"):
        digits = digits[1:]
        if not (digits.isascii() and digits.isdigit()):
            return None
        country_code = country_code_of(digits)
        plan = plan_of(country_code) if country_code else None
        return _national(plan, digits[len(str(country_code)) :]) if plan else None
    if region is None or not (digits.isascii() and digits.isdigit()):
        return None
    plan = _plan_of_region(region)
    if plan is None or plan.begins_with_international_prefix(digits):
        return None
    code = str(plan.country_code)
    if digits.startswith(code) and not plan.is_national(digits):
        # "994501234567" in Azerbaijan: the country code without its plus.
        shorter = _national(plan, digits[len(code) :])
        if shorter is not None:
            main = plan_of(plan.country_code)
            return _national(main, shorter[1]) if main is not None else None
    return _national(plan, digits)


def _national(plan: NumberPlan, digits: str) -> tuple[int, str] | None:
    national = plan.without_national_prefix(digits)
    if national is None or not plan.is_national(national):
        return None
    return plan.country_code, national


@functools.lru_cache(maxsize=300)
def _plan_of_region(region: str) -> NumberPlan | None:
    metadata = PhoneMetadata.metadata_for_region(region, None)
    return NumberPlan(metadata) if metadata is not None else None


def _parse_slowly(cleaned: str, digits: str, region: str | None) -> tuple[int, str]:
    """What the library makes of it. Raises BadNumber with the best reason to be had."""
    _refuse_what_is_no_number(cleaned, digits)
    try:
        number = phonenumbers.parse(digits, region)
    except NumberParseException as error:
        raise BadNumber(_parse_reason(error.error_type, digits, region)) from error
    assert number.country_code is not None, "the library sets it or raises"
    return number.country_code, phonenumbers.national_significant_number(number)


def _refuse_what_is_no_number(cleaned: str, digits: str) -> None:
    if not digits:
        raise BadNumber(Reason.EMPTY)
    if _ROUNDED.fullmatch(cleaned):
        raise BadNumber(Reason.ROUNDED)
    if len(cleaned) <= TEXT_LENGTH_MAX and _EXTENSION.search(cleaned):
        raise BadNumber(Reason.EXTENSION)
    body = digits.removeprefix("+")
    if not body.isdecimal():
        raise BadNumber(Reason.LETTERS)
    if len(body) > 20:
        raise BadNumber(Reason.SEVERAL)


def _parse_reason(error_type: int, digits: str, region: str | None) -> Reason:
    match error_type:
        case NumberParseException.INVALID_COUNTRY_CODE:
            is_national = region is None and not digits.startswith("+")
            return Reason.NO_REGION if is_national else Reason.NO_SUCH_COUNTRY
        case NumberParseException.TOO_LONG:
            return Reason.TOO_LONG
        case _:
            return Reason.TOO_SHORT


def _why_not(country_code: int, national: str) -> Reason:
    """Why a number that could be parsed fits no range of its plan."""
    if country_code_is_nobodys(country_code):
        return Reason.NO_COUNTRY
    number = phonenumbers.parse(f"+{country_code}{national}")
    match phonenumbers.is_possible_number_with_reason(number):
        case ValidationResult.TOO_SHORT:
            return Reason.TOO_SHORT
        case ValidationResult.TOO_LONG:
            return Reason.TOO_LONG
        case ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            return Reason.NO_AREA_CODE
        case _:
            return Reason.NOT_ASSIGNED


def country_code_is_nobodys(country_code: int) -> bool:
    """True for the codes of services and satellites, such as 800, 870 and 881."""
    return phonenumbers.region_code_for_country_code(country_code) in ("001", "ZZ")
