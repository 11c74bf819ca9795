"""`python -m dialer.service`: serve with the settings of the working directory."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from campaigns.store.errors import StoreError
from dialer.errors import DialerError
from dialer.runtime.clock import ScaledClock
from dialer.service.running import serve
from dialer.settings import load_settings


def main() -> int:
    """Exit status 0 after an ordered stop, 1 with one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m dialer.service", description=__doc__)
    parser.add_argument("--config", type=Path, default=None, help="settings file")
    parser.add_argument("--speed", type=float, default=1.0, help="clock seconds to a real second")
    parser.add_argument("--start-at", type=float, default=None, help="Unix seconds at start")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        settings = load_settings(arguments.config)
        clock = ScaledClock(speed=arguments.speed, start_at=arguments.start_at)
        asyncio.run(serve(settings, clock=clock))
    except (DialerError, StoreError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
