"""What becomes of errors at the edge of the command line."""

import pytest

from dialer.cli import main


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("there is no campaign", "There is no campaign."),
        ("list.csv cannot be read", "list.csv cannot be read."),
        ("/tmp/x is full!", "/tmp/x is full!"),
    ],
)
def test_an_error_is_a_sentence_and_names_stay_as_they_are_written(said: str, shown: str) -> None:
    assert main._sentence(said) == shown
