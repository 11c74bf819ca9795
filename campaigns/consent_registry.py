"""Public registries of consents, asked when a call is about to be made.

Turkey lets commercial calls be made only to numbers whose consent stands in its registry, İYS
(Law 6563; regulation of 15 July 2015). A registry is an adapter with one method; the one here reads
a file that was taken from the registry, for centres that fetch it daily and for tests.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from campaigns.do_not_call_files import digest_of, read_numbers

STALE_AFTER = timedelta(days=3)
"""The registry takes a withdrawal within three business days; an older file may miss one."""
_AHEAD_MAX = timedelta(days=1)
"""A file may be stamped by a clock that runs ahead, or at midnight of another zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryVerdict:
    """What a registry says of one number."""

    is_approved: bool
    text: str
    """One sentence: where it was looked up, as of when."""


class ConsentRegistry(Protocol):
    """A registry of consents. Asked inside the transaction that writes the attempt, so it must
    answer in milliseconds, from memory or a cache of its own."""

    async def check(self, numbers: Sequence[str], now: datetime) -> Mapping[str, RegistryVerdict]:
        """A verdict for each number in E.164. A number without one counts as refused."""
        ...


class FileRegistry:
    """A file of approved numbers, plain or as SHA-256, one a line; its date is that of the file.

    Read again when the file changes. A missing, future or stale file approves nobody.
    """

    def __init__(
        self, path: Path, *, region: str | None = None, stale_after: timedelta = STALE_AFTER
    ) -> None:
        self._path = path
        self._region = region
        self._stale_after = stale_after
        self._read_of: tuple[int, int] | None = None
        self._approved: frozenset[int] = frozenset()

    async def check(self, numbers: Sequence[str], now: datetime) -> Mapping[str, RegistryVerdict]:
        """See `ConsentRegistry.check`."""
        try:
            status = await asyncio.to_thread(os.stat, self._path)
            if (status.st_mtime_ns, status.st_size) != self._read_of:
                self._approved = await asyncio.to_thread(self._read)
                self._read_of = (status.st_mtime_ns, status.st_size)
        except OSError as error:
            return self._all_refused(
                numbers,
                f"The registry's file {self._path} cannot be read ({error.strerror}). Fetch it.",
            )
        at = datetime.fromtimestamp(status.st_mtime, tz=UTC)
        if not at - _AHEAD_MAX <= now < at + self._stale_after:
            return self._all_refused(
                numbers,
                f"The registry's file {self._path.name} is of {at:%Y-%m-%d %H:%M} UTC and holds "
                f"for {self._stale_after.days} days. Fetch a new one.",
            )
        where = f"the registry's file {self._path.name} of {at:%Y-%m-%d %H:%M} UTC"
        return {
            number: RegistryVerdict(is_approved=True, text=f"Approved in {where}.")
            if digest_of(number) in self._approved
            else RegistryVerdict(is_approved=False, text=f"Not approved in {where}.")
            for number in numbers
        }

    def _read(self) -> frozenset[int]:
        with self._path.open("rb") as lines:
            return frozenset(read_numbers(lines, self._region).digests)

    def _all_refused(self, numbers: Sequence[str], said: str) -> dict[str, RegistryVerdict]:
        return dict.fromkeys(numbers, RegistryVerdict(is_approved=False, text=said))
