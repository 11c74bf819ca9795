"""The captured event frames, cut out of what a switch sent."""

import re

from tests.support import captures

_FRAME = re.compile(rb"Content-Length: ([0-9]+)\nContent-Type: text/event-(json|plain)\n\n")


def event_frames(kind: str) -> list[bytes]:
    """Every event frame of every capture in this encoding, `json` or `plain`, whole."""
    frames = []
    for name in captures.names():
        data = captures.received(name)
        position = 0
        while (found := _FRAME.search(data, position)) is not None:
            position = found.end() + int(found[1])
            if found[2] == kind.encode():
                frames.append(data[found.start() : position])
    return frames


def body(frame: bytes) -> bytes:
    """The body of one event frame."""
    return frame[frame.index(b"\n\n") + 2 :]
