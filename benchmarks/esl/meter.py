"""Counts what a library hands its user; every driver finds it beside itself.

Standard library only: it runs in the environments of the other libraries.
"""

import json
import sys
import time


class Meter:
    """CPU time from the subscription to the end of the replay.

    Not from the first event: some libraries read everything there is before they hand on anything.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.seen = 0
        self._cpu = 0.0
        self._wall = 0.0

    def start(self) -> None:
        """The next thing sent is the subscription, and then the replay begins."""
        self._cpu = time.process_time()
        self._wall = time.perf_counter()

    def event(self, name: object) -> bool:
        """Count one event; True when it was the one that ends the replay."""
        if name == "SHUTDOWN":
            self._report()
            return True
        self.seen += 1
        return False

    def _report(self) -> None:
        cpu = time.process_time() - self._cpu
        wall = time.perf_counter() - self._wall
        measured = max(1, self.seen)
        print(
            json.dumps(
                {
                    "delivered": self.seen,
                    "sent": self.total,
                    "cpu_us": cpu / measured * 1e6,
                    "events_per_second": measured / wall,
                }
            ),
            flush=True,
        )


def arguments() -> tuple[str, int, Meter]:
    """kind, port and meter, from the command line of a driver."""
    kind, port, total = sys.argv[1:4]
    return kind, int(port), Meter(int(total))
