"""Routes: the trunk and the country that a call goes by. Calls on one route take alike to set up.

Every number begins with a code of one to three digits for a country or a service, and no code
begins another (ITU-T E.164, section 6.2, and its list of assigned codes): 1 and 7, the two-digit
codes below, and three digits for all others.
"""

from dialer.engine.ids import E164, TrunkId

_ONE_DIGIT = frozenset("17")
_TWO_DIGITS = frozenset(
    (
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46",
        "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
        "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
    )
)  # fmt: skip


def country_code(number: E164) -> str:
    """The calling code a number begins with: "1", "49", "353"."""
    digits = number[1:4]
    if digits[:1] in _ONE_DIGIT:
        return digits[:1]
    return digits[:2] if digits[:2] in _TWO_DIGITS else digits


def route_of(trunk_id: TrunkId, number: E164) -> str:
    """What the pacer tells apart; a trunk's id has no slash."""
    return f"{trunk_id}/{country_code(number)}"
