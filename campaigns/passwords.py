"""Passwords: what is one, and their Argon2id hashes.

Parameters are argon2-cffi's, which follow RFC 9106's second recommendation (64 MiB, 3 passes). A
hash takes some 50 ms of one core, so it is made in a thread, and few at a time: a hundred people
who sign in at the start of a shift wait in line instead of taking six gigabytes.
"""

import asyncio
import functools
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LENGTH_MIN = 10
LENGTH_MAX = 200
"""Far above any phrase that is typed; it bounds what a stranger can make us hash."""
AT_ONCE = 2
"""Hashes being computed at the same time, of 64 MiB each."""
_WORDS = "abcdefghjkmnpqrstuvwxyz23456789"
"""No l, o, i, 0 or 1: a password that was generated is read aloud and typed once."""
_COMMON = frozenset(
    [
        "1234567890",
        "0123456789",
        "0987654321",
        "12345678910",
        "123456789a",
        "qwertyuiop",
        "qwerty12345",
        "1q2w3e4r5t",
        "1qaz2wsx3edc",
        "password12",
        "password123",
        "password1234",
        "passw0rd123",
        "iloveyou123",
        "administrator",
        "letmein1234",
        "welcome123",
        "welcome1234",
        "changeme123",
        "callcenter",
        "callcentre",
    ]
)
"""Long enough for the rule above, and the first that anybody tries (NIST SP 800-63B, 5.1.1.2)."""

_hasher = PasswordHasher()


class BadPassword(Exception):  # noqa: N818 - the name is the sentence
    """A password that is not taken; the text says why and what to do."""


def check_password(password: str, *, name: str) -> None:
    """Raise BadPassword unless it may be the password of the person called `name`."""
    if len(password) < LENGTH_MIN:
        raise BadPassword(
            f"The password has {len(password)} characters; {LENGTH_MIN} are the least. "
            "Three or four words that do not belong together are easy to keep."
        )
    if len(password) > LENGTH_MAX:
        raise BadPassword(f"A password has at most {LENGTH_MAX} characters.")
    plain = password.casefold()
    if plain in _COMMON or len(set(plain)) < 4:
        raise BadPassword("That password is among the first that anybody tries. Choose another.")
    if len(name) >= 4 and name.casefold() in plain:
        raise BadPassword("The password contains the name of the account. Choose another.")


def new_password() -> str:
    """A random one for a person to type once: four groups of four, 79 bits."""
    return "-".join("".join(secrets.choice(_WORDS) for _ in range(4)) for _ in range(4))


async def hash_password(password: str) -> str:
    """The hash to be kept."""
    async with _turns():
        return await asyncio.to_thread(_hasher.hash, password)


async def is_password(password: str, kept: str | None) -> bool:
    """True when the hash `kept` is that of the password.

    None is for an account that does not exist: it costs the same time, and is False.
    """
    if len(password) > LENGTH_MAX:
        password, kept = "", None
    async with _turns():
        return await asyncio.to_thread(_matches, password, kept)


def is_outdated(kept: str) -> bool:
    """True when the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(kept)


def _matches(password: str, kept: str | None) -> bool:
    try:
        _hasher.verify(_nobodys() if kept is None else kept, password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@functools.cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))


_in_line: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


def _turns() -> asyncio.Semaphore:
    """One line for each event loop; tests have many."""
    loop = asyncio.get_running_loop()
    for gone in [each for each in _in_line if each.is_closed()]:
        del _in_line[gone]
    return _in_line.setdefault(loop, asyncio.Semaphore(AT_ONCE))
