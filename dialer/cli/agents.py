"""`dialer agents`."""

from dataclasses import asdict

import click

from campaigns.store.rows import JsonObject
from dialer.cli.callback_words import promised_lines, when_closed, when_closed_options
from dialer.cli.opened import ask_service, opened_store
from dialer.cli.output import age, print_json, print_table
from dialer.cli.phones import show_phone
from dialer.cli.session import Session, command, json_option, now
from dialer.errors import UsageError
from freeswitch.errors import UnsafeValue
from freeswitch.values import extension as checked_extension

STATES = {
    "logged_out": "is logged out",
    "connecting_leg": "is being called",
    "paused": "is paused",
    "ready": "is ready",
    "reserved": "is being connected",
    "talking": "is talking",
    "wrap_up": "is wrapping up",
}


@click.command()
@click.argument("name")
@click.option("--team", required=True, help="The team whose calls the agent takes; made when new.")
@click.option("--extension", required=True, help="The agent's phone, as the switch knows it.")
@command
async def add(session: Session, *, name: str, team: str, extension: str) -> None:
    """Add agent NAME to a team, and make a password for their telephone to register with.

    \b
    Examples:
      dialer agents add anna --team sales --extension 1001
    """
    try:
        checked_extension("extension", extension)
    except UnsafeValue as error:
        raise UsageError(f"--extension is {extension!r}. Allowed is {error.expected}.") from error
    async with opened_store(session) as store:
        known = {row.name for row in await store.teams.list()}
        agents = session.settings.agents
        other = await store.phones.find(extension, agents.domain)
        if other is not None and other.agent != name:
            raise UsageError(
                f"Extension {extension} is the telephone of agent '{other.agent}', and two cannot "
                "share one. Nothing was changed; choose another."
            )
        row = await store.agents.add(name, team, extension, by=session.by, now=now())
        password = None
        if agents.dial == "user":
            # A telephone behind a gateway is that gateway's to let in.
            password = await store.phones.reset(
                row.name, domain=agents.domain, by=session.by, now=now()
            )
    new = "" if team in known else f" Team '{team}' is new."
    click.echo(
        f"Agent '{row.name}' was added to team '{row.team_name}', extension {row.extension}.{new}"
    )
    if password is not None:
        click.echo("Their telephone registers with this; the password is not shown again:")
        show_phone(row.extension, agents.domain, password)


@click.command("list")
@click.option("--team", help="Only this team.")
@json_option
@command
async def list_agents(session: Session, *, team: str | None, as_json: bool) -> None:
    """List agents, their phones and what they do, as last recorded.

    \b
    Examples:
      dialer agents list
      dialer agents list --team sales --json
    """
    async with opened_store(session) as store:
        if team is not None:
            team = (await store.teams.get(team)).name
        rows = await store.agents.list(team)
    at = now()
    if as_json:
        print_json([asdict(row) for row in rows])
    elif not rows:
        click.echo(
            "There are no agents yet. Add one: dialer agents add NAME --team T --extension E"
        )
    else:
        print_table(
            ("name", "team", "extension", "state", "for", "reason"),
            [
                (
                    row.name,
                    row.team_name,
                    row.extension,
                    row.state.replace("_", " "),
                    age((at - row.state_since).total_seconds()),
                    row.pause_reason,
                )
                for row in rows
            ],
        )


@click.command()
@click.argument("name")
@command
async def login(session: Session, *, name: str) -> None:
    """Call the phone of agent NAME and keep the line between calls.

    The agent is paused when the line is up; `dialer agents ready` brings calls.

    \b
    Example:
      dialer agents login anna
    """
    await _control(session, "login", name)


@click.command()
@click.argument("name")
@command
async def ready(session: Session, *, name: str) -> None:
    """Let agent NAME take calls.

    \b
    Example:
      dialer agents ready anna
    """
    await _control(session, "ready", name)


@click.command()
@click.argument("name")
@click.option(
    "--reason", default="pause", show_default=True, help="Shown in reports: lunch, training ..."
)
@command
async def pause(session: Session, *, name: str, reason: str) -> None:
    """Give agent NAME no new calls. A call that is under way goes on.

    \b
    Example:
      dialer agents pause anna --reason lunch
    """
    await _control(session, "pause", name, reason=reason)


@click.command()
@click.argument("name")
@command
async def logout(session: Session, *, name: str) -> None:
    """End the line of agent NAME, after their call if they are on one.

    \b
    Example:
      dialer agents logout anna
    """
    await _control(session, "logout", name)


@click.command()
@click.argument("name")
@command
async def hangup(session: Session, *, name: str) -> None:
    """End the call of agent NAME; the agent goes on to wrap-up. A call that is not answered yet is
    ended when it has rung as long as the law asks.

    \b
    Example:
      dialer agents hangup anna
    """
    await _control(session, "hangup", name)


@click.command()
@click.argument("name")
@command
async def dial(session: Session, *, name: str) -> None:
    """Call the lead that agent NAME is shown in preview mode.

    \b
    Example:
      dialer agents dial anna
    """
    await _control(session, "dial", name)


@click.command()
@click.argument("name")
@command
async def skip(session: Session, *, name: str) -> None:
    """Put the lead that agent NAME is shown in preview mode off for an hour, and show the next.

    \b
    Example:
      dialer agents skip anna
    """
    await _control(session, "skip", name)


@click.command()
@click.argument("name")
@click.argument("disposition")
@click.option("--call", help="Of an earlier call, by its id; else of the present or last one.")
@click.option(
    "--callback-at",
    metavar="'YYYY-MM-DD HH:MM'",
    help="Promise a call for this moment, by the lead's clock.",
)
@click.option(
    "--for",
    "callback_for",
    type=click.Choice(["me", "team"]),
    help="Who makes the promised call; else the agent.",
)
@click.option("--zone", help="The lead's time zone, where the number leaves it open.")
@click.option("--note", help="A word for whoever makes the promised call.")
@when_closed_options
@command
async def result(
    session: Session,
    *,
    name: str,
    disposition: str,
    or_next_open: bool,
    anyway: bool,
    **words: str | None,
) -> None:
    """Say how the call of agent NAME went: DISPOSITION is one of the campaign's codes.

    `dialer campaign show` lists them. In wrap-up this also makes the agent ready again.

    \b
    Examples:
      dialer agents result anna sale
      dialer agents result anna callback --call 7f9ee1a4-5c1f-4c1a-9d55-0b0f5e7c3a10
      dialer agents result anna callback --callback-at "2026-11-22 15:00" --note "after lunch"
      dialer agents result anna callback --callback-at "2026-11-22 15:00" --for team
    """
    given = {key: value for key, value in words.items() if value is not None}
    if "callback_at" not in given and given.keys() & {"callback_for", "zone", "note"}:
        raise UsageError("--for, --zone and --note are about a promised call; add --callback-at.")
    if "callback_at" in given:
        given["when_closed"] = str(when_closed(or_next_open=or_next_open, anyway=anyway))
    elif or_next_open or anyway:
        raise UsageError(
            "--or-next-open and --anyway are about a promised call; add --callback-at."
        )
    await _control(session, "dispose", name, disposition=disposition, **given)


@click.command("call")
@click.argument("name")
@command
async def call_phone(session: Session, *, name: str) -> None:
    """Call the phone of agent NAME to try a headset: a tone, then what is said comes back.

    The agent must be logged out. The switch hangs up after 20 seconds.

    \b
    Example:
      dialer agents call anna
    """
    async with opened_store(session) as store:
        row = await store.agents.get(name)
        await ask_service(session, store, "agent.call", {"agent": row.name})
    click.echo(f"The phone of agent '{row.name}', {row.extension}, is being called.")


@click.command("keys")
@click.argument("team")
@click.argument("switch", metavar="on|off", type=click.Choice(["on", "off"]))
@command
async def keys(session: Session, *, team: str, switch: str) -> None:
    """Let the agents of TEAM work by the keys of their telephones, or not.

    \b
    Examples:
      dialer agents keys sales off
      dialer agents keys sales on
    """
    async with opened_store(session) as store:
        row = await store.teams.get(team)
        args: JsonObject = {"team": row.name, "on": switch == "on"}
        await ask_service(session, store, "team.keys", args)
    word = "work" if switch == "on" else "do not work"
    click.echo(f"The agents of team '{row.name}' {word} by telephone keys.")


async def _control(session: Session, verb: str, name: str, **words: str) -> None:
    async with opened_store(session) as store:
        # Asked first: a misspelt name should be told of even when no service runs.
        row = await store.agents.get(name)
        args: JsonObject = {"agent": row.name, **words}
        answer = await ask_service(session, store, f"agent.{verb}", args)
    said = f" The call is recorded as {answer['disposition']}." if "disposition" in answer else ""
    state = str(answer["state"])
    click.echo(f"Agent '{answer['agent']}' {STATES.get(state, 'is ' + state)}.{said}")
    if "pending" in answer:
        click.echo(f"The wish to {answer['pending']} comes when no call on its way counts on them.")
    if answer.get("is_given_up"):
        click.echo(
            "The call is not answered yet. It is ended when it has rung as long as the law asks; "
            "should the lead answer before, the agent has them on the line."
        )
    if "preview" in answer:
        click.echo(f"They look at lead {answer['preview']['lead']}: dial or skip.")
    if "callback" in answer:
        for line in promised_lines(answer["callback"]):
            click.echo(line)
