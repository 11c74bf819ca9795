"""One walk through a script: from the answers so far and the steps left behind to what comes next.

A walk is a function of what is stored: the facts of the call, the answers, and the trail, the steps
the agent has left in their order. Nothing else is remembered, so a page that was reloaded, another
browser and the report all come to the same place. An answer that is changed changes the way from
there on, and what was beyond is off the trail. The browser walks by the same rules
(dialer/desk/static/script.js), and a test holds the two together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from campaigns.scripts.errors import BadAnswer
from campaigns.scripts.expressions import Facts, evaluate
from campaigns.scripts.graph import distances
from campaigns.scripts.questions import Question, check_answer
from campaigns.scripts.quotas import is_full
from campaigns.scripts.script import End, Objection, Script, Step
from campaigns.scripts.texts import GREETING, Parts, Piece, plain, render

TRAIL_MAX = 500
"""Steps of one call. A person has hung up long before."""
JUMP = ">"
"""`step>place` on a trail: left for a place that none of its branches leads to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a walk starts from."""

    words: Mapping[str, str | None]
    """By the names in campaigns/scripts/expressions.py."""
    fields: Mapping[str, str]
    answers: Mapping[str, Any]
    """Of this call, by question."""
    earlier: Mapping[str, Any]
    """Of earlier calls of the same lead."""
    full: frozenset[str] = frozenset()
    """Names of the quotas that have all their interviews."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question where the walk stands."""

    question: Question
    text: tuple[Piece, ...]
    answer: Any
    """None while there is none."""
    is_earlier: bool
    """The answer is from an earlier call: it is shown, and not asked for."""
    problem: str | None
    """Why the agent cannot go on yet: code of a `BadAnswer`, or "required"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where a walk stands."""

    place: str
    is_end: bool
    trail: tuple[str, ...]
    """What of the given trail holds."""
    skipped: tuple[str, ...]
    """Steps passed over, because all they ask was answered in earlier calls."""
    text: tuple[Piece, ...]
    note: tuple[Piece, ...]
    asked: tuple[Asked, ...]
    quota_full: bool
    progress: float
    """0..1: steps behind, of these and those to the nearest end."""

    @property
    def may_go_on(self) -> bool:
        """Everything here that is required has an answer."""
        return not self.is_end and not any(each.problem for each in self.asked)


class Walk:
    """The walks through one script."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self._places: dict[str, Step | End] = {each.id: each for each in script.places}
        self._questions = {each.id: each for each in script.questions}
        self._distances = distances(script)

    def stand(self, call: Call, trail: Sequence[str]) -> Stand:
        """Follow the trail as far as the answers bear it."""
        facts = self._facts(call)
        place: Step | End = self.script.steps[0]
        held: list[str] = []
        skipped: list[str] = []
        for left in (*trail[:TRAIL_MAX], None):
            place = self._past_answered(place, call, facts, held, skipped)
            if left is None or isinstance(place, End):
                break
            step_id, _, jump = left.partition(JUMP)
            if step_id != place.id:
                break
            following = self._jumped(jump) if jump else self._next(place, call, facts)
            if following is None:
                break
            held.append(left)
            place = following
        return self._stand(place, call, facts, held, skipped)

    def leave(self, stand: Stand) -> str:
        """What the trail gets when the agent goes on from here: the end for full quotas comes
        before whatever the step would lead to."""
        end = self.script.quota_end
        if stand.quota_full and end is not None and stand.place != end.id:
            return f"{stand.place}{JUMP}{end.id}"
        return stand.place

    def objections(self, call: Call) -> list[tuple[Objection, tuple[Piece, ...]]]:
        """What may be objected, with the answers at hand, filled in."""
        facts = self._facts(call)
        return [(each, self._render(each.text, facts)) for each in self.script.objections]

    def _facts(self, call: Call) -> Facts:
        answers = {**call.earlier, **call.answers}
        known = {key: value for key, value in answers.items() if key in self._questions}
        facts = Facts(words=dict(call.words), fields=call.fields, answers=known)
        greeting = plain(self._render(self.script.greeting, facts))
        words = dict(call.words) | {GREETING: greeting or None}
        return replace(facts, words=words, quota_full=is_full(self.script, facts, call.full))

    def _render(self, parts: Parts, facts: Facts) -> tuple[Piece, ...]:
        return render(parts, facts, lambda key: self._words_of(key, facts))

    def _words_of(self, key: str, facts: Facts) -> str | None:
        answer, question = facts.answers.get(key), self._questions.get(key)
        return None if answer is None or question is None else question.words_of(answer)

    def _jumped(self, to: str) -> Step | End | None:
        end = self.script.quota_end
        allowed = {each.to for each in self.script.objections} | ({end.id} if end else set())
        return self._places.get(to) if to in allowed else None

    def _visible(self, step: Step, facts: Facts) -> list[Question]:
        return [each for each in step.questions if each.when is None or evaluate(each.when, facts)]

    def _next(self, step: Step, call: Call, facts: Facts) -> Step | End | None:
        """None while something required is not answered."""
        for question in self._visible(step, facts):
            if self._problem(question, call) is not None:
                return None
        to = next((b.to for b in step.branches if evaluate(b.when, facts)), step.next)
        return self._places[to]

    def _past_answered(
        self, place: Step | End, call: Call, facts: Facts, held: Sequence[str], skipped: list[str]
    ) -> Step | End:
        """Past the steps whose every question was answered in earlier calls."""
        seen = {each.partition(JUMP)[0] for each in held} | set(skipped)
        while isinstance(place, Step) and not place.is_required and place.id not in seen:
            visible = self._visible(place, facts)
            if not visible or not all(self._is_earlier(each, call) for each in visible):
                break
            following = self._next(place, call, facts)
            if following is None:
                break
            seen.add(place.id)
            skipped.append(place.id)
            place = following
        return place

    @staticmethod
    def _is_earlier(question: Question, call: Call) -> bool:
        return (
            not question.asks_again
            and question.id not in call.answers
            and call.earlier.get(question.id) is not None
        )

    def _answer(self, question: Question, call: Call) -> Any:
        if question.id in call.answers:
            return call.answers[question.id]
        return None if question.asks_again else call.earlier.get(question.id)

    def _problem(self, question: Question, call: Call) -> str | None:
        answer = self._answer(question, call)
        if answer is None:
            return "required" if question.is_required else None
        if self._is_earlier(question, call):
            # It was good enough for the version of the script it was asked by.
            return None
        try:
            check_answer(question, answer)
        except BadAnswer as error:
            return error.code
        return None

    def _stand(
        self, place: Step | End, call: Call, facts: Facts, held: list[str], skipped: list[str]
    ) -> Stand:
        questions = self._visible(place, facts) if isinstance(place, Step) else []
        behind, ahead = len(held), self._distances.get(place.id, 1)
        return Stand(
            place=place.id,
            is_end=isinstance(place, End),
            trail=tuple(held),
            skipped=tuple(skipped),
            text=self._render(place.text, facts),
            note=self._render(place.note, facts),
            asked=tuple(
                Asked(
                    question=each,
                    text=self._render(each.text, facts),
                    answer=self._answer(each, call),
                    is_earlier=self._is_earlier(each, call),
                    problem=self._problem(each, call),
                )
                for each in questions
            ),
            quota_full=facts.quota_full,
            progress=1.0 if ahead == 0 else behind / (behind + ahead),
        )
