"""The demo's last words."""

from dataclasses import replace

import pytest

from dialer.demo.summary import Summary, lag_words

SUMMARY = Summary(
    agents=20,
    hours=2.0006,
    speed=60.0,
    seed=1,
    pacing="predictive",
    attempts=1340,
    live_answers=391,
    connected=383,
    abandoned=65,
    abandonment_ratio=65 / 391,
    abandonment_limit_ratio=0.03,
    utilisation_ratio=0.746,
    sales=40,
    leads=41188,
    leads_attempted=1340,
    answer_to_bridge_p50_seconds=0.5,
    answer_to_bridge_p99_seconds=8.0,
    ended_early=False,
)


def test_a_machine_that_could_not_keep_up_is_named_with_what_helps() -> None:
    words = lag_words(SUMMARY)
    assert words is not None
    assert "33 ms" in words
    assert "8.0 s" in words
    assert words.endswith("dialer demo --speed 20 --hours 0.7")


@pytest.mark.parametrize("p99", [None, 0.4, 2.1])
def test_nothing_is_said_of_a_machine_that_kept_up(p99: float | None) -> None:
    assert lag_words(replace(SUMMARY, answer_to_bridge_p99_seconds=p99)) is None
