"""Several campaigns share one team by weight, each with a list and a ledger of its own."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from dialer.engine.commands import Command, Originate
from dialer.engine.config import CampaignConfig, TeamConfig, TrunkConfig
from dialer.engine.events import Event
from dialer.engine.ids import AgentId, CampaignId, TeamId, TrunkId
from dialer.engine.snapshot import Snapshot
from dialer.pacing.settings import DialMode, PacingSettings, Wall
from dialer.simulation import checkers
from dialer.simulation.facts import Fact
from dialer.simulation.plan import AgentPlan, CampaignPlan, LedgerPlan, WorldPlan
from dialer.simulation.ports import LastLook
from dialer.simulation.world import World

TEAM, TRUNK = TeamId(1), TrunkId("main")
LEFT, RIGHT = CampaignId(1), CampaignId(2)


class Launches:
    """Which campaign's lead was launched when, and the ledgers at the end."""

    def __init__(self) -> None:
        self.of: list[tuple[float, CampaignId]] = []
        self.last: Snapshot | None = None

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        self.of += [(now, one.lead.campaign_id) for one in commands if isinstance(one, Originate)]

    def fact(self, now: float, fact: Fact) -> None:
        """Only launches count here."""

    def look(self, now: float, snapshot: Snapshot) -> None:
        self.last = snapshot

    def finish(self, last: LastLook) -> None:
        self.last = last.snapshot

    def counts(self, begin: float = 0.0, end: float = float("inf")) -> Counter[CampaignId]:
        return Counter(campaign for at, campaign in self.of if begin <= at < end)


def world(
    *,
    weights: tuple[float, float] = (3.0, 1.0),
    leads: tuple[int, int] = (20_000, 20_000),
    limits: tuple[float, float] = (0.03, 0.03),
    mode: DialMode = DialMode.PREDICTIVE,
    wall: Wall = Wall.FORECAST,
    seconds: float = 1800.0,
) -> WorldPlan:
    campaigns = tuple(
        CampaignPlan(
            config=CampaignConfig(
                campaign_id=campaign_id,
                team_id=TEAM,
                name=f"campaign {campaign_id}",
                caller_id="15550100",
                trunks=(TRUNK,),
                weight=weight,
            ),
            leads=count,
            tries_max=1,
            ledgers=(LedgerPlan(limit_ratio=limit),),
        )
        for campaign_id, weight, count, limit in zip(
            (LEFT, RIGHT), weights, leads, limits, strict=True
        )
    )
    return WorldPlan(
        seconds=seconds,
        teams=(TeamConfig(team_id=TEAM, name="day", pacing=PacingSettings(mode=mode, wall=wall)),),
        campaigns=campaigns,
        trunks=(TrunkConfig(trunk_id=TRUNK, channels_max=100, calls_per_second=20.0),),
        agents=tuple(
            AgentPlan(agent_id=AgentId(n), team_id=TEAM, name=f"agent-{n}") for n in range(1, 9)
        ),
    )


def played(plan: WorldPlan, seed: int = 5) -> Launches:
    launches = Launches()
    World(plan, seed, observers=[*checkers.all_of(plan), launches]).run()
    return launches


def test_weights_of_three_to_one_launch_three_to_one_over_half_an_hour() -> None:
    counts = played(world()).counts()
    assert counts[RIGHT] > 50
    assert abs(counts[LEFT] - 3 * counts[RIGHT]) <= 4


def test_when_one_list_runs_dry_the_other_campaign_has_the_team_alone() -> None:
    plan = world(leads=(60, 20_000))
    launches = played(plan)
    # A try that the network refused before it rang does not count, and is made again.
    assert 60 <= launches.counts()[LEFT] <= 66
    dry_at = max(at for at, campaign in launches.of if campaign == LEFT)
    assert dry_at < plan.start_at + plan.seconds / 2
    while_both = launches.counts(end=dry_at)
    assert abs(while_both[LEFT] - 3 * while_both[RIGHT]) <= 4
    # The team goes on as busily as before, with one list.
    before = sum(while_both.values()) / (dry_at - plan.start_at)
    after = launches.counts(begin=dry_at)[RIGHT] / (plan.start_at + plan.seconds - dry_at)
    assert after > 0.7 * before


def test_each_campaign_keeps_its_own_limit() -> None:
    plan = world(weights=(1.0, 1.0), limits=(0.03, 0.01), wall=Wall.STRICT)
    launches = played(plan)
    assert launches.last is not None
    ledgers = {one.campaign_id: one.ledgers[0] for one in launches.last.campaigns}
    assert [ledgers[one].limit_ratio for one in (LEFT, RIGHT)] == [0.03, 0.01]
    for ledger in ledgers.values():
        assert ledger.live_answers > 30
        assert ledger.abandonment_ratio <= ledger.limit_ratio


def test_three_campaigns_in_progressive_mode_share_by_weight() -> None:
    plan = world(mode=DialMode.PROGRESSIVE, weights=(2.0, 1.0))
    third = replace(
        plan.campaigns[0],
        config=replace(plan.campaigns[0].config, campaign_id=CampaignId(3), weight=0.5),
    )
    counts = played(replace(plan, campaigns=(*plan.campaigns, third))).counts()
    assert abs(counts[LEFT] - 2 * counts[RIGHT]) <= 4
    assert abs(counts[RIGHT] - 2 * counts[CampaignId(3)]) <= 4


def test_in_preview_mode_agents_read_press_dial_and_share_their_campaigns_by_weight() -> None:
    launches = played(world(mode=DialMode.PREVIEW))
    counts = launches.counts()
    assert counts[RIGHT] > 20
    assert abs(counts[LEFT] - 3 * counts[RIGHT]) <= 8
    assert launches.last is not None
    assert all(one.abandoned == 0 for one in launches.last.campaigns)
