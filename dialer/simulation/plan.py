"""Everything that makes a world what it is, apart from the dice."""

import enum
import math
from dataclasses import dataclass, field

from campaigns.outcomes import Outcome
from dialer.engine.config import CampaignConfig, EngineConfig, TeamConfig, TrunkConfig
from dialer.engine.ids import ONE_SWITCH, AgentId, SwitchId, TeamId
from dialer.simulation.laws import (
    AnswerLaw,
    ConstantAnswer,
    DurationLaw,
    Lognormal,
    ShiftedGamma,
    Uniform,
)
from dialer.simulation.retry import RetryLaw

START_AT = 1_767_603_600.0
"""Monday, 5 January 2026, 09:00 UTC: any instant would do, but it must be the same each time."""


@enum.unique
class Goal(enum.StrEnum):
    """When a list counts as finished."""

    WORKED = "worked"
    """Every lead was reached, turned out invalid, or has had all its tries."""
    CALLED = "called"
    """Every lead was called once at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPlan:
    """One abandonment ledger, in windows of equal length."""

    name: str = "day"
    limit_ratio: float = 0.03
    window_seconds: float | None = None
    """None for one window that lasts the whole world."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadGroup:
    """Leads of one kind within a list: what they have in common and others have not."""

    name: str
    leads: int
    answer: AnswerLaw | None = None
    """None: as likely to answer as the campaign's other leads."""
    opens: tuple[tuple[float, float], ...] | None = None
    """Calling hours in the world's time, sorted and apart; None: at any time."""
    ready_at: float = 0.0
    """They may not be called before, because an earlier attempt asks for a rest."""
    tries: int = 0
    """Attempts they have behind them already."""

    def window(self, at: float) -> tuple[float, float] | None:
        """The calling hours that hold `at`, else the next ones; None when there are no more."""
        at = max(at, self.ready_at)
        if self.opens is None:
            return at, math.inf
        for opens_at, closes_at in self.opens:
            if at < closes_at:
                return max(at, opens_at), closes_at
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPlan:
    """A campaign and its list."""

    config: CampaignConfig
    leads: int = 10_000
    tries_max: int = 3
    """Attempts at one lead; those that do not count as attempts are free."""
    retry_seconds: float = 3600.0
    """After a try without a conversation the lead rests this long."""
    answer: AnswerLaw = field(default_factory=lambda: ConstantAnswer(0.3))
    ledgers: tuple[LedgerPlan, ...] = (LedgerPlan(),)
    closing_ratio: float = 0.0
    """Share of leads whose calling hours close at a random moment of the run."""
    shared_number_ratio: float = 0.0
    """Share of leads whose number another lead has too."""
    covered_only_ratio: float = 0.0
    """Share of leads that may only be called while a ready agent is there for them."""
    refused_ratio: float = 0.0
    """Share of attempts the rules refuse when they are to be written."""
    groups: tuple[LeadGroup, ...] = ()
    """What the list is made of, mixed; none: `leads` leads of one kind."""
    retry: RetryLaw | None = None
    """What follows an attempt; None: the same rest after each, by the two values above."""
    is_fresh_first: bool = False
    """True when leads never called come before those that are due again."""
    talk: DurationLaw | None = None
    """How long this campaign's conversations last; None: as the people's."""
    wrap_up: DurationLaw | None = None

    @property
    def leads_total(self) -> int:
        """Of all groups, where there are groups."""
        return sum(group.leads for group in self.groups) if self.groups else self.leads


@dataclass(frozen=True, slots=True, kw_only=True)
class GreetingPlan:
    """Who answers, what the classifier makes of it, and who presses keys."""

    machine_ratio: float = 0.0
    """Share of answers that are machines, where the classifier listens."""
    wrong_ratio: float = 0.0
    """Share of people taken for machines, and of machines taken for people."""
    unsure_ratio: float = 0.0
    verdict_after: DurationLaw = field(
        default_factory=lambda: Uniform(low_seconds=0.6, high_seconds=2.5)
    )
    """From the answer; later than the engine waits now and then."""
    beep_after: DurationLaw = field(
        default_factory=lambda: Uniform(low_seconds=2.0, high_seconds=20.0)
    )
    """From the verdict to a machine's beep."""
    opt_out_ratio: float = 0.0
    """Share of people who press the key that opts out while a message plays."""
    key_ratio: float = 0.7
    """Share of questions of a survey that are answered by a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPlan:
    """The telephone network and the switch."""

    set_up_seconds: float = 3.0
    """From `originate` until the phone rings."""
    answer_after: DurationLaw = field(
        default_factory=lambda: ShiftedGamma(shift_seconds=3.0, shape=2.0, scale_seconds=4.0)
    )
    """From `originate` to the answer. Draws beyond the ring time are drawn again: the answer
    probability is that of an answer within the ring time."""
    fast_failure_ratio: float = 0.15
    """Share of unanswered attempts that fail at once (busy, invalid, rejected, congested)."""
    fast_failure_after: DurationLaw = field(
        default_factory=lambda: Uniform(low_seconds=1.0, high_seconds=4.0)
    )
    fast_failures: tuple[tuple[str, Outcome], ...] = (
        ("USER_BUSY", Outcome.BUSY),
        ("USER_BUSY", Outcome.BUSY),
        ("UNALLOCATED_NUMBER", Outcome.INVALID_NUMBER),
        ("CALL_REJECTED", Outcome.REJECTED),
        ("NORMAL_TEMPORARY_FAILURE", Outcome.CONGESTION),
    )
    """Equally likely; busy stands twice because it is the common one."""
    park_after_seconds: float = 0.020
    """From answer to CHANNEL_PARK on FreeSWITCH 1.10.12."""
    bridge_after: DurationLaw = field(
        default_factory=lambda: Uniform(low_seconds=0.040, high_seconds=0.060)
    )
    repark_after: DurationLaw = field(
        default_factory=lambda: Uniform(low_seconds=0.020, high_seconds=0.040)
    )
    """From the lead's hang-up until the agent's leg is parked again."""
    event_after: DurationLaw = field(
        default_factory=lambda: Uniform(low_seconds=0.001, high_seconds=0.005)
    )
    """From something happening on the switch until the engine hears of it."""
    park_timeout_seconds: float = 15.0
    """A lead parked this long is released by the switch itself (`park_timeout`)."""
    message_seconds: float = 8.0
    """Length of the recorded message."""
    greetings: GreetingPlan = field(default_factory=GreetingPlan)


@dataclass(frozen=True, slots=True, kw_only=True)
class InCallPlan:
    """What people do during calls, as shares of the conversations; a conversation that goes on
    after hold counts as another."""

    holds_ratio: float = 0.0
    transfers_ratio: float = 0.0
    outside_ratio: float = 0.0
    masks_ratio: float = 0.0
    supervisors_ratio: float = 0.0
    keys_ratio: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePlan:
    """Agents and leads."""

    talk: DurationLaw = field(default_factory=lambda: Lognormal(mean_seconds=90.0, cv=0.9))
    wrap_up: DurationLaw = field(default_factory=lambda: Lognormal(mean_seconds=30.0, cv=0.5))
    patience: DurationLaw | None = None
    """From answer until a lead who hears nobody hangs up; None when they always stay."""
    lead_hangs_up_ratio: float = 0.6
    """Share of conversations the lead ends; the agent ends the others."""
    machine_ratio: float = 0.0
    """Share of answers that are machines, which only the agent notices."""
    machine_talk: DurationLaw = field(
        default_factory=lambda: Uniform(low_seconds=4.0, high_seconds=10.0)
    )
    undisposed_ratio: float = 0.0
    """Share of calls after which the agent lets wrap-up run out."""
    early_disposed_ratio: float = 0.0
    """Share of calls the agent disposes of while still talking."""
    pauses_per_hour: float = 0.0
    pause: DurationLaw = field(default_factory=lambda: Lognormal(mean_seconds=300.0, cv=0.5))
    logouts_per_hour: float = 0.0
    absence: DurationLaw = field(default_factory=lambda: Lognormal(mean_seconds=600.0, cv=0.5))
    arrive_within_seconds: float = 5.0
    """Agents log in spread over this time from the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPlan:
    """Calls promised at the end of conversations."""

    ratio: float = 0.0
    """Share of conversations that end with a promise."""
    for_agent_ratio: float = 0.7
    """Share of promises that are for the agent who made them; the others are the team's."""
    due_after: DurationLaw = field(
        default_factory=lambda: Uniform(low_seconds=10.0, high_seconds=200.0)
    )
    """From the promise to its instant."""
    tolerance_seconds: float = 30.0
    agent_wait_seconds: float = 40.0
    falls_to_team_ratio: float = 0.6
    """Share of promises that fall to the team after the wait; the others to the retry."""
    cancelled_ratio: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePlan:
    """The database."""

    write_after: DurationLaw = field(
        default_factory=lambda: Uniform(low_seconds=0.002, high_seconds=0.006)
    )
    """From a write handed over until it is durable (group commit)."""
    lease_after: DurationLaw = field(
        default_factory=lambda: Uniform(low_seconds=0.002, high_seconds=0.008)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPlan:
    """What goes wrong, and how often. All zero: nothing does."""

    drop_ratio: float = 0.0
    """Share of switch events that never arrive."""
    duplicate_ratio: float = 0.0
    delay_ratio: float = 0.0
    """Share of switch events that are late, and so may be overtaken by later ones."""
    delay: DurationLaw = field(default_factory=lambda: Uniform(low_seconds=0.05, high_seconds=1.5))
    switch_kills_per_hour: float = 0.0
    cuts_per_hour: float = 0.0
    """The connection to the switch is lost; the switch goes on."""
    stalls_per_hour: float = 0.0
    """The database answers nobody for a while."""
    kills_per_hour: float = 0.0
    """The dialer's process dies and is started again."""
    lost_legs_per_hour: float = 0.0
    """An agent's phone drops off."""
    stuck_bridge_ratio: float = 0.0
    """Share of bridges that leave the agent's leg stuck until it is parked."""
    trunk_flaps_per_hour: float = 0.0
    drains_per_hour: float = 0.0
    """A person takes a switch out of use for a minute or so; only where there are several."""
    outage: DurationLaw = field(default_factory=lambda: Uniform(low_seconds=0.5, high_seconds=12.0))
    """How long a cut, a stall, a dead process or a trunk's absence lasts."""
    empty_lease_ratio: float = 0.0
    """Share of leases that find nothing though there is something."""
    refused_write_ratio: float = 0.0
    """Share of attempts the database refuses to write."""

    @property
    def is_quiet(self) -> bool:
        """True when nothing ever goes wrong."""
        return self == FaultPlan()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPlan:
    """One agent."""

    agent_id: AgentId
    team_id: TeamId
    name: str
    shifts: tuple[tuple[float, float], ...] = ()
    """When the agent is at work, in the world's time; none: from the start to the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldPlan:
    """A whole world: `seconds` of work, during which faults may happen, then calm and draining."""

    seconds: float
    teams: tuple[TeamConfig, ...]
    campaigns: tuple[CampaignPlan, ...]
    trunks: tuple[TrunkConfig, ...]
    agents: tuple[AgentPlan, ...]
    switches: tuple[SwitchId, ...] = (ONE_SWITCH,)
    engine: EngineConfig = field(default_factory=EngineConfig)
    network: NetworkPlan = field(default_factory=NetworkPlan)
    people: PeoplePlan = field(default_factory=PeoplePlan)
    in_call: InCallPlan = field(default_factory=InCallPlan)
    callbacks: CallbackPlan = field(default_factory=CallbackPlan)
    store: StorePlan = field(default_factory=StorePlan)
    faults: FaultPlan = field(default_factory=FaultPlan)
    start_at: float = START_AT
    goal: Goal | None = None
    """When this is reached the day is over, before its end; None: everybody works to the end."""
    returns_per_hour: float = 0.0
    """People who call back."""
    manager_acts_per_hour: float = 0.0
    """Pauses of a campaign, changes of a pacing mode, lines taken from a gateway and given back."""
    has_looks: bool = True
    """False spares the observers' snapshots, which cost a tenth of the run."""
    calm_seconds: float = 0.0
    """Between the last fault and the request to drain."""
    drain_seconds_max: float = 7200.0 + 300.0
    """By then everything must have drained: the longest talk the switch allows, and the rest."""
