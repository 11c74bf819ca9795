"""The engine's commands as FreeSWITCH's, on the connection that carries commands only.

Each order is one task: it sends at once and waits for the answer. The switch takes the commands of
a connection one after the other, so a hang-up said after a bridge is carried out after it.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from campaigns.outcomes import Outcome
from campaigns.store.errors import DatabaseUnavailable
from campaigns.store.rows import CampaignRow
from dialer.engine.commands import (
    AskQuestion,
    AwaitBeep,
    Bridge,
    Hangup,
    HangupLeg,
    HoldReturn,
    NailUp,
    Originate,
    ParkLeg,
    PlayMessage,
    Reroute,
    Survey,
)
from dialer.engine.events import (
    AgentLegEnded,
    AgentLegOriginated,
    AgentParked,
    BridgeRefused,
    CallBridged,
    CallEnded,
    Event,
    SurveyAnswered,
)
from dialer.engine.ids import CallId, CampaignId, LegId
from dialer.engine.in_call_commands import InCallOrder
from dialer.runtime import in_call_orders, originates
from dialer.runtime.agent_roster import AgentRoster
from dialer.runtime.clock import Clock
from dialer.runtime.in_call_orders import InCallContext
from dialer.runtime.outcomes_by_cause import NEVER_PLACED_CAUSE
from dialer.runtime.screening_orders import PlayingContext, PlayingOrders, screening_of
from dialer.runtime.switch_reader import SwitchReader
from dialer.settings import Settings
from freeswitch import commands
from freeswitch.answers import is_ok, read_dump
from freeswitch.commands import Api
from freeswitch.connection import ApiUnderWay
from freeswitch.errors import CommandRefused, FreeSwitchError, UnsafeValue
from freeswitch.session import EslSession

log = logging.getLogger(__name__)

SwitchOrder = (
    Originate | Reroute | Bridge | Hangup | PlayMessage | AwaitBeep | AskQuestion | HoldReturn
    | NailUp | ParkLeg | HangupLeg | Survey
    | InCallOrder
)  # fmt: skip
NOT_YET_THERE_SECONDS = 1.0
"""An originate's channel appears within milliseconds of its acceptance; a survey before that would
take a call on its way for one that is gone."""
GONE_LOOKS_MAX = 50
GONE_LOOK_SECONDS = 0.02
"""A channel that failed is there for some 20 to 40 ms more, and while it is, another of the same id
is refused. After a second it is stuck, and the attempt ends instead."""
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
    post_now: Callable[[Event], None] | None = None
    """For what the switch says, which is handled at once; None for `post`."""
    mint_leg: Callable[[], LegId]
    row_of: Callable[[CampaignId], CampaignRow | None]
    """The campaign as the service knows it."""
    is_unplaced: Callable[[CallId], bool]
    """True while a call is commanded but not yet sent to the switch."""


class SwitchOrders:
    """Carries orders out."""

    def __init__(self, session: EslSession, context: OrderContext) -> None:
        self._session = session
        self._context = context
        sounds = str(context.settings.files.sounds)
        self._playing = PlayingOrders(session, PlayingContext(directory=sounds, row=context.row_of))
        self._rerouting: set[CallId] = set()
        """Calls that wait for their first channel to go, and may be hung up meanwhile."""

    def carry_out(self, order: SwitchOrder) -> Coroutine[Any, Any, None]:
        """Do it. What a lost connection leaves undone, the engine's watchdogs follow up.

        A bridge is sent when this returns, because somebody waits for it in silence; everything
        else when the answer is awaited.
        """
        if not isinstance(order, Bridge):
            return self._guarded(order, ())
        try:
            return self._guarded(order, self._begin_bridge(order))
        except FreeSwitchError as error:
            return self._guarded(order, (), error)

    async def _guarded(
        self,
        order: SwitchOrder,
        begun: Sequence[ApiUnderWay],
        failed: FreeSwitchError | None = None,
    ) -> None:
        try:
            if failed is not None:
                raise failed
            if isinstance(order, Bridge):
                await self._join(order, begun)
            else:
                await self._carry_out(order)
        except FreeSwitchError as error:
            log.warning(
                "%s was not carried out: %s",
                type(order).__name__,
                error,
                extra={"action": "order_failed"},
            )

    async def _carry_out(self, order: SwitchOrder) -> None:
        if isinstance(order, InCallOrder):
            context = self._context
            await in_call_orders.carry_out(
                self._session,
                InCallContext(
                    settings=context.settings,
                    sides=context.reader.sides,
                    roster=context.roster,
                    post=context.post,
                    row_of=context.row_of,
                ),
                order,
            )
            return
        match order:
            case Originate():
                await self._originate(order)
            case Reroute():
                await self._reroute(order)
            case Bridge():
                await self._join(order, self._begin_bridge(order))
            case Hangup():
                self._rerouting.discard(order.call_id)
                await self._session.api(commands.uuid_kill(order.call_id, order.cause))
            case PlayMessage() | AwaitBeep() | AskQuestion() | HoldReturn():
                await self._playing.carry_out(order)
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
            call = self._lead_leg(order)
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

    async def _reroute(self, order: Reroute) -> None:
        """The same id again, as soon as the switch has let go of its first channel."""
        call_id = order.call_id
        self._rerouting.add(call_id)
        is_gone = await self._is_gone(call_id)
        was_hung_up = call_id not in self._rerouting
        self._rerouting.discard(call_id)
        if was_hung_up or not is_gone:
            why = "it was hung up meanwhile" if was_hung_up else "its first channel did not go"
            self._never_placed(call_id, f"by a second trunk: {why}")
            return
        job_id = self._context.mint_leg()
        track = self._context.reader.expect_reroute(call_id, job_id)
        call = self._lead_leg(order)
        try:
            await self._session.command(commands.bgapi(call, job_id))
        except CommandRefused as error:
            self._context.reader.forget(call_id)
            self._never_placed(call_id, str(error))
            return
        track.placed_at = asyncio.get_running_loop().time()

    async def _is_gone(self, call_id: CallId) -> bool:
        """Wait for CHANNEL_DESTROY, which is said when the id is free (switch_core_session.c).

        `uuid_exists` says that a channel is gone as soon as it was hung up, which is too early; it
        is asked only when the event must have been lost.
        """
        for _ in range(GONE_LOOKS_MAX):
            if self._context.reader.was_destroyed(call_id):
                return True
            await asyncio.sleep(GONE_LOOK_SECONDS)
        try:
            return not await self._exists(call_id)
        except FreeSwitchError:
            return False

    def _lead_leg(self, order: Originate | Reroute) -> Api:
        row = self._context.row_of(order.lead.campaign_id)
        spec = None if row is None or not order.is_screened else row.spec.screening
        return originates.lead_leg(
            order,
            dialer_id=self._context.settings.switch.dialer_id,
            screening=None if spec is None else screening_of(spec),
        )

    def _never_placed(self, call_id: CallId, why: str) -> None:
        log.error("Call %s was not placed: %s", call_id, why, extra={"action": "call_not_placed"})
        self._context.post(
            CallEnded(call_id=call_id, outcome=Outcome.SWITCH_LIMIT, cause=NEVER_PLACED_CAUSE)
        )

    def _begin_bridge(self, order: Bridge) -> list[ApiUnderWay]:
        """Send the tone, if there is to be one, and the bridge; the answers come later."""
        calls = [commands.uuid_bridge(agent_leg=order.leg_id, lead_leg=order.call_id)]
        if self._context.settings.agents.call_tone and not order.is_resumed:
            # Both are written at once, the tone first: the bridge does not wait for its answer.
            calls.insert(0, in_call_orders.announce(order.leg_id))
        return [self._session.begin_api(call) for call in calls]

    async def _join(self, order: Bridge, begun: Sequence[ApiUnderWay]) -> None:
        # What became of the tone is of no consequence; its trouble would be the bridge's too.
        answers = (one.answer() for one in begun)
        answer = (await asyncio.gather(*answers, return_exceptions=True))[-1]
        if isinstance(answer, BaseException):
            raise answer
        if not is_ok(answer):
            self._context.post(BridgeRefused(call_id=order.call_id, leg_id=order.leg_id))

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
        """Wake a leg that is stuck half-way into a bridge; leave one that talks after all.

        One that is parked already would be woken in vain: `uuid_park` of a channel in CS_PARK gives
        no CHANNEL_PARK (switch_core_state_machine.c). Its own must have been lost.
        """
        if order.call_id is not None:
            lead = read_dump(await self._session.api(commands.uuid_dump(order.call_id)))
            if lead is not None and lead.bridged_to == order.leg_id:
                self._context.post(CallBridged(call_id=order.call_id, leg_id=order.leg_id))
                return
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
