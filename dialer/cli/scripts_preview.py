"""`dialer scripts preview`: a script walked with answers given on the command line."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from campaigns.scripts.errors import BadAnswer
from campaigns.scripts.questions import Kind, Question, check_answer
from campaigns.scripts.reading import read_script_file
from campaigns.scripts.script import End, Script
from campaigns.scripts.texts import plain
from campaigns.scripts.walking import TRAIL_MAX, Call, Stand, Walk
from dialer.cli.opened import opened_store
from dialer.cli.scripts import named
from dialer.cli.session import Session, command
from dialer.errors import UsageError

_MADE_UP = Call(
    words={"name": "Jane Example", "client": "Example", "campaign": "preview", "agent": "Anna"},
    fields={},
    answers={},
    earlier={},
)


@click.command()
@click.argument("name")
@click.option("--lead", type=int, help="Fill in the record of this lead, by its number.")
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="QUESTION=ANSWER",
    help="An answer; several choices are joined by commas. May be given again.",
)
@click.option("--full", multiple=True, metavar="QUOTA", help="Take this quota for full.")
@command
async def preview(
    session: Session,
    *,
    name: str,
    lead: int | None,
    answers: Sequence[str],
    full: Sequence[str],
) -> None:
    """Read a script as an agent would: NAME, NAME@VERSION or a file, up to what is not answered.

    Nothing is stored. Without --lead a made-up person stands in for the record.

    \b
    Examples:
      dialer scripts preview survey.toml
      dialer scripts preview service-survey --lead 4711 --answer takes_part=yes --answer age=34
    """
    call = _MADE_UP
    if name.endswith(".toml"):
        script, _ = read_script_file(Path(name))
    else:
        async with opened_store(session) as store:
            script = (await store.scripts.get(*named(name))).script
    if lead is not None:
        async with opened_store(session) as store:
            record = await store.leads.get(lead)
            row = await store.campaigns.by_id(record.campaign_id)
        call = Call(
            words=dict(_MADE_UP.words)
            | {"name": record.name, "external_id": record.external_id, "list": record.list_name,
               "client": row.client, "campaign": row.name},
            fields=record.fields,
            answers={},
            earlier={},
        )  # fmt: skip
    unknown = sorted(set(full) - {each.name for each in script.quotas})
    if unknown:
        raise UsageError(f"There is no quota '{unknown[0]}' in this script.")
    given = dict(_answers(script, answers))
    call = Call(
        words=call.words, fields=call.fields, answers=given, earlier={}, full=frozenset(full)
    )
    _read(script, call)


def _answers(script: Script, words: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for each in words:
        key, is_given, value = each.partition("=")
        question = script.question(key)
        if not is_given or question is None:
            known = ", ".join(q.id for q in script.questions)
            raise UsageError(f"'{each}' is not QUESTION=ANSWER; the questions are {known}.")
        try:
            yield key, check_answer(question, _value(question, value))
        except BadAnswer as error:
            choices = ", ".join(choice.code for choice in question.choices)
            known = f" The answers are {choices}." if choices else ""
            raise UsageError(f"--answer {each}: {error}{known}") from error


def _value(question: Question, text: str) -> Any:
    codes = {choice.code for choice in question.choices}
    if text == "no_answer":
        return {"no_answer": True}
    match question.kind:
        case Kind.SCALE | Kind.NUMBER:
            try:
                return json.loads(text)
            except ValueError:
                return text
        case Kind.MULTIPLE:
            return [one if one in codes else {"other": one} for one in text.split(",")]
        case Kind.SINGLE if text not in codes and question.has_other:
            return {"other": text}
        case _:
            return text


def _read(script: Script, call: Call) -> None:
    walk = Walk(script)
    trail: tuple[str, ...] = ()
    for _ in range(TRAIL_MAX):
        stand = walk.stand(call, trail)
        _print(script, stand)
        if not stand.may_go_on:
            return
        trail = (*stand.trail, walk.leave(stand))
    click.echo(f"... and so on: after {TRAIL_MAX} steps there is no end.")


def _print(script: Script, stand: Stand) -> None:
    place = script.place(stand.place)
    assert place is not None, "a walk stands somewhere"
    title = place.title or place.id
    click.secho(f"== {title} ({place.id}, {stand.progress:.0%})", bold=True)
    if stand.text:
        click.echo(plain(stand.text))
    if stand.note:
        click.secho(f"[{plain(stand.note)}]", dim=True)
    for asked in stand.asked:
        question = asked.question
        answer = "?" if asked.answer is None else question.words_of(asked.answer)
        click.echo(f"  {question.id}: {plain(asked.text)} -> {answer}")
        if asked.answer is None and question.choices:
            click.echo("    " + ", ".join(each.code for each in question.choices))
    if isinstance(place, End):
        suggests = f", suggests '{place.disposition}'" if place.disposition else ""
        click.echo(f"  The end: {place.result}{suggests}.")
    click.echo()
