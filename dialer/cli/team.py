"""`dialer team`: how a team's calls are paced."""

from typing import Any

import click

from dialer.cli.opened import ask_service, opened_store
from dialer.cli.output import print_facts, print_json
from dialer.cli.session import Session, command, json_option
from dialer.errors import UsageError
from dialer.pacing.settings import DialMode, PreviewTimeout, Wall


@click.command("pacing")
@click.argument("team")
@click.option("--mode", type=click.Choice([str(one) for one in DialMode]), help="Dial mode.")
@click.option(
    "--target",
    metavar="PERCENT",
    type=click.FloatRange(0, 100),
    help="Abandoned calls predictive aims at, in percent of live answers.",
)
@click.option("--ratio", type=click.FloatRange(1, 10), help="Lines for each ready agent.")
@click.option("--wall", type=click.Choice([str(one) for one in Wall]), help="The legal wall.")
@click.option(
    "--preview-seconds",
    type=click.FloatRange(1, 3600),
    help="How long an agent may look at a lead in preview.",
)
@click.option(
    "--preview-timeout",
    type=click.Choice([str(one) for one in PreviewTimeout]),
    help="What happens then: dial, or put the lead back and pause the agent.",
)
@click.option("--reset", is_flag=True, help="Follow the campaigns' files again.")
@json_option
@command
async def pacing(
    session: Session,
    *,
    team: str,
    mode: str | None,
    target: float | None,
    ratio: float | None,
    wall: str | None,
    preview_seconds: float | None,
    preview_timeout: str | None,
    reset: bool,
    as_json: bool,
) -> None:
    """Show how TEAM is paced, or set it: at once, while calls go on, and for good.

    What is set here goes before the team's campaign files, also after a restart, until --reset.
    Calls under way go on; what the pacer has learnt is kept. Needs the running service.

    \b
    Examples:
      dialer team pacing sales
      dialer team pacing sales --mode predictive --target 2.5
      dialer team pacing sales --mode preview --preview-seconds 40
      dialer team pacing sales --reset
    """
    given: dict[str, Any] = {
        "mode": mode,
        "target_ratio": None if target is None else target / 100.0,
        "ratio": ratio,
        "wall": wall,
        "preview_seconds_max": preview_seconds,
        "preview_timeout": preview_timeout,
    }
    args = {key: value for key, value in given.items() if value is not None}
    if reset and args:
        raise UsageError("--reset goes back to the campaigns' files; set nothing else with it.")
    if reset:
        args["reset"] = True
    async with opened_store(session) as store:
        row = await store.teams.get(team)
        answer = await ask_service(session, store, "team.pacing", {"team": row.name, **args})
    if as_json:
        print_json(answer)
        return
    print_facts(
        {
            "team": answer["team"],
            "mode": answer["mode"],
            "target": f"{answer['target_ratio']:.1%} of live answers abandoned",
            "ratio": f"{answer['ratio']:g} lines for each ready agent",
            "wall": answer["wall"],
            "preview": f"{answer['preview_seconds_max']:g} s, then {answer['preview_timeout']}",
            "said by": "a person, with this command" if answer["is_set"] else "the campaign's file",
        }
    )
