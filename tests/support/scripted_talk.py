"""Scripts for tests, and records to walk them with."""

from pathlib import Path
from typing import Any

from campaigns.scripts.reading import examine_script, parse_script
from campaigns.scripts.script import Script
from campaigns.scripts.walking import Call, Stand, Walk

EXAMPLES = Path(__file__).parents[2] / "examples" / "scripts"

SMALL = """
script = "small"
title = "A small survey"
greeting = "Good day, {agent} for {client}."

[[quotas]]
name = "women in Baku"
when = "fields.sex == 'F' and fields.city == 'Baku'"
target = 2

[[quotas]]
name = "grown men"
when = "fields.sex == 'M' and answers.age >= 18"
target = 1

[[steps]]
id = "opening"
text = "{greeting} Is this {name|the owner} of {fields.city|your town}?"
required = true

[[steps]]
id = "age"
[[steps.questions]]
id = "age"
text = "How old?"
kind = "number"
min = 0
max = 120
[[steps.branches]]
when = "answers.age < 18"
to = "young"

[[steps]]
id = "score"
next = "done"
[[steps.questions]]
id = "nps"
text = "Would you recommend us?"
kind = "nps"
no_answer = true
[[steps.questions]]
id = "why"
text = "Why?"
kind = "text"
when = "answers.nps <= 6"
required = false

[[ends]]
id = "done"
result = "complete"
disposition = "sale"

[[ends]]
id = "young"
result = "screened_out"

[[ends]]
id = "enough"
result = "quota_full"

[[objections]]
id = "busy"
title = "No time"
text = "It takes one minute, {name}."
to = "young"
"""


def example(name: str) -> Script:
    """A script of examples/scripts."""
    path = EXAMPLES / f"{name}.toml"
    return parse_script(path.read_text(encoding="utf-8"), source=path.name)


def small() -> Script:
    """The script above."""
    return parse_script(SMALL, source="small")


def codes(text: str) -> list[tuple[int, str]]:
    """Line and code of each finding."""
    return [(each.line, each.code) for each in examine_script(text)[1]]


def call(**answers: Any) -> Call:
    """A call to Leyla in Baku, with these answers."""
    return Call(
        words={"name": "Leyla", "client": "Acme", "agent": "Anar"},
        fields={"city": "Baku", "sex": "F"},
        answers=answers,
        earlier={},
    )


def walk_on(script: Script, talk: Call, most: int = 50) -> Stand:
    """Go on from the beginning until an end, or something that is not answered."""
    walk = Walk(script)
    trail: tuple[str, ...] = ()
    for _ in range(most):
        stand = walk.stand(talk, trail)
        if not stand.may_go_on:
            return stand
        trail = (*stand.trail, walk.leave(stand))
    raise AssertionError(f"no end after {most} steps: {trail}")
