"""Answers of every kind to the questions of a script, good and bad, for property tests."""

from typing import Any

from hypothesis import strategies as st

from campaigns.scripts.questions import Kind, Question
from campaigns.scripts.script import Script
from campaigns.scripts.walking import Call, Walk

_WORDS = st.text(alphabet="ab \n1é", max_size=6)


def any_answer(question: Question) -> st.SearchStrategy[Any]:
    """Mostly good answers to a question."""
    codes = st.sampled_from([each.code for each in question.choices] or ["x"])
    odd = st.sampled_from([None, {"no_answer": True}, "", 7, [], {"other": "words"}])
    match question.kind:
        case Kind.SINGLE:
            good: st.SearchStrategy[Any] = codes
        case Kind.MULTIPLE:
            good = st.lists(codes, max_size=3)
        case Kind.SCALE | Kind.NUMBER:
            good = st.integers(-1, 130) | st.sampled_from([0.5, 10.25])
        case Kind.DATE:
            good = st.sampled_from(["2026-03-01", "2026-02-30", "1999-12-31"])
        case Kind.TEXT:
            good = _WORDS | st.sampled_from(["1234", "12345"])
    return st.one_of(good, good, good, odd)


@st.composite
def any_talk(draw: st.DrawFn, script: Script) -> tuple[Call, list[str]]:
    """A call and a trail, which may or may not be one that the answers bear."""
    answers = {q.id: draw(any_answer(q)) for q in script.questions if draw(st.integers(0, 5))}
    earlier = {q.id: draw(any_answer(q)) for q in script.questions if not draw(st.integers(0, 3))}
    fields = {
        key: draw(st.sampled_from(["F", "M", "Baku", "Ganja", ""])) for key in ("sex", "city")
    }
    full = [each.name for each in script.quotas if draw(st.booleans())]
    call = Call(
        words={"name": draw(st.sampled_from([None, "Leyla"])), "client": "Acme", "agent": "Anar"},
        fields=fields,
        answers={key: value for key, value in answers.items() if value is not None},
        earlier={key: value for key, value in earlier.items() if value is not None},
        full=frozenset(full),
    )
    walk, trail = Walk(script), list[str]()
    for _ in range(draw(st.integers(0, 12))):
        stand = walk.stand(call, trail)
        if not stand.may_go_on:
            break
        trail = [*stand.trail, walk.leave(stand)]
    if draw(st.booleans()):
        trail += draw(st.lists(st.sampled_from([each.id for each in script.places]), max_size=2))
    return call, trail
