"""The fake is kept honest here: every recording of a real FreeSWITCH 1.10.12 is replayed on it.

Each recorded command is sent when the fake has said everything the real switch had said before that
command, plus the recorded pause. Then everything said is compared: replies and api answers in
order, background jobs, and for every channel the order of its events with their headers. Values
that are ids, instants or counters are compared by shape. What the fake does not reproduce stands in
the tables below, each with its reason; nothing else may differ.
"""

import gzip
import json
import re
import urllib.parse
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from freeswitch.events import ChannelDetails
from freeswitch.fake import FakeSwitch, LabNetwork, ManualClock, SwitchSettings
from freeswitch.fake.events import Event
from tests.support.raw_esl import RawFrame, take_frames

CAPTURES = Path(__file__).parent / "captures"
NAMES = sorted(path.name.removesuffix(".jsonl.gz") for path in CAPTURES.glob("*.jsonl.gz"))

Pairs = list[tuple[str, Any]]

_KEYPRESS = "abandoned_message_with_keypress_opt_out"
_SUPERVISOR = "supervisor_listens_and_whispers"
_READ_AHEAD = (
    "the real switch counts how far it had read ahead in the file when the key broke it off"
)
_RACE = (
    "a race of two threads: the other recordings of a lead killed while bridged still show the "
    "agent's id at HANGUP_COMPLETE"
)

_THREE = "three_way_then_the_agent_leaves"

KNOWN_DIFFERENCES = {
    (_THREE, "Channel-Call-UUID"): _RACE,
    (_THREE, "variable_call_uuid"): _RACE,
    (_SUPERVISOR, "Channel-Call-UUID"): _RACE,
    (_SUPERVISOR, "variable_call_uuid"): _RACE,
    (_KEYPRESS, "variable_playback_last_offset_pos"): _READ_AHEAD,
    (_KEYPRESS, "variable_playback_ms"): _READ_AHEAD,
    (_KEYPRESS, "variable_playback_samples"): _READ_AHEAD,
    (_KEYPRESS, "variable_playback_seconds"): _READ_AHEAD,
    ("auth_accepted", "Content-Length"): "of `status`, which holds the machine's own figures",
}
"""(recording, header) whose values differ, with the reason."""

ONLY_READ_HEADERS = {
    "hold_and_take_back": "a channel that is sent away from a bridge and bridged again has its "
    "caller profile turned round and restored (switch_ivr.c, switch_ivr_session_transfer); the "
    "fake keeps to what clients read: the order of events, and the headers of freeswitch.events"
}
"""Recordings of which only the headers that this package reads are compared, with the reason."""

_RTP = "statistics of an RTP stream that does not exist here"
_NEGOTIATION = "media negotiation; the Channel-Read-Codec headers are there"
_SIP = "SIP headers of a far end that does not exist here"
_UNREAD = "nobody reads them"

ABSENT_VARIABLES = {
    r"rtp_audio_(in|out|rtcp)_.*": _RTP,
    r"rtp_(local_sdp_str|use_.*|audio_recv_pt|last_audio_codec_string|2833_.*)": _NEGOTIATION,
    r"(switch_r_sdp|ep_codec_string|dtmf_type)": _NEGOTIATION,
    r"(local|remote|advertised)_media_(ip|port)": _NEGOTIATION,
    r"(audio|video|text|remote_audio|remote_video|remote_text)_media_flow": _NEGOTIATION,
    r"(original_)?(read|write)_(codec|rate)": _NEGOTIATION,
    r"sip_(local_network_addr|reply_.*|network_.*|user_agent|allow|recover_.*|full_.*)": _SIP,
    r"sip_(from_.*|to_.*|contact_.*|cseq|call_id|outgoing_contact_uri|hangup_phrase)": _SIP,
    r"(recovery_profile_name|sofia_profile_url)": _SIP,
    r"last_bridge_(proto_specific_hangup_cause|role)": _UNREAD,
    r"(u|bill|progress|answer|wait|progress_media|flow_bill)(duration|usec)": _UNREAD,
    r"(progress_media|flow_bill)m?sec": _UNREAD,
    r"(hold_accum|last_hold|resurrect)_.*": "always zero: nobody holds in the recordings",
}
"""Channel variables the fake does not have, as patterns, with the reason."""

RACING_POSITIONS = {
    "variable_call_uuid": "set back by the other leg's thread, before or after our report",
    "variable_bridge_hangup_cause": "set by the leg's bridge thread, before or after its report",
}
"""Headers whose place among the variables differs between recordings of the same thing."""

UNCHECKED_VALUES = {
    "Event-Sequence": "a counter of all events, also of those nobody asked for",
    "variable_session_id": "counts since the start of the switch",
    "Idle-CPU": "the machine's",
    "Up-Time": "the recording's switch ran before it was recorded",
    "Uptime-msec": "the recording's switch ran before it was recorded",
}
"""Headers that must be there but whose value is the machine's own."""


@dataclass(slots=True)
class Talk:
    """Everything one side of a recording or a replay said, taken apart."""

    replies: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list)
    jobs: list[Pairs] = field(default_factory=list)
    channels: defaultdict[str, list[Pairs]] = field(default_factory=lambda: defaultdict(list))
    beats: list[Pairs] = field(default_factory=list)
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often each (event name, channel or job) has been said."""

    def hear(self, frame: RawFrame) -> None:
        if frame.content_type.startswith("text/event-"):
            self._hear_event(event_pairs(frame))
            return
        names = tuple(name for name, _ in frame.headers)
        text = frame.header("Reply-Text") or frame.body.decode("utf-8")
        self.replies.append((frame.content_type, names, text))
        self.seen["reply", ""] += 1

    def _hear_event(self, pairs: Pairs) -> None:
        event = dict(pairs)
        name = event["Event-Name"]
        if name == "HEARTBEAT":
            self.beats.append(pairs)
            return
        self.seen[name, event.get("Unique-ID", "")] += 1
        if name == "BACKGROUND_JOB":
            self.jobs.append(pairs)
        else:
            self.channels[event["Unique-ID"]].append(pairs)


def event_pairs(frame: RawFrame) -> Pairs:
    """An event's headers in order, from either encoding; a plain body becomes `_body`."""
    if frame.content_type == "text/event-json":
        return frame.event
    head, _, body = frame.body.decode("utf-8").partition("\n\n")
    lines = (line.partition(": ") for line in head.split("\n"))
    pairs: Pairs = [(name, urllib.parse.unquote(value)) for name, _, value in lines]
    return [*pairs, ("_body", body)] if body else pairs


@dataclass(frozen=True, slots=True)
class Line:
    at: float
    direction: str
    data: bytes


def read_capture(name: str) -> list[Line]:
    with gzip.open(CAPTURES / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    return [Line(one["t"], one["dir"], one["data"].encode("latin-1")) for one in entries]


LAB_SETTINGS = SwitchSettings(unregistered_extensions=frozenset({"1001"}))


class Replay:
    """Drives the fake through one recording in virtual time."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines = read_capture(name)
        self.clock = ManualClock(_epoch(self.lines))
        self.real = Talk()
        self.fake = Talk()
        self.closed_at: float | None = None
        self.real_closed = any(line.direction == "eof" for line in self.lines)
        self._incoming = bytearray()
        self._last_heard_at = self.clock.now()
        switch = FakeSwitch(settings=LAB_SETTINGS, network=LabNetwork(), clock=self.clock)
        self.listener = switch.attach(self._heard, self._closed)

    def _heard(self, data: bytes) -> None:
        self._incoming += data
        frames = take_frames(self._incoming)
        for frame in frames:
            self.fake.hear(frame)
        if frames:
            self._last_heard_at = self.clock.now()

    def _closed(self) -> None:
        self.closed_at = self.clock.now()

    def _catch_up(self, command: str) -> None:
        """Let time pass until the fake has said all that the real switch had said by now."""
        limit = self.clock.now() + 130.0
        while missing := self._missing():
            if self.clock.now() > limit or not self.clock.advance_to_next():
                pytest.fail(f"before {command[:60]!r} the fake never said {dict(missing)}")

    def _missing(self) -> Counter[tuple[str, str]]:
        if all(self.fake.seen[key] >= times for key, times in self.real.seen.items()):
            return Counter()
        return self.real.seen - self.fake.seen

    def run(self) -> None:
        outgoing = bytearray()
        last_at = 0.0
        for line in self.lines:
            match line.direction:
                case "in":
                    outgoing += line.data
                    for frame in take_frames(outgoing):
                        self.real.hear(frame)
                    last_at = line.at
                case "out":
                    self._catch_up(line.data.decode("latin-1"))
                    pause = max(0.0, line.at - last_at)
                    self.clock.advance_to(max(self.clock.now(), self._last_heard_at + pause))
                    self.listener.feed(line.data)
                    last_at = line.at
                    self._last_heard_at = self.clock.now()
                case _:
                    pass
        self._catch_up("the end")
        self.clock.advance(0.25)


def _epoch(lines: list[Line]) -> float:
    """The instant at which the recording began, so that whole-second time-outs fall alike."""
    for line in lines:
        if found := re.search(rb'Event-Date-Timestamp(?:":"|: )(\d+)', line.data):
            return int(found[1]) / 1_000_000 - line.at
    return 1_700_000_000.0


_SHAPES = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\b\d{16}\b"), "<microseconds>"),
    (re.compile(r"\b1[67]\d{8}\b"), "<seconds>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b"), "<stamp>"),
    (re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"), "<date>"),
)
_MACHINE_TEXTS = (
    (re.compile(r"^UP \d+ years, .* microseconds$", re.M), "UP <the machine's>"),
    (re.compile(r"^min idle cpu [\d./]+$", re.M), "min idle cpu <the machine's>"),
    (re.compile(r"^Uptime  \t\d+s$", re.M), "Uptime <since its start>"),
    (re.compile(r"^((Failed)?CallsOUT)\t\d+$", re.M), r"\1 <since its start>"),
)
"""Lines of api answers that count since the start of the switch, unseen in the recording."""
_OURS = re.compile(r"[ac5]0000000-0000-4000-8000-\d{12}")


def shape(value: Any) -> Any:
    """A value with foreign ids and instants replaced; zero stays zero, our own ids stay."""
    if isinstance(value, list):
        return [shape(one) for one in value]
    return _shape(str(value))


@lru_cache(maxsize=20_000)
def _shape(text: str) -> str:
    for pattern, replacement in _MACHINE_TEXTS:
        text = pattern.sub(replacement, text)
    for pattern, name in _SHAPES:
        text = pattern.sub(
            lambda found, name=name: found[0] if _OURS.match(found[0]) else name, text
        )
    return text


_SPANS = re.compile(
    r"variable_(\w+m?sec|m?duration|record_(ms|samples|seconds|file_size)|playback_\w+)$"
)
SPAN_TOLERANCE_MS = 120
"""Spans are of recorded real time with its 20 ms steps; this many milliseconds may lie between."""


def same_value(name: str, real: Any, fake: Any) -> bool:
    if name in UNCHECKED_VALUES:
        return True
    if (span := _SPANS.match(name)) and str(real).isdigit() and str(fake).isdigit():
        scale = 1000 if span[1].endswith("sec") and not span[1].endswith("msec") else 1
        per_ms = {"record_samples": 8, "record_file_size": 32, "playback_samples": 8}.get(
            span[1], 1
        )
        allowed = (
            max(SPAN_TOLERANCE_MS * per_ms, 1000) if scale == 1000 else SPAN_TOLERANCE_MS * per_ms
        )
        return abs(int(real) - int(fake)) * scale <= allowed
    return bool(real == fake or shape(real) == shape(fake))


@lru_cache(maxsize=1000)
def absent(variable: str) -> bool:
    return any(re.fullmatch(f"variable_{pattern}", variable) for pattern in ABSENT_VARIABLES)


def differences(capture: str, real: Pairs, fake: Pairs) -> list[str]:
    """What differs between one event of the real switch and the same event of the fake."""
    real = [pair for pair in real if not absent(pair[0])]
    found = []
    real_names, fake_names = [name for name, _ in real], [name for name, _ in fake]
    gone = [name for name in real_names if name not in fake_names]
    new = [name for name in fake_names if name not in real_names]
    if gone or new:
        found.append(f"headers missing {gone}, invented {new}")
    shared = [name for name in real_names if name in fake_names and name not in RACING_POSITIONS]
    ours = [name for name in fake_names if name in real_names and name not in RACING_POSITIONS]
    moved = [pair for pair in zip(shared, ours, strict=False) if pair[0] != pair[1]]
    if moved or len(shared) != len(ours):
        found.append(f"header order: {moved[:1]} {len(shared)}:{len(ours)}")
    values = dict(fake)
    for name, value in dict(real).items():
        if (capture, name) in KNOWN_DIFFERENCES or name not in values:
            continue
        if not same_value(name, value, values[name]):
            found.append(f"{name}: {value!r} against {values[name]!r}")
    return found


@pytest.fixture(scope="module", params=NAMES)
def replay(request: pytest.FixtureRequest) -> Replay:
    replay = Replay(request.param)
    replay.run()
    return replay


def test_every_recording_is_here() -> None:
    assert len(NAMES) == 38


def test_replies_and_api_answers_are_the_recorded_ones(replay: Replay) -> None:
    assert len(replay.fake.replies) == len(replay.real.replies)
    for real, fake in zip(replay.real.replies, replay.fake.replies, strict=True):
        assert fake[:2] == real[:2]
        if real[2].startswith('{"Event-Name"'):
            dumps = [json.loads(text, object_pairs_hook=list) for text in (real[2], fake[2])]
            assert differences(replay.name, *dumps) == []
        else:
            assert shape(fake[2]) == shape(real[2])


def test_each_channel_says_the_recorded_events_in_the_recorded_order(replay: Replay) -> None:
    real = {
        uuid: [dict(one)["Event-Name"] for one in said]
        for uuid, said in replay.real.channels.items()
    }
    fake = {
        uuid: [dict(one)["Event-Name"] for one in said]
        for uuid, said in replay.fake.channels.items()
    }
    assert fake == real


def _compared(name: str, real: Pairs, fake: Pairs) -> tuple[Pairs, Pairs]:
    if name not in ONLY_READ_HEADERS:
        return real, fake
    read = {field.encode_name for field in msgspec.structs.fields(ChannelDetails)}
    wanted = read - {"Application-UUID", "Caller-Caller-ID-Number"}
    return [one for one in real if one[0] in wanted], [one for one in fake if one[0] in wanted]


def test_each_event_has_the_recorded_headers_in_the_recorded_order(replay: Replay) -> None:
    wrong = [
        f"{dict(real)['Event-Name']} of {uuid[:1]}{uuid[-2:]}: {difference}"
        for uuid, said in replay.real.channels.items()
        for real, fake in zip(said, replay.fake.channels[uuid], strict=False)
        for difference in differences(replay.name, *_compared(replay.name, real, fake))
    ]
    assert wrong == []


def test_background_jobs_end_as_recorded(replay: Replay) -> None:
    wrong = [
        difference
        for real, fake in zip(replay.real.jobs, replay.fake.jobs, strict=True)
        for difference in differences(replay.name, *_compared(replay.name, real, fake))
    ]
    assert wrong == []


def test_the_switch_closes_the_connection_where_it_did(replay: Replay) -> None:
    assert (replay.closed_at is not None) == replay.real_closed


def test_heartbeats_have_the_recorded_headers_in_the_recorded_order() -> None:
    real = next(beat for name in NAMES for beat in _beats(name))
    clock = ManualClock()
    switch = FakeSwitch(clock=clock)
    fake = Talk()
    buffer = bytearray()

    def heard(data: bytes) -> None:
        buffer.extend(data)
        for frame in take_frames(buffer):
            fake.hear(frame)

    listener = switch.attach(heard, lambda: None)
    listener.feed(b"auth ClueCon\n\nevent json HEARTBEAT\n\n")
    clock.advance(20.1)
    assert [name for name, _ in fake.beats[0]] == [name for name, _ in real]


def _beats(name: str) -> list[Pairs]:
    talk = Talk()
    buffer = bytearray()
    for line in read_capture(name):
        if line.direction == "in":
            buffer += line.data
            for frame in take_frames(buffer):
                talk.hear(frame)
    return talk.beats


@pytest.mark.parametrize("name", NAMES)
def test_every_recorded_event_frame_is_encoded_to_the_same_bytes(name: str) -> None:
    """Taken apart and encoded again by the fake, each frame is what came over the wire."""
    recorded = b"".join(line.data for line in read_capture(name) if line.direction == "in")
    written = b""
    for frame in take_frames(bytearray(recorded)):
        kind = frame.content_type.removeprefix("text/event-")
        if kind not in {"json", "plain"}:
            head = "".join(f"{key}: {value}\n" for key, value in frame.headers)
            written += head.encode() + b"\n" + frame.body
            continue
        pairs = [pair for pair in event_pairs(frame) if pair[0] not in {"Content-Length", "_body"}]
        body = dict(event_pairs(frame)).get("_body")
        blocks = tuple({key: plain_array(value)} for key, value in pairs)
        written += Event(name="", blocks=blocks, body=body).frame(kind)
    assert written == recorded


def plain_array(value: Any) -> Any:
    """A plain event's `ARRAY::a|:b` as the list it came from."""
    if isinstance(value, str) and value.startswith("ARRAY::"):
        return value.removeprefix("ARRAY::").split("|:")
    return value
