"""Live answers and the ledgers: counted at the answer, abandoned once, withdrawn if no person.

16 CFR 310.4(b)(1)(iv): abandoned is a call answered by a person who is not connected to an agent
within two seconds. With a late agent it is still an abandoned call.
"""

from dialer.engine import return_records
from dialer.engine.calls import Call
from dialer.engine.commands import Hangup, PlayMessage, RecordCall
from dialer.engine.config import OnAbandon
from dialer.engine.floor import Floor
from dialer.engine.ids import CallId
from dialer.engine.states import CallState
from dialer.engine.timers import Due
from dialer.pacing.view import LiveAnswerSettled

WATCH_AGAIN_SECONDS = 5.0
"""How often a hang-up that has shown no effect is said again."""


def take(floor: Floor, call: Call, now: float) -> None:
    """Enter the live answer into the ledgers."""
    call.is_live, call.counted_at = True, now
    campaign = floor.campaigns[call.lead.campaign_id]
    campaign.live_answers += 1
    campaign.ledgers.count_live()


def serve(floor: Floor, call: Call, now: float) -> None:
    """The live answer got its agent in time, or hung up on the way to one."""
    if call.is_live:
        floor.team_of(call).pacer.observe(LiveAnswerSettled(at=now, is_abandoned=False))


def abandon(floor: Floor, call: Call, now: float) -> None:
    """Count the live answer as abandoned, once."""
    if call.is_abandoned or not call.is_live:
        return
    assert call.counted_at is not None, call
    call.is_abandoned = True
    campaign = floor.campaigns[call.lead.campaign_id]
    campaign.abandoned += 1
    campaign.ledgers.count_abandoned(counted_at=call.counted_at)
    team = floor.team_of(call)
    team.pacer.observe(LiveAnswerSettled(at=now, is_abandoned=True))
    floor.touch(team.config.team_id)


def legal_seconds_over(floor: Floor, call_id: CallId, now: float) -> None:
    """Nobody came in time: the message, or a late agent who is already on the way."""
    call = floor.calls[call_id]
    if call.is_machine:
        return
    abandon(floor, call, now)
    if call.agent_id is not None:
        return
    config = floor.campaigns[call.lead.campaign_id].config
    floor.team_of(call).unserved.pop(call_id, None)
    call.enter(CallState.ABANDONED, now)
    if config.on_abandon is OnAbandon.MESSAGE:
        call.message_at = now
        floor.say(
            PlayMessage(
                call_id=call_id,
                campaign_id=config.campaign_id,
                on_abandon=config.on_abandon,
                opt_out_key=config.opt_out_key,
            )
        )
        at = now + floor.config.message_seconds_max
    else:
        floor.say(Hangup(call_id=call_id, cause="NORMAL_CLEARING"))
        at = now + WATCH_AGAIN_SECONDS
    floor.timers.arm(Due.CALL_WATCH, call_id, at=at)


def withdraw(floor: Floor, call: Call, now: float) -> None:
    """A machine answered: the call leaves the ledgers, also after it was recorded."""
    if call.is_machine:
        return
    call.is_machine = True
    campaign = floor.campaigns[call.lead.campaign_id]
    if call.is_live:
        assert call.counted_at is not None, call
        campaign.ledgers.withdraw(counted_at=call.counted_at, is_abandoned=call.is_abandoned)
        campaign.live_answers -= 1
        campaign.abandoned -= call.is_abandoned
    call.was_abandoned = call.is_abandoned
    call.is_live = call.is_abandoned = False
    floor.team_of(call).unserved.pop(call.lead.call_id, None)
    if call.state is CallState.ENDED:
        record(floor, call)
    floor.touch(floor.team_of(call).config.team_id)


def record(floor: Floor, call: Call) -> None:
    """Say what is to be written of the call."""
    if call.is_inbound:
        return_records.record(floor, call)
        return
    assert call.outcome is not None and call.ended_at is not None, call
    floor.say(
        RecordCall(
            call_id=call.lead.call_id,
            campaign_id=call.lead.campaign_id,
            lead_id=call.lead.lead_id,
            outcome=call.outcome,
            cause=call.cause,
            agent_id=call.agent_id,
            originated_at=call.originated_at,
            ringing_at=call.ringing_at,
            answered_at=call.answered_at,
            bridged_at=call.bridged_at,
            ended_at=call.ended_at,
            is_live=call.is_live,
            is_abandoned=call.is_abandoned,
            verdict=call.verdict,
            screened_at=call.screened_at,
            is_sampled=call.is_sampled,
            message_at=call.message_at,
            opted_out_at=call.opted_out_at,
        )
    )
