"""A campaign of the store, in the engine's words."""

from zoneinfo import ZoneInfo

from campaigns.campaign_file import CampaignSpec
from campaigns.ledger_rules import false_positives_of
from campaigns.phone_numbers import BadNumber, parse
from campaigns.store.rows import CampaignRow
from dialer.engine.config import CampaignConfig, OnAbandon, TeamConfig, TrunkConfig
from dialer.engine.ids import CampaignId, TeamId, TrunkId
from dialer.pacing.settings import DialMode, PacingSettings, Wall
from dialer.runtime.instants import to_unix
from dialer.runtime.ledgers import LedgerRules
from dialer.settings import TrunkSettings


def campaign_config(row: CampaignRow) -> CampaignConfig:
    """The campaign."""
    spec = row.spec
    return CampaignConfig(
        campaign_id=CampaignId(row.id),
        team_id=TeamId(row.team_id),
        name=row.name,
        caller_id=spec.caller_id,
        trunks=tuple(TrunkId(name) for name in spec.trunks),
        weight=spec.weight,
        ring_seconds=spec.ring_seconds,
        answer_tolerance_seconds=spec.answer_tolerance_seconds,
        wrap_up_seconds_max=spec.wrap_up_seconds_max,
        on_abandon=OnAbandon(spec.on_abandon.value),
    )


def team_config(row: CampaignRow) -> TeamConfig:
    """The campaign's team, paced as this campaign says."""
    return TeamConfig(
        team_id=TeamId(row.team_id), name=row.team_name, pacing=pacing_settings(row.spec)
    )


def pacing_settings(spec: CampaignSpec) -> PacingSettings:
    """What a campaign file says of pacing."""
    return PacingSettings(
        mode=DialMode(spec.pacing_mode.value),
        ratio=spec.pacing_ratio,
        target_ratio=spec.target_ratio,
        wall=Wall(spec.wall.value),
        ring_seconds=spec.ring_seconds,
    )


def trunk_config(settings: TrunkSettings) -> TrunkConfig:
    """A gateway's capacity."""
    return TrunkConfig(
        trunk_id=TrunkId(settings.name),
        channels_max=settings.channels_max,
        calls_per_second=settings.calls_per_second,
    )


def ledger_rules(row: CampaignRow) -> LedgerRules:
    """What the campaign's abandonment ledgers follow.

    The campaign's day is the day of its caller id, the number that the people called see.
    """
    return LedgerRules(
        limit_ratio=row.spec.limit_ratio,
        zone=_zone(row.spec),
        since=to_unix(row.started_at or row.created_at),
        false_positives=false_positives_of(row.spec),
    )


def _zone(spec: CampaignSpec) -> ZoneInfo:
    try:
        zones = parse(spec.caller_id, spec.region).time_zones
    except BadNumber:
        # A caller id of a kind that is not dialled, say a free number: count days by UTC.
        zones = ()
    return ZoneInfo(sorted(zones)[0] if zones else "UTC")
