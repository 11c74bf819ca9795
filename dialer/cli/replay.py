"""`dialer replay`: a recorded day again, exactly, or beside another pacer."""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from dialer.cli.output import print_json, print_table
from dialer.cli.session import Session
from dialer.errors import UsageError
from dialer.pacing.settings import DialMode, PacingSettings, Wall
from dialer.pacing.view import Pacer
from dialer.runtime import replay as runs
from dialer.runtime.replay import Difference, Replayed
from dialer.runtime.shadow import Comparison, ShadowedPacer
from dialer.service.home import JOURNAL

DIFFERENCES_SHOWN = 10
_MODES = [str(mode) for mode in DialMode if mode is not DialMode.PREVIEW]


@click.command("replay")
@click.argument(
    "journal", metavar="[JOURNAL]", required=False, type=click.Path(exists=True, path_type=Path)
)
@click.option("--pacing", type=click.Choice(_MODES), help="Ask this pacer too.")
@click.option("--target", type=click.FloatRange(0, 100), help="Its abandonment target in percent.")
@click.option("--ratio", type=click.FloatRange(1, 10), help="Its lines for each ready agent.")
@click.option("--wall", type=click.Choice([str(one) for one in Wall]), help="Its legal wall.")
@click.option("--json", "as_json", is_flag=True, help="Answer with JSON.")
@click.pass_context
def replay(
    ctx: click.Context,
    *,
    journal: Path | None,
    pacing: str | None,
    target: float | None,
    ratio: float | None,
    wall: str | None,
    as_json: bool,
) -> None:
    """Run a recorded day through a fresh engine; it must say every command again.

    JOURNAL is a journal's folder or one of its files; without it that of this service's home. Says
    the first difference, if there is one, and ends with status 1.

    With another pacer it says what that one would have launched differently. Answers of calls that
    were not made are unknown: this compares decisions, `dialer simulate` compares days.

    \b
    Examples:
      dialer replay
      dialer replay data/journal --pacing progressive
      dialer replay data/journal --pacing predictive --target 2 --json
    """
    session: Session = ctx.obj
    place = journal or session.settings.home / JOURNAL
    change = _change(pacing, target, ratio, wall)
    found = runs.sessions_of(place)
    if not found.whole:
        raise UsageError(
            f"The journal in {place} has lost its beginning: its first files were deleted, as "
            "journal.files_max says, and an engine cannot begin in the middle. Keep more files."
        )
    comparison = Comparison()

    def shadowed(settings: PacingSettings) -> Pacer:
        return ShadowedPacer(settings, replace(settings, **change), comparison)

    done = [
        runs.replay(one, create_pacer=shadowed) if change else runs.replay(one)
        for one in found.whole
    ]
    if as_json:
        print_json(_as_data(done, len(found.headless), comparison if change else None))
    else:
        _say(done, len(found.headless))
        if change:
            _say_comparison(comparison, change)
    if any(one.difference for one in done):
        ctx.exit(1)


def _change(
    pacing: str | None, target: float | None, ratio: float | None, wall: str | None
) -> dict[str, Any]:
    change: dict[str, Any] = {}
    if pacing is not None:
        change["mode"] = DialMode(pacing)
    if target is not None:
        change["target_ratio"] = target / 100.0
    if ratio is not None:
        change["ratio"] = ratio
    if wall is not None:
        change["wall"] = Wall(wall)
    return change


def _say(done: list[Replayed], headless: int) -> None:
    for one in done:
        began = _moment(one.started_at)
        what = f"{one.steps:,} steps and {one.commands:,} commands"
        if one.difference is None:
            click.echo(f"The session of {began}: {what}, every one the same.")
        else:
            click.echo(f"The session of {began}: {what} the same, then a difference.")
            _say_difference(one.difference)
    if headless:
        click.echo(
            f"{headless} older session{'s' if headless > 1 else ''} left out: the first files were "
            "deleted by the rotation."
        )


def _say_difference(found: Difference) -> None:
    click.echo(f"  {found.path} line {found.line}, {_moment(found.at)}, {found.event}")
    click.echo(f"  recorded: {found.recorded}")
    click.echo(f"  replayed: {found.replayed}")


def _say_comparison(comparison: Comparison, change: dict[str, Any]) -> None:
    quarters = [comparison.quarters[at] for at in sorted(comparison.quarters)]
    words = ", ".join(f"{name.removesuffix('_ratio')} {value}" for name, value in change.items())
    click.echo(f"\nWith {words}:")
    print_table(
        ["from", "launched", "would launch", "difference", "decisions", "differ"],
        [
            (
                _moment(one.begins_at)[:16],
                one.recorded,
                one.other,
                one.other - one.recorded,
                one.decisions,
                one.differ,
            )
            for one in quarters
        ],
    )
    total = sum(one.other for one in quarters) - sum(one.recorded for one in quarters)
    click.echo(
        f"In all {abs(total):,} calls {'more' if total >= 0 else 'fewer'}; "
        f"{sum(one.differ for one in quarters):,} of "
        f"{sum(one.decisions for one in quarters):,} decisions differ."
    )
    for one in comparison.first[:DIFFERENCES_SHOWN]:
        click.echo(
            f"  {_moment(one.at)}  {one.recorded} ({one.recorded_limit}), "
            f"would be {one.other} ({one.other_limit})"
        )
    click.echo(
        "Agents are as busy as they were: who would have answered a call that was not made is "
        "unknown. `dialer simulate` runs the whole day otherwise."
    )


def _as_data(done: list[Replayed], headless: int, comparison: Comparison | None) -> dict[str, Any]:
    data: dict[str, Any] = {
        "sessions": [
            asdict(one) | {"started_at": datetime.fromtimestamp(one.started_at, UTC)}
            for one in done
        ],
        "sessions_without_beginning": headless,
    }
    if comparison is not None:
        data["quarters"] = [
            asdict(one) | {"begins_at": datetime.fromtimestamp(one.begins_at, UTC)}
            for _, one in sorted(comparison.quarters.items())
        ]
        data["first_differences"] = [
            asdict(one) | {"at": datetime.fromtimestamp(one.at, UTC)} for one in comparison.first
        ]
        data["rang_out_unmade"] = comparison.expired
    return data


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC).astimezone():%Y-%m-%d %H:%M:%S}"
