"""What a real FreeSWITCH 1.10.12 said: the captures of `tests/wire/captures`."""

import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CAPTURES = Path(__file__).parent.parent / "wire" / "captures"


@dataclass(frozen=True, slots=True)
class Chunk:
    """One read of the socket; frames may be cut or joined anywhere."""

    t: float
    """Seconds since the connection was made."""
    direction: str
    """`in` from the switch, `out` to it, `eof` when it closed."""
    data: bytes


def names() -> list[str]:
    """The names of all captures; there is no test without them."""
    found = sorted(path.name.removesuffix(".jsonl.gz") for path in CAPTURES.glob("*.jsonl.gz"))
    if not found:
        raise FileNotFoundError(f"no captures in {CAPTURES}")
    return found


@cache
def load(name: str) -> list[Chunk]:
    """The chunks of one capture, in their order."""
    with gzip.open(CAPTURES / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Chunk(t=row["t"], direction=row["dir"], data=row.get("data", "").encode("latin-1"))
        for row in rows
    ]


def received(name: str) -> bytes:
    """All bytes the switch sent in one capture."""
    return b"".join(chunk.data for chunk in load(name) if chunk.direction == "in")
