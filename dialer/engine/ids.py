"""Identifiers, all minted outside the engine; no bare `str` or `int` crosses a module boundary."""

from typing import NewType

CampaignId = NewType("CampaignId", int)
TeamId = NewType("TeamId", int)
AgentId = NewType("AgentId", int)
LeadId = NewType("LeadId", int)
PhoneId = NewType("PhoneId", int)
TrunkId = NewType("TrunkId", str)
"""The name of a FreeSWITCH gateway, `^[A-Za-z0-9_-]+$`."""
CallId = NewType("CallId", str)
"""UUID of one attempt: primary key of its row, and its `origination_uuid` on the switch (law 2)."""
LegId = NewType("LegId", str)
"""UUID of an agent's nailed-up leg: its `origination_uuid` on the switch."""
E164 = NewType("E164", str)
"""A telephone number that passed the number parser: `+` and 7 to 15 digits."""
LedgerName = NewType("LedgerName", str)
CallbackId = NewType("CallbackId", int)
MessageId = NewType("MessageId", int)
"""A message to agents, whose text the store has."""
SwitchId = NewType("SwitchId", str)
"""The name of one FreeSWITCH in the settings, `^[A-Za-z0-9_-]+$`."""
ONE_SWITCH = SwitchId("switch")
"""The name of the only one, where nothing else is said."""
