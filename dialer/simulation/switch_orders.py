"""Commands for the switches: each goes over the link of the switch it is for, and is done there."""

import random
from collections.abc import Callable
from typing import assert_never

from dialer.engine.commands import (
    AskQuestion,
    AwaitBeep,
    Bridge,
    Command,
    Hangup,
    HangupLeg,
    HoldReturn,
    NailUp,
    Originate,
    ParkLeg,
    PlayMessage,
    Reroute,
    Survey,
)  # fmt: skip
from dialer.engine.ids import LegId
from dialer.engine.in_call_commands import InCallOrder
from dialer.simulation.nodes import SwitchNodes

SwitchOrder = (
    Reroute | Bridge | Hangup | PlayMessage | ParkLeg | HangupLeg | Survey | AwaitBeep
    | AskQuestion | HoldReturn
)  # fmt: skip


class SwitchOrders:
    """Sends them; one that meets a lost connection is lost."""

    def __init__(self, nodes: SwitchNodes, legs: random.Random) -> None:
        self.nodes = nodes
        self._legs = legs

    def order(self, command: SwitchOrder, *, now: float) -> None:
        """Anything about a leg that exists, and the question which do."""
        self._send(self._carry_out, command, now)

    def place(self, command: Originate) -> None:
        """Call a lead."""
        self._send(self._place, command)

    def nail_up(self, command: NailUp, leg_id: LegId) -> None:
        """Call an agent's telephone, which answers by itself."""
        self._send(self._call_agent, command, leg_id, self._legs.uniform(0.3, 1.5))

    def beside(self, command: InCallOrder) -> None:
        """Anything during a call."""
        self._send(self._beside, command)

    def _send(self, action: Callable[..., None], command: Command, *args: object) -> None:
        self.nodes.of(command).link.send(action, command, *args)

    def _place(self, command: Originate) -> None:
        self.nodes.of(command).switch.place(command)

    def _call_agent(self, command: NailUp, leg_id: LegId, answer_after: float) -> None:
        switch = self.nodes.of(command).switch
        switch.nail_up(command.agent_id, leg_id, answer_after=answer_after)

    def _beside(self, command: InCallOrder) -> None:
        self.nodes.of(command).sides.carry_out(command)

    def _carry_out(self, command: SwitchOrder, asked_at: float) -> None:
        switch = self.nodes.of(command).switch
        match command:
            case Reroute():
                switch.place(command)
            case Bridge():
                switch.bridge(command)
            case Hangup(call_id=call_id, cause=cause):
                switch.hang_up(call_id, cause)
            case PlayMessage(call_id=call_id, on_abandon=on_abandon, opt_out_key=key):
                switch.play_message(call_id, on_abandon, key=key)
            case ParkLeg(leg_id=leg_id, call_id=parked_for):
                switch.park_leg(leg_id, call_id=parked_for)
            case HangupLeg(leg_id=leg_id):
                switch.end_leg(leg_id, "NORMAL_CLEARING")
            case Survey():
                switch.survey(command, asked_at=asked_at)
            case AwaitBeep():
                switch.await_beep(command)
            case AskQuestion():
                switch.ask(command)
            case HoldReturn():
                pass  # They hear music, and nothing changes.
            case _:
                assert_never(command)
