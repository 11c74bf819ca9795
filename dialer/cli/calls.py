"""`dialer calls`: what happens on a call while an agent is on it. NAME is the agent's."""

import click

from campaigns.store.rows import JsonObject
from dialer.cli.opened import ask_service, opened_store
from dialer.cli.output import age, print_json, print_table
from dialer.cli.session import Session, command, json_option
from dialer.errors import UsageError

PLACES = {
    "with_agent": "talks with the agent",
    "held": "is on hold",
    "coming_back": "is being taken back",
    "moving": "is on the way to a colleague",
    "leaving": "is on the way to the outside number",
    "outside": "talks with the outside party",
}


@click.command("list")
@json_option
@command
async def list_calls(session: Session, *, as_json: bool) -> None:
    """List the calls that agents are on, and who listens.

    \b
    Example:
      dialer calls list
    """
    async with opened_store(session) as store:
        answer = await ask_service(session, store, "calls.list", {})
    if as_json:
        print_json(answer)
        return
    calls, supervisors = answer["calls"], answer["supervisors"]
    if not calls:
        click.echo("No agent is on a call.")
    else:
        print_table(
            ("agent", "campaign", "lead", "the lead", "for", "recorded", "waits for"),
            [
                (
                    one["agent"],
                    one["campaign"],
                    one["lead"],
                    PLACES.get(one["place"], one["place"]),
                    age(one["seconds"]),
                    "masked" if one["is_masked"] else "yes" if one["is_recorded"] else "no",
                    one["awaits"] or "",
                )
                for one in calls
            ],
        )
    for one in supervisors:
        click.echo(f"Phone {one['phone']} is at agent '{one['agent']}': {one['mode']}.")


@click.command()
@click.argument("name")
@command
async def hold(session: Session, *, name: str) -> None:
    """Put the lead of agent NAME on hold: music for the lead, silence for the agent.

    \b
    Example:
      dialer calls hold anna
    """
    await _ask(session, "calls.hold", name)


@click.command()
@click.argument("name")
@command
async def resume(session: Session, *, name: str) -> None:
    """Take the lead of agent NAME back from hold.

    \b
    Example:
      dialer calls resume anna
    """
    await _ask(session, "calls.resume", name)


@click.command()
@click.argument("name")
@click.argument("pressed", metavar="KEYS")
@command
async def keys(session: Session, *, name: str, pressed: str) -> None:
    """Press KEYS for the far end of agent NAME to hear: 0 to 9, * and #.

    \b
    Example:
      dialer calls keys anna 2#
    """
    await _ask(session, "calls.keys", name, keys=pressed)


@click.command()
@click.argument("name")
@click.argument("switch", metavar="on|off", type=click.Choice(["on", "off"]))
@command
async def record(session: Session, *, name: str, switch: str) -> None:
    """Record the call of agent NAME because the lead agreed, or stop because they did not.

    \b
    Examples:
      dialer calls record anna on
      dialer calls record anna off
    """
    await _ask(session, "calls.record", name, on=switch == "on")


@click.command()
@click.argument("name")
@command
async def mask(session: Session, *, name: str) -> None:
    """Write silence into the recording of agent NAME while card data is spoken.

    \b
    Example:
      dialer calls mask anna
    """
    await _ask(session, "calls.mask", name, on=True)


@click.command()
@click.argument("name")
@command
async def unmask(session: Session, *, name: str) -> None:
    """Write sound into the recording of agent NAME again.

    \b
    Example:
      dialer calls unmask anna
    """
    await _ask(session, "calls.mask", name, on=False)


@click.command()
@click.argument("name")
@click.option("--to", "to_agent", help="Another agent, now or after the present call.")
@click.option("--team", "to_team", help="Whoever of this team is free, or is free first.")
@click.option("--number", help="An outside number that the campaign's file allows.")
@command
async def transfer(
    session: Session, *, name: str, to_agent: str | None, to_team: str | None, number: str | None
) -> None:
    """Give the lead of agent NAME to a colleague, a team or an outside number.

    The lead stays with the agent until the other side is there. While all colleagues are on
    calls that is until the first of them comes free; `dialer calls keep` takes it back.

    \b
    Examples:
      dialer calls transfer anna --to ben
      dialer calls transfer anna --team support
      dialer calls transfer anna --number +12025550177
    """
    given = {
        key: value
        for key, value in (("to_agent", to_agent), ("to_team", to_team), ("number", number))
        if value is not None
    }
    if len(given) != 1:
        raise UsageError("Say where to: one of --to, --team and --number.")
    if "number" in given:
        await _ask(session, "calls.outside", name, purpose="transfer", **given)
    else:
        await _ask(session, "calls.transfer", name, **given)


@click.command()
@click.argument("name")
@command
async def keep(session: Session, *, name: str) -> None:
    """Let agent NAME keep the lead, who waits for a colleague to come free.

    \b
    Example:
      dialer calls keep anna
    """
    await _ask(session, "calls.keep", name)


@click.command()
@click.argument("name")
@click.argument("number")
@command
async def add(session: Session, *, name: str, number: str) -> None:
    """Call NUMBER into the call of agent NAME, so that three talk.

    \b
    Example:
      dialer calls add anna +12025550177
    """
    await _ask(session, "calls.outside", name, purpose="three_way", number=number)


@click.command()
@click.argument("name")
@command
async def drop(session: Session, *, name: str) -> None:
    """End the outside leg in the call of agent NAME; the lead stays.

    \b
    Example:
      dialer calls drop anna
    """
    await _ask(session, "calls.drop", name)


@click.command()
@click.argument("name")
@command
async def leave(session: Session, *, name: str) -> None:
    """Let agent NAME leave a call of three: the lead stays with the outside party.

    \b
    Example:
      dialer calls leave anna
    """
    await _ask(session, "calls.leave", name)


@click.command()
@click.argument("name")
@click.option("--phone", required=True, help="The supervisor's phone, as the switch knows it.")
@command
async def listen(session: Session, *, name: str, phone: str) -> None:
    """Let a supervisor hear agent NAME and their leads; nobody hears the supervisor.

    The phone is called. It stays with the agent from call to call, until it hangs up.

    \b
    Example:
      dialer calls listen anna --phone 1900
    """
    await _supervise(session, name, phone, "listen")


@click.command()
@click.argument("name")
@click.option("--phone", required=True, help="The supervisor's phone, as the switch knows it.")
@command
async def whisper(session: Session, *, name: str, phone: str) -> None:
    """Let a supervisor speak to agent NAME without the lead hearing it.

    \b
    Example:
      dialer calls whisper anna --phone 1900
    """
    await _supervise(session, name, phone, "whisper")


@click.command()
@click.argument("name")
@click.option("--phone", required=True, help="The supervisor's phone, as the switch knows it.")
@command
async def barge(session: Session, *, name: str, phone: str) -> None:
    """Let a supervisor speak to agent NAME and to the lead.

    \b
    Example:
      dialer calls barge anna --phone 1900
    """
    await _supervise(session, name, phone, "barge")


@click.command()
@click.option("--phone", required=True, help="The supervisor's phone.")
@command
async def unlisten(session: Session, *, phone: str) -> None:
    """End a supervisor's line. Nobody else's call ends by that.

    \b
    Example:
      dialer calls unlisten --phone 1900
    """
    async with opened_store(session) as store:
        await ask_service(session, store, "calls.unlisten", {"phone": phone})
    click.echo(f"Phone {phone} is being hung up.")


async def _supervise(session: Session, name: str, phone: str, mode: str) -> None:
    async with opened_store(session) as store:
        row = await store.agents.get(name)
        args: JsonObject = {"agent": row.name, "phone": phone, "mode": mode}
        await ask_service(session, store, "calls.listen", args)
    click.echo(f"Phone {phone} is at agent '{row.name}': {mode}.")


async def _ask(session: Session, kind: str, name: str, **words: str | bool) -> None:
    async with opened_store(session) as store:
        # Asked first: a misspelt name should be told of even when no service runs.
        row = await store.agents.get(name)
        args: JsonObject = {"agent": row.name, **words}
        answer = await ask_service(session, store, kind, args)
    place = answer.get("place")
    if place is None:
        click.echo(f"Agent '{answer['agent']}' has no lead any more.")
    else:
        click.echo(f"The lead of agent '{answer['agent']}' {PLACES.get(place, place)}.")
        if answer.get("awaits"):
            click.echo(
                f"They go to {answer['awaits']} as soon as somebody there is free; "
                f"`dialer calls keep {answer['agent']}` takes that back."
            )
