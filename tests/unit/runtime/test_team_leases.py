"""The right to dial for a team."""

import asyncio

import pytest

from dialer.engine.ids import TeamId
from dialer.errors import ServiceError
from dialer.runtime.store_health import StoreHealth
from dialer.runtime.team_leases import TeamLeases

TEAM = TeamId(1)


class LeaseTable:
    """One lease, with answers laid down beforehand."""

    def __init__(self) -> None:
        self.holder: str | None = None
        self.token = 0
        self.released: list[int] = []
        self.was_taken_again = asyncio.Event()

    async def acquire(self, team_id: int, owner: str, seconds: float) -> int | None:
        if self.holder not in (None, owner):
            return None
        self.holder, self.token = owner, self.token + 1
        if self.token == 2:
            self.was_taken_again.set()
        return self.token

    async def renew(self, team_id: int, owner: str, token: int, seconds: float) -> bool:
        return (self.holder, self.token) == (owner, token)

    async def release(self, team_id: int, owner: str, token: int) -> None:
        self.released.append(token)


def make(table: LeaseTable) -> tuple[TeamLeases, list[TeamId]]:
    lost: list[TeamId] = []
    leases = TeamLeases(table, owner="me", seconds=0.003, health=StoreHealth(), on_lost=lost.append)
    return leases, lost


async def test_a_team_of_another_process_is_not_ours() -> None:
    table = LeaseTable()
    table.holder = "other"
    leases, _ = make(table)
    assert not await leases.acquire(TEAM)
    assert not leases.holds(TEAM)
    assert leases.token(TEAM) == -1


async def test_a_team_taken_over_by_another_stops_the_dialling_and_the_process() -> None:
    table = LeaseTable()
    leases, lost = make(table)
    assert await leases.acquire(TEAM)
    table.holder = "other"
    with pytest.raises(ServiceError, match="another dialer process has taken the team over"):
        await leases.run()
    assert lost == [TEAM]
    assert leases.token(TEAM) == -1


async def test_a_lease_that_ran_out_and_nobody_took_goes_on_with_the_next_token() -> None:
    table = LeaseTable()
    leases, lost = make(table)
    await leases.acquire(TEAM)
    table.holder = None
    async with asyncio.TaskGroup() as group:
        running = group.create_task(leases.run())
        await table.was_taken_again.wait()
        await asyncio.sleep(0)
        running.cancel()
    assert leases.token(TEAM) == 2
    assert lost == []


async def test_a_lease_that_somebody_held_in_between_is_lost() -> None:
    table = LeaseTable()
    leases, lost = make(table)
    await leases.acquire(TEAM)
    table.holder, table.token = None, 5
    with pytest.raises(ServiceError):
        await leases.run()
    assert lost == [TEAM]


async def test_leases_are_given_back_at_the_end() -> None:
    table = LeaseTable()
    leases, _ = make(table)
    await leases.acquire(TEAM)
    await leases.release_all()
    assert table.released == [1]
    assert not leases.holds(TEAM)
