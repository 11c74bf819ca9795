"""The strings that place our calls, from the engine's commands and the settings."""

import math

from campaigns.store.rows import AgentRow
from dialer.engine.commands import Originate, Reroute
from dialer.engine.ids import LegId
from dialer.settings import AgentSettings
from freeswitch.commands import Api
from freeswitch.originate import AgentLeg, GatewayPhone, LeadLeg, RegisteredPhone, Screening


def lead_leg(
    command: Originate | Reroute, *, dialer_id: str, screening: Screening | None = None
) -> Api:
    """`originate` of a lead, with the classifier listening first where it is told how.

    Raises UnsafeValue where a value could do harm on the switch.
    """
    return LeadLeg(
        call_uuid=command.lead.call_id,
        dialer_id=dialer_id,
        gateway=command.trunk_id,
        number=command.lead.number,
        caller_id=command.caller_id,
        # The switch takes whole seconds; it may ring a little longer than asked, never shorter.
        ring_seconds=math.ceil(command.ring_seconds),
        screening=screening,
    ).originate()


def agent_leg(agent: AgentRow, leg_id: LegId, settings: AgentSettings, *, dialer_id: str) -> Api:
    """`originate` of an agent's nailed-up leg. Raises UnsafeValue."""
    return AgentLeg(
        leg_uuid=leg_id,
        dialer_id=dialer_id,
        agent_id=agent.id,
        phone=phone(agent.extension, settings),
    ).originate()


def phone(extension: str, settings: AgentSettings) -> GatewayPhone | RegisteredPhone:
    """An agent's or a supervisor's telephone, as the settings say they are called."""
    if settings.dial == "gateway":
        return GatewayPhone(gateway=settings.gateway, extension=extension)
    return RegisteredPhone(extension=extension, domain=settings.domain)
