"""The expected finish is a count, an interval and its basis; or nothing."""

import pytest

from campaigns.expected_finish import FINISHED_MIN, FinishBasis, expected_finish


def basis(**changes: float) -> FinishBasis:
    values = {"leads_left": 1200, "finished": 300, "agent_hours": 40.0, "agents": 12.0}
    return FinishBasis(**values | changes)  # type: ignore[arg-type]


def test_leads_left_by_todays_rate_within_an_interval():
    found = expected_finish(basis())
    assert found is not None
    assert found.per_agent_hour == pytest.approx(7.5)
    low, high = found.agent_hours
    assert low < 160.0 < high, "1,200 leads at 7.5 an hour"
    assert high / low < 1.2, "300 were counted: that is little chance"
    assert found.dialling_hours == (pytest.approx(low / 12), pytest.approx(high / 12))


def test_the_interval_holds_the_truth_about_four_times_in_five():
    rng = __import__("random").Random(7)
    held = 0
    for _ in range(2000):
        # 20 expected: a Poisson draw by exponential gaps.
        finished, at = 0, rng.expovariate(20.0)
        while at < 1.0:
            finished, at = finished + 1, at + rng.expovariate(20.0)
        found = expected_finish(basis(leads_left=20, finished=finished, agent_hours=1.0))
        held += found is None or found.agent_hours[0] <= 1.0 <= found.agent_hours[1]
    assert 0.78 <= held / 2000 <= 0.90


@pytest.mark.parametrize(
    "changes", [{"finished": FINISHED_MIN - 1}, {"agent_hours": 0.0}, {"leads_left": 0}]
)
def test_no_number_without_a_basis(changes: dict[str, float]):
    assert expected_finish(basis(**changes)) is None


def test_with_nobody_at_work_only_the_work_is_told():
    found = expected_finish(basis(agents=0.0))
    assert found is not None and found.dialling_hours is None
