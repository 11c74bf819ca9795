"""A script as one value: steps with texts and questions, branches, objections, ends, quotas."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from campaigns.scripts.expressions import Expression
from campaigns.scripts.questions import Question
from campaigns.scripts.texts import Parts


@enum.unique
class Result(enum.StrEnum):
    """What an end says of the interview, in the words of AAPOR's Standard Definitions."""

    COMPLETE = "complete"
    """All that was wanted was said: it counts as an interview, and towards quotas."""
    REFUSED = "refused"
    SCREENED_OUT = "screened_out"
    """Not one of those who are asked."""
    QUOTA_FULL = "quota_full"
    """One of those of whom there are enough."""
    UNFINISHED = "unfinished"
    """Broken off, to be taken up again."""


@enum.unique
class Outside(enum.StrEnum):
    """What becomes of leads that are in no cell of the quotas."""

    CALL = "call"
    """They are called: the cells are ceilings for some."""
    STOP = "stop"
    """They are not: only interviews in a cell are wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Where to go on when a condition holds."""

    when: Expression
    to: str
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is said and asked at one place."""

    id: str
    title: str = ""
    text: Parts = ()
    note: Parts = ()
    """For the agent's eyes; not to be said."""
    is_required: bool = False
    """Must be seen in every interview that passes here, and is never skipped."""
    questions: tuple[Question, ...] = ()
    branches: tuple[Branch, ...] = ()
    next: str = ""
    """Where to go on when no branch holds."""
    line: int = 0

    @property
    def ways(self) -> tuple[str, ...]:
        """Everywhere it may lead."""
        return (*(branch.to for branch in self.branches), self.next)


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where a script ends."""

    id: str
    title: str = ""
    text: Parts = ()
    note: Parts = ()
    result: Result = Result.UNFINISHED
    disposition: str | None = None
    """Code of the disposition it suggests."""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What a person may say at any step, and what is answered."""

    id: str
    title: str
    text: Parts
    key: str = ""
    """The key that opens it; empty: its number in the list."""
    to: str | None = None
    """A step or end that the agent may go to from here."""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A cell: no more than `target` interviews of those for whom `when` holds."""

    name: str
    when: Expression
    target: int
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script. The first step is where it begins."""

    name: str
    title: str
    steps: tuple[Step, ...]
    ends: tuple[End, ...]
    greeting: Parts = ()
    objections: tuple[Objection, ...] = ()
    quotas: tuple[Quota, ...] = ()
    outside_quotas: Outside = Outside.CALL

    @property
    def places(self) -> tuple[Step | End, ...]:
        """The steps and the ends."""
        return (*self.steps, *self.ends)

    def place(self, place_id: str) -> Step | End | None:
        """The step or end of that id."""
        return next((each for each in self.places if each.id == place_id), None)

    @property
    def questions(self) -> Iterator[Question]:
        """All questions, in the order of the file."""
        for step in self.steps:
            yield from step.questions

    def question(self, question_id: str) -> Question | None:
        """The question of that id."""
        return next((each for each in self.questions if each.id == question_id), None)

    def step_of(self, question_id: str) -> Step | None:
        """Where it is asked."""
        return next(
            (s for s in self.steps if any(each.id == question_id for each in s.questions)), None
        )

    @property
    def quota_end(self) -> End | None:
        """Where an interview is brought to a polite end when its quota is full."""
        return next((each for each in self.ends if each.result is Result.QUOTA_FULL), None)
