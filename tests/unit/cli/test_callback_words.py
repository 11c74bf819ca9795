"""What an agent is told of the call they promised."""

from dialer.cli.callback_words import promised_lines


def answer(**changes: object) -> dict[str, object]:
    values: dict[str, object] = {
        "callback": 12,
        "lead": 4711,
        "due_at": "2026-11-22T20:00:00+00:00",
        "time_zone": "America/New_York",
        "agent": "anna",
        "warning": None,
        "proposed_at": None,
    }
    return values | changes


def test_the_moment_is_told_by_the_leads_clock() -> None:
    assert promised_lines(answer()) == [
        "Callback 12: lead 4711 is called 2026-11-22 15:00 (America/New_York) by agent 'anna'."
    ]


def test_a_promise_that_was_moved_says_so_and_proposes_nothing_more() -> None:
    at = "2026-11-22T20:00:00+00:00"
    lines = promised_lines(answer(warning="Not then.", due_at=at, proposed_at=at))

    assert lines[1:] == ["Moved: Not then."]


def test_a_moment_the_law_forbids_is_told_with_the_next_allowed_one() -> None:
    lines = promised_lines(
        answer(agent=None, warning="Not then.", proposed_at="2026-11-23T14:00:00+00:00")
    )

    assert lines[0].endswith("by the team.")
    assert lines[1:] == [
        "Warning: Not then.",
        "Propose to the lead: 2026-11-23 09:00 (America/New_York).",
    ]
