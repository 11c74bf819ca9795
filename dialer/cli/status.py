"""`dialer status`."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.live import Live
from rich.text import Text

from campaigns.store.rows import JsonObject, LeadCounts
from campaigns.store.store import Store
from dialer.cli.opened import opened_store
from dialer.cli.output import age, print_json
from dialer.cli.session import Session, json_option, now
from dialer.cli.status_view import status_lines

FRESH_SECONDS = 10.0
"""A service writes its row once a second. Ten missed in a row, and it hangs or is gone."""
_COUNT_EVERY_SECONDS = 20.0
"""Counting a list reads all of it, so a screen that is watched does it seldom."""
_LOOK_EVERY_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One service, as of its last word."""

    service: str
    body: JsonObject
    written_at: datetime
    age_seconds: float

    @property
    def is_running(self) -> bool:
        """True when it spoke just now, and did not say that it stopped."""
        return self.age_seconds <= FRESH_SECONDS and self.body.get("state") != "stopped"

    @property
    def sentence(self) -> str:
        """Where it stands, plainly."""
        said = f"'{self.service}' last spoke {age(self.age_seconds)} ago"
        if self.body.get("state") == "stopped":
            return f"{said}, when it stopped in order. Start it with `dialer run`."
        if self.is_running:
            return f"'{self.service}' is {self.body.get('state', 'running')}."
        return f"{said} and is not running any more, or hangs. What follows is as of then."


@click.command()
@click.option("--watch", is_flag=True, help="Keep showing it, until Ctrl-C.")
@json_option
@click.pass_context
def status(ctx: click.Context, *, watch: bool, as_json: bool) -> None:
    """Show what the running service does: agents, calls, abandonment against its limit, lists.

    The exit status is 1 when no service runs.

    \b
    Examples:
      dialer status
      dialer status --watch
      dialer status --json | jq '.services[0].teams'
    """
    ctx.exit(asyncio.run(_status(ctx.obj, watch=watch, as_json=as_json)))


async def _status(session: Session, *, watch: bool, as_json: bool) -> int:
    async with opened_store(session) as store:
        if watch and not as_json:
            await _watch(store)
        standings = await read_standings(store)
        counts = await _lead_counts(store, standings)
        running = any(each.is_running for each in standings)
        if as_json:
            print_json(_document(standings, counts))
        else:
            for line in _lines(standings, counts):
                click.echo(line)
    return 0 if running else 1


async def _watch(store: Store) -> None:
    """Until cancelled."""
    counts: Mapping[int, LeadCounts] = {}
    counted_at: datetime | None = None
    with Live(console=Console(highlight=False), auto_refresh=False, screen=False) as live:
        while True:
            standings = await read_standings(store)
            at = now()
            if counted_at is None or (at - counted_at).total_seconds() >= _COUNT_EVERY_SECONDS:
                counts, counted_at = await _lead_counts(store, standings), at
            live.update(Text("\n".join(_lines(standings, counts))), refresh=True)
            await asyncio.sleep(_LOOK_EVERY_SECONDS)


async def read_standings(store: Store) -> list[Standing]:
    """Every service that ever ran on this database, the freshest first."""
    at = now()
    return [
        Standing(
            service=service,
            body=body,
            written_at=written_at,
            age_seconds=(at - written_at).total_seconds(),
        )
        for service, body, written_at in await store.snapshots.latest()
    ]


async def _lead_counts(store: Store, standings: list[Standing]) -> dict[int, LeadCounts]:
    """Of the campaigns the services know."""
    ids = {one["campaign_id"] for each in standings for one in each.body.get("campaigns", ())}
    return {
        campaign_id: await store.leads.counts(campaign_id, now()) for campaign_id in sorted(ids)
    }


def _lines(standings: list[Standing], counts: Mapping[int, LeadCounts]) -> list[str]:
    if not standings:
        return ["No service has ever run on this database. Start one with `dialer run`."]
    lines: list[str] = []
    for each in standings:
        lines.append(each.sentence)
        if each.body.get("state") != "stopped":
            lines += status_lines(each.body, counts)
        lines.append("")
    return lines[:-1]


def _document(standings: list[Standing], counts: Mapping[int, LeadCounts]) -> dict[str, Any]:
    return {
        "is_running": any(each.is_running for each in standings),
        "services": [
            {
                "service": each.service,
                "is_running": each.is_running,
                "written_at": each.written_at,
                "age_seconds": round(each.age_seconds, 3),
                **each.body,
            }
            for each in standings
        ],
        "leads": {
            str(campaign_id): {
                name: getattr(count, name) for name in LeadCounts.__dataclass_fields__
            }
            for campaign_id, count in counts.items()
        },
    }
