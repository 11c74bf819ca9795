"""The api commands of the fake switch, by name (mod_commands.c)."""

from collections.abc import Callable

from freeswitch.fake import texts
from freeswitch.fake.applications import Applications, parse_inline
from freeswitch.fake.bridges import Bridges
from freeswitch.fake.causes import known_cause
from freeswitch.fake.channel_commands import ChannelCommands
from freeswitch.fake.channels import Headers
from freeswitch.fake.core import SwitchCore
from freeswitch.fake.fsctl import SwitchControl
from freeswitch.fake.originate import Originates
from freeswitch.fake.quoting import split_blank
from freeswitch.fake.sessions import Sessions
from freeswitch.fake.show import ShowTable

Answer = Callable[[str], None]

NO_CHANNEL = "-ERR No such channel!\n"


class Api:
    """Runs api commands; each answers at once but `originate`, which answers when it knows."""

    def __init__(self, core: SwitchCore) -> None:
        self.core = core
        self.sessions = Sessions(core)
        self.bridges = Bridges(core, self.sessions)
        self.applications = Applications(core, self.sessions)
        self.originates = Originates(core, self.sessions, self.applications)
        self.channel_commands = ChannelCommands(core, self.sessions, self.applications)
        self.control = SwitchControl(core, self.sessions)
        self.table = ShowTable(core)
        self.fault: Callable[[str], str] | None = None
        core.publish = self.table.note
        self._commands: dict[str, Callable[[str], str]] = {
            "status": lambda _: texts.status(core),
            "version": lambda _: "FreeSWITCH Version 1.10.12-release~64bit ( 64bit)\n",
            "hostname": lambda _: core.settings.hostname,
            "uuid_bridge": self._uuid_bridge,
            "uuid_kill": self._uuid_kill,
            "uuid_park": self._uuid_park,
            "uuid_transfer": self._uuid_transfer,
            "uuid_exists": lambda argument: "true" if core.find(argument.strip()) else "false",
            "hupall": self._hupall,
            "show": self._show,
            "sofia": self._sofia,
            "create_uuid": lambda _: core.new_uuid(),
            "strepoch": lambda _: str(int(core.now())),
            "echo": lambda argument: argument,
            "module_exists": lambda argument: (
                "true" if argument.strip() in core.settings.modules else "false"
            ),
            "fake": self._fake,
            **self.channel_commands.table,
        }

    def execute(self, command: str, argument: str, answer: Answer) -> None:
        """Run one command; `answer` gets its text, empty when it prints nothing."""
        name = command.lower()
        if name == "originate":
            self.originates.originate(argument, answer)
            return
        if name == "fsctl":
            self.control.fsctl(argument, answer)
            return
        handler = self._commands.get(name)
        if handler is None or (name == "fake" and self.fault is None):
            answer(f"-ERR {command} Command not found!\n")
            return
        answer(handler(argument))

    def run_job(self, job_uuid: str, command: str, argument: str) -> None:
        """Run a `bgapi` command; its end is told to every client that wants BACKGROUND_JOB."""

        def answer(text: str) -> None:
            headers: Headers = {"Job-UUID": job_uuid, "Job-Command": command}
            if argument:
                headers["Job-Command-Arg"] = argument
            self.core.emit("BACKGROUND_JOB", headers, body=text)

        self.execute(command, argument, answer)

    def send_message(self, uuid: str, headers: dict[str, str], body: str) -> str:
        """`sendmsg`: run an application on a channel or hang it up. `+OK` means queued, no more."""
        channel = self.core.find(uuid)
        if channel is None:
            return f"-ERR invalid session id [{uuid}]"
        wanted = {name.lower(): value for name, value in headers.items()}
        call_command = wanted.get("call-command", "").lower()
        tick = self.core.timings.session_tick_seconds
        if call_command == "hangup":
            cause = known_cause(wanted.get("hangup-cause", ""))
            self.core.after(tick, lambda: self.sessions.hangup(channel, cause))
        elif call_command == "execute":
            name = wanted.get("execute-app-name", "")
            argument = body or wanted.get("execute-app-arg", "")
            if "event-uuid" in wanted:
                channel.variables["app_uuid"] = wanted["event-uuid"]
            self.core.after(tick, lambda: self.applications.run_aside(channel, name, argument))
        return "+OK"

    def _fake(self, argument: str) -> str:
        return self.fault(argument) if self.fault is not None else ""

    def _uuid_bridge(self, argument: str) -> str:
        words = argument.split()
        if len(words) != 2:
            return "-USAGE: <uuid> <other_uuid>\n"
        if not self.bridges.bridge(words[0], words[1]):
            return "-ERR Invalid uuid\n"
        return f"+OK {words[1]}\n"

    def _uuid_kill(self, argument: str) -> str:
        words = argument.split()
        if not words:
            return "-USAGE: <uuid> [cause]\n"
        channel = self.core.find(words[0])
        if channel is None:
            return NO_CHANNEL
        self.sessions.hangup(
            channel, known_cause(words[1]) if len(words) > 1 else "NORMAL_CLEARING"
        )
        return "+OK\n"

    def _uuid_park(self, argument: str) -> str:
        channel = self.core.find(argument.strip())
        if channel is None:
            return NO_CHANNEL
        if channel.is_parked_state:
            # The state does not change, so the park loop that ends is not begun again: UNPARK and
            # no PARK, and from a second command on nothing (switch_core_state_machine.c).
            self.sessions.redirect(channel, _stay)
        elif not channel.is_down:
            self.sessions.redirect(
                channel, lambda: self.sessions.park(channel, as_application=False)
            )
        return "+OK\n"

    def _uuid_transfer(self, argument: str) -> str:
        words = split_blank(argument)
        words = [word for word in words if word not in {"-bleg", "-both"}]
        if len(words) < 2:
            return "-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n"
        channel = self.core.find(words[0])
        if channel is None:
            return NO_CHANNEL
        if len(words) < 3 or words[2].lower() != "inline":
            steps = [("park", "")] if words[1] == "park" else [("hangup", "NO_ROUTE_DESTINATION")]
        else:
            steps = parse_inline(words[1])
        if not channel.is_down:
            self.channel_commands.note_transfer(channel, words[1])
            self.sessions.redirect(
                channel, lambda: self.channel_commands.transferred(channel, steps)
            )
        return "+OK\n"

    def _hupall(self, argument: str) -> str:
        words = argument.split()
        cause = known_cause(words[0], "MANAGER_REQUEST") if words else "MANAGER_REQUEST"
        if len(words) >= 3:
            pairs = list(zip(words[1::2], words[2::2], strict=False))
            doomed = [
                channel
                for channel in self.core.channels.values()
                if all(channel.variable(name) == value for name, value in pairs)
            ]
            shown = f"+OK hangup all channels matching [{words[1]}]=[{words[2]}]"
            text = f"{shown}{'...' if len(pairs) > 1 else ''} with cause: {cause}\n"
        else:
            doomed = list(self.core.channels.values())
            text = f"+OK hangup all channels with cause {cause}\n"
        for channel in doomed:
            self.sessions.hangup(channel, cause)
        return text

    def _show(self, argument: str) -> str:
        words = argument.split()
        output = "json" if [word.lower() for word in words[-2:]] == ["as", "json"] else "csv"
        plain = words[:-2] if output == "json" else words
        match [word.lower() for word in plain[:2]]:
            case ["channels"]:
                return self.table.channels("", output)
            case ["channels", "count"]:
                return f"\n{self.table.channels_count()} total.\n"
            case ["channels", "like"] if len(plain) > 2:
                return self.table.channels(" ".join(plain[2:]), output)
            case ["calls"]:
                return self.table.calls(output)
            case ["calls", "count"]:
                return f"\n{self.table.calls_count()} total.\n"
            case _:
                return "-USAGE: calls [count]|channels [count|like <match string>]\n"

    def _sofia(self, argument: str) -> str:
        words = argument.split()
        match words:
            case ["status"]:
                return texts.sofia_status(self.core)
            case ["status", "gateway", name]:
                return texts.sofia_status_gateway(self.core, name)
            case ["profile", _, "killgw", name]:
                self.core.gateways.pop(name, None)
                return "+OK gateway marked for deletion.\n"
            case _:
                return "-ERR Unknown command!\n"


def _stay() -> None:
    """The channel's thread looks up, and goes on in the state it is in."""
