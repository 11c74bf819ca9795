"""Recordings, beeps and questions on a lead's leg: the engine's orders as FreeSWITCH's commands."""

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from campaigns.screening_spec import ScreeningSpec
from campaigns.store.rows import CampaignRow
from dialer.engine.commands import AskQuestion, AwaitBeep, HoldReturn, PlayMessage, Recording
from dialer.engine.config import OnAbandon
from dialer.engine.ids import CampaignId
from freeswitch import commands, prompts
from freeswitch.originate import Screening
from freeswitch.session import EslSession

log = logging.getLogger(__name__)

PlayingOrder = PlayMessage | AwaitBeep | AskQuestion | HoldReturn
FRAME_SECONDS = 0.02
"""FreeSWITCH hears in frames of 20 ms."""
DEFAULT_MESSAGE = "abandoned"
SOUND_FRAMES = 3
"""60 ms of sound are speech; a click of the line is shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayingContext:
    """What these orders need besides the connection."""

    directory: str
    """Where the switch has its recordings."""
    row: Callable[[CampaignId], CampaignRow | None]
    """The campaign as the service knows it."""


class PlayingOrders:
    """Carries them out on one switch."""

    def __init__(self, session: EslSession, context: PlayingContext) -> None:
        self._session = session
        self._context = context

    async def carry_out(self, order: PlayingOrder) -> None:
        """Do it. Raises FreeSwitchError."""
        match order:
            case PlayMessage():
                await self._play(order)
            case AwaitBeep():
                await self._await_beep(order)
            case AskQuestion():
                call = prompts.ask(
                    order.call_id,
                    question=order.question,
                    directory=self._context.directory,
                    keys=order.keys,
                )
                await self._session.api(call)
            case HoldReturn():
                await self._session.api(prompts.ring_to(order.call_id))
            case _:
                assert_never(order)

    async def _play(self, order: PlayMessage) -> None:
        is_abandoned = order.recording is Recording.ABANDONED
        file_id = recording_of(self._context.row(order.campaign_id), order.recording)
        directory = self._context.directory
        if is_abandoned and order.on_abandon is OnAbandon.HANGUP:
            call = commands.uuid_kill(order.call_id, "NORMAL_CLEARING")
        elif order.recording is Recording.MACHINE:
            call = prompts.leave_message(order.call_id, file_id=file_id, directory=directory)
        elif order.opt_out_key is not None:
            call = prompts.wait_for_key(
                order.call_id, file_id=file_id, directory=directory, key=order.opt_out_key
            )
        else:
            call = commands.play_then_hang_up(order.call_id, file_id=file_id, directory=directory)
        await self._session.api(call)

    async def _await_beep(self, order: AwaitBeep) -> None:
        answer = await self._session.api(prompts.module_exists(prompts.BEEP_MODULE))
        await self._session.api(
            prompts.wait_for_beep(
                order.call_id,
                seconds=math.ceil(order.seconds),
                file_id=recording_of(self._context.row(order.campaign_id), Recording.MACHINE),
                directory=self._context.directory,
                hears_beeps=answer.strip() == "true",
            )
        )


def recording_of(row: CampaignRow | None, recording: Recording) -> str:
    """The id of the campaign's recording of that kind."""
    if row is None:
        return DEFAULT_MESSAGE
    spec = row.spec
    match recording:
        case Recording.ABANDONED:
            return spec.message
        case Recording.OPTED_OUT:
            return spec.opt_out_message
        case Recording.MACHINE:
            return DEFAULT_MESSAGE if spec.screening is None else spec.screening.message
        case Recording.CALLED_BACK:
            return spec.return_message
        case Recording.THANKS:
            return spec.thanks_message
        case _:
            assert_never(recording)


def screening_of(spec: ScreeningSpec) -> Screening:
    """The classifier's settings as FreeSWITCH's applications take them."""
    return Screening(
        audio_threshold=spec.level,
        audio_hits=SOUND_FRAMES,
        audio_timeout_ms=_milliseconds(spec.silence_seconds),
        silence_threshold=spec.level,
        silence_hits=max(1, round(spec.pause_seconds / FRAME_SECONDS)),
        silence_timeout_ms=_milliseconds(spec.greeting_seconds),
    )


def _milliseconds(seconds: float) -> int:
    return max(1, round(1000 * seconds))
