"""Webhooks, pure: what is told, how it is signed, when it is tried again, and where it may go.

A delivery is a POST of JSON with four headers:

    Dialer-Event      call.ended
    Dialer-Delivery   the id of the event, the same in every try of it
    Dialer-Sequence   counts the webhook's events from 1, without gaps
    Dialer-Signature  t=1772463600,v1=HEX[,v1=HEX]

HEX is HMAC-SHA256, keyed with the webhook's secret, over the digits of `t`, a dot, and the body as
it came. There are two of them for a day after a new secret was made; one that fits is enough.
"""

import enum
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

SECRET_PREFIX = "whsec_"  # noqa: S105 - what all secrets begin with
SECRET_BYTES = 32
SIGNATURE = "Dialer-Signature"
TOLERANCE_SECONDS = 300.0
"""A receiver refuses what was signed longer ago, so that nobody can send it again."""
OLD_SECRET_LASTS = timedelta(hours=24)
FIRST_WAIT_SECONDS = 5.0
WAIT_SECONDS_MAX = 6 * 3600.0
TRIES_MAX = 24
"""With the waits doubling from five seconds to six hours: two to three days."""
FAILING_MAX = timedelta(days=3)
"""A webhook that took nothing for so long is switched off."""
GATE_SECONDS_MAX = 300.0
"""A receiver that does not answer is tried with one delivery at most so often."""
URL_CHARS_MAX = 2000

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_WRAPPED = tuple(
    map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
)
"""IPv6 addresses that have an IPv4 one inside: they would lead around every rule about that."""


@enum.unique
class WebhookEvent(enum.StrEnum):
    """What a webhook can be told of."""

    CALL_ENDED = "call.ended"
    """Data: the result, as GET /results has it."""
    CALL_DISPOSED = "call.disposed"
    """The agent said how it went, or said something else. Data: the result."""
    HANDED_OVER = "lead.handed_over"
    """An interested lead was given to a specialist. Data: who, to whom, and what was said."""
    CALLBACK_MADE = "callback.made"
    CALLBACK_KEPT = "callback.kept"
    CALLBACK_LATE = "callback.late"
    CALLBACK_MISSED = "callback.missed"
    CALLBACK_CANCELLED = "callback.cancelled"
    DO_NOT_CALL = "do_not_call.added"
    """Somebody asked not to be called. Data: number, list, reason."""
    CAMPAIGN_STATE = "campaign.state"
    """Started, paused or stopped. Data: campaign, state."""
    TEST = "webhook.test"
    """Sent on request, whatever the webhook asks for."""


ASKABLE = tuple(event for event in WebhookEvent if event is not WebhookEvent.TEST)


class BadWebhook(ValueError):  # noqa: N818 - read at the call as "address or BadWebhook"
    """The address cannot be used; the message says what to write."""


def new_secret() -> str:
    """A secret to sign with."""
    return SECRET_PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def signature(body: bytes, *, at: int, keys: Sequence[str]) -> str:
    """The header Dialer-Signature for a body that is sent at that Unix second."""
    return ",".join([f"t={at}", *(f"v1={_mac(body, at, key)}" for key in keys)])


def is_genuine(
    body: bytes, header: str, *, key: str, now: float, tolerance: float = TOLERANCE_SECONDS
) -> bool:
    """What a receiver asks: was it signed with my secret, and just now?"""
    parts = [part.partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit()) or len(times[0]) > 12:
        return False
    wanted = _mac(body, int(times[0]), key)
    fits = any(
        hmac.compare_digest(wanted.encode(), value.encode())
        for name, _, value in parts
        if name == "v1"
    )
    return fits and abs(now - int(times[0])) <= tolerance


def _mac(body: bytes, at: int, key: str) -> str:
    return hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def wait_seconds(tries: int, *, luck: float) -> float:
    """How long to wait after that many tries that failed; `luck` in [0, 1) spreads receivers' load.

    Doubling, and between half and the whole of it.
    """
    whole = min(FIRST_WAIT_SECONDS * 2.0 ** min(tries - 1, 30), WAIT_SECONDS_MAX)
    return whole * (0.5 + luck / 2)


def gate_seconds(failures: int) -> float:
    """How long nothing at all is sent to a receiver that did not answer so often in a row."""
    return min(FIRST_WAIT_SECONDS * 2.0 ** min(failures - 1, 30), GATE_SECONDS_MAX)


def is_disabled_by(status: int | None, failing_since: datetime | None, now: datetime) -> str | None:
    """Why a webhook is switched off after such an answer; None when it is not."""
    if status == 410:
        return "The receiver said that it is gone for good (410)."
    if failing_since is not None and now - failing_since >= FAILING_MAX:
        return f"It took nothing for {FAILING_MAX.days} days."
    return None


def checked_url(url: str, allowed: Collection[Network]) -> str:
    """The URL as it may be called. Raises BadWebhook.

    HTTPS, or HTTP to an address in a network that the settings allow.
    """
    if len(url) > URL_CHARS_MAX or not url.isascii() or not url.isprintable() or " " in url:
        raise BadWebhook(f"url has plain ASCII characters without blanks, at most {URL_CHARS_MAX}.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadWebhook("url cannot be read. Write https://host/path.") from error
    if parts.scheme not in ("https", "http") or not host:
        raise BadWebhook("url does not begin with https:// and a host.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadWebhook("url has a user, a password or a fragment; the signature shows who sends.")
    if port == 0:
        raise BadWebhook("url has port 0, which nobody listens on.")
    literal = _literal(host)
    if literal is not None and not is_allowed(literal, allowed):
        raise BadWebhook(_FORBIDDEN)
    if parts.scheme == "http" and (literal is None or not _is_in(literal, allowed)):
        raise BadWebhook("url begins with http://. Use https://, so that nobody reads along.")
    return url


_FORBIDDEN = (
    "url leads into a private network. Name a public address, or have the network allowed by the "
    "setting webhooks.networks."
)


def is_allowed(address: Address, allowed: Collection[Network]) -> bool:
    """True for an address of the public network, or of one that the settings allow."""
    inner = getattr(address, "ipv4_mapped", None)
    if inner is not None:
        address = inner
    if _is_in(address, allowed):
        return True
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not _is_in(address, _WRAPPED)
    )


def _is_in(address: Address, networks: Collection[Network]) -> bool:
    return any(address.version == one.version and address in one for one in networks)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
