"""Orders of a call that an agent is on, carried out on the switch."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from campaigns.recording_spec import RecordingSpec
from campaigns.store.errors import DatabaseUnavailable
from campaigns.store.rows import CampaignRow
from dialer.engine.events import Event
from dialer.engine.ids import CampaignId, LegId
from dialer.engine.in_call_commands import (
    BridgeOutside,
    CallOutside,
    CallSupervisor,
    HangupSideLeg,
    HoldLead,
    InCallOrder,
    LeadSound,
    MaskRecording,
    PlayToLead,
    PlayTone,
    SendKeys,
    SetSupervisorMode,
    StartRecording,
    StopRecording,
    Tone,
    TryPhone,
)
from dialer.engine.in_call_events import SideLegEnded, SupervisorMode
from dialer.runtime import originates
from dialer.runtime.agent_roster import AgentRoster
from dialer.runtime.outcomes_by_cause import NEVER_PLACED_CAUSE
from dialer.runtime.side_legs import SideLegs
from dialer.settings import Settings
from freeswitch import commands, talk_commands
from freeswitch.answers import is_ok
from freeswitch.commands import Api
from freeswitch.errors import FreeSwitchError
from freeswitch.session import EslSession
from freeswitch.side_legs import OutsideLeg, SupervisorLeg, TrialLeg

log = logging.getLogger(__name__)

HOLD_MUSIC = "hold"
"""Id of the music on hold, in the folder of sounds."""
CALL_TONE_HERTZ, CALL_TONE_MILLISECONDS = 880, 200
"""One tone before each call: heard for 160 to 200 ms, and the bridge does not wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InCallContext:
    """What these orders need besides the connection."""

    settings: Settings
    sides: SideLegs
    roster: AgentRoster
    post: Callable[[Event], None]
    row_of: Callable[[CampaignId], CampaignRow | None]
    """The campaign as the service knows it."""

    def sound_of(self, campaign_id: CampaignId, sound: LeadSound) -> str:
        """Id of one of a campaign's sounds."""
        row = self.row_of(campaign_id)
        spec = RecordingSpec() if row is None else row.spec.recording
        return spec.notice if sound is LeadSound.NOTICE else spec.question


def announce(leg: LegId) -> Api:
    """The tone that tells an agent of a call."""
    return commands.play_tone(leg, milliseconds=CALL_TONE_MILLISECONDS, hertz=CALL_TONE_HERTZ)


async def carry_out(session: EslSession, context: InCallContext, order: InCallOrder) -> None:
    """Do it. Raises FreeSwitchError."""
    match order:
        case CallOutside() | CallSupervisor() | TryPhone():
            await _place(session, context, order)
        case BridgeOutside():
            await _bridge_outside(session, context, order)
        case HangupSideLeg():
            await _hang_up(session, context, order.leg_id)
        case StartRecording() | StopRecording() | MaskRecording():
            answer = await session.api(_recording(context, order))
            if not is_ok(answer):
                log.warning(
                    "%s of call %s: the switch answered %s",
                    type(order).__name__,
                    order.call_id,
                    answer.strip(),
                    extra={"action": "recording_refused"},
                )
        case HoldLead() | SendKeys() | PlayToLead() | SetSupervisorMode() | PlayTone():
            await session.api(_plain(context, order))
        case _:
            assert_never(order)


def _plain(
    context: InCallContext,
    order: HoldLead | SendKeys | PlayToLead | SetSupervisorMode | PlayTone,
) -> Api:
    sounds = str(context.settings.files.sounds)
    match order:
        case HoldLead():
            return talk_commands.hold(
                order.call_id, held_by=order.leg_id, file_id=HOLD_MUSIC, directory=sounds
            )
        case SendKeys():
            return talk_commands.send_keys(order.call_id, order.keys)
        case PlayToLead():
            file_id = context.sound_of(order.campaign_id, order.sound)
            return talk_commands.play_beside(order.call_id, file_id=file_id, directory=sounds)
        case SetSupervisorMode():
            to_agent, to_lead = _heard_by(order.mode)
            return talk_commands.supervisor_speaks(order.leg_id, to_agent=to_agent, to_lead=to_lead)
        case PlayTone():
            is_done = order.tone is Tone.DONE
            return talk_commands.play_tones(
                order.leg_id,
                hertz=1200 if is_done else 400,
                milliseconds=150,
                times=1 if is_done else 2,
            )
        case _:
            assert_never(order)


def _recording(
    context: InCallContext, order: StartRecording | StopRecording | MaskRecording
) -> Api:
    folder, file_id = str(context.settings.files.recordings), order.file_id
    match order:
        case StartRecording():
            return commands.start_recording(order.call_id, directory=folder, file_id=file_id)
        case StopRecording():
            return commands.stop_recording(order.call_id, directory=folder, file_id=file_id)
        case MaskRecording():
            return talk_commands.mask_recording(
                order.call_id, directory=folder, file_id=file_id, is_masked=order.is_masked
            )
        case _:
            assert_never(order)


def _heard_by(mode: SupervisorMode) -> tuple[bool, bool]:
    """Whether the agent hears the supervisor, and whether the lead does."""
    return mode is not SupervisorMode.LISTEN, mode is SupervisorMode.BARGE


async def _place(
    session: EslSession, context: InCallContext, order: CallOutside | CallSupervisor | TryPhone
) -> None:
    """Call a leg; where that is impossible, its end is told at once."""
    is_parked = isinstance(order, CallOutside) and order.three_way_with is None
    context.sides.expect(order.leg_id, is_up_when_parked=is_parked)
    try:
        call = await _originate(context, order)
        await session.command(commands.bgapi(call, order.leg_id))
    except (FreeSwitchError, DatabaseUnavailable) as error:
        log.error(
            "Leg %s could not be called: %s",
            order.leg_id,
            error,
            extra={"action": "side_leg_failed"},
        )
        context.sides.forget(order.leg_id)
        context.post(SideLegEnded(leg_id=order.leg_id, cause=NEVER_PLACED_CAUSE))


async def _originate(context: InCallContext, order: CallOutside | CallSupervisor | TryPhone) -> Api:
    match order:
        case CallOutside():
            return OutsideLeg(
                leg_uuid=order.leg_id,
                gateway=order.trunk_id,
                number=order.number,
                caller_id=order.caller_id,
                three_way_with=order.three_way_with,
            ).originate()
        case CallSupervisor():
            to_agent, to_lead = _heard_by(order.mode)
            return SupervisorLeg(
                leg_uuid=order.leg_id,
                phone=originates.phone(order.extension, context.settings.agents),
                target=order.target_leg_id,
                to_agent=to_agent,
                to_lead=to_lead,
            ).originate()
        case TryPhone():
            agent = await context.roster.get(order.agent_id)
            return TrialLeg(
                leg_uuid=order.leg_id,
                phone=originates.phone(agent.extension, context.settings.agents),
            ).originate()
        case _:
            assert_never(order)


async def _bridge_outside(
    session: EslSession, context: InCallContext, order: BridgeOutside
) -> None:
    await session.api(talk_commands.mark_transferred(order.call_id))
    answer = await session.api(commands.uuid_bridge(agent_leg=order.leg_id, lead_leg=order.call_id))
    if not is_ok(answer):
        await _hang_up(session, context, order.leg_id)


async def _hang_up(session: EslSession, context: InCallContext, leg_id: LegId) -> None:
    answer = await session.api(commands.uuid_kill(leg_id, "NORMAL_CLEARING"))
    if not is_ok(answer):
        # There is none, so nothing else will say that it is gone.
        context.sides.forget(leg_id)
        context.post(SideLegEnded(leg_id=leg_id, cause="LOST"))
