"""What the engine is told about teams, campaigns, trunks and its own timers."""

import enum
from dataclasses import dataclass, field

from dialer.engine.ids import CampaignId, TeamId, TrunkId
from dialer.pacing.settings import PacingSettings


@enum.unique
class OnAbandon(enum.StrEnum):
    """What a live answer hears when no agent came within the legal seconds."""

    MESSAGE = "message"
    HANGUP = "hangup"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamConfig:
    """Agents who share one stream of calls, and how that stream is paced."""

    team_id: TeamId
    name: str
    pacing: PacingSettings = field(default_factory=PacingSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignConfig:
    """A campaign as the engine needs it."""

    campaign_id: CampaignId
    team_id: TeamId
    name: str
    caller_id: str
    """Digits shown to the lead; a valid number that can be called back."""
    trunks: tuple[TrunkId, ...]
    """Tried in this order: the first with a free line and a token."""
    weight: float = 1.0
    """Share of the team's launches when several campaigns feed one team."""
    ring_seconds: float = 24.0
    """How long an attempt may ring. The floor is 15 (47 CFR 64.1200(a)(6); Ofcom practice)."""
    cancel_after_seconds: float | None = 15.0
    """What a call must have rung before the pacer may end it (47 CFR 64.1200(a)(6)); None forbids.

    It takes effect only where the team's pacing asks for it too."""
    answer_tolerance_seconds: float = 2.0
    """Legal seconds from answer to agent (16 CFR 310.4(b)(1)(iv))."""
    wrap_up_seconds_max: float = 30.0
    """After this the agent is READY again, disposed or not."""
    on_abandon: OnAbandon = OnAbandon.MESSAGE
    hopper_seconds: float = 30.0
    """How many seconds of dialling the hopper should hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkConfig:
    """Capacity of one gateway."""

    trunk_id: TrunkId
    channels_max: int
    calls_per_second: float
    """Token bucket rate; keep at 80 % of what the carrier allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """Timers of the engine. The defaults are right for FreeSWITCH 1.10.12 on a local network."""

    bridge_watchdog_seconds: float = 1.0
    """UNPARK without BRIDGE or PARK by then means a stuck agent leg (switch_ivr_bridge.c:1166)."""
    originate_watchdog_seconds: float = 15.0
    """Beyond set-up and ring time, a call nobody reports on is asked after."""
    survey_seconds: float = 5.0
    """How often the switch is asked which of our legs live."""
    nail_up_seconds: float = 35.0
    """An agent's phone rings for at most 30 s; a leg that is not parked by then lost its event."""
    renail_seconds: float = 2.0
    """Pause before an agent's lost leg is called again; doubles up to `renail_seconds_max`."""
    renail_seconds_max: float = 60.0
    message_seconds_max: float = 40.0
    """An abandoned lead's message is over by then, or we hang up."""
    talk_seconds_max: float = 7200.0
    """`sched_hangup` on the switch ends a call then; the engine gives up on it a little later."""
    callback_reserve_seconds: float = 60.0
    """So long before a promised call its agent is given no other lead. About half a talk: a longer
    rest costs more talking time than it saves lateness, which the tolerance is there for."""
    preview_skip_seconds: float = 3600.0
    """How long a lead that an agent skipped in preview is put off."""
    lease_retry_seconds: float = 2.0
    """How long to wait before asking for leads again when fewer came than were asked for."""
