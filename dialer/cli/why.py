"""`dialer campaign preflight`, `dialer campaign why` and `dialer leads why`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from campaigns.explain.causes import Cause, ServiceState, Standing, calls_under_way, causes
from campaigns.explain.cautions import Readiness, cautions
from campaigns.explain.lead import LeadWhy, answer, since_sentence
from campaigns.explain.preflight import Preflight
from campaigns.explain.words import many
from campaigns.reports.screening import screening_document
from campaigns.store.rows import CampaignRow
from campaigns.store.store import Store
from dialer.cli.audit import instant_of
from dialer.cli.leads_find import leads_meant
from dialer.cli.numbers import region_option
from dialer.cli.opened import opened_store
from dialer.cli.output import moment, print_facts, print_json, print_table
from dialer.cli.screening import counts_of, said
from dialer.cli.session import Session, command, json_option, now
from dialer.cli.status import read_standings
from dialer.settings import Settings

_LOCAL = ("localhost", "127.0.0.1", "::1")
_HISTORY_SHOWN = 12


@click.command()
@click.argument("name")
@json_option
@command
async def preflight(session: Session, *, name: str, as_json: bool) -> None:
    """Before the start: how many leads of campaign NAME can be called, and what of the rest.

    Each lead is counted once, under the first reason it cannot be called for now; the verdicts are
    those of the check in the moment of dialling. Nothing is changed. 50,000 leads take some
    seconds.

    \b
    Examples:
      dialer campaign preflight spring
      dialer campaign preflight spring --json | jq .callable_now
    """
    settings = session.settings
    async with opened_store(session) as store:
        row = await store.campaigns.get(name)
        found = await store.explain.preflight(row.id, now=now())
        ready = await _readiness(settings, store, row)
    warnings = cautions(ready, found)
    if as_json:
        print_json(asdict(found) | {"warnings": [asdict(each) for each in warnings]})
    else:
        _say_preflight(found, warnings)


@click.command("why")
@click.argument("name")
@json_option
@command
async def campaign_why(session: Session, *, name: str, as_json: bool) -> None:
    """Say why campaign NAME is not dialling: every cause, the first one first, with what to do.

    Mend them from the top: a later one shows nothing as long as an earlier one holds.

    \b
    Examples:
      dialer campaign why spring
      dialer campaign why spring --json | jq '.causes[0]'
    """
    async with opened_store(session) as store:
        row = await store.campaigns.get(name)
        leads = await store.explain.leads_now(row.id, now=now())
        standing = await _standing(session.settings, store, row, leads)
        screened = await counts_of(store, row)
    found, calls = causes(standing), calls_under_way(standing)
    if as_json:
        print_json(
            {
                "campaign": row.name,
                "state": row.state,
                "calls_under_way": calls,
                "is_blocked": any(each.is_blocking for each in found),
                "callable_now": leads.callable_now,
                "causes": [asdict(each) for each in found],
                "screening": screening_document(screened),
            }
        )
        return
    if calls:
        click.echo(f"'{row.name}' is dialling: {many(calls, 'call')} under way.")
    elif any(each.is_blocking for each in found):
        click.echo(f"'{row.name}' is not dialling:")
    else:
        click.echo(
            f"Nothing keeps '{row.name}' from dialling: {many(leads.callable_now, 'lead')} "
            "callable now."
        )
    _say_causes(found)
    if row.spec.screening is not None:
        click.echo(f"Greeting classifier: {said(screened)}")


@click.command("why")
@click.argument("lead", metavar="LEAD")
@click.option(
    "--since", metavar="WHEN",
    help="All that happened from then on: monday, 2026-11-16, 2026-11-16T09:00, 24h, 7d.",
)  # fmt: skip
@region_option
@json_option
@command
async def lead_why(
    session: Session, *, lead: str, since: str | None, region: str | None, as_json: bool
) -> None:
    """Say why LEAD is or is not called: each rule and its verdict, when it becomes callable, and
    what happened so far.

    LEAD is its number here, its phone number (every lead that has it), or its id in its list;
    `dialer leads find` looks for a name. The verdicts are those of the check in the moment of
    dialling; the tries that it refused are in the history.

    \b
    Examples:
      dialer leads why +12025550100 --since monday
      dialer leads why '(202) 555-0100'
      dialer leads why 4711 --json
    """
    begin = None if since is None else instant_of(since)
    async with opened_store(session) as store:
        lead_ids = await leads_meant(store, lead, region)
        at = now()
        found = [await store.explain.lead(each, now=at, since=begin) for each in lead_ids]
        outside = {
            each.campaign: await _outside(session.settings, store, each.campaign) for each in found
        }
    if as_json:
        print_json(
            [
                asdict(each)
                | {"answer": _answer(each, outside[each.campaign])}
                | {"campaign_causes": [asdict(cause) for cause in outside[each.campaign]]}
                for each in found
            ]
        )
        return
    for index, each in enumerate(found):
        if index:
            click.echo()
        _say_lead(each, outside[each.campaign])


async def _standing(
    settings: Settings, store: Store, row: CampaignRow, leads: Preflight | None
) -> Standing:
    agents = await store.agents.list(row.team_name)
    return Standing(
        campaign=row.name,
        campaign_id=row.id,
        state=row.state,
        team=row.team_name,
        team_id=row.team_id,
        trunks=row.spec.trunks,
        settings_trunks=[trunk.name for trunk in settings.trunks],
        services=[
            ServiceState(
                name=each.service,
                is_running=each.is_running,
                age_seconds=each.age_seconds,
                body=each.body,
            )
            for each in await read_standings(store)
        ],
        lease_owner=await store.explain.lease_owner(row.team_id),
        agents=Counter(agent.state for agent in agents),
        leads=leads,
    )


async def _outside(settings: Settings, store: Store, name: str) -> list[Cause]:
    """What keeps the lead's campaign from dialling, whatever its leads."""
    row = await store.campaigns.get(name)
    found = causes(await _standing(settings, store, row, None))
    return [each for each in found if each.is_blocking]


async def _readiness(settings: Settings, store: Store, row: CampaignRow) -> Readiness:
    lists = await store.explain.lists_of(row.id)
    names = {each.name for each in lists}
    agents = await store.agents.list(row.team_name)
    return Readiness(
        trunks=row.spec.trunks,
        settings_trunks=[trunk.name for trunk in settings.trunks],
        team=row.team_name,
        agents=len(agents),
        lists=lists,
        missing_lists=[name for name in row.spec.do_not_call_lists if name not in names],
        message_file=_missing_message(settings, row),
        is_service_running=any(each.is_running for each in await read_standings(store)),
        unmet=await store.rules.unmet(row.id, now=now()),
        message_musts=await store.rules.message_musts(row.id, now=now()),
        recording=await store.rules.recording_of_campaign(row.id, now=now()),
    )


def _missing_message(settings: Settings, row: CampaignRow) -> str | None:
    """Where the message should be and is not; None also when the switch is another machine."""
    if row.spec.on_abandon != "message" or settings.switch.host not in _LOCAL:
        return None
    folder = settings.files.sounds
    if any(folder.glob(f"{row.spec.message}.*")):
        return None
    return str(folder / f"{row.spec.message}.wav")


def _say_preflight(found: Preflight, warnings: Sequence[Cause]) -> None:
    click.echo(f"Campaign '{found.campaign}' as of {moment(found.as_of)}: of {found.total:,} leads")
    for reason in found.reasons:
        first = "" if reason.next_at is None else f", the first callable {moment(reason.next_at)}"
        click.echo(f"{reason.count:>10,}  {reason.text}{first}")
        for detail in reason.details:
            click.echo(f"{'':>12}{detail.count:>8,}  {detail.text}")
    click.echo(f"{found.callable_now:>10,}  callable now")
    if not found.callable_now and found.first_opens_at is not None:
        click.echo(f"The first lead becomes callable at {moment(found.first_opens_at)}.")
    for each in found.covered_only:
        click.echo(f"One call for each free agent only: {each.count:,} ({each.text}).")
    if found.unknown_zone:
        click.echo(f"Of unknown time zone, whatever else they are: {found.unknown_zone:,}.")
    if warnings:
        click.echo()
        click.secho("Warnings", bold=True)
        _say_causes(warnings)


def _say_causes(found: Sequence[Cause]) -> None:
    for index, each in enumerate(found, start=1):
        mark = "" if each.is_blocking else " (does not stop it)"
        click.echo(f"{index:>3}. {each.text}{mark}")
        if each.fix:
            click.echo(f"     -> {each.fix}")


def _answer(why: LeadWhy, outside: Sequence[Cause]) -> str:
    said = answer(why)
    if why.state in ("callable", "leased") and outside:
        return f"{said} But its campaign does not dial: {outside[0].text}"
    return said


def _say_lead(why: LeadWhy, outside: Sequence[Cause]) -> None:
    click.secho(_answer(why, outside), bold=True)
    if why.since is not None:
        click.echo(since_sentence(why))
    click.echo()
    facts: dict[str, Any] = {
        "lead": f"{why.lead_id}" + (f", {why.name}" if why.name else ""),
        "campaign": f"{why.campaign} ({why.campaign_state}), list {why.list_name}",
        "state": why.state + (f": {why.done_reason}" if why.done_reason else ""),
        "tries": why.tries,
        "due": moment(why.due_at),
    }
    if why.callback_at is not None:
        facts["call promised"] = moment(why.callback_at)
    facts["next callable"] = moment(why.next_callable_at) or "not by itself"
    print_facts(facts)
    for phone in why.phones:
        click.echo()
        place = f", law of {phone.jurisdictions}" if phone.jurisdictions else ""
        next_one = ", called next" if phone.is_next else ""
        click.echo(
            f"{phone.number} ({phone.kind}, {phone.state}{next_one}) "
            f"{' or '.join(phone.time_zones)}{place}"
        )
        if phone.verdicts:
            print_table(
                ("rule", "verdict", "why", "by", "allowed from"),
                [
                    (
                        each.code.replace("_", " "),
                        "yes" if each.is_allowed else "NO",
                        each.text,
                        each.citation,
                        None if each.is_allowed else moment(each.allowed_at) or "never",
                    )
                    for each in phone.verdicts
                ],
            )
        if phone.recording is not None:
            cited = (
                f" ({'; '.join(phone.recording.citations)})" if phone.recording.citations else ""
            )
            click.echo(f"Recording: {phone.recording.text}{cited}")
    click.echo()
    click.secho("History", bold=True)
    shown = why.history if why.since is not None else why.history[:_HISTORY_SHOWN]
    for event in shown:
        click.echo(f"  {moment(event.at)}  {event.what}: {event.text}")
    if not shown:
        click.echo("  Nothing since then.")
    if len(why.history) > len(shown):
        click.echo(f"  ... and {len(why.history) - _HISTORY_SHOWN} earlier; --json has all.")
