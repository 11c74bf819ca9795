"""A small world around one engine: events go in by hand, commands are collected by type."""

from dataclasses import dataclass, field
from typing import TypeVar

from dialer.engine.commands import Command
from dialer.engine.config import (
    CampaignConfig,
    EngineConfig,
    TeamConfig,
    TrunkConfig,
)  # fmt: skip
from dialer.engine.engine import Engine
from dialer.engine.events import (
    AgentLegEnded,
    AgentLegOriginated,
    AgentLoggedIn,
    AgentParked,
    AgentReadied,
    CallAnswered,
    CallOriginated,
    CallParked,
    CallRinging,
    CampaignConfigured,
    CampaignStarted,
    Event,
    HopperLead,
    LeadsLeased,
    LedgerOpened,
    SwitchConnected,
    TeamConfigured,
    TrunkConfigured,
)  # fmt: skip
from dialer.engine.ids import (
    E164,
    AgentId,
    CallId,
    CampaignId,
    LeadId,
    LedgerName,
    LegId,
    PhoneId,
    TeamId,
    TrunkId,
)  # fmt: skip
from dialer.engine.snapshot import AgentSnapshot, CallSnapshot, Snapshot
from dialer.pacing.settings import DialMode, PacingSettings

TEAM, CAMPAIGN, TRUNK, LEDGER = TeamId(1), CampaignId(1), TrunkId("pstn"), LedgerName("campaign")
FOR_EVER = 1e12

C = TypeVar("C", bound=Command)


def hopper_lead(number: int, *, campaign_id: CampaignId = CAMPAIGN,
                callable_until: float = FOR_EVER) -> HopperLead:  # fmt: skip
    """Lead `number` with call id `call-<number>`."""
    return HopperLead(
        call_id=CallId(f"call-{number}"),
        campaign_id=campaign_id,
        lead_id=LeadId(number),
        phone_id=PhoneId(number),
        number=E164(f"+1202555{number:04d}"),
        callable_until=callable_until,
    )


@dataclass
class Desk:
    """One team, one campaign, one trunk, as many agents as asked for, progressive by default."""

    mode: DialMode = DialMode.PROGRESSIVE
    ratio: float = 1.0
    campaign: CampaignConfig = field(
        default_factory=lambda: CampaignConfig(
            campaign_id=CAMPAIGN,
            team_id=TEAM,
            name="spring",
            caller_id="+12025550100",
            trunks=(TRUNK,),
        )
    )
    trunk: TrunkConfig = field(
        default_factory=lambda: TrunkConfig(trunk_id=TRUNK, channels_max=100, calls_per_second=50)
    )
    now: float = 1000.0
    engine: Engine = field(default_factory=lambda: Engine(EngineConfig()))
    said: list[Command] = field(default_factory=list)
    is_connected: bool = True
    """Whether a switch is there from the beginning."""

    def __post_init__(self) -> None:
        pacing = PacingSettings(mode=self.mode, ratio=self.ratio)
        self.feed(
            TeamConfigured(team=TeamConfig(team_id=TEAM, name="day", pacing=pacing)),
            TrunkConfigured(trunk=self.trunk),
            CampaignConfigured(campaign=self.campaign),
            LedgerOpened(campaign_id=CAMPAIGN, ledger=LEDGER, limit_ratio=0.03, ends_at=None),
            *([SwitchConnected(is_new=False)] if self.is_connected else []),
            CampaignStarted(campaign_id=CAMPAIGN),
        )

    def feed(self, *events: Event) -> list[Command]:
        """Hand in events now; the commands they lead to."""
        commands = [c for event in events for c in self.engine.handle(event, now=self.now)]
        self.said.extend(commands)
        return commands

    def wait(self, seconds: float) -> list[Command]:
        """Let time pass, deadline by deadline; the commands it leads to."""
        until = self.now + seconds
        commands: list[Command] = []
        while (at := self.engine.next_deadline()) is not None and at <= until:
            self.now = max(self.now, at)
            commands += self.engine.handle_deadline(now=self.now)
        self.now = until
        self.said.extend(commands)
        return commands

    def agent(self, number: int = 1, *, ready: bool = True) -> AgentId:
        """Log an agent in, nail up their leg `leg-<number>`, and make them ready."""
        agent_id, leg_id = AgentId(number), LegId(f"leg-{number}")
        self.feed(
            AgentLoggedIn(agent_id=agent_id, team_id=TEAM, name=f"agent {number}"),
            AgentLegOriginated(agent_id=agent_id, leg_id=leg_id),
            AgentParked(agent_id=agent_id, leg_id=leg_id),
        )
        if ready:
            self.feed(AgentReadied(agent_id=agent_id))
        return agent_id

    def lose_leg(self, number: int = 1) -> None:
        """Nobody is there any more for the call that was launched for this agent."""
        leg_id = LegId(f"leg-{number}")
        self.feed(AgentLegEnded(agent_id=AgentId(number), leg_id=leg_id, cause="MEDIA_TIMEOUT"))

    def leads(self, *numbers: int) -> list[Command]:
        """Leads arrive in the hopper."""
        leads = tuple(hopper_lead(n) for n in numbers)
        return self.feed(LeadsLeased(campaign_id=CAMPAIGN, leads=leads, asked=len(leads)))

    def ring(self, number: int) -> CallId:
        """Call `number`, launched already, is written, placed and ringing."""
        call_id = CallId(f"call-{number}")
        self.feed(CallOriginated(call_id=call_id), CallRinging(call_id=call_id))
        return call_id

    def answer(self, number: int) -> CallId:
        """Call `number`, launched already, is answered and parked."""
        call_id = self.ring(number)
        self.feed(CallAnswered(call_id=call_id))
        self.now += 0.02
        self.feed(CallParked(call_id=call_id))
        return call_id

    def all(self, kind: type[C]) -> list[C]:
        """Every command of this kind so far."""
        return [c for c in self.said if isinstance(c, kind)]

    def one(self, kind: type[C]) -> C:
        """The only command of this kind so far."""
        (command,) = self.all(kind)
        return command

    @property
    def snapshot(self) -> Snapshot:
        return self.engine.snapshot(now=self.now)

    def agent_state(self, number: int = 1) -> AgentSnapshot:
        """The agent as the snapshot shows them."""
        return next(a for a in self.snapshot.agents if a.agent_id == number)

    def call(self, number: int) -> CallSnapshot | None:
        """The call as the snapshot shows it, or None when it is over."""
        return next((c for c in self.snapshot.calls if c.call_id == f"call-{number}"), None)
