"""What is answered about leads and calls. Instants are UTC, durations seconds, shares 0 to 1."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from campaigns.explain.lead import LeadWhy

LeadState = Literal["callable", "leased", "dialling", "done", "invalid"]


class LeadPhone(BaseModel):
    """A number of a lead."""

    number: str | None = Field(description="E.164; null once the person was forgotten.")
    kind: str
    state: Literal["valid", "invalid", "do_not_call", "forgotten"]
    time_zones: list[str]


class Lead(BaseModel):
    """A person or record that may be called."""

    id: int
    campaign: str
    list: str
    external_id: str | None
    name: str | None
    fields: dict[str, str]
    priority: int
    state: LeadState = Field(
        description="`leased` and `dialling`: in the dialer's hands. `done`: not called again, see "
        "`done_reason`. `invalid`: none of its numbers can be called."
    )
    done_reason: str | None = Field(description="An outcome, a disposition, or `withdrawn`.")
    tries: int = Field(description="Attempts so far that count against the limit.")
    next_call_at: datetime = Field(description="Not before; calling hours may make it later.")
    created_at: datetime
    phones: Sequence[LeadPhone]
    etag: str = Field(description="For If-Match; the header ETag says the same.")


class MergedLead(BaseModel):
    """What became of one lead that was sent."""

    index: int = Field(description="Its place in the request, from 0.")
    status: Literal["inserted", "merged", "unchanged", "refused", "rejected"]
    lead_id: int | None = Field(description="The lead it is now; null when it was rejected.")
    external_id: str | None
    problems: list[str] = Field(description="What could not be used of it, with the reason.")


class LeadsMerged(BaseModel):
    """What became of the leads, in their order, and the sums."""

    inserted: int
    merged: int = Field(description="Known leads that something was added to.")
    unchanged: int
    refused: int = Field(description="Known leads, under the rule `refuse`.")
    rejected: int = Field(description="Without any number that can be called.")
    leads: list[MergedLead]


class Verdict(BaseModel):
    """What one rule says of one number."""

    code: str
    is_allowed: bool
    text: str
    citation: str = Field(description="The law, list or setting.")
    allowed_at: datetime | None = Field(description="When this rule next allows the call.")


class PhoneWhy(BaseModel):
    """A number, and what each rule says of it now."""

    number: str | None
    kind: str
    time_zones: list[str]
    jurisdictions: str = Field(description="Whose law may hold, such as `US-FL`.")
    state: str
    is_next: bool = Field(description="It is the one that would be called.")
    verdicts: list[Verdict]


class LeadWhyOut(BaseModel):
    """Why a lead is or is not called."""

    lead_id: int
    campaign: str
    answer: str = Field(description="One or two sentences for a person.")
    campaign_state: str
    state: str
    done_reason: str | None
    tries: int
    due_at: datetime = Field(description="When the retry rules want it called.")
    callback_at: datetime | None = Field(description="When it was promised a call.")
    next_callable_at: datetime | None = Field(
        description="The first moment at which every rule allows the call, as far as is known."
    )
    leads_before: int | None = Field(description="Leads that are due and come before it.")
    phones: list[PhoneWhy]

    @classmethod
    def of(cls, why: LeadWhy, said: str) -> "LeadWhyOut":
        """The explanation, as it is answered."""
        return cls(
            lead_id=why.lead_id,
            campaign=why.campaign,
            answer=said,
            campaign_state=why.campaign_state,
            state=why.state,
            done_reason=why.done_reason,
            tries=why.tries,
            due_at=why.due_at,
            callback_at=why.callback_at,
            next_callable_at=why.next_callable_at,
            leads_before=why.ahead,
            phones=[
                PhoneWhy(
                    number=phone.number if phone.number.startswith("+") else None,
                    kind=phone.kind,
                    time_zones=list(phone.time_zones),
                    jurisdictions=phone.jurisdictions,
                    state=phone.state,
                    is_next=phone.is_next,
                    verdicts=[
                        Verdict(
                            code=one.code,
                            is_allowed=one.is_allowed,
                            text=one.text,
                            citation=one.citation,
                            allowed_at=one.allowed_at,
                        )
                        for one in phone.verdicts
                    ],
                )
                for phone in why.phones
            ],
        )


class Answer(BaseModel):
    """What was answered to one question."""

    question: str
    answer: Any = Field(
        description="The key that was pressed in a recorded survey; the answer to a question of an "
        "agent's script as it was stored."
    )
    answered_at: datetime


class CallNote(BaseModel):
    """What an agent wrote about a call."""

    agent: str
    text: str
    written_at: datetime


class HandOver(BaseModel):
    """An interested lead who was given to a specialist of the client's."""

    specialist: str
    way: str = Field(description="three_way, transfer or message.")
    note: str = Field(description="What was said, for the specialist.")
    at: datetime


class Result(BaseModel):
    """A call and what came of it."""

    call_id: str
    version: int = Field(
        description="Grows with every change to this result; keep the highest of a call."
    )
    campaign: str
    lead_id: int
    external_id: str | None
    number: str | None = Field(description="E.164; null once the person was forgotten.")
    written_at: datetime = Field(description="When the call was begun.")
    ringing_at: datetime | None
    answered_at: datetime | None
    bridged_at: datetime | None = Field(description="When an agent came on the line.")
    ended_at: datetime | None = Field(description="Null while the call is under way.")
    outcome: str | None = Field(
        description="What the machine saw: connected, abandoned, hung_up_early, machine, busy, "
        "no_answer, invalid_number, rejected, congestion, message, cancelled, switch_limit, failed "
        "or unknown."
    )
    hangup_cause: str | None
    agent: str | None
    is_live_answer: bool
    is_abandoned: bool
    talk_seconds: float | None
    disposition: str | None = Field(description="What the agent said: a code of the campaign.")
    disposition_label: str | None
    disposition_kind: str | None = Field(
        description="sale, refusal, no_interest, callback, machine, wrong_number, do_not_call, "
        "unfinished or other."
    )
    disposed_at: datetime | None
    opted_out_at: datetime | None = Field(description="When they asked by key not to be called.")
    answers: list[Answer]
    notes: list[CallNote]
    hand_overs: list[HandOver]
