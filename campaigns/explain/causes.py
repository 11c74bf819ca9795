"""Why a campaign is not dialling: every cause there is now, the first one first.

"First" is the order in which a call would meet them: the campaign's own state, the service, its
team, the switch and the trunks, the agents, the leads, the law's limits, and last the pacer.
Mending a later cause before an earlier one changes nothing that a person could see.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.explain.preflight import Preflight
from campaigns.explain.words import clock, listed, many


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason, and what to do about it."""

    code: str
    text: str
    fix: str
    is_blocking: bool = True
    """No call at all is made while it holds; else it only holds calls back, or is worth knowing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """One dialer process, by its last word."""

    name: str
    is_running: bool
    age_seconds: float
    body: Mapping[str, Any]
    """Its snapshot, as dialer/service/status.py writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that decides whether a campaign dials."""

    campaign: str
    campaign_id: int
    state: str
    team: str
    team_id: int
    trunks: Sequence[str]
    """Of the campaign."""
    settings_trunks: Sequence[str]
    """Of the settings this command was started with."""
    services: Sequence[ServiceState]
    lease_owner: str | None
    """Who dials for the team now."""
    agents: Mapping[str, int]
    """The team's agents by state."""
    leads: Preflight | None
    """None when only what lies outside the leads is asked about."""


def causes(standing: Standing) -> list[Cause]:
    """All causes, the first one first; empty when nothing keeps the campaign from dialling."""
    service = _service_of(standing)
    found = [*_of_campaign(standing), *_of_service(standing, service)]
    if service is not None:
        found += _of_switch(standing, service.body)
    found += [*_of_trunks(standing, service), *_of_agents(standing)]
    if standing.leads is not None:
        found += _of_leads(standing.leads)
    if service is not None:
        found += [*_of_ledgers(standing, service.body), *_of_pacing(standing, service.body)]
    return found


def calls_under_way(standing: Standing) -> int:
    """Calls of the campaign that exist at this moment, by its service's last word."""
    service = _service_of(standing)
    campaign = None if service is None else _campaign_of(standing, service.body)
    return 0 if campaign is None else sum(campaign.get("calls_by_state", {}).values())


def _service_of(standing: Standing) -> ServiceState | None:
    """The process that dials for the team, or the one that could."""
    running = [each for each in standing.services if each.is_running]
    owner = [each for each in running if each.name == standing.lease_owner]
    return next(iter(owner or running), None)


def _campaign_of(standing: Standing, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next(
        (
            each
            for each in body.get("campaigns", ())
            if each.get("campaign_id") == standing.campaign_id
        ),
        None,
    )


def _of_campaign(standing: Standing) -> Iterator[Cause]:
    name = standing.campaign
    if standing.state in ("draft", "stopped"):
        word = "has never been started" if standing.state == "draft" else "is stopped"
        yield Cause(
            code=f"campaign_{standing.state}",
            text=f"Campaign '{name}' {word}.",
            fix=f"dialer campaign start {name}",
        )
    elif standing.state == "paused":
        yield Cause(
            code="campaign_paused",
            text=f"Campaign '{name}' is paused.",
            fix=f"dialer campaign resume {name}",
        )


def _of_service(standing: Standing, service: ServiceState | None) -> Iterator[Cause]:
    if service is None:
        last = min(standing.services, key=lambda each: each.age_seconds, default=None)
        said = (
            "No service has ever run on this database."
            if last is None
            else f"No service runs: '{last.name}' was last heard {_ago(last.age_seconds)} ago."
        )
        yield Cause(code="no_service", text=said, fix="dialer run")
        return
    state = str(service.body.get("state", "running"))
    if state == "draining":
        yield Cause(
            code="draining",
            text=f"'{service.name}' is shutting down: it ends its calls and begins no new ones.",
            fix="Wait until it has stopped, then start it: dialer run",
        )
    owner = standing.lease_owner
    if owner is not None and owner != service.name:
        yield Cause(
            code="team_elsewhere",
            text=f"Team '{standing.team}' is dialled for by '{owner}', which is not heard.",
            fix="Start that process again, or wait until its lease has run out (seconds).",
        )
    known = _campaign_of(standing, service.body)
    if standing.state == "running" and (known is None or known.get("state") != "running"):
        yield Cause(
            code="service_does_not_dial_it",
            text=f"'{service.name}' runs, but does not dial this campaign.",
            fix=f"dialer campaign start {standing.campaign}",
        )


def _of_switch(standing: Standing, body: Mapping[str, Any]) -> Iterator[Cause]:
    del standing
    database, switch = body.get("database", {}), body.get("switch", {})
    if not database.get("is_up", True):
        yield Cause(
            code="database_down",
            text=f"The service cannot reach the database: {database.get('error') or 'no reason'}",
            fix="dialer doctor",
        )
    if not switch.get("is_connected", True):
        error = switch.get("error")
        yield Cause(
            code="switch_down",
            text="The service cannot reach FreeSWITCH" + (f": {error}" if error else "."),
            fix="dialer doctor",
        )


def _of_trunks(standing: Standing, service: ServiceState | None) -> Iterator[Cause]:
    states = {} if service is None else {t["trunk_id"]: t for t in service.body.get("trunks", ())}
    known = set(states) if states else set(standing.settings_trunks)
    wanted = [name for name in standing.trunks if name in known]
    if not wanted:
        yield Cause(
            code="trunk_unknown",
            text=f"The campaign calls by {listed(standing.trunks)}; this dialer has "
            f"{listed(sorted(known)) or 'no trunks'}.",
            fix="Add one of its trunks to the settings ([[trunks]]) and restart, or change the "
            "campaign's file.",
        )
        return
    mine = [states[name] for name in wanted if name in states]
    if mine and not any(each.get("is_up", True) for each in mine):
        yield Cause(
            code="trunks_down",
            text=f"{listed(wanted)}: no gateway of the campaign is up.",
            fix="dialer doctor; then see the gateway's registration in FreeSWITCH.",
        )
    elif mine and all(each["channels"] >= each["channels_max"] for each in mine):
        yield Cause(
            code="trunks_full",
            text=f"All lines of {listed(wanted)} are in use.",
            fix="Raise channels_max in the settings, if the carrier has more lines.",
            is_blocking=False,
        )


_ABSENT = {
    "paused": "paused",
    "connecting_leg": "waiting for their phone",
    "logged_out": "logged out",
}
_BUSY = {"talking": "talking", "wrap_up": "wrapping up", "reserved": "being connected"}


def _of_agents(standing: Standing) -> Iterator[Cause]:
    agents, team = standing.agents, standing.team
    total = sum(agents.values())
    working = agents.get("ready", 0) + sum(agents.get(state, 0) for state in _BUSY)
    if total == 0:
        yield Cause(
            code="no_agents",
            text=f"Team '{team}' has no agents.",
            fix=f"dialer agents add NAME --team {team} --extension EXTENSION",
        )
    elif working == 0:
        states = [f"{agents[s]} {word}" for s, word in _ABSENT.items() if agents.get(s)]
        waiting = agents.get("paused", 0) + agents.get("connecting_leg", 0)
        yield Cause(
            code="agents_paused" if waiting else "agents_logged_out",
            text=f"Nobody of team '{team}' takes calls: {', '.join(states)}.",
            fix="dialer agents ready NAME" if waiting else "dialer agents login NAME",
        )
    elif not agents.get("ready"):
        states = [f"{agents[s]} {word}" for s, word in _BUSY.items() if agents.get(s)]
        yield Cause(
            code="agents_busy",
            text=f"All working agents are busy: {', '.join(states)}.",
            fix="Nothing to mend. More agents make more calls.",
            is_blocking=False,
        )


_LEAD_FIXES = {
    "do_not_call": "These are never called. `dialer dnc check NUMBER` shows who asked, and when.",
    "no_number": "Import numbers for them, or correct the list.",
    "no_consent": "Bring in their consents: dialer consents import FILE",
    "registry_refused": "Their consent must be in the registry before they are called.",
    "list_stale": "Bring in the newest file: dialer dnc import FILE --list LIST --kind national",
    "attempts_max": "Raise retry.attempts_max, or `dialer leads recycle`, if it is worth it.",
    "quota_full": "See `dialer scripts quotas CAMPAIGN`; a script with a higher target mends it.",
    "attempt_limit": "The law, or the campaign's own limit. It ends by itself.",
    "cool_down": "It ends by itself.",
    "callback": "They are called at the promised time: dialer callbacks list",
    "waiting": "They are called again at their time. The waits are in [retry] of the campaign.",
    "outside_calling_hours": "They are called when their hours open.",
    "done": "Import more leads: dialer leads import CAMPAIGN FILE",
    "in_hand": "They are called next.",
    "number_on_call": "They are tried again in some minutes.",
    "other_rule": "See `dialer leads why ID` of one of them.",
}


def _of_leads(leads: Preflight) -> Iterator[Cause]:
    if leads.total == 0:
        yield Cause(
            code="no_leads",
            text="The campaign has no leads.",
            fix=f"dialer leads import {leads.campaign} FILE",
        )
        return
    if leads.callable_now or leads.count("in_hand"):
        return
    opens = leads.first_opens_at
    when = (
        "and nothing that is here now will become so by itself."
        if opens is None
        else f"the first will be at {clock(opens)}."
    )
    yield Cause(
        code="no_callable_leads",
        text=f"None of {many(leads.total, 'lead')} is callable now; {when}",
        fix=f"See the reasons below, or: dialer campaign preflight {leads.campaign}",
    )
    for reason in sorted(leads.reasons, key=lambda each: -each.count):
        parts = "; ".join(f"{each.count:,} {each.text}" for each in reason.details[:3])
        first = "" if reason.next_at is None else f", the first until {clock(reason.next_at)}"
        yield Cause(
            code=f"leads_{reason.code}",
            text=f"{many(reason.count, 'lead')} {reason.text}{first}"
            + (f" ({parts})" if parts else "")
            + ".",
            fix=_LEAD_FIXES[reason.code],
        )


def _of_ledgers(standing: Standing, body: Mapping[str, Any]) -> Iterator[Cause]:
    campaign = _campaign_of(standing, body)
    for ledger in () if campaign is None else campaign.get("ledgers", ()):
        if ledger["abandonment_ratio"] > ledger["limit_ratio"]:
            name = ledger.get("ledger") or ledger.get("name")
            yield Cause(
                code="ledger_over_limit",
                text=f"Ledger '{name}': {ledger['abandonment_ratio']:.2%} of live answers were "
                f"abandoned ({ledger['abandoned']:,} of {ledger['live_answers']:,}), over its "
                f"limit of {ledger['limit_ratio']:.1%}. Until it is below, nobody is called for "
                "whom no agent is free.",
                fix="It mends itself with every answered call. More agents, or a lower "
                "target_ratio, keep it from coming back.",
                is_blocking=False,
            )


_BOUNDS = {
    "no_agents": "no agent is working",
    "one_to_one": "every ready agent has a call on its way",
    "ratio": "the campaign's lines for each agent are all in use",
    "price": "one more call would risk an answer with nobody to take it",
    "wall": "an abandonment ledger leaves no room for another uncovered call",
    "cold_start": "the pacer has seen too few answers yet to call ahead",
    "shock": "answers came faster than foreseen, and the pacer waits",
    "trunk": "all lines of the trunks are in use",
    "calls_per_second": "the trunk's calls per second are used up",
    "hopper_empty": "the hopper is empty",
    "paused": "no campaign of the team is running",
    "draining": "the service is shutting down",
    "switch_down": "the switch cannot be reached",
}


def _of_pacing(standing: Standing, body: Mapping[str, Any]) -> Iterator[Cause]:
    campaign = _campaign_of(standing, body)
    if campaign is not None:
        for text in campaign.get("warnings", ()):
            yield Cause(
                code="warning", text=str(text), fix="See the reasons above.", is_blocking=False
            )
    team = next((t for t in body.get("teams", ()) if t.get("team_id") == standing.team_id), None)
    decision = None if team is None else team.get("decision")
    if decision is None:
        return
    bound = str(decision["bound_by"])
    yield Cause(
        code=f"pacing_{bound}",
        text=f"The pacer has {decision['in_flight']} calls in flight and launches no more because "
        f"{_BOUNDS.get(bound, bound.replace('_', ' '))}.",
        fix="Nothing to mend, unless a cause above explains it.",
        is_blocking=False,
    )


def _ago(seconds: float) -> str:
    for limit, size, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{max(0.0, seconds) // size:.0f} {unit}"
    return f"{seconds // 86_400:.0f} days"
