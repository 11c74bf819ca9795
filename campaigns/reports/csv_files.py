"""The report's tables for spreadsheets and scripts.

UTF-8 with a mark, which Excel needs to show letters right; instants in ISO 8601 with the campaign's
offset; shares 0..1; durations in seconds; and no cell that a spreadsheet would run as a formula.
"""

import csv
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from campaigns.lead_import.formula_guard import guarded
from campaigns.reports.figures import AttemptLine, Figures
from campaigns.reports.kpis import Kpi, agent_time
from campaigns.store.rows import CampaignRow

Cell = object
_STATES = ("talking", "wrap_up", "ready", "reserved", "paused")


def write_summary(
    path: Path, campaign: CampaignRow, figures: Figures, kpis: Sequence[Kpi], zone: ZoneInfo
) -> None:
    """One row a figure, with its two sides; before them what the report is of."""
    about: list[tuple[str, Cell]] = [
        ("campaign", campaign.name),
        ("client", campaign.client),
        ("since", figures.since.astimezone(zone)),
        ("until", figures.until.astimezone(zone)),
        ("time_zone", zone.key),
    ]
    names = ("key", "name", "value", "unit", "numerator", "denominator", "definition")
    _write(
        path,
        names,
        [
            *((key, "", value, "", "", "", "") for key, value in about),
            *(
                (k.key, k.name, k.value, k.unit.value, k.numerator, k.denominator, k.definition)
                for k in kpis
            ),
        ],
    )


def write_by_hour(path: Path, figures: Figures, zone: ZoneInfo) -> None:
    """One row a time bin, however long the bins are."""
    names = (
        "begins_at", "ends_at", "attempts", "answered", "live_answers", "contacts", "handled",
        "abandoned", "sales", "talk_seconds", *(f"agent_{state}_seconds" for state in _STATES),
        "utilisation_ratio",
    )  # fmt: skip
    rows = []
    for b in figures.bins:
        begins_at, ends_at = b.begins_at.astimezone(zone), b.ends_at.astimezone(zone)
        rows.append(
            (
                begins_at, ends_at, b.attempts, b.answered, b.live_answers, b.contacts, b.handled,
                b.abandoned, b.sales, b.talk_seconds,
                *(b.state_seconds.get(state, 0.0) for state in _STATES),
                agent_time(dict(b.state_seconds)).utilisation_ratio,
            )
        )  # fmt: skip
    _write(path, names, rows)


def write_outcomes(path: Path, figures: Figures) -> None:
    """One row for each pair of outcome and hangup cause."""
    rows = ((each.outcome, each.cause, each.attempts) for each in figures.causes)
    _write(path, ("outcome", "hangup_cause", "attempts"), rows)


def write_dispositions(path: Path, figures: Figures) -> None:
    """One row a disposition, of the calls that reached an agent."""
    rows = ((d.code, d.label, d.kind, d.calls) for d in figures.dispositions)
    _write(path, ("disposition", "label", "kind", "calls"), rows)


def write_agents(path: Path, figures: Figures) -> None:
    """One row an agent."""
    names = (
        "agent", *(f"{state}_seconds" for state in _STATES), "logged_in_seconds",
        "utilisation_ratio", "calls", "contacts", "sales", "talk_on_calls_seconds",
    )  # fmt: skip
    rows = []
    for agent in figures.agents:
        time = agent_time(dict(agent.state_seconds))
        rows.append(
            (
                agent.name, *(agent.state_seconds.get(state, 0.0) for state in _STATES),
                time.logged_in, time.utilisation_ratio, agent.handled, agent.contacts, agent.sales,
                agent.talk_seconds,
            )
        )  # fmt: skip
    _write(path, names, rows)


async def write_attempts(path: Path, attempts: AsyncIterator[AttemptLine], zone: ZoneInfo) -> int:
    """One row an attempt, oldest first, streamed; returns how many."""
    names = tuple(field.name for field in fields(AttemptLine))
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        async for attempt in attempts:
            values = (getattr(attempt, name) for name in names)
            writer.writerow(
                cell(v.astimezone(zone) if isinstance(v, datetime) else v) for v in values
            )
            count += 1
    return count


def _write(path: Path, names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([cell(value) for value in row] for row in rows)


def cell(value: Cell) -> str:
    """A value as a spreadsheet and a script both read it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            # Milliseconds and parts of 100,000 are finer than anything measured here.
            return f"{value:.6f}".rstrip("0").rstrip(".") or "0"
        case datetime():
            return value.isoformat(timespec="milliseconds")
        case _:
            return guarded(str(value))
