"""A real campaign as a scenario: its list and rules, its team, and the laws of its own calls."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.explain.preflight import Preflight
from campaigns.store.forecast_rows import LeadGroupRow
from campaigns.store.rows import CampaignRow
from campaigns.store.store import Store
from dialer.cli.opened import opened_store
from dialer.cli.session import Session, now
from dialer.cli.simulate_ask import Asked, Basis
from dialer.cli.simulate_laws import Laws, laws_of
from dialer.engine.config import TrunkConfig
from dialer.engine.ids import TeamId, TrunkId
from dialer.errors import UsageError
from dialer.runtime.engine_config import campaign_config, ledger_rules, team_config, trunk_config
from dialer.simulation.moments import has_date, instant_of
from dialer.simulation.plan import CampaignPlan, LeadGroup, LedgerPlan
from dialer.simulation.retry import CampaignRest
from dialer.simulation.scenario import DAYS_MAX, INTERVAL_SECONDS, Scenario

CAMPAIGNS_MAX = 10
_START = "09:00"
_HOURS = 9.0
_LINES, _CALLS_PER_SECOND = 10_000, 50.0
_BLOCKED = (
    "do_not_call", "no_number", "registry_refused", "no_consent", "list_stale", "attempts_max",
    "attempt_limit", "cool_down", "number_on_call", "other_rule",
)  # fmt: skip
"""Reasons of a preflight that the simulation does not model by itself: those leads are left out."""
_CALLABLE_BUT = (*_BLOCKED, "callback", "waiting", "outside_calling_hours", "in_hand")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """One campaign as the database has it."""

    row: CampaignRow
    groups: Sequence[LeadGroupRow]
    preflight: Preflight
    laws: Laws


def read_campaigns(session: Session, names: Sequence[str], *, start: str | None) -> Asked:
    """The campaigns' next day, from the database. Raises UsageError and what the store raises."""
    return asyncio.run(_read(session, tuple(dict.fromkeys(names)), start))


async def _read(session: Session, names: Sequence[str], start: str | None) -> Asked:
    if len(names) > CAMPAIGNS_MAX:
        raise UsageError(f"{len(names)} campaigns are too many; name {CAMPAIGNS_MAX} at most.")
    async with opened_store(session) as store:
        rows = [await store.campaigns.get(name) for name in names]
        first = rows[0]
        stranger = next((row for row in rows if row.team_id != first.team_id), None)
        if stranger is not None:
            raise UsageError(
                f"{first.name} is worked by team {first.team_name} and {stranger.name} by "
                f"{stranger.team_name}; name campaigns of one team."
            )
        zone = str(ledger_rules(first).zone)
        begins = _begins(start, zone)
        ends = begins + timedelta(days=DAYS_MAX)
        read = [await _one(store, row, zone, begins, ends) for row in rows]
        agents = await store.agents.list(first.team_name)
        breaks = await store.forecasts.breaks(first.team_id, now=now())
    if not agents:
        raise UsageError(
            f"Team {first.team_name} has no agents; add them with `dialer agents add`, or the "
            "simulation has nobody to talk."
        )
    trunks, trunk_basis = _trunks(session, rows)
    laws = read[0].laws
    scenario = Scenario(
        name=" and ".join(names),
        agents=len(agents),
        hours=_HOURS,
        start_at=begins.timestamp(),
        zone=zone,
        pacing=replace(team_config(first).pacing, interval_seconds=INTERVAL_SECONDS),
        ring_seconds=first.spec.ring_seconds,
        network=laws.network,
        people=laws.people_with(breaks),
        campaigns=tuple(_plan(one, begins) for one in read),
        trunks=trunks,
    )
    basis = [
        *(fact for one in read for fact in _list_basis(one)),
        Basis(what="team", value=f"{first.team_name}: {len(agents)} agents", source="campaign"),
        *(fact for one in read for fact in one.laws.basis(one.row.name if read[1:] else "")),
        laws.breaks_basis(breaks),
        trunk_basis,
        Basis(
            what="pacing",
            value=f"{scenario.pacing.mode}, aims at {100.0 * scenario.pacing.target_ratio:.3g} %",
            source="campaign",
        ),
        *_left_out(rows),
    ]
    return Asked(scenario=scenario, basis=tuple(basis))


def _begins(start: str | None, zone: str) -> datetime:
    """The start that was asked for; a bare time is that of the next day on which it is to come."""
    present = now().timestamp()
    try:
        at = instant_of(start or _START, zone=zone, after=present)
    except ValueError as error:
        raise UsageError(f"--start: {error}.") from error
    begins = datetime.fromtimestamp(at, UTC)
    if at <= present and (start is None or not has_date(start)):
        return (begins.astimezone(ZoneInfo(zone)) + timedelta(days=1)).astimezone(UTC)
    return begins


async def _one(
    store: Store,
    row: CampaignRow,
    zone: str,
    begins: datetime,
    ends: datetime,
) -> _Read:
    groups = await store.forecasts.leads(row.id, start=begins, until=ends)
    preflight = await store.explain.leads_now(row.id, now=begins)
    own = await store.forecasts.measured([row.id], row.team_id, zone=zone)
    siblings = [each.id for each in await store.campaigns.list() if each.team_id == row.team_id]
    team = await store.forecasts.measured(siblings, row.team_id, zone=zone)
    if not sum(group.leads for group in groups):
        raise UsageError(
            f"Campaign {row.name} has no leads left to call; import a list with `dialer leads "
            f"import {row.name} FILE`, or put leads back with `dialer leads recycle`."
        )
    laws = laws_of(own, team, ring_seconds=row.spec.ring_seconds, zone=zone, begins=begins)
    return _Read(row=row, groups=groups, preflight=preflight, laws=laws)


def _plan(one: _Read, begins: datetime) -> CampaignPlan:
    row = one.row
    callable_ratio = _callable_ratio(one.preflight)
    covered = sum(detail.count for detail in one.preflight.covered_only)
    config = replace(
        campaign_config(row),
        # Scenarios have one team, number one.
        team_id=TeamId(1),
    )
    groups = [
        LeadGroup(
            name=group.name,
            leads=round(group.leads * callable_ratio),
            opens=tuple((since.timestamp(), until.timestamp()) for since, until in group.opens),
            ready_at=0.0 if group.ready_at <= begins else group.ready_at.timestamp(),
            tries=group.tries,
        )
        for group in one.groups
    ]
    total = max(1, sum(group.leads for group in one.groups))
    return CampaignPlan(
        config=config,
        answer=one.laws.answer,
        ledgers=(LedgerPlan(limit_ratio=row.spec.limit_ratio),),
        groups=tuple(group for group in groups if group.leads),
        retry=CampaignRest(rules=row.spec.retry),
        is_fresh_first=row.spec.order.value == "list",
        covered_only_ratio=min(1.0, covered / total),
        talk=one.laws.people.talk,
        wrap_up=one.laws.people.wrap_up,
    )


def _callable_ratio(preflight: Preflight) -> float:
    """Of the leads that are not done: those that no list, consent or limit holds back."""
    total = preflight.callable_now + sum(preflight.count(code) for code in _CALLABLE_BUT)
    blocked = sum(preflight.count(code) for code in _BLOCKED)
    return 1.0 - blocked / total if total else 1.0


def _list_basis(one: _Read) -> list[Basis]:
    spec, name = one.row.spec, one.row.name
    total = sum(group.leads for group in one.groups)
    blocked = round(total * (1.0 - _callable_ratio(one.preflight)))
    waiting = sum(group.leads for group in one.groups if group.tries)
    hours = "; ".join(spec.calling_hours.format())
    return [
        Basis(
            what=f"{name}: leads",
            value=f"{total - blocked:,} ({blocked:,} held back by lists, consents or limits; "
            f"{waiting:,} tried before)",
            source="campaign",
        ),
        Basis(
            what=f"{name}: rules",
            value=f"{CampaignRest(rules=spec.retry).tries_max} tries at most; hours {hours}, "
            "and those of the law of each place",
            source="campaign",
        ),
    ]


def _trunks(session: Session, rows: Sequence[CampaignRow]) -> tuple[tuple[TrunkConfig, ...], Basis]:
    known = {trunk.name: trunk_config(trunk) for trunk in session.settings.trunks}
    names = list(dict.fromkeys(name for row in rows for name in row.spec.trunks))
    missing = [name for name in names if name not in known]
    trunks = tuple(
        known.get(name)
        or TrunkConfig(
            trunk_id=TrunkId(name), channels_max=_LINES, calls_per_second=_CALLS_PER_SECOND
        )
        for name in names
    )
    if missing:
        value = f"{', '.join(missing)}: not in the settings, so never short of lines"
        return trunks, Basis(what="lines", value=value, source="assumed")
    value = "; ".join(
        f"{trunk.trunk_id}: {trunk.channels_max} lines, {trunk.calls_per_second:g} calls a second"
        for trunk in trunks
    )
    return trunks, Basis(what="lines", value=value, source="settings")


def _left_out(rows: Sequence[CampaignRow]) -> list[Basis]:
    parts = ["every conversation ends its lead", "second numbers of leads", "promised callbacks"]
    if any(row.spec.retry.day_parts for row in rows):
        parts.append("rotation over the parts of the day")
    return [Basis(what="left out", value="; ".join(parts), source="not modelled")]
