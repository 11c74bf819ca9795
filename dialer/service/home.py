"""The service's folder, and the lock that keeps a second process out of it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dialer.errors import ServiceError

JOURNAL = "journal"
SPOOL = "spool.jsonl"
LOCK = "dialer.lock"


@contextmanager
def locked_home(home: Path) -> Iterator[Path]:
    """Make the folder and hold its lock while the block runs.

    The system drops the lock with the process, however that ends, so a restart after a crash never
    waits. Raises ServiceError when another process holds it.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(home / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ServiceError(
            f"The folder {home} cannot be used: {error.strerror}. Set `home` to one that can."
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServiceError(
                f"Another dialer runs in {home}. Stop it, or set `home` and `switch.dialer_id` of "
                "this one to others."
            ) from None
        yield home
    finally:
        os.close(descriptor)
