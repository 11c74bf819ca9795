"""How the audit log is asked and shown."""

from datetime import UTC, datetime, timedelta

import pytest

from dialer.cli import audit
from dialer.cli.audit import instant_of, shown
from dialer.errors import UsageError

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_a_change_is_shown_as_was_and_is() -> None:
    details = {"before": {"weight": 1.0, "gone": "x"}, "after": {"weight": 2.0, "new": [1]}}
    assert shown(details) == "weight: 1.0 -> 2.0; gone: x -> null; new: null -> [1]"
    assert shown({"from": "draft", "to": "running"}) == "from: draft; to: running"
    assert shown({"after": {"a": 1}}) == ""
    assert shown({"how": "z" * 70}) == "how: " + "z" * 57 + "..."


def test_since_is_read_as_how_long_ago_or_as_an_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "now", lambda: NOW)
    assert instant_of("24h") == NOW - timedelta(days=1)
    assert instant_of("2w") == NOW - timedelta(days=14)
    assert instant_of("2026-11-16T09:00+00:00") == datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
    # The last Monday, which is today on a Monday, by the clock of this machine.
    monday = instant_of("Monday")
    assert (monday.weekday(), monday.hour, monday.minute) == (0, 0, 0)
    assert timedelta() <= NOW - monday < timedelta(days=7)
    for wrong in ("", "mon", "7", "h", "99999999d", "-1d"):
        with pytest.raises(UsageError, match="--since is"):
            instant_of(wrong)
