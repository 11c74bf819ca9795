"""What an agent may do, in one place for the page and for programs.

Each is a control request of the running service, made in the agent's own name: who is signed in
says which agent, never the request. What is more than a request (notes, hand-overs, callbacks that
are looked at first) stands here too.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.callbacks import TIME_FORMAT, BadMoment, read_local
from campaigns.desk_spec import Specialist
from campaigns.store.errors import DatabaseUnavailable, StoreError, UnknownAttempt
from campaigns.store.hand_overs import HandOverWay, NewHandOver
from campaigns.store.notes import Note
from campaigns.store.rows import AttemptRow
from dialer.desk.agent.hub import AgentHub
from dialer.desk.agent.seat import Seat, Shown
from dialer.desk.words import N_
from dialer.engine.ids import AgentId
from dialer.engine.phone_keys import PAUSE_REASONS
from dialer.engine.states import AgentState, CampaignState

Answer = dict[str, Any]

PLAIN: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "login": ("agent.login", ()),
    "logout": ("agent.logout", ()),
    "ready": ("agent.ready", ()),
    "pause": ("agent.pause", ("reason",)),
    "hangup": ("agent.hangup", ()),
    "dial": ("agent.dial", ()),
    "skip": ("agent.skip", ()),
    "try_phone": ("agent.call", ()),
    "hold": ("calls.hold", ()),
    "resume": ("calls.resume", ()),
    "keys": ("calls.keys", ("keys",)),
    "transfer": ("calls.transfer", ("to_agent", "to_team")),
    "keep": ("calls.keep", ()),
    "outside": ("calls.outside", ("number", "purpose")),
    "leave": ("calls.leave", ()),
    "drop": ("calls.drop", ()),
    "mask": ("calls.mask", ("on",)),
    "record": ("calls.record", ("on",)),
}
"""Action -> the control request it is, and the words that are passed on."""


AT_WORK = frozenset({AgentState.READY, AgentState.RESERVED, AgentState.TALKING, AgentState.WRAP_UP})
"""Who takes a lead over now, or when their call is over."""
USUAL_REASONS = (N_("break"), N_("lunch"), N_("training"), N_("meeting"), N_("other"))
"""The words of the telephone's keys 2 1 to 2 5, for the translators."""
assert USUAL_REASONS == PAUSE_REASONS


class ActionRefused(Exception):  # noqa: N818 - an answer, not a failure
    """It cannot be done now; the text is one sentence for the agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The agent in whose name something is done."""

    agent_id: AgentId
    name: str
    by: str
    """How they stand in the audit log."""
    zone: str = "UTC"


class AgentActions:
    """The actions. Every method raises ActionRefused with a sentence, or DatabaseUnavailable."""

    def __init__(self, hub: AgentHub) -> None:
        self._hub = hub
        self._store = hub.store
        self._floor = hub.floor

    async def plain(self, actor: Actor, action: str, args: Mapping[str, Any]) -> Answer:
        """One of `PLAIN`. Raises KeyError for another."""
        kind, words = PLAIN[action]
        return await self._ask(actor, kind, {word: args[word] for word in words if word in args})

    # ---- notes and results ----------------------------------------------------------------------
    async def note(self, actor: Actor, call_id: str, body: str, *, version: int) -> Note:
        """Keep what the agent has typed so far about a call of theirs."""
        await self._own(actor, call_id)
        try:
            note = await self._store.notes.write(
                call_id, actor.agent_id, body, version=version, now=self._now()
            )
        except StoreError as error:
            raise _refused(error) from error
        seat = self._hub.seat(actor.agent_id)
        if seat.shown is not None and seat.shown.call_id == call_id:
            stands = {"call": call_id, "body": note.body, "version": note.version}
            seat.change(self._floor.now(), note=stands)
        return note

    async def choose(self, actor: Actor, call_id: str, code: str | None) -> Answer:
        """Note the result of the call that still goes on; it is said when the call is over."""
        shown = await self._own(actor, call_id)
        spec = (await self._store.campaigns.by_id(shown.campaign_id)).spec
        if code is not None and spec.disposition(code) is None:
            allowed = ", ".join(one.code for one in spec.dispositions)
            raise ActionRefused(f"There is no result '{code}' here; there are {allowed}.")
        seat = self._hub.seat(actor.agent_id)
        if seat.shown is None or seat.shown.call_id != call_id:
            raise ActionRefused("That call is not on the screen any more; say its result instead.")
        self._hub.choose(seat, code)
        return {"call": call_id, "chosen": code}

    async def dispose(
        self, actor: Actor, call_id: str, code: str, *, callback: Mapping[str, Any] | None = None
    ) -> Answer:
        """Say how the call went. `callback` has at, zone, for ("me", "team") and note."""
        await self._own(actor, call_id)
        args: Answer = {"call": call_id, "disposition": code}
        if callback is not None:
            args |= {
                "callback_at": callback.get("at"),
                "callback_for": callback.get("for", "me"),
                "zone": callback.get("zone"),
                "note": callback.get("note"),
            }
        answer = await self._ask(actor, "agent.dispose", args)
        seat = self._hub.seat(actor.agent_id)
        if seat.shown is not None and seat.shown.call_id == call_id:
            self._hub.choose(seat, None)
        self._hub.read_day(seat)
        return answer

    async def message_read(self, actor: Actor, message_id: int) -> Answer:
        """The agent has read a supervisor's message and puts it away."""
        answer = await self._ask(actor, "agent.read", {"message": message_id})
        self._hub.read_messages(self._hub.seat(actor.agent_id))
        return answer

    # ---- callbacks ------------------------------------------------------------------------------
    async def check_callback(
        self, actor: Actor, call_id: str, at: str, *, zone: str | None
    ) -> Answer:
        """What the law says of a moment by the lead's clock, before it is promised."""
        shown = await self._own(actor, call_id)
        try:
            found = await self._store.callbacks.check(
                shown.lead_id, read_local(at), now=self._now(), zone=zone
            )
        except (BadMoment, StoreError) as error:
            raise _refused(error) from error
        proposed = found.advice.proposed_at
        return {
            "zone": found.zone,
            "due_at": found.due_at.isoformat(),
            "mine": _clock(found.due_at, actor.zone),
            "warning": found.advice.warning,
            "is_past": found.due_at <= self._now(),
            "is_closed": found.advice.is_closed,
            "proposed": None if proposed is None else _clock(proposed, found.zone),
        }

    async def promise(self, actor: Actor, call_id: str, callback: Mapping[str, Any]) -> Answer:
        """Promise a call without a result, for campaigns that have none of that kind."""
        shown = await self._own(actor, call_id)
        args: Answer = {
            "lead": shown.lead_id,
            "at": callback.get("at"),
            "zone": callback.get("zone"),
            "note": callback.get("note"),
        }
        if callback.get("for", "me") == "me":
            args["agent"] = actor.name
        answer = await self._send("callback.add", args, by=actor.by)
        self._hub.read_day(self._hub.seat(actor.agent_id))
        return answer

    # ---- hand-over ------------------------------------------------------------------------------
    async def hand_over(
        self, actor: Actor, call_id: str, *, specialist: str, way: HandOverWay, note: str
    ) -> Answer:
        """Give the lead to a specialist of the client, with what was said.

        By telephone it is written when the specialist is on the line; a message is written at once.
        """
        shown = await self._own(actor, call_id)
        to = await self._specialist(shown, specialist)
        seat = self._hub.seat(actor.agent_id)
        seat.name = actor.name
        new = NewHandOver(
            call_id=call_id,
            agent_id=actor.agent_id,
            specialist=to.name,
            number=to.number,
            way=way,
            note=note,
        )
        if way is HandOverWay.MESSAGE:
            try:
                row = await self._hub.write_hand_over(seat, new)
            except StoreError as error:
                raise _refused(error) from error
            return {"hand_over": row.id, "specialist": to.name, "state": "done"}
        if not note.strip():
            raise ActionRefused("Say in a sentence what the person wants; the specialist reads it.")
        if to.number is None:
            raise ActionRefused(f"{to.name} has no telephone number here; send a message instead.")
        self._hub.hand_overs.expect(seat, new)
        try:
            await self._ask(actor, "calls.outside", {"number": to.number, "purpose": str(way)})
        except ActionRefused:
            self._hub.hand_overs.give_up(seat)
            raise
        return {"specialist": to.name, "state": "calling"}

    async def _specialist(self, shown: Shown, name: str) -> Specialist:
        spec = (await self._store.campaigns.by_id(shown.campaign_id)).spec
        found = spec.desk.specialist(name)
        if found is None:
            known = ", ".join(one.name for one in spec.desk.specialists) or "none"
            raise ActionRefused(
                f"Campaign '{spec.name}' has no specialist '{name}'; it has {known}. Its file "
                "names them under [desk]."
            )
        return found

    # ---- what there is --------------------------------------------------------------------------
    def colleagues(self, actor: Actor) -> Answer:
        """Whom a call may be transferred to: agents who are free, and teams."""
        snapshot = self._floor.snapshot()
        teams = {team.team_id: team.name for team in snapshot.teams}
        agents: list[Answer] = [
            {
                "name": one.name,
                "team": teams.get(one.team_id, ""),
                "state": str(one.state),
                "is_free": one.state is AgentState.READY,
                "is_at_work": one.state in AT_WORK,
            }
            for one in snapshot.agents
            if one.agent_id != actor.agent_id
        ]
        # Who can take the lead soonest comes first, and has a key.
        agents.sort(key=lambda one: (not one["is_free"], not one["is_at_work"], one["name"]))
        return {"agents": agents, "teams": sorted(teams.values())}

    async def pause_reasons(self, actor: Actor) -> list[str]:
        """Why the agent may pause: the reasons of the campaigns their team works on."""
        own = await self._store.agents.get(actor.name)
        reasons = [
            reason
            for row in await self._store.campaigns.list()
            if row.team_id == own.team_id and row.state == CampaignState.RUNNING
            for reason in row.spec.desk.pause_reasons
        ]
        return list(dict.fromkeys(reasons))[:9] or list(USUAL_REASONS)

    # ---- asking ---------------------------------------------------------------------------------
    async def _ask(self, actor: Actor, kind: str, args: Mapping[str, Any]) -> Answer:
        return await self._send(kind, {"agent": actor.name, **args}, by=actor.by)

    async def _send(self, kind: str, args: Mapping[str, Any], *, by: str) -> Answer:
        given = {name: value for name, value in args.items() if value is not None}
        ok, answer = await self._floor.ask(kind, given, by=by)
        if not ok:
            raise ActionRefused(str(answer.get("error", "The dialer refused without a reason.")))
        return answer

    async def _own(self, actor: Actor, call_id: str) -> Shown:
        """The call, if it is one of the agent's own."""
        seat: Seat = self._hub.seat(actor.agent_id)
        shown = seat.calls.get(call_id)
        if shown is not None:
            return shown
        attempt = await self._attempt(call_id)
        if attempt is None or attempt.agent_id != actor.agent_id:
            raise ActionRefused("That is no call of yours; load the page again.")
        return Shown(
            call_id=call_id,
            lead_id=attempt.lead_id,
            campaign_id=attempt.campaign_id,
            number=attempt.number,
        )

    async def _attempt(self, call_id: str) -> AttemptRow | None:
        try:
            return await self._store.attempts.get(str(uuid.UUID(call_id)))
        except (UnknownAttempt, ValueError):
            return None

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._floor.now(), UTC)


def _clock(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime(TIME_FORMAT)


def _refused(error: Exception) -> Exception:
    """What the agent is told; a database that is away is told of by whoever answers the page."""
    return error if isinstance(error, DatabaseUnavailable) else ActionRefused(str(error))
