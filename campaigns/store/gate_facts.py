"""All that could forbid a call, read for many leads at once.

The same reads serve the transaction that writes attempts, which has locked the leads and their
numbers before, and those who only explain.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.attempt_limits import AttemptLimit, CoolDown, PastAttempt, history_needed
from campaigns.campaign_spec import CampaignSpec
from campaigns.consent_registry import ConsentRegistry, RegistryVerdict
from campaigns.consents import Consent
from campaigns.dispositions import DispositionKind
from campaigns.outcomes import Outcome
from campaigns.rule_packs.applied import Applied
from campaigns.rule_packs.law_window import LawWindow
from campaigns.rule_packs.packs import load_packs
from campaigns.rule_packs.rules import ConsentRequired, NationalList, ProgressiveOnly
from campaigns.store.campaigns import read_specs
from campaigns.store.do_not_call import ListState, find_hits, read_named_lists
from campaigns.store.lead_writes import as_ids, as_json
from campaigns.store.quota_rules import full_leads, read_quota_rules
from campaigns.store.rows import DoNotCallHit

Pair = tuple[int, int]
"""Lead and phone."""
_NONE: frozenset[str] = frozenset()
_REFUSALS = (DispositionKind.REFUSAL, DispositionKind.DO_NOT_CALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """What holds for a campaign's calls to one place and kind of number today."""

    spec: CampaignSpec
    applied: Applied
    window: LawWindow
    limits: tuple[AttemptLimit, ...]
    cool_downs: tuple[CoolDown, ...]
    cool_downs_with_operator: tuple[CoolDown, ...]
    consents: tuple[ConsentRequired, ...]
    national_lists: tuple[NationalList, ...]
    progressive_only: ProgressiveOnly | None
    countries: frozenset[str]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFacts:
    """What the database says. Read by `gate_facts`, judged by `gate_verdicts`."""

    rows: Mapping[Pair, Row[Any]]
    """Lead, campaign and number, by lead and phone; pairs that do not belong together are
    absent."""
    specs: Mapping[int, CampaignSpec]
    laws: Mapping[Pair, Law]
    numbers: Mapping[int, frozenset[str]]
    """All numbers of each lead."""
    hits: Mapping[str, Sequence[DoNotCallHit]]
    lists: Mapping[str, ListState]
    consents: Mapping[tuple[str, int], Sequence[Consent]]
    """By number and client."""
    registries: Mapping[tuple[str, str], RegistryVerdict]
    """By registry and number."""
    past: Mapping[str, Sequence[PastAttempt]]
    """By number."""
    on_call: frozenset[str]
    due_callbacks: Mapping[int, bool]
    """Leads whose promised call is due; True when an agent is reserved for it by name."""
    full_quotas: Mapping[int, str]
    """Leads that can no longer count towards a quota, with the sentence that says why."""
    has_quotas: frozenset[int]
    """Campaigns whose script has quotas."""
    window_answers: dict[tuple[int, str], RuleVerdict] = field(default_factory=dict)
    """What each window says now; by window and zones. Filled as leads are judged."""
    stale: dict[int, tuple[tuple[str, str, str], ...]] = field(default_factory=dict)
    """What is wrong with the lists each law names; see `stale_lists`. Filled as leads are
    judged."""


async def gate_facts(
    connection: AsyncConnection,
    pairs: Sequence[Pair],
    now: datetime,
    *,
    registries: Mapping[str, ConsentRegistry] | None = None,
) -> GateFacts:
    """Read, without locks, what `gate_verdicts` needs about these leads and numbers."""
    rows = await _read_rows(connection, pairs)
    specs = await read_specs(connection, sorted({row.campaign_id for row in rows.values()}))
    laws = laws_of(rows, specs, now)
    numbers = await _read_numbers(connection, sorted({lead_id for lead_id, _ in rows}))
    asked = sorted({row.number for row in rows.values()})
    everyone = sorted({number for each in numbers.values() for number in each})
    different = {id(law): law for law in laws.values()}.values()
    wants_consent = any(
        law.consents or law.spec.consent_required or law.progressive_only for law in different
    )
    past, on_call = await _read_past(connection, everyone, list(different), now)
    quotas = await read_quota_rules(connection, sorted(specs))
    return GateFacts(
        rows=rows,
        specs=specs,
        laws=laws,
        numbers=numbers,
        hits=await find_hits(connection, asked),
        lists=await read_named_lists(connection),
        consents=await _read_consents(connection, asked) if wants_consent else {},
        registries=await _ask_registries(rows, laws, registries or {}, now),
        past=past,
        on_call=on_call,
        due_callbacks={
            row.lead_id: row.promise_agent_id is not None
            for row in rows.values()
            if row.promise_state == "due"
        },
        full_quotas=await full_leads(connection, quotas, sorted(numbers)),
        has_quotas=frozenset(quotas),
    )


def laws_of(
    rows: Mapping[Pair, Row[Any]], specs: Mapping[int, CampaignSpec], now: datetime
) -> dict[Pair, Law]:
    """The law over each pair; leads of the same campaign, place and kind share one."""
    known: dict[tuple[int, str, str], Law] = {}
    laws = {}
    for pair, row in rows.items():
        key = (row.campaign_id, row.jurisdictions, row.kind)
        if key not in known:
            known[key] = law_of(specs[row.campaign_id], row.jurisdictions, row.kind, now)
        laws[pair] = known[key]
    return laws


def law_of(spec: CampaignSpec, jurisdictions: str, kind: str | None, now: datetime) -> Law:
    """The law over a campaign's calls to numbers with that jurisdiction key, today in UTC."""
    applied = load_packs().applicable(
        jurisdictions, purpose=spec.purpose, number_kind=kind, on=now.date(), extra=spec.packs
    )
    return Law(
        spec=spec,
        applied=applied,
        window=applied.window(spec.calling_hours),
        limits=tuple(dict.fromkeys((*spec.limits, *applied.limits))),
        cool_downs=applied.cool_downs,
        cool_downs_with_operator=applied.cool_downs_with_operator,
        consents=applied.consents,
        national_lists=applied.national_lists,
        progressive_only=applied.progressive_only,
        countries=frozenset(place.country for place in applied.jurisdictions),
    )


async def covered_only(
    connection: AsyncConnection, pairs: Sequence[Pair], now: datetime
) -> dict[Pair, ProgressiveOnly]:
    """The pairs that may be called only while a ready agent covers them, with the rule."""
    rows = await _read_rows(connection, pairs)
    specs = await read_specs(connection, sorted({row.campaign_id for row in rows.values()}))
    laws = laws_of(rows, specs, now)
    asked = [(pair, row.number, row.client_id, laws[pair]) for pair, row in rows.items()]
    return await covered_among(connection, asked, now)


async def covered_among(
    connection: AsyncConnection, asked: Iterable[tuple[Pair, str, int, Law]], now: datetime
) -> dict[Pair, ProgressiveOnly]:
    """The same for pairs whose number, client and law are known. A consent for the campaign's
    purpose lifts a rule that says so."""
    ruled = [each for each in asked if each[3].progressive_only is not None]
    if not ruled:
        return {}
    consents = await _read_consents(connection, [number for _, number, _, _ in ruled])
    return _covered(ruled, consents, now)


def covered_in(facts: GateFacts, now: datetime) -> dict[Pair, ProgressiveOnly]:
    """The same for the pairs that facts were read about."""
    asked = (
        (pair, row.number, row.client_id, facts.laws[pair]) for pair, row in facts.rows.items()
    )
    return _covered(asked, facts.consents, now)


def _covered(
    asked: Iterable[tuple[Pair, str, int, Law]],
    consents: Mapping[tuple[str, int], Sequence[Consent]],
    now: datetime,
) -> dict[Pair, ProgressiveOnly]:
    return {
        pair: rule
        for pair, number, client_id, law in asked
        if (rule := law.progressive_only) is not None
        and not (
            rule.unless_consent
            and any(
                each.allows(law.spec.purpose, now) for each in consents.get((number, client_id), ())
            )
        )
    }


async def _read_rows(connection: AsyncConnection, pairs: Sequence[Pair]) -> dict[Pair, Row[Any]]:
    found = await connection.execute(
        text(
            "SELECT lead.id AS lead_id, lead.state, lead.leased_by, lead.tries, lead.campaign_id,"
            " lead.next_call_at, campaign.team_id, campaign.client_id, phone.id AS phone_id,"
            " phone.number, phone.kind, phone.time_zones, phone.jurisdictions,"
            " phone.state AS phone_state, promise.id AS promise_id, promise.state AS promise_state,"
            " promise.agent_id AS promise_agent_id, promise.due_at + make_interval(secs =>"
            "   promise.tolerance_seconds + 2 * promise.agent_wait_seconds) AS promise_lapses_at"
            " FROM unnest(CAST(:lead_ids AS bigint[]), CAST(:phone_ids AS bigint[]))"
            "   AS asked(lead_id, phone_id)"
            " JOIN lead ON lead.id = asked.lead_id"
            " JOIN campaign ON campaign.id = lead.campaign_id"
            " JOIN lead_phone AS phone ON phone.id = asked.phone_id AND phone.lead_id = lead.id"
            " LEFT JOIN callback AS promise ON promise.lead_id = lead.id"
            "   AND promise.state IN ('open', 'due')"
        ),
        {
            "lead_ids": as_ids(lead for lead, _ in pairs),
            "phone_ids": as_ids(phone for _, phone in pairs),
        },
    )
    return {(row.lead_id, row.phone_id): row for row in found}


async def _read_numbers(
    connection: AsyncConnection, lead_ids: Sequence[int]
) -> dict[int, frozenset[str]]:
    found = await connection.execute(
        text("SELECT lead_id, number FROM lead_phone WHERE lead_id = ANY(CAST(:ids AS bigint[]))"),
        {"ids": as_ids(lead_ids)},
    )
    numbers: dict[int, frozenset[str]] = {}
    for lead_id, number in found:
        numbers[lead_id] = numbers.get(lead_id, _NONE) | {number}
    return numbers


async def _read_consents(
    connection: AsyncConnection, numbers: Sequence[str]
) -> dict[tuple[str, int], list[Consent]]:
    found = await connection.execute(
        text(
            "SELECT consent.number, consent.client_id, client.name AS client, consent.purpose,"
            " consent.given_at, consent.expires_at, consent.withdrawn_at, consent.source,"
            " consent.proof"
            " FROM json_array_elements_text(CAST(:numbers AS json)) AS asked(number)"
            " JOIN consent ON consent.number = asked.number"
            " JOIN client ON client.id = consent.client_id ORDER BY consent.given_at"
        ),
        {"numbers": as_json(list(numbers))},
    )
    consents: dict[tuple[str, int], list[Consent]] = {}
    for number, client_id, client, purpose, given, expires, withdrawn, source, proof in found:
        consents.setdefault((number, client_id), []).append(
            Consent(
                number=number,
                client=client,
                purpose=purpose,
                given_at=given,
                expires_at=expires,
                withdrawn_at=withdrawn,
                source=source,
                proof=proof,
            )
        )
    return consents


async def _ask_registries(
    rows: Mapping[Pair, Row[Any]],
    laws: Mapping[Pair, Law],
    registries: Mapping[str, ConsentRegistry],
    now: datetime,
) -> dict[tuple[str, str], RegistryVerdict]:
    wanted: dict[str, set[str]] = {}
    for pair, law in laws.items():
        for rule in law.consents:
            if rule.registry is not None:
                wanted.setdefault(rule.registry, set()).add(rows[pair].number)
    verdicts = {}
    for name, numbers in sorted(wanted.items()):
        if name in registries:
            answers = await registries[name].check(sorted(numbers), now)
            verdicts.update({(name, number): answer for number, answer in answers.items()})
    return verdicts


async def _read_past(
    connection: AsyncConnection, numbers: Sequence[str], laws: Sequence[Law], now: datetime
) -> tuple[dict[str, list[PastAttempt]], frozenset[str]]:
    """The attempts on these numbers as far back as any limit or cool-down looks, and those of the
    numbers that are on a call."""
    needed = history_needed(
        [limit for law in laws for limit in law.limits],
        [each for law in laws for each in law.cool_downs],
    )
    found = await connection.execute(
        text(
            "SELECT attempt.number, attempt.written_at, attempt.ended_at, attempt.lead_id,"
            " campaign.client_id, attempt.campaign_id, attempt.outcome,"
            " attempt.bridged_at IS NOT NULL AS is_bridged, disposition.kind AS said"
            " FROM json_array_elements_text(CAST(:numbers AS json)) AS asked(number)"
            " JOIN attempt ON attempt.number = asked.number"
            "   AND (attempt.written_at >= :since OR attempt.ended_at IS NULL)"
            " JOIN campaign ON campaign.id = attempt.campaign_id"
            " LEFT JOIN disposition ON disposition.campaign_id = attempt.campaign_id"
            "   AND disposition.code = attempt.disposition"
        ),
        {"numbers": as_json(list(numbers)), "since": now - needed},
    )
    past: dict[str, list[PastAttempt]] = {}
    on_call = set()
    for row in found:
        if row.ended_at is None:
            on_call.add(row.number)
        outcome = None if row.outcome is None else Outcome(row.outcome)
        is_machine = outcome is Outcome.MACHINE or row.said == DispositionKind.MACHINE
        past.setdefault(row.number, []).append(
            PastAttempt(
                written_at=row.written_at,
                ended_at=row.ended_at,
                number=row.number,
                lead_id=row.lead_id,
                client_id=row.client_id,
                campaign_id=row.campaign_id,
                outcome=outcome,
                is_conversation=row.is_bridged and not is_machine,
                is_refusal=row.said in _REFUSALS,
                is_machine=is_machine,
            )
        )
    return past, frozenset(on_call)
