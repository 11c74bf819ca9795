"""Calls in a row on a real switch: what is set up, run, and counted at the end."""

import asyncio
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.switch.people import Agents
from benchmarks.switch.watch import Watch
from campaigns.calling_hours import CallingHours
from campaigns.campaign_spec import CampaignSpec, PacingMode, Purpose
from campaigns.store.rows import CampaignRow, NewLead, NewPhone
from campaigns.store.store import Store
from dialer.engine.events import CampaignStarted
from dialer.engine.ids import CampaignId
from dialer.service import Service
from dialer.settings import load_settings
from tests.support.daytime import daytime_zone
from tests.support.real_switch import GATEWAY, Plan, RealSwitch, answers, real_switches

TALKS, HOLDS = "202", "305"
QUICK = {"713": 40, "714": 70, "715": 100, "716": 130, "717": 160}
"""Area codes of leads who hang up so many milliseconds after they answered: from before the bridge,
which takes some 60 ms, to 100 ms after it."""
ALWAYS = CallingHours.parse(["daily 00:00-24:00"])
LEADS_A_BATCH = 1000
RATE_MAX = 50.0
MEDIAN_SECONDS_MAX, MOST_SECONDS_MAX = 0.065, 0.150
"""From the answer to the bridge with a free agent, in the median and for 99 of 100."""
LOOK_SECONDS = 0.25
END_SECONDS = 15.0
"""After the log-out, for the last channels to go; the switch counts them once a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soak:
    """How much of it."""

    calls: int
    agents: int
    talk_ms: int
    rate: float
    """Calls a second; all are answered."""
    mode: PacingMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of it."""

    soak: Soak
    seconds: float
    cpu_seconds: float
    watch: Watch
    channels_left: int
    stuck: list[str]

    @property
    def is_good(self) -> bool:
        """No agent lost or stuck, no channel left, as many answers as were asked for, in time."""
        watch = self.watch
        is_clean = not watch.legs_lost and not self.stuck and not self.channels_left
        return is_clean and not watch.is_late and self.is_fast

    @property
    def is_fast(self) -> bool:
        """The goals of the times hold for calls that found a free agent."""
        met = sorted(self.watch.stages("answered", "bridged"))
        return (
            len(met) > 1
            and statistics.median(met) <= MEDIAN_SECONDS_MAX
            and _quantile(met, 99) <= MOST_SECONDS_MAX
        )

    def text(self) -> str:
        """For a person."""
        watch = self.watch
        answered = sum(one.answered is not None for one in watch.calls.values())
        back = sorted(watch.back_seconds)
        return "\n".join(
            (
                f"{answered} leads answered in {self.seconds:.0f} s "
                f"({answered / self.seconds:.1f} a second), {self.soak.agents} agents; "
                f"our process used {self.cpu_seconds:.0f} s of CPU",
                f"outcomes          {dict(sorted(watch.outcomes.items()))}",
                f"abandoned         {watch.abandoned}",
                f"agents lost       {len(watch.legs_lost)} {watch.legs_lost[:5]}",
                f"agents stuck      {len(self.stuck)} {self.stuck[:5]}",
                f"legs woken        {watch.woken}",
                f"bridges refused   {watch.refused}",
                f"channels left     {self.channels_left}",
                f"leg back after    {_spread(back)}",
                "",
                "where an agent was free at the answer:",
                f"answer to bridge                    {self._stage('answered', 'bridged')}",
                f"  answer read to park read          {self._stage('answered', 'parked')}",
                f"  inside: park read to bridge sent  {self._stage('parked', 'sent')}",
                f"  the same, CPU time                {self._stage('parked_cpu', 'sent_cpu')}",
                f"  bridge sent to bridge read        {self._stage('sent', 'bridged')}",
                f"of every call: answer to bridge     {_spread(sorted(watch.answer_to_bridge()))}",
                "",
            )
        )

    def _stage(self, since: str, until: str) -> str:
        return _spread(sorted(self.watch.stages(since, until)))


async def run(soak: Soak, binary: Path, folder: Path, *, seconds_max: float) -> Report:
    """Start everything, make the calls, stop everything."""
    plans = [
        answers(TALKS, ring_ms=150, talk_ms=soak.talk_ms),
        _holds(HOLDS),
        *(answers(area, ring_ms=150, talk_ms=ms) for area, ms in QUICK.items()),
    ]
    async with (
        real_switches(binary, folder, plans) as (switch, carrier),
        await Store.open(None, directory=folder / "data") as store,
    ):
        return await _run(soak, store, switch, carrier, folder, seconds_max)


async def _run(
    soak: Soak,
    store: Store,
    switch: RealSwitch,
    carrier: RealSwitch,
    folder: Path,
    seconds_max: float,
) -> Report:
    campaign = await _campaign(soak, store)
    service = Service(
        load_settings(
            environ={},
            overrides={
                "home": str(folder / "service"),
                "switch.port": switch.esl_port,
                "agents.dial": "gateway",
                "agents.gateway": GATEWAY,
                "trunks": f"{GATEWAY}:{3 * soak.agents}:{soak.rate:g}",
                "metrics.enabled": False,
                "web.enabled": False,
                "files.sounds": str(folder),
            },
        ),
        store=store,
    )
    rows = [
        await store.agents.add(f"agent{i}", "soak", f"agent{i}", by="soak", now=_now())
        for i in range(soak.agents)
    ]
    watch = Watch()
    service.observe(watch)
    people = Agents(service, rows)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(service.run())
        await service.opened.wait()
        for link in service.parts.switches.links.values():
            watch.attach(link, link._session)
        await service.ready.wait()
        people.log_in()
        await people.all_ready.wait()
        began, cpu_began = time.perf_counter(), time.process_time()
        await store.campaigns.set_state(campaign.id, "running", by="soak", now=_now())
        await service.parts.feed.ensure(await store.campaigns.by_id(campaign.id))
        service.post(CampaignStarted(campaign_id=CampaignId(campaign.id)))
        await watch.wait_for(soak.calls, seconds_max)
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
        # A leg that is stuck must have shown it.
        await asyncio.sleep(2.5)
        stuck = watch.stuck()
        watch.is_over = True
        people.log_out()
        left = await _channels_left(switch, carrier)
        service.stop()
        await serving
    return Report(
        soak=soak,
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        watch=watch,
        channels_left=left,
        stuck=stuck,
    )


async def _channels_left(switch: RealSwitch, carrier: RealSwitch) -> int:
    left = 0
    for _ in range(int(END_SECONDS / LOOK_SECONDS)):
        left = await switch.channels() + await carrier.channels()
        if not left:
            break
        await asyncio.sleep(LOOK_SECONDS)
    return left


async def _campaign(soak: Soak, store: Store) -> CampaignRow:
    spec = CampaignSpec(
        name="soak",
        client="soak",
        team="soak",
        region="US",
        caller_id="+12025550199",
        trunks=(GATEWAY,),
        purpose=Purpose.SERVICE,
        calling_hours=ALWAYS,
        pacing_mode=soak.mode,
    )
    campaign = await store.campaigns.create(spec, by="soak", now=_now())
    for start in range(0, soak.calls, LEADS_A_BATCH):
        rows = [_lead(index) for index in range(start, min(soak.calls, start + LEADS_A_BATCH))]
        await store.leads.merge(campaign.id, f"list{start}", rows, duplicates="merge", now=_now())
    return campaign


def _lead(index: int) -> NewLead:
    """Of ten, one hangs up at once and one holds first."""
    quick = list(QUICK)
    area = {3: quick[index // 10 % len(quick)], 7: HOLDS}.get(index % 10, TALKS)
    number = f"+1{area}{5_550_000 + index:07d}"
    phone = NewPhone(number=number, kind="fixed", time_zones=(daytime_zone(),))
    return NewLead(
        row_number=index + 1,
        external_id=str(index),
        name=f"Lead {index}",
        numbers=(phone,),
        fields={},
        priority=0,
    )


def _holds(area: str) -> Plan:
    """Answers, talks, puts us on hold (re-INVITE sendonly), and hangs up while holding."""
    return Plan(
        area=area,
        steps=(
            ("ring_ready", ""),
            ("sleep", "150"),
            ("answer", ""),
            ("sleep", "400"),
            ("set", "held=${uuid_hold(${uuid})}"),
            ("sleep", "300"),
            ("hangup", "NORMAL_CLEARING"),
        ),
    )


def _spread(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return "too few"
    shown = (
        statistics.median(seconds), _quantile(seconds, 90), _quantile(seconds, 99), seconds[-1]
    )  # fmt: skip
    median, ninety, most, worst = (1000 * one for one in shown)
    return (
        f"median {median:.1f} ms, 90 % {ninety:.1f} ms, 99 % {most:.1f} ms, "
        f"worst {worst:.1f} ms of {len(seconds)}"
    )


def _quantile(seconds: list[float], percent: int) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1]


def _now() -> datetime:
    return datetime.now(UTC)
