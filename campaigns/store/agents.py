"""Agents, and every stretch of their time."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.errors import DuplicateAgent, UnknownAgent, not_found
from campaigns.store.rows import AgentRow, AgentStateChange
from campaigns.store.teams import ensure_named

_SELECT = """
SELECT agent.id, agent.name, agent.team_id, team.name AS team_name, agent.extension, agent.state,
       agent.state_since, agent.pause_reason, agent.leg_id
FROM agent JOIN team ON team.id = agent.team_id
"""


class Agents:
    """The agents."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(
        self, name: str, team: str, extension: str, *, by: str, now: datetime
    ) -> AgentRow:
        """Add an agent, and their team when it is new. Raises `DuplicateAgent`."""
        now = utc(now)
        async with transaction(self._engine) as connection:
            team_id = await ensure_named(connection, "team", team, now)
            added = await connection.execute(
                text(
                    "INSERT INTO agent (team_id, name, extension, state_since, created_at)"
                    " VALUES (:team_id, :name, :extension, :now, :now)"
                    " ON CONFLICT (name) DO NOTHING RETURNING id"
                ),
                {"team_id": team_id, "name": name, "extension": extension, "now": now},
            )
            if added.scalar_one_or_none() is None:
                raise DuplicateAgent(f"There is an agent '{name}' already. Choose another name.")
            await audit(
                connection,
                at=now,
                by=by,
                action="agent added",
                subject=f"agent {name}",
                details=json.dumps({"team": team, "extension": extension}),
            )
        return await self.get(name)

    async def list(self, team: str | None = None) -> list[AgentRow]:
        """All agents, or those of one team, by name."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    _SELECT
                    + " WHERE CAST(:team AS text) IS NULL OR team.name = :team ORDER BY agent.name"
                ),
                {"team": team},
            )
            return [AgentRow(**row._mapping) for row in found]

    async def get(self, name: str) -> AgentRow:
        """The agent of that name. Raises `UnknownAgent` with the nearest names."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(_SELECT + " WHERE agent.name = :name"), {"name": name}
            )
            row = found.one_or_none()
            if row is not None:
                return AgentRow(**row._mapping)
            names = list((await connection.execute(text("SELECT name FROM agent"))).scalars())
        raise UnknownAgent(not_found("agent", name, names, hint="See `dialer agents list`."))

    async def move(self, agent_id: int, team_id: int, *, by: str, now: datetime) -> None:
        """The agent belongs to that team from now on."""
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text(
                    "UPDATE agent SET team_id = :team_id FROM agent AS before"
                    " JOIN team AS old ON old.id = before.team_id, team AS new"
                    " WHERE agent.id = :id AND before.id = agent.id AND new.id = :team_id"
                    " RETURNING agent.name, old.name AS old, new.name AS new"
                ),
                {"id": agent_id, "team_id": team_id},
            )
            moved = found.one()
            await audit(
                connection,
                at=utc(now),
                by=by,
                action="agent moved",
                subject=f"agent {moved.name}",
                details=json.dumps({"before": {"team": moved.old}, "after": {"team": moved.new}}),
            )

    async def activity(
        self,
        agent_id: int,
        *,
        since: datetime | None,
        until: datetime | None,
        after: int,
        most: int,
    ) -> Sequence[dict[str, Any]]:
        """The agent's stretches of time that touch [since, until) and have an id above `after`,
        oldest first, with the words of `agent_activity` and the campaign's name."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(_ACTIVITY),
                {
                    "agent_id": agent_id,
                    "since": None if since is None else utc(since),
                    "until": None if until is None else utc(until),
                    "after": after,
                    "most": most,
                },
            )
            return [dict(row._mapping) for row in found]

    async def set_leg(self, agent_id: int, leg_id: str | None) -> None:
        """Note the agent's nailed-up leg on the switch, or that there is none."""
        async with transaction(self._engine) as connection:
            await connection.execute(
                text("UPDATE agent SET leg_id = :leg_id WHERE id = :id"),
                {"id": agent_id, "leg_id": leg_id},
            )

    async def record_states(self, changes: Sequence[AgentStateChange], now: datetime) -> None:
        """Close each agent's open activity, open the next, and set where the agent stands.

        In one transaction, and idempotent: a change that is recorded already is passed over, so a
        batch whose answer was lost may be sent again. The instants are the changes' own; `now` is
        only checked to be aware.
        """
        utc(now)
        if not changes:
            return
        by_agent: dict[int, list[AgentStateChange]] = defaultdict(list)
        for change in changes:
            by_agent[change.agent_id].append(change)
        async with transaction(self._engine) as connection:
            # In the order of ids, so that two writers can never wait for each other in a circle.
            found = await connection.execute(
                text(
                    "SELECT agent.id, open.began_at, open.state FROM agent LEFT JOIN "
                    "agent_activity AS open"
                    " ON open.agent_id = agent.id AND open.ended_at IS NULL"
                    " WHERE agent.id = ANY(CAST(:ids AS bigint[])) ORDER BY agent.id"
                    " FOR UPDATE OF agent"
                ),
                {"ids": sorted(by_agent)},
            )
            closings, openings, standings = [], [], []
            for row in found:
                fresh = _not_recorded(row.began_at, row.state, by_agent[row.id])
                if fresh:
                    closings.append(_closing(fresh[0]))
                    openings += _openings(fresh)
                    standings.append(_standing(fresh[-1]))
            if not standings:
                return
            await connection.execute(text(_CLOSE), closings)
            await connection.execute(text(_OPEN), openings)
            await connection.execute(text(_STAND), standings)


_ACTIVITY = """
SELECT agent_activity.id, agent_activity.state, agent_activity.reason, campaign.name AS campaign,
       agent_activity.began_at, agent_activity.ended_at
FROM agent_activity LEFT JOIN campaign ON campaign.id = agent_activity.campaign_id
WHERE agent_activity.agent_id = :agent_id AND agent_activity.id > :after
  AND (CAST(:since AS timestamptz) IS NULL
       OR coalesce(agent_activity.ended_at, 'infinity') > :since)
  AND (CAST(:until AS timestamptz) IS NULL OR agent_activity.began_at < :until)
ORDER BY agent_activity.id LIMIT :most
"""
_CLOSE = """
UPDATE agent_activity SET ended_at = greatest(began_at, :at), campaign_id = :campaign_id
WHERE agent_id = :agent_id AND ended_at IS NULL
"""
_OPEN = """
INSERT INTO agent_activity (agent_id, team_id, campaign_id, state, reason, began_at, ended_at)
VALUES (:agent_id, :team_id, :campaign_id, :state, :reason, :began_at, :ended_at)
"""
_STAND = """
UPDATE agent SET state = :state, state_since = :at, pause_reason = :reason WHERE id = :agent_id
"""


def _not_recorded(
    began_at: datetime | None, state: str | None, changes: Sequence[AgentStateChange]
) -> list[AgentStateChange]:
    """What of `changes` came after the open activity, which began at `began_at` with `state`."""
    in_order = sorted(changes, key=lambda change: change.at)
    if began_at is None:
        return in_order
    newer = [change for change in in_order if change.at >= began_at]
    # Several changes may share one instant (reserved and talking at once). Those up to the recorded
    # state are known already.
    for index in range(len(newer) - 1, -1, -1):
        if newer[index].at == began_at and newer[index].new_state == state:
            return newer[index + 1 :]
    return newer


def _closing(first: AgentStateChange) -> dict[str, Any]:
    return {"agent_id": first.agent_id, "at": utc(first.at), "campaign_id": first.campaign_id}


def _openings(changes: Sequence[AgentStateChange]) -> list[dict[str, Any]]:
    # A change tells the campaign of the state it ends, so each activity takes it from its
    # successor.
    following: list[AgentStateChange | None] = [*changes[1:], None]
    return [
        {
            "agent_id": change.agent_id,
            "team_id": change.team_id,
            "campaign_id": None if after is None else after.campaign_id,
            "state": str(change.new_state),
            "reason": change.reason,
            "began_at": utc(change.at),
            "ended_at": None if after is None else utc(after.at),
        }
        for change, after in zip(changes, following, strict=True)
    ]


def _standing(last: AgentStateChange) -> dict[str, Any]:
    return {
        "agent_id": last.agent_id,
        "state": str(last.new_state),
        "at": utc(last.at),
        "reason": last.reason if last.new_state == "paused" else None,
    }
