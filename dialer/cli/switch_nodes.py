"""`dialer switch list`, `drain` and `undrain`: the switches, and taking one out of use."""

from datetime import timedelta

import click

from campaigns.store.rows import JsonObject
from campaigns.store.store import Store
from dialer.cli.opened import opened_store
from dialer.cli.output import print_json, print_table
from dialer.cli.session import Session, command, json_option, now
from dialer.errors import UsageError

_FRESH = timedelta(seconds=10)
"""A running service writes its snapshot every second."""


@click.command("list")
@json_option
@command
async def list_switches(session: Session, *, as_json: bool) -> None:
    """List the switches: in reach or not, in use or draining, and what lives on each.

    \b
    Examples:
      dialer switch list
    """
    async with opened_store(session) as store:
        draining = await store.switch_drains.draining()
        live = await _live(store)
    rows = []
    for node in session.settings.nodes:
        seen = [one for one in live if one.get("switch_id") == node.name]
        rows.append(
            {
                "switch": node.name,
                "host": f"{node.host}:{node.port}",
                "teams": list(node.teams),
                "is_connected": any(one["is_connected"] for one in seen) if seen else None,
                "is_draining": node.name in draining,
                "calls": sum(one["calls"] for one in seen),
                "agents": sum(one["legs"] for one in seen),
            }
        )
    if as_json:
        print_json(rows)
        return
    print_table(
        ("switch", "host", "state", "calls", "agents", "home of"),
        [
            (
                row["switch"],
                row["host"],
                _state(row),
                row["calls"],
                row["agents"],
                ", ".join(row["teams"]),
            )
            for row in rows
        ],
    )


@click.command()
@click.argument("name")
@command
async def drain(session: Session, *, name: str) -> None:
    """Take switch NAME out of use: no new calls there; live ones end in their own time.

    Its agents are called from another switch between two calls. When `dialer switch list` shows
    neither calls nor agents on it, it may be stopped.

    \b
    Examples:
      dialer switch drain east
    """
    _require(session, name)
    async with opened_store(session) as store:
        is_new = await store.switch_drains.drain(name, by=session.by, now=now())
    others = [node.name for node in session.settings.nodes if node.name != name]
    word = "is taken out of use" if is_new else "was out of use already"
    where = f"Its agents move to {' or '.join(others)}." if others else (
        "It is the only one, so nothing is dialled until `dialer switch undrain`."
    )  # fmt: skip
    click.echo(f"Switch '{name}' {word}. {where}")


@click.command()
@click.argument("name")
@command
async def undrain(session: Session, *, name: str) -> None:
    """Put switch NAME back into use; teams at home there move back.

    \b
    Examples:
      dialer switch undrain east
    """
    _require(session, name)
    async with opened_store(session) as store:
        is_new = await store.switch_drains.undrain(name, by=session.by, now=now())
    click.echo(f"Switch '{name}' {'is in use again' if is_new else 'was in use already'}.")


def _require(session: Session, name: str) -> None:
    names = [node.name for node in session.settings.nodes]
    if name not in names:
        raise UsageError(
            f"There is no switch '{name}' in the settings. There is {', '.join(names)}."
        )


async def _live(store: Store) -> list[JsonObject]:
    """What running services say of their switches."""
    since = now() - _FRESH
    return [
        one
        for _, body, written_at in await store.snapshots.latest()
        if written_at >= since
        for one in body.get("switches", ())
    ]


def _state(row: JsonObject) -> str:
    reach = {True: "connected", False: "not in reach", None: "no service runs"}[row["is_connected"]]
    if not row["is_draining"]:
        return reach
    is_empty = not row["calls"] and not row["agents"]
    return f"{reach}, {'drained' if is_empty else 'draining'}"
