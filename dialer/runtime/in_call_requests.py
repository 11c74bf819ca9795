"""What people ask about calls that agents are on, and about telephones."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from campaigns.phone_numbers import BadNumber, parse
from campaigns.store.rows import AgentRow, ControlRequest
from campaigns.store.store import Store
from dialer.engine.events import Event
from dialer.engine.ids import E164, AgentId, LegId, TeamId
from dialer.engine.in_call_events import (
    CallHandedOver,
    KeysSent,
    LeadHeld,
    LeadKept,
    LeadTakenBack,
    OutsideCalled,
    OutsideDropped,
    OutsidePurpose,
    OutsideTakesOver,
    PhoneKeysSet,
    PhoneTried,
    RecordingAsked,
    RecordingMasked,
    SupervisorAsked,
    SupervisorLeft,
    SupervisorMode,
)
from dialer.engine.snapshot import CallSnapshot
from dialer.engine.talks import LeadPlace
from dialer.errors import ServiceError
from dialer.runtime.campaign_feed import CampaignFeed
from dialer.runtime.clock import Clock
from dialer.runtime.driver import Driver
from dialer.runtime.instants import to_datetime
from freeswitch.errors import UnsafeValue
from freeswitch.talk_commands import keys as checked_keys
from freeswitch.values import extension as checked_extension

Answer = dict[str, Any]
Handler = Callable[[ControlRequest], Awaitable[Answer]]


class InCallRequests:
    """Each request names the agent whose call it is about; the engine says whether it can be."""

    def __init__(self, store: Store, driver: Driver, clock: Clock, feed: CampaignFeed) -> None:
        self._store = store
        self._driver = driver
        self._clock = clock
        self._feed = feed
        self.kinds: Mapping[str, Handler] = {
            "calls.list": self._list,
            "calls.hold": self._hold,
            "calls.resume": self._resume,
            "calls.keys": self._keys,
            "calls.record": self._record,
            "calls.mask": self._mask,
            "calls.transfer": self._transfer,
            "calls.keep": self._keep,
            "calls.outside": self._outside,
            "calls.leave": self._leave,
            "calls.drop": self._drop,
            "calls.listen": self._listen,
            "calls.unlisten": self._unlisten,
            "agent.call": self._try_phone,
            "team.keys": self._set_keys,
        }

    # ---- one call -------------------------------------------------------------------------------
    async def _hold(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        return await self._ask(agent, LeadHeld(agent_id=AgentId(agent.id)))

    async def _resume(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        return await self._ask(agent, LeadTakenBack(agent_id=AgentId(agent.id)))

    async def _keys(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        try:
            pressed = checked_keys("keys", request.args.get("keys"))
        except UnsafeValue as error:
            raise ServiceError(
                f"The keys are {request.args.get('keys')!r}; allowed is {error.expected}."
            ) from error
        return await self._ask(agent, KeysSent(agent_id=AgentId(agent.id), keys=pressed))

    async def _record(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        is_on = _flag(request, "on")
        return await self._ask(agent, RecordingAsked(agent_id=AgentId(agent.id), is_on=is_on))

    async def _mask(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        is_masked = _flag(request, "on")
        return await self._ask(
            agent, RecordingMasked(agent_id=AgentId(agent.id), is_masked=is_masked)
        )

    async def _transfer(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        agent_id, args = AgentId(agent.id), request.args
        if ("to_agent" in args) == ("to_team" in args):
            raise ServiceError("A transfer goes to one agent or to one team; name one of the two.")
        if "to_agent" in args:
            to = await self._store.agents.get(str(args["to_agent"]))
            event = CallHandedOver(agent_id=agent_id, to_agent=AgentId(to.id))
        else:
            team = await self._store.teams.get(str(args["to_team"]))
            event = CallHandedOver(agent_id=agent_id, to_team=TeamId(team.id))
        return await self._ask(agent, event)

    async def _keep(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        return await self._ask(agent, LeadKept(agent_id=AgentId(agent.id)))

    async def _outside(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        purpose = _choice(request, "purpose", OutsidePurpose)
        event = OutsideCalled(
            agent_id=AgentId(agent.id),
            leg_id=_mint(),
            number=self._allowed_number(request, agent),
            purpose=purpose,
        )
        return await self._ask(agent, event)

    def _allowed_number(self, request: ControlRequest, agent: AgentRow) -> E164:
        """A number of the campaign's own list: agents dial nothing else, whatever they type."""
        call = self._call_of(agent)
        row = self._feed.row(call.campaign_id) if call is not None else None
        if row is None:
            raise ServiceError(f"Agent '{agent.name}' is on no call.")
        given = str(request.args.get("number", ""))
        try:
            number = parse(given, row.spec.region).e164
        except BadNumber as error:
            raise ServiceError(f"The number '{given}' {error}.") from error
        if number not in row.spec.outside_numbers:
            raise ServiceError(
                f"Campaign '{row.name}' allows no transfers to {number}. Its file names the "
                "numbers it allows: numbers = [...] under [transfer]."
            )
        return E164(number)

    async def _leave(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        return await self._ask(agent, OutsideTakesOver(agent_id=AgentId(agent.id)))

    async def _drop(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        return await self._ask(agent, OutsideDropped(agent_id=AgentId(agent.id)))

    # ---- supervisors and telephones -------------------------------------------------------------
    async def _listen(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        event = SupervisorAsked(
            agent_id=AgentId(agent.id),
            leg_id=_mint(),
            extension=_extension(request),
            mode=_choice(request, "mode", SupervisorMode),
        )
        call = self._call_of(agent)
        answer = await self._ask(agent, event)
        # Two people's conversation was heard by a third: that is kept as a look at a recording is.
        await self._store.audit.add(
            by=request.by,
            action=f"call {event.mode}",
            subject=f"agent {agent.name}",
            details={"phone": event.extension, "call": None if call is None else call.call_id},
            now=to_datetime(self._clock.now()),
        )
        return answer

    async def _unlisten(self, request: ControlRequest) -> Answer:
        extension = _extension(request)
        await self._driver.submit(SupervisorLeft(extension=extension))
        return {"phone": extension}

    async def _try_phone(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        return await self._ask(agent, PhoneTried(agent_id=AgentId(agent.id), leg_id=_mint()))

    async def _set_keys(self, request: ControlRequest) -> Answer:
        team = await self._store.teams.get(str(request.args.get("team", "")))
        is_on = _flag(request, "on")
        await self._store.teams.set_phone_keys(team.id, is_on=is_on)
        await self._driver.submit(PhoneKeysSet(team_id=TeamId(team.id), is_on=is_on))
        return {"team": team.name, "on": is_on}

    # ---- what there is --------------------------------------------------------------------------
    async def _list(self, request: ControlRequest) -> Answer:
        """Calls with an agent, without their numbers: those stay in the attempts."""
        del request
        snapshot = self._driver.snapshot()
        names = {one.agent_id: one.name for one in snapshot.agents}
        teams = {one.team_id: one.name for one in snapshot.teams}
        campaigns = {one.campaign_id: one.name for one in snapshot.campaigns}
        listeners = [
            {
                "phone": one.extension,
                "agent": names.get(one.agent_id),
                "mode": str(one.mode),
                "is_up": one.is_up,
            }
            for one in snapshot.supervisors
        ]
        calls = [
            {
                "call": one.call_id,
                "campaign": campaigns.get(one.campaign_id),
                "lead": one.lead_id,
                "agent": None if one.agent_id is None else names.get(one.agent_id),
                "place": str(one.place),
                "seconds": round(snapshot.at - one.since, 1),
                "is_recorded": one.is_recorded,
                "is_masked": one.is_masked,
                "has_outside": one.outside_number is not None,
                "awaits": _awaited(one, names, teams),
            }
            for one in snapshot.calls
            if one.place is not None
        ]
        return {"calls": calls, "supervisors": listeners}

    async def _ask(self, agent: AgentRow, event: Event) -> Answer:
        """Ask the engine; its refusal is the answer. Tells where the lead is after it, and which
        colleague or team is waited for."""
        await self._driver.submit(event)
        snapshot = self._driver.snapshot()
        call = next((one for one in snapshot.calls if one.agent_id == agent.id), None)
        if call is None or call.place is None:
            return {"agent": agent.name, "place": None, "awaits": None}
        names = {one.agent_id: one.name for one in snapshot.agents}
        teams = {one.team_id: one.name for one in snapshot.teams}
        awaits = None if call.place is LeadPlace.MOVING else _awaited(call, names, teams)
        return {"agent": agent.name, "place": str(call.place), "awaits": awaits}

    def _call_of(self, agent: AgentRow) -> CallSnapshot | None:
        calls = self._driver.snapshot().calls
        return next((one for one in calls if one.agent_id == agent.id), None)

    async def _agent(self, request: ControlRequest) -> AgentRow:
        name = request.args.get("agent")
        if not isinstance(name, str) or not name:
            raise ServiceError(f"The request {request.kind} needs 'agent', the name of one.")
        return await self._store.agents.get(name)


def _awaited(
    call: CallSnapshot, agents: Mapping[AgentId, str], teams: Mapping[TeamId, str]
) -> str | None:
    """The name of the colleague, or of the team, that the lead waits for."""
    if call.awaits_agent is not None:
        return agents.get(call.awaits_agent)
    return None if call.awaits_team is None else teams.get(call.awaits_team)


def _mint() -> LegId:
    return LegId(str(uuid.uuid4()))


def _flag(request: ControlRequest, key: str) -> bool:
    value = request.args.get(key)
    if not isinstance(value, bool):
        raise ServiceError(f"The request {request.kind} needs {key!r}, true or false.")
    return value


def _extension(request: ControlRequest) -> str:
    value = request.args.get("phone")
    try:
        return checked_extension("phone", value)
    except UnsafeValue as error:
        raise ServiceError(f"The phone is {value!r}; allowed is {error.expected}.") from error


_E = TypeVar("_E", OutsidePurpose, SupervisorMode)


def _choice(request: ControlRequest, key: str, kind: type[_E]) -> _E:
    value = request.args.get(key)
    try:
        return kind(str(value))
    except ValueError:
        allowed = ", ".join(one.value for one in kind)
        raise ServiceError(f"{key} is {value!r}; it may be one of {allowed}.") from None
