"""A floor whose calls of last week were recorded: agents, listeners, a scorecard, calls."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from campaigns.quality.scorecard_file import read_scorecard_file
from campaigns.store.recordings import NewRecording
from campaigns.store.rows import AgentRow, CampaignRow
from campaigns.store.scorecards import ScorecardRow
from campaigns.store.store import Store
from freeswitch.fake.sound_files import write_call
from tests.support.stored import NOW, add_campaign

WEEK = date(2026, 2, 23)
"""The Monday before NOW's."""
CARD = Path(__file__).parents[2] / "examples" / "scorecards" / "telesales.toml"
CLIENT = "Banco de Exemplo"
DISPOSITIONS = ("sale", "no_interest", "refusal", "callback", None)
YES = {
    "greeting": "yes", "recording_notice": "yes", "right_person": "yes", "listening": "5",
    "objections": "na", "pressure": "yes", "terms": "yes", "disposition": "yes",
}  # fmt: skip
"""Answers that come to 100 %."""


@dataclass(slots=True, kw_only=True)
class Heard:
    """What there is."""

    campaign: CampaignRow
    card: ScorecardRow
    agents: dict[str, AgentRow]
    listeners: dict[str, int]
    calls: list[str] = field(default_factory=list)
    """Call ids, in order of time."""

    def file(self, index: int) -> str:
        """The recording of one call."""
        return f"{self.calls[index]}-1"


async def heard_floor(
    store: Store, *, calls: int = 12, agents: Sequence[str] = ("Aysel", "Murad")
) -> Heard:
    """Calls an hour apart from Tuesday morning, the agents in turn, each talking 40 s and more."""
    campaign = await add_campaign(store, client=CLIENT, leads=calls)
    card, _ = await store.quality.scorecards.add(read_scorecard_file(CARD), by="test", now=NOW)
    rows = [
        await store.agents.add(name, "sales", f"{1001 + index}", by="test", now=NOW)
        for index, name in enumerate(agents)
    ]
    heard = Heard(
        campaign=campaign,
        card=card,
        agents={row.name: row for row in rows},
        listeners={name: await add_listener(store, name) for name in ("leyla", "orkhan")},
    )
    for index in range(calls):
        await add_call(
            store,
            heard,
            agent=rows[index % len(rows)].id,
            lead=index + 1,
            at=datetime.combine(WEEK, datetime.min.time(), NOW.tzinfo)
            + timedelta(days=1, hours=8 + index),
            seconds=40.0 + index,
            disposition=DISPOSITIONS[index % len(DISPOSITIONS)],
        )
    return heard


async def add_call(
    store: Store, heard: Heard, *, agent: int, lead: int, at: datetime, seconds: float = 60.0,
    disposition: str | None = None, masked: Sequence[tuple[datetime, datetime | None]] = (),
) -> str:  # fmt: skip
    """A connected call and the row of its recording; `lead` is its external id."""
    call_id = str(uuid.uuid4())
    await run(
        store,
        "INSERT INTO attempt (id, campaign_id, team_id, lead_id, phone_id, number, trunk,"
        " caller_id, owner, written_at, answered_at, bridged_at, ended_at, outcome, cause, is_live,"
        " agent_id, disposition)"
        " SELECT CAST(:call_id AS uuid), lead.campaign_id, campaign.team_id, lead.id, phone.id,"
        "   phone.number, 'main', '+12025550100', 'worker-1', :at, :at, :at, :ended_at,"
        "   'connected', 'NORMAL_CLEARING', true, :agent, :disposition"
        " FROM lead JOIN campaign ON campaign.id = lead.campaign_id"
        " JOIN lead_phone AS phone ON phone.lead_id = lead.id"
        " WHERE lead.campaign_id = :campaign AND lead.external_id = :lead",
        call_id=call_id, at=at, ended_at=at + timedelta(seconds=seconds), agent=agent,
        disposition=disposition, campaign=heard.campaign.id, lead=str(lead),
    )  # fmt: skip
    recording = NewRecording(
        file_id=f"{call_id}-1", call_id=call_id, campaign_id=heard.campaign.id, agent_id=agent,
        policy="notice", consent="notice", started_at=at,
        ended_at=at + timedelta(seconds=seconds), seconds=seconds, masked=masked,
    )  # fmt: skip
    await store.recordings.put([recording])
    heard.calls.append(call_id)
    return call_id


async def add_listener(
    store: Store, name: str, *, role: str = "quality", agent_id: int | None = None
) -> int:
    """An account that nobody can sign in to; what it costs to hash a password is saved."""
    (row,) = await run(
        store,
        "INSERT INTO user_account (name, role, agent_id, password_hash, is_provisional,"
        " password_changed_at, created_at, created_by)"
        " VALUES (:name, :role, :agent_id, '-', false, :now, :now, 'test') RETURNING id",
        name=name, role=role, agent_id=agent_id, now=NOW,
    )  # fmt: skip
    return int(row.id)


def write_sound(
    folder: Path, file_id: str, *, seconds: float, masks: Sequence[tuple[float, float]] = ()
) -> Path:
    """The file of a recording, as the fake switch writes it."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{file_id}.wav"
    write_call(path, started_at=0.0, ended_at=seconds, masks=masks, folder=folder)
    return path


async def run(store: Store, statement: str, **values: Any) -> list[Any]:
    """Do to the database what no part of the program would; the rows it answers with."""
    engine = create_async_engine(store.url)
    try:
        async with engine.begin() as connection:
            done = await connection.execute(text(statement), values)
            return list(done.all()) if done.returns_rows else []
    finally:
        await engine.dispose()
