"""The switches of a world, each with a link of its own, and which of them a command is for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dialer.engine.commands import Command, NailUp, Originate, Reroute, Survey
from dialer.engine.ids import CallId, LegId, SwitchId
from dialer.simulation.link import Link
from dialer.simulation.side_model import SideModel
from dialer.simulation.switch_legs import AgentLeg, LeadLeg
from dialer.simulation.switch_model import SwitchModel


@dataclass(slots=True)
class SwitchNode:
    """One switch and the way to it."""

    switch_id: SwitchId
    link: Link
    switch: SwitchModel
    sides: SideModel
    is_draining: bool = False


class SwitchNodes:
    """All of them, in the order in which the engine is told of them."""

    def __init__(self, nodes: Sequence[SwitchNode]) -> None:
        self.all = tuple(nodes)
        self._by_id = {node.switch_id: node for node in self.all}

    def __iter__(self) -> Iterator[SwitchNode]:
        return iter(self.all)

    def of(self, command: Command) -> SwitchNode:
        """The one that the command names, or that has its leg; the first when none has."""
        if isinstance(command, Originate | Reroute | NailUp | Survey):
            return self._by_id[command.switch_id]
        leg_id, call_id = getattr(command, "leg_id", None), getattr(command, "call_id", None)
        target = getattr(command, "target_leg_id", None)
        for node in self.all:
            legs = node.switch.agents
            if leg_id in legs or target in legs or call_id in node.switch.leads:
                return node
            if leg_id in node.sides.legs:
                return node
        return self.all[0]

    def lead(self, call_id: CallId) -> LeadLeg | None:
        """The lead's leg, on whichever switch."""
        return next((n.switch.leads[call_id] for n in self.all if call_id in n.switch.leads), None)

    def switch_of(self, call_id: CallId) -> SwitchId:
        """Where that lead's leg is; it exists."""
        return next(n.switch_id for n in self.all if call_id in n.switch.leads)

    def agents(self) -> list[tuple[SwitchNode, AgentLeg]]:
        """Every agent's leg."""
        return [(node, leg) for node in self.all for leg in node.switch.agents.values()]

    def has_leg(self, leg_id: LegId | None) -> bool:
        """Whether this agent's leg exists."""
        return any(leg_id in node.switch.agents for node in self.all)

    def live_calls(self) -> int:
        """How many leads' legs exist."""
        return sum(len(node.switch.leads) for node in self.all)
