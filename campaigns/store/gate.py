"""The verdict on a call: every rule in a fixed order, each with its citation and its next instant.

Writing an attempt takes the first rule that forbids it, a preflight all that do, and explaining
every verdict. Nothing here reads the database: the same facts give the same verdicts.

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
from campaigns.consents import Consent
from campaigns.rule_packs.law_window import LawWindow
from campaigns.store.do_not_call import applies, forbidding_words, stale_lists
from campaigns.store.gate_facts import GateFacts, Law, Pair, RuleVerdict

__all__ = ["RuleVerdict", "callable_at", "gate_verdicts", "refusals"]

ASK_AGAIN_AFTER = timedelta(hours=1)
"""A lead held up by something a person must mend (an old list) is looked at again so often."""
CONSENT_AGAIN_AFTER = timedelta(days=1)
"""A lead without consent is looked at again so often; recording a consent brings it back at
once."""
_ROUNDS_MAX = 10
"""Hours and windows push each other ahead; each round passes at least one of them for good."""


def gate_verdicts(
    facts: GateFacts, lead_id: int, phone_id: int, now: datetime
) -> tuple[RuleVerdict, ...]:
    """Every rule's verdict in the fixed order."""
    return tuple(_verdicts(facts, (lead_id, phone_id), now, tells_all=True))


def refusals(facts: GateFacts, lead_id: int, phone_id: int, now: datetime) -> Iterator[RuleVerdict]:
    """Those verdicts of `gate_verdicts` that forbid the call, each judged when it is asked for:
    who wants the first alone pays for no more."""
    return _verdicts(facts, (lead_id, phone_id), now, tells_all=False)


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


def _verdicts(
    facts: GateFacts, pair: Pair, now: datetime, *, tells_all: bool
) -> Iterator[RuleVerdict]:
    row = facts.rows.get(pair)
    if row is None or row.phone_state in ("invalid", "forgotten"):
        yield _no("wrong_phone", "", "The number is not one of the lead's valid numbers.", None)
        return
    if row.number in facts.on_call:
        yield _no("number_on_call", "", "The number is on a call at this moment.", None)
    elif tells_all:
        yield _yes("number_on_call", "", "The number is on no call.", now)
    asked = _Asked(facts=facts, row=row, law=facts.laws[pair], now=now, tells_all=tells_all)
    for judge in _JUDGES:
        yield from judge(asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One call before the judges. What allows it is told with `tells_all` only: a list of fifty
    thousand leads would make half a million sentences that nobody reads."""

    facts: GateFacts
    row: Row[Any]
    law: Law
    now: datetime
    tells_all: bool


def _judge_hours(asked: _Asked) -> Iterator[RuleVerdict]:
    # Thousands of leads share a window and its zones.
    facts, window, now = asked.facts, asked.law.window, asked.now
    key = (id(window), asked.row.time_zones)
    found = facts.window_answers.get(key)
    if found is None:
        found = facts.window_answers[key] = _hours(window, asked.row.time_zones.split(","), now)
    if asked.tells_all or not found.is_allowed:
        yield found


def _hours(window: LawWindow, zones: Sequence[str], now: datetime) -> RuleVerdict:
    if window.is_open(now, zones):
        return _yes("outside_calling_hours", "campaign and law", "Its calling hours are open.", now)
    opens_at = window.opens_at(now, zones)
    closed = window.why_closed(now, zones)
    citation = "; ".join(dict.fromkeys(each.citation for each in closed))
    said = ", ".join(dict.fromkeys(each.holiday or each.zone for each in closed))
    when = "no opening is known" if opens_at is None else f"opens {_shown(opens_at)}"
    return _no(
        "outside_calling_hours",
        citation,
        f"Its calling hours are closed ({said}); {when}.",
        opens_at,
    )


def _judge_do_not_call(asked: _Asked) -> Iterator[RuleVerdict]:
    facts, row, law = asked.facts, asked.row, asked.law
    hits = facts.hits.get(row.number, ())
    national = frozenset(each.name for each in law.national_lists) if hits else frozenset()
    is_listed = row.phone_state == "do_not_call"
    for hit in hits:
        if applies(
            hit,
            spec=law.spec,
            campaign_id=row.campaign_id,
            client_id=row.client_id,
            national=national,
            countries=law.countries,
        ):
            is_listed = True
            citation = f"list '{hit.list_name}'"
            yield _no("do_not_call", citation, forbidding_words(hit), None)
    if row.phone_state == "do_not_call" and not hits:
        yield _no("do_not_call", "", "The number was found on a do-not-call list before.", None)
    if asked.tells_all and not is_listed:
        said = "On no do-not-call list that holds for this call."
        yield _yes("do_not_call", "", said, asked.now)
    stale = facts.stale.get(id(law))
    if stale is None:
        stale = facts.stale[id(law)] = tuple(
            stale_lists(law.spec, law.national_lists, facts.lists, asked.now)
        )
    for name, citation, said in stale:
        yield _no("list_stale", citation or f"list '{name}'", said, None)


def _judge_consent(asked: _Asked) -> Iterator[RuleVerdict]:
    law = asked.law
    if not law.consents and not law.spec.consent_required:
        return
    row, now = asked.row, asked.now
    known = asked.facts.consents.get((row.number, row.client_id), ())
    given = next((each for each in known if each.allows(law.spec.purpose, now)), None)
    if given is None or asked.tells_all:
        yield _consent(law, known, given, now)
    for rule in law.consents:
        if rule.registry is None:
            continue
        answer = asked.facts.registries.get((rule.registry, row.number))
        if answer is None:
            said = (
                f"Registry '{rule.registry}' could not be asked: put its file into"
                f" registries/{rule.registry}.csv beside the database's data."
            )
            yield _no("registry_refused", rule.citation, said, None)
        elif not answer.is_approved:
            yield _no("registry_refused", rule.citation, answer.text, None)
        elif asked.tells_all:
            yield _yes("registry_refused", rule.citation, answer.text, now)


def _consent(
    law: Law, known: Sequence[Consent], given: Consent | None, now: datetime
) -> RuleVerdict:
    citations = [rule.citation for rule in law.consents]
    if law.spec.consent_required:
        citations.append("campaign: consent.required")
    citation = "; ".join(dict.fromkeys(citations))
    if given is not None:
        said = f"Consent of {_shown(given.given_at)} ({given.source}; {given.proof})."
        return _yes("no_consent", citation, said, now)
    said = f"No consent of this number for {law.spec.client} and {law.spec.purpose} is in force."
    if known:
        said += f" One of {_shown(known[-1].given_at)} has ended or is for something else."
    return _no("no_consent", citation, said, None)


def _judge_limits(asked: _Asked) -> Iterator[RuleVerdict]:
    facts, row, law = asked.facts, asked.row, asked.law
    past = _past(facts, row.lead_id)
    if not past and not asked.tells_all:
        # Where nothing happened yet, no limit is used up and there is nothing to cool down from.
        return
    subject = _subject(facts, row)
    for limit, answer in _limit_verdicts(law.limits, past, subject, asked.now):
        if asked.tells_all or not answer.is_allowed:
            said = (
                f"{answer.used} of {limit.most} {limit.counts} in {_length(limit.window)}, for"
                f" each {limit.unit}, within the {limit.scope}."
            )
            yield _timed("attempt_limit", limit.citation, said, answer)
    cool_downs = _cool_downs(facts, law, row.lead_id)
    for cool_down, answer in _cool_down_verdicts(cool_downs, past, subject, asked.now):
        if asked.tells_all or not answer.is_allowed:
            word = "A" if answer.used else "No"
            said = f"{word} call with '{cool_down.after}' in {_length(cool_down.window)}."
            yield _timed("cool_down", cool_down.citation, said, answer)


def _judge_worth(asked: _Asked) -> Iterator[RuleVerdict]:
    row, most = asked.row, asked.law.spec.attempts_max
    # A call that was promised is owed, whatever the campaign thinks the lead is worth.
    is_spent = row.tries >= most and row.lead_id not in asked.facts.due_callbacks
    if is_spent or asked.tells_all:
        said, citation = f"{row.tries} of {most} attempts.", "campaign: retry.attempts_max"
        yield (
            _no("attempts_max", citation, said, None)
            if is_spent
            else _yes("attempts_max", citation, said, asked.now)
        )


def _judge_quota(asked: _Asked) -> Iterator[RuleVerdict]:
    facts, row = asked.facts, asked.row
    if row.campaign_id not in facts.has_quotas:
        return
    citation = "script: quotas"
    why = facts.full_quotas.get(row.lead_id)
    # A call that was promised is owed; the script then says that enough have been asked.
    if why is not None and row.lead_id not in facts.due_callbacks:
        yield _no("quota_full", citation, why, None)
    elif asked.tells_all:
        yield _yes("quota_full", citation, "Its quota, as far as known, is open.", asked.now)


_Judge = Callable[[_Asked], Iterator[RuleVerdict]]
_JUDGES: tuple[_Judge, ...] = (
    _judge_hours,
    _judge_do_not_call,
    _judge_consent,
    _judge_limits,
    _judge_worth,
    _judge_quota,
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
    if not facts.past:
        return []
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
