"""`dialer agents move`, `message` and `messages`: what supervisors ask of agents."""

from dataclasses import asdict

import click

from campaigns.store.rows import JsonObject
from dialer.cli.opened import ask_service, opened_store
from dialer.cli.output import age, print_json, print_table
from dialer.cli.session import Session, command, json_option, now
from dialer.errors import UsageError

COUNT_MAX = 500


@click.command()
@click.argument("name")
@click.option("--team", required=True, help="The team they work for from now on.")
@command
async def move(session: Session, *, name: str, team: str) -> None:
    """Move agent NAME to another team, also while they work.

    On a call they finish it and its notes first. Calls promised with them by name stay with the
    old team, whose others make them.

    \b
    Example:
      dialer agents move anna --team upsell
    """
    async with opened_store(session) as store:
        # Asked first: a misspelt name should be told of even when no service runs.
        row = await store.agents.get(name)
        to = await store.teams.get(team)
        answer = await ask_service(
            session, store, "agent.move", {"agent": row.name, "team": to.name}
        )
    if answer["is_pending"]:
        click.echo(f"Agent '{row.name}' moves to team '{to.name}' when their call is over.")
    else:
        click.echo(f"Agent '{row.name}' works for team '{to.name}'.")
    if answer["callbacks"]:
        click.echo(
            f"{answer['callbacks']} promised with them by name stay with '{answer['from']}'; "
            "see `dialer callbacks list`."
        )


@click.command()
@click.argument("text")
@click.option("--to", "agent", help="The agent; away, they read it when they log in.")
@click.option("--team", help="Everybody of the team who is logged in.")
@command
async def message(session: Session, *, text: str, agent: str | None, team: str | None) -> None:
    """Write TEXT to an agent or to a team: it is shown on their desks at once.

    \b
    Examples:
      dialer agents message "Please use the new greeting." --to anna
      dialer agents message "Break at three." --team sales
    """
    if (agent is None) == (team is None):
        raise UsageError("Name whom the message is for: --to AGENT, or --team TEAM.")
    async with opened_store(session) as store:
        args: JsonObject = {"text": text}
        if agent is not None:
            args["agent"] = (await store.agents.get(agent)).name
        else:
            args["team"] = (await store.teams.get(str(team))).name
        answer = await ask_service(session, store, "agent.message", args)
    click.echo(f"Sent to {', '.join(answer['agents'])}.")
    if answer["away"]:
        click.echo(f"Logged out, and to read it later: {', '.join(answer['away'])}.")


@click.command()
@click.option(
    "--count", type=click.IntRange(1, COUNT_MAX), default=20, show_default=True, help="How many."
)
@json_option
@command
async def messages(session: Session, *, count: int, as_json: bool) -> None:
    """List the newest messages to agents, and who has read them.

    \b
    Examples:
      dialer agents messages
      dialer agents messages --json | jq '.[0].receipts'
    """
    async with opened_store(session) as store:
        found = await store.messages.sent(count=count)
    at = now()
    if as_json:
        print_json([asdict(one) for one in found])
    elif not found:
        click.echo('Nothing was written yet. Write: dialer agents message "TEXT" --to AGENT')
    else:
        print_table(
            ("ago", "by", "to", "read", "text"),
            [
                (
                    age((at - one.sent_at).total_seconds()),
                    one.sent_by,
                    f"team {one.team}" if one.team else one.receipts[0].agent,
                    f"{one.read} of {len(one.receipts)}",
                    one.text,
                )
                for one in found
            ],
        )
