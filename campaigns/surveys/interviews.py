"""Interviews as results see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.screening_spec import SurveyQuestion
from campaigns.scripts.questions import Choice, Kind, Question
from campaigns.scripts.script import Script


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """One call with answers."""

    call_id: str
    began_at: datetime
    lead_id: int | None
    external_id: str | None
    fields: Mapping[str, str]
    agent: str | None
    version: int | None
    """Of the script; None for a recorded survey."""
    result: str | None
    cells: Sequence[str]
    answers: Mapping[str, Any]

    @property
    def is_complete(self) -> bool:
        """It came to an end that counts."""
        return self.result == "complete"


def questions_of(scripts: Sequence[Script], survey: Sequence[SurveyQuestion]) -> list[Question]:
    """Every question that was asked, each as the first of the scripts that has it asks it; then
    those of a recorded survey, whose answers are keys."""
    found: dict[str, Question] = {}
    for script in scripts:
        for question in script.questions:
            found.setdefault(question.id, question)
    for recorded in survey:
        keys = tuple(Choice(code=key, label=f"key {key}") for key, _ in recorded.keys)
        asked = Question(
            id=recorded.code, text=(recorded.text or recorded.code,), kind=Kind.SINGLE, choices=keys
        )
        found.setdefault(recorded.code, asked)
    return list(found.values())


def is_forgotten(answer: Any) -> bool:
    """Words of a person who was forgotten since."""
    return isinstance(answer, Mapping) and "forgotten" in answer
