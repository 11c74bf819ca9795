"""`dialer demo`: a campaign from a real list to a report, in two minutes, without a switch."""

import asyncio
import json
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click
from click.core import ParameterSource
from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from campaigns.lead_import.run import Progress as ImportProgress
from campaigns.reports.report import write_report
from campaigns.store.store import Store
from dialer.demo import far_end, screen
from dialer.demo.facts import read_people
from dialer.demo.floor import service_settings, set_up
from dialer.demo.plan import LIST, MACHINE_RATIO, ZONE, Plan, prepare_home
from dialer.demo.shift import Shift
from dialer.demo.summary import Summary, as_table, lag_words, summarise
from dialer.demo.visitors import Login
from dialer.engine.config import EngineConfig
from dialer.engine.snapshot import Snapshot
from dialer.pacing.settings import DialMode
from dialer.runtime.clock import ScaledClock
from dialer.runtime.instants import to_datetime
from dialer.service.service import Service

ENGINE_CONFIG = EngineConfig(survey_seconds=60.0)
"""On a clock 60 times as fast this still asks after every leg once a second of real time."""
HURRIED_SPEED = 4.0
"""Faster than that nobody can take calls."""
VISIT_SPEED, VISIT_HOURS = 1.0, 9.0
"""A visitor talks and writes at their own pace, and nobody sends them home."""
LINE_EVERY_SECONDS = 5.0
"""Real seconds between two lines of progress when nobody watches a terminal."""


@click.command()
@click.option("--agents", default=20, show_default=True, type=click.IntRange(1, 500))
@click.option(
    "--hours", default=2.0, show_default=True, type=click.FloatRange(0.05, 9.0),
    help="Length of the shift by the demo's clock.",
)  # fmt: skip
@click.option(
    "--speed", default=60.0, show_default=True, type=click.FloatRange(1.0, 120.0),
    help="How many times faster than real the demo's clock runs.",
)  # fmt: skip
@click.option("--seed", default=1, show_default=True, help="Of everything that is drawn.")
@click.option(
    "--pacing", default="predictive", show_default=True,
    type=click.Choice(["predictive", "progressive", "ratio"]),
)  # fmt: skip
@click.option(
    "--home", default=Path("demo"), show_default=True, type=click.Path(path_type=Path),
    help="Folder for the demo's database and report; emptied first.",
)  # fmt: skip
@click.option(
    "--visit", "is_visit", is_flag=True,
    help="Take calls yourself beside the agents: the clock runs like yours (unless --speed says "
    "otherwise), for nine hours (unless --hours does), with time to write your notes.",
)  # fmt: skip
@click.option(
    "--stay", "stays", is_flag=True,
    help="After the shift go on serving the desk, until Ctrl-C.",
)  # fmt: skip
@click.option(
    "--record", "is_recorded", is_flag=True,
    help="Record the calls, with made-up voices: the first 400 MB of them, two a minute.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON, and no screen.")
@click.pass_context
def demo(
    context: click.Context,
    *,
    agents: int,
    hours: float,
    speed: float,
    seed: int,
    pacing: str,
    home: Path,
    is_visit: bool,
    stays: bool,
    is_recorded: bool,
    as_json: bool,
) -> None:
    """Run a telesales campaign from a real list to a report.

    An embedded PostgreSQL, a fake switch in its own process and agents who behave like people; the
    list, the pacing and the service are the real ones. Ctrl-C ends the shift and still writes the
    report; a second Ctrl-C leaves at once. Meanwhile the desk is served: its address, and log-ins
    for an agent, a supervisor and the client, are on the screen.

    \b
    Examples:
      dialer demo
      dialer demo --visit
      dialer demo --stay
      dialer demo --agents 5 --pacing progressive
      dialer demo --hours 1 --json
    """
    if is_visit:
        speed = speed if _is_given(context, "speed") else VISIT_SPEED
        hours = hours if _is_given(context, "hours") else VISIT_HOURS
    plan = Plan(
        agents=agents, hours=hours, speed=speed, seed=seed, pacing=DialMode(pacing), home=home,
        is_visit=is_visit, stays=stays, is_recorded=is_recorded or is_visit,
    )  # fmt: skip
    try:
        asyncio.run(Demo(plan, as_json=as_json).run())
    except asyncio.CancelledError:
        # Our own signal handler cancelled it; everybody above expects the usual exception.
        raise KeyboardInterrupt from None


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE


class Demo:
    """One run of the demo, with its screen."""

    def __init__(self, plan: Plan, *, as_json: bool) -> None:
        self._plan = plan
        self._as_json = as_json
        # With --json the answer alone goes to standard output.
        self._console = Console(stderr=as_json, highlight=False)
        self._shift: Shift | None = None
        self._line_at = 0.0

    async def run(self) -> None:
        """From an empty folder to the summary."""
        self._take_ctrl_c()
        plan, console = self._plan, self._console
        prepare_home(plan.home)
        console.print("Starting PostgreSQL ...")
        async with await Store.open(None, directory=plan.home) as store:
            with self._import_bar() as bar:
                floor = await set_up(store, plan, progress=bar)
            console.print(
                f"Imported {floor.imported.inserted:,} leads in {floor.imported.seconds:.1f} s. "
                f"{plan.agents} agents log in."
            )
            people = await asyncio.to_thread(
                read_people, LIST, machine_ratio=MACHINE_RATIO, seed=plan.seed
            )
            network = far_end.write_network(
                plan.home, people, utc_offset_hours=plan.utc_offset_hours
            )
            clock = ScaledClock(plan.speed, plan.start_at)
            async with far_end.running(
                network,
                speed=plan.speed,
                epoch=plan.start_at,
                seed=plan.seed,
                recordings=plan.recordings,
            ) as switch:
                settings = service_settings(plan.home, plan, switch, floor.campaign)
                service = Service(settings, clock=clock, store=store, engine_config=ENGINE_CONFIG)
                shift = self._shift = Shift(plan, floor, service, people)
                with self._screen(service, len(people)) as look:
                    result = await shift.run(look)
            self._shift = None
            console.print("Writing the report ...")
            files = await write_report(
                store,
                floor.campaign,
                plan.home / "report",
                since=to_datetime(shift.start_at),
                until=to_datetime(clock.now()),
                now=to_datetime(clock.now()),
            )
            figures = await store.reports.figures(
                floor.campaign.id,
                [to_datetime(shift.start_at), to_datetime(clock.now())],
                answer_tolerance_seconds=floor.campaign.spec.answer_tolerance_seconds,
                now=to_datetime(clock.now()),
            )
            summary = summarise(plan, result, figures, start_at=shift.start_at)
        self._say(summary, shift.start_at, files.html)

    def _say(self, summary: Summary, start_at: float, report: Path) -> None:
        self._console.print()
        self._console.print(as_table(summary, start_at=start_at))
        if (lag := lag_words(summary)) is not None:
            self._console.print(f"\n{lag}")
        self._console.print(f"\nReport: {report}   (CSV files beside it)")
        if self._as_json:
            click.echo(json.dumps(summary.as_dict()))

    def _take_ctrl_c(self) -> None:
        """The first ends the shift, or what comes before it; the second leaves at once."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None

        def on_signal() -> None:
            if self._shift is not None and not self._shift.end_now.is_set():
                self._shift.end_now.set()
                self._shift.leave_now.set()
            elif self._shift is not None and not self._shift.leave_now.is_set():
                self._shift.leave_now.set()
            else:
                task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, on_signal)

    # ---- what is seen ---------------------------------------------------------------------------
    def _import_bar(self) -> "_ImportBar":
        return _ImportBar(self._console)

    def _screen(
        self, service: Service, leads_total: int
    ) -> AbstractContextManager[Callable[[Snapshot], None]]:
        shift, plan = self._shift, self._plan
        assert shift is not None
        progress = screen.Progress(
            title="bank-telesales",
            speed=plan.speed,
            start_at=plan.start_at,
            end_at=plan.start_at + plan.hours * 3600,
            zone=ZONE,
            leads_total=leads_total,
            metrics_url="",
            leads_attempted=shift.leads_attempted,
        )

        def note(snapshot: Snapshot) -> bool:
            progress.start_at, progress.end_at = shift.start_at, shift.end_at
            progress.sales = shift.people.sales
            progress.metrics_url = service.metrics_url or "off"
            progress.desk = desk_lines(plan, shift.visitors.logins, service.web_url)
            return bool(snapshot.campaigns)

        if self._console.is_terminal:
            live = Live(console=self._console, auto_refresh=False, transient=False)

            def draw(snapshot: Snapshot) -> None:
                if note(snapshot):
                    live.update(screen.draw(snapshot, progress), refresh=True)

            return _Shown(live, draw)

        def line(snapshot: Snapshot) -> None:
            if not note(snapshot):
                return
            if self._line_at == 0.0:
                self._console.print(f"Metrics while it runs: {progress.metrics_url}")
                for words in progress.desk:
                    self._console.print(f"Desk: {words}", markup=False)
            if time.monotonic() >= self._line_at:
                self._line_at = time.monotonic() + LINE_EVERY_SECONDS
                self._console.print(screen.one_line(snapshot, progress))

        return nullcontext(line)


def desk_lines(plan: Plan, logins: Sequence[Login], url: str | None) -> tuple[str, ...]:
    """Where the desk is, who may sign in, and what a visitor should know of the clock."""
    if url is None:
        return ()
    width = max(len(login.name) for login in logins)
    lines = [
        url,
        *(f"{each.name:<{width}}  {each.password}   {each.for_what}" for each in logins),
    ]
    if plan.speed > HURRIED_SPEED:
        lines.append(
            f"On this clock a minute is {60 / plan.speed:.2g} s of yours. To take calls yourself: "
            'make demo DEMO="--visit"'
        )
    return tuple(lines)


class _Shown(AbstractContextManager[Callable[[Snapshot], None]]):
    """A live display for as long as the block lasts."""

    def __init__(self, live: Live, draw: Callable[[Snapshot], None]) -> None:
        self._live, self._draw = live, draw

    def __enter__(self) -> Callable[[Snapshot], None]:
        self._live.start()
        return self._draw

    def __exit__(self, *error: object) -> None:
        self._live.stop()


class _ImportBar(AbstractContextManager[Callable[[ImportProgress], None]]):
    """The import's progress on a terminal; nothing elsewhere."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("Importing the list"), BarColumn(bar_width=40), DownloadColumn(),
            TextColumn("{task.fields[rows]:,} leads"), TimeElapsedColumn(),
            console=console, disable=not console.is_terminal,
        )  # fmt: skip
        self._task = self._bar.add_task("import", total=None, rows=0)

    def __enter__(self) -> Callable[[ImportProgress], None]:
        self._bar.start()
        return self._note

    def _note(self, progress: ImportProgress) -> None:
        self._bar.update(
            self._task,
            completed=progress.bytes_done, total=progress.bytes_total, rows=progress.rows,
        )  # fmt: skip

    def __exit__(self, *error: object) -> None:
        self._bar.stop()
