"""A small real campaign, counted by hand and by its report."""

import csv
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from campaigns.outcomes import Outcome
from campaigns.reports.periods import BadPeriod
from campaigns.reports.reliability import enough, reliability_table
from campaigns.reports.report import Report, ReportFiles, read_report, write_report
from campaigns.store.rows import AgentRow, AgentStateChange, CampaignRow, NewLead
from campaigns.store.store import Store
from tests.support.stored import (
    NOW,
    OWNER,
    add_campaign,
    attempt_on,
    dial,
    new_lead,
    result_of,
)

CLIENT = "Acme <b>& Sons</b>"
OUTCOMES = (
    [Outcome.CONNECTED] * 6 + [Outcome.ABANDONED] + [Outcome.NO_ANSWER] * 9 + [Outcome.BUSY] * 3
    + [Outcome.MACHINE]
)  # fmt: skip
SAID = ["sale", "sale", "no_interest", "machine", None, "callback"]
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Shift:
    campaign: CampaignRow
    agents: list[AgentRow]


def leads() -> list[NewLead]:
    return [new_lead(index) for index in range(1, 31)]


async def work(store: Store) -> Shift:
    """Twenty attempts, one a minute from NOW on; two agents; an hour."""
    campaign = await add_campaign(store, leads=leads(), client=CLIENT, name="=spring()")
    await store.campaigns.set_state(campaign.id, "running", by="test", now=NOW - MINUTE)
    agents = [
        await store.agents.add(name, "sales", "10", by="test", now=NOW - MINUTE)
        for name in ("anna", "<script>bo</script>")
    ]
    for index, outcome in enumerate(OUTCOMES):
        at = NOW + index * MINUTE
        [attempt] = await dial(store, campaign, 1, now=at)
        agent = agents[index % 2]
        is_ours = outcome is Outcome.CONNECTED
        result = result_of(
            attempt.call_id,
            outcome,
            at=at,
            agent_id=agent.id if is_ours else None,
            answered_at=at + timedelta(seconds=7)
            if outcome.is_live_answer or outcome is Outcome.MACHINE
            else None,
        )
        await store.attempts.settle([result], now=at + 2 * MINUTE)
        if is_ours:
            await store.attempts.dispose(
                attempt.call_id, agent.id, SAID[index], now=at + 2 * MINUTE
            )
    for agent in agents:
        await store.agents.record_states(spells(agent, campaign), now=NOW + 61 * MINUTE)
    return Shift(await store.campaigns.get(campaign.name), agents)


def spells(agent: AgentRow, campaign: CampaignRow) -> list[AgentStateChange]:
    """Ready 10 minutes, talking 40, wrapping up 5, paused 5."""
    plan = [("ready", 0), ("talking", 10), ("wrap_up", 50), ("paused", 55), ("logged_out", 60)]
    changes = []
    state, since = "logged_out", agent.state_since
    for new_state, minute in plan:
        at = NOW + minute * MINUTE
        of_a_call = state in ("talking", "wrap_up")
        changes.append(
            AgentStateChange(
                agent_id=agent.id,
                team_id=agent.team_id,
                state=state,
                since=since,
                new_state=new_state,
                at=at,
                campaign_id=campaign.id if of_a_call else None,
            )
        )
        state, since = new_state, at
    return changes


async def reported(store: Store, folder: Path) -> ReportFiles:
    shift = await work(store)
    return await write_report(store, shift.campaign, folder, now=NOW + timedelta(hours=2))


async def read(store: Store) -> Report:
    """The same without drawing it."""
    shift = await work(store)
    return await read_report(store, shift.campaign, now=NOW + timedelta(hours=2))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


async def test_the_figures_are_those_counted_by_hand(store: Store) -> None:
    report = await read(store)
    figures = report.figures
    assert figures.attempts == 20
    assert figures.by_outcome == Counter(str(each) for each in OUTCOMES)
    assert figures.answered == 8
    # Six connected and one abandoned; the call the agent found to be a machine is no live answer.
    assert (figures.live_answers, figures.abandoned) == (6, 1)
    assert (figures.handled, figures.contacts, figures.sales) == (6, 5, 2)
    assert {each.code: each.calls for each in figures.dispositions} == Counter(SAID)
    assert figures.talk.count == 6
    assert figures.talk.p50 == pytest.approx(59.8)
    assert figures.time_to_agent.p99 == pytest.approx(0.2)
    assert figures.in_time == 6
    assert sum(count for _, count in figures.talk_histogram) == 6
    assert (figures.list.leads, figures.list.leads_attempted) == (30, 20)
    assert figures.list.leads_contacted == 5


async def test_agents_time_is_clipped_to_the_bins_and_sums_up(store: Store) -> None:
    figures = (await read(store)).figures
    # The period ends with the bin of the last call's end, before the agents' hour is over.
    assert figures.until - figures.since < timedelta(hours=1)
    minutes = (figures.until - figures.since) / MINUTE
    assert figures.state_seconds["ready"] == pytest.approx(2 * 600)
    assert figures.state_seconds["talking"] == pytest.approx(2 * 60 * (minutes - 10))
    for agent in figures.agents:
        assert sum(agent.state_seconds.values()) == pytest.approx(60 * minutes)
    in_bins = sum(sum(each.state_seconds.values()) for each in figures.bins)
    assert in_bins == pytest.approx(sum(figures.state_seconds.values()))


async def test_bins_add_up_to_the_whole(store: Store) -> None:
    figures = (await read(store)).figures
    for name in (
        "attempts",
        "answered",
        "live_answers",
        "abandoned",
        "contacts",
        "handled",
        "sales",
    ):
        assert sum(getattr(each, name) for each in figures.bins) == getattr(figures, name), name


async def test_the_tables_agree_with_the_attempts_and_hold_no_formula(
    store: Store, tmp_path: Path
) -> None:
    files = await reported(store, tmp_path)
    attempts = rows(files.csv["attempts"])
    assert len(attempts) == 20
    assert Counter(row["outcome"] for row in attempts) == files.report.figures.by_outcome
    live = sum(row["is_live_answer"] == "true" for row in attempts)
    abandoned = sum(row["is_abandoned"] == "true" for row in attempts)
    summary = {row["key"]: row for row in rows(files.csv["summary"])}
    assert float(summary["abandonment_ratio"]["numerator"]) == abandoned == 1
    assert float(summary["abandonment_ratio"]["denominator"]) == live == 6
    assert float(summary["abandonment_ratio"]["value"]) == pytest.approx(1 / 6, abs=1e-6)
    by_hour = rows(files.csv["by_hour"])
    assert sum(int(row["attempts"]) for row in by_hour) == 20
    assert sum(int(row["attempts"]) for row in rows(files.csv["outcomes"])) == 20
    assert sum(int(row["calls"]) for row in rows(files.csv["dispositions"])) == 6
    assert sum(int(row["calls"]) for row in rows(files.csv["agents"])) == 6
    talk = sum(float(row["talk_seconds"] or 0) for row in attempts)
    assert talk == pytest.approx(sum(float(row["talk_seconds"]) for row in by_hour))
    assert attempts[0]["written_at"] == "2026-03-02T10:00:00.000-05:00"
    assert summary["campaign"]["value"] == "'=spring()"
    for path in files.csv.values():
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    assert not re.match(r"[=@\t\r]|[+-](?![\d (])", cell), (path.name, cell)


class Page(HTMLParser):
    """Checks that elements nest, and gathers what a test asks after."""

    VOID = ("meta", "br", "hr", "link", "img", "input")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.named: list[str] = []
        self.links: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name in ("aria-labelledby", "aria-describedby"):
                self.named += (value or "").split()
            elif name in ("src", "href", "xlink:href"):
                self.links.append(value or "")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


async def test_the_page_is_one_sound_file_that_needs_nothing_else(
    store: Store, tmp_path: Path
) -> None:
    files = await reported(store, tmp_path)
    source = files.html.read_text(encoding="utf-8")
    page = Page()
    page.feed(source)
    page.close()
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert set(page.named) <= set(page.ids)
    assert all(link.startswith("#") for link in page.links)
    assert not re.search(r"url\((?!#)", source)
    assert "@import" not in source
    for svg in re.findall(r"<svg .*?</svg>", source, re.DOTALL):
        ET.fromstring(svg)  # raises where it is not well-formed
    text = " ".join(" ".join(page.text).split())
    for words in ("Acme <b>& Sons</b>", "16.67%", "16 CFR 310.4(b)(4)(i)", "<script>bo</script>"):
        assert words in text
    assert "<script" not in source


async def test_the_same_campaign_gives_the_same_page(store: Store, tmp_path: Path) -> None:
    first = await reported(store, tmp_path / "a")
    again = await write_report(
        store, first.report.campaign, tmp_path / "b", now=NOW + timedelta(hours=2)
    )
    assert first.html.read_text() == again.html.read_text()


async def test_a_part_of_the_time_holds_only_its_own_attempts(store: Store) -> None:
    shift = await work(store)
    since, until = NOW + timedelta(minutes=4.5), NOW + timedelta(minutes=9.5)
    report = await read_report(
        store, shift.campaign, since=since, until=until, now=NOW + timedelta(hours=1)
    )
    figures = report.figures
    assert (figures.since, figures.until) == (since, until)
    assert figures.by_outcome == {"connected": 1, "abandoned": 1, "no_answer": 3}
    # The ledgers stay whole whatever the period.
    assert [(each.live_answers, each.abandoned) for each in report.ledgers] == [(6, 1)] * 3


async def test_ledgers_follow_thirty_day_blocks_and_local_days(
    store: Store, tmp_path: Path
) -> None:
    shift = await work(store)
    late = NOW + timedelta(days=31)
    [attempt] = await dial(store, shift.campaign, 1, now=late)
    result = result_of(attempt.call_id, Outcome.ABANDONED, at=late)
    await store.attempts.settle([result], now=late + MINUTE)
    report = await read_report(store, shift.campaign, now=late + timedelta(hours=1))
    ledgers = {each.name: (each.abandoned, each.live_answers) for each in report.ledgers}
    assert ledgers["Whole campaign"] == (2, 7)
    assert ledgers["30-day block 1"] == (1, 6)
    assert ledgers["30-day block 2"] == (1, 1)
    assert ledgers["Thursday 2 Apr"] == (1, 1)
    assert len([name for name in ledgers if "day block" not in name]) <= 33


async def test_a_campaign_without_calls_has_a_page_that_says_so(
    store: Store, tmp_path: Path
) -> None:
    campaign = await add_campaign(store, leads=2)
    files = await write_report(store, campaign, tmp_path, now=NOW + MINUTE)
    assert "No attempt was made in this period." in files.html.read_text()
    assert rows(files.csv["attempts"]) == []
    document = files.report.document()
    assert json.loads(json.dumps(document))["kpis"]["abandonment_ratio"] is None


async def test_an_end_before_the_first_call_is_refused(store: Store) -> None:
    shift = await work(store)
    with pytest.raises(BadPeriod, match=r"first attempt was made at 2026-03-02 10:00, after the"):
        await read_report(store, shift.campaign, until=datetime(2026, 1, 1, tzinfo=UTC), now=NOW)


async def test_predictions_are_held_against_what_was_answered_by_tenths(store: Store) -> None:
    campaign = await add_campaign(store, leads=220)
    leased = await store.leads.lease(campaign.id, 220, owner=OWNER, now=NOW)
    # Of the unlikely half one in ten answers as foretold, of the likely half one in two.
    rows = [
        attempt_on(lead, campaign, answer_probability=0.1 if index < 110 else 0.5)
        for index, lead in enumerate(leased)
    ]
    verdicts = await store.attempts.write(rows, now=NOW)
    assert all(verdict.refused is None for verdict in verdicts)
    ends = [
        Outcome.CONNECTED if index % (10 if index < 110 else 2) == 0 else Outcome.NO_ANSWER
        for index in range(219)
    ] + [Outcome.CANCELLED]
    results = [result_of(row.call_id, end) for row, end in zip(rows, ends, strict=True)]
    await store.attempts.settle(results, now=NOW + MINUTE)
    report = await read_report(store, campaign, now=NOW + 2 * MINUTE)
    told = report.document()["reliability"]
    assert len(told) == 10
    assert sum(row["attempts"] for row in told) == 219
    assert sum(row["answered"] for row in told) == 11 + 55
    assert told[0]["predicted_ratio"] == pytest.approx(0.1)
    assert told[-1]["predicted_ratio"] == pytest.approx(0.5)
    for row in told:
        low, high = row["answered_interval"]
        assert low <= row["answered_ratio"] <= high
    table = reliability_table(report.reliability)
    assert table is not None
    assert len(table.rows) == 10
    # With few attempts nothing is said.
    assert enough(report.reliability[:5]) == ()
