"""`dialer leads find`, and how other commands take a lead by whatever a person has of it."""

from collections.abc import Sequence
from dataclasses import asdict

import click

from campaigns.phone_numbers import BadNumber, parse
from campaigns.store.errors import UnknownLead
from campaigns.store.lead_find import FoundLead
from campaigns.store.store import Store
from dialer.cli.numbers import number_of, region_option
from dialer.cli.opened import opened_store
from dialer.cli.output import print_json, print_table
from dialer.cli.session import Session, command, json_option
from dialer.errors import UsageError

_MOST = 50
"""Leads shown: more are no answer."""


@click.command()
@click.argument("words", metavar="TEXT")
@click.option("--count", default=_MOST, show_default=True, type=click.IntRange(1, 1000))
@region_option
@json_option
@command
async def find(
    session: Session, *, words: str, count: int, region: str | None, as_json: bool
) -> None:
    """Find leads by a number, by the id of their list, or by a part of their name or number.

    A number may be written as people write it; its country is that of the campaigns, or --region.

    \b
    Examples:
      dialer leads find '(202) 555-0100'
      dialer leads find C06755
      dialer leads find 'ada love' --json
    """
    async with opened_store(session) as store:
        numbers = await numbers_meant(store, words, region)
        found = await store.explain.find(words, numbers=numbers, most=count)
    if as_json:
        print_json([asdict(each) for each in found])
    elif not found:
        raise UsageError(f"No lead has {words!r} as its number or id, or in its name.")
    else:
        print_found(found)


def print_found(found: Sequence[FoundLead]) -> None:
    """One line a lead."""
    print_table(
        ("lead", "campaign", "id in its list", "name", "state", "numbers"),
        [
            (
                str(each.id), each.campaign, each.external_id or "", each.name or "", each.state,
                ", ".join(each.numbers),
            )
            for each in found
        ],
    )  # fmt: skip


async def numbers_meant(store: Store, words: str, region: str | None) -> list[str]:
    """The numbers (E.164) a text may stand for: in its own country where it names one, in --region,
    or else in the countries of the campaigns. Raises UsageError for a wrong --region."""
    if region is not None or words.lstrip().startswith("+"):
        return [number_of(words, region)]
    if any(each.isalpha() for each in words):
        return []
    found = []
    for country in sorted({row.spec.region for row in await store.campaigns.list()}):
        try:
            found.append(parse(words, country).e164)
        except BadNumber:
            # Of another country, or no number at all; then it is looked for as something else.
            continue
    return list(dict.fromkeys(found))


async def leads_meant(store: Store, words: str, region: str | None) -> list[int]:
    """The leads a person means by a lead's number here, a phone number, or an id of a list.

    Raises UsageError with what to do when there is none.
    """
    if words.isascii() and words.isdigit() and region is None:
        try:
            return [(await store.leads.get(int(words))).id]
        except UnknownLead:
            # Digits may be a phone number, or an id of a list, too.
            pass
    numbers = await numbers_meant(store, words, region)
    found = await store.explain.leads_exactly(words, numbers=numbers)
    if found:
        return found
    hits = {hit.list_name for each in numbers for hit in await store.do_not_call.check(each)}
    lists = ", ".join(f"'{name}'" for name in sorted(hits))
    more = f" It stands on the do-not-call list {lists}." if hits else ""
    number = f" with the number {numbers[0]}" if numbers else f" {words!r}"
    raise UsageError(
        f"No campaign has a lead{number}.{more} Look for a part of the name or number: "
        f"dialer leads find {words!r}"
    )
