"""Fair samples: the same again from the seed, uniform over seeds, and nobody's choice."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.quality.sampling import REST, Candidate, draw, replacement, shares
from campaigns.quality.scorecards import SampleRule, Stratum

STRATIFIED = SampleRule(
    calls_per_week=5,
    strata=(
        Stratum(name="sales", kinds=("sale",), calls=2),
        Stratum(name="refusals", kinds=("refusal", "do_not_call"), calls=1),
    ),
)


def calls(**kinds: int) -> list[Candidate]:
    return [
        Candidate(call_id=f"{kind}-{n}", kind=kind) for kind, many in kinds.items()
        for n in range(many)
    ]  # fmt: skip


@given(st.permutations(calls(sale=4, refusal=3, other=9)), st.text(alphabet="0123456789abcdef"))
def test_a_seed_draws_the_same_calls_whatever_order_they_come_in(
    shuffled: list[Candidate], seed: str
) -> None:
    in_order = sorted(shuffled, key=lambda each: each.call_id)
    assert draw(STRATIFIED, shuffled, seed=seed) == draw(STRATIFIED, in_order, seed=seed)


@given(
    st.integers(0, 6), st.integers(0, 6), st.integers(0, 12), st.text(alphabet="abcdef", min_size=1)
)
def test_strata_have_their_share_and_what_they_lack_comes_from_the_rest(
    sales: int, refusals: int, others: int, seed: str
) -> None:
    found = draw(STRATIFIED, calls(sale=sales, refusal=refusals, other=others), seed=seed)
    by_stratum = Counter(each.stratum for each in found)
    assert by_stratum["sales"] == min(2, sales)
    assert by_stratum["refusals"] == min(1, refusals)
    assert len(found) == min(5, sales + refusals + others)
    assert len({each.call_id for each in found}) == len(found)


def test_over_many_seeds_every_call_is_drawn_equally_often() -> None:
    rule = SampleRule(calls_per_week=5)
    candidates = calls(other=20)
    times: Counter[str] = Counter()
    for seed in range(4000):
        times.update(each.call_id for each in draw(rule, candidates, seed=f"seed {seed}"))
    # 4,000 draws of a quarter: 1,000 each; a call's count has a deviation of 27.
    chi_squared = sum((count - 1000) ** 2 / 1000 for count in times.values())
    assert set(times) == {each.call_id for each in candidates}
    assert chi_squared < 43.8  # 99.9 % of the chi-squared law with 19 degrees of freedom


def test_a_replacement_is_the_next_of_its_stratum_then_of_all_then_none() -> None:
    candidates = calls(sale=3, other=4)
    first = draw(STRATIFIED, candidates, seed="s")
    used = {each.call_id for each in first}
    assert len(used) == 5
    again = replacement(STRATIFIED, candidates, seed="s", stratum="sales", used=used)
    assert again is not None
    wanted = "sale" if sum(u.startswith("sale") for u in used) < 3 else "other"
    assert again.call_id.startswith(wanted)
    used.add(again.call_id)
    last = replacement(STRATIFIED, candidates, seed="s", stratum=REST, used=used)
    assert last is not None
    used.add(last.call_id)
    assert replacement(STRATIFIED, candidates, seed="s", stratum=REST, used=used) is None


def test_listeners_share_the_work_evenly() -> None:
    split = shares([3, 9, 4], 11, seed="week")
    assert sorted(Counter(split).values()) == [3, 4, 4]
    assert split == shares([4, 3, 9, 9], 11, seed="week")
    with pytest.raises(ValueError, match="nobody to listen"):
        shares([], 3, seed="week")
