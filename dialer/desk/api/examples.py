"""Requests as they may look, for the description."""

from typing import Any

LEADS_IN = {
    "list": "crm",
    "leads": [
        {
            "external_id": "C-4711",
            "name": "Ada Lovelace",
            "numbers": ["+12025550100", "+12025550101"],
            "fields": {"city": "Washington", "contract": "gold"},
            "priority": 10,
        }
    ],
}
LEAD_PATCH = {"priority": 50, "fields": {"contract": "platinum", "old_note": None}}
CALLBACK = {"lead_id": 4711, "at": "2026-03-03 15:00", "note": "ask for the file"}
CALLBACK_MOVE = {"at": "2026-03-04 10:30", "when_closed": "next_open"}
OPT_OUT = {"number": "+12025550100", "reason": "form on the web site, 2 March"}
WEBHOOK = {
    "url": "https://crm.example.com/hooks/dialer",
    "events": ["call.ended", "call.disposed", "callback.made"],
}
PACING = {"mode": "predictive", "target_ratio": 0.02}
TRANSFER = {"to_agent": "ben"}
PAUSE = {"reason": "break"}


def body(example: dict[str, Any]) -> dict[str, Any]:
    """The example, where the description has it."""
    return {"requestBody": {"content": {"application/json": {"example": example}}}}
