"""`dialer campaign machines` and `dialer calls returned`."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

import click

from campaigns.intervals import wilson
from campaigns.reports.screening import screening_document
from campaigns.store.rows import CampaignRow
from campaigns.store.screening import ReturnCall, ScreeningCounts
from campaigns.store.store import Store
from dialer.cli.opened import opened_store
from dialer.cli.output import moment, print_facts, print_json, print_table
from dialer.cli.session import Session, command, json_option, now


async def counts_of(store: Store, row: CampaignRow) -> ScreeningCounts:
    """What the classifier has said of the campaign's calls so far."""
    return await store.screening.counts(row.id, row.created_at, now())


def said(counts: ScreeningCounts) -> str:
    """Its mistakes in a sentence."""
    if not counts.machines:
        return "It has called nobody a machine yet."
    if not counts.sampled:
        return (
            f"It has called {counts.machines:,} a machine, and no agent has heard one of them yet: "
            "how many were people is not known."
        )
    low, high = wilson(counts.sampled_people, counts.sampled)
    return (
        f"It has called {counts.machines:,} a machine. Of {counts.sampled:,} that agents heard, "
        f"{counts.sampled_people:,} were people: with 95 % certainty {100 * low:.1f} to "
        f"{100 * high:.1f} % of all."
    )


@click.command("machines")
@click.argument("name")
@json_option
@command
async def machines(session: Session, *, name: str, as_json: bool) -> None:
    """Say how the greeting classifier does in campaign NAME, and how often it is wrong.

    A random share of the machines goes to agents all the same, who say what they heard; that is
    what the share of false positives is measured with.

    \b
    Examples:
      dialer campaign machines spring
      dialer campaign machines spring --json | jq .false_positive_interval
    """
    async with opened_store(session) as store:
        row = await store.campaigns.get(name)
        counts = await counts_of(store, row)
    document = screening_document(counts)
    if as_json:
        print_json({"campaign": row.name, "is_used": row.spec.screening is not None} | document)
        return
    if row.spec.screening is None:
        click.echo(f"Campaign '{row.name}' does not use the greeting classifier now.")
    print_facts(_facts(counts))
    click.echo(f"\n{said(counts)}")


def _facts(counts: ScreeningCounts) -> Mapping[str, object]:
    times = " / ".join(f"{seconds:.2f}" for seconds in counts.seconds)
    return {
        "people": f"{counts.humans:,}",
        "machines": f"{counts.machines:,}",
        "unsure": f"{counts.unsure:,}, treated as people",
        "seconds to the verdict": f"{times} at 50 / 90 / 99 %" if times else "",
        "machines let through": f"{counts.heard_as_people:,} of {counts.passed_as_people:,} calls "
        "passed to agents as people",
        "messages left": f"{counts.messages_left:,}",
    }


@click.command("returned")
@click.argument("campaign")
@click.option("--count", type=click.IntRange(1, 10_000), default=100, show_default=True,
              help="At most so many, the latest.")  # fmt: skip
@json_option
@command
async def returned(session: Session, *, campaign: str, count: int, as_json: bool) -> None:
    """List the calls of people who called CAMPAIGN's number back, latest first.

    \b
    Examples:
      dialer calls returned spring
      dialer calls returned spring --json | jq 'map(select(.agent_id == null)) | length'
    """
    async with opened_store(session) as store:
        row = await store.campaigns.get(campaign)
        found = await store.screening.returns(row.id, limit=count)
        names = {agent.id: agent.name for agent in await store.agents.list()}
    if as_json:
        print_json([asdict(each) for each in found])
    elif not found:
        click.echo(f"Nobody has called '{row.name}' back.")
    else:
        print_table(
            ("came", "number", "lead", "agent", "waited", "lasted"),
            [
                (
                    moment(each.arrived_at),
                    each.number,
                    each.lead_id,
                    None if each.agent_id is None else names.get(each.agent_id, each.agent_id),
                    _seconds(each.arrived_at, each.bridged_at),
                    _seconds(each.arrived_at, each.ended_at) or _ending(each),
                )
                for each in found
            ],
        )


def _seconds(begin: datetime, end: datetime | None) -> str | None:
    return None if end is None else f"{(end - begin).total_seconds():.0f} s"


def _ending(each: ReturnCall) -> str:
    return "heard the message" if each.message_at is not None else "under way"
