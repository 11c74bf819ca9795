"""What a client pays for calls: a TOML file, read into exact decimals. Money is never a float.

currency = "AZN"
per_attempt = "0.01"          # each try that reached the network
per_contact = "0.40"          # each live answer that spoke with an agent
per_minute = "0.06"           # of conversation, in steps of minute_step_seconds
per_agent_hour = "9.50"
minute_step_seconds = 1       # 60: each begun minute counts whole
vat_percent = "18"            # shown apart; leave it away for none
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from babel.numbers import get_currency_precision, is_currency

PRICES = ("per_attempt", "per_contact", "per_minute", "per_agent_hour")
STEPS = (1, 6, 10, 15, 30, 60)
"""Seconds to which each conversation is rounded up, as carriers bill them."""
PRICE_MAX = Decimal(1_000_000)
_DIGITS_MAX = 6


class BadTariff(ValueError):  # noqa: N818 - the name is the sentence
    """A tariff that cannot be used; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """The prices of one client or campaign; zero where something costs nothing."""

    currency: str
    per_attempt: Decimal = Decimal(0)
    per_contact: Decimal = Decimal(0)
    per_minute: Decimal = Decimal(0)
    per_agent_hour: Decimal = Decimal(0)
    minute_step_seconds: int = 1
    vat_percent: Decimal = Decimal(0)

    @property
    def digits(self) -> int:
        """Digits after the point of its currency's amounts: 2 for most, 0 for the yen."""
        return int(get_currency_precision(self.currency))

    def rounded(self, amount: Decimal) -> Decimal:
        """An amount as it stands on a bill: half a smallest coin is rounded up."""
        return amount.quantize(Decimal(1).scaleb(-self.digits), rounding=ROUND_HALF_UP)


def read_tariff(text: str) -> Tariff:
    """The tariff of a file's text. Raises BadTariff naming the key, the value and what is
    allowed."""
    try:
        # A number written without quotes is taken as it is written, too.
        table = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise BadTariff(f"The tariff cannot be read as TOML: {error}.") from error
    known = {"currency", "minute_step_seconds", "vat_percent", *PRICES}
    for key in table:
        if key not in known:
            raise BadTariff(
                f"There is no '{key}' in a tariff; there are {', '.join(sorted(known))}."
            )
    currency = table.get("currency")
    if not isinstance(currency, str) or not is_currency(currency):
        raise BadTariff(
            f'currency is {currency!r}. Write a code of ISO 4217, such as currency = "AZN".'
        )
    step = table.get("minute_step_seconds", 1)
    if isinstance(step, bool) or step not in STEPS:
        raise BadTariff(
            f"minute_step_seconds is {step!r}. Allowed are {', '.join(map(str, STEPS))}."
        )
    vat = _decimal(table, "vat_percent", most=Decimal(100))
    prices = {key: _decimal(table, key, most=PRICE_MAX) for key in PRICES}
    if not any(prices.values()):
        raise BadTariff(f"The tariff has no price. Give at least one of {', '.join(PRICES)}.")
    return Tariff(currency=currency, minute_step_seconds=step, vat_percent=vat, **prices)


def _decimal(table: Mapping[str, Any], key: str, *, most: Decimal) -> Decimal:
    value = table.get(key, "0")
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise InvalidOperation
        number = Decimal(value)
        if not number.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise BadTariff(f'{key} is {value!r}. Write a number, such as {key} = "0.06".') from None
    exponent = number.as_tuple().exponent
    if not 0 <= number <= most or (isinstance(exponent, int) and -exponent > _DIGITS_MAX):
        raise BadTariff(
            f"{key} is {value}. Allowed are 0 to {most:,}, with at most {_DIGITS_MAX} digits after "
            "the point."
        )
    return number
