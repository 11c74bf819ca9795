"""The agents' rows, by id: whom to call when a leg is to be nailed up."""

from collections.abc import Awaitable, Callable, Sequence

from campaigns.store.rows import AgentRow
from dialer.engine.ids import AgentId, LegId


class AgentRoster:
    """A cache of the store's agents, read again when an id is not in it."""

    def __init__(
        self,
        read_all: Callable[[], Awaitable[Sequence[AgentRow]]],
        write_leg: Callable[[int, str | None], Awaitable[None]],
    ) -> None:
        self._read_all = read_all
        self._write_leg = write_leg
        self._rows: dict[AgentId, AgentRow] = {}

    async def get(self, agent_id: AgentId) -> AgentRow:
        """The agent. An id the engine has was given to it by a row, so it is there."""
        if agent_id not in self._rows:
            await self.refresh()
        return self._rows[agent_id]

    async def refresh(self) -> Sequence[AgentRow]:
        """Read all agents again."""
        rows = await self._read_all()
        self._rows = {AgentId(row.id): row for row in rows}
        return rows

    async def note_leg(self, agent_id: AgentId, leg_id: LegId | None) -> None:
        """Write down which leg is the agent's, for a restart."""
        await self._write_leg(agent_id, leg_id)
