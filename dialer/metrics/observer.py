"""Turns what the engine sees and says into metrics."""

from collections import OrderedDict
from collections.abc import Sequence

from dialer.engine.commands import Command, NoteDecision, RecordCall, RecordCallback
from dialer.engine.events import (
    AttemptRefused,
    CallOriginated,
    CampaignConfigured,
    Event,
    TeamConfigured,
)
from dialer.engine.ids import CallId, CampaignId, TeamId
from dialer.engine.snapshot import Snapshot
from dialer.engine.states import AgentState, CallbackState, CallState
from dialer.metrics.instruments import Instruments
from dialer.pacing.view import Limit

RECORDED_MAX = 50_000
"""Calls remembered as counted, so that a corrected record is not counted twice. Corrections come
from agents' dispositions within minutes; 50 000 calls are hours of the largest team."""


class MetricsObserver:
    """An observer of the driver, and a reader of snapshots."""

    def __init__(self, instruments: Instruments) -> None:
        self.instruments = instruments
        self._campaigns: dict[CampaignId, str] = {}
        self._teams: dict[TeamId, str] = {}
        self._recorded: OrderedDict[CallId, None] = OrderedDict()
        self._decided: dict[tuple[TeamId, Limit], int] = {}
        """What the counter of decisions holds; the engine counts, this adds what is new."""

    def __call__(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """One step of the driver."""
        if event is not None:
            self._note_event(event)
        for command in commands:
            if isinstance(command, RecordCall):
                self._note_record(command)
            elif isinstance(command, RecordCallback):
                self._note_callback(command)
            elif isinstance(command, NoteDecision):
                labels = (self._team(command.team_id), str(command.decision.bound_by))
                self.instruments.launches.labels(*labels).inc(command.decision.count)

    def read(self, snapshot: Snapshot) -> None:
        """Set the gauges that describe this instant."""
        self._read_calls(snapshot)
        self._read_agents(snapshot)
        to = self.instruments
        to.switch_up.set(snapshot.is_switch_connected)
        for campaign in snapshot.campaigns:
            to.hopper.labels(campaign.name).set(campaign.hopper)
            to.callbacks_due.labels(campaign.name).set(campaign.callbacks_due)
            for ledger in campaign.ledgers:
                labels = (campaign.name, str(ledger.ledger))
                to.abandonment.labels(*labels).set(ledger.abandonment_ratio)
                to.abandonment_limit.labels(*labels).set(ledger.limit_ratio)
        for trunk in snapshot.trunks:
            to.channels.labels(trunk.trunk_id).set(trunk.channels)
            to.channels_max.labels(trunk.trunk_id).set(trunk.channels_max)

    def _read_calls(self, snapshot: Snapshot) -> None:
        names = {campaign.campaign_id: campaign.name for campaign in snapshot.campaigns}
        counts = {(name, state): 0 for name in names.values() for state in CallState}
        for call in snapshot.calls:
            counts[(names[call.campaign_id], call.state)] += 1
        for (campaign, state), count in counts.items():
            self.instruments.calls.labels(campaign, str(state)).set(count)

    def _read_agents(self, snapshot: Snapshot) -> None:
        names = {team.team_id: team.name for team in snapshot.teams}
        counts = {(name, state): 0 for name in names.values() for state in AgentState}
        for agent in snapshot.agents:
            counts[(names[agent.team_id], agent.state)] += 1
        for (team_name, state), count in counts.items():
            self.instruments.agents.labels(team_name, str(state)).set(count)
        for team in snapshot.teams:
            for limit, count in team.decisions:
                counted = self._decided.get((team.team_id, limit), 0)
                self.instruments.decisions.labels(team.name, str(limit)).inc(count - counted)
                self._decided[team.team_id, limit] = count
            self.instruments.utilisation.labels(team.name).set(team.utilisation_ratio)

    def _note_event(self, event: Event) -> None:
        match event:
            case TeamConfigured():
                self._teams[event.team.team_id] = event.team.name
            case CampaignConfigured():
                self._campaigns[event.campaign.campaign_id] = event.campaign.name
            case CallOriginated():
                self.instruments.originates.inc()
            case AttemptRefused():
                self.instruments.refusals.inc()
            case _:
                # Everything else shows in the snapshot or in the commands.
                return

    def _note_record(self, record: RecordCall) -> None:
        if record.call_id in self._recorded:
            return
        self._recorded[record.call_id] = None
        if len(self._recorded) > RECORDED_MAX:
            self._recorded.popitem(last=False)
        campaign = self._campaigns.get(record.campaign_id, str(record.campaign_id))
        self.instruments.attempts.labels(campaign, str(record.outcome), record.cause).inc()
        if record.is_live:
            self.instruments.live_answers.labels(campaign).inc()
        if record.is_abandoned:
            self.instruments.abandoned.labels(campaign).inc()
        if record.answered_at is not None and record.bridged_at is not None:
            seconds = max(0.0, record.bridged_at - record.answered_at)
            self.instruments.answer_to_bridge.labels(campaign).observe(seconds)

    def _note_callback(self, record: RecordCallback) -> None:
        if record.state is not CallbackState.OPEN:
            campaign = self._campaigns.get(record.campaign_id, str(record.campaign_id))
            self.instruments.callbacks.labels(campaign, str(record.state)).inc()

    def _team(self, team_id: TeamId) -> str:
        return self._teams.get(team_id, str(team_id))
