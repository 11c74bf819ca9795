"""Simulated days in several processes, and bars that show how far each of them is."""

import multiprocessing
import queue
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing.queues import Queue
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from dialer.simulation.moments import clock_text
from dialer.simulation.runner import HowFar, Result, run
from dialer.simulation.scenario import Scenario
from dialer.simulation.staffing import Job

PROCESSES_MAX = 16
"""A search makes a handful of runs at a time, so that more would stand idle."""
_WORTH_SECONDS = 8.0
"""Of expected work: a process takes about a second to start, so that less is done here."""
_CALLS_PER_AGENT_HOUR = 80.0
_SECONDS_PER_CALL = 0.0015
_POLL_SECONDS = 0.1
_BARS_KEPT = 12
"""Finished runs stay on the screen as long as there are not more of them than this."""

_Told = tuple[int, HowFar]
_told_by: "Queue[_Told] | None" = None
"""Of a child process: where it says how far its run is."""


def _begin(told: "Queue[_Told]") -> None:
    global _told_by
    _told_by = told
    # The terminal's Ctrl-C reaches the children too; they are to end without a word.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _run(number: int, job: Job) -> Result:
    told = _told_by
    assert told is not None, "the initializer ran"
    return run(job.scenario, job.seed, tell=lambda how_far: told.put((number, how_far)))


class Pool:
    """Runs jobs; results come in the order of the jobs, and do not depend on the processes."""

    def __init__(self, processes: int, *, quiet: bool = False) -> None:
        self.processes = processes
        self.jobs_done = 0
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[told]}"),
            TimeElapsedColumn(),
            console=console,
            disable=quiet or not console.is_terminal,
        )
        self._bars: list[TaskID] = []
        self._executor: ProcessPoolExecutor | None = None
        self._told: Queue[_Told] | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()
        if self._executor is not None:
            if error is not None:
                # A run in a child may take minutes more, and nobody waits for it now.
                for child in multiprocessing.active_children():
                    child.terminate()
            self._executor.shutdown(wait=error is None, cancel_futures=True)
        if self._told is not None:
            self._told.close()
            self._told.join_thread()

    def hide(self) -> None:
        """Take the bars away: the answer comes now."""
        for bar in self._bars:
            self._progress.update(bar, visible=False)
        self._progress.stop()

    def __call__(self, jobs: Sequence[Job]) -> list[Result]:
        """Run them all."""
        bars = [self._bar(job) for job in jobs]
        is_worth_it = sum(expected_seconds(job.scenario) for job in jobs) > _WORTH_SECONDS
        if self.processes > 1 and len(jobs) > 1 and is_worth_it:
            results = self._in_processes(jobs, bars)
        else:
            results = [
                self._shown(job, bar, run(job.scenario, job.seed, tell=self._teller(job, bar)))
                for job, bar in zip(jobs, bars, strict=True)
            ]
        self.jobs_done += len(jobs)
        return results

    def _in_processes(self, jobs: Sequence[Job], bars: Sequence[TaskID]) -> list[Result]:
        executor, told = self._workers()
        futures: dict[Future[Result], int] = {
            executor.submit(_run, number, job): number for number, job in enumerate(jobs)
        }
        tellers = [self._teller(job, bar) for job, bar in zip(jobs, bars, strict=True)]
        open_ones: set[Future[Result]] = set(futures)
        while open_ones:
            done, open_ones = wait(open_ones, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
            self._listen(told, tellers)
            for future in done:
                number = futures[future]
                self._shown(jobs[number], bars[number], future.result())
        # What a run said last may come after its result, and belongs to no later one.
        self._listen(told, [lambda how_far: None for _ in jobs])
        by_number = {number: future.result() for future, number in futures.items()}
        return [by_number[number] for number in range(len(jobs))]

    def _workers(self) -> "tuple[ProcessPoolExecutor, Queue[_Told]]":
        if self._executor is None or self._told is None:
            # New interpreters: a forked one would carry this one's threads and open bars along.
            context = multiprocessing.get_context("spawn")
            self._told = context.Queue()
            self._executor = ProcessPoolExecutor(
                self.processes, mp_context=context, initializer=_begin, initargs=(self._told,)
            )
        return self._executor, self._told

    @staticmethod
    def _listen(told: "Queue[_Told]", tellers: Sequence[Callable[[HowFar], None]]) -> None:
        # Bounded by what the runs said since: each says something every two virtual minutes.
        while True:
            try:
                number, how_far = told.get_nowait()
            except queue.Empty:
                return
            if number < len(tellers):
                tellers[number](how_far)

    def _bar(self, job: Job) -> TaskID:
        while len(self._bars) >= _BARS_KEPT and self._progress.tasks:
            self._progress.remove_task(self._bars.pop(0))
        bar = self._progress.add_task(job.label, total=1.0, told="waits for its turn")
        self._bars.append(bar)
        return bar

    def _teller(self, job: Job, bar: TaskID) -> Callable[[HowFar], None]:
        scenario = job.scenario
        size = max(1, scenario.list_size)

        def tell(how_far: HowFar) -> None:
            clock = clock_text(
                scenario.start_at + how_far.seconds,
                zone=scenario.zone,
                same_day_as=scenario.start_at,
            )
            done = how_far.seconds / how_far.seconds_total
            if scenario.goal is not None:
                done = max(done, 1.0 - how_far.leads_left / size)
            if bar in self._progress.task_ids:
                self._progress.update(
                    bar,
                    completed=done,
                    told=f"{clock}  {how_far.attempts:,} calls, {how_far.leads_left:,} leads left",
                )

        return tell

    def _shown(self, job: Job, bar: TaskID, result: Result) -> Result:
        figures, scenario = result.figures, job.scenario
        ended = figures.finished_seconds
        text = f"{100.0 * figures.utilisation_ratio:.0f} % busy, {_abandoned(result)} abandoned"
        if ended is not None:
            at = scenario.start_at + ended
            clock = clock_text(at, zone=scenario.zone, same_day_as=scenario.start_at)
            text = f"list finished {clock}, {text}"
        if bar in self._progress.task_ids:
            self._progress.update(bar, completed=1.0, told=text)
        return result


def _abandoned(result: Result) -> str:
    return f"{100.0 * result.figures.abandonment_ratio:.1f} %"


def expected_seconds(scenario: Scenario) -> float:
    """Of work for one day's run, very roughly: to decide whether something is worth its time."""
    hours = scenario.hours * scenario.days
    calls = min(scenario.agents * hours * _CALLS_PER_AGENT_HOUR, 3.0 * scenario.list_size)
    return calls * _SECONDS_PER_CALL
