import math

from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing.price import PRICE_MAX, PRICE_MIN, STEP, Price


@given(st.lists(st.booleans(), min_size=1, max_size=3000), st.floats(0.005, 0.1))
def test_while_unclipped_the_budget_error_is_bounded_for_any_arrivals(
    abandoned: list[bool], target: float
) -> None:
    price = Price(target_ratio=target)
    low, high = math.log(PRICE_MIN), math.log(PRICE_MAX)
    excess = 0.0
    for is_abandoned in abandoned:
        price.settle(is_abandoned=is_abandoned)
        if not PRICE_MIN * 1.001 < price.value < PRICE_MAX * 0.999:
            return
        excess += is_abandoned - target
        assert abs(excess) <= (high - low) / STEP + 1e-6


def test_the_price_never_leaves_its_range() -> None:
    price = Price(target_ratio=0.028)
    for _ in range(1000):
        price.settle(is_abandoned=True)
    assert math.isclose(price.value, PRICE_MIN)
    for _ in range(100_000):
        price.settle(is_abandoned=False)
    assert math.isclose(price.value, PRICE_MAX)


def test_a_target_of_nothing_starts_at_the_lowest_price() -> None:
    assert math.isclose(Price(target_ratio=0.0).value, PRICE_MIN)
