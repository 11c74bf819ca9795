"""Agents: the table of what people may ask for, and the record kept of one.

Theory of operation. An agent has a working state, which people see and which time is counted in,
and a leg, the nailed-up call to their phone. The two move apart: an agent whose leg is lost while
wrapping up goes on wrapping up while the phone is called again. READY with the leg parked is the
only condition in which a call is given. Wishes (pause, log out) that come while a call is on are
kept and take effect when wrap-up ends, so that a pause never takes an agent away from a lead who
was promised one.
"""

import enum
from dataclasses import dataclass, field

from dialer.engine.calls import Call
from dialer.engine.events import (
    AgentHungUp,
    AgentLoggedOut,
    AgentPaused,
    AgentReadied,
    CallDisposed,
)
from dialer.engine.ids import ONE_SWITCH, AgentId, CallId, LegId, SwitchId, TeamId
from dialer.engine.states import AgentState
from dialer.errors import IllegalTransition

Wish = AgentReadied | AgentPaused | AgentLoggedOut | AgentHungUp | CallDisposed

_S = AgentState
ON_A_CALL = frozenset({_S.RESERVED, _S.TALKING, _S.WRAP_UP})
LOGGED_IN = frozenset(_S) - {_S.LOGGED_OUT}

MAY_ASK: dict[type[Wish], frozenset[AgentState]] = {
    AgentReadied: LOGGED_IN,
    AgentPaused: LOGGED_IN,
    AgentLoggedOut: LOGGED_IN,
    AgentHungUp: frozenset({_S.RESERVED, _S.TALKING}),
    # A disposition may come a moment after wrap-up ran out; whose call it is is checked apart.
    CallDisposed: LOGGED_IN,
}
"""In which states a person's request is taken."""


@enum.unique
class LegState(enum.StrEnum):
    """What is known of the agent's leg."""

    NONE = "none"
    CALLING = "calling"
    PARKED = "parked"
    """Can be bridged."""
    BUSY = "busy"
    """Bridged, or on its way into or out of a bridge."""


@dataclass(slots=True)
class Agent:
    """One agent who is logged in."""

    agent_id: AgentId
    team_id: TeamId
    name: str
    state: AgentState = AgentState.LOGGED_OUT
    since: float = 0.0
    reason: str | None = None
    leg: LegState = LegState.NONE
    leg_id: LegId | None = None
    leg_changed_at: float = 0.0
    switch_id: SwitchId = ONE_SWITCH
    """Where the leg is, or was called last."""
    bridged_to: CallId | None = None
    """The call its last bridge was commanded for."""
    renail_seconds: float = 0.0
    """The pause before the next try to nail up; 0 before the first failure."""
    call: Call | None = None
    """The call they are on or wrapping up."""
    last_call: Call | None = None
    """The one before, for a disposition that comes late."""
    disposition: str | None = None
    """Said while the call was still on."""
    wants: Wish | None = None
    """What happens when the call is over: pause or log out; None means ready."""
    moves_to: TeamId | None = None
    """The team they go to when the call is over."""
    is_held: bool = False
    """A call promised with them comes near: no other lead is given to them."""
    is_previewing: bool = False
    """A lead is shown to them, and nothing else is given to them but a promised call."""
    seconds: dict[AgentState, float] = field(default_factory=dict)
    """Time spent by state since log-in, without the present spell."""

    @property
    def is_available(self) -> bool:
        """True when any call can be given this instant."""
        return self.is_free and not self.is_held and not self.is_previewing

    @property
    def is_free(self) -> bool:
        """True when a call can be given this instant, be it only the promised one."""
        return self.state is AgentState.READY and self.leg is LegState.PARKED

    @property
    def comes_back(self) -> bool:
        """True when the agent will be ready after the present call."""
        is_staying = self.wants is None and self.moves_to is None
        return is_staying and self.leg is not LegState.NONE


_ASKED: dict[type[Wish], str] = {
    AgentReadied: "ask for calls",
    AgentPaused: "pause",
    AgentLoggedOut: "log out",
    AgentHungUp: "end a call",
    CallDisposed: "give a call's result",
}


def check_wish(wish: Wish, agent: Agent) -> None:
    """Raise IllegalTransition when this cannot be asked for now; nothing has changed then.

    People read the sentence, so it speaks of what they did and not of the event.
    """
    if agent.state in MAY_ASK[type(wish)]:
        return
    possible = " or ".join(s.value.replace("_", " ") for s in _S if s in MAY_ASK[type(wish)])
    raise IllegalTransition(
        f"agent {agent.name!r} cannot {_ASKED[type(wish)]} while "
        f"{agent.state.value.replace('_', ' ')}; that is possible while {possible}"
    )
