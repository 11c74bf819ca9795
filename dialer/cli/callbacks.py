"""`dialer callbacks`."""

from dataclasses import asdict

import click

from campaigns.callbacks import SETTLED, BadMoment, CallbackState, read_local
from dialer.cli.callback_words import (
    local_moment,
    promised_lines,
    when_closed,
    when_closed_options,
)
from dialer.cli.opened import ask_service, opened_store
from dialer.cli.output import print_json, print_table
from dialer.cli.session import Session, command, json_option, now
from dialer.errors import UsageError

UNSETTLED = (CallbackState.OPEN, CallbackState.DUE)


@click.command("list")
@click.option("--campaign", help="Only this campaign.")
@click.option("--agent", help="Only those promised with this agent.")
@click.option("--settled", is_flag=True, help="Those that have ended: kept, late, missed ...")
@json_option
@command
async def list_callbacks(
    session: Session,
    *,
    campaign: str | None,
    agent: str | None,
    settled: bool,
    as_json: bool,
) -> None:
    """List promised calls, earliest first, by the leads' clocks.

    \b
    Examples:
      dialer callbacks list
      dialer callbacks list --agent anna
      dialer callbacks list --campaign bank --settled --json
    """
    async with opened_store(session) as store:
        campaign_id = None if campaign is None else (await store.campaigns.get(campaign)).id
        agent_id = None if agent is None else (await store.agents.get(agent)).id
        rows = await store.callbacks.list(
            campaign_id=campaign_id,
            agent_id=agent_id,
            states=SETTLED if settled else UNSETTLED,
        )
    if as_json:
        print_json([asdict(row) for row in rows])
    elif not rows:
        click.echo("No calls are promised." if not settled else "No promise has ended yet.")
    else:
        print_table(
            ("id", "due", "campaign", "lead", "for", "state", "why", "note"),
            [
                (
                    str(row.id),
                    local_moment(row.due_at, row.time_zone),
                    row.campaign_name,
                    str(row.lead_id),
                    row.agent_name or "the team",
                    "not answered" if row.is_unanswered else row.state,
                    (row.reason or "").replace("_", " "),
                    row.note,
                )
                for row in rows
            ],
        )


@click.command()
@click.argument("lead", type=click.IntRange(min=1))
@click.argument("at", metavar="'YYYY-MM-DD HH:MM'")
@click.option("--agent", help="Promised with this agent; else with the team.")
@click.option("--zone", help="The lead's time zone, where the number leaves it open.")
@click.option("--note", help="A word for whoever makes the call.")
@when_closed_options
@json_option
@command
async def add(
    session: Session,
    *,
    lead: int,
    at: str,
    agent: str | None,
    zone: str | None,
    note: str | None,
    or_next_open: bool,
    anyway: bool,
    as_json: bool,
) -> None:
    """Promise lead LEAD a call, at a moment by the lead's clock.

    A moment at which the law or the campaign allows no call is refused, and the next allowed one
    proposed; --or-next-open takes that one.

    \b
    Examples:
      dialer callbacks add 4711 "2026-11-22 15:00" --agent anna --note "ask for the file"
      dialer callbacks add 4711 "2026-11-22 15:00" --zone America/Chicago
      dialer callbacks add 4711 "2026-11-22 21:30" --or-next-open
    """
    try:
        local = read_local(at)
    except BadMoment as error:
        raise UsageError(str(error)) from error
    async with opened_store(session) as store:
        agent_id = None if agent is None else (await store.agents.get(agent)).id
        promised = await store.callbacks.promise(
            lead,
            local,
            by=session.by,
            now=now(),
            agent_id=agent_id,
            zone=zone,
            note=note,
            when_closed=when_closed(or_next_open=or_next_open, anyway=anyway),
        )
    if as_json:
        print_json(asdict(promised))
        return
    row = promised.callback
    answer = {
        "callback": row.id,
        "lead": row.lead_id,
        "due_at": row.due_at.isoformat(),
        "time_zone": row.time_zone,
        "agent": row.agent_name,
        "warning": promised.warning,
        "proposed_at": promised.proposed_at and promised.proposed_at.isoformat(),
    }
    for line in promised_lines(answer):
        click.echo(line)


@click.command()
@click.argument("callback", type=click.IntRange(min=1))
@command
async def cancel(session: Session, *, callback: int) -> None:
    """Take promise CALLBACK back. The lead is called again as the campaign's rules say.

    \b
    Example:
      dialer callbacks cancel 12
    """
    async with opened_store(session) as store:
        if not await store.callbacks.cancel(callback, by=session.by, now=now()):
            # A running dialer has it in hand; only that one can say whether it is too late.
            await ask_service(session, store, "callback.cancel", {"callback": callback})
    click.echo(f"Callback {callback} is taken back.")
