"""What goes in and out of the store: frozen rows. Instants are aware UTC datetimes, ids plain
ints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from campaigns.campaign_spec import CampaignSpec
from campaigns.outcomes import Outcome

JsonObject = dict[str, Any]
"""A JSON object as the `json` module reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRow:
    """A team."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRow:
    """A campaign and the settings it was created with."""

    id: int
    name: str
    client: str
    team_id: int
    team_name: str
    state: str
    """draft, running, paused or stopped."""
    spec: CampaignSpec
    created_at: datetime
    started_at: datetime | None
    """First start."""
    stopped_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRow:
    """An agent and where they stand, as last recorded."""

    id: int
    name: str
    team_id: int
    team_name: str
    extension: str
    state: str
    state_since: datetime
    pause_reason: str | None
    leg_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStateChange:
    """The agent left `state`, in which they were since `since`, for `new_state` at `at`."""

    agent_id: int
    team_id: int
    state: str
    since: datetime
    new_state: str
    at: datetime
    reason: str | None = None
    """Pause reason of the new state."""
    campaign_id: int | None = None
    """The campaign whose call the old state was spent on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPhone:
    """A number of a lead to be merged. `number` is E.164, `time_zones` its possible zones."""

    number: str
    kind: str
    time_zones: tuple[str, ...]
    region: str = ""
    """ISO 3166 country of the number; the store works it out when it is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLead:
    """One good row of a lead list."""

    row_number: int
    numbers: tuple[NewPhone, ...]
    external_id: str | None = None
    name: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    priority: int = 0


MergeStatus = Literal["inserted", "merged", "refused", "unchanged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedRow:
    """What became of one row."""

    row_number: int
    status: MergeStatus
    lead_id: int | None
    """The lead that is new, or that the row was found to be; None when a row without numbers
    is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeReport:
    """What became of the rows, in their order, and the four sums."""

    rows: tuple[MergedRow, ...]
    inserted: int
    merged: int
    refused: int
    unchanged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedLead:
    """A lead in the caller's hands."""

    lead_id: int
    phone_id: int
    number: str
    time_zones: tuple[str, ...]
    callable_until: datetime
    """When its calling hours close."""
    tries: int
    """Attempts so far that count against the limit."""
    covered_only: bool = False
    """To be called only while a ready agent is there for it: nobody may hear a recording."""
    leased_at: datetime | None = None
    list_id: int | None = None
    last_outcome: str | None = None
    """Of the lead's last attempt that has ended; None when it was never called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadCounts:
    """How far a campaign's leads are. `total` is the sum of the states below it."""

    total: int
    callable_now: int
    waiting: int
    """Callable later: their retry time or their calling hours have not come."""
    leased: int
    dialling: int
    done: int
    invalid: int
    """None of their numbers can be called."""
    attempted: int
    """Leads with at least one attempt, in whatever state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneRow:
    """A number of a lead."""

    id: int
    position: int
    number: str
    kind: str
    time_zones: tuple[str, ...]
    state: str
    """valid, invalid or do_not_call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRecord:
    """All there is about a lead, for the agent's screen."""

    id: int
    campaign_id: int
    list_name: str
    external_id: str | None
    name: str | None
    fields: dict[str, str]
    priority: int
    state: str
    next_call_at: datetime
    tries: int
    done_reason: str | None
    phones: tuple[PhoneRow, ...]
    attempts: tuple["AttemptRow", ...]
    """Latest first, at most 50."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadExport:
    """One line of an export: the lead, its numbers, and its last attempt."""

    lead_id: int
    list_name: str
    external_id: str | None
    name: str | None
    fields: dict[str, str]
    numbers: tuple[str, ...]
    state: str
    done_reason: str | None
    tries: int
    next_call_at: datetime
    last_outcome: str | None
    last_disposition: str | None
    last_attempt_at: datetime | None
    last_agent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAttempt:
    """An attempt about to be made; nothing is dialled before its row is durable."""

    call_id: str
    campaign_id: int
    team_id: int
    lead_id: int
    phone_id: int
    number: str
    trunk: str
    caller_id: str
    owner: str
    callable_until: datetime
    token: int | None = None
    """The fencing token of the team's lease. None is allowed only while nobody holds that lease."""
    callback_id: int | None = None
    """The promise this call keeps. A lead that was promised a call gets no other before it."""
    answer_probability: float | None = None
    """How likely an answer was held to be, for the reliability table of the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptVerdict:
    """Written and durable when `refused` is None; else a stable code, explained in `text`."""

    call_id: str
    refused: str | None
    text: str = ""
    rule: str = ""
    """The rule that refused, with its values and citation, where it was one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptResult:
    """How an attempt went."""

    call_id: str
    outcome: Outcome
    cause: str
    agent_id: int | None
    originated_at: datetime | None
    ringing_at: datetime | None
    answered_at: datetime | None
    bridged_at: datetime | None
    ended_at: datetime
    is_live: bool
    is_abandoned: bool
    verdict: str | None = None
    """What the classifier said: human, machine or unsure."""
    screened_at: datetime | None = None
    is_sampled: bool = False
    """Called a machine, and passed to an agent all the same."""
    message_at: datetime | None = None
    opted_out_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """An attempt as stored."""

    call_id: str
    campaign_id: int
    team_id: int
    lead_id: int
    phone_id: int
    number: str
    trunk: str
    caller_id: str
    owner: str
    written_at: datetime
    originated_at: datetime | None
    ringing_at: datetime | None
    answered_at: datetime | None
    bridged_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    cause: str | None
    agent_id: int | None
    is_live: bool
    is_abandoned: bool
    disposition: str | None
    time_zones: tuple[str, ...]
    """Of the number called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerNote:
    """What is known of a call while it is up."""

    call_id: str
    answered_at: datetime
    bridged_at: datetime | None
    agent_id: int | None
    """Who talks with the lead, once bridged."""


class LedgerCounts(NamedTuple):
    """Both sides of the abandonment ratio in a window; unpacks in this order."""

    live_answers: int
    abandoned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoNotCallHit:
    """An entry that forbids a number."""

    list_name: str
    number: str
    is_prefix: bool
    added_by: str
    how: str
    added_at: datetime
    list_kind: str = "centre"
    """centre, client, campaign or national."""
    list_region: str | None = None
    list_client_id: int | None = None
    list_campaign_id: int | None = None
    valid_until: datetime | None = None
    """After this a newer file of the list is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRequest:
    """Something a person asks of the running service."""

    id: int
    kind: str
    args: JsonObject
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlAnswer:
    """What the service said."""

    ok: bool
    answer: JsonObject
    """When not ok, `error` holds a sentence."""

    @property
    def error(self) -> str:
        """The sentence of a refusal; empty when ok."""
        return "" if self.ok else str(self.answer.get("error", "refused without a reason"))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One line of the audit log."""

    id: int
    at: datetime
    by: str
    action: str
    subject: str
    details: JsonObject
    """For a change of settings `before` and `after`, each with only what differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What a person's removal touched, in rows."""

    leads: int
    numbers: int
    """Of those leads, without the ones that other leads have too."""
    attempts: int
    """Kept and counted as before, without the number."""
    consents: int
    callbacks: int
    do_not_call: int
    """Entries that stand as hashes now; one at least for each number."""
    requests: int
    """Requests to the service in which the number stood."""
    returns: int
    """Calls back, kept without the number."""
    recordings: tuple[str, ...]
    """Files of recorded calls, by their ids, still to be deleted where they lie."""
    audit_lines: int
    """In which the number's hash stands now."""
    shared_with: tuple[int, ...]
    """Other leads that share a number with the forgotten ones: a household, or the same person
    under another number. They were left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetainedRow:
    """What the retention periods of one campaign removed, or would remove."""

    campaign: str
    leads_days: int | None
    leads: int
    """Emptied: no name, number or column of the list is left."""
    attempts_days: int | None
    attempts: int
    """Deleted."""
    returns: int = 0
    """Calls back, deleted."""
    kept_for: str = ""
    """The rule that keeps attempts longer than the campaign asks for; empty when none does."""
