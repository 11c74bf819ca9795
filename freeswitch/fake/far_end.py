"""Plays one call's far end: rings, answers or refuses, talks, presses keys, hangs up."""

from collections.abc import Callable

from freeswitch.fake.applications import Applications
from freeswitch.fake.causes import known_cause
from freeswitch.fake.channels import Channel
from freeswitch.fake.core import SwitchCore
from freeswitch.fake.media import press_key
from freeswitch.fake.network import Result
from freeswitch.fake.sessions import Sessions

SYNCHRONOUS_HANGUP = "sched_hangup"


class FarEnd:
    """The other end of one channel. `progressed` is told `ring` or `media` once."""

    def __init__(
        self,
        core: SwitchCore,
        sessions: Sessions,
        applications: Applications,
        channel: Channel,
        progressed: Callable[[str], None],
    ) -> None:
        self._core = core
        self._sessions = sessions
        self._applications = applications
        self._channel = channel
        self._progressed = progressed

    def begin(self) -> None:
        """The INVITE goes out."""
        self._later(self._channel.far_end.set_up_seconds, self._respond)

    def _later(self, seconds: float, callback: Callable[[], None]) -> None:
        """As long as the channel stands."""
        self._channel.timers.append(self._core.after(seconds, callback))

    def _respond(self) -> None:
        channel, plan = self._channel, self._channel.far_end
        if plan.early_media or plan.rings:
            channel.caller.network_address = "127.0.0.1"
            channel.caller.callee_name = channel.caller.destination
        if plan.early_media:
            channel.answer_state = "early"
            channel.times.progress_media = self._core.now()
            channel.set("endpoint_disposition", "EARLY MEDIA")
            self._core.emit_channel("CHANNEL_PROGRESS_MEDIA", channel)
            channel.call_state = "EARLY"
            channel.has_media = True
            self._progressed("media")
        elif plan.rings:
            channel.times.progress = self._core.now()
            self._core.emit_channel("CHANNEL_PROGRESS", channel)
            channel.call_state = "RINGING"
            self._progressed("ring")
        match plan.result:
            case Result.ANSWERED:
                self._later(plan.ring_seconds, self._answer)
            case Result.REFUSED:
                self._later(plan.ring_seconds, self._refuse)
            case Result.NO_ANSWER:
                return

    def _refuse(self) -> None:
        self._channel.caller.network_address = "127.0.0.1"
        self._sessions.refuse(self._channel, self._channel.far_end.cause)

    def _answer(self) -> None:
        channel, core = self._channel, self._core
        channel.timers.clear()
        channel.answer_state = "answered"
        channel.has_media = True
        channel.times.answered = core.now()
        channel.caller.network_address = "127.0.0.1"
        if channel.caller.callee_name == "Outbound Call":
            channel.caller.callee_name = channel.caller.destination
        core.emit_channel("CHANNEL_ANSWER", channel)
        channel.set("endpoint_disposition", "ANSWER")
        self._run_on_answer()
        self.stay()

    def stay(self) -> None:
        """The call is answered: press keys, talk, and hang up in the end."""
        channel, plan = self._channel, self._channel.far_end
        for seconds, digit in plan.keys:
            self._later(seconds, lambda digit=digit: self._press(digit))  # type: ignore[misc]
        if plan.talk_seconds is not None:
            if plan.holds and not channel.is_true("rtp_disable_hold"):
                self._later(plan.talk_seconds * 0.9, self._hold)
            self._later(plan.talk_seconds, self._bye)
        channel.notify_watchers()

    def _run_on_answer(self) -> None:
        """Every variable whose name starts with `execute_on_answer` names an application."""
        channel = self._channel
        for name in [name for name in channel.variables if name.startswith("execute_on_answer")]:
            application, _, data = channel.variable(name).partition(" ")
            self._sessions.execute(channel, application, data)
            if application == SYNCHRONOUS_HANGUP:
                schedule_hangup(self._core, self._sessions, channel, data)
            elif application == "set":
                key, _, value = data.partition("=")
                channel.variables[key] = value
            self._sessions.execute_complete(channel, application, data)

    def _press(self, digit: str) -> None:
        press_key(self._core, self._channel, digit, source="RTP")
        self._applications.digit(self._channel, digit)

    def _hold(self) -> None:
        self._channel.holding = True

    def _bye(self) -> None:
        tick = self._core.timings.far_end_tick_seconds
        self._sessions.hangup(self._channel, "NORMAL_CLEARING", remote=True, delay=tick)


def schedule_hangup(core: SwitchCore, sessions: Sessions, channel: Channel, argument: str) -> bool:
    """`[+]seconds [cause]`: hang up then. Without the plus sign the number is an epoch second."""
    words = argument.split()
    if not words or not words[0].lstrip("+").isdigit():
        return False
    seconds = int(words[0].lstrip("+"))
    due_at = core.now() + seconds if words[0].startswith("+") else float(seconds)
    cause = known_cause(words[1]) if len(words) > 1 else "ALLOTTED_TIMEOUT"
    timer = core.clock.call_at(max(due_at, core.now()), lambda: sessions.hangup(channel, cause))
    channel.timers.append(timer)
    return True
