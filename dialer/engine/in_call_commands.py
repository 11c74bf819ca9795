"""Commands for a call that an agent is on, for supervisors, and for telephones without a screen."""

import enum
from dataclasses import dataclass

from dialer.engine.ids import E164, AgentId, CallId, CampaignId, LegId, TrunkId
from dialer.engine.in_call_events import SupervisorMode


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLead:
    """Play music to the lead, away from the agent, whose leg parks and says so."""

    call_id: CallId
    campaign_id: CampaignId
    leg_id: LegId | None
    """Whose lead it is, written on the channel, so that a restart knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendKeys:
    """Let the far end hear these keys."""

    call_id: CallId
    keys: str


@enum.unique
class LeadSound(enum.StrEnum):
    """Sounds mixed into what the lead hears."""

    NOTICE = "notice"
    """That the call is recorded."""
    CONSENT = "consent"
    """Whether it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayToLead:
    """Mix one of the campaign's sounds into what the lead hears; the talk goes on."""

    call_id: CallId
    campaign_id: CampaignId
    sound: LeadSound


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRecording:
    """Record the lead's leg: left what the lead says, right what they hear."""

    call_id: CallId
    file_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRecording:
    """End the file; `RecordingStopped` follows."""

    call_id: CallId
    file_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRecording:
    """Write silence into the file from now on, or sound again."""

    call_id: CallId
    file_id: str
    is_masked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRecording:
    """Write what is known of a recording: at its start, at its end, and when its length is told."""

    file_id: str
    call_id: CallId
    campaign_id: CampaignId
    agent_id: AgentId | None
    policy: str
    consent: str
    """How the lead knew: "notice", "key", or "agent" when the agent asked by word of mouth."""
    started_at: float
    ended_at: float | None
    seconds: float | None
    """Length of the file by the switch; None until it said so."""
    masked: tuple[tuple[float, float | None], ...]
    """From when to when it is silent, Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOutside:
    """Call an outside number; `SideLegUp` or `SideLegEnded` answers."""

    leg_id: LegId
    call_id: CallId
    number: E164
    trunk_id: TrunkId
    caller_id: str
    three_way_with: LegId | None
    """The agent's leg whose talk it joins; None to park until it is bridged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeOutside:
    """Give the lead to the outside party; `SideLegBridged`, or `SideLegEnded` when refused."""

    call_id: CallId
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSupervisor:
    """Call a supervisor's phone and let it hear the agent's leg."""

    leg_id: LegId
    target_leg_id: LegId
    extension: str
    mode: SupervisorMode


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSupervisorMode:
    """Change who hears the supervisor."""

    leg_id: LegId
    mode: SupervisorMode


@dataclass(frozen=True, slots=True, kw_only=True)
class HangupSideLeg:
    """End an outside or supervisor's leg."""

    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class TryPhone:
    """Call an agent's phone: a tone, then an echo for some seconds, then hang up."""

    agent_id: AgentId
    leg_id: LegId


@enum.unique
class Tone(enum.StrEnum):
    """What an agent hears in answer to keys."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayTone:
    """A short tone in the agent's ear."""

    leg_id: LegId
    tone: Tone


@enum.unique
class KeyMeaning(enum.StrEnum):
    """What an agent meant by keys."""

    READY = "ready"
    PAUSE = "pause"
    """`number` is the number of the reason; 0 for none."""
    RESULT = "result"
    """`number` is the number of the campaign's disposition, from 1."""
    CALLBACK_MINUTES = "callback_minutes"
    CALLBACK_HOURS = "callback_hours"
    HANG_UP = "hang_up"
    LOG_OUT = "log_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoByKeys:
    """Do what the agent said by keys, as if they had asked for it on a screen, and play a tone."""

    agent_id: AgentId
    leg_id: LegId
    meaning: KeyMeaning
    number: int


InCallOrder = (
    HoldLead | SendKeys | PlayToLead | StartRecording | StopRecording | MaskRecording | CallOutside
    | BridgeOutside | CallSupervisor | SetSupervisorMode | HangupSideLeg | TryPhone | PlayTone
)  # fmt: skip
"""Those that the switch carries out."""
InCallCommand = InCallOrder | RecordRecording | DoByKeys
