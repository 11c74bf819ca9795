"""`fsctl`: the switch's own limits, pausing, and shutting down."""

from freeswitch.fake.channels import Headers
from freeswitch.fake.core import SwitchCore
from freeswitch.fake.sessions import Sessions

_SHUTDOWN_POLL_SECONDS = 1.0

_USAGE = (
    "-ERR Invalid command\n"
    "USAGE: fsctl [hupall|pause|resume|shutdown|sps|last_sps|max_sessions|pause_check]\n"
)


class SwitchControl:
    """Commands about the whole switch."""

    def __init__(self, core: SwitchCore, sessions: Sessions) -> None:
        self._core = core
        self._sessions = sessions
        self._ending = False

    def fsctl(self, argument: str) -> str:
        """Run one `fsctl` command."""
        words = argument.lower().split()
        match words:
            case ["max_sessions", *rest]:
                if rest and rest[0].isdigit():
                    self._core.max_sessions = int(rest[0])
                return f"+OK max sessions: {self._core.max_sessions}\n"
            case ["sps", *rest]:
                if rest and rest[0].isdigit():
                    self._core.sessions_per_second = int(rest[0])
                return f"+OK sessions per second: {self._core.sessions_per_second}\n"
            case ["pause" | "resume" as wanted, *_]:
                self._core.paused = wanted == "pause"
                return "+OK\n"
            case ["hupall", *rest]:
                self._hang_up_all(rest[0].upper() if rest else "MANAGER_REQUEST")
                return "+OK\n"
            case ["shutdown", *rest]:
                return self._shutdown(rest)
            case _:
                return self._answer(words)

    def _answer(self, words: list[str]) -> str:
        answers = {
            "last_sps": f"+OK last sessions per second: {self._core.sps_last}\n",
            "pause_check": _truth(self._core.paused),
            "ready_check": "true",
            "shutdown_check": _truth(self._ending),
        }
        return answers.get(words[0] if words else "", _USAGE)

    def _shutdown(self, words: list[str]) -> str:
        if "cancel" in words:
            self._ending = self._core.paused = False
        elif "now" in words:
            self._core.on_shutdown()
        elif "elegant" in words or "asap" in words:
            self._ending = True
            self._core.paused = "elegant" in words or self._core.paused
            self._wait_until_empty()
        else:
            self._core.paused = True
            self._hang_up_all("SYSTEM_SHUTDOWN")
            self._core.after(_SHUTDOWN_POLL_SECONDS, self._end)
        return "+OK\n"

    def _wait_until_empty(self) -> None:
        if not self._ending:
            return
        if self._core.channels:
            self._core.after(_SHUTDOWN_POLL_SECONDS, self._wait_until_empty)
        else:
            self._end()

    def _end(self) -> None:
        self._core.emit("SHUTDOWN", {"Event-Info": "System Shutting Down"})
        self._core.on_shutdown()

    def _hang_up_all(self, cause: str) -> None:
        for channel in list(self._core.channels.values()):
            self._sessions.hangup(channel, cause)

    def set_gateway(self, name: str, *, is_up: bool) -> None:
        """A gateway's ping succeeds or fails; says so in a `sofia::gateway_state` event."""
        self._core.gateways[name] = is_up
        self._core.calls_out.setdefault(name, 0)
        self._core.failed_calls_out.setdefault(name, 0)
        headers: Headers = {
            "Gateway": name,
            "State": "NOREG",
            "Ping-Status": "UP" if is_up else "DOWN",
        }
        if not is_up:
            headers |= {"Status": "503", "Phrase": "Service Unavailable"}
        self._core.emit("CUSTOM", headers, subclass="sofia::gateway_state")


def _truth(value: bool) -> str:  # noqa: FBT001 - it is the value
    return "true" if value else "false"
