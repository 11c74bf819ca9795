"""Events from supervisors about agents: where they work, and what is written to them."""

from dataclasses import dataclass

from dialer.engine.ids import AgentId, MessageId, TeamId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMoved:
    """An agent works for another team from now on; on a call, as soon as it is over."""

    agent_id: AgentId
    team_id: TeamId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentsMessaged:
    """Somebody wrote to these agents. The text is in the store and not here: it may name people."""

    message_id: MessageId
    agent_ids: tuple[AgentId, ...]


SupervisionEvent = AgentMoved | AgentsMessaged
