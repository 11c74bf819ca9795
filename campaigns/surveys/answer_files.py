"""All interviews as a file: one line each, one column a question, for a statistics program."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from campaigns.lead_import.written_tables import csv_writer, xlsx_writer
from campaigns.scripts.questions import Question
from campaigns.scripts.values import comparable
from campaigns.surveys.interviews import Interview

FIXED = ("call_id", "began_at", "external_id", "agent", "script_version", "result", "quotas")


def answer_rows(
    questions: Sequence[Question],
    interviews: Sequence[Interview],
    *,
    with_fields: bool,
    with_agents: bool = True,
    words: Literal["labels", "codes"] = "labels",
) -> Iterator[list[str]]:
    """The header and a line for each interview, all as text; several answers joined by "; ".

    `with_fields` adds the columns of the record, with `field_` before their names; without
    `with_agents` nobody is named who asked.
    """
    fields = sorted({key for each in interviews for key in each.fields}) if with_fields else []
    fixed = [each for each in FIXED if with_agents or each != "agent"]
    yield [*fixed, *(f"field_{name}" for name in fields), *(each.id for each in questions)]
    for each in interviews:
        yield [
            each.call_id,
            each.began_at.isoformat(timespec="seconds"),
            each.external_id or "",
            *([each.agent or ""] if with_agents else []),
            "" if each.version is None else str(each.version),
            each.result or "",
            "; ".join(each.cells),
            *(each.fields.get(name, "") for name in fields),
            *(_cell(question, each.answers.get(question.id), words) for question in questions),
        ]


def _cell(question: Question, answer: Any, words: Literal["labels", "codes"]) -> str:
    if answer is None:
        return ""
    several = answer if isinstance(answer, list) else [answer]
    if words == "labels" or not question.choices:
        return "; ".join(question.words_of(each) for each in several)
    return "; ".join(str(comparable(each)) for each in several)


def write_answers(
    path: Path,
    questions: Sequence[Question],
    interviews: Sequence[Interview],
    *,
    with_fields: bool,
    with_agents: bool = True,
    words: Literal["labels", "codes"] = "labels",
) -> None:
    """Write a .csv or .xlsx file, whole or not at all. Blocks. Raises OSError."""
    rows = answer_rows(
        questions, interviews, with_fields=with_fields, with_agents=with_agents, words=words
    )
    part = path.with_name(path.name + ".part")
    writer = xlsx_writer if path.suffix.lower() == ".xlsx" else csv_writer
    try:
        with writer(part, "answers") as write:
            for row in rows:
                write(row)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
