"""Refusals of the engine, the service and the store in the reader's language."""

import ast
import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import dialer
from campaigns.callbacks import BadMoment, WhenClosed, advise, in_zones, settled_moment
from campaigns.passwords import BadPassword, check_password
from campaigns.store.callback_taking import NEVER_AGAIN
from campaigns.store.errors import not_found
from dialer.desk.refusal_texts import DONE, PLACES, STATES, TEXTS, WHYS
from dialer.desk.refusals import known_in, said_in, text_of
from dialer.desk.words import words_for
from dialer.engine.agents import MAY_ASK, Agent, Wish, check_wish
from dialer.engine.events import (
    AgentHungUp,
    AgentLoggedOut,
    AgentPaused,
    AgentReadied,
    CallDisposed,
)
from dialer.engine.ids import AgentId, CallId, TeamId
from dialer.engine.states import AgentState
from dialer.engine.talks import PLACE_WORDS
from dialer.errors import IllegalTransition
from freeswitch.errors import UnsafeValue
from freeswitch.talk_commands import keys
from tests.support.marked_words import marking

ROOT = Path(dialer.__file__).parent.parent

SOURCES = (
    "campaigns/callbacks.py",
    "campaigns/passwords.py",
    "campaigns/reports/periods.py",
    "campaigns/store/callbacks.py",
    "campaigns/store/hand_overs.py",
    "campaigns/store/notes.py",
    "campaigns/store/users.py",
    "dialer/desk/agent/actions.py",
    "dialer/desk/agent/requests.py",
    "dialer/desk/client_view/pages.py",
    "dialer/desk/client_view/recordings.py",
    "dialer/desk/floor.py",
    "dialer/desk/forms.py",
    "dialer/desk/guards.py",
    "dialer/desk/scripting/calls.py",
    "dialer/engine/agent_flow.py",
    "dialer/engine/hand_overs.py",
    "dialer/engine/in_call.py",
    "dialer/engine/monitoring.py",
    "dialer/engine/outside_calls.py",
    "dialer/engine/preview_flow.py",
    "dialer/engine/recordings.py",
    "dialer/runtime/callback_requests.py",
    "dialer/runtime/control.py",
    "dialer/runtime/driver.py",
    "dialer/runtime/in_call_requests.py",
)
"""Where the sentences are made that an agent or a client can provoke."""

FOR_OTHERS = (
    # Supervisors.
    "that agent has no line up",
    "phone x listens to",
    "x phones listen to this agent already",
    "The phone is 'x'",
    "Campaign 'x' may not dial.",
    "Campaign 'x' is x, not running.",
    # Administrators, and the command line.
    "The name of an account has",
    "An account of the role",
    "Callback x is x already",
    "There is no callback x.",
    "There is no hand-over x.",
    # A page that is broken, not a person.
    "entered_at has no time zone.",
)
"""Beginnings of sentences in the same files that no agent and no client reads."""
COMPOSED = (
    "Nothing was promised. x x;",
    "agent 'x' has no lead to x:",
    "The keys are 'x'; allowed is x.",
)
"""Sentences put together from pieces, which have a text for each: see the tests of them below."""
RAISED = {
    "ActionRefused", "BadMoment", "BadPassword", "BadPeriod", "HTTPException", "IllegalTransition",
    "ServiceError", "StoreError", "UnknownAgent", "UnknownLead",
}  # fmt: skip


def test_every_sentence_in_the_sources_has_a_text() -> None:
    """A sentence that is added later fails here, until it has a line in the table."""
    read = [(path, said) for path in SOURCES for said in sentences(ROOT / path)]
    assert len(read) > 90, "the sources are read"
    mine = [(path, said) for path, said in read if not said.startswith(FOR_OTHERS + COMPOSED)]
    assert [(path, said) for path, said in mine if text_of(said) is None] == []
    assert [
        each for each in FOR_OTHERS + COMPOSED if not any(s.startswith(each) for _, s in read)
    ] == []


@pytest.mark.parametrize(
    ("state", "kind"), list(itertools.product(AgentState, list(MAY_ASK))), ids=str
)
def test_what_an_agent_cannot_ask_for_is_said_without_an_english_word(
    state: AgentState, kind: type
) -> None:
    wishes: dict[type, Wish] = {
        AgentReadied: AgentReadied(agent_id=AgentId(1)),
        AgentPaused: AgentPaused(agent_id=AgentId(1), reason="lunch"),
        AgentLoggedOut: AgentLoggedOut(agent_id=AgentId(1)),
        AgentHungUp: AgentHungUp(agent_id=AgentId(1)),
        CallDisposed: CallDisposed(agent_id=AgentId(1), call_id=CallId("c"), disposition="sale"),
    }
    agent = Agent(AgentId(1), TeamId(1), "O'Brien", state=state)
    if state in MAY_ASK[kind]:
        check_wish(wishes[kind], agent)
        return
    with pytest.raises(IllegalTransition) as refused:
        check_wish(wishes[kind], agent)
    found = text_of(str(refused.value))
    assert found is not None
    text, values = found
    assert values["agent"] == "O'Brien"
    assert values["state"] in STATES
    assert set(values["states"].split(" or ")) <= set(STATES)
    said = said_in(marking(), str(refused.value))
    assert said.startswith("«Agent '")
    assert f"while «{STATES[values['state']]}»" in said
    assert text != said


def test_the_engines_words_inside_sentences_are_all_known() -> None:
    assert set(PLACE_WORDS.values()) == set(PLACES)
    assert set(STATES) == {state.value.replace("_", " ") for state in AgentState}
    assert set(STATES) < set(WHYS)
    assert set(NEVER_AGAIN) == set(DONE)
    said = said_in(marking(), "agent 'Ann' cannot take a call over now (wrap up); the lead stays")
    assert said == "«Agent 'Ann' cannot take a call over now («wrap-up»); the lead stays.»"


def test_a_moment_with_closed_hours_is_refused_in_one_language() -> None:
    """The warning inside the refusal is translated too."""
    now = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    closed = Hours(opens_at=now + timedelta(days=1))
    for hours, zones in ((closed, ["Asia/Baku"]), (Hours(opens_at=None), ["Asia/Baku"])):
        advice = advise(now + timedelta(hours=9), hours, zones, now=now)
        assert advice.warning is not None
        assert known_in(marking(), advice.warning).startswith("«Calls to this number")
        with pytest.raises(BadMoment) as refused:
            settled_moment(now + timedelta(hours=9), advice, WhenClosed.REFUSE)
        said = said_in(marking(), str(refused.value))
        assert said.startswith("«Nothing was promised. «Calls to this number are not allowed at 20")
    past = advise(now - timedelta(minutes=5), closed, ["Asia/Baku"], now=now)
    assert past.warning is not None
    assert known_in(marking(), past.warning).startswith("«That moment was 5 minutes ago")
    with pytest.raises(BadMoment) as unclear:
        in_zones(datetime(2026, 11, 23, 10, 0), ["America/Denver", "America/Chicago"])  # noqa: DTZ001
    assert said_in(marking(), str(unclear.value)).startswith("«This number may be in America/Chi")


def test_a_lead_that_is_not_there_and_wrong_keys_are_named() -> None:
    source = (ROOT / "dialer/engine/preview_flow.py").read_text(encoding="utf-8")
    verbs = set(re.findall(r'_shown_to\(floor, event.agent_id, "(\w+)"\)', source))
    assert verbs == {"dial", "skip"}
    for verb in verbs:
        said = f"agent 'x' has no lead to {verb}: one is shown in preview mode, while the agent is "
        assert text_of(said + "ready and a campaign of the team runs") is not None
    for given in ("12a", None):
        with pytest.raises(UnsafeValue) as refused:
            keys("keys", given)
        said = f"The keys are {given!r}; allowed is {refused.value.expected}."
        found = text_of(said)
        assert found is not None
        assert found[1] == {"keys": str(given), "most": "32"}


@pytest.mark.parametrize("password", ["short", "x" * 300, "password123", "anna-long-enough"])
def test_a_password_that_is_not_taken_is_explained(password: str) -> None:
    with pytest.raises(BadPassword) as refused:
        check_password(password, name="anna")
    assert said_in(marking(), str(refused.value)).startswith("«")


@pytest.mark.parametrize("known", [["annas", "anne"], []])
def test_a_name_that_is_not_there_is_named(known: list[str]) -> None:
    for noun, hint in (
        ("agent", "See `dialer agents list`."),
        ("team", "A team is made by a campaign or an agent that names it."),
        ("account", "See `dialer users list`."),
    ):
        sentence = not_found(noun, "anna", known, hint=hint)
        assert said_in(marking(), sentence).startswith(f"«There is no {noun} 'anna'.")


def test_nothing_is_lost_of_a_sentence_that_is_not_known() -> None:
    words = marking()
    assert said_in(words, "The moon is full, 100%.") == (
        "«The dialer answered: The moon is full, 100%.»"
    )
    assert said_in(words_for("en"), "agent 'Ann' has this") == "agent 'Ann' has this"
    assert known_in(words, "") == ""
    # A page has translated it already: the table does not know it, and nothing is put before it.
    assert known_in(words_for("ru"), "Кампания не запущена.") == "Кампания не запущена."


def test_no_text_hides_another() -> None:
    """Each text of the table is found for a sentence made of it."""
    assert len(set(TEXTS)) == len(TEXTS)
    for text in TEXTS:
        sample = text % dict.fromkeys(_names(text), "x")
        found = text_of(sample)
        assert found is not None
        assert found[0] == text


class Hours:
    """Calling hours that are closed, and open again at an instant or never."""

    def __init__(self, *, opens_at: datetime | None) -> None:
        self._opens_at = opens_at

    def is_open(self, at: datetime, zones: object) -> bool:
        del at, zones
        return False

    def closes_at(self, at: datetime, zones: object) -> datetime | None:
        del at, zones
        return None

    def opens_at(self, at: datetime, zones: object) -> datetime | None:
        del at, zones
        return self._opens_at


def sentences(file: Path) -> Iterator[str]:
    """What the file raises, with x for every value."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
            continue
        if not isinstance(node.exc.func, ast.Name) or node.exc.func.id not in RAISED:
            continue
        for given in node.exc.args:
            said = _text(given)
            if said is not None:
                yield said


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    pieces = [
        str(piece.value)
        if isinstance(piece, ast.Constant)
        else "'x'"
        if isinstance(piece, ast.FormattedValue) and piece.conversion == ord("r")
        else "x"
        for piece in node.values
    ]
    return "".join(pieces)


def _names(text: str) -> list[str]:
    return [piece.split(")")[0] for piece in text.split("%(")[1:]]
