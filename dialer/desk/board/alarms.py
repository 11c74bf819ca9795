"""Alarms: what a supervisor should look at now. A pure function of the floor, the store's figures
and the thresholds; `sentence` puts one into words.

Each alarm says what is so, with its number, and not what might be. There are two levels, because
three would ask people to remember which one matters: URGENT is money or the law at this minute,
WARNING can wait until the next break.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from dialer.desk.board.figures import Figures
from dialer.desk.conditions import Conditions
from dialer.engine.snapshot import AgentSnapshot, CampaignSnapshot, LedgerSnapshot, Snapshot
from dialer.engine.states import AgentState, CampaignState
from dialer.pacing.settings import DialMode
from dialer.settings import AlarmSettings


@enum.unique
class Level(enum.StrEnum):
    """How soon somebody should look."""

    URGENT = "urgent"
    WARNING = "warning"


@enum.unique
class Kind(enum.StrEnum):
    """What is the matter."""

    DATABASE_DOWN = "database_down"
    SWITCH_LOST = "switch_lost"
    GATEWAY_DOWN = "gateway_down"
    ABANDONMENT = "abandonment"
    PAUSED_BY_RULES = "paused_by_rules"
    HOPPER_DRY = "hopper_dry"
    CALLBACKS_OVERDUE = "callbacks_overdue"
    AGENT_IDLE = "agent_idle"
    WRAP_UP_LONG = "wrap_up_long"
    PAUSE_LONG = "pause_long"
    LINE_LOST = "line_lost"
    LIST_NEARLY_DONE = "list_nearly_done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing to look at."""

    kind: Kind
    level: Level
    subject: str
    """The agent, campaign, gateway or switch by name; "" for the service itself."""
    detail: str = ""
    """The ledger of an abandonment alarm; a reason that is a sentence already."""
    value: float = 0.0
    """Seconds, a share in 0..1, or a count, by its kind."""
    limit: float = 0.0
    """What `value` is held against."""
    left: int | None = None
    """Abandoned answers that a ledger still bears."""
    since: float | None = None
    """Since when it has been so, where the engine knows; unix seconds."""

    @property
    def key(self) -> str:
        """The same for the same matter from one look to the next."""
        ledger = f"/{self.detail}" if self.kind is Kind.ABANDONMENT else ""
        return f"{self.kind}/{self.subject}{ledger}"


def alarms(
    snapshot: Snapshot, figures: Figures, conditions: Conditions, settings: AlarmSettings
) -> tuple[Alarm, ...]:
    """All of them now, the urgent ones first, each kind in the order of `Kind`."""
    found = [
        *_machinery(snapshot, conditions),
        *_campaigns(snapshot, figures, conditions, settings),
        *_agents(snapshot, settings),
    ]
    order = {kind: place for place, kind in enumerate(Kind)}
    return tuple(
        sorted(found, key=lambda one: (one.level is Level.WARNING, order[one.kind], -one.value))
    )


def _machinery(snapshot: Snapshot, conditions: Conditions) -> Iterator[Alarm]:
    if conditions.database_error is not None:
        yield Alarm(
            kind=Kind.DATABASE_DOWN,
            level=Level.URGENT,
            subject="",
            detail=conditions.database_error,
        )
    for switch in snapshot.switches:
        if not switch.is_connected:
            # With another switch at work its teams move there by themselves.
            level = Level.WARNING if snapshot.is_switch_connected else Level.URGENT
            yield Alarm(kind=Kind.SWITCH_LOST, level=level, subject=switch.switch_id)
    if not snapshot.is_switch_connected:
        return
    is_any_up = any(trunk.is_up for trunk in snapshot.trunks)
    for trunk in snapshot.trunks:
        if not trunk.is_up:
            level = Level.WARNING if is_any_up else Level.URGENT
            yield Alarm(kind=Kind.GATEWAY_DOWN, level=level, subject=trunk.trunk_id)


def _campaigns(
    snapshot: Snapshot, figures: Figures, conditions: Conditions, settings: AlarmSettings
) -> Iterator[Alarm]:
    at_work = {agent.team_id for agent in snapshot.agents}
    for campaign in snapshot.campaigns:
        for ledger in campaign.ledgers:
            alarm = _abandonment(campaign, ledger, settings)
            if alarm is not None:
                yield alarm
        demands = conditions.paused_by_rules.get(campaign.campaign_id)
        if demands is not None and campaign.state is CampaignState.PAUSED:
            yield Alarm(
                kind=Kind.PAUSED_BY_RULES,
                level=Level.URGENT,
                subject=campaign.name,
                detail=demands,
            )
        yield from _of_the_list(campaign, figures, settings)
        if campaign.state is not CampaignState.RUNNING:
            continue
        dry = conditions.dry.get(campaign.campaign_id)
        if dry is not None and dry.seconds >= settings.hopper_dry_seconds:
            # With nobody at work nothing would be dialled anyway.
            level = Level.URGENT if campaign.team_id in at_work else Level.WARNING
            yield Alarm(
                kind=Kind.HOPPER_DRY,
                level=level,
                subject=campaign.name,
                detail=dry.reason or "",
                value=dry.seconds,
                limit=settings.hopper_dry_seconds,
            )


def _abandonment(
    campaign: CampaignSnapshot, ledger: LedgerSnapshot, settings: AlarmSettings
) -> Alarm | None:
    if ledger.live_answers < settings.abandonment_answers_min or ledger.abandoned == 0:
        return None
    if ledger.limit_ratio <= 0:
        used = float(ledger.abandoned > 0)
    else:
        used = ledger.abandonment_ratio / ledger.limit_ratio
    if used < settings.abandonment_share:
        return None
    return Alarm(
        kind=Kind.ABANDONMENT,
        level=Level.URGENT if used > 1 else Level.WARNING,
        subject=campaign.name,
        detail=ledger.ledger,
        value=ledger.abandonment_ratio,
        limit=ledger.limit_ratio,
        left=abandoned_left(ledger),
    )


def abandoned_left(ledger: LedgerSnapshot) -> int:
    """Abandoned answers that the ledger still bears with the live answers it has; 0 when none."""
    # A hair more than the product, which floats may put just below a whole number.
    return max(0, int(ledger.limit_ratio * ledger.live_answers + 1e-9) - ledger.abandoned)


def answers_until_under(ledger: LedgerSnapshot) -> int:
    """Live answers without an abandoned one that bring a ledger back under its limit; 0 when it is
    there, or can never be."""
    if ledger.limit_ratio <= 0 or ledger.abandonment_ratio <= ledger.limit_ratio:
        return 0
    needed = ledger.abandoned / ledger.limit_ratio
    return max(0, int(needed - 1e-9) + 1 - ledger.live_answers)


def _of_the_list(
    campaign: CampaignSnapshot, figures: Figures, settings: AlarmSettings
) -> Iterator[Alarm]:
    found = figures.campaigns.get(campaign.campaign_id)
    if found is None:
        return
    if found.callbacks.overdue >= settings.callbacks_overdue_min:
        yield Alarm(
            kind=Kind.CALLBACKS_OVERDUE,
            level=Level.WARNING,
            subject=campaign.name,
            value=found.callbacks.overdue,
            limit=settings.callbacks_overdue_min,
        )
    listed = found.list_left
    if campaign.state is not CampaignState.RUNNING or listed is None or listed.total == 0:
        return
    if 0 < listed.left <= settings.list_left_ratio * listed.total:
        yield Alarm(
            kind=Kind.LIST_NEARLY_DONE,
            level=Level.WARNING,
            subject=campaign.name,
            value=listed.left,
            limit=listed.total,
        )


def _agents(snapshot: Snapshot, settings: AlarmSettings) -> Iterator[Alarm]:
    running = {
        campaign.team_id
        for campaign in snapshot.campaigns
        if campaign.state is CampaignState.RUNNING
    }
    # Somebody who looks at a lead in preview mode is not idle.
    watched = {
        team.team_id
        for team in snapshot.teams
        if team.mode is not DialMode.PREVIEW and team.team_id in running
    }
    limits = {
        AgentState.WRAP_UP: (Kind.WRAP_UP_LONG, settings.wrap_up_seconds),
        AgentState.PAUSED: (Kind.PAUSE_LONG, settings.pause_seconds),
        AgentState.CONNECTING_LEG: (Kind.LINE_LOST, settings.line_seconds),
    }
    if watched:
        limits[AgentState.READY] = (Kind.AGENT_IDLE, settings.idle_seconds)
    for agent in snapshot.agents:
        kind, limit = limits.get(agent.state, (None, 0.0))
        if kind is None or (kind is Kind.AGENT_IDLE and agent.team_id not in watched):
            continue
        seconds = snapshot.at - agent.since
        if seconds >= limit:
            yield _of_agent(agent, kind, seconds, limit)


def _of_agent(agent: AgentSnapshot, kind: Kind, seconds: float, limit: float) -> Alarm:
    return Alarm(
        kind=kind,
        level=Level.WARNING,
        subject=agent.name,
        detail=agent.reason or "",
        value=seconds,
        limit=limit,
        since=agent.since,
    )
