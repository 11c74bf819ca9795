"""Managers: they stop and start campaigns and change how teams are paced while everything runs."""

from collections.abc import Callable
from dataclasses import replace

from dialer.engine.config import TeamConfig
from dialer.engine.events import (
    CampaignConfigured,
    CampaignPaused,
    CampaignStarted,
    CampaignStopped,
    Event,
    TeamConfigured,
)  # fmt: skip
from dialer.engine.ids import CampaignId, TeamId
from dialer.engine.supervision_events import AgentMoved
from dialer.pacing.settings import DialMode
from dialer.simulation.agenda import Agenda
from dialer.simulation.people import People
from dialer.simulation.plan import WorldPlan
from dialer.simulation.streams import Streams

_MODES = (DialMode.PROGRESSIVE, DialMode.RATIO, DialMode.PREDICTIVE)
_REST_SECONDS_MAX = 60.0


class Managers:
    """What they decide is on disk, so a restart finds it: `teams` as set now, campaigns at rest."""

    def __init__(
        self,
        agenda: Agenda,
        plan: WorldPlan,
        streams: Streams,
        people: People,
        tell: Callable[[Event], bool],
    ) -> None:
        self.agenda = agenda
        self.plan = plan
        self.people = people
        self.tell = tell
        self.teams: dict[TeamId, TeamConfig] = {team.team_id: team for team in plan.teams}
        self.resting: set[CampaignId] = set()
        self._dice = streams.named("managers")
        self._moves = streams.named("managers.moves")
        self._is_on = plan.manager_acts_per_hour > 0

    def begin(self) -> None:
        """Plan the first act."""
        if self._is_on:
            per_second = self.plan.manager_acts_per_hour / 3600.0
            self.agenda.after(self._dice.expovariate(per_second), self._act)

    def stop(self) -> None:
        """Nothing more is changed, and every campaign is running."""
        self._is_on = False
        for campaign_id in sorted(self.resting):
            self._resume(campaign_id)

    def _act(self) -> None:
        if not self._is_on:
            return
        campaign = self._dice.choice(self.plan.campaigns).config
        match self._dice.randrange(3):
            case 0 if campaign.campaign_id not in self.resting:
                self.resting.add(campaign.campaign_id)
                kind = self._dice.choice((CampaignPaused, CampaignStopped))
                self.tell(kind(campaign_id=campaign.campaign_id))
                rest = self._dice.uniform(1.0, _REST_SECONDS_MAX)
                self.agenda.after(rest, self._resume, campaign.campaign_id)
            case 1:
                team = self.teams[campaign.team_id]
                pacing = replace(team.pacing, mode=self._dice.choice(_MODES))
                self.teams[team.team_id] = replace(team, pacing=pacing)
                self.tell(TeamConfigured(team=self.teams[team.team_id]))
            case _:
                # Saying again what is known already must change nothing.
                self.tell(CampaignConfigured(campaign=campaign))
        if len(self.plan.teams) > 1 and self._moves.random() < 0.5:
            self._move_somebody()
        self.begin()

    def _move_somebody(self) -> None:
        """On disk first, as the service does it; whoever is away finds the new team at log-in."""
        agent_id = self._moves.choice(list(self.people.teams))
        team_id = self._moves.choice(self.plan.teams).team_id
        self.people.teams[agent_id] = team_id
        self.tell(AgentMoved(agent_id=agent_id, team_id=team_id))

    def _resume(self, campaign_id: CampaignId) -> None:
        if campaign_id in self.resting:
            self.resting.discard(campaign_id)
            ends_at = self.plan.start_at + self.plan.seconds
            self.tell(CampaignStarted(campaign_id=campaign_id, ends_at=ends_at))
