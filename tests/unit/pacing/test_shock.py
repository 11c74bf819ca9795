import pytest

from dialer.pacing.shock import LAUNCHES_MAX, Shock


def answered_by(age: float) -> float:
    return min(1.0, max(0.0, age / 10.0))


@pytest.mark.parametrize(("probability", "is_shock"), [(0.1, True), (0.9, False)])
def test_twenty_answers_of_thirty_calls_are_a_shock_only_where_one_in_ten_was_expected(
    probability: float, is_shock: bool
) -> None:
    shock = Shock()
    for i in range(30):
        shock.launch(100.0 + i * 0.1)
    alarms = [
        shock.answer(
            110.0 + i * 0.1, probability=probability, answered_by=answered_by, settled=10.0
        )
        for i in range(20)
    ]
    assert any(alarms) is is_shock


def test_old_answers_and_launches_are_forgotten() -> None:
    shock = Shock()
    for i in range(3 * LAUNCHES_MAX):
        shock.launch(float(i))
        shock.answer(float(i), probability=0.9, answered_by=answered_by, settled=10.0)
    assert len(shock._launches) <= 42
    assert len(shock._answers) <= 31
