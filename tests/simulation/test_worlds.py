"""Two hundred random worlds with faults, all auditors listening. A failure begins with its seed."""

import pytest

from dialer.simulation.trial import try_world

WORLDS = 200
BATCH = 5


@pytest.mark.parametrize("first", range(1, WORLDS + 1, BATCH))
def test_no_auditor_has_anything_to_say_about_random_worlds(first: int) -> None:
    for seed in range(first, first + BATCH):
        failure = try_world(seed)
        if failure is not None:
            pytest.fail(str(failure), pytrace=False)
