"""A team, a list and a day: what `dialer simulate` runs. Files are read in scenario_file.py."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dialer.engine.config import CampaignConfig, OnAbandon, TeamConfig, TrunkConfig
from dialer.engine.ids import AgentId, CampaignId, TeamId, TrunkId
from dialer.pacing.settings import PacingSettings
from dialer.simulation.laws import AnswerLaw, ConstantAnswer
from dialer.simulation.plan import (
    START_AT,
    AgentPlan,
    CampaignPlan,
    Goal,
    LeadGroup,
    LedgerPlan,
    NetworkPlan,
    PeoplePlan,
    WorldPlan,
)

AGENTS_MAX = 1000
"""One team; beyond this a run takes hours."""
HOURS_MAX = 24.0 * 7.0
DAYS_MAX = 31
SEEDS_MAX = 1000
LEADS_MAX = 5_000_000
INTERVAL_SECONDS = 1.0
"""A simulated pacer decides at every event and this often besides. The live one does so every
quarter of a second; that makes no difference that ten days would show, and takes twice as long."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadKind:
    """A share of the list that answers in its own way."""

    name: str
    ratio: float
    """Of the leads; the shares of all kinds are made to sum to one."""
    answer: AnswerLaw


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One team, on one campaign or several. The defaults are the built-in scenario."""

    name: str = "built-in"
    agents: int = 10
    hours: float = 2.0
    """Length of one working day."""
    days: int = 1
    """Working days; those not named in `weekdays` are passed over."""
    weekdays: tuple[str, ...] = WEEKDAYS
    start_at: float = START_AT
    """Unix seconds: when the first day begins. All days begin at the same time of the clock."""
    zone: str = "UTC"
    """By whose clock times are said and days begin."""
    roster: tuple[int, ...] = ()
    """Agents at work in each hour of a day, the last one going on; none: all of them, all day."""
    warm_up_seconds: float = 0.0
    """Left out of the figures, from the start; always less than the hours."""
    seeds: tuple[int, ...] = (1,)
    pacing: PacingSettings = field(
        default_factory=lambda: PacingSettings(interval_seconds=INTERVAL_SECONDS)
    )
    leads: int = 100_000
    tries_max: int = 3
    retry_seconds: float = 3600.0
    kinds: tuple[LeadKind, ...] = ()
    answer: AnswerLaw = field(default_factory=lambda: ConstantAnswer(0.3))
    network: NetworkPlan = field(default_factory=NetworkPlan)
    ring_seconds: float = 25.0
    lines: int = 10_000
    calls_per_second: float = 50.0
    people: PeoplePlan = field(default_factory=PeoplePlan)
    wrap_up_seconds_max: float = 180.0
    tolerance_seconds: float = 2.0
    on_abandon: OnAbandon = OnAbandon.MESSAGE
    ledger: LedgerPlan = field(default_factory=LedgerPlan)
    campaigns: tuple[CampaignPlan, ...] = ()
    """Campaigns as they are in a database, all of team 1; then what is said above of list, answer,
    ring time, tolerance and ledger does not hold."""
    trunks: tuple[TrunkConfig, ...] = ()
    """Gateways of those campaigns."""
    goal: Goal | None = None
    """The run ends when this is reached; None: at the end of the hours."""

    def with_agents(self, agents: int) -> "Scenario":
        """Another number of agents; a roster is stretched in proportion, one agent at least."""
        if not self.roster:
            return replace(self, agents=agents)
        roster = tuple(max(0, round(count * agents / self.agents)) for count in self.roster)
        if not any(roster):
            roster = tuple(1 if count == self.agents else 0 for count in self.roster)
        return replace(self, agents=max(roster), roster=roster)

    def days_worked(self) -> tuple[tuple[float, float], ...]:
        """Beginning and end of each working day, in Unix seconds."""
        first = datetime.fromtimestamp(self.start_at, UTC).astimezone(ZoneInfo(self.zone))
        days: list[tuple[float, float]] = []
        # A week has one day at least that is worked, so seven times the days are enough.
        for number in range(7 * self.days):
            # Wall-clock arithmetic: nine in the morning stays nine when the clocks change.
            begins = first + timedelta(days=number)
            if WEEKDAYS[begins.weekday()] in self.weekdays:
                days.append((begins.timestamp(), begins.timestamp() + _HOUR * self.hours))
            if len(days) == self.days:
                break
        return tuple(days)

    @property
    def ends_at(self) -> float:
        """The end of the last day."""
        return self.days_worked()[-1][1]

    @property
    def list_size(self) -> int:
        """Leads of all campaigns."""
        if self.campaigns:
            return sum(campaign.leads_total for campaign in self.campaigns)
        return self.leads

    def plan(self) -> WorldPlan:
        """The world of this scenario, without faults."""
        team = TeamConfig(
            team_id=TeamId(1),
            name="team",
            pacing=replace(self.pacing, ring_seconds=self.ring_seconds),
        )
        campaigns, trunks = self.campaigns, self.trunks
        if not campaigns:
            trunk = TrunkConfig(
                trunk_id=TrunkId("gateway"),
                channels_max=self.lines,
                calls_per_second=self.calls_per_second,
            )
            campaigns, trunks = (self._campaign(team, trunk),), (trunk,)
        return WorldPlan(
            seconds=self.ends_at - self.start_at,
            start_at=self.start_at,
            teams=(team,),
            campaigns=campaigns,
            trunks=trunks,
            agents=self._agents(team),
            network=self.network,
            people=self.people,
            goal=self.goal,
            has_looks=False,
        )

    def _campaign(self, team: TeamConfig, trunk: TrunkConfig) -> CampaignPlan:
        config = CampaignConfig(
            campaign_id=CampaignId(1),
            team_id=team.team_id,
            name=self.name,
            caller_id="15550100",
            trunks=(trunk.trunk_id,),
            ring_seconds=self.ring_seconds,
            answer_tolerance_seconds=self.tolerance_seconds,
            wrap_up_seconds_max=self.wrap_up_seconds_max,
            on_abandon=self.on_abandon,
        )
        return CampaignPlan(
            config=config,
            leads=self.leads,
            tries_max=self.tries_max,
            retry_seconds=self.retry_seconds,
            answer=self.answer,
            ledgers=(self.ledger,),
            groups=self._groups(),
        )

    def _groups(self) -> tuple[LeadGroup, ...]:
        total = sum(kind.ratio for kind in self.kinds)
        groups = []
        left, ratio_left = self.leads, total
        for kind in self.kinds:
            leads = round(left * kind.ratio / ratio_left) if ratio_left > 0 else 0
            groups.append(LeadGroup(name=kind.name, leads=leads, answer=kind.answer))
            left, ratio_left = left - leads, ratio_left - kind.ratio
        return tuple(groups)

    def _agents(self, team: TeamConfig) -> tuple[AgentPlan, ...]:
        is_always = self.days == 1 and not self.roster
        return tuple(
            AgentPlan(
                agent_id=AgentId(n),
                team_id=team.team_id,
                name=f"agent-{n}",
                shifts=() if is_always else self._shifts(n),
            )
            for n in range(1, self.agents + 1)
        )

    def _shifts(self, number: int) -> tuple[tuple[float, float], ...]:
        """When agent `number` (from 1) is there: in the hours for which the roster has so many."""
        shifts: list[tuple[float, float]] = []
        for begins_at, ends_at in self.days_worked():
            roster = self.roster or (self.agents,)
            for hour, count in enumerate(roster):
                if count < number:
                    continue
                since = begins_at + _HOUR * hour
                until = ends_at if hour == len(roster) - 1 else min(since + _HOUR, ends_at)
                if since >= until:
                    continue
                if shifts and shifts[-1][1] == since:
                    shifts[-1] = (shifts[-1][0], until)
                else:
                    shifts.append((since, until))
        return tuple(shifts)
