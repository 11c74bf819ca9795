"""Being told instead of asking: webhooks, their deliveries, and delivering again."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from campaigns.store.tokens import Scope
from campaigns.store.webhooks import Delivery, Webhook
from campaigns.webhooks import ASKABLE, URL_CHARS_MAX, BadWebhook, checked_url
from dialer.desk.api import examples
from dialer.desk.api.kept import KeptRoute
from dialer.desk.api.pages import LIMIT_MAX, Page, page_of, read_after
from dialer.desk.api.reach import Reach, reach
from dialer.desk.api.words import CLEAN, ID_MAX, Cursor, Moment, RowId
from dialer.desk.problems import answers

router = APIRouter(tags=["webhooks"], route_class=KeptRoute)

_Writes = Annotated[Reach, Depends(reach(Scope.WEBHOOKS_WRITE))]
Event = Literal[
    "call.ended", "call.disposed", "lead.handed_over", "callback.made", "callback.kept",
    "callback.late", "callback.missed", "callback.cancelled", "do_not_call.added",
    "campaign.state",
]  # fmt: skip
_Url = Annotated[str, Field(min_length=1, max_length=URL_CHARS_MAX, pattern=CLEAN)]
_Events = Annotated[list[Event], Field(min_length=1, max_length=len(ASKABLE))]


class WebhookIn(BaseModel, extra="forbid"):
    """An address to be told of events."""

    url: _Url
    events: _Events


class WebhookPatch(BaseModel, extra="forbid"):
    """What to change; what is left out stays."""

    url: _Url | None = None
    events: _Events | None = None


class WebhookOut(BaseModel):
    """An address that is told of events."""

    id: int
    url: str
    events: list[str]
    state: Literal["active", "disabled"]
    created_at: datetime
    created_by: str
    failing_since: datetime | None = Field(description="It has taken nothing since then.")
    disabled_at: datetime | None
    disabled_reason: str | None
    pending: int = Field(description="Deliveries still to be made.")


class WebhookMade(BaseModel):
    """The webhook and its secret."""

    webhook: WebhookOut
    secret: str = Field(description="Signs the deliveries. Keep it: it is not shown again.")


class DeliveryOut(BaseModel):
    """One event for the webhook, and how its delivery stands."""

    id: int
    event_id: str
    event: str
    data: dict[str, Any]
    created_at: datetime
    state: Literal["pending", "delivered", "failed"]
    sequence: int | None
    attempts: int
    next_at: datetime | None = Field(description="When it is tried again.")
    last_at: datetime | None
    last_status: int | None
    last_error: str | None


class Replay(BaseModel, extra="forbid"):
    """What to deliver again: these deliveries, or all events since then."""

    delivery_ids: list[Annotated[int, Field(ge=1, le=ID_MAX)]] | None = Field(
        default=None, min_length=1, max_length=1000
    )
    since: Moment | None = None


class Replayed(BaseModel):
    """How many deliveries are to be made again."""

    deliveries: int


@router.get("/webhooks", summary="List webhooks")
async def list_webhooks(reach: _Writes) -> list[WebhookOut]:
    """In the order in which they were made; there are 20 at most."""
    return [_out(each) for each in await reach.store.webhooks.list(reach.token.client_id)]


@router.post(
    "/webhooks",
    summary="Make a webhook",
    status_code=201,
    openapi_extra=examples.body(examples.WEBHOOK),
)
async def add_webhook(request: Request, wanted: WebhookIn, reach: _Writes) -> WebhookMade:
    """Events from now on are POSTed to the URL, signed with the secret in the answer, and tried
    again for some three days until the receiver answers 2xx. HTTPS to a public address."""
    webhook_id, secret = await reach.store.webhooks.add(
        reach.token.client_id,
        _checked(request, wanted.url),
        wanted.events,
        by=reach.by,
        now=reach.now,
    )
    webhook = await reach.store.webhooks.get(reach.token.client_id, webhook_id)
    return WebhookMade(webhook=_out(webhook), secret=secret)


@router.get("/webhooks/{webhook_id}", summary="One webhook", responses=answers(404))
async def get_webhook(webhook_id: RowId, reach: _Writes) -> WebhookOut:
    """And how it does."""
    return _out(await reach.store.webhooks.get(reach.token.client_id, webhook_id))


@router.patch("/webhooks/{webhook_id}", summary="Change a webhook", responses=answers(404))
async def change_webhook(
    request: Request, webhook_id: RowId, wanted: WebhookPatch, reach: _Writes
) -> WebhookOut:
    """Deliveries that wait go to the new URL."""
    url = None if wanted.url is None else _checked(request, wanted.url)
    changed = await reach.store.webhooks.change(
        reach.token.client_id, webhook_id, url=url, events=wanted.events, by=reach.by,
        now=reach.now,
    )  # fmt: skip
    return _out(changed)


@router.delete(
    "/webhooks/{webhook_id}",
    summary="Remove a webhook",
    status_code=204,
    responses=answers(404),
)
async def remove_webhook(webhook_id: RowId, reach: _Writes) -> Response:
    """With all its deliveries."""
    await reach.store.webhooks.remove(reach.token.client_id, webhook_id, by=reach.by, now=reach.now)
    return Response(status_code=204)


@router.post("/webhooks/{webhook_id}/disable", summary="Tell it nothing", responses=answers(404))
async def disable_webhook(webhook_id: RowId, reach: _Writes) -> WebhookOut:
    """What happens meanwhile is not kept for it: catch up with `GET /results`."""
    client_id = reach.token.client_id
    webhook = await reach.store.webhooks.disable(client_id, webhook_id, by=reach.by, now=reach.now)
    return _out(webhook)


@router.post("/webhooks/{webhook_id}/enable", summary="Tell it again", responses=answers(404))
async def enable_webhook(webhook_id: RowId, reach: _Writes) -> WebhookOut:
    """Beginning with what was still to be delivered. Also ends the waiting after failures."""
    client_id = reach.token.client_id
    webhook = await reach.store.webhooks.enable(client_id, webhook_id, by=reach.by, now=reach.now)
    return _out(webhook)


@router.post("/webhooks/{webhook_id}/secret", summary="Make a new secret", responses=answers(404))
async def rotate_secret(webhook_id: RowId, reach: _Writes) -> WebhookMade:
    """For 24 hours deliveries are signed with the old one, too: change the receiver meanwhile."""
    secret = await reach.store.webhooks.rotate(
        reach.token.client_id, webhook_id, by=reach.by, now=reach.now, wall=datetime.now(UTC)
    )
    webhook = await reach.store.webhooks.get(reach.token.client_id, webhook_id)
    return WebhookMade(webhook=_out(webhook), secret=secret)


@router.post(
    "/webhooks/{webhook_id}/test",
    summary="Send a test",
    status_code=202,
    responses=answers(404),
)
async def test_webhook(webhook_id: RowId, reach: _Writes) -> DeliveryOut:
    """The event `webhook.test`; look at the delivery for how it went."""
    made = await reach.store.webhooks.test(
        reach.token.client_id, webhook_id, by=reach.by, now=reach.now
    )
    return _delivery(made)


@router.get("/webhooks/{webhook_id}/deliveries", summary="List deliveries", responses=answers(404))
async def list_deliveries(
    request: Request,
    webhook_id: RowId,
    reach: _Writes,
    state: Literal["pending", "delivered", "failed"] | None = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 100,
) -> Page[DeliveryOut]:
    """Of the last 30 days, the latest first."""
    found = await reach.store.webhooks.deliveries(
        reach.token.client_id,
        webhook_id,
        before=read_after(cursor) or ID_MAX,
        most=limit + 1,
        state=state,
    )
    rows = [_delivery(each) for each in found]
    return page_of(request, rows, most=limit, last=lambda one: (one.id,))


@router.post(
    "/webhooks/{webhook_id}/replay",
    summary="Deliver again",
    status_code=202,
    responses=answers(404),
)
async def replay_deliveries(webhook_id: RowId, wanted: Replay, reach: _Writes) -> Replayed:
    """At most 10,000 at once. Each keeps its `id` and `sequence`, by which the receiver knows
    it."""
    if (wanted.delivery_ids is None) == (wanted.since is None):
        raise HTTPException(422, "Name either delivery_ids or since.")
    count = await reach.store.webhooks.replay(
        reach.token.client_id,
        webhook_id,
        delivery_ids=wanted.delivery_ids,
        since=wanted.since,
        by=reach.by,
        now=reach.now,
    )
    return Replayed(deliveries=count)


def _checked(request: Request, url: str) -> str:
    try:
        return checked_url(url, request.app.state.webhook_networks)
    except BadWebhook as error:
        raise HTTPException(422, str(error)) from error


def _out(webhook: Webhook) -> WebhookOut:
    return WebhookOut.model_validate(
        {name: getattr(webhook, name) for name in WebhookOut.model_fields}
    )


def _delivery(delivery: Delivery) -> DeliveryOut:
    return DeliveryOut.model_validate(
        {name: getattr(delivery, name) for name in DeliveryOut.model_fields}
    )
