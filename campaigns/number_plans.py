"""Numbering plans, compiled from the phonenumbers library's metadata, and which range a number is
in.

`classify` answers what the library's `number_type` and `region_code_for_number` answer together, in
a fraction of their time. Only public attributes of the metadata are used.
"""

import enum
import functools
import re
from collections.abc import Iterable

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberDesc


@enum.unique
class PhoneKind(enum.StrEnum):
    """What kind of line a number's range is for."""

    MOBILE = "mobile"
    FIXED = "fixed"
    FIXED_OR_MOBILE = "fixed_or_mobile"
    """The range does not tell, as in North America."""
    TOLL_FREE = "toll_free"
    PREMIUM = "premium"
    VOIP = "voip"
    OTHER = "other"


_FICTION: tuple[tuple[int, re.Pattern[str], str, PhoneKind], ...] = (
    # Ofcom, "Numbers for use in TV shows, films and drama": 07700 900000 to 900999 for mobiles and
    # 020 7946 0000 to 0999 for London. The plans hold the first to be given to nobody, which is
    # true.
    (44, re.compile(r"7700900\d{3}"), "GB", PhoneKind.MOBILE),
    (44, re.compile(r"2079460\d{3}"), "GB", PhoneKind.FIXED),
)
"""Ranges reserved for fiction that can be imported, for demonstrations and tests. North America's,
555-0100 to 555-0199 in every area code (NANPA, "555 line numbers": set aside for fictional use),
needs no entry: the plans take it for ordinary numbers of its area."""


class NumberPlan:
    """The plan of one region."""

    __slots__ = (
        "_fixed",
        "_general",
        "_international",
        "_leading",
        "_literal_prefix",
        "_mobile",
        "_prefix",
        "_same_fixed_and_mobile",
        "_special",
        "country_code",
        "region",
    )

    def __init__(self, metadata: PhoneMetadata) -> None:
        self.region: str = metadata.id
        self.country_code: int = metadata.country_code or 0
        self._general = _compile(metadata.general_desc)
        # The order is the library's: the first range that fits decides.
        self._special = [
            (pattern, kind)
            for desc, kind in (
                (metadata.premium_rate, PhoneKind.PREMIUM),
                (metadata.toll_free, PhoneKind.TOLL_FREE),
                (metadata.shared_cost, PhoneKind.OTHER),
                (metadata.voip, PhoneKind.VOIP),
                (metadata.personal_number, PhoneKind.OTHER),
                (metadata.pager, PhoneKind.OTHER),
                (metadata.uan, PhoneKind.OTHER),
                (metadata.voicemail, PhoneKind.OTHER),
            )
            if (pattern := _compile(desc)) is not None
        ]
        self._fixed = _compile(metadata.fixed_line)
        self._mobile = _compile(metadata.mobile)
        self._same_fixed_and_mobile = bool(metadata.same_mobile_and_fixed_line_pattern)
        self._leading = _compile_text(metadata.leading_digits)
        self._international = _compile_text(metadata.international_prefix)
        prefix = metadata.national_prefix_for_parsing
        self._prefix = _compile_text(prefix)
        self._literal_prefix = prefix if prefix is not None and prefix.isdigit() else None

    def begins_with_international_prefix(self, digits: str) -> bool:
        """True when `digits` may be a number dialled abroad, such as 00 44 …"""
        return self._international is not None and self._international.match(digits) is not None

    def is_national(self, digits: str) -> bool:
        """True when `digits` has the general shape of a national number of this plan."""
        return self._general is not None and self._general.fullmatch(digits) is not None

    def without_national_prefix(self, digits: str) -> str | None:
        """`digits` without the plan's trunk prefix (0, 1, 8 …); None where its rule is not that
        simple."""
        if self._prefix is None or self._prefix.match(digits) is None:
            return digits
        if self._literal_prefix is None:
            return None
        shorter = digits[len(self._literal_prefix) :]
        if self.is_national(digits) and not self.is_national(shorter):
            return digits
        return shorter

    def kind(self, national: str) -> PhoneKind | None:
        """The kind of the range `national` is in; None when it is in none."""
        if not self.is_national(national):
            return None
        for pattern, kind in self._special:
            if pattern.fullmatch(national):
                return kind
        if self._fixed is not None and self._fixed.fullmatch(national):
            both = self._same_fixed_and_mobile or (
                self._mobile is not None and self._mobile.fullmatch(national) is not None
            )
            return PhoneKind.FIXED_OR_MOBILE if both else PhoneKind.FIXED
        if self._same_fixed_and_mobile or self._mobile is None:
            return None
        return PhoneKind.MOBILE if self._mobile.fullmatch(national) else None

    def has_leading_digits(self, national: str) -> bool | None:
        """Whether `national` begins as this region's numbers do; None when the plan has no such
        rule."""
        if self._leading is None:
            return None
        return self._leading.match(national) is not None


def classify(country_code: int, national: str) -> tuple[str, PhoneKind] | None:
    """Region and kind of a number, or None when it is in no range that has been given out."""
    for plan in _plans_sharing(country_code):
        begins = plan.has_leading_digits(national)
        if begins is False:
            continue
        kind = plan.kind(national)
        if kind is not None:
            return plan.region, kind
        if begins:
            break
    for code, pattern, region, kind in _FICTION:
        if code == country_code and pattern.fullmatch(national):
            return region, kind
    return None


def country_code_of(digits: str) -> int:
    """The country code `digits` (without a plus) begin with, or 0."""
    for length in (1, 2, 3):
        head = digits[:length]
        if len(head) == length and head in _country_codes():
            return int(head)
    return 0


@functools.lru_cache(maxsize=300)
def plan_of(country_code: int) -> NumberPlan | None:
    """The plan numbers written with this country code are read by; None for no country's code."""
    plans = _plans_sharing(country_code)
    return plans[0] if plans else None


@functools.lru_cache(maxsize=300)
def _plans_sharing(country_code: int) -> tuple[NumberPlan, ...]:
    """Main region first, as the library lists them."""
    regions: Iterable[str] = phonenumbers.region_codes_for_country_code(country_code)
    found = (
        PhoneMetadata.metadata_for_region(region, None) for region in regions if region != "001"
    )
    return tuple(NumberPlan(metadata) for metadata in found if metadata is not None)


@functools.cache
def _country_codes() -> frozenset[str]:
    return frozenset(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))


class _SizedPattern:
    """A range's pattern, asked only about numbers of a length the range has."""

    __slots__ = ("_fullmatch", "_lengths")

    def __init__(self, pattern: str, lengths: Iterable[int]) -> None:
        self._fullmatch = re.compile(pattern).fullmatch
        self._lengths = frozenset(lengths)

    def fullmatch(self, national: str) -> re.Match[str] | None:
        if self._lengths and len(national) not in self._lengths:
            return None
        return self._fullmatch(national)


def _compile(desc: PhoneNumberDesc | None) -> _SizedPattern | None:
    if desc is None or not desc.national_number_pattern or desc.national_number_pattern == "NA":
        return None
    return _SizedPattern(desc.national_number_pattern, desc.possible_length)


def _compile_text(pattern: str | None) -> re.Pattern[str] | None:
    return re.compile(pattern) if pattern else None
