"""The simulator: people are conserved, theory is met where it is known, one seed is one day."""

from dataclasses import replace

import pytest

from benchmarks.pacing.floor import Day, Decider, Floor, Timing
from benchmarks.pacing.worlds import DRIFT, A, World, all_cells
from dialer.pacing.progressive import ProgressivePacer
from dialer.pacing.settings import PacingSettings
from dialer.pacing.view import (
    Answered,
    Decision,
    Launched,
    Limit,
    LiveAnswerSettled,
    Observation,
    PacingView,
    SetUpFailed,
    TalkEnded,
    WrapUpEnded,
)


class Greedy:
    """Always wants so many lines, and writes down what it sees."""

    def __init__(self, lines: int) -> None:
        self.lines = lines
        self.views: list[PacingView] = []
        self.observed: list[Observation] = []

    def decide(self, view: PacingView) -> Decision:
        self.views.append(view)
        wanted = max(0, self.lines - len(view.in_flight_ages))
        return Decision(count=min(view.room, wanted), bound_by=Limit.RATIO)

    def observe(self, observation: Observation) -> None:
        self.observed.append(observation)

    def count(self, kind: type[Observation]) -> int:
        return sum(isinstance(observation, kind) for observation in self.observed)


def play(world: World, pacer: Decider, *, timing: Timing | None = None, seed: int = 7) -> list[Day]:
    return Floor(world, pacer, timing or Timing(interval_seconds=1.0), seed).run()


def test_every_call_and_every_conversation_is_accounted_for() -> None:
    pacer = Greedy(lines=12)
    [day] = play(replace(A, agents=4, hours=1.0), pacer)
    assert day.launched == pacer.count(Launched)
    assert day.launched == pacer.count(Answered) + pacer.count(SetUpFailed)
    assert day.live == pacer.count(Answered) == pacer.count(LiveAnswerSettled)
    assert day.live - day.abandoned == pacer.count(TalkEnded) == pacer.count(WrapUpEnded)
    assert 0 < day.abandoned < day.live
    assert 0.0 < day.ready_seconds < day.agent_seconds == 4 * 3600.0
    for view in pacer.views:
        assert view.agents == 4
        assert view.waiting == 0 or view.ready == 0


def test_progressive_is_as_busy_as_its_means_say_and_abandons_nobody() -> None:
    """120 s of work follow (1 ÷ p - 1) failures of 21.6 s and an answer of 11 s on average."""
    [day] = play(
        replace(A, agents=20, hours=4.0),
        ProgressivePacer(PacingSettings()),
        timing=Timing(interval_seconds=60.0),
    )
    failure_seconds = 0.15 * 2.5 + 0.85 * 25.0
    idle = (1.0 / 0.3 - 1.0) * failure_seconds + 11.0
    assert day.utilisation == pytest.approx(120.0 / (120.0 + idle), abs=0.02)
    assert day.abandoned == 0


def test_one_seed_is_one_day() -> None:
    world = replace(A, agents=3, hours=0.5)
    days = [play(world, Greedy(lines=5), seed=seed)[0] for seed in (1, 1, 2)]
    figures = [(day.live, day.abandoned, day.ready_seconds) for day in days]
    assert figures[0] == figures[1] != figures[2]


def test_a_pacer_that_only_polls_is_not_asked_at_events() -> None:
    pacer = Greedy(lines=5)
    timing = Timing(interval_seconds=2.5, is_asked_at_events=False)
    play(replace(A, agents=3, hours=0.1), pacer, timing=timing)
    assert [view.now for view in pacer.views] == [2.5 * tick for tick in range(144)]


def test_the_clock_is_the_more_patient_the_further_blocking_is_above_its_price() -> None:
    class Priced(Greedy):
        def decide(self, view: PacingView) -> Decision:
            blocking = 0.30 if view.now < 6.0 else 0.0849 if view.now < 10.0 else 0.031
            self.views.append(view)
            return Decision(count=0, bound_by=Limit.PRICE, blocking=blocking, price=0.03)

    pacer = Priced(lines=0)
    timing = Timing(interval_seconds=0.5, patient_seconds=2.0)
    play(replace(A, agents=1, hours=12.0 / 3600.0), pacer, timing=timing)
    assert [round(view.now, 2) for view in pacer.views] == [0, 2, 4, 6, 7, 8, 9, 10, 10.5, 11, 11.5]


def test_a_list_that_ends_is_never_overdrawn() -> None:
    pacer = Greedy(lines=9)
    [day] = play(replace(A, agents=3, hours=1.0, leads=40), pacer)
    assert day.launched == 40
    assert pacer.views[-1].leads_left == pacer.views[-1].room == 0


def test_each_day_starts_with_an_empty_ledger_and_everybody_ready() -> None:
    pacer = Greedy(lines=6)
    days = play(replace(A, agents=2, hours=0.5, days=3), pacer)
    assert [day.number for day in days] == [0, 1, 2]
    mornings = [view for view in pacer.views if view.now % (14.5 * 3600.0) == 0.0]
    assert len(mornings) == 3
    for view in mornings:
        assert (view.ready, view.waiting, len(view.in_flight_ages)) == (2, 0, 0)
        assert (view.ledgers[0].live_answers, view.ledgers[0].abandoned) == (0, 0)


def test_a_window_of_several_days_goes_on_in_the_morning() -> None:
    pacer = Greedy(lines=6)
    days = play(replace(A, agents=2, hours=0.5, days=4, window_days=2), pacer)
    mornings = [view for view in pacer.views if view.now % (14.5 * 3600.0) == 0.0]
    counts = [(view.ledgers[0].live_answers, view.ledgers[0].abandoned) for view in mornings]
    assert counts == [
        (0, 0), (days[0].live, days[0].abandoned), (0, 0), (days[2].live, days[2].abandoned)
    ]  # fmt: skip
    ends = [view.ledgers[0].ends_at for view in mornings]
    assert ends == [172_800.0, 172_800.0, 172_800.0 + 104_400.0, 172_800.0 + 104_400.0]


def test_the_drift_world_changes_every_half_hour() -> None:
    chances = [DRIFT.probability(60.0 * minute) for minute in (0, 29, 30, 59, 60)]
    assert chances == [0.15, 0.15, 0.45, 0.45, 0.15]


def test_the_table_has_every_cell_of_its_plan() -> None:
    cells = [(world.name, world.agents) for world in all_cells()]
    assert len(cells) == len(set(cells)) == 14
    assert {("A", 2), ("A", 50), ("B", 20), ("drift", 20)} <= set(cells)
