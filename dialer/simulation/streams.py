"""Named streams of random numbers from one seed."""

import random


class Streams:
    """One generator for each name: a draw added to one stream leaves all others where they were.

    The generators are seeded with text, which Python hashes with SHA-512, so the numbers do not
    depend on the process or on PYTHONHASHSEED.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._streams: dict[str, random.Random] = {}

    def named(self, name: str) -> random.Random:
        """The stream of that name, begun at its start on first use."""
        stream = self._streams.get(name)
        if stream is None:
            stream = random.Random(f"{self.seed}/{name}")  # noqa: S311 - a simulation wants repeats
            self._streams[name] = stream
        return stream
