"""Recording of calls: begun by the campaign's policy or the agent, masked, closed and written down.

One file is written at a time, of the lead's leg, which goes on through hold and hand-overs. Files
are named by the call's id and a number, so that a name says nothing about anybody.
"""

from dataclasses import replace

from dialer.engine.calls import Call
from dialer.engine.events import KeyPressed
from dialer.engine.floor import Floor
from dialer.engine.ids import CallId
from dialer.engine.in_call_commands import (
    LeadSound,
    MaskRecording,
    PlayToLead,
    RecordRecording,
    StartRecording,
    StopRecording,
)
from dialer.engine.in_call_config import RecordingConfig, RecordingPolicy
from dialer.engine.in_call_events import RecordingAsked, RecordingMasked, RecordingStopped
from dialer.engine.talks import RunningRecording, Talk
from dialer.engine.timers import Due
from dialer.errors import IllegalTransition

CLOSED_MAX = 1000
"""Files whose length is still to be told by the switch, which does so within a frame or two."""
FILES_MAX = 99
"""Files of one call: an agent who starts and stops without end has made a mistake."""


def begin(floor: Floor, call: Call, talk: Talk, now: float) -> None:
    """The first bridge stands: record, ask, or neither, as the campaign says."""
    config = _config(floor, call)
    call_id = call.lead.call_id
    match config.policy:
        case RecordingPolicy.NOTICE:
            # First the notice, so that the recording holds it.
            _play(floor, call, LeadSound.NOTICE)
            _start(floor, call, talk, "notice", now)
        case RecordingPolicy.CONSENT:
            _play(floor, call, LeadSound.CONSENT)
            talk.asked_until = now + config.consent_seconds
            floor.timers.arm(Due.CONSENT, call_id, at=talk.asked_until)
        case RecordingPolicy.OFF:
            return


def consent_over(floor: Floor, call_id: CallId) -> None:
    """No key came: the call is not recorded."""
    floor.talks[call_id].asked_until = None


def key_pressed(floor: Floor, event: KeyPressed, now: float) -> None:
    """A key of the lead's telephone: consent, when it was asked for and this is the key."""
    call, talk = floor.calls.get(event.call_id), floor.talks.get(event.call_id)
    if call is None or talk is None or talk.asked_until is None or talk.recording is not None:
        return
    if event.key == _config(floor, call).consent_key:
        talk.asked_until = None
        floor.timers.disarm(Due.CONSENT, event.call_id)
        _start(floor, call, talk, "key", now)


def ask(floor: Floor, event: RecordingAsked, call: Call, talk: Talk, now: float) -> None:
    """The lead told the agent yes or no. A campaign that does not record does not record."""
    if not event.is_on:
        _running(talk)
        talk.asked_until = None
        close(floor, call, talk, now)
        return
    if _config(floor, call).policy is RecordingPolicy.OFF:
        raise IllegalTransition(
            'this campaign does not record; its file says [recording] policy = "off"'
        )
    if talk.recording is not None:
        raise IllegalTransition("the call is being recorded already")
    if talk.recordings >= FILES_MAX:
        raise IllegalTransition(f"there are {FILES_MAX} recordings of this call already")
    talk.asked_until = None
    _start(floor, call, talk, "agent", now)


def mask(floor: Floor, event: RecordingMasked, call: Call, talk: Talk, now: float) -> None:
    """Silence in the file, or sound again. Saying so twice changes nothing."""
    running = _running(talk)
    if running.is_masked == event.is_masked:
        return
    if event.is_masked:
        running.masked.append((now, None))
    else:
        running.masked[-1] = (running.masked[-1][0], now)
    floor.say(
        MaskRecording(call_id=call.lead.call_id, file_id=running.file_id, is_masked=event.is_masked)
    )


def close(floor: Floor, call: Call, talk: Talk, now: float) -> None:
    """End the file, if there is one. Of a call that is over the switch has ended it already."""
    running, talk.recording = talk.recording, None
    if running is None:
        return
    if call.ended_at is None:
        floor.say(StopRecording(call_id=call.lead.call_id, file_id=running.file_id))
    if running.is_masked:
        running.masked[-1] = (running.masked[-1][0], now)
    record = _record(floor, call, running, ended_at=now)
    floor.say(record)
    floor.closed_recordings[running.file_id] = record
    if len(floor.closed_recordings) > CLOSED_MAX:
        del floor.closed_recordings[next(iter(floor.closed_recordings))]


def stopped(floor: Floor, event: RecordingStopped, now: float) -> None:
    """The switch says how long the file is, or that it ended by itself, as on a full disk."""
    for call_id, talk in floor.talks.items():
        if talk.recording is not None and talk.recording.file_id == event.file_id:
            close(floor, floor.calls[call_id], talk, now)
            break
    record = floor.closed_recordings.pop(event.file_id, None)
    if record is not None:
        floor.say(replace(record, seconds=event.seconds))


def _start(floor: Floor, call: Call, talk: Talk, consent: str, now: float) -> None:
    talk.recordings += 1
    file_id = f"{call.lead.call_id}-{talk.recordings}"
    talk.recording = RunningRecording(file_id=file_id, consent=consent, started_at=now)
    floor.say(StartRecording(call_id=call.lead.call_id, file_id=file_id))
    floor.say(_record(floor, call, talk.recording, ended_at=None))


def _running(talk: Talk) -> RunningRecording:
    if talk.recording is None:
        raise IllegalTransition("the call is not being recorded")
    return talk.recording


def _play(floor: Floor, call: Call, sound: LeadSound) -> None:
    lead = call.lead
    floor.say(PlayToLead(call_id=lead.call_id, campaign_id=lead.campaign_id, sound=sound))


def _config(floor: Floor, call: Call) -> RecordingConfig:
    return floor.campaigns[call.lead.campaign_id].config.recording


def _record(
    floor: Floor, call: Call, running: RunningRecording, *, ended_at: float | None
) -> RecordRecording:
    return RecordRecording(
        file_id=running.file_id,
        call_id=call.lead.call_id,
        campaign_id=call.lead.campaign_id,
        agent_id=call.agent_id,
        policy=_config(floor, call).policy.value,
        consent=running.consent,
        started_at=running.started_at,
        ended_at=ended_at,
        seconds=None,
        masked=tuple(running.masked),
    )
