"""How far the dialer's predictions of who answers may be believed: said before, counted after."""

from collections.abc import Sequence
from typing import Any

from campaigns.reports.figures import ReliabilityRow
from campaigns.reports.tables import Table
from campaigns.reports.words import number, percent

ATTEMPTS_MIN = 200
"""Twenty attempts in each tenth; with fewer, every interval holds nearly everything."""


def enough(rows: Sequence[ReliabilityRow]) -> tuple[ReliabilityRow, ...]:
    """The rows, or none when there are too few attempts to say anything."""
    return tuple(rows) if sum(row.attempts for row in rows) >= ATTEMPTS_MIN else ()


def reliability_document(rows: Sequence[ReliabilityRow]) -> list[dict[str, Any]]:
    """The same as plain JSON: shares 0..1."""
    return [
        {
            "predicted_ratio": row.predicted_ratio,
            "predicted_min": row.predicted_min,
            "predicted_max": row.predicted_max,
            "attempts": row.attempts,
            "answered": row.answered,
            "answered_ratio": row.answered / row.attempts,
            "answered_interval": list(row.interval),
        }
        for row in rows
    ]


def reliability_table(rows: Sequence[ReliabilityRow]) -> Table | None:
    """None where too few attempts have a prediction."""
    if not rows:
        return None
    inside = sum(row.interval[0] <= row.predicted_ratio <= row.interval[1] for row in rows)
    return Table(
        key="reliability-table",
        title="Predicted and real answers",
        headings=("Prediction", "Attempts", "Predicted", "Answered", "95 % from", "to"),
        words=1,
        rows=tuple(
            (
                f"{percent(row.predicted_min)} to {percent(row.predicted_max)}",
                number(row.attempts),
                percent(row.predicted_ratio),
                percent(row.answered / row.attempts),
                percent(row.interval[0]),
                percent(row.interval[1]),
            )
            for row in rows
        ),
        notes=(
            "Attempts that were answered or failed, in tenths by what the dialer expected of them "
            f"when it launched them. In {inside} of {len(rows)} the prediction lies within the "
            "interval of what was counted.",
        ),
    )
