"""`dialer demo` as a visitor runs it: a short shift, and Ctrl-C at two moments."""

import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dialer.desk.quality.waveform import read_waveform

KEYS = {
    "agents", "hours", "attempts", "live_answers", "connected", "abandoned", "abandonment_ratio",
    "utilisation_ratio", "sales", "pacing",
}  # fmt: skip


@pytest.fixture
def home() -> Iterator[Path]:
    """Not under tmp_path: PostgreSQL, as another user, must be able to walk there."""
    folder = Path(tempfile.mkdtemp(prefix="dialer-demo-"))
    folder.chmod(0o755)
    yield folder / "demo"
    shutil.rmtree(folder)


def start(home: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "dialer", "demo", "--json", "--home", str(home), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_until(demo: subprocess.Popen[str], words: str) -> list[str]:
    """The lines of its progress up to the one that holds `words`."""
    assert demo.stderr is not None
    lines = []
    for line in demo.stderr:
        lines.append(line)
        if words in line:
            return lines
    raise AssertionError(f"the demo never said {words!r}: {''.join(lines)}")


def processes_of(home: Path) -> list[str]:
    """Command lines of living processes that name the demo's folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it ended between the listing and the look
        if str(home) in line and "pytest" not in line:
            found.append(line)
    return found


def test_a_short_shift_ends_with_a_report_one_line_of_json_and_no_process_left(home: Path) -> None:
    demo = start(home, "--hours", "0.1", "--agents", "4", "--pacing", "progressive", "--record")
    out, err = demo.communicate(timeout=110)
    assert demo.returncode == 0, err
    answer = json.loads(out.splitlines()[-1])
    assert answer.keys() >= KEYS
    assert answer["attempts"] >= answer["live_answers"] > 0
    assert 0 < answer["utilisation_ratio"] <= 1
    assert answer["leads"] == 41_188
    assert "Metrics while it runs: http://127.0.0.1:" in err
    report = (home / "report" / "report.html").read_text()
    assert "Banco de Exemplo" in report
    attempts = (home / "report" / "attempts.csv").read_text().splitlines()
    assert len(attempts) == 1 + answer["attempts"]
    heard = [read_waveform(path) for path in (home / "recordings").glob("*.wav")]
    assert heard
    assert max(max(one.lead) for one in heard) > 40
    assert max(max(one.agent) for one in heard) > 40
    assert processes_of(home) == []


def visit(url: str, name: str, password: str) -> httpx.Response:
    """Sign in with a log-in that the demo printed; the page it leads to."""
    with httpx.Client(base_url=url, follow_redirects=True, headers={"Accept": "text/html"}) as http:
        form = re.search(r'name="form" value="([^"]+)"', http.get("/signin").text)
        assert form is not None
        fields = {"form": form[1], "name": name, "password": password, "next": "/"}
        return http.post("/signin", data=fields)


def test_visitors_sign_in_and_ctrl_c_in_the_shift_still_writes_the_report(home: Path) -> None:
    demo = start(home, "--visit", "--speed", "30", "--hours", "9", "--agents", "2")
    said = "".join(read_until(demo, "utilisation"))
    url = re.search(r"Desk: (http\S+)", said)
    assert url is not None, said
    logins = dict(re.findall(r"Desk: (agent|supervisor|client) +(\S+)", said))
    assert set(logins) == {"agent", "supervisor", "client"}
    pages = {name: visit(url[1], name, password) for name, password in logins.items()}
    assert [page.status_code for page in pages.values()] == [200, 200, 200]
    assert "Guest" in pages["agent"].text
    assert "bank-telesales" in pages["client"].text
    demo.send_signal(signal.SIGINT)
    out, err = demo.communicate(timeout=60)
    assert demo.returncode == 0, err
    assert json.loads(out.splitlines()[-1])["ended_early"] is True
    assert (home / "report" / "report.html").exists()
    assert processes_of(home) == []


def test_ctrl_c_before_the_shift_leaves_at_once_and_nothing_running(home: Path) -> None:
    demo = start(home)
    read_until(demo, "Starting PostgreSQL")
    demo.send_signal(signal.SIGINT)
    _, err = demo.communicate(timeout=60)
    assert demo.returncode == 130
    assert err.strip().endswith("Interrupted.")
    assert "Traceback" not in err
    assert processes_of(home) == []


def test_a_folder_that_no_demo_made_is_left_alone(home: Path) -> None:
    home.mkdir()
    (home / "thesis.txt").write_text("years of work")
    demo = start(home)
    _, err = demo.communicate(timeout=60)
    assert demo.returncode == 1
    assert str(home) in err
    assert "--home" in err
    assert (home / "thesis.txt").read_text() == "years of work"
