"""`dialer why pace`: the pacer's last decisions in words and numbers, from the journal."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from dialer.cli.output import print_json
from dialer.cli.session import Session
from dialer.engine.ids import TeamId
from dialer.errors import UsageError
from dialer.pacing.limit_words import LIMIT_WORDS
from dialer.pacing.view import Decision
from dialer.runtime.journal_search import Decided, last_decisions, team_names
from dialer.service.home import JOURNAL

LAST_MAX = 10_000


@click.command("pace")
@click.argument("team")
@click.option("--at", help="Up to this instant: 14:05, 2026-05-04T14:05:10 or with a zone.")
@click.option(
    "--last", type=click.IntRange(1, LAST_MAX), default=5, show_default=True, help="How many."
)
@click.option(
    "--journal",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The journal's folder; without it that of this service's home.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer with JSON.")
@click.pass_obj
def why_pace(
    session: Session,
    *,
    team: str,
    at: str | None,
    last: int,
    journal: Path | None,
    as_json: bool,
) -> None:
    """Say why TEAM launched as many calls as it did, and what kept it from one more.

    A decision is noted when it launches something, or when another limit binds than before; what
    is noted holds until the next one. Works while the service runs, and long after.

    \b
    Examples:
      dialer why pace sales
      dialer why pace sales --at 14:05 --last 20
      dialer why pace sales --json | jq '.decisions[].bound_by'
    """
    folder = journal or session.settings.home / JOURNAL
    team_id, name = _team(folder, team)
    until = None if at is None else instant(at, now=datetime.now(UTC).astimezone())
    found = last_decisions(folder, team_id, count=last, until=until)
    if as_json:
        print_json({"team": name, "decisions": [_as_data(one) for one in found]})
        return
    if not found:
        click.echo(
            f"The journal holds no decision for team '{name}'{' up to then' if at else ''}: "
            "none of its campaigns ran with an agent at work."
        )
        return
    click.echo(f"Team '{name}', the last {len(found)} decisions noted:")
    for one in found:
        click.echo()
        for line in in_words(one):
            click.echo(line)


def instant(text: str, *, now: datetime) -> float:
    """Unix seconds of a time of today, or of a date and time; by this machine's clock unless the
    text names a zone. A text that ends in whole minutes or seconds means to the end of that one.
    """
    day = f"{now:%Y-%m-%d}T"
    try:
        given = datetime.fromisoformat(text if "-" in text[:5] else day + text)
    except ValueError:
        raise UsageError(
            f"--at is {text!r}, which is no time. Write 14:05, 14:05:10 or 2026-05-04T14:05:10."
        ) from None
    moment = given if given.tzinfo is not None else given.replace(tzinfo=now.tzinfo)
    return moment.timestamp()


def in_words(one: Decided) -> list[str]:
    """One decision, a line a thought."""
    seen = one.decision
    when = f"{datetime.fromtimestamp(one.at, UTC).astimezone():%Y-%m-%d %H:%M:%S.%f}"[:-3]
    lines = [
        f"{when}  {_launched(seen)}",
        f"  There were {_many(seen.ready, 'agent')} ready, {_many(seen.in_flight, 'call')} on "
        f"the way and {_many(seen.waiting, 'answer')} without an agent.",
    ]
    lines += _expected(seen)
    if seen.blocking is not None and seen.price is not None:
        sign = "at most" if seen.blocking <= seen.price else "more than"
        lines.append(
            f"  One more answer would have found nobody with a chance of B = {seen.blocking:.1%}, "
            f"{sign} the price θ = {seen.price:.1%}."
        )
    if seen.answer_probability is not None:
        lines.append(f"  Reckoned with: {seen.answer_probability:.1%} of calls are answered.")
    lines.append(f"  Limit: {seen.bound_by.value}. {LIMIT_WORDS[seen.bound_by]}")
    return lines


def _launched(seen: Decision) -> str:
    return f"launched {_many(seen.count, 'call')}" if seen.count else "launched nothing"


def _expected(seen: Decision) -> list[str]:
    if seen.checks_seconds:
        steps = [
            f"by {u:.1f} s {answers:.1f} and {free:.1f}"
            for u, answers, free in zip(
                seen.checks_seconds, seen.answers_by, seen.free_by, strict=True
            )
        ]
        return [f"  Expected answers and agents free again: {', '.join(steps)}."]
    if seen.expected_answers is None or seen.expected_free is None:
        return []
    return [
        f"  Expected within one set-up: {seen.expected_answers:.1f} answers, and "
        f"{seen.expected_free:.1f} agents free again."
    ]


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _as_data(one: Decided) -> dict[str, object]:
    return {"at": datetime.fromtimestamp(one.at, UTC), **asdict(one.decision)}


def _team(folder: Path, team: str) -> tuple[TeamId, str]:
    names = team_names(folder)
    for team_id, name in names.items():
        if team == name:
            return team_id, name
    known = ", ".join(f"'{name}'" for name in sorted(names.values())) or "none"
    raise UsageError(f"The journal in {folder} knows no team {team!r}; it knows {known}.")
