"""Campaign files: what is read, and what each mistake is answered with."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.campaign_file import (
    CampaignFileError,
    campaign_document,
    parse_campaign,
    read_campaign_file,
)
from campaigns.campaign_spec import Duplicates, PacingMode
from campaigns.dispositions import DispositionKind
from campaigns.outcomes import Outcome
from dialer.pacing.settings import PacingSettings

LEAST: dict[str, Any] = {
    "name": "Spring",
    "client": "Example Bank",
    "team": "Blue",
    "region": "US",
    "caller_id": "(202) 555-0100",
    "trunks": ["main"],
}
EXAMPLE = Path("examples/bank_telesales/campaign.toml")


def test_a_short_file_takes_the_defaults() -> None:
    spec = parse_campaign(LEAST, source="spring.toml")
    assert spec.caller_id == "+12025550100"
    assert spec.pacing_mode is PacingMode.PREDICTIVE
    assert spec.ring_seconds >= 15
    assert spec.limit_ratio == 0.03
    assert spec.duplicates is Duplicates.MERGE
    assert spec.attempts_max == 6


def test_what_agents_screens_show_is_read_back() -> None:
    desk = {
        "greeting": "Good day {name}, this is {agent}.",
        "pause_reasons": ["break", "prayer"],
        "specialists": [{"name": "Loans", "number": "(202) 555-0177"}, {"name": "Branch"}],
    }
    spec = parse_campaign(LEAST | {"desk": desk}, source="a")
    assert parse_campaign(campaign_document(spec), source="b") == spec
    assert spec.outside_numbers == ("+12025550177",)
    branch = spec.desk.specialist("Branch")
    assert branch is not None
    assert branch.number is None


def test_the_example_is_read() -> None:
    spec = read_campaign_file(EXAMPLE)
    assert spec.region == "US"
    assert {each.kind for each in spec.dispositions} >= {
        DispositionKind.SALE,
        DispositionKind.NO_INTEREST,
        DispositionKind.CALLBACK,
        DispositionKind.DO_NOT_CALL,
    }


@pytest.mark.parametrize("document", [LEAST, tomllib.loads(EXAMPLE.read_text())])
def test_a_campaign_is_read_back_from_its_document(document: dict[str, Any]) -> None:
    spec = parse_campaign(document, source="a")
    stored = json.loads(json.dumps(campaign_document(spec)))
    assert parse_campaign(stored, source="b") == spec


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"calls": {"ring_seconds": 14.9}}, r"calls\.ring_seconds.*14\.9.*64\.1200\(a\)\(6\)"),
        ({"pacing": {"limit_ratio": 0.05}}, r"pacing\.limit_ratio.*0\.05.*310\.4\(b\)\(4\)"),
        ({"pacing": {"limit_ratio": 3}}, "a share, not per cent"),
        ({"pacing": {"target_ratio": 0.03, "limit_ratio": 0.02}}, "not above limit_ratio"),
        ({"pacing": {"mode": "predictiv"}}, 'did you mean "predictive"'),
        ({"pacing": {"mod": "ratio"}}, r'pacing\.mod: .*did you mean "mode"'),
        ({"retri": {}}, 'retri: is not a known key; did you mean "retry"'),
        ({"retry": {"busy": "ten"}}, r'retry\.busy: is "ten"; .*"10m"'),
        ({"retry": {"attempts_max": 0}}, r"attempts_max: is 0; .*1 to 100"),
        ({"retry": {"connected": "1h"}}, "is not a known key"),
        ({"calling_hours": ["mon-sat 9-20"]}, '"9-20"'),
        ({"calling_hours": 9}, "must be lines such as"),
        ({"caller_id": "12"}, "too few digits"),
        ({"region": "USA"}, "two-letter country code"),
        ({"trunks": ["a b"]}, 'holds "a b"'),
        ({"desk": {"greeting": "Hello {name"}}, r"desk\.greeting.*each \{ with its \}"),
        ({"desk": {"pause_reasons": [str(n) for n in range(10)]}}, "holds 10"),
        ({"desk": {"specialists": [{"name": "A"}, {"name": "A"}]}}, "which is there already"),
        ({"desk": {"specialists": [{"name": "A", "number": "12"}]}}, "where only messages arrive"),
        ({"trunks": ["main;rm"]}, "gateway names"),
        ({"trunks": []}, "gateway names"),
        ({"name": "a\nb"}, "printable"),
        ({"name": 7}, "is 7"),
        ({"calls": {"message": "../x.wav"}}, "not a path"),
        ({"calls": {"answer_tolerance_seconds": 5}}, "two seconds"),
        ({"calls": 5}, r"written \[calls\]"),
        ({"leads": {"duplicates": "drop"}}, "merge, refuse"),
        ({"dispositions": [{"code": "Sale!", "label": "Sale"}]}, r"dispositions\[1\]\.code"),
        (
            {"dispositions": [{"code": "no", "label": "No", "kind": "refusal", "final": False}]},
            "always ends the lead",
        ),
        (
            {"dispositions": [{"code": "sale", "label": "Sale", "kind": "sale"}]},
            "none of kind do_not_call",
        ),
        (
            {"retry": {"abandoned": "1h"}, "region": "GB", "caller_id": "02079460000"},
            r"retry\.abandoned.*at least",
        ),
    ],
)
def test_a_mistake_names_file_key_value_and_what_is_allowed(
    change: dict[str, Any], words: str
) -> None:
    with pytest.raises(CampaignFileError, match=words) as caught:
        parse_campaign({**LEAST, **change}, source="spring.toml")
    assert str(caught.value).startswith("spring.toml: ")


@pytest.mark.parametrize("key", sorted(LEAST))
def test_a_missing_key_is_named(key: str) -> None:
    document = {name: value for name, value in LEAST.items() if name != key}
    with pytest.raises(CampaignFileError, match=f"{key}: is missing"):
        parse_campaign(document, source="spring.toml")


def test_waits_of_the_file_replace_the_defaults() -> None:
    spec = parse_campaign({**LEAST, "retry": {"busy": "5m", "invalid_number": "3d"}}, source="a")
    assert spec.retry.outcome_waits[Outcome.BUSY].total_seconds() == 300
    assert spec.retry.outcome_waits[Outcome.NO_ANSWER].total_seconds() == 4 * 3600


@given(st.binary(max_size=300))
def test_any_bytes_are_a_campaign_or_one_error(tmp_path_factory: Any, content: bytes) -> None:
    path = tmp_path_factory.mktemp("file") / "campaign.toml"
    path.write_bytes(content)
    with pytest.raises(CampaignFileError):
        read_campaign_file(path)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["code", "label", "kind", "final", "mode"]), inner)
    ),
    max_leaves=5,
)


@given(
    key=st.sampled_from(
        [
            *LEAST,
            "purpose",
            "weight",
            "calling_hours",
            "calls",
            "pacing",
            "leads",
            "retry",
            "dispositions",
            "do_not_call",
            "limits",
            "consent",
            "rules",
            "callbacks",
            "retention",
            "machine_detection",
        ]
    ),
    value=values,
)
def test_any_value_under_any_key_is_taken_or_one_error(key: str, value: object) -> None:
    try:
        spec = parse_campaign({**LEAST, key: value}, source="a")
    except CampaignFileError:
        return
    assert parse_campaign(campaign_document(spec), source="b") == spec


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CampaignFileError, match="cannot be read: No such file"):
        read_campaign_file(tmp_path / "none.toml")


def test_one_target_of_abandonment_holds_wherever_nobody_says_otherwise() -> None:
    spec = parse_campaign(LEAST, source="spring.toml")
    assert spec.target_ratio == PacingSettings().target_ratio == 0.028


def test_ringing_calls_are_ended_only_where_the_file_says_so_and_never_early() -> None:
    assert parse_campaign(LEAST, source="spring.toml").cancel_after_seconds is None
    document = LEAST | {"pacing": {"cancel_after_seconds": 18, "lead_probability": False}}
    spec = parse_campaign(document, source="spring.toml")
    assert (spec.cancel_after_seconds, spec.lead_probability) == (18.0, False)
    assert parse_campaign(campaign_document(spec), source="again") == spec
    for seconds in (14.9, 25):
        with pytest.raises(CampaignFileError, match=r"cancel_after_seconds.*15 to 24.*CFR"):
            parse_campaign(LEAST | {"pacing": {"cancel_after_seconds": seconds}}, source="s")
