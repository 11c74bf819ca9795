"""Api commands about one channel: its variables, its sound, its keys, its end."""

import json
from collections.abc import Callable

from freeswitch.fake.applications import Applications, Step
from freeswitch.fake.channels import Channel, State
from freeswitch.fake.core import SwitchCore
from freeswitch.fake.events import common_headers, plain_value, url_encode
from freeswitch.fake.far_end import schedule_hangup
from freeswitch.fake.media import press_key
from freeswitch.fake.quoting import split_blank
from freeswitch.fake.sessions import Sessions

_NO_SESSION = "-ERR Cannot locate session!\n"
_NO_CHANNEL = "-ERR No such channel!\n"


class ChannelCommands:
    """Commands whose first word is a channel's id; `table` maps their names."""

    def __init__(self, core: SwitchCore, sessions: Sessions, applications: Applications) -> None:
        self._core = core
        self._sessions = sessions
        self._applications = applications
        self.table: dict[str, Callable[[str], str]] = {
            "uuid_setvar": self._setvar,
            "uuid_setvar_multi": self._setvar_multi,
            "uuid_getvar": self._getvar,
            "uuid_dump": self._dump,
            "uuid_record": self._record,
            "uuid_displace": self._displace,
            "uuid_broadcast": self._broadcast,
            "uuid_break": self._break,
            "uuid_send_dtmf": self._send_dtmf,
            "uuid_recv_dtmf": self._recv_dtmf,
            "sched_hangup": self._sched_hangup,
        }

    def note_transfer(self, channel: Channel, destination: str) -> None:
        """The caller profile and history of a channel that is sent to an inline dialplan."""
        now = self._core.now()
        entry = f"{int(now)}:{self._core.new_uuid()}:bl_xfer:{destination}/default/inline"
        caller = channel.caller
        caller.transfer_source = entry
        caller.logical_direction = "inbound"
        caller.dialplan = "inline"
        caller.redirected_from = caller.destination
        caller.destination = destination
        caller.index += 1
        channel.times.profile = now
        channel.state = State.CS_ROUTING
        channel.set("max_forwards", "70")
        before = channel.variables.get("transfer_history")
        history = [] if before is None else [before] if isinstance(before, str) else before
        channel.variables["transfer_history"] = [*history, entry] if history else entry
        channel.set("transfer_source", entry)

    def transferred(self, channel: Channel, steps: list[Step]) -> None:
        """The transferred channel runs its inline dialplan."""
        channel.caller.destination = channel.caller.redirected_from
        channel.caller.redirected_from = ""
        self._applications.run(channel, steps)

    def _setvar(self, argument: str) -> str:
        words = argument.split(" ", 2)
        if len(words) < 2:
            return "-USAGE: <uuid> <var> [value]\n"
        channel = self._core.find(words[0])
        if channel is None:
            return _NO_CHANNEL
        _set_variable(channel, words[1], words[2] if len(words) > 2 else "")
        return "+OK\n"

    def _setvar_multi(self, argument: str) -> str:
        uuid, _, pairs = argument.partition(" ")
        if not pairs:
            return "-USAGE: <uuid> <var>=<value>;<var>=<value>...\n"
        channel = self._core.find(uuid)
        if channel is None:
            return _NO_CHANNEL
        for pair in pairs.split(";"):
            name, _, value = pair.partition("=")
            if name:
                _set_variable(channel, name, value)
        return "+OK\n"

    def _getvar(self, argument: str) -> str:
        words = argument.split()
        if len(words) < 2:
            return "-USAGE: <uuid> <var>\n"
        channel = self._core.find(words[0])
        if channel is None:
            return _NO_CHANNEL
        return channel.variable(words[1]) or "_undef_"

    def _dump(self, argument: str) -> str:
        words = argument.split()
        if not words:
            return "-USAGE: <uuid> [format]\n"
        channel = self._core.find(words[0])
        if channel is None:
            return _NO_CHANNEL
        headers = common_headers(self._core.identity, "CHANNEL_DATA", self._core.now())
        headers |= channel.basic_headers() | channel.variable_headers()
        if len(words) > 1 and words[1].lower() == "json":
            return json.dumps(headers, separators=(",", ":"), ensure_ascii=False)
        encode = len(words) > 1 and words[1].lower() == "plain"
        lines = (
            f"{name}: {url_encode(plain_value(value)) if encode else plain_value(value)}\n"
            for name, value in headers.items()
        )
        return "".join(lines) + "\n"

    def _record(self, argument: str) -> str:
        words = split_blank(argument)
        if len(words) < 3:
            return "-USAGE: <uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]\n"
        channel = self._core.find(words[0])
        if channel is None:
            return _NO_SESSION
        action, path = words[1].lower(), words[2]
        match action:
            case "start":
                if channel.is_down or path in channel.recordings:
                    return "-ERR Cannot record session!\n"
                channel.recordings[path] = self._core.now()
                self._core.emit_channel("RECORD_START", channel, after={"Record-File-Path": path})
            case "stop":
                paths = list(channel.recordings) if path == "all" else [path]
                if not paths or any(one not in channel.recordings for one in paths):
                    return "-ERR Cannot stop record session!\n"
                for one in paths:
                    self._sessions.stop_recording(channel, one)
            case "mask" | "unmask" | "pause" | "resume":
                if path not in channel.recordings:
                    noun = "record" if action in {"mask", "unmask"} else "recording"
                    return f"-ERR Cannot {action} {noun} session!\n"
                self._sessions.mask_recording(channel, path, action)
            case _:
                return (
                    "-USAGE: <uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]\n"
                )
        return "+OK Success\n"

    def _displace(self, argument: str) -> str:
        words = split_blank(argument)
        if len(words) < 3 or words[1].lower() not in {"start", "stop"}:
            return "-USAGE: <uuid> [start|stop] <path> [<limit>] [mux]\n"
        channel = self._core.find(words[0])
        if channel is None:
            return _NO_SESSION
        if channel.is_down or not channel.has_media:
            return "-ERR Cannot displace session!\n"
        return "+OK Success\n"

    def _broadcast(self, argument: str) -> str:
        """Play on a parked or bridged channel, which goes on afterwards with what it did."""
        words = split_blank(argument)
        if len(words) < 2:
            return "-USAGE: <uuid> <path> [aleg|bleg|holdb|both]\n"
        channel = self._core.find(words[0])
        if channel is None or channel.is_down:
            return "-ERR invalid uuid\n"
        application, _, path = words[1].rpartition("::") if "::" in words[1] else ("", "", words[1])
        name = application or "playback"
        self._core.after(
            self._core.timings.session_tick_seconds,
            lambda: self._applications.run_aside(channel, name, path),
        )
        return "+OK Message sent\n"

    def _break(self, argument: str) -> str:
        words = argument.split()
        if not words or self._core.find(words[0]) is None:
            return _NO_CHANNEL
        return "+OK\n"

    def _send_dtmf(self, argument: str) -> str:
        words = argument.split()
        if len(words) < 2:
            return "-USAGE: <uuid> <dtmf_data>\n"
        if self._core.find(words[0]) is None:
            return _NO_SESSION
        return f"+OK {words[0]} sent DTMF {words[1]}.\n"

    def _recv_dtmf(self, argument: str) -> str:
        words = argument.split()
        if len(words) < 2:
            return "-USAGE: <uuid> <dtmf_data>\n"
        channel = self._core.find(words[0])
        if channel is None:
            return _NO_SESSION
        self._core.after(
            self._core.timings.session_tick_seconds, lambda: self._press(channel, words[1])
        )
        return f"+OK {words[0]} received DTMF {words[1]}.\n"

    def _press(self, channel: Channel, digits: str) -> None:
        for digit in digits.partition("@")[0]:
            press_key(self._core, channel, digit, source="APP")
            self._applications.digit(channel, digit)

    def _sched_hangup(self, argument: str) -> str:
        words = argument.split()
        if len(words) < 2:
            return "-USAGE: [+]<time> <uuid> [<cause>]\n"
        channel = self._core.find(words[1])
        if channel is None:
            return _NO_CHANNEL
        text = " ".join([words[0], *words[2:3]])
        if not schedule_hangup(self._core, self._sessions, channel, text):
            return "-USAGE: [+]<time> <uuid> [<cause>]\n"
        return "+OK\n"


def _set_variable(channel: Channel, name: str, value: str) -> None:
    if value and value != "undef":
        channel.variables[name] = value
    else:
        channel.variables.pop(name, None)
