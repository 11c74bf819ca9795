"""Disk, clock, folders and ports of this machine."""

import asyncio
import os
import shutil
import socket
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from campaigns.store.rows import JsonObject
from dialer.cli.checks.findings import Finding, bad, note, ok
from dialer.settings import MetricsSettings, Settings

FREE_BYTES_MIN = 1_000_000_000
"""A million attempts with their indexes take about 600 MB: a busy week would fill the disk."""
_BUILT = datetime(2025, 1, 1, tzinfo=UTC)
"""This program is younger, so a clock before it is wrong."""
_LOCAL = ("localhost", "127.0.0.1", "::1")
_CONNECT_SECONDS_MAX = 2.0


def check_disk(home: Path) -> Finding:
    """Room where the database, the journal and the spool are."""
    folder = home.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    shown = f"{free / 1e9:,.1f} GB free on the disk of {home}."
    if free < FREE_BYTES_MIN:
        return bad("disk", shown, "Make room, or set `home` to a folder on a larger disk.")
    if not os.access(folder, os.W_OK):
        return bad("disk", f"{folder} cannot be written to.", "Set `home` to a folder that can.")
    return ok("disk", shown)


def check_clock(now: datetime) -> Finding:
    """Calling hours are reckoned by this clock and the time zone tables."""
    if now < _BUILT:
        text = f"This machine believes it is {now:%Y-%m-%d %H:%M} UTC."
        return bad("clock", text, "Set its clock, and let it keep time by NTP.")
    try:
        ZoneInfo("America/New_York")
    except ZoneInfoNotFoundError:
        return bad("clock", "There are no time zone tables.", "Install the package tzdata.")
    return ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC, with time zone tables.")


def check_folders(settings: Settings) -> list[Finding]:
    """Folders the switch plays from and records to; visible only when it is on this machine."""
    folders = (("sounds", settings.files.sounds), ("recordings", settings.files.recordings))
    if settings.switch.host not in _LOCAL:
        text = f"On the switch's machine ({settings.switch.host}), so not checked from here."
        return [note(name, text, f"See that {folder} is there.") for name, folder in folders]
    return [_folder(name, folder) for name, folder in folders]


def _folder(name: str, folder: Path) -> Finding:
    if folder.is_dir():
        return ok(name, f"{folder} is there.")
    return bad(
        name,
        f"There is no folder {folder}.",
        f"Make it, for the user FreeSWITCH runs as, or set files.{name} to the right one.",
    )


async def check_metrics(metrics: MetricsSettings, service: JsonObject | None) -> Finding:
    """Is the port free; or, when the service runs, does it answer?"""
    if not metrics.enabled:
        return note("metrics", "They are switched off (metrics.enabled).")
    if service is not None:
        return await _served(str(service.get("metrics") or ""))
    if metrics.port == 0:
        return ok("metrics", "A free port will be taken.")
    try:
        with socket.create_server((metrics.host, metrics.port)):
            return ok("metrics", f"Port {metrics.port} on {metrics.host} is free.")
    except OSError as error:
        return bad(
            "metrics",
            f"Port {metrics.port} on {metrics.host} cannot be had: {error.strerror or error}.",
            "Set metrics.port to a free port, or to 0 for any.",
        )


async def _served(url: str) -> Finding:
    host, _, port = url.removeprefix("http://").removesuffix("/metrics").rpartition(":")
    try:
        async with asyncio.timeout(_CONNECT_SECONDS_MAX):
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        writer.close()
        await writer.wait_closed()
    except (OSError, ValueError) as error:
        text = f"The service says {url or 'nothing'}, where nothing answers ({error})."
        return bad("metrics", text, "Restart the service, or ask on the machine it runs on.")
    return ok("metrics", f"{url} answers.")
