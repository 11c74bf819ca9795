"""What a process costs and how late its loop is, read from outside it."""

import asyncio
import os
import re
import urllib.request
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_LATE = re.compile(r'^dialer_event_loop_delay_seconds_bucket\{le="([^"]+)"\} (\S+)$', re.M)
_VALUE = r"^{name}(?:\{{[^}}]*\}})? (\S+)$"


def cpu_seconds(pid: int) -> float:
    """User and system time of the process and its threads so far (proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrape:
    """The dialer's metrics at one instant."""

    text: str

    def value(self, name: str) -> float:
        """The sum of all series of that name."""
        return sum(float(one) for one in re.findall(_VALUE.format(name=name), self.text, re.M))

    def series(self, name: str, **labels: str) -> float:
        """The sum of the series of that name with these labels."""
        total = 0.0
        for shown, value in re.findall(rf"^{name}\{{([^}}]*)\}} (\S+)$", self.text, re.M):
            if all(f'{key}="{wanted}"' in shown for key, wanted in labels.items()):
                total += float(value)
        return total

    def ticks_by_delay(self) -> dict[float, float]:
        """How many 10 ms ticks of the loop were at most so late, by the bucket's edge."""
        return {float(edge): float(count) for edge, count in _LATE.findall(self.text)}


async def scrape(port: int) -> Scrape:
    """Read the dialer's metrics."""

    def read() -> str:
        url = f"http://127.0.0.1:{port}/metrics"
        with urllib.request.urlopen(url, timeout=30) as answer:
            text: str = answer.read().decode()
            return text

    return Scrape(text=await asyncio.to_thread(read))
