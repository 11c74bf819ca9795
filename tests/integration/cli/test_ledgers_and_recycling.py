"""`dialer ledgers` and `dialer leads recycle` as a manager types them."""

import asyncio
import csv
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import holidays
import pytest

from campaigns.outcomes import Outcome
from campaigns.retry_rules import RetryRules
from campaigns.store.store import Store
from tests.support.cli import CommandLine, write_config
from tests.support.stored import add_campaign, dial, result_of

_HOLIDAYS = [holidays.country_holidays("GB", subdiv=each) for each in ("ENG", "NIR", "SCT", "WLS")]


def _last_working_day() -> datetime:
    """The last day before today on which British rules let people be called, wherever they are."""
    day = datetime.now(UTC).replace(hour=16, minute=0) - timedelta(days=1)
    while day.weekday() >= 5 or any(day.date() in each for each in _HOLIDAYS):
        day -= timedelta(days=1)
    return day


YESTERDAY = _last_working_day()
"""Late morning in New York: at night the law lets nobody be called, whenever the test runs."""


@pytest.fixture
def dialer(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(write_config(tmp_path, url=database_url), capsys)


def in_store(url: str, folder: Path, work: Callable[[Store], Awaitable[None]]) -> None:
    async def run() -> None:
        async with await Store.open(url, directory=folder) as store:
            await work(store)

    asyncio.run(run())


@pytest.fixture
def worked(dialer: CommandLine, database_url: str, tmp_path: Path) -> CommandLine:
    """A campaign with British rules, and ten calls of yesterday: two abandoned, six nobody took."""

    async def work(store: Store) -> None:
        campaign = await add_campaign(
            store, leads=10, packs=("uk",), retry=RetryRules(attempts_max=1)
        )
        await store.campaigns.set_state(campaign.id, "running", by="test", now=YESTERDAY)
        attempts = await dial(store, campaign, 10, now=YESTERDAY)
        outcomes = [Outcome.ABANDONED] * 2 + [Outcome.CONNECTED] * 2 + [Outcome.NO_ANSWER] * 6
        await store.attempts.settle(
            [
                result_of(each.call_id, outcome, at=YESTERDAY)
                for each, outcome in zip(attempts, outcomes, strict=True)
            ],
            now=YESTERDAY + timedelta(minutes=2),
        )

    in_store(database_url, tmp_path, work)
    return dialer


def test_each_regime_is_shown_with_both_sides(worked: CommandLine) -> None:
    said = worked("ledgers", "show", "spring", "--json")
    accounts = said.json()["accounts"]
    british = [one for one in accounts if one["regime"] == "gb" and one["abandoned"]]
    assert british
    # Two abandoned, two taken by agents, no machine heard: 2 / (2 + 2).
    assert {(one["numerator"], one["denominator"], one["ratio"]) for one in british} == {
        (2, 4, 0.5)
    }
    assert {one["is_over"] for one in british} == {True}
    own = [one for one in accounts if one["regime"] == "campaign"]
    assert {one["window"] for one in own} == {"campaign", "calendar_day", "rolling_30_days"}
    table = worked("ledgers", "show", "spring", "--regime", "gb").out
    assert "OVER" in table
    assert "Communications Act 2003" in table
    assert "campaign  " not in table


def test_an_unknown_regime_is_answered_with_those_there_are(worked: CommandLine) -> None:
    said = worked("ledgers", "show", "spring", "--regime", "fr")
    assert said.status != 0
    assert "campaign, gb" in said.err
    turned = worked("ledgers", "show", "spring", "--since", "2999-01-01")
    assert turned.status != 0
    assert "not after its beginning" in turned.err


def test_the_export_has_a_line_for_each_call_that_counts(
    worked: CommandLine, tmp_path: Path
) -> None:
    said = worked("ledgers", "export", "spring", "--out", str(tmp_path / "evidence"), "--json")
    files = said.json()["files"]
    assert set(files) == {"campaign", "campaign_calls", "gb", "gb_calls"}
    with Path(files["gb_calls"]).open(encoding="utf-8-sig", newline="") as file:
        calls = list(csv.DictReader(file))
    assert sorted(call["counted_as"] for call in calls) == ["abandoned"] * 2 + ["human"] * 2
    assert all(call["answered_at"] and call["number"].startswith("+1") for call in calls)


def test_recycling_shows_first_and_does_the_same_with_yes(worked: CommandLine) -> None:
    words = ("leads", "recycle", "spring", "--outcome", "no_answer", "--older-than", "1h")
    shown = worked(*words, "--json").json()
    assert (shown["leads"], shown["is_done"]) == (6, False)
    assert "Nothing was changed" in worked(*words).out
    assert worked(*words, "--json").json() == shown
    done = worked(*words, "--yes", "--json").json()
    assert (done["leads"], done["by_outcome"], done["is_done"]) == (6, {"no_answer": 6}, True)
    assert worked(*words, "--yes", "--json").json()["leads"] == 0


def test_a_time_that_is_none_is_answered_with_what_is_allowed(worked: CommandLine) -> None:
    words = ("leads", "recycle", "spring", "--outcome", "no_answer", "--older-than")
    for wrong in ("soon", "never"):
        said = worked(*words, wrong)
        assert said.status != 0
        assert "4h" in said.err


def test_the_report_holds_the_regulators_accounts(worked: CommandLine, tmp_path: Path) -> None:
    said = worked("report", "spring", "--out", str(tmp_path / "report"), "--json")
    document = json.loads(said.out)
    assert {one["regime"] for one in document["accounts"]} == {"gb"}
    assert document["callbacks"]["kept"] == 0
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "Without machine detection" in page
    assert "50.00%" in page
