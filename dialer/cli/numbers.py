"""Phone numbers as people type them on the command line."""

import re

import click

from campaigns.phone_numbers import BadNumber, is_region, parse
from dialer.errors import UsageError

region_option = click.option(
    "--region", metavar="COUNTRY", help="Two-letter country of a number written without its +."
)
SPACERS = re.compile(r"[\s().\-/]")


def number_of(text: str, region: str | None) -> str:
    """In E.164. One with its + is taken as it stands: a wish holds for unassigned numbers too.

    Raises UsageError.
    """
    stripped = SPACERS.sub("", text)
    if re.fullmatch(r"\+[0-9]{7,15}", stripped):
        return stripped
    if region is None:
        raise UsageError(
            f"{text!r} is not a number with + and country code, such as +12025550100. "
            "Write it so, or say its country with --region."
        )
    if not is_region(region.upper()):
        raise UsageError(f"--region is {region!r}, which is no country. Write one such as US.")
    try:
        return parse(text, region.upper()).e164
    except BadNumber as error:
        raise UsageError(f"The number {text!r} {error}.") from error
