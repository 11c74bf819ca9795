"""How a promised call is told of."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from campaigns.callbacks import WhenClosed
from campaigns.store.rows import JsonObject
from dialer.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])


def when_closed_options(decorated: F) -> F:
    """The two options that say what becomes of a moment at which no call is allowed."""
    anyway = click.option(
        "--anyway", is_flag=True, help="Promise it though no call is allowed then; it is missed."
    )
    next_open = click.option(
        "--or-next-open",
        is_flag=True,
        help="Where no call is allowed then, the lead agreed to the first allowed moment after.",
    )
    return next_open(anyway(decorated))


def when_closed(*, or_next_open: bool, anyway: bool) -> WhenClosed:
    """What they say. Raises UsageError for both at once."""
    if or_next_open and anyway:
        raise UsageError("--or-next-open and --anyway say two different things. Give one of them.")
    if anyway:
        return WhenClosed.ANYWAY
    return WhenClosed.NEXT_OPEN if or_next_open else WhenClosed.REFUSE


def local_moment(at: datetime, zone: str) -> str:
    """The instant by the lead's clock."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"


def promised_lines(promised: JsonObject) -> list[str]:
    """What to tell the lead now: the moment, and what the law says of it."""
    zone = str(promised["time_zone"])
    at = local_moment(datetime.fromisoformat(str(promised["due_at"])), zone)
    whose = f"agent '{promised['agent']}'" if promised["agent"] else "the team"
    lines = [f"Callback {promised['callback']}: lead {promised['lead']} is called {at} by {whose}."]
    if promised["warning"]:
        is_moved = promised["proposed_at"] == promised["due_at"]
        lines.append(f"{'Moved' if is_moved else 'Warning'}: {promised['warning']}")
        if promised["proposed_at"] and not is_moved:
            proposed = local_moment(datetime.fromisoformat(str(promised["proposed_at"])), zone)
            lines.append(f"Propose to the lead: {proposed}.")
    return lines
