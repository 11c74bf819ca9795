"""Agreement between listeners: against values worked out by hand and by another formula."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from campaigns.quality.agreement import agreement, weighted_kappa

fifths = st.sampled_from([Fraction(n, 4) for n in range(5)])
pairs = st.lists(st.tuples(fifths, fifths), max_size=30)


def test_of_yes_and_no_it_is_cohens_kappa() -> None:
    # Cohen (1960): 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed .7, by chance .5.
    yes, no = Fraction(1), Fraction(0)
    given_ = [(yes, yes)] * 20 + [(yes, no)] * 5 + [(no, yes)] * 10 + [(no, no)] * 15
    found = agreement(given_)
    assert (found.count, found.equal_ratio, found.kappa) == (50, Fraction(7, 10), Fraction(2, 5))


def test_a_near_miss_weighs_less_than_a_far_one() -> None:
    steps = [Fraction(n, 4) for n in range(5)]
    base = [(step, step) for step in steps]
    near = weighted_kappa([*base, (steps[3], steps[4])])
    far = weighted_kappa([*base, (steps[0], steps[4])])
    assert near is not None
    assert far is not None
    assert far < near < 1


@given(pairs)
def test_it_is_the_same_with_the_listeners_exchanged_and_never_above_one(
    given_: list[tuple[Fraction, Fraction]],
) -> None:
    one, other = agreement(given_), agreement([(b, a) for a, b in given_])
    assert one == other
    assert one.kappa is None or one.kappa <= 1
    assert (one.kappa == 1) <= (one.equal == one.count)


@given(pairs.filter(bool))
def test_with_squared_weights_it_is_twice_the_covariance_over_the_spread(
    given_: list[tuple[Fraction, Fraction]],
) -> None:
    n = len(given_)
    mean_a, mean_b = sum(a for a, _ in given_) / n, sum(b for _, b in given_) / n
    covariance = sum((a - mean_a) * (b - mean_b) for a, b in given_) / n
    spread = (
        sum((a - mean_a) ** 2 for a, _ in given_) / n
        + sum((b - mean_b) ** 2 for _, b in given_) / n
        + (mean_a - mean_b) ** 2
    )
    assert weighted_kappa(given_) == (None if spread == 0 else 2 * covariance / spread)


def test_nothing_in_common_and_no_spread_have_no_kappa() -> None:
    assert agreement([]).equal_ratio is None
    assert weighted_kappa([(Fraction(1), Fraction(1))] * 9) is None
