"""The settings of the embedded PostgreSQL."""

import os

_BUFFERS_MIN_MIB, _BUFFERS_MAX_MIB = 128, 1024
"""Up to a gigabyte: what the indexes of ten million leads and of a national do-not-call file read
over and over. Memory is taken as pages are read, so a small database costs none of it."""
_BUFFERS_SHARE = 8
"""Of the machine's memory, an eighth: the dialer, and perhaps the switch, live on it too."""

_SETTINGS: dict[str, str] = {
    "listen_addresses": "",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    # Every query of the store is short; compiling them costs more than it saves.
    "jit": "off",
    # The cluster is alone on its disk or solid-state: index scans are as cheap as they look.
    "random_page_cost": "1.1",
    # Nobody replicates from it, so no file of write-ahead log is kept for that.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    # A page's first change after a checkpoint writes all of it into the log, and the indexes of
    # attempts are changed all over: fewer checkpoints, fewer whole pages.
    "checkpoint_timeout": "15min",
}


def server_settings(port: int) -> dict[str, str]:
    """All of them, for a server that the socket's name gives that port."""
    return _SETTINGS | {"port": str(port), "shared_buffers": f"{_buffers_mib()}MB"}


def _buffers_mib() -> int:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    share = memory // _BUFFERS_SHARE // (1024 * 1024)
    return min(_BUFFERS_MAX_MIB, max(_BUFFERS_MIN_MIB, share))
