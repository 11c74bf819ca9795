"""Sending one delivery to an address somebody gave us, without becoming their tool.

The name is looked up once, every address it has must be allowed, and the connection goes to that
very address: a name that leads elsewhere a moment later leads nowhere. Redirects are not followed,
and of the answer only the status is read.
"""

import asyncio
import ipaddress
import json
import socket
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Any

import httpx

from campaigns.store.webhook_queue import TakenDelivery, Tried
from campaigns.webhooks import SIGNATURE, Address, Network, is_allowed, signature

CONNECT_SECONDS_MAX = 5.0
TRY_SECONDS_MAX = 15.0
"""A receiver that needs longer should answer first and work afterwards."""
CONNECTIONS_MAX = 20
USER_AGENT = "predictive-dialer-webhooks/1"

Look = Callable[[str, int], Awaitable[Sequence[str]]]


class WebhookHttp:
    """An HTTP client for deliveries."""

    def __init__(
        self,
        *,
        allowed: Collection[Network] = (),
        look: Look | None = None,
        wall: Callable[[], float] = time.time,
        **client: Any,
    ) -> None:
        """`allowed` are networks beside the public one; `look` gives a host's addresses. `client`
        are further words for httpx, such as `verify`."""
        self._allowed = tuple(allowed)
        self._look = look or _look_up
        self._wall = wall
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(TRY_SECONDS_MAX, connect=CONNECT_SECONDS_MAX),
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=0),
            follow_redirects=False,
            # Settings of the environment, such as a proxy, would lead around the check.
            trust_env=False,
            **client,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def send(self, delivery: TakenDelivery) -> Tried:
        """Try it once. Never raises for what a receiver does."""
        body = body_of(delivery)
        try:
            async with asyncio.timeout(TRY_SECONDS_MAX):
                return await self._post(delivery, body)
        except TimeoutError:
            return Tried(status=None, error=f"no answer within {TRY_SECONDS_MAX:g} seconds")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            return Tried(status=None, error=_words(error))

    async def _post(self, delivery: TakenDelivery, body: bytes) -> Tried:
        url = httpx.URL(delivery.url)
        port = url.port or (443 if url.scheme == "https" else 80)
        address = await self._address(url.host, port)
        if address is None:
            return Tried(status=None, error="the address leads into a private network")
        at = int(self._wall())
        request = self._client.build_request(
            "POST",
            url.copy_with(host=str(address)),
            content=body,
            headers={
                "Host": url.netloc.decode("ascii"),
                "Content-Type": "application/json",
                "User-Agent": USER_AGENT,
                "Dialer-Event": delivery.event,
                "Dialer-Delivery": delivery.event_id,
                "Dialer-Sequence": str(delivery.sequence),
                SIGNATURE: signature(body, at=at, keys=delivery.keys),
            },
            extensions={"sni_hostname": url.host},
        )
        response = await self._client.send(request, stream=True)
        await response.aclose()
        taken = 200 <= response.status_code < 300
        return Tried(
            status=response.status_code, error=None if taken else "the receiver did not take it"
        )

    async def _address(self, host: str, port: int) -> Address | None:
        """Where to connect; None when any address of the host is not allowed."""
        try:
            found: Sequence[str] = [str(ipaddress.ip_address(host))]
        except ValueError:
            found = await self._look(host, port)
        addresses = [ipaddress.ip_address(each.partition("%")[0]) for each in found]
        if not addresses or not all(is_allowed(each, self._allowed) for each in addresses):
            return None
        return addresses[0]


def body_of(delivery: TakenDelivery) -> bytes:
    """What is sent; the same in every try."""
    said = {
        "id": delivery.event_id,
        "event": delivery.event,
        "sequence": delivery.sequence,
        "created_at": _utc(delivery.created_at),
        "data": delivery.data,
    }
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def _utc(at: datetime) -> str:
    return at.isoformat()


async def _look_up(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


def _words(error: Exception) -> str:
    """A few words for the person who looks at the delivery."""
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0][:300]}" if said else type(error).__name__
