"""`python -m benchmarks.greetings`: accuracy and times of the greeting classifier, as a table.

Needs a FreeSWITCH 1.10 (its binary named by FREESWITCH_BIN) and espeak-ng; two switches are started
on loopback. The sound is made at run time and thrown away. Made voices are not people: the figures
say how the classifier behaves on short and long greetings, not what share of your machines it
finds. A campaign measures that itself (docs/answering-machines.md).
"""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.greetings.catalogue import Greeting, Line, catalogue
from benchmarks.greetings.listening import Verdict, listen
from benchmarks.greetings.speech import speak
from campaigns.screening_spec import ScreeningSpec
from dialer.runtime.screening_orders import screening_of
from freeswitch.events import Greeting as Heard

SWEEP = (
    ScreeningSpec(),
    # Fewer people lost, and fewer machines found.
    ScreeningSpec(level=500, pause_seconds=0.16),
    ScreeningSpec(level=700, greeting_seconds=1.2),
    # More machines found, and more people lost.
    ScreeningSpec(level=500, greeting_seconds=1.0),
    ScreeningSpec(level=500, pause_seconds=0.3, greeting_seconds=1.2),
    ScreeningSpec(pause_seconds=0.3),
    # Longer than any law that counts from the answer allows: what more time would bring.
    ScreeningSpec(pause_seconds=0.5, greeting_seconds=2.4, silence_seconds=2.0, seconds_max=5.0),
)
"""Settings compared by `--sweep`; the first is the default."""


def main() -> int:
    """Run it; 2 when something is missing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.greetings")
    parser.add_argument("--sweep", action="store_true", help="compare settings, one line each")
    parser.add_argument("--each", action="store_true", help="print every greeting's verdict")
    asked = parser.parse_args()
    binary = os.environ.get("FREESWITCH_BIN")
    if not binary:
        print("FREESWITCH_BIN does not name a FreeSWITCH binary; set it and run again.")
        return 2
    if shutil.which("espeak-ng") is None:
        print("espeak-ng is not installed; it makes the greetings (apt-get install espeak-ng).")
        return 2
    specs = SWEEP if asked.sweep else SWEEP[:1]
    found = asyncio.run(_study(Path(binary), specs))
    for spec, verdicts in zip(specs, found, strict=True):
        _print(spec, verdicts, each=asked.each, is_short=asked.sweep)
    return 0


async def _study(binary: Path, specs: Sequence[ScreeningSpec]) -> list[list[Verdict]]:
    with tempfile.TemporaryDirectory(prefix="greetings-") as name:
        folder = Path(name)
        greetings: list[tuple[Greeting, Path]] = []
        for seed, one in enumerate(catalogue()):
            greetings.append((one, await speak(one, folder, seed=seed)))
        return await listen(binary, folder, greetings, [screening_of(spec) for spec in specs])


def taken_for(verdict: Verdict, seconds_max: float) -> Heard:
    """What the dialer makes of it: without a verdict in time it is unsure."""
    return verdict.heard if verdict.seconds <= seconds_max else Heard.SILENCE


def _print(spec: ScreeningSpec, verdicts: Sequence[Verdict], *, each: bool, is_short: bool) -> None:
    print(
        f"\nlevel {spec.level}, pause {spec.pause_seconds:g} s, greeting "
        f"{spec.greeting_seconds:g} s, silence {spec.silence_seconds:g} s, verdict within "
        f"{spec.seconds_max:g} s of the answer"
    )
    print(f"{'':22}{'n':>5}{'person':>8}{'machine':>9}{'unsure':>8}{'right':>8}"
          f"{'median s':>10}{'90 % s':>8}{'max s':>7}")  # fmt: skip
    for is_machine in (False, True):
        kind = [one for one in verdicts if one.greeting.is_machine is is_machine]
        name = "machines" if is_machine else "people"
        _row(name, kind, spec, is_machine=is_machine)
        if not is_short:
            for line in Line:
                part = [one for one in kind if one.greeting.line is line]
                _row(f"  {line.value} line", part, spec, is_machine=is_machine)
    if each:
        for one in verdicts:
            print(
                f"  {one.greeting.name:24}{one.heard.value:9}{one.seconds:6.2f} s  "
                f"{one.greeting.voice:6} {one.greeting.text[:50]}"
            )


def _row(name: str, verdicts: Sequence[Verdict], spec: ScreeningSpec, *, is_machine: bool) -> None:
    said = [taken_for(one, spec.seconds_max) for one in verdicts]
    # Whoever may be a person is given to an agent, so unsure is right for people.
    right = sum((one is Heard.MACHINE) == is_machine for one in said)
    times = sorted(one.seconds for one in verdicts)
    print(
        f"{name:22}{len(said):5}{said.count(Heard.PERSON):8}{said.count(Heard.MACHINE):9}"
        f"{said.count(Heard.SILENCE):8}{right / len(said):8.0%}{times[len(times) // 2]:10.2f}"
        f"{times[int(0.9 * (len(times) - 1))]:8.2f}{times[-1]:7.2f}"
    )


if __name__ == "__main__":
    sys.exit(main())
