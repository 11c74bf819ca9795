"""Applications a channel's thread runs one after another: park, playback, hangup, detect_audio,
and so on.

`inline` text is `app:argument,app:argument` (mod_dialplan_inline, in mod_dptools.c);
`&app(argument)` is a list of one. When the list is done and nothing parked the channel, the switch
hangs up.
"""

import re
from collections.abc import Callable

from freeswitch.fake.causes import known_cause
from freeswitch.fake.channels import Channel, Headers, State, micros
from freeswitch.fake.clock import Timer
from freeswitch.fake.core import SwitchCore
from freeswitch.fake.media import Playback, first_run
from freeswitch.fake.quoting import split
from freeswitch.fake.sessions import Sessions

Step = tuple[str, str]

_QUEUED_MESSAGE_POLL_SECONDS = 0.1
"""How often a message looks whether its channel can take it: rare, so coarser than a frame."""


def parse_inline(text: str) -> list[Step]:
    """The steps of an inline dialplan; `m:X:` in front names another separator than the comma."""
    delimiter = ","
    if text.startswith("m:") and len(text) > 4 and text[3] == ":":
        delimiter, text = text[2], text[4:]
    steps: list[Step] = []
    for item in split(text, delimiter):
        name, _, argument = item.partition(":")
        if name:
            steps.append((name, argument))
    return steps


class Running:
    """A list of applications at work on one channel."""

    def __init__(
        self, applications: "Applications", channel: Channel, steps: list[Step], *, aside: bool
    ) -> None:
        self.core = applications.core
        self.sessions = applications.sessions
        self.channel = channel
        self._table = applications.table
        self._steps = steps
        self._aside = aside
        self._position = 0
        self.playback: Playback | None = None
        self.timer: Timer | None = None
        self.on_digit: Callable[[str], None] | None = None

    def leave(self) -> None:
        """Interrupted: the sound breaks off and the application ends."""
        self.channel.reads_linear = False
        if self.timer is not None:
            self.timer.cancel()
        if self.playback is not None:
            self.playback.stop("break")
            self.playback = None
        if self._position <= len(self._steps) and self._position > 0:
            name, argument = self._steps[self._position - 1]
            self.sessions.execute_complete(self.channel, name, argument)

    def next_step(self) -> None:
        """Begin the next application, or end the dialplan."""
        self.playback = None
        self.on_digit = None
        if self.channel.is_down:
            return
        if self._position >= len(self._steps):
            self.let_go()
            if not self._aside:
                self.sessions.end_of_dialplan(self.channel)
            return
        name, argument = self._steps[self._position]
        self._position += 1
        handler = self._table.get(name)
        if handler is None:
            self.let_go()
            if not self._aside:
                self.sessions.hangup(self.channel, "DESTINATION_OUT_OF_ORDER")
            return
        handler(self, argument)

    def let_go(self) -> None:
        """The channel no longer runs these applications."""
        if self._aside:
            self.channel.aside = None
        else:
            self.channel.activity = None

    def begin(self, argument: str) -> None:
        """Say that the present application begins."""
        self.sessions.execute(self.channel, self._steps[self._position - 1][0], argument)

    def complete(self, argument: str, response: str = "_none_") -> None:
        """Say that the present application ended, and go on."""
        self.playback = None
        name = self._steps[self._position - 1][0]
        if response != "_none_":
            self.channel.variables["current_application_response"] = response
        self.sessions.execute_complete(self.channel, name, argument, response)
        self.next_step()

    def wait(self, seconds: float, then: Callable[[], None]) -> None:
        """Go on after so many seconds unless interrupted."""
        self.timer = self.core.after(seconds, then)


class Applications:
    """Starts lists of applications on channels."""

    def __init__(self, core: SwitchCore, sessions: Sessions) -> None:
        self.core = core
        self.sessions = sessions
        self.table: dict[str, Callable[[Running, str], None]] = dict(_TABLE)

    def run(self, channel: Channel, steps: list[Step]) -> None:
        """Run the steps as the channel's dialplan, now."""
        channel.running = channel.state = State.CS_EXECUTE
        channel.set("call_uuid", channel.uuid)
        running = Running(self, channel, steps, aside=False)
        channel.activity = running
        running.next_step()

    def run_aside(self, channel: Channel, name: str, argument: str) -> None:
        """Run one application from the channel's park or bridge loop, which goes on afterwards.

        A thread that is in no such loop, or busy with an earlier one, takes the message later
        (`switch_ivr_parse_all_events`). To park a channel that waits already changes nothing.
        """
        if channel.is_down or name == "park":
            return
        if channel.activity is None or channel.aside is not None:
            wait = _QUEUED_MESSAGE_POLL_SECONDS
            self.core.after(wait, lambda: self.run_aside(channel, name, argument))
            return
        running = Running(self, channel, [(name, argument)], aside=True)
        channel.aside = running
        running.next_step()

    def digit(self, channel: Channel, digit: str) -> None:
        """Let the application that is collecting digits, if any, have this one."""
        for activity in (channel.aside, channel.activity):
            if isinstance(activity, Running) and activity.on_digit is not None:
                activity.on_digit(digit)
                return


def _park(running: Running, argument: str) -> None:
    del argument
    running.let_go()
    running.sessions.park(running.channel, as_application=True)


def _playback(running: Running, argument: str) -> None:
    running.begin(argument)
    running.playback = Playback(
        running.core, running.channel, argument, lambda: running.complete(argument, "FILE PLAYED")
    )


def _endless_playback(running: Running, argument: str) -> None:
    running.begin(argument)

    def again() -> None:
        running.playback = Playback(running.core, running.channel, argument, again)

    again()


def _hangup(running: Running, argument: str) -> None:
    running.begin(argument)
    running.let_go()
    tick = running.core.timings.far_end_tick_seconds
    running.sessions.hangup(running.channel, known_cause(argument), delay=tick)
    running.sessions.execute_complete(running.channel, "hangup", argument)


def _sleep(running: Running, argument: str) -> None:
    running.begin(argument)
    seconds = int(argument) / 1000 if argument.isdigit() else 0.0
    running.wait(seconds, lambda: running.complete(argument))


def _set(running: Running, argument: str) -> None:
    name, _, value = argument.partition("=")
    running.begin(argument)
    if name:
        running.channel.variables[name] = value
    running.complete(argument)


def _nothing(running: Running, argument: str) -> None:
    running.begin(argument)
    running.complete(argument)


def _answer(running: Running, argument: str) -> None:
    """Of a call from outside; one that is answered already is left as it is."""
    running.begin(argument)
    channel, core = running.channel, running.core
    if not channel.is_answered and not channel.is_down:
        channel.answer_state = "answered"
        channel.has_media = True
        channel.times.answered = core.now()
        core.emit_channel("CHANNEL_ANSWER", channel)
        channel.call_state = "ACTIVE"
        if channel.answered_by is not None:
            channel.answered_by()
    running.complete(argument)


def _avmd_start(running: Running, argument: str) -> None:
    """Listen for a beep (mod_avmd.c). An outbound channel is listened to only with
    `outbound_channel=1`; otherwise nothing is started, and only the log says so."""
    running.begin(argument)
    channel, core = running.channel, running.core
    words = dict(item.partition("=")[::2] for item in argument.split(","))
    listens = words.get("inbound_channel" if channel.is_inbound else "outbound_channel") == "1"
    if listens and channel.beeps is None:
        at = channel.far_end.beep_seconds
        started_at = core.now()
        _emit_avmd(core, channel, "start", {"Start-time": micros(started_at)})
        heard_at = float("inf") if at is None else channel.times.answered + at

        def heard() -> None:
            if channel.is_down:
                return
            channel.variables["avmd_detect"] = "TRUE"
            took = round(1_000_000 * (core.now() - started_at))
            detected: Headers = {
                "Beep-Status": "DETECTED",
                "Frequency": "995.054793",
                "Detection-time": str(took),
            }
            _emit_avmd(core, channel, "beep", detected)

        if started_at <= heard_at < float("inf"):
            channel.beeps = core.clock.call_at(heard_at, heard)
            channel.timers.append(channel.beeps)
    running.complete(argument)


def _avmd_stop(running: Running, argument: str) -> None:
    running.begin(argument)
    if running.channel.beeps is not None:
        running.channel.beeps.cancel()
        running.channel.beeps = None
        _emit_avmd(running.core, running.channel, "stop", {})
    running.complete(argument)


def _emit_avmd(core: SwitchCore, channel: Channel, word: str, more: Headers) -> None:
    head: Headers = {"Unique-ID": channel.uuid, "Call-command": "avmd"}
    core.emit("CUSTOM", head | more, subclass=f"avmd::{word}")


def _eavesdrop(running: Running, argument: str) -> None:
    """`eavesdrop` and `three_way`: until either hangs up (switch_ivr_eavesdrop_session)."""
    running.begin(argument)
    target = running.core.find(argument)
    if target is None or target.is_down:
        running.complete(argument)
        return
    running.channel.reads_linear = True
    running.channel.set("last_sent_callee_id_name", target.caller.number)
    running.channel.set("last_sent_callee_id_number", target.caller.number)

    def target_gone() -> None:
        is_at_it = running.channel.activity is running and not running.channel.is_down
        if is_at_it and running.channel.next_step is None:
            running.channel.reads_linear = False
            running.complete(argument)

    def target_changed() -> None:
        # A frame later, as the listener's thread looks up.
        running.core.after(running.core.timings.session_tick_seconds, target_gone)

    target.watchers.append(target_changed)


def _echo(running: Running, argument: str) -> None:
    """Sends back what comes, until the channel is hung up."""
    running.begin(argument)


def _record_session(running: Running, argument: str) -> None:
    running.begin(argument)
    running.channel.recordings[argument] = running.core.now()
    running.core.emit_channel("RECORD_START", running.channel, after={"Record-File-Path": argument})
    running.complete(argument)


def _detect(running: Running, argument: str, *, talking: bool) -> None:
    """`detect_audio` and `detect_silence`: threshold, frames in a row, time-out in ms."""
    running.begin(argument)
    words = argument.split()
    hits = int(words[1]) if len(words) > 1 and words[1].isdigit() else 1
    timeout = int(words[2]) / 1000 if len(words) > 2 and words[2].isdigit() else 10.0
    until, timed_out = first_run(
        running.channel, running.core.now(), hits=hits, talking=talking, timeout_seconds=timeout
    )
    name = "detect_audio" if talking else "detect_silence"

    def decided() -> None:
        running.channel.set(f"{name}_timeout", "true" if timed_out else "false")
        if timed_out:
            running.channel.set(f"{name}_hits", "0")
        running.complete(argument)

    running.timer = running.core.clock.call_at(until, decided)


def _play_and_get_digits(running: Running, argument: str) -> None:
    """`min max tries timeout terminators file invalid_file variable regexp` (mod_dptools.c)."""
    running.begin(argument)
    words = argument.split()
    if len(words) < 9 or not all(word.isdigit() for word in words[:4]):
        running.complete(argument)
        return
    DigitPrompt(running, argument, words).ask()


class DigitPrompt:
    """Play a file, collect digits, accept or ask again."""

    def __init__(self, running: Running, argument: str, words: list[str]) -> None:
        self._running = running
        self._argument = argument
        self._least, self._most, self._tries = int(words[0]), int(words[1]), int(words[2])
        self._timeout_seconds = int(words[3]) / 1000
        self._terminators, self._file, self._invalid_file = words[4], words[5], words[6]
        self._variable, self._pattern = words[7], words[8]
        self._digits = ""

    def ask(self) -> None:
        """Play the file once more, if tries are left."""
        running = self._running
        if self._tries <= 0:
            running.channel.variables["read_result"] = "failure"
            running.complete(self._argument)
            return
        self._tries -= 1
        self._digits = ""
        running.on_digit = self.digit
        running.playback = Playback(running.core, running.channel, self._file, self._played)

    def _played(self) -> None:
        self._running.playback = None
        self._running.wait(self._timeout_seconds, self._judge)

    def digit(self, digit: str) -> None:
        """A key: it stops the sound; enough of them, or a terminator, ends the try."""
        running = self._running
        if running.playback is not None:
            running.playback.stop("break")
            running.playback = None
        if running.timer is not None:
            running.timer.cancel()
        finished = digit in self._terminators
        if not finished:
            self._digits += digit
        if finished or len(self._digits) >= self._most:
            self._judge()
        else:
            running.wait(self._timeout_seconds, self._judge)

    def _judge(self) -> None:
        running = self._running
        running.on_digit = None
        enough = len(self._digits) >= self._least
        if enough and self._digits and re.search(self._pattern, self._digits):
            running.channel.variables["read_result"] = "success"
            running.channel.variables[self._variable] = self._digits
            running.complete(self._argument)
        elif self._tries > 0:
            running.playback = Playback(running.core, running.channel, self._invalid_file, self.ask)
        else:
            self.ask()


_TABLE: dict[str, Callable[[Running, str], None]] = {
    "park": _park,
    "playback": _playback,
    "endless_playback": _endless_playback,
    "hangup": _hangup,
    "sleep": _sleep,
    "set": _set,
    "export": _set,
    "eavesdrop": _eavesdrop,
    "three_way": _eavesdrop,
    "echo": _echo,
    "record_session": _record_session,
    "detect_audio": lambda running, argument: _detect(running, argument, talking=True),
    "detect_silence": lambda running, argument: _detect(running, argument, talking=False),
    "play_and_get_digits": _play_and_get_digits,
    "answer": _answer,
    "avmd_start": _avmd_start,
    "avmd_stop": _avmd_stop,
    "pre_answer": _nothing,
    "displace_session": _nothing,
    "start_dtmf": _nothing,
    "event": _nothing,
    "info": _nothing,
    "log": _nothing,
    "unset": lambda running, argument: _unset(running, argument),
}


def _unset(running: Running, argument: str) -> None:
    running.begin(argument)
    running.channel.variables.pop(argument, None)
    running.complete(argument)
