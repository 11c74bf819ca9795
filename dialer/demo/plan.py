"""What one demo is: its size, its day, its folders."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dialer.errors import SettingsError
from dialer.pacing.settings import DialMode

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "bank_telesales"
LIST = EXAMPLE / "customers.csv.gz"
CAMPAIGN_FILE = EXAMPLE / "campaign.toml"
SCORECARD = EXAMPLE.parent / "scorecards" / "telesales.toml"
CONSENTS = EXAMPLE / "consents.csv.gz"
SCRIPT_FILE = EXAMPLE.parent / "scripts" / "term_deposit.toml"
NATIONAL_LIST = EXAMPLE / "national_do_not_call.txt"
ZONE = ZoneInfo("America/New_York")
"""Where the call centre's clock hangs; most of the list lives in this zone and the next."""
SHIFT_STARTS = 10
"""O'clock: the Central zone has been allowed to be called for a moment by then."""
MACHINE_RATIO = 0.04
_MARKER = ".dialer-demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The demo as it was asked for."""

    agents: int
    hours: float
    speed: float
    seed: int
    pacing: DialMode
    home: Path
    is_visit: bool = False
    """Somebody takes calls beside the simulated agents: they get time to read and to write."""
    stays: bool = False
    """After the shift the pages are served until Ctrl-C."""
    is_recorded: bool = False
    """Whether calls are recorded, and their files written: two megabytes a minute."""

    @property
    def recordings(self) -> Path | None:
        """Where the recordings are to lie; None when nothing is recorded."""
        return self.home.resolve() / "recordings" if self.is_recorded else None

    @property
    def start_at(self) -> float:
        """Unix seconds of the shift's start: 10:00 on the last weekday that has begun."""
        day = datetime.now(ZONE)
        if day.hour < SHIFT_STARTS:
            day -= timedelta(days=1)
        while day.weekday() >= 5:
            day -= timedelta(days=1)
        start = day.replace(hour=SHIFT_STARTS, minute=0, second=0, microsecond=0)
        return start.astimezone(UTC).timestamp()

    @property
    def utc_offset_hours(self) -> float:
        """Of the call centre's zone on that day."""
        offset = datetime.fromtimestamp(self.start_at, ZONE).utcoffset()
        assert offset is not None
        return offset / timedelta(hours=1)


def prepare_home(home: Path) -> None:
    """An empty folder for this demo; what an earlier demo left in it is removed, nothing else.

    Raises SettingsError when the folder holds anything that no demo wrote.
    """
    if home.exists():
        if not home.is_dir() or (any(home.iterdir()) and not (home / _MARKER).exists()):
            raise SettingsError(
                f"{home} is there already and no demo made it, so it is left alone. "
                "Name another folder with --home, or move this one away."
            )
        shutil.rmtree(home)
    home.mkdir(parents=True)
    (home / _MARKER).write_text(
        "Made by `dialer demo`, which empties this folder when it starts.\n"
    )
