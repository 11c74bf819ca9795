"""Who agreed to be called: for which client, what for, since when, and what shows it.

The caller has to prove a consent (16 CFR 310.5(a)(8); Code de la consommation L. 223-1; UWG
section 7a), so none is recorded without its source and proof, and none is ever deleted when it
ends.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from campaigns.campaign_spec import Purpose
from campaigns.phone_numbers import BadNumber, parse

ANY_PURPOSE = "any"
_PURPOSES = frozenset({ANY_PURPOSE, *Purpose})
_COLUMNS = ("number", "purpose", "given_at", "expires_at", "source", "proof")
_REQUIRED = ("number", "given_at", "source", "proof")


class BadConsent(ValueError):  # noqa: N818 - read at the call as "read or BadConsent"
    """A consent that cannot be taken as written; the text says what is wrong and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One consent. Instants are aware."""

    number: str
    """E.164."""
    client: str
    purpose: str
    """A purpose of campaigns, or "any"."""
    given_at: datetime
    expires_at: datetime | None = None
    withdrawn_at: datetime | None = None
    source: str
    proof: str

    def __post_init__(self) -> None:
        if not self.source.strip() or not self.proof.strip():
            raise BadConsent(
                f"The consent of {self.number} has no source or no proof. A consent nobody can "
                "show is none: say where it was given, and what shows it."
            )
        if self.purpose not in _PURPOSES:
            raise BadConsent(f"'{self.purpose}' is no purpose. Write {', '.join(Purpose)}, or any.")
        if self.expires_at is not None and self.expires_at <= self.given_at:
            raise BadConsent(
                f"The consent of {self.number} expires at {self.expires_at}, before it was given."
            )

    def allows(self, purpose: str, now: datetime) -> bool:
        """True when it is in force for a call of that purpose at `now`."""
        return (
            self.purpose in (purpose, ANY_PURPOSE)
            and self.given_at <= now
            and (self.expires_at is None or now < self.expires_at)
            and (self.withdrawn_at is None or now < self.withdrawn_at)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A line of a file that is no consent."""

    line: int
    reason: str


def read_consents(
    lines: Iterable[str], *, client: str, region: str | None
) -> Iterator[Consent | BadRow]:
    """Read a CSV file with the columns number, given_at, source and proof, and perhaps purpose
    ("any" when it is missing) and expires_at. Days are days of UTC.

    Raises BadConsent when the heading lacks a column that is needed.
    """
    reader = csv.DictReader(lines)
    names = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise BadConsent(
            f"The file has no column {', '.join(missing)}. Its first line must name "
            f"{', '.join(_REQUIRED)}; purpose and expires_at may be there too."
        )
    for row in reader:
        cells = {name: (row.get(names.get(name, "")) or "").strip() for name in _COLUMNS}
        try:
            yield _consent(cells, client, region)
        except (BadConsent, BadNumber) as error:
            said = f"the number {error}" if isinstance(error, BadNumber) else str(error)
            yield BadRow(line=reader.line_num, reason=said)


def read_instant(text: str) -> datetime:
    """An instant in ISO 8601, or a day, which is its beginning in UTC. Raises BadConsent."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadConsent(f"'{text}' is no date such as 2026-03-01.") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _consent(cells: dict[str, str], client: str, region: str | None) -> Consent:
    return Consent(
        number=parse(cells["number"], region).e164,
        client=client,
        purpose=cells["purpose"].lower() or ANY_PURPOSE,
        given_at=read_instant(cells["given_at"]),
        expires_at=read_instant(cells["expires_at"]) if cells["expires_at"] else None,
        source=cells["source"],
        proof=cells["proof"],
    )
