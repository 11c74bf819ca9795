"""`dialer audit`."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import click

from dialer.cli.opened import opened_store
from dialer.cli.output import moment, print_json, print_table
from dialer.cli.session import Session, command, json_option, now
from dialer.errors import UsageError

_VALUE_SHOWN = 60
_UNITS = {"h": 3600, "d": 86_400, "w": 604_800}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@click.command()
@click.argument("subject", required=False)
@click.option(
    "--since", metavar="WHEN", help="A day or instant (monday, 2026-11-16T09:00), or 24h, 7d."
)
@click.option("--by", help="Only what this user, agent or service did.")
@click.option("--count", type=click.IntRange(1, 10_000), default=100, show_default=True,
              help="At most so many, the latest.")  # fmt: skip
@json_option
@command
async def audit(
    session: Session,
    *,
    subject: str | None,
    since: str | None,
    by: str | None,
    count: int,
    as_json: bool,
) -> None:
    """Show who changed what in campaigns, rules, lists and accounts, latest first.

    SUBJECT is part of a name, such as `spring`, `do-not-call` or `agent anna`, or a phone number
    with its +, which the log knows by its hash alone. Lines can be added by the program only, and
    changed by nobody.

    \b
    Examples:
      dialer audit
      dialer audit spring --since 7d
      dialer audit +12025550100 --json
    """
    at = None if since is None else instant_of(since)
    async with opened_store(session) as store:
        lines = await store.audit.lines(subject, since=at, by=by, count=count)
    if as_json:
        print_json([asdict(line) for line in lines])
    elif not lines:
        click.echo("Nothing of that is in the audit log.")
    else:
        print_table(
            ("when", "by", "what", "of", "details"),
            [
                (moment(line.at), line.by, line.action, line.subject, shown(line.details))
                for line in lines
            ],
        )


def instant_of(text: str) -> datetime:
    """`7d` ago, `monday`, or a day or instant by this machine's clock. Raises UsageError."""
    if text[-1:] in _UNITS and text[:-1].isascii() and text[:-1].isdigit() and len(text) <= 6:
        return now() - timedelta(seconds=int(text[:-1]) * _UNITS[text[-1]])
    if text.lower() in _DAYS:
        return _last(_DAYS.index(text.lower()))
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"--since is {text!r}. Write a day such as monday or 2026-11-16, an instant such as "
            "2026-11-16T09:00, or how long ago: 24h, 7d, 4w."
        ) from error


def _last(weekday: int) -> datetime:
    """The beginning of the last such day by this machine's clock; today's where it is today."""
    today = now().astimezone().date()
    day = today - timedelta(days=(today.weekday() - weekday) % 7)
    return datetime(day.year, day.month, day.day).astimezone()


def shown(details: Mapping[str, Any]) -> str:
    """One line: for a change what was and what is; else the facts, long values cut."""
    if "before" in details and "after" in details:
        before, after = details["before"], details["after"]
        return "; ".join(
            f"{key}: {_value(before.get(key))} -> {_value(after.get(key))}"
            for key in {**before, **after}
        )
    if set(details) == {"after"}:
        return ""
    return "; ".join(f"{key}: {_value(value)}" for key, value in details.items())


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _VALUE_SHOWN else text[: _VALUE_SHOWN - 3] + "..."
