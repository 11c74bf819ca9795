"""Named streams of random numbers from one seed."""

import random


class Streams:
    """One generator for each name: a draw added to one stream leaves all others where they were.

    The generators are seeded with text, which Python hashes with SHA-512, so the numbers do not
    depend on the process or on PYTHONHASHSEED.
    """

    def __init__(self, seed: int, part: str = "") -> None:
        self.seed = seed
        self._part = part
        self._streams: dict[str, random.Random] = {}

    def of(self, part: str) -> "Streams":
        """The streams of one part of the world, under the same names."""
        return Streams(self.seed, f"{self._part}{part}/")

    def named(self, name: str) -> random.Random:
        """The stream of that name, begun at its start on first use."""
        stream = self._streams.get(name)
        if stream is None:
            stream = random.Random(f"{self.seed}/{self._part}{name}")  # noqa: S311 - wants repeats
            self._streams[name] = stream
        return stream
