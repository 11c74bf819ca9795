"""Run the comparison and print it as Markdown."""

import argparse
import json
import platform
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.esl.environments import DEFAULT, python_of, version_of
from benchmarks.esl.streams import event_frames

HERE = Path(__file__).parent
OURS = "ours"


@dataclass(kw_only=True)
class Row:
    """One library on one stream, and what was measured of it."""

    library: str
    kind: str
    passes: int
    """How often the stream is sent: enough for half a second of CPU."""
    note: str
    packages: tuple[str, ...] = ()
    interpreter: Path = Path(sys.executable)
    version: str = ""
    runs: list[dict[str, float]] = field(default_factory=list)
    failure: str = ""


def rows() -> list[Row]:
    """What is compared. Each library installs from the package index under its own name."""
    return [
        Row(library=OURS, kind="json", passes=80, note="typed events"),
        Row(library="genesis", kind="json", passes=4, packages=("genesis",),
            note="an event processor with json.loads, for handlers are not called"),
        Row(library=OURS, kind="plain", passes=10, note="typed events"),
        Row(library="genesis", kind="plain", passes=2, packages=("genesis",),
            note="nothing supplied"),
        Row(library="greenswitch", kind="plain", passes=4,
            packages=("greenswitch", "gevent", "six"), note="gevent and six installed beside it"),
        Row(library="switchio", kind="plain", passes=4, packages=("switchio", "six"),
            note="six installed; asyncio.Queue and wait_for that ignore `loop`, asyncio.coroutine"),
        Row(library="aioesl", kind="plain", passes=4, packages=("aioesl",),
            note="asyncio.coroutine supplied as types.coroutine; urllib.parse imported"),
    ]  # fmt: skip


def measure(row: Row, events_a_pass: int) -> None:
    """One replay to one client; adds to `row.runs`, or says in `row.failure` why not."""
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.esl.replay", row.kind, str(row.passes)],
        stdout=subprocess.PIPE,
        text=True,
    )
    with server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        total = row.passes * events_a_pass
        driver = (
            ["-m", f"benchmarks.esl.drive_{row.library}"]
            if row.library == OURS
            else [str(HERE / f"drive_{row.library}.py")]
        )
        command = [row.interpreter, "-W", "ignore", *driver, row.kind, port]
        try:
            run = subprocess.run(
                [*command, str(total)],
                capture_output=True,
                text=True,
                timeout=180,
                check=False,
            )
        except subprocess.TimeoutExpired:
            row.failure = "did not end within 180 s"
            return
        finally:
            server.kill()
    found = [line for line in run.stdout.splitlines() if line.startswith('{"delivered"')]
    if not found:
        row.failure = (run.stderr.strip().splitlines() or ["ended without a word"])[-1]
        return
    row.runs.append(json.loads(found[0]))


def decoders(repetitions: int, passes: int) -> dict[str, list[float]]:
    """CPU microseconds an event of each way to decode, one figure a repetition."""
    found: dict[str, list[float]] = {}
    for _ in range(repetitions):
        run = subprocess.run(
            [sys.executable, "-m", "benchmarks.esl.drive_decoders", str(passes)],
            capture_output=True,
            text=True,
            check=True,
        )
        for name, value in json.loads(run.stdout).items():
            found.setdefault(name, []).append(value)
    return found


def table(measured: list[Row], events: dict[str, int], sizes: dict[str, float]) -> str:
    """The comparison as Markdown; ratios of medians, to our JSON row and to ours of these bytes."""
    ours = {
        row.kind: statistics.median(run["cpu_us"] for run in row.runs)
        for row in measured
        if row.library == OURS and row.runs
    }
    lines = [
        "| library | events as | CPU µs an event, median (min to max) | events a second "
        "| CPU ÷ ours (JSON) | CPU ÷ ours (same bytes) | delivered | supplied |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in measured:
        name = f"{row.library} {row.version}".strip()
        if not row.runs:
            lines.append(f"| {name} | {row.kind} | failed: {row.failure} | | | | | {row.note} |")
            continue
        cpu = sorted(run["cpu_us"] for run in row.runs)
        rate = statistics.median(run["events_per_second"] for run in row.runs)
        median = statistics.median(cpu)
        delivered = row.runs[-1]["delivered"] / row.runs[-1]["sent"]
        against = [
            f"{median / ours[kind]:.1f}" if kind in ours else "" for kind in ("json", row.kind)
        ]
        lines.append(
            f"| {name} | {row.kind} | {median:.1f} ({cpu[0]:.1f} to {cpu[-1]:.1f}) | {rate:,.0f} "
            f"| {against[0]} | {against[1]} | {delivered:.0%} | {row.note} |"
        )
    for kind in events:
        lines.append(f"\n{kind}: {events[kind]} events of {sizes[kind]:,.0f} bytes in the mean.")
    return "\n".join(lines)


def main() -> None:
    """Measure in turns, so that a busy moment of the machine falls on all alike."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.esl", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--only", help="one library, such as ours")
    parser.add_argument("--passes", type=int, help="how often each stream is sent")
    parser.add_argument("--venvs", type=Path, default=DEFAULT)
    arguments = parser.parse_args()
    chosen = [row for row in rows() if arguments.only in (None, row.library)]
    for row in chosen:
        row.passes = arguments.passes or row.passes
        if row.packages:
            row.interpreter = python_of(arguments.venvs, row.library, row.packages)
            row.version = version_of(row.interpreter, row.library)
    frames = {kind: event_frames(kind) for kind in ("json", "plain")}
    events = {kind: len(found) for kind, found in frames.items()}
    sizes = {kind: sum(map(len, found)) / len(found) for kind, found in frames.items()}
    for repetition in range(arguments.repetitions):
        for row in chosen:
            print(f"{repetition + 1}: {row.library} {row.kind}", file=sys.stderr, flush=True)
            measure(row, events[row.kind])
    print(f"Python {platform.python_version()}, {arguments.repetitions} repetitions in turns.\n")
    print(table(chosen, events, sizes))
    print("\n| decoding alone, no socket | CPU µs an event, median (min to max) |\n|---|---|")
    for name, cpu in decoders(arguments.repetitions, arguments.passes or 20).items():
        print(f"| {name} | {statistics.median(cpu):.2f} ({min(cpu):.2f} to {max(cpu):.2f}) |")


if __name__ == "__main__":
    main()
