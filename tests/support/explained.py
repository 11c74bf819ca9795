"""A small campaign with one lead for each reason not to be callable, made by hand."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from campaigns.attempt_limits import AttemptLimit, Window
from campaigns.calling_hours import CallingHours
from campaigns.store.rows import CampaignRow, NewLead, NewPhone
from campaigns.store.store import Store
from tests.support.stored import NOW, add_campaign, new_lead, number, phone

LIMIT = AttemptLimit(
    most=2,
    window=Window(kind="rolling", length=24),
    unit="number",
    counts="attempts",
    scope="campaign",
    citation="the client's contract, page 3",
)
HOURS = CallingHours.parse(["daily 09:00-20:00"])
BRITISH = "+447400000001"
"""In the range the plan gives to mobiles; its first ten minutes are as good as any."""

# One lead for each; the number of the lead is its index below.
CALLABLE, LISTED, NO_CONSENT, OVER_LIMIT, COOLING, WAITING, CLOSED, DONE = range(1, 9)
NO_TRIES, INVALID, LEASED, ON_CALL, PROMISED, TWO_ZONES, SECOND_NUMBER = range(9, 16)
COUNT = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The campaign, and the ids of its leads by the words above."""

    campaign: CampaignRow
    leads: dict[int, int]


async def execute(store: Store, statement: str, **values: Any) -> None:
    """Do to the database what no part of the program would."""
    engine = create_async_engine(store.url)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(statement), values)
    finally:
        await engine.dispose()


async def rows(store: Store, statement: str, **values: Any) -> list[Any]:
    """What a query answers."""
    engine = create_async_engine(store.url)
    try:
        async with engine.connect() as connection:
            return list((await connection.execute(text(statement), values)).all())
    finally:
        await engine.dispose()


async def add_attempt(
    store: Store, lead_id: int, *, ago: timedelta, outcome: str | None = "no_answer", **more: Any
) -> str:
    """An attempt on the lead's first number, written `ago` before NOW; None leaves it open."""
    call_id = str(uuid.uuid4())
    at = NOW - ago
    live = outcome in ("connected", "abandoned")
    await execute(
        store,
        "INSERT INTO attempt (id, campaign_id, team_id, lead_id, phone_id, number, trunk,"
        " caller_id, owner, written_at, answered_at, bridged_at, ended_at, outcome, cause, is_live,"
        " is_abandoned)"
        " SELECT CAST(:call_id AS uuid), lead.campaign_id, campaign.team_id, lead.id, phone.id,"
        "   phone.number, 'main', '+12025550100', 'worker-1', :at, :answered_at, :bridged_at,"
        "   :ended_at, :outcome, :cause, :live, :abandoned"
        " FROM lead JOIN campaign ON campaign.id = lead.campaign_id"
        " JOIN lead_phone AS phone ON phone.lead_id = lead.id AND phone.position ="
        "   (SELECT min(position) FROM lead_phone WHERE lead_id = lead.id)"
        " WHERE lead.id = :lead_id",
        **{
            "call_id": call_id,
            "lead_id": lead_id,
            "at": at,
            "answered_at": at + timedelta(seconds=8) if live else None,
            "bridged_at": at + timedelta(seconds=9) if outcome == "connected" else None,
            "ended_at": None if outcome is None else at + timedelta(seconds=30),
            "outcome": outcome,
            "cause": None if outcome is None else "NO_ANSWER",
            "live": live,
            "abandoned": outcome == "abandoned",
        }
        | more,
    )
    return call_id


async def explained_campaign(store: Store) -> Explained:
    """The campaign of the words above. NOW is a Monday, ten in New York, three in London."""
    leads: list[NewLead] = [new_lead(index) for index in range(1, COUNT + 1)]
    leads[COOLING - 1] = new_lead(COOLING, _british())
    leads[CLOSED - 1] = new_lead(CLOSED, phone(CLOSED, "America/Los_Angeles"))
    leads[TWO_ZONES - 1] = new_lead(TWO_ZONES, phone(TWO_ZONES, "America/Chicago", "Europe/London"))
    leads[SECOND_NUMBER - 1] = new_lead(SECOND_NUMBER, phone(SECOND_NUMBER), phone(900))
    campaign = await add_campaign(
        store, leads=leads, calling_hours=HOURS, limits=(LIMIT,), consent_required=True
    )
    found = await rows(
        store, "SELECT id, external_id FROM lead WHERE campaign_id = :id", id=campaign.id
    )
    ids = {int(row.external_id): int(row.id) for row in found}
    await _consents(store)
    await _lists(store)
    await _past(store, ids)
    await _states(store, ids)
    other = await add_campaign(store, name="autumn", leads=[new_lead(ON_CALL)])
    busy = await rows(store, "SELECT id FROM lead WHERE campaign_id = :id", id=other.id)
    await add_attempt(store, busy[0].id, ago=timedelta(seconds=20), outcome=None)
    return Explained(campaign=campaign, leads=ids)


def _british() -> NewPhone:
    return NewPhone(number=BRITISH, kind="mobile", time_zones=("Europe/London",))


async def _consents(store: Store) -> None:
    numbers = [number(index) for index in (*range(1, COUNT + 1), 900) if index != NO_CONSENT]
    await execute(
        store,
        "INSERT INTO consent (number, client_id, purpose, given_at, source, proof, recorded_by,"
        " recorded_at) SELECT number, (SELECT id FROM client WHERE name = 'Acme'), 'any', :at,"
        " 'web form', 'row 7', 'test', :at FROM unnest(CAST(:numbers AS text[])) AS new(number)",
        numbers=[*numbers, BRITISH],
        at=NOW - timedelta(days=10),
    )


async def _lists(store: Store) -> None:
    for index in (LISTED, SECOND_NUMBER):
        await store.do_not_call.add(
            number(index), list_name="house", by="test", how="by letter", now=NOW
        )
    await execute(
        store,
        "UPDATE do_not_call_list SET imported_at = :at",
        at=datetime.fromisoformat("2026-03-01T00:00Z"),
    )


async def _past(store: Store, ids: dict[int, int]) -> None:
    for hours in (3, 2):
        await add_attempt(store, ids[OVER_LIMIT], ago=timedelta(hours=hours))
    await add_attempt(store, ids[COOLING], ago=timedelta(hours=30), outcome="abandoned")
    await add_attempt(store, ids[WAITING], ago=timedelta(hours=1))
    await execute(
        store,
        "UPDATE lead SET is_fresh = false, next_call_at = :at WHERE id = :id",
        id=ids[WAITING],
        at=NOW + timedelta(hours=3),
    )


async def _states(store: Store, ids: dict[int, int]) -> None:
    for index, change in (
        (DONE, "state = 'done', done_reason = 'sale'"),
        (NO_TRIES, "tries = 99"),
        (INVALID, "state = 'invalid', done_reason = 'no number left'"),
        (LEASED, "state = 'leased', leased_by = 'worker-1'"),
    ):
        await execute(store, f"UPDATE lead SET {change} WHERE id = :id", id=ids[index])
    await execute(
        store, "UPDATE lead_phone SET state = 'invalid' WHERE lead_id = :id", id=ids[INVALID]
    )
    await execute(
        store,
        "INSERT INTO callback (lead_id, campaign_id, phone_id, due_at, tolerance_seconds,"
        " agent_wait_seconds, fallback, promised_by, promised_at, state, note)"
        " SELECT lead_id, campaign_id, id, :due, 300, 600, 'team', 'anna', :at, 'open', 'Bo'"
        " FROM lead_phone WHERE lead_id = :id",
        id=ids[PROMISED],
        due=NOW + timedelta(hours=5),
        at=NOW,
    )


async def scan(connection: AsyncConnection, wanted: str) -> list[str]:
    """`table.column` of every text or jsonb column in which the words stand."""
    columns = await connection.execute(
        text(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type IN ('text', 'jsonb', 'character varying')"
        )
    )
    found = []
    for table, column in columns.all():
        count = await connection.scalar(
            text(
                f'SELECT count(*) FROM "{table}"'
                f' WHERE position(:wanted in CAST("{column}" AS text)) > 0'
            ),
            {"wanted": wanted},
        )
        if count:
            found.append(f"{table}.{column}")
    return sorted(found)
