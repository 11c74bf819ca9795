"""How answers look."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from campaigns.store.rows import LeadCounts
from dialer.cli.output import age, print_json, print_table
from dialer.cli.run import banner
from dialer.cli.session import Session
from dialer.cli.status_view import status_lines
from dialer.settings import load_settings


def test_json_says_instants_in_utc_and_paths_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime(2026, 3, 2, 12, tzinfo=timezone(timedelta(hours=4)))
    print_json({"at": at, "file": Path("a/b"), "name": "Ə"})
    out = capsys.readouterr().out
    assert json.loads(out) == {"at": "2026-03-02T08:00:00+00:00", "file": "a/b", "name": "Ə"}
    assert "Ə" in out


def test_a_table_has_its_numbers_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "calls"), [("anna", 7), ("bo", 12_345)])
    assert capsys.readouterr().out.splitlines() == ["NAME   CALLS", "anna       7", "bo    12,345"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (119, "119 s"), (180, "3 min"), (7200, "2 h"), (400_000, "4 days"), (-1, "0 s")],
)
def test_ages_are_as_precise_as_a_person_wants(seconds: float, text: str) -> None:
    assert age(seconds) == text


def test_the_banner_hides_the_password_and_says_where_metrics_are() -> None:
    settings = load_settings(
        environ={}, overrides={"database.url": "postgresql://dialer:secret@db.example/dialer"}
    )
    said = "\n".join(banner(settings, source="the defaults"))
    assert "secret" not in said
    assert "postgresql://dialer@db.example/dialer" in said
    assert "http://127.0.0.1:9469/metrics" in said
    assert "nothing can be dialled" in said


def test_a_relative_home_is_relative_to_the_settings_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "dialer.toml"
    config.write_text('home = "here"\n')
    assert Session(config).settings.home == tmp_path / "here"
    monkeypatch.setenv("DIALER_HOME", "there")
    assert Session(config).settings.home == Path("there")


def body(abandoned: int) -> dict[str, object]:
    return {
        "state": "running",
        "switch": {"is_connected": False},
        "database": {"is_up": True},
        "metrics": "http://127.0.0.1:9469/metrics",
        "teams": [
            {
                "team_id": 1, "name": "sales", "mode": "predictive", "utilisation_ratio": 0.871,
                "agents_by_state": {"talking": 12, "ready": 1}, "decision": None,
            }
        ],
        "campaigns": [
            {
                "campaign_id": 5, "team_id": 1, "name": "spring", "state": "running", "hopper": 40,
                "attempts": 2000, "live_answers": 600, "connected": 590, "abandoned": abandoned,
                "calls_by_state": {"ringing": 9, "connected": 12},
                "ledgers": [
                    {
                        "ledger": "campaign", "limit_ratio": 0.03, "live_answers": 600,
                        "abandoned": abandoned, "abandonment_ratio": abandoned / 600,
                    }
                ],
            }
        ],
        "trunks": [{"trunk_id": "main", "is_up": True, "channels": 21, "channels_max": 60}],
    }  # fmt: skip


COUNTS = LeadCounts(
    total=100, callable_now=40, waiting=20, leased=5, dialling=5, done=25, invalid=5, attempted=50
)


def test_status_shows_agents_calls_ledgers_and_what_is_left() -> None:
    said = "\n".join(status_lines(body(10), {5: COUNTS}))
    assert "12 talking, 1 waiting" in said
    assert "87.1%" in said
    assert "9 ringing, 12 talking" in said
    assert "1.67% of at most 3.0% (10 of 600), whole campaign" in said
    assert "OVER THE LIMIT" not in said
    assert "70 of 100 leads left: 40 callable now, 20 later" in said
    assert "The switch cannot be reached" in said


def test_status_shouts_when_a_limit_is_passed() -> None:
    assert "OVER THE LIMIT" in "\n".join(status_lines(body(19), {}))


def test_status_tells_what_the_service_warns_of() -> None:
    warned = body(10)
    warned["campaigns"][0]["warnings"] = ["The hopper is dry: 3 done."]  # type: ignore[index]
    assert "      ! The hopper is dry: 3 done." in status_lines(warned, {})


def test_status_bears_an_empty_row() -> None:
    assert status_lines({}, {}) == ["  No team is at work."]
