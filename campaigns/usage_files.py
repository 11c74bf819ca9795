"""A client's usage for programs and spreadsheets."""

import csv
import io
from dataclasses import asdict

from campaigns.lead_import.formula_guard import guarded
from campaigns.usage import Usage


def usage_document(used: Usage) -> dict[str, object]:
    """As plain JSON; amounts are strings, so that nobody reads them as floats."""
    return {
        "client": used.client,
        "since": used.since,
        "until": used.until,
        "campaigns": [
            {
                **asdict(each.counts),
                "minutes": str(each.minutes),
                "agent_hours": str(each.agent_hours),
                "currency": each.tariff and each.tariff.currency,
                "amount": None if each.amount is None else str(each.amount),
                "lines": [
                    {key: str(value) for key, value in asdict(line).items()} for line in each.lines
                ],
            }
            for each in used.campaigns
        ],
        "totals": [
            {
                "currency": total.currency,
                "net": str(total.net),
                "vat": str(total.vat),
                "gross": str(total.gross),
            }
            for total in used.totals
        ],
    }


def usage_csv(used: Usage) -> str:
    """One row a campaign."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ("campaign", "attempts", "contacts", "minutes", "agent_hours", "amount", "currency")
    )
    for each in used.campaigns:
        writer.writerow(
            (
                guarded(each.counts.campaign),
                each.counts.attempts,
                each.counts.contacts,
                each.minutes,
                each.agent_hours,
                "" if each.amount is None else each.amount,
                each.tariff.currency if each.tariff else "",
            )
        )
    return out.getvalue()
