"""A campaign of the store, in the engine's words."""

from zoneinfo import ZoneInfo

from campaigns.campaign_file import CampaignSpec
from campaigns.ledger_rules import false_positives_of
from campaigns.phone_numbers import BadNumber, parse
from campaigns.screening_spec import ScreeningSpec
from campaigns.store.rows import CampaignRow
from dialer.engine.config import (
    CampaignConfig,
    OnAbandon,
    OnMachine,
    Question,
    ScreeningConfig,
    TeamConfig,
    TrunkConfig,
)
from dialer.engine.ids import CampaignId, TeamId, TrunkId
from dialer.engine.in_call_config import RecordingConfig, RecordingPolicy
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
        cancel_after_seconds=spec.cancel_after_seconds,
        lead_probability=spec.lead_probability,
        answer_tolerance_seconds=spec.answer_tolerance_seconds,
        wrap_up_seconds_max=spec.wrap_up_seconds_max,
        on_abandon=OnAbandon(spec.on_abandon.value),
        recording=RecordingConfig(
            policy=RecordingPolicy(spec.recording.policy.value),
            consent_key=spec.recording.key,
            consent_seconds=spec.recording.answer_seconds,
        ),
        opt_out_key=spec.opt_out_key or None,
        screening=None if spec.screening is None else _screening(spec.screening),
        survey=tuple(Question(code=each.code, keys=each.keys) for each in spec.survey),
        return_wait_seconds=spec.return_wait_seconds,
    )


def _screening(spec: ScreeningSpec) -> ScreeningConfig:
    return ScreeningConfig(
        on_machine=OnMachine(spec.on_machine.value),
        sample_ratio=spec.sample_ratio,
        seconds_max=spec.seconds_max,
        greeting_seconds_max=spec.beep_seconds_max,
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
        cancel_after_seconds=spec.cancel_after_seconds,
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
        zone=zone_of(row.spec),
        since=to_unix(row.started_at or row.created_at),
        false_positives=false_positives_of(row.spec),
    )


def zone_of(spec: CampaignSpec) -> ZoneInfo:
    """The clock of the campaign's caller id, the number that people see and call back."""
    try:
        zones = parse(spec.caller_id, spec.region).time_zones
    except BadNumber:
        # A caller id of a kind that is not dialled, say a free number: count days by UTC.
        zones = ()
    return ZoneInfo(sorted(zones)[0] if zones else "UTC")
