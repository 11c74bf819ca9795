"""One lead: every rule and what it says, what happened so far, and the answer in one sentence."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.explain.preflight import Verdict
from campaigns.explain.words import clock, many
from campaigns.rule_packs.recording import RecordingPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneWhy:
    """A number of the lead, and what each rule says of it now."""

    number: str
    kind: str
    time_zones: tuple[str, ...]
    jurisdictions: str
    """Whose law may hold, such as `US-FL`; empty when not known yet."""
    state: str
    is_next: bool
    """It is the one that would be called."""
    verdicts: Sequence[Verdict]
    """In the gate's order; empty for a number that is not valid."""
    recording: RecordingPolicy | None = None
    """How a call to it may be recorded; None for a number that is not valid."""


CALLED, NOT_CALLED, CAMPAIGN, IMPORTED = "called", "not called", "campaign", "imported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something that happened to the lead, or to its campaign."""

    at: datetime
    what: str
    """One of the words above, or what the audit log calls it."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadWhy:
    """A lead, explained. Instants are UTC."""

    lead_id: int
    campaign: str
    campaign_state: str
    list_name: str
    external_id: str | None
    name: str | None
    state: str
    done_reason: str | None
    due_at: datetime
    """When the retry rules want it called."""
    callback_at: datetime | None
    tries: int
    as_of: datetime
    next_callable_at: datetime | None
    """The first instant at which every rule allows the call, as far as is known now; None when
    none does."""
    ahead: int | None
    """Leads of the campaign that are due and come before it; None when it is not due."""
    phones: tuple[PhoneWhy, ...]
    history: tuple[Happened, ...]
    """Latest first."""
    since: datetime | None = None
    """From when on the history was asked for."""

    @property
    def refusals(self) -> list[Verdict]:
        """What forbids the call now, in the gate's order."""
        return [
            verdict
            for phone in self.phones
            if phone.is_next
            for verdict in phone.verdicts
            if not verdict.is_allowed
        ]


def answer(why: LeadWhy) -> str:
    """Why the lead is not being called at this moment, and when it will be: one or two
    sentences."""
    match why.state:
        case "done" if why.done_reason == "quota":
            return "Its quota has all its interviews. It is called again if the target is raised."
        case "done":
            return f"It is done ({(why.done_reason or 'no reason noted').replace('_', ' ')}) and " \
                "will not be called again, unless it is recycled or imported anew."  # fmt: skip
        case "invalid":
            return f"None of its numbers can be called: {_phone_states(why)}."
        case "dialling":
            return "It is being called at this moment."
        case "leased":
            return "It is in the dialer's hands and will be called as soon as an agent is free."
        case _:
            return _answer_waiting(why)


def since_sentence(why: LeadWhy) -> str:
    """How often it was called since the instant asked about, and what forbade the other tries."""
    assert why.since is not None
    calls = sum(each.what == CALLED for each in why.history)
    refused = Counter(
        each.text.partition(":")[0] for each in why.history if each.what == NOT_CALLED
    )
    said = f"Since {clock(why.since)}: {many(calls, 'call') if calls else 'no call'}"
    if refused:
        rules = ", ".join(f"{code} {count}" for code, count in refused.most_common())
        return f"{said}, and {_tries(refused.total())} that a rule forbade ({rules})."
    return f"{said}, and no try that a rule forbade."


def _tries(count: int) -> str:
    return "1 try" if count == 1 else f"{count:,} tries"


def _answer_waiting(why: LeadWhy) -> str:
    when = (
        "It will not become callable by itself."
        if why.next_callable_at is None
        else f"It becomes callable at {clock(why.next_callable_at)}."
    )
    refusals = why.refusals
    if refusals:
        also = f" ({many(len(refusals) - 1, 'other rule')} forbid it too)" if refusals[1:] else ""
        return f"{_sentence(refusals[0].text)}{also} {when}"
    if why.callback_at is not None and why.callback_at > why.as_of:
        return f"A call was promised for {clock(why.callback_at)}. {when}"
    if why.due_at > why.as_of:
        return f"It waits for its next try, at {clock(why.due_at)}. {when}"
    before = "" if not why.ahead else f" {many(why.ahead, 'lead')} that are due come before it."
    return f"Every rule allows the call now.{before}"


def _phone_states(why: LeadWhy) -> str:
    return ", ".join(f"{phone.number} is {phone.state.replace('_', ' ')}" for phone in why.phones)


def _sentence(text: str) -> str:
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."
