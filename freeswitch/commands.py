"""What we say to FreeSWITCH. Every byte sent passes `Command`; every value in it passed a
whitelist.

Two layers. An `Api` is the text of an API call (`uuid_kill ...`); a `Command` is what goes over the
wire: `api` or `bgapi` around an `Api`, or one of the event socket's own commands. The constructors
below are the only ones the dialer needs; their arguments are checked by `freeswitch.values`.

`Command` itself refuses what the event socket would misread, whoever built it (mod_event_socket.c):
a CR, LF or NUL ends the command and starts another; any line holding `mod_event_socket` beside
`reload` or `unload` is replaced by a reload of that module; a line starting with `exit` or `...`
closes the connection.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from freeswitch import values
from freeswitch.errors import UnsafeValue

_PRINTABLE = re.compile(r"[ -~]+")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_SECRET = re.compile(r"[!-~]{1,128}")

COMMAND_CHARACTERS_MAX = 8192
"""An originate is 700 characters. The switch reads commands one byte a system call, so a long one
would hold up everything behind it."""

DIALER_PING = "dialer::ping"
"""Subclass of the events we send ourselves through the switch, to see that events come."""

SETTABLE_VARIABLES = frozenset(
    {
        "park_after_bridge",
        "uuid_bridge_park_on_cancel",
        "hangup_after_bridge",
        "rtp_disable_hold",
        "dialer_state",
        "opt_out",
        "RECORD_STEREO",
    }
)
"""Channel variables `uuid_setvar` may set: harmless on any value that passes `variable_value`. None
of `execute_on_*`, `api_on_*` or `api_hangup_hook`, whose values the switch runs as commands."""

SELECTABLE_VARIABLES = frozenset({"dialer_id", "dialer_call", "dialer_agent"})
"""Variables by which `hupall` may choose channels: those our own originates set."""


def _printable(field: str, text: object) -> str:
    if not isinstance(text, str) or not _PRINTABLE.fullmatch(text):
        raise UnsafeValue(field, text, "printable ASCII on one line: no CR, LF, NUL or control")
    if len(text) > COMMAND_CHARACTERS_MAX:
        raise UnsafeValue(field, text, f"at most {COMMAND_CHARACTERS_MAX} characters")
    if "mod_event_socket" in text.lower():
        raise UnsafeValue(
            field, text, "text without 'mod_event_socket': the switch would reload that module"
        )
    return text


@dataclass(frozen=True, slots=True)
class Api:
    """The text of one API call. Make it with the functions of this module and of `originate`."""

    text: str

    def __post_init__(self) -> None:
        _printable("API call", self.text)
        if self.text[0] == " ":
            raise UnsafeValue("API call", self.text, "a name first")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command as the event socket takes it: a line, header lines, and the empty line."""

    line: str
    headers: tuple[tuple[str, str], ...] = ()
    is_secret: bool = False
    """The line holds a password: never shown."""

    def __post_init__(self) -> None:
        shown = _Hidden(self.line) if self.is_secret else self.line
        _printable("command", shown)
        if self.line[0] == " " or self.line.lower().startswith(("exit", "...")):
            raise UnsafeValue("command", shown, "a line that does not start with 'exit' or '...'")
        for name, value in self.headers:
            if not _HEADER_NAME.fullmatch(name):
                raise UnsafeValue("header name", name, "letters, digits and '-'")
            if name.lower() == "content-length":
                raise UnsafeValue("header name", name, "none that announces a body")
            _printable(f"header {name}", value)

    def __repr__(self) -> str:
        return f"<Command {self.shown!r}>"

    @property
    def shown(self) -> str:
        """The line as it may stand in a log: the verb alone when it holds a password."""
        return f"{self.line.split(' ', 1)[0]} ***" if self.is_secret else self.line

    @property
    def wire(self) -> bytes:
        """The bytes to write, in one piece: events wait until a half-sent command is complete."""
        lines = [self.line, *(f"{name}: {value}" for name, value in self.headers)]
        return ("\n".join(lines) + "\n\n").encode("ascii")


class _Hidden(str):
    """A text whose repr tells nothing: errors about a password must not print it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


POKE = b"\n"
"""An empty line wakes the switch's event thread from its 20 ms poll and is otherwise ignored
(mod_event_socket.c, read_packet). The one thing sent that is no `Command`: it has no answer."""


def auth(password: str) -> Command:
    """Log in with the event socket's password."""
    _secret("password", password)
    return Command(line=f"auth {password}", is_secret=True)


def userauth(user: str, domain: str, password: str) -> Command:
    """Log in as a user of the directory, with the rights of `esl-allowed-api` and `-events`."""
    values.extension("user", user)
    values.domain("domain", domain)
    _secret("password", password)
    return Command(line=f"userauth {user}@{domain}:{password}", is_secret=True)


def _secret(field: str, text: object) -> None:
    if not isinstance(text, str) or not _SECRET.fullmatch(text):
        raise UnsafeValue(
            field, _Hidden("***"), "1 to 128 printable ASCII characters without a space"
        )


def subscribe(names: Iterable[str], subclasses: Iterable[str] = ()) -> Command:
    """Ask for events as JSON. After the word CUSTOM the switch takes all for subclasses."""
    words = [values.event_name("event name", name) for name in names]
    if "CUSTOM" in words:
        raise UnsafeValue("event name", "CUSTOM", "subclasses in their own argument")
    custom = [values.subclass("event subclass", subclass) for subclass in subclasses]
    if custom:
        words += ["CUSTOM", *custom]
    if not words:
        raise UnsafeValue("event names", (), "at least one event to subscribe to")
    return Command(line=" ".join(["event", "json", *words]))


def ping(dialer_id: str, sequence: int) -> Command:
    """Send ourselves an event `dialer::ping` through the switch, `Ping-Sequence` in it."""
    return Command(
        line="sendevent CUSTOM",
        headers=(
            ("Event-Subclass", DIALER_PING),
            ("Dialer-ID", values.name("dialer id", dialer_id)),
            ("Ping-Sequence", str(values.integer("ping sequence", sequence, 0, 2**63))),
        ),
    )


def api(call: Api) -> Command:
    """Run an API call and wait for its text; the connection does nothing else meanwhile."""
    return Command(line=f"api {call.text}")


def bgapi(call: Api, job_uuid: str) -> Command:
    """Run an API call in a thread of its own; BACKGROUND_JOB with this UUID brings its text."""
    return Command(
        line=f"bgapi {call.text}", headers=(("Job-UUID", values.uuid("job UUID", job_uuid)),)
    )


def uuid_bridge(*, agent_leg: str, lead_leg: str) -> Api:
    """Let the two hear each other. The agent's leg stands first: only so does it survive a lead who
    hangs up meanwhile (switch_ivr_bridge.c, switch_ivr_uuid_bridge; 40 of 40 trials against 14)."""
    return Api(f"uuid_bridge {values.uuid('agent leg', agent_leg)} {_lead(lead_leg)}")


def _lead(uuid: str) -> str:
    return values.uuid("lead leg", uuid)


def uuid_kill(uuid: str, cause: str) -> Api:
    """Hang up, always with a cause of ours: the default, NORMAL_CLEARING, would say nothing."""
    return Api(f"uuid_kill {values.uuid('channel', uuid)} {values.cause('hangup cause', cause)}")


def uuid_park(uuid: str) -> Api:
    """Park a channel; wakes an agent's leg that is stuck half-way into a bridge."""
    return Api(f"uuid_park {values.uuid('channel', uuid)}")


def uuid_exists(uuid: str) -> Api:
    """Answers `true` or `false`. Asks the core itself, not its lagging database as `show` does."""
    return Api(f"uuid_exists {values.uuid('channel', uuid)}")


def uuid_dump(uuid: str) -> Api:
    """Answers the channel as JSON, in the shape of an event; `answers.read_dump` reads it."""
    return Api(f"uuid_dump {values.uuid('channel', uuid)} json")


def uuid_getvar(uuid: str, variable: str) -> Api:
    """Answers the value of a channel variable, `_undef_` when it has none."""
    return Api(
        f"uuid_getvar {values.uuid('channel', uuid)} {values.name('variable name', variable)}"
    )


def uuid_setvar(uuid: str, variable: str, value: str) -> Api:
    """Set one of the SETTABLE_VARIABLES."""
    if variable not in SETTABLE_VARIABLES:
        raise UnsafeValue(
            "variable name", variable, f"one of {', '.join(sorted(SETTABLE_VARIABLES))}"
        )
    # Nothing after the name would delete the variable: that is said with `_undef_` or not at all.
    checked = values.variable_value(f"variable {variable}", value)
    if not checked:
        raise UnsafeValue(f"variable {variable}", value, "a value that is not empty")
    return Api(f"uuid_setvar {values.uuid('channel', uuid)} {variable} {checked}")


def play_then_hang_up(lead_leg: str, *, file_id: str, directory: str) -> Api:
    """Play a sound to a lead, then hang up: the safe-harbour message (16 CFR 310.4(b)(4)(iii))."""
    path = values.wav_path("message file", directory, file_id)
    return Api(f"uuid_transfer {_lead(lead_leg)} 'playback:{path},hangup:NORMAL_CLEARING' inline")


def start_recording(lead_leg: str, *, directory: str, file_id: str | None = None) -> Api:
    """Record the lead's leg, by default under its UUID. Only after CHANNEL_PARK, never on a dying
    leg (a hang-up while the recording starts can leave a zombie channel)."""
    return _record(lead_leg, "start", directory, file_id)


def stop_recording(lead_leg: str, *, directory: str, file_id: str | None = None) -> Api:
    """Stop what `start_recording` started."""
    return _record(lead_leg, "stop", directory, file_id)


def _record(lead_leg: str, verb: str, directory: str, file_id: str | None) -> Api:
    uuid = _lead(lead_leg)
    path = values.wav_path("recording", directory, uuid if file_id is None else file_id)
    return Api(f"uuid_record {uuid} {verb} {path}")


def play_tone(agent_leg: str, *, milliseconds: int = 200, hertz: int = 880) -> Api:
    """Mix a short tone into what the agent hears: a call is coming. Does not delay the bridge."""
    length = values.integer("tone milliseconds", milliseconds, 20, 2000)
    pitch = values.integer("tone hertz", hertz, 100, 3400)
    return Api(
        f"uuid_displace {values.uuid('agent leg', agent_leg)} "
        f"start tone_stream://%({length},0,{pitch}) 0 mux"
    )


def sched_hangup(uuid: str, *, seconds: int, cause: str = "ALLOTTED_TIMEOUT") -> Api:
    """Hang up so many seconds from now, whether we live or not."""
    after = values.integer("seconds", seconds, 1, 86_400)
    why = values.cause("hangup cause", cause)
    return Api(f"sched_hangup +{after} {values.uuid('channel', uuid)} {why}")


def status() -> Api:
    """Answers up-time, sessions and limits as text."""
    return Api("status")


def version() -> Api:
    """Answers the version as text."""
    return Api("version")


def show_channels(like: str | None = None) -> Api:
    """Answers channels as JSON (`answers.read_channels`), all or those carrying this text, such as
    our dialer id in `presence_data`. From an asynchronous database: a second old, never proof."""
    if like is None:
        return Api("show channels as json")
    return Api(f"show channels like {values.name('text to find', like)} as json")


def gateway_status(gateway: str) -> Api:
    """Answers the state of a Sofia gateway as text, or `Invalid Gateway!`."""
    return Api(f"sofia status gateway {values.name('gateway', gateway)}")


def hupall(cause: str, variable: str, value: str) -> Api:
    """Hang up every channel whose variable has this value; never every channel of the switch."""
    if variable not in SELECTABLE_VARIABLES:
        raise UnsafeValue(
            "variable name", variable, f"one of {', '.join(sorted(SELECTABLE_VARIABLES))}"
        )
    selected = values.name(f"variable {variable}", value)
    return Api(f"hupall {values.cause('hangup cause', cause)} {variable} {selected}")


def fsctl_max_sessions(sessions: int) -> Api:
    """Set how many channels the switch allows."""
    return Api(f"fsctl max_sessions {values.integer('max sessions', sessions, 1, 1_000_000)}")


def fsctl_sps(sessions_per_second: int) -> Api:
    """Set how many channels a second the switch allows; it admits one less
    (switch_core_session.c)."""
    rate = values.integer("sessions per second", sessions_per_second, 1, 100_000)
    return Api(f"fsctl sps {rate}")


def fsctl_pause() -> Api:
    """Refuse new outbound channels; live ones go on."""
    return Api("fsctl pause outbound")


def fsctl_resume() -> Api:
    """Take new outbound channels again."""
    return Api("fsctl resume outbound")


def fsctl_shutdown_now() -> Api:
    """Stop the switch and end every call on it. For tests and laboratories."""
    return Api("fsctl shutdown now")
