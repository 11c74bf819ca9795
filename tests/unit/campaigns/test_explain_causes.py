"""Why a campaign does not dial: the first cause first, and nothing when nothing is wrong."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns.explain.causes import ServiceState, Standing, calls_under_way, causes
from campaigns.explain.preflight import Preflight, Tally

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def leads(**counts: int) -> Preflight:
    tally = Tally(callable_now=counts.pop("callable_now", 0))
    for code, count in counts.items():
        tally.add(code, count=count, next_at=NOW + timedelta(hours=2))
    return tally.preflight("spring", now=NOW)


def body(**changes: Any) -> dict[str, Any]:
    """What a service says that dials the campaign well."""
    return {
        "state": "running",
        "switch": {"is_connected": True},
        "database": {"is_up": True},
        "teams": [{"team_id": 1, "decision": {"bound_by": "one_to_one", "in_flight": 3}}],
        "campaigns": [
            {
                "campaign_id": 7,
                "state": "running",
                "calls_by_state": {"ringing": 3},
                "ledgers": [],
                "warnings": [],
            }
        ],
        "trunks": [{"trunk_id": "main", "is_up": True, "channels": 3, "channels_max": 10}],
    } | changes


def service(is_running: bool = True, **changes: Any) -> ServiceState:
    return ServiceState(
        name="dialer-1", is_running=is_running, age_seconds=1.0, body=body(**changes)
    )


WELL = Standing(
    campaign="spring",
    campaign_id=7,
    state="running",
    team="sales",
    team_id=1,
    trunks=("main",),
    settings_trunks=("main",),
    services=(service(),),
    lease_owner="dialer-1",
    agents={"ready": 2, "talking": 1},
    leads=leads(callable_now=10),
)


def blocking(standing: Standing) -> list[str]:
    return [each.code for each in causes(standing) if each.is_blocking]


def test_a_campaign_that_dials_well_has_no_blocking_cause() -> None:
    assert blocking(WELL) == []
    assert calls_under_way(WELL) == 3


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": "draft"}, "campaign_draft"),
        ({"state": "paused"}, "campaign_paused"),
        ({"state": "stopped"}, "campaign_stopped"),
        ({"services": ()}, "no_service"),
        ({"services": (service(is_running=False),)}, "no_service"),
        ({"services": (service(state="draining"),)}, "draining"),
        ({"lease_owner": "dialer-2"}, "team_elsewhere"),
        ({"services": (service(campaigns=[]),)}, "service_does_not_dial_it"),
        ({"services": (service(database={"is_up": False}),)}, "database_down"),
        ({"services": (service(switch={"is_connected": False}),)}, "switch_down"),
        ({"trunks": ("other",)}, "trunk_unknown"),
        ({"agents": {}}, "no_agents"),
        ({"agents": {"logged_out": 3}}, "agents_logged_out"),
        ({"agents": {"paused": 1, "logged_out": 3}}, "agents_paused"),
        ({"leads": leads()}, "no_leads"),
        ({"leads": leads(waiting=3)}, "no_callable_leads"),
    ],
)
def test_each_cause_alone_is_found_first_and_says_what_to_do(
    changes: dict[str, Any], code: str
) -> None:
    first = next(each for each in causes(replace(WELL, **changes)) if each.is_blocking)
    assert first.code == code
    assert first.fix


def test_a_trunk_that_is_down_stops_all_and_a_full_one_only_holds_back() -> None:
    down = [{"trunk_id": "main", "is_up": False, "channels": 0, "channels_max": 10}]
    assert blocking(replace(WELL, services=(service(trunks=down),))) == ["trunks_down"]
    full = [{"trunk_id": "main", "is_up": True, "channels": 10, "channels_max": 10}]
    standing = replace(WELL, services=(service(trunks=full),))
    assert blocking(standing) == []
    assert "trunks_full" in [each.code for each in causes(standing)]


def test_causes_come_in_the_order_a_call_would_meet_them() -> None:
    worst = replace(
        WELL, state="paused", services=(), trunks=("other",), agents={}, leads=leads(done=4)
    )
    assert blocking(worst) == [
        "campaign_paused", "no_service", "trunk_unknown", "no_agents", "no_callable_leads",
        "leads_done",
    ]  # fmt: skip


def test_leads_are_told_by_reason_the_commonest_first() -> None:
    found = causes(replace(WELL, leads=leads(no_consent=3, outside_calling_hours=20, done=5)))
    codes = [each.code for each in found if each.code.startswith("leads_")]
    assert codes == ["leads_outside_calling_hours", "leads_done", "leads_no_consent"]


def test_busy_agents_and_a_ledger_over_its_limit_hold_calls_back() -> None:
    ledger = {
        "ledger": "day", "abandonment_ratio": 0.04, "limit_ratio": 0.03, "abandoned": 4,
        "live_answers": 100,
    }  # fmt: skip
    campaign = body()["campaigns"][0] | {"ledgers": [ledger]}
    found = causes(replace(WELL, agents={"talking": 2}, services=(service(campaigns=[campaign]),)))
    assert [each.code for each in found] == [
        "agents_busy",
        "ledger_over_limit",
        "pacing_one_to_one",
    ]
    assert not any(each.is_blocking for each in found)
    assert "4.00% of live answers" in found[1].text


def test_the_warnings_of_a_running_service_are_told() -> None:
    campaign = body()["campaigns"][0] | {"warnings": ["The hopper is dry: none left."]}
    found = causes(replace(WELL, services=(service(campaigns=[campaign]),)))
    assert "The hopper is dry: none left." in [each.text for each in found]


def test_without_leads_only_what_lies_outside_them_is_asked() -> None:
    assert blocking(replace(WELL, leads=None)) == []
