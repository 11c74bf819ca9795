"""Consents: in force or not, and read from files with a reason for every bad line."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from campaigns.consent_registry import FileRegistry
from campaigns.consents import BadConsent, BadRow, Consent, read_consents, read_instant

NOW = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def consent(**changes: object) -> Consent:
    values: dict[str, object] = {
        "number": "+905321234567", "client": "Acme", "purpose": "marketing",
        "given_at": NOW - DAY, "source": "web form", "proof": "form-1.pdf",
    }  # fmt: skip
    return Consent(**values | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "is_in_force"),
    [
        ({}, True),
        ({"purpose": "any"}, True),
        ({"purpose": "survey"}, False),
        ({"given_at": NOW}, True),
        ({"given_at": NOW + DAY}, False),
        ({"expires_at": NOW}, False),
        ({"expires_at": NOW + DAY}, True),
        ({"withdrawn_at": NOW}, False),
    ],
)
def test_a_consent_allows_its_purpose_between_its_instants(
    changes: dict[str, object], is_in_force: bool
) -> None:
    assert consent(**changes).allows("marketing", NOW) is is_in_force


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"proof": " "}, "no source or no proof"),
        ({"purpose": "fun"}, "'fun' is no purpose"),
        ({"expires_at": NOW - 2 * DAY}, "before it was given"),
    ],
)
def test_a_consent_nobody_can_show_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(BadConsent, match=said):
        consent(**changes)


def test_a_file_gives_consents_and_a_reason_for_every_bad_line() -> None:
    lines = [
        "Number,given_at,source,proof,purpose\n",
        "0532 123 45 67,2026-11-16,form,a.pdf,\n",
        "12,2026-11-16,form,a.pdf,\n",
        "05321234567,yesterday,form,a.pdf,\n",
        "05321234567,2026-11-16,form,,\n",
    ]
    good, *bad = read_consents(lines, client="Acme", region="TR")
    assert isinstance(good, Consent)
    assert (good.number, good.purpose) == ("+905321234567", "any")
    assert good.given_at == datetime(2026, 11, 16, tzinfo=UTC)
    assert [row.line for row in bad if isinstance(row, BadRow)] == [3, 4, 5]
    with pytest.raises(BadConsent, match="no column given_at, source"):
        list(read_consents(["number,proof\n"], client="Acme", region=None))
    with pytest.raises(BadConsent, match="no date"):
        read_instant("soon")


async def test_a_registry_file_approves_its_numbers_until_it_is_stale(tmp_path: Path) -> None:
    path = tmp_path / "iys.csv"
    registry = FileRegistry(path, region="TR")
    number, other = "+905321234567", "+905321234568"
    missing = await registry.check([number], NOW)
    assert not missing[number].is_approved
    assert "cannot be read" in missing[number].text
    path.write_text("0532 123 45 67\n")
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    found = await registry.check([number, other], NOW + DAY)
    assert (found[number].is_approved, found[other].is_approved) == (True, False)
    stale = await registry.check([number], NOW + 3 * DAY)
    assert not stale[number].is_approved
    assert "Fetch a new one" in stale[number].text
    path.write_text(f"{other}\n")
    os.utime(path, (NOW.timestamp() + 60, NOW.timestamp() + 60))
    renewed = await registry.check([number, other], NOW + DAY)
    assert (renewed[number].is_approved, renewed[other].is_approved) == (False, True)
