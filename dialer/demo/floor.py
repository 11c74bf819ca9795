"""Setting up the demo's call centre: database, campaign, agents, the list; the service over it."""

import asyncio
import dataclasses
import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from campaigns.campaign_file import read_campaign_file
from campaigns.campaign_spec import CampaignSpec, PacingMode
from campaigns.do_not_call_files import read_numbers
from campaigns.lead_import.run import ImportSummary, Progress, import_leads
from campaigns.quality.scorecard_file import read_scorecard_file
from campaigns.recording_spec import RecordingPolicy, RecordingSpec
from campaigns.scripts.reading import read_script_file
from campaigns.store.do_not_call import ListScope
from campaigns.store.rows import AgentRow, CampaignRow
from campaigns.store.store import Store
from dialer.demo.far_end import FarEnd
from dialer.demo.plan import (
    CAMPAIGN_FILE,
    CONSENTS,
    LIST,
    NATIONAL_LIST,
    SCORECARD,
    SCRIPT_FILE,
    Plan,
)
from dialer.demo.visitors import Visitors, make_visitors
from dialer.settings import Settings, load_settings

WRAP_UP_SECONDS_MAX = 60.0
VISITORS_WRAP_UP_SECONDS_MAX = 180.0
"""Somebody who sees the page for the first time; the simulated agents take as long as ever."""
CHANNELS_FOR_EACH_AGENT = 8
NAMES = (
    "Aysel", "Bruno", "Chiara", "Daniel", "Elif", "Farid", "Giorgi", "Hana", "Ilkin", "Joana",
    "Kamran", "Leyla", "Murad", "Nino", "Orkhan", "Petra", "Rashad", "Sofia", "Tural", "Vera",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What was set up."""

    campaign: CampaignRow
    agents: tuple[AgentRow, ...]
    """The simulated ones."""
    visitors: Visitors
    imported: ImportSummary


def demo_spec(plan: Plan) -> CampaignSpec:
    """The example's campaign file with the demo's pacing."""
    spec = read_campaign_file(CAMPAIGN_FILE)
    return dataclasses.replace(
        spec,
        pacing_mode=PacingMode(plan.pacing.value),
        wrap_up_seconds_max=VISITORS_WRAP_UP_SECONDS_MAX if plan.is_visit else WRAP_UP_SECONDS_MAX,
        recording=RecordingSpec(policy=RecordingPolicy.NOTICE)
        if plan.is_recorded
        else spec.recording,
    )


async def set_up(store: Store, plan: Plan, *, progress: Callable[[Progress], None]) -> Floor:
    """Campaign, agents and the whole list, as a manager would make them."""
    now = datetime.fromtimestamp(plan.start_at, UTC)
    campaign = await store.campaigns.create(demo_spec(plan), by="demo", now=now)
    for number in range(plan.agents):
        name = NAMES[number % len(NAMES)]
        if number >= len(NAMES):
            name = f"{name} {number // len(NAMES) + 1}"
        await store.agents.add(name, campaign.team_name, f"{1001 + number}", by="demo", now=now)
    simulated = tuple(await store.agents.list())
    visitors = await make_visitors(store, campaign, now=now)
    await store.quality.scorecards.add(read_scorecard_file(SCORECARD), by="demo", now=now)
    imported = await import_leads(store, campaign, LIST, now=now, progress=progress)
    await _take_permissions(store, campaign, now)
    await _give_script(store, campaign, now)
    return Floor(
        campaign=campaign,
        agents=simulated,
        visitors=visitors,
        imported=imported,
    )


async def _give_script(store: Store, campaign: CampaignRow, now: datetime) -> None:
    """What the agents say: a visitor who takes calls is walked through it."""
    _, source = await asyncio.to_thread(read_script_file, SCRIPT_FILE)
    version, _ = await store.scripts.add(source, by="demo", now=now)
    await store.scripts.assign(campaign.id, version.id, by="demo", now=now)


async def _take_permissions(store: Store, campaign: CampaignRow, now: datetime) -> None:
    """The national list of the day, and the customers' consents: without them US law lets nobody be
    sold to (47 CFR 64.1200(c)(2)), and nobody's possible mobile be overdialled."""
    with NATIONAL_LIST.open("rb") as lines:
        numbers = read_numbers(lines, "US")
    await store.do_not_call.import_numbers(
        numbers,
        list_name="us-dnc",
        replace=True,
        by="demo",
        how=f"in the file {NATIONAL_LIST.name}",
        as_of=now,
        now=now,
        scope=ListScope(kind="national", region="US"),
    )
    with gzip.open(CONSENTS, "rt", encoding="ascii", newline="") as lines:
        await store.consents.import_file(
            lines, client=campaign.client, region="US", by="demo", now=now
        )


def service_settings(home: Path, plan: Plan, far_end: FarEnd, campaign: CampaignRow) -> Settings:
    """Settings of the demo's service; nothing is taken from the environment but the database."""
    channels = max(40, CHANNELS_FOR_EACH_AGENT * plan.agents)
    trunks = [
        {"name": name, "channels_max": channels, "calls_per_second": max(10, plan.agents)}
        for name in campaign.spec.trunks
    ]
    where = {} if plan.recordings is None else {"files.recordings": plan.recordings}
    return load_settings(
        environ={},
        overrides={
            **where,
            "home": home,
            "switch.host": far_end.host,
            "switch.port": far_end.port,
            "switch.password": "ClueCon",
            "switch.dialer_id": "demo",
            # A millisecond of real time is a good part of the legal seconds on a fast clock.
            "switch.poke_seconds": 0.005,
            "trunks": trunks,
            "metrics.port": 0,
            "web.port": 0,
            "journal.file_bytes_max": 50_000_000,
        },
    )
