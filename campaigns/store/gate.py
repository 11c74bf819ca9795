"""The verdict on a call: every rule in a fixed order, each with its citation and its next instant.

Writing an attempt takes the first rule that forbids it; explaining takes them all. Nothing here
reads the database: the same facts give the same verdicts.

Order: what is wrong with the number, the hours, the wishes of the person, what the law wants on
record, how often and how soon, and last what the campaign thinks the lead is worth.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from campaigns.attempt_limits import (
    AttemptLimit,
    CoolDown,
    LimitVerdict,
    PastAttempt,
    Subject,
    Window,
    cool_down_instants,
    cool_down_verdict,
    limit_instants,
    verdict,
)
from campaigns.store.do_not_call import applies, stale_lists
from campaigns.store.gate_facts import GateFacts, Law, Pair

__all__ = ["RuleVerdict", "callable_at", "gate_verdicts"]

ASK_AGAIN_AFTER = timedelta(hours=1)
"""A lead held up by something a person must mend (an old list) is looked at again so often."""
CONSENT_AGAIN_AFTER = timedelta(days=1)
"""A lead without consent is looked at again so often; recording a consent brings it back at
once."""
_ROUNDS_MAX = 10
"""Hours and windows push each other ahead; each round passes at least one of them for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVerdict:
    """What one rule says of one call at one instant."""

    code: str
    """Stable: the codes of `Attempts.write`."""
    is_allowed: bool
    citation: str
    text: str
    """One sentence with the values."""
    allowed_at: datetime | None
    """When this rule next allows it: the instant asked about when allowed, None when nobody
    knows."""


def gate_verdicts(
    facts: GateFacts, lead_id: int, phone_id: int, now: datetime, *, stop_at_first: bool
) -> tuple[RuleVerdict, ...]:
    """Every rule's verdict in the fixed order; up to the first refusal with `stop_at_first`."""
    found = []
    for each in _verdicts(facts, (lead_id, phone_id), now):
        found.append(each)
        if stop_at_first and not each.is_allowed:
            break
    return tuple(found)


def callable_at(facts: GateFacts, lead_id: int, phone_id: int, now: datetime) -> datetime | None:
    """The first instant from `now` at which hours, limits and cool-downs all allow the call, if
    nothing is dialled until then; None when the hours never open in the time looked ahead."""
    pair = (lead_id, phone_id)
    law, row = facts.laws[pair], facts.rows[pair]
    zones = tuple(row.time_zones.split(","))
    subject, past = _subject(facts, row), _past(facts, lead_id)
    at = now
    for _ in range(_ROUNDS_MAX):
        timed = (
            each.next_allowed_at
            for _, each in (
                *_limit_verdicts(law.limits, past, subject, at),
                *_cool_down_verdicts(_cool_downs(facts, law, lead_id), past, subject, at),
            )
        )
        free_at = max(timed, default=at)
        opens_at = law.window.opens_at(free_at, zones)
        if opens_at is None or opens_at == at:
            return opens_at
        at = opens_at
    return at


def _verdicts(facts: GateFacts, pair: Pair, now: datetime) -> Iterator[RuleVerdict]:
    row = facts.rows.get(pair)
    if row is None or row.phone_state in ("invalid", "forgotten"):
        yield _no("wrong_phone", "", "The number is not one of the lead's valid numbers.", None)
        return
    if row.number in facts.on_call:
        yield _no("number_on_call", "", "The number is on a call at this moment.", None)
    else:
        yield _yes("number_on_call", "", "The number is on no call.", now)
    law = facts.laws[pair]
    for judge in _JUDGES:
        yield from judge(facts, row, law, now)


def _judge_hours(facts: GateFacts, row: Row[Any], law: Law, now: datetime) -> Iterator[RuleVerdict]:
    # Thousands of leads share a window and its zones.
    key = (id(law.window), row.time_zones)
    answer = facts.window_answers.get(key)
    zones = row.time_zones.split(",")
    if answer is None:
        is_open = law.window.is_open(now, zones)
        answer = (is_open, now if is_open else law.window.opens_at(now, zones))
        facts.window_answers[key] = answer
    is_open, opens_at = answer
    if is_open:
        yield _yes("outside_calling_hours", "campaign and law", "Its calling hours are open.", now)
        return
    closed = law.window.why_closed(now, zones)
    citation = "; ".join(dict.fromkeys(each.citation for each in closed))
    said = ", ".join(dict.fromkeys(each.holiday or each.zone for each in closed))
    when = "no opening is known" if opens_at is None else f"opens {_shown(opens_at)}"
    yield _no(
        "outside_calling_hours",
        citation,
        f"Its calling hours are closed ({said}); {when}.",
        opens_at,
    )


def _judge_do_not_call(
    facts: GateFacts, row: Row[Any], law: Law, now: datetime
) -> Iterator[RuleVerdict]:
    national = frozenset(each.name for each in law.national_lists)
    is_listed = row.phone_state == "do_not_call"
    for hit in facts.hits.get(row.number, ()):
        if applies(
            hit,
            spec=law.spec,
            campaign_id=row.campaign_id,
            client_id=row.client_id,
            national=national,
            countries=law.countries,
        ):
            is_listed = True
            star = "*" if hit.is_prefix else ""
            yield _no(
                "do_not_call",
                f"list '{hit.list_name}'",
                f"On do-not-call list '{hit.list_name}' ({hit.number}{star}) since"
                f" {_shown(hit.added_at)}, by {hit.added_by}: {hit.how}.",
                None,
            )
    if row.phone_state == "do_not_call" and row.number not in facts.hits:
        yield _no("do_not_call", "", "The number was found on a do-not-call list before.", None)
    if not is_listed:
        yield _yes("do_not_call", "", "On no do-not-call list that holds for this call.", now)
    for name, citation, said in stale_lists(law.spec, law.national_lists, facts.lists, now):
        yield _no("list_stale", citation or f"list '{name}'", said, None)


def _judge_consent(
    facts: GateFacts, row: Row[Any], law: Law, now: datetime
) -> Iterator[RuleVerdict]:
    citations = [rule.citation for rule in law.consents]
    if law.spec.consent_required:
        citations.append("campaign: consent.required")
    if not citations:
        return
    citation = "; ".join(dict.fromkeys(citations))
    known = facts.consents.get((row.number, row.client_id), ())
    given = next((each for each in known if each.allows(law.spec.purpose, now)), None)
    if given is not None:
        said = f"Consent of {_shown(given.given_at)} ({given.source}; {given.proof})."
        yield _yes("no_consent", citation, said, now)
    else:
        ended = (
            f" One of {_shown(known[-1].given_at)} has ended or is for something else."
            if known
            else ""
        )
        said = (
            f"No consent of this number for {law.spec.client} and {law.spec.purpose} is in force."
        )
        yield _no("no_consent", citation, said + ended, None)
    for rule in law.consents:
        if rule.registry is None:
            continue
        answer = facts.registries.get((rule.registry, row.number))
        if answer is None:
            said = (
                f"Registry '{rule.registry}' could not be asked: put its file into"
                f" registries/{rule.registry}.csv beside the database's data."
            )
            yield _no("registry_refused", rule.citation, said, None)
        elif not answer.is_approved:
            yield _no("registry_refused", rule.citation, answer.text, None)
        else:
            yield _yes("registry_refused", rule.citation, answer.text, now)


def _judge_limits(
    facts: GateFacts, row: Row[Any], law: Law, now: datetime
) -> Iterator[RuleVerdict]:
    subject, past = _subject(facts, row), _past(facts, row.lead_id)
    for limit, answer in _limit_verdicts(law.limits, past, subject, now):
        said = (
            f"{answer.used} of {limit.most} {limit.counts} in {_length(limit.window)}, for each"
            f" {limit.unit}, within the {limit.scope}."
        )
        yield _timed("attempt_limit", limit.citation, said, answer)
    cool_downs = _cool_downs(facts, law, row.lead_id)
    for cool_down, answer in _cool_down_verdicts(cool_downs, past, subject, now):
        word = "A" if answer.used else "No"
        said = f"{word} call with '{cool_down.after}' in {_length(cool_down.window)}."
        yield _timed("cool_down", cool_down.citation, said, answer)


def _judge_worth(facts: GateFacts, row: Row[Any], law: Law, now: datetime) -> Iterator[RuleVerdict]:
    said = f"{row.tries} of {law.spec.attempts_max} attempts."
    # A call that was promised is owed, whatever the campaign thinks the lead is worth.
    if row.tries >= law.spec.attempts_max and row.lead_id not in facts.due_callbacks:
        yield _no("attempts_max", "campaign: retry.attempts_max", said, None)
    else:
        yield _yes("attempts_max", "campaign: retry.attempts_max", said, now)


_Judge = Callable[[GateFacts, Row[Any], Law, datetime], Iterator[RuleVerdict]]
_JUDGES: tuple[_Judge, ...] = (
    _judge_hours,
    _judge_do_not_call,
    _judge_consent,
    _judge_limits,
    _judge_worth,
)


def _limit_verdicts(
    limits: Sequence[AttemptLimit], past: Sequence[PastAttempt], subject: Subject, now: datetime
) -> list[tuple[AttemptLimit, LimitVerdict]]:
    return [
        (limit, verdict(limit, limit_instants(limit, past, subject), now, subject.zones))
        for limit in limits
    ]


def _cool_down_verdicts(
    cool_downs: Sequence[CoolDown], past: Sequence[PastAttempt], subject: Subject, now: datetime
) -> list[tuple[CoolDown, LimitVerdict]]:
    return [
        (each, cool_down_verdict(each, cool_down_instants(each, past, subject), now, subject.zones))
        for each in cool_downs
    ]


def _cool_downs(facts: GateFacts, law: Law, lead_id: int) -> tuple[CoolDown, ...]:
    # A promise to a named agent is dialled only with that agent reserved.
    has_operator = facts.due_callbacks.get(lead_id, False)
    return law.cool_downs_with_operator if has_operator else law.cool_downs


def _subject(facts: GateFacts, row: Row[Any]) -> Subject:
    return Subject(
        number=row.number,
        numbers=facts.numbers[row.lead_id],
        lead_id=row.lead_id,
        client_id=row.client_id,
        campaign_id=row.campaign_id,
        zones=tuple(row.time_zones.split(",")),
    )


def _past(facts: GateFacts, lead_id: int) -> list[PastAttempt]:
    return [past for number in facts.numbers[lead_id] for past in facts.past.get(number, ())]


def _yes(code: str, citation: str, said: str, now: datetime) -> RuleVerdict:
    return RuleVerdict(code=code, is_allowed=True, citation=citation, text=said, allowed_at=now)


def _no(code: str, citation: str, said: str, at: datetime | None) -> RuleVerdict:
    return RuleVerdict(code=code, is_allowed=False, citation=citation, text=said, allowed_at=at)


def _timed(code: str, citation: str, said: str, answer: LimitVerdict) -> RuleVerdict:
    when = "" if answer.is_allowed else f" Allowed again {_shown(answer.next_allowed_at)}."
    return RuleVerdict(
        code=code,
        is_allowed=answer.is_allowed,
        citation=citation,
        text=said + when,
        allowed_at=answer.next_allowed_at,
    )


def _length(window: Window) -> str:
    words = {"rolling": "hours", "calendar_day": "calendar days", "days": "days"}
    return f"{window.length} {words[window.kind]}"


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
