"""What the packs leave of recording a call."""

from datetime import date

import pytest

from campaigns.campaign_spec import Purpose
from campaigns.rule_packs.packs import load_packs
from campaigns.rule_packs.recording import (
    RecordingMode,
    RecordingPolicy,
    recording_policy,
    strictest,
)

TODAY = date(2026, 11, 21)


def policy(places: str, *, has_retention_limit: bool = True) -> RecordingPolicy:
    applied = load_packs().applicable(places, purpose=Purpose.MARKETING, number_kind=None, on=TODAY)
    return recording_policy(applied, has_retention_limit=has_retention_limit)


@pytest.mark.parametrize(
    ("places", "mode"),
    [
        ("US-NY", RecordingMode.NOTICE),
        ("GB", RecordingMode.NOTICE),
        ("FR", RecordingMode.NOTICE),
        ("DE", RecordingMode.CONSENT),
        ("GE", RecordingMode.CONSENT),
        # Somebody who may be in either is asked.
        ("DE,US-NY", RecordingMode.CONSENT),
        # No pack: the cautious default.
        ("KZ", RecordingMode.CONSENT),
    ],
)
def test_the_strictest_of_all_places_holds(places: str, mode: RecordingMode) -> None:
    found = policy(places)
    assert found.mode is mode
    assert found.citations


def test_nothing_is_recorded_where_the_law_wants_a_limit_and_the_campaign_has_none() -> None:
    found = policy("DE", has_retention_limit=False)
    assert found.mode is RecordingMode.OFF
    assert "retention.attempts_days" in found.text
    assert found.citations == ("§ 201 StGB",)
    assert policy("US-NY", has_retention_limit=False).mode is RecordingMode.NOTICE


def test_a_campaign_records_as_its_strictest_lead_allows() -> None:
    each = [policy("US-NY"), policy("DE"), policy("GB")]
    assert strictest(each).mode is RecordingMode.CONSENT
    assert strictest([]).mode is RecordingMode.NOTICE
