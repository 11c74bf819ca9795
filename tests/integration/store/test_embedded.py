"""The embedded PostgreSQL: shared while used, gone afterwards, whatever way its users end."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from campaigns.store.database import driver_conninfo
from campaigns.store.embedded import EmbeddedPostgres
from campaigns.store.errors import DatabaseUnavailable

FAST = {"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"}
USER = """
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from campaigns.store.embedded import EmbeddedPostgres
server = EmbeddedPostgres.start(Path(sys.argv[1]))
print(server.url, flush=True)
sys.stdin.read()
server.close()
"""


def servers_of(directory: Path) -> list[int]:
    """Process ids of PostgreSQL servers whose command line names the directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if os.fsencode(directory / "postgres" / "data") in words:
                found.append(int(entry.name))
    return found


@pytest.fixture(scope="module")
def made_cluster() -> Iterator[Path]:
    """A directory with a cluster in it that was started and stopped once, to be copied."""
    with tempfile.TemporaryDirectory(prefix="dialer-test-") as directory:
        EmbeddedPostgres.start(Path(directory), settings=FAST).close()
        yield Path(directory)


@pytest.fixture
def cluster_directory(made_cluster: Path) -> Iterator[Path]:
    """A copy of it, with owners and permissions: twenty times as quick as making one."""
    with tempfile.TemporaryDirectory(prefix="dialer-test-") as directory:
        subprocess.run(["cp", "-a", f"{made_cluster}/postgres", directory], check=True)
        yield Path(directory)


@pytest.fixture
def empty_directory() -> Iterator[Path]:
    """A directory without a cluster.

    Not `tmp_path`: every pytest that starts takes the permissions off the folder above it, and a
    server that runs under another account than the tests (they being root's) would lose its files.
    """
    with tempfile.TemporaryDirectory(prefix="dialer-test-") as directory:
        yield Path(directory)


def another_user(directory: Path) -> subprocess.Popen[str]:
    """A process that uses the server, from now on until its input closes."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("postgresql+psycopg://")
    return process


def finish(process: subprocess.Popen[str]) -> str:
    """Close its input and wait; what it said on stderr."""
    _, said = process.communicate(timeout=60)
    return said


def query(server: EmbeddedPostgres, statement: str) -> object:
    with psycopg.connect(driver_conninfo(server.url), autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return None if row is None else row[0]


def test_data_outlives_the_server_and_nothing_is_left_running(
    cluster_directory: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server = EmbeddedPostgres.start(cluster_directory, settings=FAST)
    with psycopg.connect(driver_conninfo(server.url), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
    server.close()
    server.close()
    assert servers_of(cluster_directory) == []
    again = EmbeddedPostgres.start(cluster_directory, settings=FAST)
    try:
        assert query(again, "SELECT value FROM kept") == 42
        assert query(again, "SHOW listen_addresses") == ""
    finally:
        again.close()
    assert servers_of(cluster_directory) == []
    assert capfd.readouterr() == ("", "")


def test_the_last_of_two_uses_in_one_process_stops_the_server(cluster_directory: Path) -> None:
    first = EmbeddedPostgres.start(cluster_directory, settings=FAST)
    second = EmbeddedPostgres.start(cluster_directory, settings=FAST)
    first.close()
    assert query(second, "SELECT 1") == 1
    second.close()
    assert servers_of(cluster_directory) == []


def test_processes_share_the_server_and_the_last_one_out_stops_it(cluster_directory: Path) -> None:
    server = EmbeddedPostgres.start(cluster_directory, settings=FAST)
    other = another_user(cluster_directory)
    assert len(servers_of(cluster_directory)) == 1
    server.close()
    assert len(servers_of(cluster_directory)) == 1
    assert finish(other) == ""
    # It was our child: what is left is at most its entry in the process table, which we collect.
    EmbeddedPostgres.start(cluster_directory, settings=FAST).close()
    assert servers_of(cluster_directory) == []


def test_a_killed_user_does_not_count_any_more(cluster_directory: Path) -> None:
    killed = another_user(cluster_directory)
    killed.send_signal(signal.SIGKILL)
    finish(killed)
    assert len(servers_of(cluster_directory)) == 1
    server = EmbeddedPostgres.start(cluster_directory, settings=FAST)
    assert query(server, "SELECT 1") == 1
    server.close()
    assert servers_of(cluster_directory) == []


def test_a_killed_server_recovers_what_was_committed(cluster_directory: Path) -> None:
    server = EmbeddedPostgres.start(cluster_directory)
    with psycopg.connect(driver_conninfo(server.url), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
    (pid,) = servers_of(cluster_directory)
    os.kill(pid, signal.SIGKILL)
    server.close()
    again = EmbeddedPostgres.start(cluster_directory)
    try:
        assert query(again, "SELECT value FROM kept") == 42
    finally:
        again.close()
    assert servers_of(cluster_directory) == []


def test_a_stale_pid_file_with_a_number_that_lives_again_is_no_hindrance(
    cluster_directory: Path,
) -> None:
    EmbeddedPostgres.start(cluster_directory, settings=FAST).close()
    data = cluster_directory / "postgres" / "data"
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n1\n5432\n{data}\n\n0 0\nready\n")
    server = EmbeddedPostgres.start(cluster_directory, settings=FAST)
    assert query(server, "SELECT 1") == 1
    server.close()


def test_an_interrupted_creation_is_begun_anew(empty_directory: Path) -> None:
    half = empty_directory / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres.start(empty_directory, settings=FAST)
    assert query(server, "SELECT 1") == 1
    server.close()


def test_a_path_too_long_for_a_socket_still_works_and_leaves_nothing_outside(
    empty_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = empty_directory / "t"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    directory = empty_directory / "a directory, with a comma" / ("long" * 25)
    server = EmbeddedPostgres.start(directory, settings=FAST)
    assert query(server, "SELECT 1") == 1
    server.close()
    assert servers_of(directory) == []
    assert list(temporary.iterdir()) == []


def test_a_cluster_of_another_version_is_refused_with_a_sentence(empty_directory: Path) -> None:
    data = empty_directory / "postgres" / "data"
    data.mkdir(parents=True, mode=0o700)
    (data / "PG_VERSION").write_text("13\n")
    if os.geteuid() == 0:
        os.chown(data, 65534, 65534)
    with pytest.raises(
        DatabaseUnavailable, match=r"made by PostgreSQL 13.*Dump it with version 13"
    ):
        EmbeddedPostgres.start(empty_directory)


def test_a_directory_that_cannot_be_is_refused_with_a_sentence(empty_directory: Path) -> None:
    (empty_directory / "file").write_text("")
    with pytest.raises(
        DatabaseUnavailable, match=r"cannot be used: Not a directory.*choose another"
    ):
        EmbeddedPostgres.start(empty_directory / "file")


def test_a_full_disk_is_refused_before_anything_is_written(
    empty_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaigns.store.embedded._DISK_BYTES_MIN", 2**62)
    with pytest.raises(DatabaseUnavailable, match=r"MB left and the database needs at least"):
        EmbeddedPostgres.start(empty_directory)
    assert not (empty_directory / "postgres" / "data").exists()


def test_a_server_that_cannot_start_is_explained_by_its_own_words(cluster_directory: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"did not start.*no_such_setting.*whole log"):
        EmbeddedPostgres.start(cluster_directory, settings=FAST | {"no_such_setting": "1"})
    assert servers_of(cluster_directory) == []
