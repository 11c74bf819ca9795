"""No socket: what framing and decoding alone cost, over the same events."""

import json
import sys
import time
from collections.abc import Callable

import msgspec

from benchmarks.esl.streams import body, event_frames
from freeswitch.events import read_event
from freeswitch.framing import FrameReader
from freeswitch.messages import EventFormat, EventMessage


def main() -> None:
    """Print CPU microseconds an event for each way."""
    passes = int(sys.argv[1])
    frames = event_frames("json")
    bodies = [body(frame) for frame in frames]
    messages = [EventMessage(format=EventFormat.JSON, body=raw) for raw in bodies]
    stream = b"".join(frames)

    def framed() -> None:
        reader = FrameReader()
        for start in range(0, len(stream), 65_536):
            reader.receive(stream[start : start + 65_536])

    ways: dict[str, Callable[[], object]] = {
        "json.loads": lambda: [json.loads(raw.decode("utf-8", "replace")) for raw in bodies],
        "msgspec, every header": lambda: [msgspec.json.decode(raw) for raw in bodies],
        "msgspec, the headers that are read (`read_event`)": lambda: [
            read_event(message) for message in messages
        ],
        "framing alone (`FrameReader`, reads of 64 KiB)": framed,
    }
    found = {}
    for name, way in ways.items():
        way()
        started = time.process_time()
        for _ in range(passes):
            way()
        found[name] = (time.process_time() - started) / passes / len(bodies) * 1e6
    print(json.dumps(found))


main()
