"""From what a file or the environment holds to a value that is allowed, or a sentence why not."""

import ipaddress
import re
import zoneinfo
from collections.abc import Callable, Mapping
from pathlib import Path

from dialer.settings.tree import Network, NodeSettings, TrunkSettings

NAME = re.compile(r"(?!.*(?i:mod_event_socket))[A-Za-z0-9_-]{1,64}")
"""Gateway and dialer names go to the switch, so they are held to what its parsers leave alone."""
HOST = re.compile(r"[A-Za-z0-9_.:-]{1,253}")
DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]|\.(?=[A-Za-z0-9])){0,252}")
"""It goes to the switch within an agent's address, where a colon would begin a port."""
USER = re.compile(r"[A-Za-z0-9_-]{1,64}@[A-Za-z0-9.-]{1,253}")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")

Value = object
Parser = Callable[[Value], Value]


class NotAllowedError(Exception):
    """A value that its setting does not take."""


def integer(minimum: int, maximum: int) -> Parser:
    allowed = f"a whole number from {minimum} to {maximum}"

    def parse(value: Value) -> int:
        try:
            number = int(value) if isinstance(value, str) else value
        except ValueError:
            raise NotAllowedError(allowed) from None
        if isinstance(number, bool) or not isinstance(number, int):
            raise NotAllowedError(allowed)
        if not minimum <= number <= maximum:
            raise NotAllowedError(allowed)
        return number

    return parse


def decimal(minimum: float, maximum: float) -> Parser:
    allowed = f"a number from {minimum:g} to {maximum:g}"

    def parse(value: Value) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise NotAllowedError(allowed)
        try:
            number = float(value)
        except ValueError:
            raise NotAllowedError(allowed) from None
        if not minimum <= number <= maximum:
            raise NotAllowedError(allowed)
        return number

    return parse


def boolean(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    word = value.lower() if isinstance(value, str) else ""
    if word not in _TRUE + _FALSE:
        raise NotAllowedError("true or false")
    return word in _TRUE


def matching(pattern: re.Pattern[str], allowed: str, *, may_be_empty: bool = False) -> Parser:
    def parse(value: Value) -> str:
        if isinstance(value, str) and (pattern.fullmatch(value) or (may_be_empty and not value)):
            return value
        raise NotAllowedError(allowed + (", or nothing" if may_be_empty else ""))

    return parse


def one_of(*words: str) -> Parser:
    def parse(value: Value) -> str:
        if isinstance(value, str) and value in words:
            return value
        raise NotAllowedError("one of " + ", ".join(words))

    return parse


def line(value: Value) -> str:
    if not isinstance(value, str) or any(c in value for c in "\r\n\0"):
        raise NotAllowedError("one line of text")
    return value


def path(value: Value) -> Path:
    return Path(line(value)).expanduser()


def path_or_none(value: Value) -> Path | None:
    """None for an empty line."""
    return path(value) if line(value) else None


def url(value: Value) -> str | None:
    text = line(value)
    if text and not text.startswith(("postgresql://", "postgresql+psycopg://", "postgres://")):
        raise NotAllowedError("a postgresql:// address, or nothing for the embedded PostgreSQL")
    return text or None


def origin(value: Value) -> str:
    """`https://host[:port]`, without a path."""
    text = line(value).rstrip("/")
    if text and not re.fullmatch(r"https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?", text):
        raise NotAllowedError("an address such as https://dialer.example.com, without a path")
    return text


def socket_url(value: Value) -> str:
    """`wss://host[:port]/path`, or a path on the desk's own address."""
    text = line(value)
    host = r"wss?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?"
    if text and not re.fullmatch(rf"({host})?(/[A-Za-z0-9._~/-]*)?", text):
        raise NotAllowedError("an address such as wss://dialer.example.com/sip, or a path, /sip")
    return text


def zone(value: Value) -> str:
    """A time zone's name."""
    text = line(value)
    try:
        return zoneinfo.ZoneInfo(text).key if text else ""
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise NotAllowedError("a time zone's name, such as Asia/Baku") from None


def networks(value: Value) -> tuple[Network, ...]:
    """Networks, such as `10.1.0.0/16, fd00::/8`."""
    try:
        return tuple(
            ipaddress.ip_network(each.strip()) for each in line(value).split(",") if each.strip()
        )
    except ValueError as error:
        raise NotAllowedError("networks such as 10.1.0.0/16, separated by commas") from error


_trunk_name = matching(NAME, "letters, digits, - and _")
_trunk_channels = integer(1, 100_000)
_trunk_rate = decimal(0.1, 10_000)


def trunks(value: Value) -> tuple[TrunkSettings, ...]:
    """Tables of TOML, or `name:channels_max:calls_per_second,…` from the environment."""
    keys = ("name", "channels_max", "calls_per_second")
    if isinstance(value, str):
        value = [dict(zip(keys, one.split(":"), strict=False)) for one in value.split(",") if one]
    if not isinstance(value, list | tuple):
        raise NotAllowedError("a list of tables [[trunks]]")
    trunks = []
    for one in value:
        if not isinstance(one, Mapping) or set(one) != set(keys):
            raise NotAllowedError("tables [[trunks]] of exactly " + ", ".join(keys))
        trunks.append(
            TrunkSettings(
                name=str(_trunk_name(one["name"])),
                channels_max=int(str(_trunk_channels(one["channels_max"]))),
                calls_per_second=float(str(_trunk_rate(one["calls_per_second"]))),
            )
        )
    if len({trunk.name for trunk in trunks}) != len(trunks):
        raise NotAllowedError("each trunk named once")
    return tuple(trunks)


_node_host = matching(HOST, "a host name or address")
_node_port = integer(1, 65535)
_node_user = matching(USER, "a name, @ and a domain", may_be_empty=True)
_node_domain = matching(DOMAIN, "a host name or IPv4 address", may_be_empty=True)
_NODE_KEYS = frozenset({"name", "host", "port", "user", "password", "domain", "sounds", "teams"})


def switches(value: Value) -> tuple[NodeSettings, ...]:
    """Tables of TOML, or `name@host:port,…` from the environment."""
    if isinstance(value, str):
        value = [_node_words(one) for one in value.split(",") if one]
    if not isinstance(value, list | tuple):
        raise NotAllowedError("a list of tables [[switches]]")
    nodes = []
    for one in value:
        is_table = isinstance(one, Mapping) and {"name", "host"} <= set(one) <= _NODE_KEYS
        teams = one.get("teams", []) if is_table else None
        if not isinstance(teams, list | tuple):
            raise NotAllowedError(
                "tables [[switches]] of name, host, and as you like port, user, password, domain, "
                "sounds, and teams (a list of names)"
            )
        nodes.append(
            NodeSettings(
                name=str(_trunk_name(one["name"])),
                host=str(_node_host(one["host"])),
                port=int(str(_node_port(one.get("port", 8021)))),
                user=str(_node_user(one.get("user", ""))),
                password=line(one.get("password", "")),
                domain=str(_node_domain(one.get("domain", ""))),
                sounds=line(one.get("sounds", "")),
                teams=tuple(line(team) for team in teams),
            )
        )
    if len({node.name for node in nodes}) != len(nodes):
        raise NotAllowedError("each switch named once")
    homes = [team for node in nodes for team in node.teams]
    if len(set(homes)) != len(homes):
        raise NotAllowedError("each team at home on one switch only")
    return tuple(nodes)


def _node_words(text: str) -> dict[str, str]:
    name, _, where = text.partition("@")
    host, _, port = where.rpartition(":")
    return {"name": name, "host": host, "port": port}
