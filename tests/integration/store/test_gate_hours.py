"""No instant, zone and pack at which an attempt outside the calling hours is written.

Through the real gate, in PostgreSQL, against an oracle that reads the pack files itself: leads of
every place and of several at once, on ordinary days, holidays and around every change of a clock.
"""

import asyncio
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from campaigns.calling_hours import CallingHours
from campaigns.campaign_spec import Purpose
from campaigns.rule_packs.packs import load_packs
from campaigns.rule_packs.rules import NationalList
from campaigns.store.rows import CampaignRow, NewAttempt
from campaigns.store.store import Store
from tests.support.naive_hours import CAMPAIGNS, PLACES, instants, naive_open, odd_instants
from tests.support.stored import NOW, OWNER, add_campaign

SEVERAL = (
    # A mobile of the whole country, a caller at a border, a person who moved to another law.
    (("US",), ("America/New_York", "America/Chicago", "America/Los_Angeles", "Pacific/Honolulu")),
    (("US-FL",), ("America/Chicago", "America/New_York")),
    (("US-AL", "US-FL"), ("America/Chicago", "America/New_York")),
    (("CA",), ("America/Vancouver", "America/St_Johns")),
    (("CA", "US-NY"), ("America/Toronto", "America/New_York")),
    (("AU",), ("Australia/Perth", "Australia/Sydney", "Australia/Lord_Howe")),
    (("DE", "FR"), ("Europe/Berlin", "Europe/Paris")),
    (("GB", "US-NY"), ("Europe/London", "America/New_York")),
)
SPOTS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    *(((place,), (zone,)) for place, zone in PLACES),
    *SEVERAL,
)
"""Places a lead may be in, and zones its clock may be of; one lead each."""


@dataclass(slots=True)
class Gate:
    """The store with a campaign for each purpose and set of hours, and what it has answered."""

    store: Store
    engine: AsyncEngine
    made: list[tuple[CampaignRow, CallingHours, Purpose]]
    said: Counter[str] = field(default_factory=Counter)

    @classmethod
    async def open(cls, url: str, directory: Path) -> Self:
        """Everybody has consented and no list forbids anybody: only the hours decide."""
        store = await Store.open(url, directory=directory)
        engine = create_async_engine(store.url)
        made = []
        for purpose in Purpose:
            for number, hours in enumerate(CAMPAIGNS):
                campaign = await add_campaign(
                    store, name=f"{purpose}-{number}", purpose=purpose, calling_hours=hours
                )
                made.append((campaign, hours, purpose))
        gate = cls(store=store, engine=engine, made=made)
        await gate._fill()
        return gate

    async def _fill(self) -> None:
        rows = [
            {"zones": ",".join(sorted(zones)), "places": ",".join(sorted(places))}
            for places, zones in SPOTS
        ]
        names = {
            rule.name
            for pack in load_packs().by_id.values()
            for rule in pack.rules
            if isinstance(rule, NationalList)
        }
        async with self.engine.begin() as connection:
            for index, (campaign, _, _) in enumerate(self.made):
                for statement in FILL:
                    await connection.execute(
                        text(statement),
                        {
                            "campaign": campaign.id,
                            "index": index,
                            "zones": [row["zones"] for row in rows],
                            "places": [row["places"] for row in rows],
                            "now": NOW,
                        },
                    )
            await connection.execute(text(CONSENTS), {"given": NOW - timedelta(days=3650)})
            for name in sorted(names):
                await connection.execute(text(LISTS), {"name": name, "now": NOW})

    async def ask(self, index: int, at: datetime) -> list[str | None]:
        """Try to write an attempt on every lead of a campaign at that instant."""
        campaign, _, _ = self.made[index]
        async with self.engine.begin() as connection:
            for statement in ("DELETE FROM attempt", "DELETE FROM refused_try"):
                await connection.execute(text(statement))
            await connection.execute(
                text("UPDATE do_not_call_list SET imported_at = :at"),
                {"at": at - timedelta(hours=1)},
            )
            found = await connection.execute(
                text(AGAIN), {"campaign": campaign.id, "owner": OWNER, "at": at}
            )
            leads = sorted(found.all())
        verdicts = await self.store.attempts.write(
            [
                NewAttempt(
                    call_id=str(uuid.uuid4()),
                    campaign_id=campaign.id,
                    team_id=campaign.team_id,
                    lead_id=lead_id,
                    phone_id=phone_id,
                    number=number,
                    trunk="main",
                    caller_id="+12025550100",
                    owner=OWNER,
                    callable_until=at + timedelta(days=1),
                )
                for lead_id, phone_id, number in leads
            ],
            now=at,
        )
        refused = [verdict.refused for verdict in verdicts]
        self.said.update(each or "written" for each in refused)
        return refused

    async def close(self) -> None:
        """Leave the database."""
        await self.engine.dispose()
        await self.store.close()


@contextmanager
def gate_of(url: str, directory: Path) -> Iterator[tuple[asyncio.Runner, Gate]]:
    with asyncio.Runner() as runner:
        gate = runner.run(Gate.open(url, directory))
        try:
            yield runner, gate
        finally:
            runner.run(gate.close())


def check(gate: Gate, index: int, at: datetime, refused: Sequence[str | None]) -> None:
    """Written is only what every place's law allows by every zone's clock."""
    _, hours, purpose = gate.made[index]
    for (places, zones), code in zip(SPOTS, refused, strict=True):
        is_open = all(
            naive_open(place, purpose, hours, zone, at) for place in places for zone in zones
        )
        if code is None:
            assert is_open, (purpose, places, zones, at)
        if code == "outside_calling_hours" and len(places) == len(zones) == 1:
            assert not is_open, (purpose, places, zones, at)


def test_what_is_written_is_inside_the_hours_of_every_place_and_zone(
    database_url: str, tmp_path: Path
) -> None:
    with gate_of(database_url, tmp_path) as (runner, gate):

        @given(index=st.integers(0, len(gate.made) - 1), at=instants | odd_instants)
        @settings(max_examples=150, deadline=None)
        def ask(index: int, at: datetime) -> None:
            check(gate, index, at, runner.run(gate.ask(index, at)))

        ask()
        # Both answers came often, or nothing was shown.
        assert gate.said["written"] > 300
        assert gate.said["outside_calling_hours"] > 300


FILL = (
    "INSERT INTO lead_list (campaign_id, name, created_at) VALUES (:campaign, 'l', :now)",
    "INSERT INTO lead (campaign_id, list_id, fields, priority, state, next_call_at, next_position,"
    " time_zones, jurisdictions, tries, is_fresh, created_at)"
    " SELECT :campaign, list.id, '{}', 0, 'callable', :now, 1, spot.zones, spot.places, 0, true,"
    "   :now FROM lead_list AS list,"
    " unnest(CAST(:zones AS text[]), CAST(:places AS text[])) WITH ORDINALITY"
    "   AS spot(zones, places, number)"
    " WHERE list.campaign_id = :campaign ORDER BY spot.number",
    "INSERT INTO lead_phone (lead_id, campaign_id, position, number, kind, time_zones,"
    " jurisdictions) SELECT id, campaign_id, 1,"
    "   '+1555' || lpad(CAST(CAST(:index AS int) * 1000 + row_number() OVER (ORDER BY id) AS text),"
    "   7, '0'), 'fixed', time_zones, jurisdictions FROM lead WHERE campaign_id = :campaign",
)
CONSENTS = (
    "INSERT INTO consent (number, client_id, purpose, given_at, source, proof, recorded_by,"
    " recorded_at) SELECT number, (SELECT min(id) FROM client), 'any', :given, 'form', 'page 1',"
    " 'test', :given FROM lead_phone"
)
LISTS = (
    "INSERT INTO do_not_call_list (name, created_at, kind, region, imported_at, imported_by)"
    " VALUES (:name, :now, 'national', 'US', :now, 'test')"
)
AGAIN = (
    "UPDATE lead SET state = 'leased', leased_by = :owner, tries = 0, next_call_at = :at"
    " FROM lead_phone AS phone WHERE lead.campaign_id = :campaign AND phone.lead_id = lead.id"
    " RETURNING lead.id, phone.id, phone.number"
)
