"""Writes the configuration of a FreeSWITCH that serves the dialer.

`conf/` holds what is the same for everybody and is copied as it is. What differs (addresses, ports,
passwords, gateways) is written here into a few small files of FreeSWITCH's pre-processor
(switch_xml.c): `vars.xml`, `dialers.xml`, `carriers.xml` and one file for each gateway.
"""

import ipaddress
import secrets
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from importlib.resources.abc import Traversable

from freeswitch import values
from freeswitch.errors import UnsafeValue

PASSWORD_BYTES = 32
"""In base 64, without the signs XML or a URL would mind: 43 characters."""

DIALER_USER = "dialer@event-socket.invalid"
"""The user of `conf/directory.xml` that the dialer logs in as."""

DIALER_APIS = (
    "hupall",
    "module_exists",
    "originate",
    "sched_hangup",
    "show",
    "sofia",
    "status",
    "uuid_bridge",
    "uuid_displace",
    "uuid_dump",
    "uuid_exists",
    "uuid_getvar",
    "uuid_kill",
    "uuid_park",
    "uuid_record",
    "uuid_recv_dtmf",
    "uuid_send_dtmf",
    "uuid_setvar",
    "uuid_transfer",
    "version",
)
"""The API calls our builders make, and no other: all that the dialer's user may call. None of them
runs a program by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A carrier. Every field is checked on construction; UnsafeValue names the field."""

    name: str
    host: str
    port: int = 5060
    username: str | None = None
    """For a carrier that wants a login; None where our address is enough."""
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        values.name("gateway", self.name)
        values.domain("gateway host", self.host)
        values.integer("gateway port", self.port, 1, 65_535)
        if (self.username is None) != (self.password is None):
            raise UnsafeValue("gateway login", self.username, "a user name and a password, or none")
        if self.username is not None:
            values.extension("gateway user name", self.username)

    def document(self) -> ET.Element:
        """`gateways/<name>.xml`."""
        top = ET.Element("include")
        gateway = ET.SubElement(top, "gateway", name=self.name)
        _params(
            gateway,
            {
                "proxy": f"{self.host}:{self.port}",
                "register": "false",
                **(
                    {}
                    if self.username is None
                    else {"username": self.username, "password": self.password or ""}
                ),
                # The number shown to a lead is the campaign's, not the login.
                "caller-id-in-from": "true",
                # OPTIONS tell a dead carrier from a quiet one before a lead's call is spent on it.
                "ping": "20",
                "ping-max": "3",
                "ping-min": "1",
                "context": "trunks",
            },
        )
        return top


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Random passwords, one for each door."""

    dialer: str
    event_socket: str
    directory: str

    @classmethod
    def make(cls) -> "Secrets":
        """New ones."""
        return cls(**{name: secrets.token_urlsafe(PASSWORD_BYTES) for name in cls.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchConfiguration:
    """What differs between one installation and another."""

    secrets: Secrets
    gateways: tuple[Gateway, ...]
    domain: str = "127.0.0.1"
    """Domain of the agents' registrations: what their telephones call the server."""
    event_socket_address: str = "127.0.0.1"
    event_socket_port: int = 8021
    dialers: tuple[str, ...] = ("127.0.0.1/32",)
    """Networks the dialer connects from."""
    carriers: tuple[str, ...] = ()
    """Networks that calls back come from; none refuses them all."""
    agents_address: str = "127.0.0.1"
    agents_public_address: str | None = None
    agents_port: int = 5062
    websocket_address: str = "127.0.0.1"
    websocket_port: int = 5066
    trunks_address: str = "127.0.0.1"
    trunks_public_address: str | None = None
    trunks_port: int = 5080
    directory_host: str = "127.0.0.1"
    """Where the dialer answers for its agents' telephones (settings web.host and web.port)."""
    directory_port: int = 9470
    sessions_max: int = 1000
    sessions_per_second: int = 200
    rtp_port_first: int = 16_384
    rtp_port_last: int = 32_767

    def __post_init__(self) -> None:
        values.domain("domain", self.domain)
        for name in ("event_socket_address", "agents_address", "websocket_address",
                     "trunks_address", "directory_host"):  # fmt: skip
            values.domain(name.replace("_", " "), getattr(self, name))
        for name in ("agents_public_address", "trunks_public_address"):
            if getattr(self, name) is not None:
                values.domain(name.replace("_", " "), getattr(self, name))
        for name in ("event_socket_port", "agents_port", "websocket_port", "trunks_port",
                     "directory_port", "rtp_port_first", "rtp_port_last"):  # fmt: skip
            values.integer(name.replace("_", " "), getattr(self, name), 1, 65_535)
        values.integer("sessions", self.sessions_max, 2, 100_000)
        values.integer("sessions per second", self.sessions_per_second, 2, 10_000)
        if self.rtp_port_first >= self.rtp_port_last:
            raise UnsafeValue("last RTP port", self.rtp_port_last, "one above the first")
        for network in (*self.dialers, *self.carriers):
            _network(network)
        if len({gateway.name for gateway in self.gateways}) != len(self.gateways):
            raise UnsafeValue("gateways", [one.name for one in self.gateways], "each named once")

    def files(self) -> dict[str, bytes]:
        """Every file by its path below the configuration folder."""
        found = dict(_static(resources.files("freeswitch") / "conf", ""))
        found["vars.xml"] = _variables(self._variables())
        found["dialers.xml"] = _networks(self.dialers)
        found["carriers.xml"] = _networks(self.carriers)
        for gateway in self.gateways:
            found[f"gateways/{gateway.name}.xml"] = _bytes(gateway.document())
        return found

    def _variables(self) -> dict[str, object]:
        return {
            "domain": self.domain,
            "event_socket_address": self.event_socket_address,
            "event_socket_port": self.event_socket_port,
            "event_socket_password": self.secrets.event_socket,
            "dialer_password": self.secrets.dialer,
            "dialer_apis": " ".join(DIALER_APIS),
            "directory_url": (
                f"http://{self.directory_host}:{self.directory_port}/switch/directory"
            ),
            "directory_user": "switch",
            "directory_password": self.secrets.directory,
            "agents_address": self.agents_address,
            "agents_public_address": self.agents_public_address or self.agents_address,
            "agents_port": self.agents_port,
            "websocket_binding": f"{self.websocket_address}:{self.websocket_port}",
            "trunks_address": self.trunks_address,
            "trunks_public_address": self.trunks_public_address or self.trunks_address,
            "trunks_port": self.trunks_port,
            "sessions_max": self.sessions_max,
            "sessions_per_second": self.sessions_per_second,
            "rtp_port_first": self.rtp_port_first,
            "rtp_port_last": self.rtp_port_last,
        }


def _static(folder: Traversable, path: str) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for each in sorted(folder.iterdir(), key=lambda one: one.name):
        if each.is_dir():
            found.update(_static(each, f"{path}{each.name}/"))
        elif each.name.endswith(".xml"):
            found[f"{path}{each.name}"] = each.read_bytes()
    return found


def _variables(variables: Mapping[str, object]) -> bytes:
    top = ET.Element("include")
    for name, value in variables.items():
        ET.SubElement(top, "X-PRE-PROCESS", cmd="set", data=f"{name}={value}")
    return _bytes(top)


def _networks(networks: tuple[str, ...]) -> bytes:
    top = ET.Element("include")
    for network in networks:
        ET.SubElement(top, "node", type="allow", cidr=_network(network))
    return _bytes(top)


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise UnsafeValue("network", text, "a network such as 192.0.2.0/24") from error


def _params(parent: ET.Element, params: Mapping[str, str]) -> None:
    for name, value in params.items():
        ET.SubElement(parent, "param", name=name, value=value)


def _bytes(document: ET.Element) -> bytes:
    ET.indent(document)
    text = ET.tostring(document, encoding="unicode", short_empty_elements=True)
    return f"{text}\n".encode()
