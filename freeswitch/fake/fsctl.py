"""`fsctl`: the switch's own limits, pausing, and shutting down."""

from collections.abc import Callable

from freeswitch.fake.channels import Headers
from freeswitch.fake.core import SwitchCore
from freeswitch.fake.sessions import Sessions

_SHUTDOWN_POLL_SECONDS = 1.0
_SHUTDOWN_HANGUPS_SECONDS = 0.1
"""The event socket goes down after the calls have; they take some tens of milliseconds."""

Answer = Callable[[str], None]

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

    def fsctl(self, argument: str, answer: Answer) -> None:
        """Run one `fsctl` command. A shutdown that waits for the calls answers after them."""
        match argument.lower().split():
            case ["shutdown", "elegant" | "asap" as how, *_]:
                self._core.emit("SHUTDOWN_REQUESTED", {"Event-Info": how})
                self._ending = True
                self._core.paused = how == "elegant" or self._core.paused
                self._wait_until_empty(answer)
            case ["shutdown", "now", *_]:
                # The process exits on the spot: no event, no answer (switch_core.c, exit).
                self._core.on_exit()
            case words:
                answer(self._at_once(words))

    def _at_once(self, words: list[str]) -> str:
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
            case ["shutdown", "cancel", *_]:
                self._ending = self._core.paused = False
                return "+OK\n"
            case ["shutdown", *_]:
                self._core.after(_SHUTDOWN_POLL_SECONDS, self._end)
                return "+OK\n"
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

    def _wait_until_empty(self, answer: Answer) -> None:
        if self._ending and self._core.channels:
            self._core.after(_SHUTDOWN_POLL_SECONDS, lambda: self._wait_until_empty(answer))
            return
        if self._ending:
            self._core.after(_SHUTDOWN_POLL_SECONDS, self._end)
        answer("+OK\n")

    def _end(self) -> None:
        """The core goes down: it says so, ends the calls, then unloads the event socket."""
        self._core.emit("SHUTDOWN", {"Event-Info": "System Shutting Down"})
        self._core.paused = True
        self._hang_up_all("SYSTEM_SHUTDOWN")
        self._core.after(_SHUTDOWN_HANGUPS_SECONDS, self._core.on_shutdown)

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
