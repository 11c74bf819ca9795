"""What every channel's thread does: notice, park, hang up, report, disappear.

A thread looks up once a frame. A command therefore only leaves a note (`next_step`, or a hangup
cause) and wakes the channel; at its tick the thread leaves what it was doing, which says so in
events, and then reports its end or takes the step.
"""

from freeswitch.fake.causes import known_cause, q850_number, sip_response
from freeswitch.fake.channels import Channel, Headers, State, micros
from freeswitch.fake.clock import Callback, Timer
from freeswitch.fake.core import SwitchCore
from freeswitch.fake.events import stamp


class Parked:
    """The park loop (`switch_ivr_park`, switch_ivr.c)."""

    def __init__(self, sessions: "Sessions", channel: Channel, timer: Timer | None) -> None:
        self._sessions = sessions
        self._channel = channel
        self._timer = timer
        self.as_application = channel.running is State.CS_EXECUTE

    def leave(self) -> None:
        """UNPARK, and the end of the application when park was one."""
        if self._timer is not None:
            self._timer.cancel()
        self._sessions.core.emit_channel("CHANNEL_UNPARK", self._channel)
        if self.as_application:
            self._sessions.execute_complete(self._channel, "park", "")


class Sessions:
    """The life of channels after they were created."""

    def __init__(self, core: SwitchCore) -> None:
        self.core = core

    def wake(self, channel: Channel, delay: float | None = None) -> None:
        """Let the channel's thread look up after the delay (one frame if not said), or sooner."""
        wait = self.core.timings.session_tick_seconds if delay is None else delay
        due_at = self.core.now() + wait
        if channel.tick is not None:
            if channel.tick.callback is not None and channel.tick.due_at <= due_at:
                return
            channel.tick.cancel()
        channel.tick = self.core.clock.call_at(due_at, lambda: self._tick(channel))

    def redirect(self, channel: Channel, step: Callback, delay: float | None = None) -> None:
        """Make the thread leave what it does and take this step next."""
        channel.next_step = step
        self.wake(channel, delay)

    def _tick(self, channel: Channel) -> None:
        channel.tick = None
        if channel.is_destroyed:
            return
        activity, channel.activity = channel.activity, None
        if activity is not None:
            activity.leave()
        if channel.is_down:
            aside, channel.aside = channel.aside, None
            if aside is not None:
                aside.leave()
            self._report(channel)
            return
        step, channel.next_step = channel.next_step, None
        if step is not None:
            step()

    def hangup(
        self, channel: Channel, cause: str, *, remote: bool = False, delay: float | None = None
    ) -> None:
        """Hang up now; the thread notices at its next tick. A second time does nothing."""
        if channel.is_down or channel.is_destroyed:
            return
        was_answered = channel.is_answered
        channel.cause = cause
        channel.state = State.CS_HANGUP
        channel.answer_state = "hangup"
        channel.remote_hangup = remote
        for timer in channel.timers:
            timer.cancel()
        channel.timers.clear()
        partner = self.core.find(channel.variable("signal_bond"))
        if partner is not None and partner.is_down:
            partner = None
        if remote and was_answered:
            reason = f'Q.850;cause={q850_number(cause)};text="{cause}"'
            for one in (channel, partner):
                if one is not None:
                    one.set("sip_reason", reason)
            _note_sip_end(channel, 200, cause)
        if partner is not None:
            partner.set("last_bridge_hangup_cause", cause)
        self.core.emit_channel("CHANNEL_HANGUP", channel)
        if remote:
            channel.set("sip_hangup_disposition", "recv_bye")
        self.wake(channel, delay)
        channel.notify_watchers()

    def refuse(self, channel: Channel, cause: str) -> None:
        """The far end ends the call before anybody answered."""
        response = sip_response(cause)
        channel.refused = True
        channel.variables["sip_hangup_disposition"] = "recv_refuse"
        channel.variables["sip_invite_failure_status"] = str(response.status)
        channel.variables["sip_invite_failure_phrase"] = response.phrase
        _note_sip_end(channel, response.status, cause)
        self.hangup(channel, cause, delay=self.core.timings.far_end_tick_seconds)

    def park(self, channel: Channel, *, as_application: bool) -> None:
        """Enter the park loop; `park_timeout` is used up here, and `park_after_bridge` with it."""
        timer: Timer | None = None
        if as_application:
            channel.running = channel.state = State.CS_EXECUTE
            self.execute(channel, "park", "")
        else:
            channel.running = channel.state = State.CS_PARK
        limit = channel.variable("park_timeout")
        if limit:
            del channel.variables["park_timeout"]
            channel.variables.pop("park_after_bridge", None)
            seconds, _, name = limit.partition(":")
            cause = known_cause(name)
            if seconds.isdigit() and int(seconds) > 0:
                timer = self.core.after(int(seconds), lambda: self.hangup(channel, cause))
        self.core.emit_channel("CHANNEL_PARK", channel)
        channel.activity = Parked(self, channel, timer)

    def execute(self, channel: Channel, application: str, data: str) -> None:
        """Note that an application begins, and say so."""
        channel.last_application = (application, data)
        channel.variables.pop("current_application_response", None)
        channel.variables.pop("current_application_data", None)
        if data:
            channel.variables["current_application_data"] = data
        channel.set("current_application", application)
        self.core.emit_channel(
            "CHANNEL_EXECUTE", channel, after=_application_headers(application, data)
        )

    def execute_complete(
        self, channel: Channel, application: str, data: str, response: str = "_none_"
    ) -> None:
        """Say that an application ended."""
        headers = _application_headers(application, data)
        headers["Application-Response"] = response
        headers["Application-UUID"] = channel.variable("app_uuid") or self.core.new_uuid()
        self.core.emit_channel("CHANNEL_EXECUTE_COMPLETE", channel, after=headers)

    def end_of_dialplan(self, channel: Channel) -> None:
        """Nothing left to do: the switch hangs up (`switch_core_standard_on_execute`)."""
        self.hangup(channel, "NORMAL_CLEARING")

    def _report(self, channel: Channel) -> None:
        now = self.core.now()
        channel.times.hangup = now
        self._stop_recordings(channel)
        channel.running = channel.state = State.CS_REPORTING
        channel.call_state = "HANGUP"
        channel.variables.update(_summary(channel, now))
        if not channel.refused and not channel.remote_hangup:
            self._note_local_end(channel)
        self.core.emit_channel(
            "CHANNEL_HANGUP_COMPLETE", channel, before={"Hangup-Cause": channel.cause}
        )
        self.core.after(self.core.timings.destroy_seconds, lambda: self.destroy(channel))

    def _note_local_end(self, channel: Channel) -> None:
        """We said BYE, or CANCEL before the answer (`sofia_on_hangup`, mod_sofia.c)."""
        if channel.times.answered:
            channel.variables["sip_hangup_disposition"] = "send_bye"
            return
        channel.variables["sip_hangup_disposition"] = "send_cancel"
        channel.variables["sip_invite_failure_status"] = "487"
        channel.variables["sip_invite_failure_phrase"] = "CANCEL"

    def destroy(self, channel: Channel) -> None:
        """Forget the channel; from now on no command finds it."""
        if channel.is_destroyed:
            return
        channel.is_destroyed = True
        channel.state = State.CS_DESTROY if not channel.is_bare else State.CS_NEW
        if channel.call_uuid not in {"", channel.uuid}:
            channel.call_uuid = channel.uuid
            channel.set("call_uuid", channel.uuid)
        self.core.channels.pop(channel.uuid, None)
        self.core.emit_channel("CHANNEL_DESTROY", channel)
        self.core.publish(channel, "CHANNEL_DESTROY")
        channel.notify_watchers()

    def _stop_recordings(self, channel: Channel) -> None:
        if channel.recordings:
            channel.running = State.CS_HANGUP
        for path in list(channel.recordings):
            self.stop_recording(channel, path)

    def mask_recording(self, channel: Channel, path: str, action: str) -> None:
        """Silence in the file from now, or sound again."""
        masks = channel.masks.setdefault(path, [])
        is_masked = bool(masks) and masks[-1][1] is None
        if action == "mask" and not is_masked:
            masks.append((self.core.now(), None))
        elif action == "unmask" and is_masked:
            masks[-1] = (masks[-1][0], self.core.now())

    def stop_recording(self, channel: Channel, path: str) -> None:
        """End a recording and say how long it is, in whole 20 ms frames."""
        started_at = channel.recordings.pop(path)
        masks = channel.masks.pop(path, [])
        self.core.write_recording(path, started_at, masks)
        frames = round((self.core.now() - started_at) / 0.020)
        milliseconds = max(0, frames * 20)
        channel.variables.update(
            {
                "record_file_size": str(44 + milliseconds * 32),
                "record_samples": str(milliseconds * 8),
                "record_seconds": str(milliseconds // 1000),
                "record_ms": str(milliseconds),
                "record_completion_cause": "success-silence",
            }
        )
        self.core.emit_channel(
            "RECORD_STOP",
            channel,
            after={"Record-File-Path": path, "Record-Completion-Cause": "success-silence"},
        )


def _application_headers(application: str, data: str) -> Headers:
    headers: Headers = {"Application": application}
    if data:
        headers["Application-Data"] = data
    return headers


def _note_sip_end(channel: Channel, status: int, cause: str) -> None:
    channel.variables["sip_term_status"] = str(status)
    channel.variables["proto_specific_hangup_cause"] = f"sip:{status}"
    channel.variables["sip_term_cause"] = str(q850_number(cause))


def _summary(channel: Channel, now: float) -> Headers:
    """The variables a channel gets when it has ended (`switch_channel_set_timestamps`)."""
    times = channel.times
    summary: Headers = {
        "hangup_cause": channel.cause,
        "hangup_cause_q850": str(q850_number(channel.cause)),
        "digits_dialed": channel.digits or "none",
    }
    instants = {
        "start": times.created,
        "profile_start": times.profile,
        "answer": times.answered,
        "bridge": times.bridged,
        "progress": times.progress,
        "progress_media": times.progress_media,
        "end": now,
    }
    for name, instant in instants.items():
        if instant:
            summary[f"{name}_stamp"] = stamp(instant)
    for name, instant in instants.items():
        summary[f"{name}_epoch"] = str(int(instant))
        summary[f"{name}_uepoch"] = micros(instant)
    application, data = channel.last_application
    if application:
        summary["last_app"] = application
        if data:
            summary["last_arg"] = data
    caller = channel.caller
    summary["caller_id"] = f'"{caller.name}" <{caller.number}>' if caller.name else caller.number
    spans = {
        "duration": now - times.created,
        "billsec": now - times.answered if times.answered else 0.0,
        "progresssec": times.progress - times.created if times.progress else 0.0,
        "answersec": times.answered - times.created if times.answered else 0.0,
        "waitsec": max(0.0, times.bridged - times.created) if times.bridged else 0.0,
    }
    for name, span in spans.items():
        summary[name] = str(int(span))
    for name, span in spans.items():
        text = f"m{name}" if name == "duration" else name.replace("sec", "msec")
        summary[text] = str(int(span * 1000))
    return summary
