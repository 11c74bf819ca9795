"""What a page shows, as plain JSON: sections that are replaced whole when they change."""

from typing import Any

from campaigns.store.agent_days import AgentDay
from campaigns.store.lead_cards import LeadCard
from dialer.desk.agent.greeting import greeting
from dialer.engine.snapshot import AgentSnapshot, CallSnapshot
from dialer.engine.states import AgentState

Json = dict[str, Any]

RESULT_KEYS = "1234567890abefijoquwy"
"""One for each disposition, in the campaign's order. Letters that name an action are left out."""


def agent_section(agent: AgentSnapshot | None, *, is_switch_up: bool) -> Json:
    """The agent's own state; `since` and `ends_at` are Unix seconds by the dialer's clock."""
    if agent is None:
        return {"state": str(AgentState.LOGGED_OUT), "is_switch_up": is_switch_up}
    return {
        "state": str(agent.state),
        "since": agent.since,
        "reason": agent.reason,
        "pending": agent.pending,
        "ends_at": agent.ends_at,
        "is_line_up": agent.is_line_up,
        "is_switch_up": is_switch_up,
    }


def call_section(agent: AgentSnapshot | None, call: CallSnapshot | None) -> Json | None:
    """The call they are on; with `is_over` while they wrap it up."""
    if agent is None or agent.call_id is None:
        return None
    if call is None:
        return {"id": agent.call_id, "is_over": True}
    return {
        "id": call.call_id,
        "is_over": agent.state is AgentState.WRAP_UP,
        "state": str(call.state),
        "since": call.since,
        "place": None if call.place is None else str(call.place),
        "is_recorded": call.is_recorded,
        "is_masked": call.is_masked,
        "outside": call.outside_number,
        "is_awaiting": call.awaits_team is not None,
        "is_given_up": call.is_given_up,
    }


def preview_section(agent: AgentSnapshot | None) -> Json | None:
    """The lead they are shown before it is called."""
    if agent is None or agent.preview is None:
        return None
    return {"lead": agent.preview.lead_id, "ends_at": agent.preview.ends_at}


def card_section(
    card: LeadCard, *, call_id: str, number: str, agent: str, opening: str, is_preview: bool
) -> Json:
    """The lead's card. `opening` is the greeting of campaigns that have none of their own."""
    spec = card.spec
    words = {
        **card.fields,
        "agent": agent,
        "client": card.client,
        "campaign": card.campaign,
        "name": card.name or "",
    }
    return {
        "call": call_id,
        "is_preview": is_preview,
        "lead": card.lead_id,
        "name": card.name,
        "external_id": card.external_id,
        "number": number,
        "client": card.client,
        "campaign": card.campaign,
        "campaign_id": card.campaign_id,
        "list": card.list_name,
        "greeting": greeting(spec.desk.greeting or opening, words),
        "zones": card.time_zones,
        "phones": card.phones,
        "fields": list(card.fields.items()),
        "contacts": _contacts(card, call_id, agent),
        "callbacks": card.callbacks,
        "hand_overs": card.hand_overs,
        "results": [
            {"code": one.code, "label": one.label, "kind": str(one.kind), "key": key}
            for one, key in zip(
                spec.dispositions,
                RESULT_KEYS.ljust(len(spec.dispositions)),
                strict=False,
            )
        ],
        "specialists": [
            {"name": one.name, "has_number": one.number is not None}
            for one in spec.desk.specialists
        ],
        "outside": list(spec.transfer_numbers),
        "recording": str(spec.recording.policy),
    }


def _contacts(card: LeadCard, call_id: str, agent: str) -> list[Json]:
    """The history; of this very call what a colleague wrote before they handed it over."""
    found = []
    for one in card.contacts:
        if one["call_id"] != call_id:
            found.append(one | {"is_now": False})
        elif notes := [note for note in one["notes"] if note["agent"] != agent]:
            found.append(one | {"is_now": True, "notes": notes})
    return found


def day_section(day: AgentDay) -> Json:
    """The agent's day; the promised calls with their moments as ISO texts."""
    return {
        "calls": day.calls,
        "sales": day.sales,
        "hand_overs": day.hand_overs,
        "seconds": day.seconds,
        "callbacks_due": day.callbacks_due,
        "callbacks_kept": day.callbacks_kept,
        "callbacks_late": day.callbacks_late,
        "callbacks_missed": day.callbacks_missed,
        "due": [
            {
                "id": one.id,
                "name": one.lead_name,
                "campaign": one.campaign_name,
                "due_at": one.due_at.isoformat(),
                "zone": one.time_zone,
                "note": one.note,
            }
            for one in day.due
        ],
    }
