"""The tables of the report's page: headings, and cells as a person reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from campaigns.reports.accounts import Account
from campaigns.reports.figures import Figures, LedgerFigures
from campaigns.reports.kpis import Kpi, agent_time
from campaigns.reports.periods import label_of
from campaigns.reports.words import (
    NONE,
    duration,
    moment,
    number,
    outcome_label,
    outcome_meaning,
    percent,
    step_name,
    value_of,
)
from campaigns.store.callback_rows import CallbackCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table. The first `words` columns are words, the others numbers."""

    key: str
    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1
    total: tuple[str, ...] = ()
    intro: str = ""
    empty: str = "Nothing in this period."
    notes: tuple[str, ...] = ()


def tables(
    figures: Figures,
    kpis: Sequence[Kpi],
    ledgers: Sequence[LedgerFigures],
    *,
    limit_ratio: float,
    answer_tolerance_seconds: float,
    zone: ZoneInfo,
    accounts: Sequence[Account] = (),
    callbacks: CallbackCounts | None = None,
    more: Sequence[Table] = (),
) -> tuple[Table, ...]:
    """All of them, in the order of the page. `accounts` are those of the rule packs, `more` what
    this campaign alone has."""
    return (
        _abandonment(ledgers, limit_ratio, answer_tolerance_seconds, zone, accounts),
        _outcomes(figures),
        _dispositions(figures),
        *(() if callbacks is None or not any(callbacks) else (_callbacks(callbacks),)),
        *more,
        _bins(figures, zone),
        _agents(figures),
        _causes(figures),
        _definitions(kpis),
    )


def _abandonment(
    ledgers: Sequence[LedgerFigures],
    limit: float,
    tolerance_seconds: float,
    zone: ZoneInfo,
    accounts: Sequence[Account],
) -> Table:
    def row(ledger: LedgerFigures) -> tuple[str, ...]:
        live, abandoned = ledger.live_answers, ledger.abandoned
        within = "within the limit" if abandoned <= limit * live else "over the limit"
        return (
            ledger.name,
            moment(ledger.begins_at, zone),
            "open" if ledger.ends_at is None else moment(ledger.ends_at, zone),
            within if live else "no live answers",
            number(abandoned),
            number(live),
            percent(abandoned / live if live else None, 2),
            percent(limit),
        )

    return Table(
        key="abandonment",
        title="Abandonment",
        intro="Abandoned ÷ live answers, in each window that is counted separately. Windows are "
        "shown whole, also where the report's period covers only a part of them.",
        headings=("Window", "From", "To", "Result", "Abandoned", "Live answers", "Rate", "Limit"),
        words=4,
        rows=(
            *(row(ledger) for ledger in ledgers),
            *(_account(account, zone) for account in accounts),
        ),
        notes=(
            "Numerator: calls answered by a person that had no agent on the line within "
            f"{tolerance_seconds:g} seconds (16 CFR 310.4(b)(1)(iv)); a call that was played the "
            "recorded message counts as abandoned. Denominator: all calls answered by a person; "
            "machines, busy lines and unanswered calls are not in it.",
            "16 CFR 310.4(b)(4)(i) and 47 CFR 64.1200(a)(7) allow no more than 3% of the calls "
            "answered by a person, over the campaign if it is shorter than 30 days, else in each "
            "successive period of 30 days. Days are calendar days of the campaign's clock. "
            "Other countries have other rules; this table is a measurement, not legal advice.",
            *dict.fromkeys(
                f"{account.rule.title}: {account.rate.how}. {account.rule.citation}."
                for account in accounts
            ),
        ),
    )


def _callbacks(counts: CallbackCounts) -> Table:
    """Only in reports of campaigns that promise calls."""
    settled = counts.kept + counts.late + counts.unanswered + counts.missed
    meanings = (
        (
            "Kept",
            "Begun within the tolerance, with the promised party.",
            counts.kept,
        ),
        ("Late", "Begun after the tolerance.", counts.late),
        ("Not answered", "Begun in time; the person did not answer.", counts.unanswered),
        ("Missed", "Not begun, or nobody was there for it.", counts.missed),
    )
    return Table(
        key="callbacks-table",
        title="Promised callbacks",
        intro="Promises that fell due in this period. The share is of those settled.",
        headings=("How it went", "Meaning", "Promises", "Share"),
        words=2,
        rows=(
            *(
                (name, meaning, number(count), percent(count / settled if settled else None))
                for name, meaning, count in meanings
            ),
            ("Cancelled", "Taken back before its time.", number(counts.cancelled), NONE),
            ("Open", "Not settled yet.", number(counts.open), NONE),
        ),
    )


def _account(account: Account, zone: ZoneInfo) -> tuple[str, ...]:
    """A line of a regulator's own formula; Ofcom's abandoned calls may be no whole number."""
    ends_at, rate = account.stretch.ends_at, account.rate
    within = "over the limit" if account.is_over else "within the limit"
    return (
        account.rule.title,
        moment(account.stretch.begins_at, zone),
        "open" if ends_at is None else moment(ends_at, zone),
        within if rate.denominator else "no live answers",
        f"{rate.numerator:,.4f}".rstrip("0").rstrip("."),
        f"{rate.denominator:,.4f}".rstrip("0").rstrip("."),
        percent(rate.ratio, 2),
        percent(account.rule.limit_ratio),
    )


def _outcomes(figures: Figures) -> Table:
    ordered = sorted(figures.by_outcome.items(), key=lambda item: (-item[1], item[0]))
    return Table(
        key="outcomes-table",
        title="Outcomes: what the machine saw",
        headings=("Outcome", "Meaning", "Attempts", "Share"),
        words=2,
        rows=tuple(
            (
                outcome_label(outcome),
                outcome_meaning(outcome),
                number(count),
                percent(count / figures.attempts),
            )
            for outcome, count in ordered
        ),
        total=("All", "", number(sum(figures.by_outcome.values())), ""),
    )


def _dispositions(figures: Figures) -> Table:
    total = sum(each.calls for each in figures.dispositions)
    return Table(
        key="dispositions-table",
        title="Dispositions: what the agents said",
        intro="Of all calls that reached an agent.",
        headings=("Disposition", "Kind", "Calls", "Share"),
        words=2,
        rows=tuple(
            (
                each.label,
                each.kind.replace("_", " "),
                number(each.calls),
                percent(each.calls / total),
            )
            for each in figures.dispositions
        ),
        total=("All", "", number(total), ""),
        empty="No call reached an agent in this period.",
    )


def _bins(figures: Figures, zone: ZoneInfo) -> Table:
    rows = []
    for each in figures.bins:
        time = agent_time(dict(each.state_seconds))
        ratio = each.abandoned / each.live_answers if each.live_answers else None
        rows.append(
            (
                label_of(each.begins_at, each.ends_at, zone, length=figures.length),
                number(each.attempts),
                number(each.answered),
                number(each.live_answers),
                number(each.contacts),
                number(each.abandoned),
                percent(ratio),
                number(each.sales),
                percent(time.utilisation_ratio),
            )
        )
    return Table(
        key="time-table",
        title=f"Over time, {step_name(figures.step)}",
        headings=(
            "From", "Attempts", "Answered", "Live answers", "Contacts", "Abandoned", "Rate",
            "Sales", "Utilisation",
        ),
        rows=tuple(rows),
        total=(
            "All",
            number(figures.attempts),
            number(figures.answered),
            number(figures.live_answers),
            number(figures.contacts),
            number(figures.abandoned),
            percent(figures.abandoned / figures.live_answers if figures.live_answers else None),
            number(figures.sales),
            percent(agent_time(figures.state_seconds).utilisation_ratio),
        ),
    )  # fmt: skip


def _agents(figures: Figures) -> Table:
    def row(
        name: str, seconds: dict[str, float], handled: int, contacts: int, sales: int
    ) -> tuple[str, ...]:
        time = agent_time(seconds)
        return (
            name,
            duration(time.logged_in),
            duration(time.talk),
            duration(time.wrap_up),
            duration(time.ready),
            duration(time.paused),
            percent(time.utilisation_ratio),
            number(handled),
            number(contacts),
            number(sales),
        )

    f = figures
    return Table(
        key="agents-table",
        title="Agents",
        intro="Times in hours, minutes and seconds. Talk, wrap-up, calls and sales are this "
        "campaign's; waiting and pauses are the team's, also where it works for several.",
        headings=(
            "Agent", "Logged in", "Talk", "Wrap-up", "Waiting", "Paused", "Utilisation", "Calls",
            "Contacts", "Sales",
        ),
        rows=tuple(
            row(a.name, dict(a.state_seconds), a.handled, a.contacts, a.sales) for a in f.agents
        ),
        total=row("All", f.state_seconds, f.handled, f.contacts, f.sales),
        empty="No agent was logged in during this period.",
    )  # fmt: skip


def _causes(figures: Figures) -> Table:
    return Table(
        key="causes-table",
        title="Hangup causes",
        intro="As the network gave them, in FreeSWITCH's names.",
        headings=("Cause", "Outcome", "Attempts", "Share"),
        words=2,
        rows=tuple(
            (
                each.cause or "none given",
                outcome_label(each.outcome),
                number(each.attempts),
                percent(each.attempts / figures.attempts),
            )
            for each in figures.causes
        ),
    )


def _definitions(kpis: Sequence[Kpi]) -> Table:
    return Table(
        key="definitions",
        title="All figures and what they mean",
        headings=("Figure", "Definition", "Value"),
        words=2,
        rows=tuple(
            (kpi.name, kpi.definition, value_of(kpi.value, kpi.unit, precise=True)) for kpi in kpis
        ),
    )
