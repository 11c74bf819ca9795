"""Every deliberately broken engine is caught, and every auditor has a canary of its own."""

import pytest

from dialer.simulation import checkers
from dialer.simulation.canaries import SPECIES, CanarySpecies
from dialer.simulation.trial import try_world

WORLDS_MAX = 40


@pytest.mark.parametrize("species", SPECIES, ids=lambda species: species.name)
def test_canary_is_caught_within_a_few_worlds(species: CanarySpecies) -> None:
    said = []
    for seed in range(1, WORLDS_MAX + 1):
        failure = try_world(seed, make_engine=species.make, is_write_ahead=species.is_write_ahead)
        if failure is not None and failure.auditor in species.caught_by:
            return
        said.append(failure.auditor if failure else "nothing")
    pytest.fail(f"{species.name} sang in {WORLDS_MAX} worlds, and the auditors said {said}")


def test_every_auditor_has_a_canary() -> None:
    caught = {auditor for species in SPECIES for auditor in species.caught_by}

    assert {auditor.name for auditor in checkers.AUDITORS} <= caught


def test_a_failure_names_its_seed_first_and_how_to_see_it_again() -> None:
    species = next(s for s in SPECIES if s.name == "never_drained")

    failure = try_world(7, make_engine=species.make)

    assert failure is not None
    lines = str(failure).splitlines()
    assert lines[0].startswith("seed 7: all_drained: ")
    assert lines[1] == "again: python -m dialer.simulation --world 7"
    assert len(lines) > 10
