"""`dialer campaign`."""

from pathlib import Path
from typing import Any

import click

from campaigns.calling_hours import CallingHours
from campaigns.campaign_file import campaign_document, read_campaign_file
from campaigns.campaign_spec import CampaignSpec
from campaigns.demands import applied_in, unmet
from campaigns.rule_packs.packs import load_packs
from campaigns.store.rows import CampaignRow, LeadCounts
from dialer.cli.opened import ask_service, opened_store
from dialer.cli.output import moment, print_facts, print_json, print_table
from dialer.cli.session import Session, command, json_option, now
from dialer.errors import UsageError


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--replace", is_flag=True, help="Give an existing campaign of that name the file's settings."
)
@command
async def create(session: Session, *, file: Path, replace: bool) -> None:
    """Create a campaign from FILE, a TOML file that can be kept under version control.

    Its client and team are made where they are new. The campaign does not call before it has leads
    and is started. With --replace its leads, attempts and state stay; a running service takes the
    new settings when the campaign is started or resumed.

    \b
    Examples:
      dialer campaign create spring.toml
      dialer campaign create spring.toml --replace
    """
    spec = read_campaign_file(file)
    _refuse_unmet(spec)
    async with opened_store(session) as store:
        row = await store.campaigns.create(spec, by=session.by, now=now(), replace=replace)
    done = "has the settings of" if replace else "was created from"
    click.echo(f"Campaign '{row.name}' {done} {file}; it is {row.state}. Team '{row.team_name}'.")
    if row.state == "draft":
        click.echo(f"Next: dialer leads import '{row.name}' FILE")


@click.command("list")
@json_option
@command
async def list_campaigns(session: Session, *, as_json: bool) -> None:
    """List all campaigns, by name.

    \b
    Examples:
      dialer campaign list
      dialer campaign list --json
    """
    async with opened_store(session) as store:
        rows = await store.campaigns.list()
    if as_json:
        print_json([_brief(row) for row in rows])
    elif not rows:
        click.echo("There are no campaigns yet. Create one with `dialer campaign create FILE`.")
    else:
        print_table(
            ("name", "client", "team", "state", "pacing", "started"),
            [
                (r.name, r.client, r.team_name, r.state, r.spec.pacing_mode, moment(r.started_at))
                for r in rows
            ],
        )


@click.command()
@click.argument("name")
@json_option
@command
async def show(session: Session, *, name: str, as_json: bool) -> None:
    """Show the settings of campaign NAME, and how far its leads are.

    \b
    Examples:
      dialer campaign show spring
      dialer campaign show spring --json | jq .leads.callable_now
    """
    async with opened_store(session) as store:
        row = await store.campaigns.get(name)
        counts = await store.leads.counts(row.id, now())
        script = await store.scripts.for_campaign(row.id)
    said = None if script is None else f"{script.name}@{script.number}"
    leads = {field: getattr(counts, field) for field in LeadCounts.__dataclass_fields__}
    if as_json:
        settings = {"settings": campaign_document(row.spec), "script": said}
        print_json(_brief(row) | settings | {"leads": leads})
        return
    print_facts(_facts(row) | {"script": said})
    click.echo()
    print_facts({name.replace("_", " "): count for name, count in leads.items()})


@click.command()
@click.argument("name")
@command
async def start(session: Session, *, name: str) -> None:
    """Begin to call the leads of campaign NAME.

    Calls are made while a service runs (`dialer run`), agents are ready, and the calling hours of
    the leads are open.

    \b
    Example:
      dialer campaign start spring
    """
    await _control(session, "start", name)


@click.command()
@click.argument("name")
@command
async def pause(session: Session, *, name: str) -> None:
    """Make no new calls for campaign NAME. Calls that are under way go on.

    \b
    Example:
      dialer campaign pause spring
    """
    await _control(session, "pause", name)


@click.command()
@click.argument("name")
@command
async def resume(session: Session, *, name: str) -> None:
    """Go on calling for campaign NAME after a pause.

    \b
    Example:
      dialer campaign resume spring
    """
    await _control(session, "resume", name)


@click.command()
@click.argument("name")
@command
async def stop(session: Session, *, name: str) -> None:
    """Stop campaign NAME. Calls that are under way go on; it can be started again.

    \b
    Example:
      dialer campaign stop spring
    """
    await _control(session, "stop", name)


def _refuse_unmet(spec: CampaignSpec) -> None:
    """Raise UsageError for settings that the law of the campaign's own country forbids; that of
    its leads is asked at the start."""
    found = unmet(spec, applied_in(spec, (), load_packs(), on=now().date()))
    if found:
        raise UsageError(" ".join(f"{each.text} ({each.citation})" for each in found))


async def _control(session: Session, verb: str, name: str) -> None:
    async with opened_store(session) as store:
        # Asked first: a misspelt name should be told of even when no service runs.
        row = await store.campaigns.get(name)
        answer = await ask_service(session, store, f"campaign.{verb}", {"campaign": row.name})
    click.echo(f"Campaign '{answer['campaign']}' is {answer['state']}.")


def _brief(row: CampaignRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "client": row.client,
        "team": row.team_name,
        "state": row.state,
        "created_at": row.created_at,
        "started_at": row.started_at,
        "stopped_at": row.stopped_at,
    }


def _facts(row: CampaignRow) -> dict[str, object]:
    spec = row.spec
    return {
        "campaign": row.name,
        "client": row.client,
        "team": row.team_name,
        "state": row.state,
        "purpose": spec.purpose,
        "region": spec.region,
        "caller id": spec.caller_id,
        "trunks": ", ".join(spec.trunks),
        "calling hours": _hours(spec.calling_hours),
        "pacing": spec.pacing_mode,
        "abandonment limit": f"{spec.limit_ratio:.1%} of live answers",
        "rings for": f"{spec.ring_seconds:g} s",
        "attempts a lead": spec.attempts_max,
        "dispositions": ", ".join(each.code for each in spec.dispositions),
        "created": moment(row.created_at),
        "started": moment(row.started_at),
        "stopped": moment(row.stopped_at),
    }


def _hours(hours: CallingHours) -> str:
    return "; ".join(hours.format())
