"""One lead, asked of the gate number by number, with its history."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.consent_registry import ConsentRegistry
from campaigns.explain.lead import (
    CALLED,
    CAMPAIGN,
    IMPORTED,
    NOT_CALLED,
    Happened,
    LeadWhy,
    PhoneWhy,
)
from campaigns.explain.preflight import next_callable_at
from campaigns.explain.words import clock
from campaigns.rule_packs.recording import RecordingPolicy
from campaigns.store.errors import UnknownLead
from campaigns.store.gate import RuleVerdict, gate_verdicts
from campaigns.store.gate_facts import gate_facts
from campaigns.store.privacy_words import number_hash
from campaigns.store.rules import recording_of

_ROUNDS_MAX = 16
"""Looks into the future: each goes to the end of what refused. Hours, limits and cool-downs that
still chase each other after so many leave the instant unknown."""
_SHOWN = 50
_SHOWN_SINCE = 1000
"""Of each sort of event; with a first instant somebody wants all of them."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_LEAD = """
SELECT lead.*, campaign.name AS campaign, campaign.state AS campaign_state,
       lead_list.name AS list_name,
       (SELECT due_at FROM callback WHERE lead_id = lead.id AND state IN ('open', 'due'))
         AS callback_at
FROM lead JOIN campaign ON campaign.id = lead.campaign_id
JOIN lead_list ON lead_list.id = lead.list_id WHERE lead.id = :id
"""
_AHEAD = """
SELECT count(*) FROM lead, (SELECT * FROM lead WHERE id = :id) AS mine
WHERE lead.campaign_id = mine.campaign_id AND lead.state = 'callable'
  AND lead.next_call_at <= :now AND (
    lead.priority > mine.priority
    OR (lead.priority = mine.priority AND lead.is_fresh AND NOT mine.is_fresh)
    OR (lead.priority = mine.priority AND lead.is_fresh = mine.is_fresh
        AND (lead.next_call_at, lead.id) < (mine.next_call_at, mine.id)))
"""
_ATTEMPTS = """
SELECT attempt.*, agent.name AS agent FROM attempt LEFT JOIN agent ON agent.id = attempt.agent_id
WHERE attempt.lead_id = :id AND attempt.written_at >= :since
ORDER BY attempt.written_at DESC, attempt.id LIMIT :count
"""
_REFUSED = """
SELECT refused_at, code, rule FROM refused_try
WHERE lead_id = :id AND refused_at >= :since ORDER BY refused_at DESC LIMIT :count
"""
_CALLBACKS = """
SELECT callback.*, agent.name AS agent FROM callback LEFT JOIN agent ON agent.id = callback.agent_id
WHERE callback.lead_id = :id AND callback.promised_at >= :since ORDER BY promised_at DESC
"""
_CAMPAIGN_STATES = """
SELECT at, "by", details ->> 'to' AS state FROM audit_log
WHERE subject = :campaign AND action = 'campaign state' AND at >= :since
ORDER BY at DESC LIMIT :count
"""
_AUDIT = """
SELECT at, "by", action, subject FROM audit_log
WHERE (details ->> 'number_hash' = ANY(CAST(:hashes AS text[])) OR subject = :lead)
  AND at >= :since ORDER BY at DESC LIMIT :count
"""


async def explain_lead(
    connection: AsyncConnection,
    lead_id: int,
    now: datetime,
    registries: Mapping[str, ConsentRegistry],
    *,
    since: datetime | None = None,
) -> LeadWhy:
    """See `Explain.lead`."""
    lead = (await connection.execute(text(_LEAD), {"id": lead_id})).one_or_none()
    if lead is None:
        raise UnknownLead(f"There is no lead number {lead_id}.")
    found = await connection.execute(
        text("SELECT * FROM lead_phone WHERE lead_id = :id ORDER BY position"), {"id": lead_id}
    )
    phones = found.all()
    verdicts, recordings = await _verdicts(connection, lead_id, phones, now, registries)
    following = _next_phone(lead, phones, verdicts)
    next_at = None
    if lead.state == "callable" and following is not None:
        next_at = await _next_callable_at(connection, lead, following, now, registries)
    is_due = lead.state == "callable" and lead.next_call_at <= now
    return LeadWhy(
        lead_id=lead.id,
        campaign=lead.campaign,
        campaign_state=lead.campaign_state,
        list_name=lead.list_name,
        external_id=lead.external_id,
        name=lead.name,
        state=lead.state,
        done_reason=lead.done_reason,
        due_at=lead.next_call_at,
        callback_at=lead.callback_at,
        tries=lead.tries,
        as_of=now,
        next_callable_at=next_at,
        ahead=await _ahead(connection, lead_id, now) if is_due else None,
        phones=tuple(
            PhoneWhy(
                number=phone.number,
                kind=phone.kind,
                time_zones=tuple(filter(None, phone.time_zones.split(","))),
                jurisdictions=phone.jurisdictions,
                state=phone.state,
                is_next=phone.id == following and lead.state not in ("done", "invalid"),
                verdicts=verdicts.get(phone.id, ()),
                recording=recordings.get(phone.id),
            )
            for phone in phones
        ),
        since=since,
        history=tuple(await _history(connection, lead, [phone.number for phone in phones], since)),
    )


async def _verdicts(
    connection: AsyncConnection,
    lead_id: int,
    phones: Sequence[Row[Any]],
    now: datetime,
    registries: Mapping[str, ConsentRegistry],
) -> tuple[dict[int, tuple[RuleVerdict, ...]], dict[int, RecordingPolicy]]:
    """By the id of each valid number."""
    valid = [phone.id for phone in phones if phone.state == "valid"]
    found = {}
    recordings = {}
    for phone_id in valid:
        # One at a time: a lead is one row to the gate, whichever number is asked about.
        facts = await gate_facts(connection, [(lead_id, phone_id)], now, registries=registries)
        found[phone_id] = gate_verdicts(facts, lead_id, phone_id, now)
        law = facts.laws[lead_id, phone_id]
        recordings[phone_id] = recording_of(law.spec, law.applied)
    return found, recordings


def _next_phone(
    lead: Row[Any], phones: Sequence[Row[Any]], verdicts: dict[int, tuple[RuleVerdict, ...]]
) -> int | None:
    """The number that would be called: the next valid one that no do-not-call list forbids."""
    valid = sorted(
        (phone for phone in phones if phone.state == "valid"),
        key=lambda phone: (phone.position < lead.next_position, phone.position),
    )
    for phone in valid:
        if not any(v.code == "do_not_call" and not v.is_allowed for v in verdicts[phone.id]):
            return int(phone.id)
    return int(valid[-1].id) if valid else None


async def _next_callable_at(
    connection: AsyncConnection,
    lead: Row[Any],
    phone_id: int,
    now: datetime,
    registries: Mapping[str, ConsentRegistry],
) -> datetime | None:
    """The first instant at which the gate lets the lead through, if nothing else happens."""
    at: datetime = max(now, lead.next_call_at, lead.callback_at or now)
    for _ in range(_ROUNDS_MAX):
        facts = await gate_facts(connection, [(lead.id, phone_id)], at, registries=registries)
        verdicts = gate_verdicts(facts, lead.id, phone_id, at)
        refused = [verdict for verdict in verdicts if not verdict.is_allowed]
        if not refused:
            return at
        later = next_callable_at(refused, due_at=at, callback_at=None, now=at)
        if later is None or later <= at:
            return None
        at = later
    return None


async def _ahead(connection: AsyncConnection, lead_id: int, now: datetime) -> int:
    return int(await connection.scalar(text(_AHEAD), {"id": lead_id, "now": now}) or 0)


async def _history(
    connection: AsyncConnection, lead: Row[Any], numbers: Sequence[str], since: datetime | None
) -> list[Happened]:
    hashes = [number_hash(number) for number in numbers if number.startswith("+")]
    values = {
        "id": lead.id, "since": since or _LONG_AGO, "hashes": hashes, "lead": f"lead {lead.id}",
        "campaign": f"campaign {lead.campaign}",
        "count": _SHOWN if since is None else _SHOWN_SINCE,
    }  # fmt: skip

    async def rows(statement: str) -> Sequence[Row[Any]]:
        return (await connection.execute(text(statement), values)).all()

    history = [Happened(at=lead.created_at, what=IMPORTED, text=f"with list '{lead.list_name}'")]
    history += [
        Happened(at=each.written_at, what=CALLED, text=_attempt_text(each))
        for each in await rows(_ATTEMPTS)
    ]
    history += [
        Happened(
            at=each.refused_at, what=NOT_CALLED, text=f"{each.code.replace('_', ' ')}: {each.rule}"
        )
        for each in await rows(_REFUSED)
    ]
    for each in await rows(_CALLBACKS):
        whom = f"by {each.agent}" if each.agent else "by the team"
        reason = f" ({each.reason})" if each.reason else ""
        said = f"for {clock(each.due_at)} {whom}; {each.state}{reason}"
        history.append(Happened(at=each.promised_at, what="call promised", text=said))
    history += [
        Happened(at=each.at, what=each.action, text=f"{each.subject}, by {each.by}")
        for each in await rows(_AUDIT)
    ]
    # Before its leads came, a campaign's state kept nobody from calling this one.
    history += [
        Happened(at=each.at, what=CAMPAIGN, text=f"{each.state}, by {each.by}")
        for each in await rows(_CAMPAIGN_STATES)
        if each.at >= lead.created_at
    ]
    kept = (each for each in history if since is None or each.at >= since)
    return sorted(kept, key=lambda each: each.at, reverse=True)


def _attempt_text(row: Row[Any]) -> str:
    if row.ended_at is None:
        return f"{row.number}: under way"
    said = [f"{row.number}: {row.outcome.replace('_', ' ')}"]
    if row.cause:
        said.append(row.cause)
    if row.disposition:
        said.append(f"result {row.disposition}")
    if row.agent:
        said.append(f"agent {row.agent}")
    if row.answered_at is not None:
        said.append(f"{(row.ended_at - row.answered_at).total_seconds():.0f} s after the answer")
    return ", ".join(said)
