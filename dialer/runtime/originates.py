"""The strings that place our calls, from the engine's commands and the settings."""

import math

from campaigns.store.rows import AgentRow
from dialer.engine.commands import Originate
from dialer.engine.ids import LegId
from dialer.settings import AgentSettings
from freeswitch.commands import Api
from freeswitch.originate import AgentLeg, GatewayPhone, LeadLeg, RegisteredPhone


def lead_leg(command: Originate, *, dialer_id: str) -> Api:
    """`originate` of a lead. Raises UnsafeValue where a value could do harm on the switch."""
    return LeadLeg(
        call_uuid=command.lead.call_id,
        dialer_id=dialer_id,
        gateway=command.trunk_id,
        number=command.lead.number,
        caller_id=command.caller_id,
        # The switch takes whole seconds; it may ring a little longer than asked, never shorter.
        ring_seconds=math.ceil(command.ring_seconds),
    ).originate()


def agent_leg(agent: AgentRow, leg_id: LegId, settings: AgentSettings, *, dialer_id: str) -> Api:
    """`originate` of an agent's nailed-up leg. Raises UnsafeValue."""
    phone: GatewayPhone | RegisteredPhone
    if settings.dial == "gateway":
        phone = GatewayPhone(gateway=settings.gateway, extension=agent.extension)
    else:
        phone = RegisteredPhone(extension=agent.extension, domain=settings.domain)
    return AgentLeg(
        leg_uuid=leg_id, dialer_id=dialer_id, agent_id=agent.id, phone=phone
    ).originate()
