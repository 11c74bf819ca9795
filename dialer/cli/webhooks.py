"""`dialer webhooks`."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import click

from campaigns.webhooks import ASKABLE, BadWebhook, checked_url
from dialer.cli.audit import instant_of
from dialer.cli.opened import opened_store
from dialer.cli.output import moment, print_json, print_table
from dialer.cli.session import Session, command, json_option, now
from dialer.errors import UsageError

_webhook = click.argument("webhook", type=click.IntRange(min=1))


@click.command()
@click.argument("url")
@click.option("--client", metavar="NAME", help="Whose events; else those of all clients.")
@click.option(
    "--event",
    "events",
    type=click.Choice([each.value for each in ASKABLE]),
    multiple=True,
    required=True,
    help="What to tell; may be given several times.",
)
@command
async def add(session: Session, *, url: str, client: str | None, events: Sequence[str]) -> None:
    """Have events POSTed to URL. The secret that signs them is shown this once.

    \b
    Examples:
      dialer webhooks add https://crm.example.com/hooks --client Acme --event call.ended
    """
    try:
        checked = checked_url(url, session.settings.web.webhook_networks)
    except BadWebhook as error:
        raise UsageError(str(error)) from error
    async with opened_store(session) as store:
        client_id = None if client is None else await store.webhooks.client_id(client)
        webhook_id, secret = await store.webhooks.add(
            client_id, checked, events, by=session.by, now=now()
        )
    click.echo(secret)
    click.echo(
        f"That is the secret of webhook {webhook_id}. Keep it now: it is not shown again.", err=True
    )


@click.command(name="list")
@json_option
@command
async def list_webhooks(session: Session, *, as_json: bool) -> None:
    """Show the webhooks and how they do.

    \b
    Examples:
      dialer webhooks list
    """
    async with opened_store(session) as store:
        found = await store.webhooks.list()
    if as_json:
        print_json([asdict(each) for each in found])
    elif not found:
        click.echo("There are no webhooks. Make one with `dialer webhooks add`.")
    else:
        print_table(
            ("id", "client", "url", "events", "pending", "state"),
            [
                (
                    str(each.id),
                    each.client or "all",
                    each.url,
                    ", ".join(each.events),
                    str(each.pending),
                    each.disabled_reason
                    or (
                        f"failing since {moment(each.failing_since)}"
                        if each.failing_since
                        else each.state
                    ),
                )
                for each in found
            ],
        )


@click.command()
@_webhook
@click.option("--state", type=click.Choice(["pending", "delivered", "failed"]), help="Only these.")
@click.option("--count", type=click.IntRange(1, 1000), default=50, help="How many, at most.")
@json_option
@command
async def deliveries(
    session: Session, *, webhook: int, state: str | None, count: int, as_json: bool
) -> None:
    """Show what was and is to be delivered to WEBHOOK, the latest first.

    \b
    Examples:
      dialer webhooks deliveries 3 --state failed
    """
    async with opened_store(session) as store:
        found = await store.webhooks.deliveries(
            None, webhook, before=2**62, most=count, state=state
        )
    if as_json:
        print_json([asdict(each) for each in found])
        return
    print_table(
        ("id", "event", "created", "state", "tries", "last answer", "next try"),
        [
            (
                str(each.id),
                each.event,
                moment(each.created_at),
                each.state,
                str(each.attempts),
                each.last_error if each.last_status is None else str(each.last_status),
                moment(each.next_at),
            )
            for each in found
        ],
    )


@click.command()
@_webhook
@click.argument("deliveries", metavar="[DELIVERY]...", type=click.IntRange(min=1), nargs=-1)
@click.option("--since", metavar="WHEN", help="All events since: monday, 2026-11-16, 24h, 7d.")
@command
async def replay(
    session: Session, *, webhook: int, deliveries: Sequence[int], since: str | None
) -> None:
    """Deliver to WEBHOOK again: the named deliveries, or all events since a moment.

    \b
    Examples:
      dialer webhooks replay 3 4711
      dialer webhooks replay 3 --since 24h
    """
    if bool(deliveries) == (since is not None):
        raise UsageError("Name either deliveries or --since.")
    async with opened_store(session) as store:
        count = await store.webhooks.replay(
            None,
            webhook,
            delivery_ids=deliveries or None,
            since=None if since is None else instant_of(since),
            by=session.by,
            now=now(),
        )
    click.echo(f"{count:,} deliveries of webhook {webhook} are to be made again.")


@click.command()
@_webhook
@command
async def disable(session: Session, *, webhook: int) -> None:
    """Tell WEBHOOK nothing for now. Events meanwhile are not kept for it.

    \b
    Example:
      dialer webhooks disable 3
    """
    async with opened_store(session) as store:
        await store.webhooks.disable(None, webhook, by=session.by, now=now())
    click.echo(f"Webhook {webhook} is told nothing from now on.")


@click.command()
@_webhook
@command
async def enable(session: Session, *, webhook: int) -> None:
    """Tell WEBHOOK again, beginning with what was still to be delivered.

    \b
    Example:
      dialer webhooks enable 3
    """
    async with opened_store(session) as store:
        await store.webhooks.enable(None, webhook, by=session.by, now=now())
    click.echo(f"Webhook {webhook} is told of events again.")


@click.command()
@_webhook
@command
async def secret(session: Session, *, webhook: int) -> None:
    """Make a new secret for WEBHOOK; for a day deliveries are signed with the old one, too.

    \b
    Example:
      dialer webhooks secret 3
    """
    async with opened_store(session) as store:
        made = await store.webhooks.rotate(
            None, webhook, by=session.by, now=now(), wall=datetime.now(UTC)
        )
    click.echo(made)


@click.command()
@_webhook
@command
async def remove(session: Session, *, webhook: int) -> None:
    """Remove WEBHOOK with all its deliveries.

    \b
    Example:
      dialer webhooks remove 3
    """
    async with opened_store(session) as store:
        await store.webhooks.remove(None, webhook, by=session.by, now=now())
    click.echo(f"Webhook {webhook} is removed.")


@click.command()
@_webhook
@command
async def test(session: Session, *, webhook: int) -> None:
    """Have a test sent to WEBHOOK by the running service.

    \b
    Example:
      dialer webhooks test 3
    """
    async with opened_store(session) as store:
        made = await store.webhooks.test(None, webhook, by=session.by, now=now())
    click.echo(
        f"Delivery {made.id} is on its way; `dialer webhooks deliveries {webhook}` shows how it "
        "went."
    )
