"""`FREESWITCH_BIN=... python -m benchmarks.switch --calls 2000 --agents 20`.

Starts two FreeSWITCHes on loopback, the dialer's and one that plays the public network, and a
database of its own; all are gone afterwards. A tenth of the leads hang up within 100 ms of the
bridge, another tenth hold the call (re-INVITE sendonly) and hang up while holding. Ten are answered
a second, and in progressive mode each of them finds a free agent, so the time from the answer to
the bridge is the machine's and not the queue's. Exit status 1 when an agent was lost or stuck, a
channel is left, or a goal of the times was missed (median 65 ms, 99 % within 150 ms).
"""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.switch.soak import RATE_MAX, Soak, run
from campaigns.campaign_spec import PacingMode


def main() -> int:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.switch", description=__doc__)
    parser.add_argument("--calls", type=int, default=2000, help="answered calls to make")
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--talk-ms", type=int, default=1200, help="how long ordinary leads talk")
    parser.add_argument(
        "--rate", type=float, default=10.0, help="answered calls a second (0: as many as can be)"
    )
    parser.add_argument(
        "--mode",
        choices=[str(PacingMode.PROGRESSIVE), str(PacingMode.PREDICTIVE)],
        default=str(PacingMode.PROGRESSIVE),
        help="progressive: whoever answers finds a free agent; predictive: some wait",
    )
    parser.add_argument("--minutes-max", type=float, default=30.0, help="give up after this")
    asked = parser.parse_args()
    binary = os.environ.get("FREESWITCH_BIN")
    if not binary:
        sys.stderr.write("Set FREESWITCH_BIN to the binary of a FreeSWITCH 1.10.\n")
        return 2
    soak = Soak(
        calls=asked.calls,
        agents=asked.agents,
        talk_ms=asked.talk_ms,
        rate=asked.rate or RATE_MAX,
        mode=PacingMode(asked.mode),
    )
    with tempfile.TemporaryDirectory(prefix="dialer-soak-") as folder:
        report = asyncio.run(
            run(soak, Path(binary), Path(folder), seconds_max=60.0 * asked.minutes_max)
        )
    sys.stdout.write(report.text())
    return 0 if report.is_good else 1


if __name__ == "__main__":
    raise SystemExit(main())
