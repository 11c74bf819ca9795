"""What truly happened in the world, told to auditors at once; the engine may hear it late."""

from dataclasses import dataclass

from campaigns.outcomes import Outcome
from dialer.engine.ids import E164, CallbackId, CallId, CampaignId, LeadId, LegId, TrunkId
from dialer.engine.states import CallbackState


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptWritten:
    """The attempt is on disk."""

    call_id: CallId
    campaign_id: CampaignId
    lead_id: LeadId


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptSettled:
    """The attempt's outcome is on disk, or corrected there. `by_restart`: no engine said it."""

    call_id: CallId
    outcome: Outcome
    by_restart: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPromised:
    """A call was promised to a lead, on disk. After `lapses_at` nobody tries any more."""

    callback_id: CallbackId
    lead_id: LeadId
    due_at: float
    tolerance_seconds: float
    lapses_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackSettled:
    """How a promise ended is on disk."""

    callback_id: CallbackId
    state: CallbackState


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlaced:
    """The `originate` reached the switch and a lead leg exists."""

    call_id: CallId
    number: E164
    trunk_id: TrunkId
    callable_until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAlerted:
    """The lead's phone rings from now."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPickedUp:
    """The lead answered."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class LegsJoined:
    """Lead and agent hear each other."""

    call_id: CallId
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationStolen:
    """A bridge command took an agent's leg out of a conversation that was going on."""

    call_id: CallId
    """The conversation that was cut."""
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallGone:
    """The lead leg exists no more."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchCut:
    """The engine's words reach no switch until `SwitchBack`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchBack:
    """The switch can be spoken to again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessKilled:
    """The engine is gone, and with it every write that was not yet on disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRestarted:
    """A new engine has been told what the store and the switch hold."""


Fact = (
    AttemptWritten | AttemptSettled | CallbackPromised | CallbackSettled | CallPlaced | CallAlerted
    | CallPickedUp | LegsJoined | ConversationStolen | CallGone | SwitchCut | SwitchBack
    | ProcessKilled | ProcessRestarted
)  # fmt: skip
