"""Several real switches: drained, killed, and trunks that fail. Skipped without FREESWITCH_BIN."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from campaigns.outcomes import Outcome
from campaigns.store.store import Store
from tests.support.link_floor import Floor, floor
from tests.support.real_switch import (
    DEAD_GATEWAY,
    GATEWAY,
    RealSwitch,
    another_switch,
    answers,
    number,
    real_switches,
)
from tests.support.stored import NOW

BINARY = os.environ.get("FREESWITCH_BIN")
pytestmark = [
    pytest.mark.skipif(not BINARY, reason="FREESWITCH_BIN does not name a FreeSWITCH binary"),
    pytest.mark.timeout(240),
]
AGENTS = 3
LOOKS_MAX = 100
"""Ten seconds of them."""
SHORT, LONG = answers("202", ring_ms=300, talk_ms=1500), answers("305", ring_ms=300, talk_ms=6000)


class TwoSwitches:
    """The dialer's two, and the carrier."""

    def __init__(self, east: RealSwitch, west: RealSwitch, carrier: RealSwitch) -> None:
        self.east = east
        self.west = west
        self.carrier = carrier


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[TwoSwitches]:
    assert BINARY is not None
    async with (
        real_switches(Path(BINARY), tmp_path, [SHORT, LONG]) as (east, carrier),
        another_switch(Path(BINARY), tmp_path, carrier, dead_gateway=True) as west,
    ):
        yield TwoSwitches(east, west, carrier)


@pytest.fixture
async def pair(lab: TwoSwitches, store: Store, tmp_path: Path) -> AsyncIterator[Floor]:
    """A team at home in the east, with the west beside it."""
    nodes = {"east": lab.east.esl_port, "west": lab.west.esl_port}
    async with floor(
        store, tmp_path, nodes, agents=AGENTS, gateway=GATEWAY, trunks=f"{GATEWAY}:30:20"
    ) as opened:
        yield opened


async def has_channels(switch: RealSwitch, count: int) -> None:
    """Return when so many live there; it counts with up to a second's delay, so we look again."""
    for _ in range(LOOKS_MAX):
        if await switch.channels() == count:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{await switch.channels()} channels live, not {count}")


async def dialled(store: Store) -> dict[str, int]:
    """How many attempts each number had, by the database."""
    url = make_url(store.url).set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(url) as connection:
        found = await connection.execute("SELECT number, count(*) FROM attempt GROUP BY number")
        return dict(await found.fetchall())


async def test_a_drained_switch_is_left_between_calls_and_nobody_notices(
    lab: TwoSwitches, pair: Floor, store: Store
) -> None:
    numbers = [number("202", index) for index in range(18)]
    await pair.dial(numbers, trunks=[GATEWAY])
    await pair.until(lambda: len(pair.records) >= 4)
    assert pair.switch("east").legs == AGENTS
    await store.switch_drains.drain("east", by="test", now=NOW)
    await pair.until(lambda: pair.switch("west").legs == AGENTS)
    await pair.until(lambda: len(pair.records) == len(numbers))
    assert pair.outcomes() == {Outcome.CONNECTED: len(numbers)}
    assert (pair.switch("east").calls, pair.switch("east").legs) == (0, 0)
    # Each leg was hung up once, by us, to be called from the other switch.
    assert len(pair.legs_lost) == AGENTS
    assert await dialled(store) == dict.fromkeys(numbers, 1)
    await has_channels(lab.west, AGENTS)


async def test_when_a_switch_is_killed_the_team_goes_on_with_the_other(
    lab: TwoSwitches, pair: Floor, store: Store
) -> None:
    numbers = [number("305", index) for index in range(12)]
    await pair.dial(numbers, trunks=[GATEWAY])
    await pair.until(lambda: sum(one.bridged_at is not None for one in pair.records) >= 1)
    before = {one.call_id for one in pair.records}
    await pair.until(lambda: pair.talking() >= 2)
    await lab.east.kill()
    await pair.until(lambda: not pair.switch("east").is_connected)
    await pair.until(lambda: pair.switch("west").calls >= 1)
    # Those who talked are left alone for a minute; the switch is back before that.
    await lab.east.start()
    await pair.until(lambda: len(pair.records) == len(numbers))
    cut_off = [one for one in pair.records if one.cause == "LOST"]
    assert cut_off and before.isdisjoint(one.call_id for one in cut_off)
    assert {one.outcome for one in pair.records} <= {
        Outcome.CONNECTED, Outcome.UNKNOWN, Outcome.SWITCH_LIMIT, Outcome.ABANDONED,
    }  # fmt: skip
    for one in cut_off:
        # It ended when its switch was last seen, not when it was back.
        assert one.bridged_at is None or one.ended_at - one.bridged_at < 6.5
    assert set((await dialled(store)).values()) == {1}


async def test_a_trunk_that_cannot_carry_a_call_is_followed_by_the_next_within_one_attempt(
    lab: TwoSwitches, store: Store, tmp_path: Path
) -> None:
    trunks = f"{DEAD_GATEWAY}:30:20,{GATEWAY}:30:20"
    nodes = {"west": lab.west.esl_port}
    async with floor(
        store, tmp_path, nodes, agents=AGENTS, gateway=GATEWAY, trunks=trunks
    ) as opened:
        numbers = [number("202", index) for index in range(6)]
        await opened.dial(numbers, trunks=[DEAD_GATEWAY, GATEWAY])
        await opened.until(lambda: len(opened.records) == len(numbers))
        assert opened.outcomes() == {Outcome.CONNECTED: len(numbers)}
        assert len(opened.rerouted) == len(numbers)
        assert await dialled(store) == dict.fromkeys(numbers, 1)


async def test_a_switch_that_refuses_calls_costs_no_lead_an_attempt(
    lab: TwoSwitches, store: Store, tmp_path: Path
) -> None:
    nodes = {"west": lab.west.esl_port}
    async with floor(
        store, tmp_path, nodes, agents=AGENTS, gateway=GATEWAY, trunks=f"{GATEWAY}:30:20"
    ) as opened:
        await lab.west.api("fsctl pause")
        numbers = [number("202", index) for index in range(3)]
        await opened.dial(numbers, trunks=[GATEWAY])
        await opened.until(lambda: len(opened.records) == len(numbers))
        assert opened.outcomes() == {Outcome.SWITCH_LIMIT: len(numbers)}
        assert {one.cause for one in opened.records} == {"DESTINATION_OUT_OF_ORDER"}
        assert not any(one.outcome.counts_as_attempt for one in opened.records)
