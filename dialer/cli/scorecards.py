"""`dialer scorecards`."""

from pathlib import Path

import click

from campaigns.explain.words import many
from campaigns.quality.scorecard_file import read_scorecard_file
from campaigns.quality.scorecards import Fatal, Scorecard
from campaigns.quality.scoring import percent

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=_FILE)
def check(*, file: Path) -> None:
    """Read a scorecard FILE and say what is wrong with it, or what it asks.

    \b
    Example:
      dialer scorecards check telesales.toml
    """
    card = read_scorecard_file(file)
    for line in described(card):
        click.echo(line)


def described(card: Scorecard) -> list[str]:
    """A scorecard in lines, for a person."""
    weights = sum(item.weight for item in card.items)
    lines = [
        f"{card.title} ({card.name}), for {card.client}: {many(len(card.items), 'item')}, "
        f"weight {weights}, passed at {percent(card.pass_mark)} %"
    ]
    for section in card.sections:
        lines.append(f"  {section.name}")
        lines += [
            f"    {item.key:<20} {item.scale.value:<12} weight {item.weight:>3}"
            f"{_fatal(item.fatal)}{', may not apply' if item.may_not_apply else ''}"
            for item in section.items
        ]
    rule = card.sample
    if rule.calls_per_week == 0:
        lines.append("  No calls are drawn; write [sample] to have some each week.")
        return lines
    parts = [f"{stratum.calls} of {stratum.name}" for stratum in rule.strata]
    rest = rule.calls_per_week - sum(stratum.calls for stratum in rule.strata)
    parts += [f"{rest} of all"] if rest else []
    lines.append(
        f"  Each week, for each agent: {many(rule.calls_per_week, 'call')} of at least "
        f"{rule.seconds_min} s ({', '.join(parts)}); weeks begin on Monday in {rule.time_zone}"
    )
    return lines


def _fatal(fatal: Fatal) -> str:
    match fatal:
        case Fatal.NO:
            return ""
        case Fatal.ZERO:
            return ", fatal: the call counts 0"
        case Fatal.FAIL:
            return ", fatal: the call fails"
