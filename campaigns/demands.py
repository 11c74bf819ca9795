"""What the law over a campaign's leads demands of its settings, and what of it they do not meet.

A campaign that does not meet it is not started: a rule that nothing holds anybody to is none. What
the recorded message says is beyond a program; the people who recorded it are told what it must say.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from campaigns.campaign_spec import CampaignSpec, OnAbandon
from campaigns.rule_packs.applied import Applied
from campaigns.rule_packs.packs import Packs
from campaigns.rule_packs.rules import Message, RingFloor


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """A setting that a rule forbids."""

    code: str
    """Stable: ring_too_short, cancel_forbidden, cancel_too_early, message_required or
    message_too_late."""
    text: str
    """What is wrong, with the value, and what to do."""
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageMust:
    """What the recorded message for abandoned calls has to say, and must not."""

    must_have: tuple[str, ...]
    must_not_have: tuple[str, ...]
    citation: str


def applied_in(
    spec: CampaignSpec, jurisdictions: Iterable[str], packs: Packs, *, on: date
) -> tuple[Applied, ...]:
    """What applies in each of these places; the campaign's own country for none, as before the
    leads are imported. A kind of number that is not known counts as any."""
    places = sorted({place or spec.region for place in jurisdictions} or {spec.region})
    return tuple(
        packs.applicable(place, purpose=spec.purpose, number_kind=None, on=on, extra=spec.packs)
        for place in places
    )


def unmet(spec: CampaignSpec, applied: Sequence[Applied]) -> tuple[Unmet, ...]:
    """Everything the campaign must change before it may dial."""
    floors = [rule for each in applied for rule in each.rules if isinstance(rule, RingFloor)]
    messages = _messages(applied)
    found = []
    ring = max(floors, key=lambda rule: rule.seconds, default=None)
    if ring is not None and spec.ring_seconds < ring.seconds:
        found.append(
            Unmet(
                code="ring_too_short",
                text=f"An unanswered call must ring at least {ring.seconds:g} seconds, and "
                f"calls.ring_seconds is {spec.ring_seconds:g}. Raise it.",
                citation=ring.citation,
            )
        )
    found.extend(_cancelling(spec, floors))
    if messages and spec.on_abandon is not OnAbandon.MESSAGE:
        found.append(
            Unmet(
                code="message_required",
                text="A person who answers while no agent is free must hear a message, and "
                f'calls.on_abandon is "{spec.on_abandon}". Record one and set it to "message".',
                citation=_cited(messages),
            )
        )
    earliest = min(messages, key=lambda rule: rule.within_seconds, default=None)
    if earliest is not None and spec.answer_tolerance_seconds > earliest.within_seconds:
        found.append(
            Unmet(
                code="message_too_late",
                text="The message for an abandoned call must have begun within "
                f"{earliest.within_seconds:g} seconds, and calls.answer_tolerance_seconds is "
                f"{spec.answer_tolerance_seconds:g}. Lower it.",
                citation=earliest.citation,
            )
        )
    return tuple(found)


def _cancelling(spec: CampaignSpec, floors: Sequence[RingFloor]) -> Iterator[Unmet]:
    after = spec.cancel_after_seconds
    if after is None:
        return
    forbidding = [rule for rule in floors if not rule.may_cancel_ringing]
    if forbidding:
        yield Unmet(
            code="cancel_forbidden",
            text="A call that rings may not be ended because no agent is free, and "
            f"pacing.cancel_after_seconds is {after:g}. Take it out.",
            citation="; ".join(dict.fromkeys(rule.citation for rule in forbidding)),
        )
    ring = max(floors, key=lambda rule: rule.seconds, default=None)
    if ring is not None and after < ring.seconds:
        yield Unmet(
            code="cancel_too_early",
            text=f"A call must ring at least {ring.seconds:g} seconds before it is ended, and "
            f"pacing.cancel_after_seconds is {after:g}. Raise it, or take it out.",
            citation=ring.citation,
        )


def message_musts(applied: Sequence[Applied]) -> tuple[MessageMust, ...]:
    """What somebody has to listen for in the message, a line for each rule."""
    return tuple(
        MessageMust(
            must_have=rule.must_have, must_not_have=rule.must_not_have, citation=rule.citation
        )
        for rule in _messages(applied)
    )


def _messages(applied: Sequence[Applied]) -> tuple[Message, ...]:
    return tuple(dict.fromkeys(rule for each in applied for rule in each.messages))


def _cited(messages: Sequence[Message]) -> str:
    return "; ".join(dict.fromkeys(rule.citation for rule in messages))
