"""Everything a manager decides about a campaign, as one value. Its file is
campaigns/campaign_file.py."""

import enum
from dataclasses import dataclass, field

from campaigns.attempt_limits import AttemptLimit
from campaigns.calling_hours import DEFAULT_CALLING_HOURS, CallingHours
from campaigns.desk_spec import DeskSpec
from campaigns.dispositions import DEFAULT_DISPOSITIONS, Disposition
from campaigns.recording_spec import RecordingSpec
from campaigns.retry_rules import RetryRules
from campaigns.screening_spec import ScreeningSpec, SurveyQuestion

TARGET_RATIO = 0.028
"""What predictive dialling aims at where nobody says otherwise: the one place that says so."""
LIMIT_RATIO_MAX = 0.03
"""16 CFR 310.4(b)(4)(i) and 47 CFR 64.1200(a)(7): three in a hundred live answers, for each
campaign."""


@enum.unique
class Purpose(enum.StrEnum):
    """Why people are called; rule packs differ by it (16 CFR 310 covers marketing only)."""

    MARKETING = "marketing"
    SURVEY = "survey"
    COLLECTION = "collection"
    SERVICE = "service"
    NON_PROFIT = "non_profit"


@enum.unique
class PacingMode(enum.StrEnum):
    """How launches follow agents; the same words as the dialer's dial modes."""

    PREVIEW = "preview"
    PROGRESSIVE = "progressive"
    RATIO = "ratio"
    PREDICTIVE = "predictive"
    MESSAGE = "message"
    """A recorded survey by keys: no agents."""


@enum.unique
class Wall(enum.StrEnum):
    """How the abandonment limit is kept; the dialer's words."""

    FORECAST = "forecast"
    STRICT = "strict"


@enum.unique
class OnAbandon(enum.StrEnum):
    """What a live answer hears when no agent came in time."""

    MESSAGE = "message"
    HANGUP = "hangup"


@enum.unique
class Duplicates(enum.StrEnum):
    """What the import does with a row whose number or id the campaign already has."""

    MERGE = "merge"
    REFUSE = "refuse"


@enum.unique
class LeadOrder(enum.StrEnum):
    """Which of the leads that may be called now comes first; a higher `priority` always goes
    before."""

    LIST = "list"
    """Fresh leads in the order of their lists, then those due for another attempt."""
    DUE = "due"
    """Leads due for another attempt before fresh ones."""


@enum.unique
class CallbackFallback(enum.StrEnum):
    """What becomes of a promised call whose agent is not there in time."""

    TEAM = "team"
    """Any agent of the team keeps the promise."""
    RETRY = "retry"
    """The lead goes back to the retry rules; the callback is missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long a campaign's data is kept, in days after the last thing that happened to it.

    None keeps it until somebody removes it.
    """

    leads_days: int | None = None
    attempts_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSpec:
    """Everything a manager decides about a campaign. Durations in seconds, shares 0..1."""

    name: str
    client: str
    team: str
    region: str
    """ISO 3166 country whose national numbers the lists hold."""
    caller_id: str
    """E.164; shown to the lead, and must take calls back."""
    trunks: tuple[str, ...]
    purpose: Purpose = Purpose.MARKETING
    calling_hours: CallingHours = DEFAULT_CALLING_HOURS
    retry: RetryRules = field(default_factory=RetryRules)
    pacing_mode: PacingMode = PacingMode.PREDICTIVE
    pacing_ratio: float = 1.5
    """Lines for each ready agent, in ratio mode."""
    target_ratio: float = TARGET_RATIO
    """Abandoned ÷ live answers the predictive mode aims at; below `limit_ratio`."""
    wall: Wall = Wall.FORECAST
    lead_probability: bool = True
    """Learn which leads answer, and pace by it as soon as it foretells better than the mean."""
    cancel_after_seconds: float | None = None
    """With no agent ready, calls that have rung so long may be ended; None: never."""
    limit_ratio: float = LIMIT_RATIO_MAX
    ring_seconds: float = 24.0
    answer_tolerance_seconds: float = 2.0
    wrap_up_seconds_max: float = 30.0
    on_abandon: OnAbandon = OnAbandon.MESSAGE
    message: str = "abandoned"
    """Id of the recording played to an abandoned lead; a name, never a path."""
    opt_out_key: str = "9"
    """The key that ends recordings and all further calls; empty: none."""
    opt_out_message: str = "opted_out"
    screening: ScreeningSpec | None = None
    """None: whoever answers is taken for a person."""
    survey: tuple[SurveyQuestion, ...] = ()
    """Of a campaign without agents, and of no other."""
    thanks_message: str = "thanks"
    return_wait_seconds: float = 20.0
    """How long people who call back wait for an agent before they hear `return_message`."""
    return_message: str = "called_back"
    dispositions: tuple[Disposition, ...] = DEFAULT_DISPOSITIONS
    duplicates: Duplicates = Duplicates.MERGE
    order: LeadOrder = LeadOrder.LIST
    weight: float = 1.0
    """Share of the team's calls when several campaigns feed it."""
    do_not_call_lists: tuple[str, ...] = ()
    """Lists of this campaign or its client, besides those of the whole centre, by name."""
    limits: tuple[AttemptLimit, ...] = ()
    """The campaign's own limits, besides those of the packs; all must pass."""
    consent_required: bool = False
    """Nobody is called without a consent, also where no pack asks for one."""
    packs: tuple[str, ...] = ()
    """Ids of rule packs that apply whatever the number says."""
    limit_signed_by: str = ""
    """Who takes the responsibility for the higher abandonment limit where a pack leaves one to
    sign for (United Kingdom: no share is safe since 2017); empty: nobody."""
    machine_false_positive_ratio: float | None = None
    """Share of the classifier's machines that were people, as tests have shown; None: untested."""
    machine_false_positive_reason: str = ""
    callback_tolerance_seconds: float = 300.0
    """A promised call begun this late is kept; later it is late."""
    callback_fallback: CallbackFallback = CallbackFallback.TEAM
    callback_agent_wait_seconds: float = 600.0
    """How long a promised call waits for its own agent before the fallback."""
    retention: Retention = field(default_factory=Retention)
    recording: RecordingSpec = field(default_factory=RecordingSpec)
    transfer_numbers: tuple[str, ...] = ()
    """Outside numbers that agents may call from a conversation; none by default."""
    desk: DeskSpec = field(default_factory=DeskSpec)
    """What agents' screens show beside the record."""

    @property
    def attempts_max(self) -> int:
        """Attempts a lead is worth, over all its numbers."""
        return self.retry.attempts_max

    @property
    def outside_numbers(self) -> tuple[str, ...]:
        """All numbers that agents may call from a conversation: specialists have theirs too."""
        specialists = (one.number for one in self.desk.specialists if one.number is not None)
        return tuple(dict.fromkeys((*self.transfer_numbers, *specialists)))

    def disposition(self, code: str) -> Disposition | None:
        """The disposition of that code, or None."""
        return next((each for each in self.dispositions if each.code == code), None)
