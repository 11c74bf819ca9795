"""Moments of a call, in seconds of its recording."""

from datetime import timedelta

from campaigns.store.call_marks import CallMark
from campaigns.store.recording_search import FoundRecording
from dialer.desk.quality.player import marks_of
from tests.support.stored import NOW


def recording(**changes: object) -> FoundRecording:
    values: dict[str, object] = {
        "file_id": "a-1", "call_id": "a", "started_at": NOW, "seconds": 60.0, "policy": "notice",
        "consent": "notice", "masked": (), "campaign_id": 1, "campaign": "spring", "client_id": 1,
        "client": "Acme", "agent_id": 1, "agent": "anna", "team": "sales", "outcome": "connected",
        "disposition": None, "lead_id": 1, "lead": "Lead", "is_return": False,
        "bridged_at": NOW - timedelta(seconds=1), "ended_at": NOW + timedelta(seconds=61),
        "is_forgotten": False, "reviews": 0, "score_ratio": None, "has_passed": None,
    }  # fmt: skip
    return FoundRecording(**values | changes)  # type: ignore[arg-type]


def mark(second: float, kind: str, words: str = "") -> CallMark:
    return CallMark(at=NOW + timedelta(seconds=second), kind=kind, words=words)


def test_holds_have_an_end_masks_are_stretches_and_what_came_before_is_left_out() -> None:
    masked = ((NOW + timedelta(seconds=20), NOW + timedelta(seconds=30)),
              (NOW + timedelta(seconds=50), None))  # fmt: skip
    found = marks_of(
        recording(masked=masked),
        [mark(-3, "step", "hello"), mark(5, "hold"), mark(9, "resume"), mark(12, "hold"),
         mark(40, "step", "offer"), mark(300, "note", "calls again in May")],
    )  # fmt: skip
    assert [(each.kind, each.second, each.until) for each in found] == [
        ("hold", 5.0, 9.0),
        ("hold", 12.0, None),
        ("mask", 20.0, 30.0),
        ("step", 40.0, None),
        ("mask", 50.0, 60.0),
        # Written after the call: it stands at the recording's end.
        ("note", 60.0, None),
    ]


def test_the_connection_is_marked_where_the_recording_began_before_it() -> None:
    found = marks_of(recording(bridged_at=NOW + timedelta(seconds=2)), [])
    assert [(each.kind, each.second) for each in found] == [("bridge", 2.0)]
