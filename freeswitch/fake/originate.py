"""`originate`: from the dial string to a parked leg or a cause (switch_ivr_originate.c).

The result goes to a callback, because the command's thread waits for the answer. Order is as
measured on a real switch: limits before gateways, so a refused session leaves no channel event at
all, while an unknown or dead gateway leaves only CHANNEL_DESTROY.
"""

from collections.abc import Callable
from dataclasses import dataclass

from freeswitch.fake.applications import Applications, Step, parse_inline
from freeswitch.fake.channels import Caller, Channel, State, Times
from freeswitch.fake.clock import Timer
from freeswitch.fake.core import SwitchCore
from freeswitch.fake.far_end import FarEnd
from freeswitch.fake.network import Behaviour, Result, agent_phone
from freeswitch.fake.quoting import OriginateArgument, UsageError, parse_originate
from freeswitch.fake.sessions import Sessions

USAGE = (
    "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] "
    "[<cid_name>] [<cid_num>] [<timeout_sec>]\n"
)

Answer = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Route:
    """Where a dial string leads: a gateway or a phone, or the cause for which it leads nowhere."""

    number: str
    gateway: str = ""
    is_phone: bool = False
    cause: str = ""
    before_session: bool = False
    """The cause is found before a session exists, so there is no channel event at all."""


class Originates:
    """Places calls."""

    def __init__(self, core: SwitchCore, sessions: Sessions, applications: Applications) -> None:
        self._core = core
        self._sessions = sessions
        self._applications = applications

    def originate(self, argument: str, answer: Answer) -> None:
        """Place the call; `answer` gets `+OK <uuid>` or `-ERR <cause>` when it is known."""
        try:
            wanted = parse_originate(argument)
        except UsageError:
            answer(USAGE)
            return
        route = self._route(wanted.endpoint)
        if route.before_session:
            answer(f"-ERR {route.cause}\n")
            return
        uuid = wanted.variables.get("origination_uuid") or self._core.new_uuid()
        unlimited = wanted.variables.get("no_throttle_limits", "") == "true"
        if not self._core.take_session(uuid, unlimited=unlimited):
            answer("-ERR DESTINATION_OUT_OF_ORDER\n")
            return
        if route.cause:
            self._bury(uuid, route.cause)
            answer(f"-ERR {route.cause}\n")
            return
        channel = self._create(uuid, wanted, route)
        attempt = Attempt(self._core, self._sessions, self._applications, channel, wanted, answer)
        self._core.after(self._core.timings.create_seconds, attempt.begin)

    def _route(self, endpoint: str) -> _Route:
        core = self._core
        words = endpoint.split("/")
        if words[0] == "user" and len(words) == 2:
            extension = words[1].partition("@")[0]
            absent = extension in core.settings.unregistered_extensions
            return _Route(
                number=extension,
                is_phone=True,
                cause="SUBSCRIBER_ABSENT" if absent else "",
                before_session=absent,
            )
        if words[0] != "sofia" or len(words) < 3:
            return _Route(number="", cause="CHAN_NOT_IMPLEMENTED", before_session=True)
        if words[1] == "gateway":
            number = "/".join(words[3:]).partition(";")[0]
            state = core.gateways.get(words[2])
            if state is None:
                return _Route(number=number, cause="INVALID_GATEWAY")
            cause = "" if state else "GATEWAY_DOWN"
            is_phone = number.startswith("agent")
            return _Route(number=number, gateway=words[2], is_phone=is_phone, cause=cause)
        if words[1] != core.settings.profile:
            return _Route(number="", cause="INVALID_PROFILE")
        user, registered, _ = words[2].partition("%")
        if registered:
            absent = user in core.settings.unregistered_extensions
            cause = "USER_NOT_REGISTERED" if absent else ""
            return _Route(number=user, is_phone=True, cause=cause)
        return _Route(number=words[2].partition("@")[0])

    def _bury(self, uuid: str, cause: str) -> None:
        """A session that never got an endpoint: CHANNEL_DESTROY and nothing before it."""
        del cause
        core = self._core
        now = core.now()
        channel = Channel(
            uuid=uuid,
            name="N/A",
            variables=_birth_variables(uuid, core.sessions_since_startup),
            caller=_caller("", "", ""),
            times=Times(created=now, profile=now),
            far_end=Behaviour(result=Result.REFUSED),
            running=State.CS_NONE,
            state=State.CS_NEW,
            is_bare=True,
        )
        self._sessions.destroy(channel)

    def _create(self, uuid: str, wanted: OriginateArgument, route: _Route) -> Channel:
        core = self._core
        now = core.now()
        profile = core.settings.profile
        name = f"sofia/{profile}/{route.number}"
        variables = _birth_variables(uuid, core.sessions_since_startup)
        if route.gateway:
            core.calls_out[route.gateway] += 1
            variables["sip_gateway_name"] = route.gateway
        variables["sip_profile_name"] = "gateway" if route.gateway else profile
        variables["channel_name"] = name
        variables["sip_destination_url"] = f"sip:{route.number}@127.0.0.1:5090"
        variables.update(wanted.variables)
        ignores = wanted.variables.get("ignore_early_media", "")
        variables["originate_early_media"] = "false" if ignores else "true"
        variables["originate_endpoint"] = "sofia"
        variables["sip_req_uri"] = f"{route.number}@127.0.0.1:5090"
        variables["sofia_profile_name"] = profile
        shown = wanted.variables.get("origination_caller_id_number", "0000000000")
        channel = Channel(
            uuid=uuid,
            name=name,
            variables=dict(variables),
            caller=_caller(
                route.number, shown, wanted.variables.get("origination_caller_id_name", "")
            ),
            times=Times(created=now, profile=now),
            far_end=agent_phone(core.settings.agents_answer_seconds)
            if route.is_phone
            else core.network.answer_for(route.number, now),
            gateway=route.gateway,
        )
        core.channels[uuid] = channel
        core.session_peak = max(core.session_peak, len(core.channels))
        return channel


def _birth_variables(uuid: str, session_number: int) -> dict[str, str | list[str]]:
    return {
        "direction": "outbound",
        "is_outbound": "true",
        "uuid": uuid,
        "call_uuid": uuid,
        "session_id": str(session_number),
    }


def _caller(number: str, shown_number: str, shown_name: str) -> Caller:
    return Caller(
        name=shown_name,
        number=shown_number,
        original_number=shown_number,
        callee_name="Outbound Call",
        callee_number=number,
        destination=number,
    )


class Attempt:
    """One originate at work: its far end, its time-outs, its result."""

    def __init__(
        self,
        core: SwitchCore,
        sessions: Sessions,
        applications: Applications,
        channel: Channel,
        wanted: OriginateArgument,
        answer: Answer,
    ) -> None:
        self._core = core
        self._sessions = sessions
        self._applications = applications
        self._channel = channel
        self._wanted = wanted
        self._answer = answer
        self._started_at = core.now()
        self._is_done = False
        self._ring_timers: list[Timer] = []
        self._media_timers: list[Timer] = []
        self._timers: list[Timer] = []

    def begin(self) -> None:
        """CREATE, the time-outs, and the far end."""
        channel, core = self._channel, self._core
        core.emit_channel("CHANNEL_OUTGOING", channel)
        core.emit_channel("CHANNEL_CREATE", channel)
        core.emit_channel("CHANNEL_ORIGINATE", channel)
        channel.running = channel.state = State.CS_CONSUME_MEDIA
        self._set_timers()
        channel.watchers.append(self._look)
        FarEnd(core, self._sessions, self._applications, channel, self._progressed).begin()

    def _set_timers(self) -> None:
        channel, started = self._channel, self._started_at
        whole = float(int(started))
        for name, cause, extra in (
            ("originate_timeout", "NO_ANSWER", 0),
            ("leg_timeout", "ALLOTTED_TIMEOUT", 1),
        ):
            text = channel.variable(name)
            if name == "originate_timeout" and not text:
                text = str(self._wanted.timeout_seconds)
            self._expire_at(self._timers, whole, text, extra, cause)
        leg_limit, limit = (
            channel.variable("leg_progress_timeout"),
            channel.variable("progress_timeout"),
        )
        self._expire_at(self._ring_timers, whole, leg_limit, 1, "PROGRESS_TIMEOUT")
        self._expire_at(self._media_timers, whole, limit, 0, "PROGRESS_TIMEOUT")

    def _expire_at(
        self, timers: list[Timer], whole: float, text: str, extra: int, cause: str
    ) -> None:
        """Whole epoch seconds are compared: N fires after N-1 to N s, with `extra` N to N+1 s."""
        if text.isdigit() and int(text) > 0:
            due_at = max(whole + int(text) + extra, self._started_at)
            timers.append(self._core.clock.call_at(due_at, lambda: self._expired(cause)))

    def _expired(self, cause: str) -> None:
        if self._is_done or self._channel.is_down:
            return
        self._sessions.hangup(self._channel, cause)
        self._finish(f"-ERR {cause}\n")

    def _progressed(self, kind: str) -> None:
        """The far end rang (`ring`) or sent early media (`media`)."""
        satisfied = list(self._ring_timers)
        if kind == "media":
            satisfied += self._media_timers  # without an A-leg a 180 does not satisfy this one
        for timer in satisfied:
            timer.cancel()
        channel = self._channel
        waits = channel.variable("ignore_early_media") in {"true", "consume", "ring_ready"}
        returns_early = not waits if kind == "media" else channel.is_true("return_ring_ready")
        if returns_early:
            self._core.after(self._core.timings.originate_poll_seconds, self._succeed)

    def _look(self) -> None:
        """The channel was answered or hung up: the originate loop sees it at its next poll."""
        self._core.after(self._core.timings.originate_poll_seconds / 2, self._polled)

    def _polled(self) -> None:
        if self._is_done:
            return
        if self._channel.is_down:
            if self._channel.gateway:
                self._core.failed_calls_out[self._channel.gateway] += 1
            self._finish(f"-ERR {self._channel.cause}\n")
        else:
            self._succeed()

    def _finish(self, text: str) -> None:
        if self._is_done:
            return
        self._is_done = True
        for timer in (*self._timers, *self._ring_timers, *self._media_timers):
            timer.cancel()
        self._answer(text)

    def _succeed(self) -> None:
        channel = self._channel
        if self._is_done or channel.is_down:
            return
        if channel.state is State.CS_HIBERNATE or channel.activity is not None:
            self._finish(
                "-ERR ORIGINATOR_CANCEL\n"
            )  # bridged before it was parked: alive all the same
            return
        self._finish(f"+OK {channel.uuid}\n")
        if channel.is_answered:
            channel.call_state = "ACTIVE"
        channel.running = channel.state = State.CS_EXECUTE
        channel.hit_dialplan = True
        if self._wanted.dialplan == "inline":
            self._note_inline(channel)
        _flip_caller_id(channel)
        self._applications.run(channel, self._steps())

    def _note_inline(self, channel: Channel) -> None:
        note = f"{int(self._core.now())}:{self._core.new_uuid()}:bl_xfer:"
        entry = f"{note}{self._wanted.application}/default/inline"
        channel.caller.transfer_source = entry
        channel.caller.dialplan = "inline"
        channel.caller.index += 1
        channel.times.profile = self._core.now()
        channel.set("max_forwards", "70")
        channel.set("transfer_history", entry)
        channel.set("transfer_source", entry)

    def _steps(self) -> list[Step]:
        text = self._wanted.application
        if text.startswith("&"):
            name, _, rest = text[1:].partition("(")
            return [(name, rest.removesuffix(")"))]
        if self._wanted.dialplan == "inline":
            return parse_inline(text)
        return [("park", "")]


def _flip_caller_id(channel: Channel) -> None:
    """The callee becomes the caller when an outbound leg starts to run applications itself."""
    caller = channel.caller
    channel.variables["pre_transfer_caller_id_number"] = caller.original_number
    channel.variables["channel_cid_flipped"] = "yes"
    caller.name = caller.number = caller.destination
    caller.callee_name, caller.callee_number = "", caller.original_number
