"""How a number is named where the number itself must not stand."""

import hashlib

FORGOTTEN_LIST = "forgotten"
"""The do-not-call list that keeps the people who were forgotten from coming back with an import."""
FORGOTTEN_CALLER = "forgotten"
"""In place of the number of a person who called back."""


def number_hash(number: str) -> str:
    """Hexadecimal SHA-256 of the number in E.164, with its plus sign.

    The do-not-call lists use the same, so that one look-up finds both. There are few enough numbers
    in the world that a patient person can find one from its hash: it is a pseudonym, no more.
    """
    return hashlib.sha256(number.encode("ascii")).hexdigest()
