"""The engine's commands as FreeSWITCH's, on the connection that carries commands only.

Each order is one task: it sends at once and waits for the answer. The switch takes the commands of
a connection one after the other, so a hang-up said after a bridge is carried out after it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from campaigns.outcomes import Outcome
from campaigns.store.errors import DatabaseUnavailable
from dialer.engine.commands import (
    Bridge,
    Hangup,
    HangupLeg,
    NailUp,
    Originate,
    ParkLeg,
    PlayMessage,
    Survey,
)
from dialer.engine.config import OnAbandon
from dialer.engine.events import (
    AgentLegEnded,
    AgentLegOriginated,
    AgentParked,
    BridgeRefused,
    CallEnded,
    Event,
    SurveyAnswered,
)
from dialer.engine.ids import CallId, CampaignId, LegId
from dialer.runtime import originates
from dialer.runtime.agent_roster import AgentRoster
from dialer.runtime.clock import Clock
from dialer.runtime.outcomes_by_cause import NEVER_PLACED_CAUSE
from dialer.runtime.switch_reader import SwitchReader
from dialer.settings import Settings
from freeswitch import commands
from freeswitch.answers import is_ok, read_dump
from freeswitch.errors import CommandRefused, FreeSwitchError, UnsafeValue
from freeswitch.session import EslSession

log = logging.getLogger(__name__)

SwitchOrder = (
    Originate | Bridge | Hangup | PlayMessage | NailUp | ParkLeg | HangupLeg | Survey
)  # fmt: skip
NOT_YET_THERE_SECONDS = 1.0
"""An originate's channel appears within milliseconds of its acceptance; a survey before that would
take a call on its way for one that is gone."""
KILL_ROUND_MAX = 100
"""Unknown channels hung up in one round; the next round is a second later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderContext:
    """What orders need besides the connection."""

    settings: Settings
    reader: SwitchReader
    roster: AgentRoster
    clock: Clock
    post: Callable[[Event], None]
    mint_leg: Callable[[], LegId]
    message_of: Callable[[CampaignId], str]
    """Id of the campaign's recording for abandoned leads."""
    is_unplaced: Callable[[CallId], bool]
    """True while a call is commanded but not yet sent to the switch."""


class SwitchOrders:
    """Carries orders out."""

    def __init__(self, session: EslSession, context: OrderContext) -> None:
        self._session = session
        self._context = context

    async def carry_out(self, order: SwitchOrder) -> None:
        """Do it. What a lost connection leaves undone, the engine's watchdogs follow up."""
        try:
            await self._carry_out(order)
        except FreeSwitchError as error:
            log.warning(
                "%s was not carried out: %s",
                type(order).__name__,
                error,
                extra={"action": "order_failed"},
            )

    async def _carry_out(self, order: SwitchOrder) -> None:
        match order:
            case Originate():
                await self._originate(order)
            case Bridge():
                await self._bridge(order)
            case Hangup():
                await self._session.api(commands.uuid_kill(order.call_id, order.cause))
            case PlayMessage():
                await self._play(order)
            case NailUp():
                await self._nail_up(order)
            case ParkLeg():
                await self._park(order)
            case HangupLeg():
                await self._session.api(commands.uuid_kill(order.leg_id, "NORMAL_CLEARING"))
            case Survey():
                await self._survey(order)
            case _:
                assert_never(order)

    async def kill_strangers(self, channels: Sequence[str]) -> None:
        """Hang up channels that carry our name and that nobody here knows."""
        for channel in channels[:KILL_ROUND_MAX]:
            log.warning(
                "Channel %s is ours by its name but nobody knows it; hanging it up.",
                channel,
                extra={"action": "stranger_killed"},
            )
            self._context.reader.forget(channel)
            await self.carry_out(HangupLeg(leg_id=LegId(channel)))

    async def _originate(self, order: Originate) -> None:
        call_id = order.lead.call_id
        try:
            call = originates.lead_leg(order, dialer_id=self._context.settings.switch.dialer_id)
        except UnsafeValue:
            self._context.post(
                CallEnded(
                    call_id=call_id, outcome=Outcome.INVALID_NUMBER, cause="INVALID_NUMBER_FORMAT"
                )
            )
            raise
        if not self._session.is_connected:
            self._never_placed(call_id, "the switch is not connected")
            return
        track = self._context.reader.expect_call(call_id)
        try:
            # The job has the call's own id, so its BACKGROUND_JOB finds the call.
            await self._session.command(commands.bgapi(call, call_id))
        except CommandRefused as error:
            self._context.reader.forget(call_id)
            self._never_placed(call_id, str(error))
            return
        track.placed_at = asyncio.get_running_loop().time()

    def _never_placed(self, call_id: CallId, why: str) -> None:
        log.error("Call %s was not placed: %s", call_id, why, extra={"action": "call_not_placed"})
        self._context.post(
            CallEnded(call_id=call_id, outcome=Outcome.SWITCH_LIMIT, cause=NEVER_PLACED_CAUSE)
        )

    async def _bridge(self, order: Bridge) -> None:
        answer = await self._session.api(
            commands.uuid_bridge(agent_leg=order.leg_id, lead_leg=order.call_id)
        )
        if not is_ok(answer):
            self._context.post(BridgeRefused(call_id=order.call_id, leg_id=order.leg_id))

    async def _play(self, order: PlayMessage) -> None:
        if order.on_abandon is OnAbandon.HANGUP:
            call = commands.uuid_kill(order.call_id, "NORMAL_CLEARING")
        else:
            call = commands.play_then_hang_up(
                order.call_id,
                file_id=self._context.message_of(order.campaign_id),
                directory=str(self._context.settings.files.sounds),
            )
        await self._session.api(call)

    async def _nail_up(self, order: NailUp) -> None:
        context = self._context
        leg_id = context.mint_leg()
        context.reader.expect_leg(leg_id, order.agent_id)
        context.post(AgentLegOriginated(agent_id=order.agent_id, leg_id=leg_id))
        try:
            agent = await context.roster.get(order.agent_id)
            # Before the call, so that a restart in between finds the leg.
            await context.roster.note_leg(order.agent_id, leg_id)
            call = originates.agent_leg(
                agent,
                leg_id,
                context.settings.agents,
                dialer_id=context.settings.switch.dialer_id,
            )
            await self._session.command(commands.bgapi(call, leg_id))
        except (FreeSwitchError, DatabaseUnavailable) as error:
            # The engine pauses and tries again.
            log.error(
                "Agent %s could not be called: %s",
                order.agent_id,
                error,
                extra={"action": "nail_up_failed"},
            )
            context.reader.forget(leg_id)
            context.post(
                AgentLegEnded(agent_id=order.agent_id, leg_id=leg_id, cause=NEVER_PLACED_CAUSE)
            )

    async def _park(self, order: ParkLeg) -> None:
        """Wake a leg that is stuck half-way into a bridge.

        One that is parked already would be woken in vain: `uuid_park` of a channel in CS_PARK gives
        no CHANNEL_PARK (switch_core_state_machine.c). Its own must have been lost.
        """
        dump = read_dump(await self._session.api(commands.uuid_dump(order.leg_id)))
        if dump is not None and dump.is_answered and dump.channel_state == "CS_PARK":
            self._context.post(AgentParked(agent_id=order.agent_id, leg_id=order.leg_id))
            return
        await self._session.api(commands.uuid_park(order.leg_id))

    async def _survey(self, order: Survey) -> None:
        asked_at = self._context.clock.now()
        gone_calls = [
            call_id
            for call_id in order.call_ids
            if self._may_be_judged(call_id) and not await self._exists(call_id)
        ]
        gone_legs = [leg_id for leg_id in order.leg_ids if not await self._exists(leg_id)]
        for channel in (*gone_calls, *gone_legs):
            self._context.reader.forget(channel)
        self._context.post(
            SurveyAnswered(
                gone_calls=tuple(gone_calls), gone_legs=tuple(gone_legs), asked_at=asked_at
            )
        )

    def _may_be_judged(self, call_id: CallId) -> bool:
        """Not a call whose originate is still on its way to the switch."""
        if self._context.is_unplaced(call_id):
            return False
        track = self._context.reader.calls.get(call_id)
        if track is None or track.saw_channel:
            return True
        loop = asyncio.get_running_loop()
        placed_at = track.placed_at
        return placed_at is not None and loop.time() - placed_at > NOT_YET_THERE_SECONDS

    async def _exists(self, channel: CallId | LegId) -> bool:
        answer = await self._session.api(commands.uuid_exists(channel))
        return answer.strip() != "false"
