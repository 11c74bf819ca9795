"""What the service says of itself once a second, for `status` and its like, as plain JSON."""

from collections import Counter
from typing import Any

import msgspec

from dialer.engine.snapshot import CampaignSnapshot, Snapshot, TeamSnapshot
from dialer.runtime.hopper_watch import HopperWatch


def status_body(
    snapshot: Snapshot,
    *,
    state: str,
    switch: dict[str, Any],
    database: dict[str, Any],
    queue_depth: int,
    metrics_url: str | None,
    web_url: str | None,
    hoppers: HopperWatch,
) -> dict[str, Any]:
    """The snapshot row. Calls are counted, not listed: numbers stay in the attempts."""
    return {
        "at": snapshot.at,
        "state": state,
        "switch": switch,
        "database": database,
        "event_queue_depth": queue_depth,
        "metrics": metrics_url,
        "web": web_url,
        "teams": [_team(one, snapshot) for one in snapshot.teams],
        "campaigns": [
            _campaign(one, snapshot)
            | {
                "warnings": hoppers.warnings(one.campaign_id),
                "hopper_empty_seconds": hoppers.empty_seconds(one.campaign_id, snapshot.at),
            }
            for one in snapshot.campaigns
        ],
        "agents": [msgspec.to_builtins(one) for one in snapshot.agents],
        "trunks": [msgspec.to_builtins(one) for one in snapshot.trunks],
        "switches": [msgspec.to_builtins(one) for one in snapshot.switches],
    }


def _team(team: TeamSnapshot, snapshot: Snapshot) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.to_builtins(team)
    states = Counter(str(one.state) for one in snapshot.agents if one.team_id == team.team_id)
    return body | {
        "utilisation_ratio": team.utilisation_ratio,
        "agents_by_state": dict(states),
    }


def _campaign(campaign: CampaignSnapshot, snapshot: Snapshot) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.to_builtins(campaign)
    states = Counter(
        str(one.state) for one in snapshot.calls if one.campaign_id == campaign.campaign_id
    )
    ledgers = [
        msgspec.to_builtins(one) | {"abandonment_ratio": one.abandonment_ratio}
        for one in campaign.ledgers
    ]
    return body | {"calls_by_state": dict(states), "ledgers": ledgers}
