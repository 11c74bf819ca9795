"""What webhooks are told, written in the transaction of what it tells of.

One INSERT ... SELECT each: where no webhook asks for the event it writes nothing, and costs a look
at a table with no rows.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.store.results import RESULT, RESULT_FROM
from campaigns.webhooks import WebhookEvent

_ASKED = """
webhook.state = 'active' AND :event = ANY(webhook.events)
  AND (webhook.client_id IS NULL OR webhook.client_id = campaign.client_id)
"""
_INSERT = "INSERT INTO webhook_delivery (webhook_id, event, lead_id, data, created_at)"
_CALLS = f"""{_INSERT}
SELECT webhook.id, :event, attempt.lead_id, {RESULT}, :now
FROM attempt {RESULT_FROM} JOIN webhook ON {_ASKED}
WHERE attempt.id = ANY(CAST(:ids AS uuid[])) ORDER BY attempt.ended_at, attempt.id, webhook.id
"""  # noqa: S608 - parts of this package
_CALLBACKS = f"""{_INSERT}
SELECT webhook.id, :event, callback.lead_id, jsonb_build_object(
    'callback_id', callback.id, 'campaign', campaign.name, 'lead_id', callback.lead_id,
    'external_id', lead.external_id, 'due_at', callback.due_at, 'state', callback.state,
    'reason', callback.reason, 'agent', agent.name, 'call_id', callback.call_id,
    'note', callback.note), :now
FROM callback JOIN campaign ON campaign.id = callback.campaign_id
JOIN lead ON lead.id = callback.lead_id LEFT JOIN agent ON agent.id = callback.agent_id
JOIN webhook ON {_ASKED}
WHERE callback.id = ANY(CAST(:ids AS bigint[])) ORDER BY callback.id, webhook.id
"""  # noqa: S608
_DO_NOT_CALL = f"""{_INSERT}
SELECT webhook.id, :event, NULL, jsonb_build_object('number', CAST(:number AS text),
    'list', list.name, 'reason', CAST(:how AS text), 'at', CAST(:now AS timestamptz)), :now
FROM do_not_call_list AS list
LEFT JOIN LATERAL (
  SELECT campaign.client_id FROM campaign WHERE campaign.id = coalesce(
    (SELECT campaign_id FROM attempt WHERE id = CAST(:call_id AS uuid)),
    (SELECT campaign_id FROM return_call WHERE id = CAST(:call_id AS uuid)), list.campaign_id)
) AS called ON true
CROSS JOIN LATERAL (SELECT coalesce(called.client_id, list.client_id) AS client_id) AS campaign
JOIN webhook ON {_ASKED} WHERE list.id = :list_id ORDER BY webhook.id
"""  # noqa: S608
_HAND_OVER = f"""{_INSERT}
SELECT webhook.id, :event, given.lead_id, jsonb_build_object(
    'call_id', given.call_id, 'campaign', campaign.name, 'lead_id', given.lead_id,
    'external_id', lead.external_id, 'number', coalesce(attempt.number, return_call.number),
    'agent', agent.name, 'specialist', given.specialist, 'way', given.way, 'note', given.note,
    'at', given.at), :now
FROM hand_over AS given JOIN campaign ON campaign.id = given.campaign_id
JOIN agent ON agent.id = given.agent_id LEFT JOIN lead ON lead.id = given.lead_id
LEFT JOIN attempt ON attempt.id = given.call_id
LEFT JOIN return_call ON return_call.id = given.call_id
JOIN webhook ON {_ASKED} WHERE given.id = :id ORDER BY webhook.id
"""  # noqa: S608
_CAMPAIGN = f"""{_INSERT}
SELECT webhook.id, :event, NULL, jsonb_build_object('campaign', campaign.name,
    'state', campaign.state, 'at', CAST(:now AS timestamptz)), :now
FROM campaign JOIN webhook ON {_ASKED} WHERE campaign.id = :id ORDER BY webhook.id
"""  # noqa: S608


async def tell_calls(
    connection: AsyncConnection, event: WebhookEvent, call_ids: Collection[str], *, now: datetime
) -> None:
    """These calls ended, or an agent spoke of them."""
    if call_ids:
        await connection.execute(
            text(_CALLS), {"event": str(event), "ids": list(call_ids), "now": now}
        )


async def tell_callbacks(
    connection: AsyncConnection, state: str, callback_ids: Collection[int], *, now: datetime
) -> None:
    """These promises are in that state now: `made`, or one of those in which they end."""
    if callback_ids:
        event = WebhookEvent(f"callback.{state}")
        await connection.execute(
            text(_CALLBACKS), {"event": str(event), "ids": list(callback_ids), "now": now}
        )


async def tell_do_not_call(
    connection: AsyncConnection,
    number: str,
    *,
    list_id: int,
    how: str,
    call_id: str | None,
    now: datetime,
) -> None:
    """The number was forbidden. Told are the call centre's own webhooks, and the client of the call
    in which it was asked for, or else of the list."""
    await connection.execute(
        text(_DO_NOT_CALL),
        {
            "event": str(WebhookEvent.DO_NOT_CALL),
            "number": number,
            "list_id": list_id,
            "how": how,
            "call_id": call_id,
            "now": now,
        },
    )


async def tell_hand_over(connection: AsyncConnection, hand_over_id: int, *, now: datetime) -> None:
    """A lead was given to a specialist."""
    await connection.execute(
        text(_HAND_OVER),
        {"event": str(WebhookEvent.HANDED_OVER), "id": hand_over_id, "now": now},
    )


async def tell_campaign(connection: AsyncConnection, campaign_id: int, *, now: datetime) -> None:
    """The campaign is in another state."""
    await connection.execute(
        text(_CAMPAIGN),
        {"event": str(WebhookEvent.CAMPAIGN_STATE), "id": campaign_id, "now": now},
    )
