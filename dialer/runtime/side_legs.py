"""Events about the legs beside a lead's and an agent's, about recordings and about agents' keys."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from dialer.engine.events import Event
from dialer.engine.ids import CallId, LegId
from dialer.engine.in_call_events import (
    LegKeyPressed,
    RecordingStopped,
    SideLegBridged,
    SideLegEnded,
    SideLegUp,
)
from freeswitch.answers import error_text, is_refused
from freeswitch.events import ChannelDetails, ChannelEvent, JobEvent

_FILE_ID = re.compile(r"([A-Za-z0-9-]{36}-[0-9]{1,3})\.wav")
_KEY = re.compile(r"[0-9A-D*#]")
_ENDS = ("CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE", "CHANNEL_DESTROY")


@dataclass(slots=True)
class SideTrack:
    """What was seen of one leg."""

    is_up_when_parked: bool
    saw_channel: bool = False
    is_up: bool = False


class SideLegs:
    """Keeps a track of each such leg of one switch."""

    def __init__(self) -> None:
        self._tracks: dict[str, SideTrack] = {}

    def expect(self, leg_id: LegId, *, is_up_when_parked: bool) -> None:
        """From now on this leg's events are read. It is up when it parks, or when it answers."""
        self._tracks[leg_id] = SideTrack(is_up_when_parked)

    def forget(self, leg_id: str) -> None:
        """It is gone by other knowledge."""
        self._tracks.pop(leg_id, None)

    def forget_all(self) -> None:
        """Another switch process: every channel is gone."""
        self._tracks.clear()

    def __contains__(self, channel: str) -> bool:
        return channel in self._tracks

    def read(
        self, event: ChannelEvent | JobEvent, calls: Collection[str], legs: Collection[str]
    ) -> list[Event] | None:
        """What it means; None when it is not about any of this. `calls` and `legs` are the leads'
        and agents' channels."""
        if isinstance(event, JobEvent):
            return self._read_job(event)
        match event.name:
            case "RECORD_STOP":
                return _recording_stopped(event)
            case "DTMF" if event.unique_id in legs:
                return _key_pressed(event)
            case "CHANNEL_BRIDGE":
                return self._read_bridge(event, calls)
            case _:
                pass
        channel = event.unique_id or ""
        track = self._tracks.get(channel)
        return None if track is None else self._read_leg(event, LegId(channel), track)

    def _read_job(self, event: JobEvent) -> list[Event] | None:
        job, body = event.job_uuid or "", event.body or ""
        track = self._tracks.get(job)
        if track is None:
            return None
        if is_refused(body) and not track.saw_channel:
            self.forget(job)
            return [SideLegEnded(leg_id=LegId(job), cause=error_text(body))]
        return []

    def _read_bridge(self, event: ChannelEvent, calls: Collection[str]) -> list[Event] | None:
        sides = (event.bridge_a or "", event.bridge_b or "")
        leg = next((one for one in sides if one in self._tracks), None)
        if leg is None:
            return None
        call = next((one for one in sides if one in calls), None)
        if call is None:
            return []
        return [SideLegBridged(call_id=CallId(call), leg_id=LegId(leg))]

    def _read_leg(self, event: ChannelEvent, leg_id: LegId, track: SideTrack) -> list[Event]:
        if event.name in _ENDS:
            if event.name == "CHANNEL_DESTROY" and not track.saw_channel:
                return []  # a gateway that is down; the job says why
            self.forget(leg_id)
            return [SideLegEnded(leg_id=leg_id, cause=event.hangup_cause or "NONE")]
        track.saw_channel = True
        wanted = "CHANNEL_PARK" if track.is_up_when_parked else "CHANNEL_ANSWER"
        if event.name == wanted and event.is_answered and not track.is_up:
            track.is_up = True
            return [SideLegUp(leg_id=leg_id)]
        return []


def _recording_stopped(event: ChannelEvent) -> list[Event]:
    path = event.record_path if isinstance(event, ChannelDetails) else None
    found = _FILE_ID.fullmatch((path or "").rpartition("/")[2])
    if found is None or not isinstance(event, ChannelDetails):
        return []
    return [RecordingStopped(file_id=found[1], seconds=(event.record_ms or 0) / 1000)]


def _key_pressed(event: ChannelEvent) -> list[Event]:
    key = event.dtmf_digit or ""
    if event.unique_id is None or not _KEY.fullmatch(key):
        return []
    return [LegKeyPressed(leg_id=LegId(event.unique_id), key=key)]
