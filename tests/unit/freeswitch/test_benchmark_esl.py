"""Only that the benchmark of the client runs at all; it is never a test of speed."""

import subprocess
import sys
from pathlib import Path


def test_our_own_row_is_measured_and_printed() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.esl", "--only=ours", "--repetitions=1", "--passes=1"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        timeout=100,
        check=True,
    )
    rows = [line for line in run.stdout.splitlines() if line.startswith("| ours |")]
    assert [row.split(" | ")[1] for row in rows] == ["json", "plain"]
    assert all("100%" in row for row in rows)
    assert "| json.loads |" in run.stdout
