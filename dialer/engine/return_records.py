"""What is to be written of a person who called back."""

from dialer.engine.calls import Call
from dialer.engine.commands import RecordReturn
from dialer.engine.floor import Floor


def record(floor: Floor, call: Call) -> None:
    """Say how it stands."""
    assert call.is_inbound and call.answered_at is not None, call
    floor.say(
        RecordReturn(
            call_id=call.lead.call_id,
            campaign_id=call.lead.campaign_id,
            lead_id=call.lead.lead_id,
            number=call.lead.number,
            arrived_at=call.answered_at,
            agent_id=call.agent_id,
            bridged_at=call.bridged_at,
            message_at=call.message_at,
            ended_at=call.ended_at,
        )
    )
