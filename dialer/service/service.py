"""The running dialer. Usable by `dialer run`, and inside another program, as the demo does."""

import asyncio
import enum
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from campaigns.store.errors import DatabaseUnavailable
from campaigns.store.store import Store
from dialer.engine.commands import Command, Hangup
from dialer.engine.config import EngineConfig
from dialer.engine.engine import Engine
from dialer.engine.events import CampaignStarted, DrainRequested, Event, TrunkConfigured
from dialer.engine.ids import CampaignId, TeamId
from dialer.engine.in_call_events import PhoneKeysSet
from dialer.engine.snapshot import Snapshot
from dialer.engine.states import CallState, CampaignState
from dialer.metrics.instruments import Instruments
from dialer.metrics.loop_lag import watch_loop_lag
from dialer.metrics.observer import MetricsObserver
from dialer.metrics.server import metrics_server
from dialer.runtime.call_marks import CallMarkKeeper
from dialer.runtime.clock import Clock, RealClock
from dialer.runtime.daily import run_daily
from dialer.runtime.driver import Driver, Observer
from dialer.runtime.engine_config import trunk_config
from dialer.runtime.instants import to_datetime, to_unix
from dialer.runtime.journal import Journal
from dialer.runtime.recording_files import remove_due_recordings
from dialer.service.dispatch import CommandDispatch
from dialer.service.floor import ServiceFloor
from dialer.service.home import JOURNAL, locked_home
from dialer.service.pages import serving
from dialer.service.parts import Parts
from dialer.service.status import status_body
from dialer.service.webhooks import delete_old_traces, deliver_webhooks, watch_webhooks
from dialer.settings import Settings

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0
"""How often the snapshot row, the gauges and the journal's buffer are brought up to date."""
PACERS_SECONDS = 60.0
"""How often what the pacers have learnt is saved: a crash costs at most a minute of it."""
MESSAGES_KEPT = timedelta(days=90)
"""What was written to agents may name people, and nobody reads it after a season."""
SWITCH_SECONDS = 5.0
"""At start, how long people's requests wait for it: before it is there a log-in is refused."""
HANGUP_SECONDS_MAX = 2.0
"""At shutdown, how long the switch may take to end calls: it takes some tens of milliseconds."""
FLUSH_SECONDS_MAX = 5.0
"""At shutdown, how long the last writes may take; what is not written by then is spooled."""


@enum.unique
class ServiceState(enum.StrEnum):
    """Where the service stands."""

    STARTING = "starting"
    RUNNING = "running"
    DRAINING = "draining"
    STOPPED = "stopped"


class Service:
    """One dialer process.

    `run` serves until `stop`, or until `drain` is through. Before `run`, observers may be added;
    `store` is there once `opened` is set, and the switch was reached once `ready` is set.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        store: Store | None = None,
        engine_config: EngineConfig | None = None,
    ) -> None:
        """A `store` given here is used and left open; without one the service opens its own."""
        self.settings = settings
        self.clock: Clock = clock or RealClock()
        self._store = store
        self._engine_config = engine_config or EngineConfig()
        self.instruments = Instruments()
        self._metrics = MetricsObserver(self.instruments)
        self._engine = Engine(self._engine_config)
        self.driver = Driver(self._engine, self.clock, dispatch=self._dispatch)
        self.driver.observe(self._metrics)
        self._journal: Journal | None = None
        self._parts: Parts | None = None
        self._commands: CommandDispatch | None = None
        self.state = ServiceState.STARTING
        self.opened = asyncio.Event()
        self.ready = asyncio.Event()
        self.metrics_url: str | None = None
        self.web_url: str | None = None
        self._drain_asked = asyncio.Event()
        self._stop_asked = asyncio.Event()
        self._drained = asyncio.Event()

    # ---- for its owner --------------------------------------------------------------------------
    @property
    def store(self) -> Store:
        """The store, once `opened` is set."""
        assert self._store is not None, "the store is not open yet; wait for `opened`"
        return self._store

    @property
    def parts(self) -> Parts:
        """The parts, once `opened` is set."""
        assert self._parts is not None, "the service has not begun yet; wait for `opened`"
        return self._parts

    def post(self, event: Event) -> None:
        """Tell the engine that something happened."""
        self.driver.post(event)

    def observe(self, observer: Observer) -> None:
        """Be told of every step of the engine."""
        self.driver.observe(observer)

    def snapshot(self) -> Snapshot:
        """The engine as of now."""
        return self.driver.snapshot()

    def drain(self) -> None:
        """No new calls; leave when the live ones have ended, at the latest after a set maximum."""
        self._drain_asked.set()

    def stop(self) -> None:
        """Leave at once, with everything recorded.

        Calls that nobody talks on are ended; conversations go on, and the next start adopts them.
        """
        self._drain_asked.set()
        self._stop_asked.set()

    async def run(self) -> None:
        """Serve until told to stop. Raises DialerError, StoreError, or what a part could not bear.

        May be called once.
        """
        async with AsyncExitStack() as stack:
            stack.enter_context(locked_home(self.settings.home))
            if self._store is None:
                self._store = await Store.open(
                    self.settings.database.url, directory=self.settings.home
                )
                stack.push_async_callback(self._store.close)
            self._keep_journal(stack)
            self._parts = Parts(
                self.settings,
                self._store,
                self.driver,
                self.clock,
                instruments=self.instruments,
                drain=self.drain,
            )
            self._commands = CommandDispatch(self._parts, self.driver, drained=self._drained)
            if self.settings.metrics.enabled:
                where = self.settings.metrics
                host, port = await stack.enter_async_context(
                    metrics_server(self.instruments.registry, host=where.host, port=where.port)
                )
                self.metrics_url = f"http://{host}:{port}/metrics"
            if self.settings.web.enabled:
                floor = ServiceFloor(
                    self.driver, self._parts.control, self.clock, conditions=self._parts.conditions
                )
                host, port = await stack.enter_async_context(
                    serving(
                        self.settings,
                        self._store,
                        self.clock,
                        floor,
                        on_alarms=self.instruments.show_alarms,
                    )
                )
                self.web_url = f"http://{host}:{port}"
                log.info("Serving %s.", self.web_url, extra={"action": "web"})
            await self._read_signs_of_life(self._parts)
            stack.callback(self._parts.records.close)
            try:
                await self._serve(self._parts)
            except BaseExceptionGroup as group:
                # One reason is enough for a person; the traceback keeps them all.
                raise _first_leaf(group) from group
            finally:
                self.state = ServiceState.STOPPED

    async def _read_signs_of_life(self, parts: Parts) -> None:
        """Before the first snapshot of this run takes the place of the last one's."""
        rows = await parts.health.insist("recovery", self.store.snapshots.latest)
        parts.alive_at.update({service: to_unix(at) for service, _, at in rows})

    # ---- serving --------------------------------------------------------------------------------
    async def _serve(self, parts: Parts) -> None:
        async with asyncio.TaskGroup() as group:
            tasks: dict[str, asyncio.Task[None]] = {}

            def begin(name: str, work: Coroutine[Any, Any, None]) -> None:
                tasks[name] = group.create_task(work, name=name)

            begin("driver", self.driver.run())
            begin("records", parts.records.run())
            begin("attempts", parts.attempts.run())
            begin("answers", parts.answers.run())
            begin("leads", parts.leads.run())
            begin("ledgers", parts.ledgers.run(self.post))
            marks = CallMarkKeeper(self.store.quality.marks.put, parts.health)
            self.driver.observe(marks.observe)
            begin("marks", marks.run())
            begin("loop_lag", self._watch_loop())
            begin("ticks", self._tick(parts))
            begin("pacers", self._save_pacers(parts))
            self.opened.set()
            begin("start", self._start(parts, begin))
            await self._drain_asked.wait()
            await self._shut_down(parts, tasks)

    async def _start(
        self, parts: Parts, begin: Callable[[str, Coroutine[Any, Any, None]], None]
    ) -> None:
        """Take what is ours, tell the engine of it, and begin to dial."""
        # What the last run could not write says how its calls ended: before they are asked after.
        await parts.records.wait_until_written()
        owner = self.settings.switch.dialer_id
        released = await parts.health.insist(
            "recovery", lambda: self.store.leads.release_all(owner)
        )
        log.info("%d leased leads were given back.", released, extra={"action": "leads_released"})
        parts.switches.tell()
        for trunk in self.settings.trunks:
            self.post(TrunkConfigured(trunk=trunk_config(trunk)))
        for team in await parts.health.insist("recovery", self.store.teams.list):
            await self._take_team(parts, TeamId(team.id), team.name)
        for team_id in await parts.health.insist("recovery", self.store.teams.without_keys):
            self.post(PhoneKeysSet(team_id=TeamId(team_id), is_on=False))
        begin("leases", parts.leases.run())
        begin("drains", parts.drains.run())
        begin("link", parts.switches.run())
        try:
            async with asyncio.timeout(SWITCH_SECONDS):
                await parts.switches.ready.wait()
        except TimeoutError:
            log.warning(
                "The switch has not answered within %g seconds; requests are taken meanwhile.",
                SWITCH_SECONDS,
                extra={"action": "switch_late"},
            )
        begin("control", parts.control.run())
        begin("keys", parts.keys.run())
        await parts.switches.ready.wait()
        if self.state is ServiceState.STARTING:
            self.state = ServiceState.RUNNING
        begin("callbacks", parts.callbacks.run())
        begin("inbound", parts.inbound.run())
        begin("hoppers", parts.hoppers.run())
        begin("quotas", parts.quotas.run())
        begin("call_records", parts.call_records.run())
        begin("rules", parts.rules.run())
        begin("webhooks", deliver_webhooks(self.settings, self.store))
        begin("webhook alarm", watch_webhooks(self.store, self.instruments))
        begin("retention", run_daily("Retention", self._retain))
        self.ready.set()
        log.info("The dialer is ready.", extra={"action": "ready"})

    async def _take_team(self, parts: Parts, team_id: TeamId, name: str) -> None:
        if not await parts.take_team(team_id, name):
            log.warning(
                "Team '%s' is held by another dialer process and left to it.",
                name,
                extra={"action": "team_held"},
            )
            return
        for row in await parts.health.insist("recovery", self.store.campaigns.list):
            if row.team_id == team_id and row.state == CampaignState.RUNNING:
                await parts.feed.ensure(row)
                self.post(CampaignStarted(campaign_id=CampaignId(row.id)))

    async def _retain(self) -> int:
        """Apply the campaigns' retention periods, to recordings too."""
        now = to_datetime(self.clock.now())
        campaigns = await self.store.privacy.retain(by="service", now=now)
        files = await remove_due_recordings(self.store, self.settings, by="service", now=now)
        messages = await self.store.messages.remove_before(now - MESSAGES_KEPT)
        if files.remaining:
            log.warning(
                "%d recordings are past their time and not on this machine. Delete them on the "
                "switch's; `dialer privacy retain` names them.",
                len(files.remaining),
                extra={"action": "recordings_remain"},
            )
        traces = await delete_old_traces(self.store, now=now)
        return len(campaigns) + len(files.removed) + messages + traces

    async def _tick(self, parts: Parts) -> None:
        """Once a second by the real clock: gauges, the snapshot row, the journal's buffer.

        A picture of 1,500 agents costs some 15 ms, so it is taken once, and calls go first between
        the uses made of it.
        """
        while True:
            snapshot = self.snapshot()
            await asyncio.sleep(0)
            self._read_gauges(parts, snapshot)
            if self._journal is not None:
                self._journal.flush()
            await asyncio.sleep(0)
            await self._write_snapshot(parts, snapshot)
            await asyncio.sleep(TICK_SECONDS)

    async def _watch_loop(self) -> None:
        await watch_loop_lag(self.instruments.loop_lag, self.instruments.loop_delays)

    async def _save_pacers(self, parts: Parts) -> None:
        """Every so often by the real clock: what the pacers have learnt, for a warm start."""
        while True:
            await asyncio.sleep(PACERS_SECONDS)
            try:
                await parts.save_pacers(self._engine.saved_pacers())
            except DatabaseUnavailable:
                # The next time will do; the health has noted the outage.
                continue

    def _read_gauges(self, parts: Parts, snapshot: Snapshot) -> None:
        to = self.instruments
        self._metrics.read(snapshot)
        to.queue_depth.set(self.driver.queue_depth)
        to.illegal_transitions.set(self.driver.illegal_transitions)
        to.database_up.set(parts.health.is_up)
        to.records_waiting.set(parts.records.waiting)
        health = parts.switches.health
        if (delay := parts.switches.event_delay_seconds) is not None:
            to.switch_ping.set(delay)
        if health.sessions is not None:
            to.switch_sessions.set(health.sessions)
        if health.idle_cpu_ratio is not None:
            to.switch_idle_cpu.set(health.idle_cpu_ratio)

    async def _write_snapshot(self, parts: Parts, snapshot: Snapshot) -> None:
        health = parts.switches.health
        body = status_body(
            snapshot,
            state=str(self.state),
            switch=asdict(health) | {"event_delay_seconds": parts.switches.event_delay_seconds},
            database={"is_up": parts.health.is_up, "error": parts.health.error},
            queue_depth=self.driver.queue_depth,
            metrics_url=self.metrics_url,
            web_url=self.web_url,
            hoppers=parts.hoppers,
        )
        service = self.settings.switch.dialer_id
        now = to_datetime(self.clock.now())
        try:
            await parts.health.attempt(
                "snapshot", lambda: self.store.snapshots.write(service, body, now)
            )
        except DatabaseUnavailable:
            # The next second's will say the same; the health has noted the outage.
            return

    # ---- leaving --------------------------------------------------------------------------------
    async def _shut_down(self, parts: Parts, tasks: dict[str, asyncio.Task[None]]) -> None:
        """In order: no new calls, no new requests, last writes, then everything else."""
        self.state = ServiceState.DRAINING
        self.post(DrainRequested())
        await self._wait_for_drain()
        for name in ("start", "control", "callbacks", "inbound"):
            await _end(tasks, name)
        await self._end_calls_without_agent()
        for name in ("link", "driver"):
            await _end(tasks, name)
        self.driver.run_to_end()
        try:
            async with asyncio.timeout(FLUSH_SECONDS_MAX):
                await parts.attempts.wait_until_idle()
                await parts.leads.wait_until_done()
                await parts.records.wait_until_written()
                await self._give_back(parts)
                self.state = ServiceState.STOPPED
                await self._write_snapshot(parts, self.snapshot())
        except (TimeoutError, DatabaseUnavailable):
            log.warning(
                "The database did not take the last writes; they are spooled for the next start.",
                extra={"action": "shutdown_spooled"},
            )
        for name in list(tasks):
            await _end(tasks, name)
        log.info("The dialer has stopped.", extra={"action": "stopped"})

    async def _wait_for_drain(self) -> None:
        """Until no call lives, or the maximum is over, or somebody will not wait."""
        seconds = self.settings.service.drain_seconds_max
        try:
            async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
                drained = group.create_task(self._drained.wait())
                stopped = group.create_task(self._stop_asked.wait())
                await asyncio.wait((drained, stopped), return_when=asyncio.FIRST_COMPLETED)
                drained.cancel()
                stopped.cancel()
        except TimeoutError:
            log.warning(
                "%d calls still live after %g seconds; they are left to the next start.",
                len(self.snapshot().calls),
                seconds,
                extra={"action": "drain_timed_out"},
            )

    async def _end_calls_without_agent(self) -> None:
        """Nobody would come for them any more, so nobody shall answer into silence (law 3)."""
        for call in self.snapshot().calls:
            if call.state is not CallState.CONNECTED:
                self._dispatch(Hangup(call_id=call.call_id, cause="ORIGINATOR_CANCEL"))
        gone = asyncio.Event()

        def look(now: float, event: Event | None, commands: Sequence[Command]) -> None:
            del now, event, commands
            if all(one.state is CallState.CONNECTED for one in self.snapshot().calls):
                gone.set()

        look(0.0, None, ())
        self.driver.observe(look)
        try:
            async with asyncio.timeout(HANGUP_SECONDS_MAX):
                await gone.wait()
        except TimeoutError:
            log.warning(
                "The switch did not end all calls; the next start asks after them.",
                extra={"action": "hangups_timed_out"},
            )

    async def _give_back(self, parts: Parts) -> None:
        owner = self.settings.switch.dialer_id
        await parts.health.attempt("leads", lambda: self.store.leads.release_all(owner))
        await parts.save_pacers(self._engine.saved_pacers())
        await parts.leases.release_all()

    def _keep_journal(self, stack: AsyncExitStack) -> None:
        keep = self.settings.journal
        if not keep.enabled:
            return
        self._journal = Journal(
            self.settings.home / JOURNAL,
            config=self._engine_config,
            started_at=self.clock.now(),
            file_bytes_max=keep.file_bytes_max,
            files_max=keep.files_max,
        )
        self.driver.keep_journal(self._journal)
        stack.callback(self._journal.close)

    def _dispatch(self, command: Command) -> None:
        """Hand one command to its executor; the driver is there before the executors are."""
        assert self._commands is not None, "no engine speaks before the service has begun"
        self._commands(command)


async def _end(tasks: dict[str, asyncio.Task[None]], name: str) -> None:
    """Cancel one task and wait for its end; what it raises goes to the task group."""
    task = tasks.pop(name, None)
    if task is not None and not task.done():
        task.cancel()
        await asyncio.wait([task])


def _first_leaf(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first_leaf(first) if isinstance(first, BaseExceptionGroup) else first
