"""The engine: events in, commands out. This file only dispatches; the flows beside it decide.

`now` is Unix seconds from one monotonic source and never goes back. The same sequence of (now,
event) gives the same commands on any machine (law 1).
"""

from collections.abc import Callable
from typing import assert_never

from dialer.engine import (
    adopting,
    agent_flow,
    call_flow,
    callback_flow,
    hand_overs,
    hanging_up,
    in_call,
    in_call_dispatch,
    inbound,
    launching,
    lead_chances,
    leaving,
    live_answers,
    messages,
    node_moves,
    preview_flow,
    reconciling,
    recordings,
    snapshots,
    team_moves,
)
from dialer.engine.commands import Command, Drained, NoteRestored, OpenLedger
from dialer.engine.config import EngineConfig
from dialer.engine.events import (
    AgentHungUp,
    AgentLegAdopted,
    AgentLegEnded,
    AgentLegOriginated,
    AgentLoggedIn,
    AgentLoggedOut,
    AgentParked,
    AgentPaused,
    AgentReadied,
    AttemptRefused,
    BeepHeard,
    BridgeRefused,
    CallAdopted,
    CallAnswered,
    CallbackCancelled,
    CallbackDue,
    CallBridged,
    CallDisposed,
    CallEnded,
    CallOriginated,
    CallParked,
    CallReturned,
    CallRinging,
    CallScreened,
    CampaignConfigured,
    CampaignPaused,
    CampaignStarted,
    CampaignStopped,
    DrainRequested,
    Event,
    KeyPressed,
    LeadsLeased,
    LedgerOpened,
    PacerRestored,
    PreviewDialled,
    PreviewSkipped,
    QuestionUnanswered,
    SurveyAnswered,
    SwitchConfigured,
    SwitchConnected,
    SwitchDrainChanged,
    SwitchLoadReported,
    SwitchLost,
    TeamConfigured,
    TrunkConfigured,
    TrunkStateChanged,
)  # fmt: skip
from dialer.engine.floor import Campaign, Floor, Team
from dialer.engine.ids import AgentId, CallbackId, CallId, CampaignId, SwitchId, TeamId
from dialer.engine.in_call_events import InCallEvent
from dialer.engine.snapshot import AgentSnapshot, CallSnapshot, Snapshot
from dialer.engine.states import CampaignState
from dialer.engine.supervision_events import AgentMoved, AgentsMessaged
from dialer.engine.timers import Due, TimerKey
from dialer.engine.trunks import Trunk
from dialer.errors import IllegalTransition
from dialer.pacing import pacers
from dialer.pacing.settings import PacingSettings
from dialer.pacing.view import Pacer


class Engine:
    """One dialer's decisions.

    `handle` and `handle_deadline` are the only ways in. An event that is illegal in the state it
    meets raises IllegalTransition and changes nothing.
    """

    def __init__(
        self,
        config: EngineConfig | None = None,
        *,
        create_pacer: Callable[[PacingSettings], Pacer] = pacers.create,
    ) -> None:
        self._floor = Floor(config=config or EngineConfig())
        self._create_pacer = create_pacer
        self._now = float("-inf")

    def handle(self, event: Event, *, now: float) -> list[Command]:
        """Something happened. Deadlines that lie before it are handled first, in their order."""
        self._advance(now)
        self._fire_due(now)
        self._dispatch(event, now)
        return self._finish(now)

    def next_deadline(self) -> float | None:
        """When to call `handle_deadline`, or None."""
        return self._floor.timers.next_at()

    def handle_deadline(self, *, now: float) -> list[Command]:
        """Time passed."""
        self._advance(now)
        self._fire_due(now)
        return self._finish(now)

    def snapshot(self, *, now: float) -> Snapshot:
        """Everything at this instant; changes nothing."""
        return snapshots.build(self._floor, now)

    def agent(self, agent_id: AgentId) -> AgentSnapshot | None:
        """One agent as the snapshot would show them, without the rest of it; None when away."""
        agent = self._floor.agents.get(agent_id)
        return None if agent is None else snapshots.agent_of(self._floor, agent)

    def call(self, call_id: CallId) -> CallSnapshot | None:
        """One live call as the snapshot would show it; None when it is over."""
        call = self._floor.calls.get(call_id)
        return None if call is None else snapshots.call_of(self._floor, call)

    def saved_pacers(self) -> dict[TeamId, str]:
        """What each team's pacer has learnt, and of its leads, to be given back by
        `PacerRestored`."""
        return {team_id: lead_chances.save(self._floor, team_id) for team_id in self._floor.teams}

    def _advance(self, now: float) -> None:
        assert now >= self._now, f"time went back from {self._now} to {now}"
        if self._now == float("-inf"):
            self._floor.timers.arm(Due.SURVEY, None, at=now + self._floor.config.survey_seconds)
        self._now = now

    def _finish(self, now: float) -> list[Command]:
        floor = self._floor
        for team in floor.teams.values():
            if team.moving_to is not None:
                node_moves.go_on(floor, team, now)
        while floor.touched:
            team_id = next(iter(floor.touched))
            del floor.touched[team_id]
            leaving.release(floor, team_id, now)
            callback_flow.launch_due(floor, team_id, now)
            hand_overs.serve(floor, team_id, now)
            preview_flow.offer(floor, team_id, now)
            launching.pace(floor, team_id, now)
        if floor.is_draining and not floor.is_drained and not floor.calls:
            floor.is_drained = True
            floor.say(Drained())
        commands, floor.commands = floor.commands, []
        return commands

    def _fire_due(self, now: float) -> None:
        # Each deadline handled re-arms itself in the future if at all, so this ends.
        while (key := self._floor.timers.pop_due(now)) is not None:
            self._fire(key, now)

    def _fire(self, key: TimerKey, now: float) -> None:
        floor = self._floor
        match key:
            case (Due.SWITCH, str(switch)):
                node_moves.looked_at(floor, SwitchId(switch), now)
            case (_, str(call_id)):
                self._fire_call(key.due, CallId(call_id), now)
            case (Due.LEG_WATCH | Due.WRAP_UP | Due.RENAIL | Due.PREVIEW as due, int(agent)):
                self._fire_agent(due, AgentId(agent), now)
            case (Due.PACE, int(team)):
                floor.touch(TeamId(team))
            case (Due.LEASE, int(campaign)):
                floor.touch(floor.campaigns[CampaignId(campaign)].config.team_id)
            case (Due.CALLBACK, int(callback)):
                callback_flow.look(floor, CallbackId(callback), now)
            case (Due.SURVEY, None):
                reconciling.survey(floor, now)
            case (Due.LEDGER, (campaign_id, ledger)):
                floor.campaigns[campaign_id].ledgers.windows[ledger].roll(now)
                floor.say(OpenLedger(campaign_id=campaign_id, ledger=ledger))
            case _:
                raise AssertionError(f"no such deadline: {key}")

    def _fire_agent(self, due: Due, agent_id: AgentId, now: float) -> None:
        floor = self._floor
        match due:
            case Due.LEG_WATCH:
                agent_flow.leg_overdue(floor, agent_id, now)
            case Due.WRAP_UP:
                agent_flow.end_wrap_up(floor, floor.agents[agent_id], now)
            case Due.RENAIL:
                agent_flow.renail(floor, agent_id, now)
            case Due.PREVIEW:
                preview_flow.time_is_over(floor, agent_id, now)
            case _:
                raise AssertionError(f"{due} is no agent's deadline")

    def _fire_call(self, due: Due, call_id: CallId, now: float) -> None:
        floor = self._floor
        match due:
            case Due.LEGAL_SECONDS:
                live_answers.legal_seconds_over(floor, call_id, now)
            case Due.PARK_OVERDUE:
                call_flow.park_overdue(floor, call_id, now)
            case Due.SCREENING:
                call_flow.verdict_overdue(floor, call_id, now)
            case Due.BEEP:
                messages.beep_overdue(floor, call_id, now)
            case Due.RETURN_WAIT:
                inbound.wait_is_over(floor, call_id, now)
            case Due.CALL_WATCH:
                call_flow.watch(floor, call_id, now)
            case Due.HANG_UP:
                hanging_up.due(floor, call_id, now)
            case Due.TALK_WATCH:
                in_call.watch(floor, call_id, now)
            case Due.CONSENT:
                recordings.consent_over(floor, call_id)
            case _:
                raise AssertionError(f"no such deadline of a call: {due}")

    def _dispatch(self, event: Event, now: float) -> None:
        if isinstance(event, InCallEvent):
            in_call_dispatch.take(self._floor, event, now)
            return
        match event:
            case (
                CallOriginated() | CallRinging() | CallAnswered() | CallParked() | CallScreened()
                | CallBridged() | BridgeRefused() | CallEnded()
            ):  # fmt: skip
                self._dispatch_call(event, now)
            case (
                AgentLoggedIn() | AgentLegOriginated() | AgentLegAdopted() | AgentParked()
                | AgentLegEnded() | AgentReadied() | AgentPaused() | AgentLoggedOut()
                | AgentHungUp() | CallDisposed() | PreviewDialled() | PreviewSkipped()
            ):  # fmt: skip
                self._dispatch_agent(event, now)
            case LeadsLeased():
                launching.take_leads(self._floor, event.campaign_id, event.leads, event.asked, now)
            case AttemptRefused():
                reconciling.refuse(self._floor, event, now)
            case CallbackDue():
                callback_flow.take(self._floor, event, now)
            case CallbackCancelled():
                callback_flow.cancel(self._floor, event, now)
            case (
                SurveyAnswered() | SwitchConnected() | SwitchLost() | SwitchConfigured()
                | SwitchDrainChanged() | SwitchLoadReported() | CallAdopted()
            ):  # fmt: skip
                self._dispatch_switch(event, now)
            case BeepHeard() | KeyPressed() | QuestionUnanswered() | CallReturned():
                self._dispatch_recording(event, now)
            case AgentMoved() | AgentsMessaged():
                team_moves.take(self._floor, event, now)
            case _:
                self._dispatch_setting(event, now)

    def _dispatch_switch(
        self,
        event: SurveyAnswered | SwitchConnected | SwitchLost | SwitchConfigured
        | SwitchDrainChanged | SwitchLoadReported | CallAdopted,
        now: float,
    ) -> None:  # fmt: skip
        floor = self._floor
        match event:
            case SurveyAnswered():
                reconciling.surveyed(floor, event, now)
            case SwitchConnected():
                reconciling.switch_connected(floor, event, now)
            case SwitchLost():
                node_moves.lost(floor, event, now)
            case SwitchConfigured():
                node_moves.configured(floor, event, now)
            case SwitchDrainChanged():
                node_moves.drain_changed(floor, event, now)
            case SwitchLoadReported():
                node_moves.load_reported(floor, event, now)
            case CallAdopted():
                adopting.adopt_call(floor, event, now)
            case _:
                assert_never(event)

    def _dispatch_call(
        self,
        event: CallOriginated | CallRinging | CallAnswered | CallParked | CallScreened | CallBridged
        | BridgeRefused | CallEnded,
        now: float,
    ) -> None:  # fmt: skip
        floor = self._floor
        match event:
            case CallOriginated():
                call_flow.originated(floor, event, now)
            case CallRinging():
                call_flow.ringing(floor, event, now)
            case CallAnswered():
                call_flow.answered(floor, event, now)
            case CallParked():
                call_flow.parked(floor, event, now)
            case CallScreened():
                call_flow.screened(floor, event, now)
            case CallBridged():
                call_flow.bridged(floor, event, now)
            case BridgeRefused():
                call_flow.bridge_refused(floor, event, now)
            case CallEnded():
                call_flow.ended(floor, event, now)
            case _:
                assert_never(event)

    def _dispatch_recording(
        self, event: BeepHeard | KeyPressed | QuestionUnanswered | CallReturned, now: float
    ) -> None:
        floor = self._floor
        match event:
            case BeepHeard():
                messages.beep_heard(floor, event, now)
            case KeyPressed():
                messages.key_pressed(floor, event, now)
                recordings.key_pressed(floor, event, now)
            case QuestionUnanswered():
                messages.unanswered(floor, event, now)
            case CallReturned():
                inbound.returned(floor, event, now)
            case _:
                assert_never(event)

    def _dispatch_agent(
        self,
        event: AgentLoggedIn | AgentLegOriginated | AgentLegAdopted | AgentParked | AgentLegEnded
        | AgentReadied | AgentPaused | AgentLoggedOut | AgentHungUp | CallDisposed
        | PreviewDialled | PreviewSkipped,
        now: float,
    ) -> None:  # fmt: skip
        floor = self._floor
        match event:
            case AgentLoggedIn():
                agent_flow.log_in(floor, event, now)
            case AgentLegOriginated():
                agent_flow.leg_originated(floor, event, now)
            case AgentLegAdopted():
                agent_flow.adopt_leg(floor, event, now)
            case AgentParked():
                agent_flow.leg_parked(floor, event, now)
                in_call.leg_parked(floor, event, now)
            case AgentLegEnded():
                agent_flow.leg_ended(floor, event, now)
            case AgentReadied() | AgentPaused() | AgentLoggedOut() | AgentHungUp() | CallDisposed():
                agent_flow.wish(floor, event, now)
            case PreviewDialled():
                preview_flow.dial(floor, event, now)
            case PreviewSkipped():
                preview_flow.skip(floor, event, now)
            case _:
                assert_never(event)

    def _dispatch_setting(
        self,
        event: TeamConfigured | PacerRestored | CampaignConfigured | CampaignStarted
        | CampaignPaused | CampaignStopped | TrunkConfigured | TrunkStateChanged | LedgerOpened
        | DrainRequested,
        now: float,
    ) -> None:  # fmt: skip
        floor = self._floor
        match event:
            case TeamConfigured() | PacerRestored():
                self._dispatch_team(event, now)
            case CampaignConfigured():
                self._configure_campaign(event)
            case CampaignStarted():
                campaign = self._campaign(event.campaign_id)
                campaign.state, campaign.ends_at = CampaignState.RUNNING, event.ends_at
                floor.touch(campaign.config.team_id)
            case CampaignPaused() | CampaignStopped():
                campaign = self._campaign(event.campaign_id)
                is_pause = isinstance(event, CampaignPaused)
                campaign.state = CampaignState.PAUSED if is_pause else CampaignState.STOPPED
                preview_flow.take_back_all(
                    floor, campaign.config.team_id, "not_dialling", of=event.campaign_id
                )
                launching.give_back_leads(floor, campaign)
                callback_flow.give_back_all(floor, event.campaign_id, now)
                floor.touch(campaign.config.team_id)
            case TrunkConfigured():
                self._configure_trunk(event, now)
            case TrunkStateChanged():
                if event.trunk_id in floor.trunks:
                    trunk = floor.trunks[event.trunk_id]
                    trunk.set_up_on(event.switch_id, is_up=event.is_up)
            case LedgerOpened():
                self._open_ledger(event, now)
            case DrainRequested():
                floor.is_draining = True
                for team_id in floor.teams:
                    preview_flow.take_back_all(floor, team_id, "not_dialling")
                for campaign in floor.campaigns.values():
                    launching.give_back_leads(floor, campaign)
                    callback_flow.give_back_all(floor, campaign.config.campaign_id, now)
            case _:
                assert_never(event)

    def _configure_trunk(self, event: TrunkConfigured, now: float) -> None:
        trunk = self._floor.trunks.get(event.trunk.trunk_id)
        if trunk is None:
            self._floor.trunks[event.trunk.trunk_id] = Trunk(event.trunk, filled_at=now)
        else:
            trunk.config = event.trunk

    def _open_ledger(self, event: LedgerOpened, now: float) -> None:
        self._campaign(event.campaign_id).ledgers.open(event, now=now)
        key = (event.campaign_id, event.ledger)
        self._floor.timers.disarm(Due.LEDGER, key)
        if event.ends_at is not None:
            self._floor.timers.arm(Due.LEDGER, key, at=event.ends_at)

    def _configure_team(self, event: TeamConfigured, now: float) -> None:
        config = event.team
        team = self._floor.teams.get(config.team_id)
        if team is None:
            team = Team(config=config, pacer=self._create_pacer(config.pacing))
            self._floor.teams[config.team_id] = team
        elif team.config.pacing != config.pacing:
            # What was learnt outlives a change of mode or settings.
            learnt = team.pacer.save()
            team.pacer = self._create_pacer(config.pacing)
            team.pacer.restore(learnt)
        team.config = config
        node_moves.place_team(self._floor, team, now)
        self._floor.touch(config.team_id)

    def _dispatch_team(self, event: TeamConfigured | PacerRestored, now: float) -> None:
        match event:
            case TeamConfigured():
                self._configure_team(event, now)
            case PacerRestored():
                self._restore_pacer(event)
            case _:
                assert_never(event)

    def _restore_pacer(self, event: PacerRestored) -> None:
        if event.team_id not in self._floor.teams:
            raise IllegalTransition(f"team {event.team_id} is not here; configure it first")
        reason = lead_chances.restore(self._floor, event.team_id, event.state)
        self._floor.say(NoteRestored(team_id=event.team_id, reason=reason))

    def _configure_campaign(self, event: CampaignConfigured) -> None:
        config = event.campaign
        if config.team_id not in self._floor.teams:
            raise IllegalTransition(
                f"campaign {config.name!r} is for team {config.team_id}, which is not here"
            )
        campaign = self._floor.campaigns.get(config.campaign_id)
        if campaign is None:
            campaign = self._floor.campaigns[config.campaign_id] = Campaign(config=config)
            lead_chances.take(campaign, self._floor.teams[config.team_id])
        else:
            self._floor.teams[campaign.config.team_id].campaigns.pop(config.campaign_id, None)
            campaign.config = config
        self._floor.teams[config.team_id].campaigns[config.campaign_id] = None
        self._floor.touch(config.team_id)

    def _campaign(self, campaign_id: CampaignId) -> Campaign:
        campaign = self._floor.campaigns.get(campaign_id)
        if campaign is None:
            raise IllegalTransition(f"campaign {campaign_id} is not here; configure it first")
        return campaign
