from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing.estimates import Estimates
from dialer.pacing.outlook import Outlook
from dialer.pacing.settings import Wall
from dialer.pacing.view import LiveAnswerSettled
from dialer.pacing.wall import LedgerWall, answers_ahead, bearable, strictly_bearable
from tests.unit.pacing.views import ledger, teach, view

ESTIMATES = Estimates(ring_seconds=24.0)
teach(ESTIMATES)
ESTIMATES.refresh(view())


class GreedyTeam:
    """A team whose pacer always wants more calls; only the strict wall holds it back."""

    def __init__(self, agents: int, live: int, abandoned: int, limit: float) -> None:
        self.ready, self.busy = agents, 0
        self.in_flight = self.waiting = 0
        self.live, self.abandoned, self.limit = live, abandoned, limit
        self.wall = LedgerWall(Wall.STRICT)

    def launch_all(self) -> None:
        entry = ledger(self.live, self.abandoned, limit=self.limit)
        seen = view(ready=self.ready, waiting=self.waiting, ledgers=(entry,))
        allowance = self.wall.allowance(seen, ESTIMATES)
        outlook = Outlook(seen, ESTIMATES)
        for _ in range(60):
            uncovered = self.in_flight + self.waiting + 1 - self.ready
            if uncovered > 0 and not allowance.permits(outlook, uncovered=uncovered):
                return
            self.in_flight += 1

    def step(self, what: Literal["answer", "fail", "abandon", "free"]) -> None:
        match what:
            case "answer" if self.in_flight:
                self.in_flight -= 1
                if self.ready:
                    self.ready -= 1
                    self.busy += 1
                    self.live += 1
                else:
                    self.waiting += 1
            case "fail" if self.in_flight:
                self.in_flight -= 1
            case "abandon" if self.waiting:
                self.waiting -= 1
                self.live += 1
                self.abandoned += 1
            case "free" if self.busy:
                if self.waiting:
                    self.waiting -= 1
                    self.live += 1
                else:
                    self.busy -= 1
                    self.ready += 1
            case _:
                pass


@settings(deadline=None, max_examples=100)
@given(
    agents=st.integers(1, 6),
    live=st.integers(0, 400),
    limit=st.sampled_from([0.01, 0.03, 0.05, 0.2]),
    steps=st.lists(st.sampled_from(["answer", "answer", "abandon", "fail", "free"]), max_size=120),
)
def test_strict_is_never_above_the_limit_for_a_pacer_that_always_wants_more(
    agents: int, live: int, limit: float, steps: list[Literal["answer", "fail", "abandon", "free"]]
) -> None:
    team = GreedyTeam(agents, live, 0, limit)
    for what in steps:
        team.launch_all()
        team.step(what)
        assert team.abandoned <= limit * team.live + 1e-9


def test_strict_lets_a_greedy_team_overdial_once_it_has_earned_it() -> None:
    team = GreedyTeam(2, 400, 0, 0.03)
    team.launch_all()
    assert team.in_flight == 2 + strictly_bearable(ledger(400), now=0.0) == 14


@given(st.integers(0, 5000), st.integers(0, 200), st.floats(0.001, 0.5))
def test_bearable_is_the_largest_count_that_keeps_the_inequality(
    live: int, abandoned: int, limit: float
) -> None:
    entry = ledger(live, abandoned, limit=limit)
    count = bearable(entry)
    if count >= 0:
        assert abandoned + count <= limit * (live + count) + 1e-6
    if count < 0:
        assert abandoned > limit * live - 1e-6
    more = max(count, -1) + 1
    assert abandoned + more > limit * (live + more) - 1e-6


def test_one_uncovered_call_needs_its_own_answers_behind_it() -> None:
    # 3 % of 33 + 1 is 1.02; of 32 + 1 not yet one.
    assert strictly_bearable(ledger(33), now=0.0) == 1
    assert strictly_bearable(ledger(32), now=0.0) == 0
    assert strictly_bearable(ledger(33, 2), now=0.0) == -1


def test_strict_starts_nothing_uncovered_that_could_settle_in_the_next_window() -> None:
    assert strictly_bearable(ledger(1000, ends_at=1000.0), now=800.0) == 30
    assert strictly_bearable(ledger(1000, ends_at=1000.0), now=950.0) == 0


def test_a_limit_of_everything_is_no_limit() -> None:
    assert bearable(ledger(limit=1.0)) > 1000


def test_forecast_counts_on_less_than_half_of_one_to_one_until_the_nearer_end() -> None:
    def ahead(*, ends_at: float | None, window: float | None, leads: int | None = None) -> float:
        seen = view(ready=2, talking=(10.0,) * 8, ends_at=ends_at, leads_left=leads)
        return answers_ahead(seen, ledger(ends_at=window), 0.05, ESTIMATES)

    # Half of the expectation, less two deviations of so many answers.
    assert ahead(ends_at=10_600.0, window=None) == pytest.approx(15.0 - 2.0 * 15.0**0.5)
    assert ahead(ends_at=20_000.0, window=10_300.0) == pytest.approx(7.5 - 2.0 * 7.5**0.5)
    assert ahead(ends_at=None, window=1e6) == pytest.approx(90.0 - 2.0 * 90.0**0.5)
    assert ahead(ends_at=10_300.0, window=None, leads=20) == 0.0
    assert ahead(ends_at=9_000.0, window=None) == 0.0
    assert ahead(ends_at=None, window=9_000.0) == 0.0
    assert ahead(ends_at=None, window=None, leads=0) == 0.0
    assert 0.0 < ahead(ends_at=None, window=None, leads=200) < 30.0


def test_the_narrowest_ledger_decides() -> None:
    seen = view(ready=1, ledgers=(ledger(1000), ledger(40)))
    assert LedgerWall(Wall.STRICT).allowance(seen, ESTIMATES).count == 1


def test_without_ledgers_there_is_no_wall() -> None:
    for mode in Wall:
        allowance = LedgerWall(mode).allowance(view(ready=1), ESTIMATES)
        assert allowance.permits(Outlook(view(ready=1), ESTIMATES), uncovered=500)


def test_a_saved_up_budget_cannot_be_spent_in_one_bad_hour() -> None:
    wall = LedgerWall(Wall.FORECAST)
    rich = ledger(100_000, 0)
    seen = view(ready=1, talking=(10.0,) * 4, ledgers=(rich,))
    before = wall.allowance(seen, ESTIMATES).count
    assert before is not None
    assert before < 30
    for i in range(before + 1):
        wall.settle(LiveAnswerSettled(at=9_000.0 + i, is_abandoned=True))
    assert wall.allowance(seen, ESTIMATES).count is not None
    assert not wall.allowance(seen, ESTIMATES).permits(Outlook(seen, ESTIMATES), uncovered=1)
    later = view(now=14_000.0, ready=1, talking=(10.0,) * 4, ledgers=(rich,))
    assert wall.allowance(later, ESTIMATES).count == before


def test_forecast_refuses_what_strict_would_count_and_allows_what_agents_will_catch() -> None:
    entry = ledger(100, 0)
    crowd = view(ready=0, talking=(30.0,) * 5, ages=(3.0,) * 40, ledgers=(entry,))
    calm = view(ready=6, talking=(30.0,) * 14, ages=(3.0,) * 12, ledgers=(entry,))
    wall = LedgerWall(Wall.FORECAST)
    assert not wall.allowance(crowd, ESTIMATES).permits(Outlook(crowd, ESTIMATES), uncovered=40)
    assert wall.allowance(calm, ESTIMATES).permits(Outlook(calm, ESTIMATES), uncovered=6)
