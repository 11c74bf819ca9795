"""What the agent's page asks for: each answered at once, with a sentence when it is refused."""

from collections.abc import Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, Field

from campaigns.store.hand_overs import HandOverWay
from campaigns.store.notes import BODY_LENGTH_MAX
from dialer.desk.agent.actions import PLAIN, ActionRefused, Actor, AgentActions, Answer
from dialer.desk.agent.hub import AgentHub
from dialer.desk.guards import Person, Role, acting_person, person_for
from dialer.desk.refusals import known_in, said_in
from dialer.desk.words import words_for
from dialer.engine.ids import AgentId

router = APIRouter(include_in_schema=False)

Reader = Annotated[Person, Depends(person_for(Role.AGENT))]
Doer = Annotated[Person, Depends(acting_person(Role.AGENT))]
CallId = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
Moment = Annotated[str, Field(max_length=32)]


class Words(BaseModel, extra="forbid"):
    """What belongs to a plain action."""

    reason: str | None = Field(default=None, min_length=1, max_length=60)
    keys: str | None = Field(default=None, max_length=32)
    to_agent: str | None = Field(default=None, max_length=80)
    to_team: str | None = Field(default=None, max_length=80)
    number: str | None = Field(default=None, max_length=32)
    purpose: str | None = Field(default=None, max_length=16)
    on: bool | None = None


class NoteText(BaseModel, extra="forbid"):
    """A note as typed so far."""

    call: CallId
    body: str = Field(max_length=BODY_LENGTH_MAX)
    version: int = Field(ge=0)


class Promise(BaseModel, extra="forbid"):
    """A moment by the lead's clock."""

    at: Moment
    zone: str | None = Field(default=None, max_length=64)
    whose: str = Field(default="me", pattern="^(me|team)$")
    note: str | None = Field(default=None, max_length=500)

    def words(self) -> dict[str, Any]:
        """As the actions take it."""
        return {"at": self.at, "zone": self.zone, "for": self.whose, "note": self.note}


class Result(BaseModel, extra="forbid"):
    """How a call went."""

    call: CallId
    code: str = Field(max_length=32)
    callback: Promise | None = None


class Choice(BaseModel, extra="forbid"):
    """How a call goes, while it goes on."""

    call: CallId
    code: str | None = Field(max_length=32)


class Asked(BaseModel, extra="forbid"):
    """A moment somebody thinks of promising."""

    call: CallId
    at: Moment
    zone: str | None = Field(default=None, max_length=64)


class Promised(BaseModel, extra="forbid"):
    """A promise without a result."""

    call: CallId
    callback: Promise


class HandOver(BaseModel, extra="forbid"):
    """An interested lead for a specialist."""

    call: CallId
    specialist: str = Field(max_length=80)
    way: HandOverWay
    note: str = Field(max_length=BODY_LENGTH_MAX)


class MessageRead(BaseModel, extra="forbid"):
    """A message that was read."""

    message: int = Field(ge=1)


def actions_of(request: Request) -> AgentActions:
    """The actions. 503 where no dialer runs behind the page."""
    hub: AgentHub | None = request.app.state.agent_hub
    if hub is None:
        raise HTTPException(503, "No dialer runs behind this page. Start it with `dialer run`.")
    return AgentActions(hub)


Actions = Annotated[AgentActions, Depends(actions_of)]


def actor_of(person: Person) -> Actor:
    """The agent of a person. 403 when the account has none."""
    if person.agent_id is None or person.agent_name is None:
        raise HTTPException(
            403, "Your account belongs to no agent. Ask an administrator to give it one."
        )
    return Actor(
        agent_id=AgentId(person.agent_id),
        name=person.agent_name,
        by=person.by,
        zone=person.zone,
    )


@router.post("/agent/do/{action}")
async def do(action: str, words: Words, person: Doer, actions: Actions) -> dict[str, Any]:
    """One of the plain actions."""
    if action not in PLAIN:
        raise HTTPException(404, f"There is no action '{action}'; there are {', '.join(PLAIN)}.")
    given = words.model_dump(exclude_none=True)
    return await _answered(person, actions.plain(actor_of(person), action, given))


@router.post("/agent/note")
async def note(text: NoteText, person: Doer, actions: Actions) -> dict[str, Any]:
    """Keep a note."""
    try:
        kept = await actions.note(actor_of(person), text.call, text.body, version=text.version)
    except ActionRefused as error:
        raise _refused(person, error) from error
    return {"call": kept.call_id, "body": kept.body, "version": kept.version}


@router.post("/agent/choose")
async def choose(choice: Choice, person: Doer, actions: Actions) -> dict[str, Any]:
    """Choose the result of a call that goes on."""
    return await _answered(person, actions.choose(actor_of(person), choice.call, choice.code))


@router.post("/agent/dispose")
async def dispose(result: Result, person: Doer, actions: Actions) -> dict[str, Any]:
    """Say how a call went."""
    callback = None if result.callback is None else result.callback.words()
    return await _answered(
        person, actions.dispose(actor_of(person), result.call, result.code, callback=callback)
    )


@router.post("/agent/callback/check")
async def check_callback(asked: Asked, person: Doer, actions: Actions) -> dict[str, Any]:
    """What the law says of a moment."""
    return await _answered(
        person, actions.check_callback(actor_of(person), asked.call, asked.at, zone=asked.zone)
    )


@router.post("/agent/callback")
async def promise(promised: Promised, person: Doer, actions: Actions) -> dict[str, Any]:
    """Promise a call."""
    return await _answered(
        person, actions.promise(actor_of(person), promised.call, promised.callback.words())
    )


@router.post("/agent/hand-over")
async def hand_over(wanted: HandOver, person: Doer, actions: Actions) -> dict[str, Any]:
    """Give a lead to a specialist."""
    return await _answered(
        person,
        actions.hand_over(
            actor_of(person),
            wanted.call,
            specialist=wanted.specialist,
            way=wanted.way,
            note=wanted.note,
        ),
    )


@router.post("/agent/message/read")
async def message_read(read: MessageRead, person: Doer, actions: Actions) -> dict[str, Any]:
    """Put a message away."""
    return await _answered(person, actions.message_read(actor_of(person), read.message))


@router.get("/agent/colleagues")
async def colleagues(person: Reader, actions: Actions) -> dict[str, Any]:
    """Whom a call may be transferred to."""
    return actions.colleagues(actor_of(person))


@router.get("/agent/phone")
async def phone(request: Request, person: Reader) -> dict[str, Any]:
    """What the browser's telephone registers with: the signed-in agent's own account, and no other.

    `url` is empty where the settings name no address for browsers' telephones (web.phone_url).
    """
    actor = actor_of(person)
    account = await request.app.state.store.phones.extension_of(actor.name)
    if account is None:
        return {"url": request.app.state.phone_url, "extension": None}
    return {
        "url": request.app.state.phone_url,
        "extension": account.extension,
        "domain": account.domain,
        "ha1": account.ha1,
    }


async def _answered(person: Person, doing: Coroutine[Any, Any, Answer]) -> Answer:
    try:
        answer = await doing
    except ActionRefused as error:
        raise _refused(person, error) from error
    return _with_warnings(person, answer)


def _refused(person: Person, error: ActionRefused) -> HTTPException:
    return HTTPException(409, said_in(words_for(person.language), str(error)))


def _with_warnings(person: Person, answer: Answer) -> Answer:
    """What the law says of a promised moment, in the agent's language."""
    said = dict(answer)
    if said.get("warning"):
        said["warning"] = known_in(words_for(person.language), said["warning"])
    if isinstance(said.get("callback"), dict):
        said["callback"] = _with_warnings(person, said["callback"])
    return said
