"""Who tries to sign in too often has to wait, longer each time.

A try is counted before the password is looked at, so that a hundred at once are a hundred. Three
things are counted: the account from one address (a person who mistypes), the account from anywhere
(many machines at one account), and the address (one machine at many accounts; a whole call centre
may stand behind one address). The account's waits are short enough that nobody can lock a person
out from elsewhere for long. It is kept in the database: a restart forgets nothing, and several
dialers count together.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.store.database import transaction, utc

FIRST_WAIT_SECONDS = 30
FORGOTTEN_AFTER = timedelta(hours=1)
"""Without a further try."""
_DOUBLINGS_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    key: str
    free: int
    """Tries in a row that cost no wait."""
    wait_seconds_max: int

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.key.encode("utf-8", "surrogatepass")).hexdigest()


def _subjects(account: str, address: str) -> tuple[_Subject, ...]:
    account = account.strip().casefold()
    return (
        _Subject(key=f"both {account} {address}", free=5, wait_seconds_max=900),
        _Subject(key=f"account {account}", free=30, wait_seconds_max=120),
        _Subject(key=f"address {address}", free=60, wait_seconds_max=900),
    )


class SignInWaits:
    """The tries and their waits."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def begin(self, account: str, address: str, *, now: datetime) -> int:
        """Count a try; the seconds it has to wait before it may be made, 0 to make it now."""
        now = utc(now)
        async with transaction(self._engine) as connection:
            await connection.execute(
                text(
                    "DELETE FROM sign_in_wait WHERE subject IN (SELECT subject FROM sign_in_wait"
                    " WHERE tried_at <= :then AND (waits_until IS NULL OR waits_until <= :now)"
                    " FOR UPDATE SKIP LOCKED)"
                ),
                {"then": now - FORGOTTEN_AFTER, "now": now},
            )
            # Always in one order, so that two tries never wait for each other in a circle.
            subjects = sorted(_subjects(account, address), key=lambda each: each.hash)
            waits = [await _count(connection, each, now) for each in subjects]
            longest = max(waits)
            if longest:
                # Not a try: it was not let through. Those that were counted are given back.
                for each, wait in zip(subjects, waits, strict=True):
                    if not wait:
                        await _take_back(connection, each)
        return longest

    async def succeeded(self, account: str, address: str) -> None:
        """The try was right: the account's count begins again, the address loses this one."""
        both, of_account, of_address = _subjects(account, address)
        async with transaction(self._engine) as connection:
            for each in sorted((both, of_account, of_address), key=lambda each: each.hash):
                if each is of_address:
                    await _take_back(connection, each)
                else:
                    await connection.execute(
                        text("DELETE FROM sign_in_wait WHERE subject = :s"), {"s": each.hash}
                    )


async def _count(connection: AsyncConnection, subject: _Subject, now: datetime) -> int:
    """Count one try unless it has to wait; the seconds it has to."""
    await connection.execute(
        text(
            "INSERT INTO sign_in_wait (subject, tries, tried_at) VALUES (:subject, 0, :now)"
            " ON CONFLICT (subject) DO NOTHING"
        ),
        {"subject": subject.hash, "now": now},
    )
    row = (
        await connection.execute(
            text("SELECT tries, waits_until FROM sign_in_wait WHERE subject = :s FOR UPDATE"),
            {"s": subject.hash},
        )
    ).one()
    if row.waits_until is not None and row.waits_until > now:
        return max(1, int((row.waits_until - now).total_seconds() + 0.999))
    tries = row.tries + 1
    await connection.execute(
        text(
            "UPDATE sign_in_wait SET tries = :tries, tried_at = :now, waits_until = :until"
            " WHERE subject = :s"
        ),
        {"s": subject.hash, "tries": tries, "now": now, "until": _wait_after(subject, tries, now)},
    )
    return 0


def _wait_after(subject: _Subject, tries: int, now: datetime) -> datetime | None:
    """When the next try may be made: half a minute, doubled with each that was wrong."""
    if tries < subject.free:
        return None
    doubled = FIRST_WAIT_SECONDS * 2 ** min(tries - subject.free, _DOUBLINGS_MAX)
    return now + timedelta(seconds=min(doubled, subject.wait_seconds_max))


async def _take_back(connection: AsyncConnection, subject: _Subject) -> None:
    await connection.execute(
        text(
            "UPDATE sign_in_wait SET tries = greatest(tries - 1, 0), waits_until = NULL"
            " WHERE subject = :s"
        ),
        {"s": subject.hash},
    )
