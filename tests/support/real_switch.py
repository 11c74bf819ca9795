"""Two real FreeSWITCHes on loopback: the dialer's, and one that plays the public telephone network.

Each is one process with a configuration of its own, the least that such a switch needs, written
below into one `freeswitch.xml`. The carrier decides by the area code how a call goes (`Plan`), so a
test knows what must become of every number it has dialled.
"""

import asyncio
import os
import socket
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from freeswitch.commands import Api, fsctl_shutdown_now
from freeswitch.connection import EslConnection, SwitchAddress
from freeswitch.errors import ConnectionLost, FreeSwitchError
from freeswitch.messages import EventMessage

BINARY = os.environ.get("FREESWITCH_BIN")
"""The switch to test against, or None: then such tests are skipped."""
PASSWORD = "ClueCon"
GATEWAY = "carrier"
DEAD_GATEWAY = "dead"
START_SECONDS = 30.0
"""A switch is there within one to two seconds; a crowded machine may take ten times that."""
STOP_SECONDS = 10.0
RTP_PORTS = 400
"""Two ports a leg; the tests have some tens of legs."""

_MODULES = (
    "mod_event_socket",
    "mod_commands",
    "mod_dptools",
    "mod_dialplan_xml",
    "mod_sofia",
    "mod_sndfile",
    "mod_tone_stream",
    # Not everywhere; one that is missing is an error in the log and nothing else.
    "mod_avmd",
    "mod_json_cdr",
)
INBOUND = (
    r"^\+1",
    (("set", "dialer_inbound=true"), ("answer", ""), ("park", "")),
)
"""What the dialer's switch does with calls from outside."""

Steps = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the carrier treats the numbers of one area code."""

    area: str
    steps: Steps
    """Applications of the carrier's dialplan, in order, each with its argument."""


def answers(area: str, *, ring_ms: int, talk_ms: int) -> Plan:
    """Rings, is answered, hangs up by itself."""
    return Plan(
        area=area,
        steps=(
            ("ring_ready", ""),
            ("sleep", str(ring_ms)),
            ("answer", ""),
            ("sleep", str(talk_ms)),
            ("hangup", "NORMAL_CLEARING"),
        ),
    )


def refuses(area: str, cause: str) -> Plan:
    """Ends the call with this cause before it rings."""
    return Plan(area=area, steps=(("hangup", cause),))


def never_answers(area: str) -> Plan:
    """Rings for longer than anybody waits."""
    return Plan(area=area, steps=(("ring_ready", ""), ("sleep", "120000")))


def number(area: str, index: int) -> str:
    """A number from the range reserved for fiction: +1 NPA 555 0100 to 0199."""
    assert 0 <= index < 100, index
    return f"+1{area}55501{index:02d}"


class RealSwitch:
    """One FreeSWITCH process and its folder."""

    def __init__(
        self, binary: Path, root: Path, *, esl_port: int, password: str = PASSWORD
    ) -> None:
        self.root = root
        self.esl_port = esl_port
        self.sip_port = 0
        """Where it takes calls, once it is configured."""
        self._binary = binary
        self._password = password
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and return when its event socket lets us in."""
        modules = self._binary.parent.parent / "lib" / "freeswitch" / "mod"
        where = ["-mod", str(modules)] if modules.is_dir() else []
        for flag in ("conf", "log", "db", "run", "temp"):
            folder = self.root / flag
            folder.mkdir(exist_ok=True)
            where += [f"-{flag}", str(folder)]
        with (self.root / "console.log").open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                str(self._binary), "-nf", "-nonat", *where,
                # A pipe that stays open: at the end of its input a console prompts without end.
                stdin=asyncio.subprocess.PIPE, stdout=output, stderr=output,
            )  # fmt: skip
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await self._lets_us_in():
                    assert self._process.returncode is None, self.console()
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{self.root.name} did not start: {self.console()}") from None

    async def _lets_us_in(self) -> bool:
        try:
            # Gateways are loaded after the event socket listens.
            return "RUNNING" in await self.api("sofia status")
        except FreeSwitchError:
            return False

    async def kill(self) -> None:
        """End it as a power cut would; nothing if it does not run."""
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def shut_down(self) -> None:
        """`fsctl shutdown now`, and wait until it has gone."""
        assert self._process is not None
        with suppress(ConnectionLost):
            # It may be gone before its answer is sent.
            await self.api(fsctl_shutdown_now().text)
        async with asyncio.timeout(STOP_SECONDS):
            await self._process.wait()

    async def api(self, text: str) -> str:
        """Ask it something on a connection of our own."""
        address = SwitchAddress(host="127.0.0.1", port=self.esl_port, password=self._password)
        async with await EslConnection.open(address, on_event=_ignore) as connection:
            return await connection.api(Api(text))

    async def channels(self) -> int:
        """How many channels live on it."""
        answer = await self.api("show channels count")
        return int(answer.split()[0])

    @property
    def call_records(self) -> Path:
        """Where it writes how each call ended."""
        return self.root / "log" / "json_cdr"

    def console(self) -> str:
        """The last of what it printed."""
        return (self.root / "console.log").read_text(errors="replace")[-4000:]


@asynccontextmanager
async def real_switches(
    binary: Path,
    folder: Path,
    plans: Sequence[Plan],
    *,
    carrier_extensions: Sequence[tuple[str, Steps]] = (),
    pinged_gateway: bool = False,
) -> AsyncIterator[tuple[RealSwitch, RealSwitch]]:
    """The dialer's switch, with the gateway `carrier`, and the carrier; both stopped at the end.

    `carrier_extensions` are further telephones of the carrier, looked at before all others.
    `pinged_gateway` adds one named `dead`, behind which nobody answers the switch's pings.
    """
    ports = _free_ports()
    switch = RealSwitch(binary, folder / "switch", esl_port=ports.switch_esl)
    carrier = RealSwitch(binary, folder / "network", esl_port=ports.carrier_esl)
    _write(
        switch.root,
        esl_port=ports.switch_esl,
        sip_port=ports.switch_sip,
        rtp_port=ports.rtp,
        gateway_port=ports.carrier_sip,
        dead_port=9 if pinged_gateway else None,
        extensions=[INBOUND],
    )
    switch.sip_port, carrier.sip_port = ports.switch_sip, ports.carrier_sip
    agents = ("^agent", (("answer", ""), ("endless_playback", "silence_stream://-1")))
    _write(
        carrier.root,
        esl_port=ports.carrier_esl,
        sip_port=ports.carrier_sip,
        rtp_port=ports.rtp + RTP_PORTS,
        gateway_port=None,
        extensions=[
            *carrier_extensions,
            agents,
            *((rf"^\+1{plan.area}", plan.steps) for plan in plans),
        ],
    )
    try:
        await carrier.start()
        await switch.start()
        yield switch, carrier
    finally:
        # An orderly shutdown takes five seconds each, and nothing of theirs is kept.
        await switch.kill()
        await carrier.kill()


@dataclass(frozen=True, slots=True, kw_only=True)
class Telephone:
    """A telephone that registers with the dialer's switch, as its agent's account."""

    extension: str
    password: str
    server_port: int


@asynccontextmanager
async def carrier_with_telephones(
    binary: Path,
    folder: Path,
    extensions: Sequence[tuple[str, Steps]],
    *,
    telephones: Sequence[Telephone],
    sip_port: int,
) -> AsyncIterator[RealSwitch]:
    """A FreeSWITCH that is both: the public network, and the agents' telephones, which try to
    register at once and when told to (`sofia profile test register all`)."""
    ports = _free_ports()
    carrier = RealSwitch(binary, folder / "network", esl_port=ports.carrier_esl)
    carrier.sip_port = sip_port
    _write(
        carrier.root,
        esl_port=ports.carrier_esl,
        sip_port=sip_port,
        rtp_port=ports.rtp + RTP_PORTS,
        gateway_port=None,
        extensions=extensions,
        telephones=telephones,
    )
    try:
        await carrier.start()
        yield carrier
    finally:
        await carrier.kill()


@asynccontextmanager
async def another_switch(
    binary: Path, folder: Path, carrier: RealSwitch, *, dead_gateway: bool = False
) -> AsyncIterator[RealSwitch]:
    """A further switch of the dialer's, with the gateway `carrier` to the same carrier, and on
    demand one named `dead`, behind which nobody listens."""
    ports = _free_ports()
    switch = RealSwitch(binary, folder / "another", esl_port=ports.switch_esl)
    _write(
        switch.root,
        esl_port=ports.switch_esl,
        sip_port=ports.switch_sip,
        # Above those of the pair, which are told apart by the same number.
        rtp_port=29_184 + (os.getpid() % 8) * RTP_PORTS,
        gateway_port=carrier.sip_port,
        dead_port=ports.carrier_sip if dead_gateway else None,
        extensions=[],
    )
    switch.sip_port = ports.switch_sip
    try:
        await switch.start()
        yield switch
    finally:
        await switch.kill()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ports:
    switch_esl: int
    carrier_esl: int
    switch_sip: int
    carrier_sip: int
    rtp: int


def free_ports(count: int) -> tuple[int, ...]:
    """Ports that nobody has now, for TCP and UDP both."""
    with ExitStack() as held:
        found = []
        for _ in range(count):
            udp = held.enter_context(socket.socket(type=socket.SOCK_DGRAM))
            udp.bind(("127.0.0.1", 0))
            held.enter_context(socket.create_server(udp.getsockname()))
            found.append(udp.getsockname()[1])
    return tuple(found)


def _free_ports() -> _Ports:
    """Ports nobody has now. Another process may take one before the switch does; then the switch
    does not start and the test says so."""
    with ExitStack() as held:
        kinds = (socket.SOCK_STREAM, socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_DGRAM)
        sockets = [held.enter_context(socket.socket(type=kind)) for kind in kinds]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        esl, carrier_esl, sip, carrier_sip = (each.getsockname()[1] for each in sockets)
    # Below the range the system gives out by itself; processes of one machine differ by their id.
    rtp = 16_384 + (os.getpid() % 16) * 2 * RTP_PORTS
    return _Ports(
        switch_esl=esl,
        carrier_esl=carrier_esl,
        switch_sip=sip,
        carrier_sip=carrier_sip,
        rtp=rtp,
    )


# ---- configuration ----------------------------------------------------------------------------
def _write(
    root: Path,
    *,
    esl_port: int,
    sip_port: int,
    rtp_port: int,
    gateway_port: int | None,
    extensions: Sequence[tuple[str, Steps]],
    dead_port: int | None = None,
    telephones: Sequence[Telephone] = (),
) -> None:
    document = ET.Element("document", type="freeswitch/xml")
    configuration = ET.SubElement(document, "section", name="configuration")
    loaded = _configuration(configuration, "modules.conf", "modules")
    for module in _MODULES:
        ET.SubElement(loaded, "load", module=module)
    _params(
        _configuration(configuration, "switch.conf", "settings"),
        {
            "max-sessions": 500,
            "sessions-per-second": 200,
            "rtp-start-port": rtp_port,
            "rtp-end-port": rtp_port + RTP_PORTS - 2,
            "loglevel": "warning",
            # The machine is shared with the test: a busy second must not refuse calls.
            "min-idle-cpu": 0,
        },
    )
    _params(
        _configuration(configuration, "event_socket.conf", "settings"),
        {"listen-ip": "127.0.0.1", "listen-port": esl_port, "password": PASSWORD},
    )
    _params(
        _configuration(configuration, "json_cdr.conf", "settings"),
        {"log-dir": "", "prefix-a-leg": "false", "log-b-leg": "true", "encode-values": "false"},
    )
    profiles = _configuration(configuration, "sofia.conf", "profiles")
    _sofia(profiles, sip_port, gateway_port, dead_port, telephones)
    dialplan = ET.SubElement(document, "section", name="dialplan")
    _dialplan(ET.SubElement(dialplan, "context", name="public"), extensions)
    (root / "conf").mkdir(parents=True)
    ET.ElementTree(document).write(root / "conf" / "freeswitch.xml", encoding="unicode")


def _sofia(
    profiles: ET.Element,
    sip_port: int,
    gateway_port: int | None,
    dead_port: int | None,
    telephones: Sequence[Telephone],
) -> None:
    profile = ET.SubElement(profiles, "profile", name="test")
    gateways = ET.SubElement(profile, "gateways")
    for name, port in ((GATEWAY, gateway_port), (DEAD_GATEWAY, dead_port)):
        if port is None:
            continue
        _params(
            ET.SubElement(gateways, "gateway", name=name),
            {
                "proxy": f"127.0.0.1:{port}",
                "register": "false",
                "caller-id-in-from": "true",
                # The discard port answers nobody: down after the first ping, in five seconds.
                **({"ping": 5, "ping-max": 1, "ping-min": 1} if port == 9 else {}),
            },
        )
    for one in telephones:
        _params(
            ET.SubElement(gateways, "gateway", name=f"phone{one.extension}"),
            {
                "proxy": f"127.0.0.1:{one.server_port}",
                "realm": "127.0.0.1",
                "username": one.extension,
                "password": one.password,
                "extension": one.extension,
                "context": "public",
                "register": "true",
                "expire-seconds": 120,
                "retry-seconds": 5,
            },
        )
    _params(
        ET.SubElement(profile, "settings"),
        {
            "sip-ip": "127.0.0.1",
            "rtp-ip": "127.0.0.1",
            "sip-port": sip_port,
            "dialplan": "XML",
            "context": "public",
            "codec-prefs": "PCMU",
            # Loopback only, for the length of a test.
            "auth-calls": "false",
            "enable-chat": "false",
            "manage-presence": "false",
            "rtp-timer-name": "soft",
        },
    )


def _dialplan(context: ET.Element, extensions: Sequence[tuple[str, Steps]]) -> None:
    for pattern, steps in extensions:
        extension = ET.SubElement(context, "extension", name=pattern)
        condition = ET.SubElement(
            extension, "condition", field="destination_number", expression=pattern
        )
        for application, data in steps:
            ET.SubElement(condition, "action", application=application, data=data)


def _configuration(section: ET.Element, name: str, inner: str) -> ET.Element:
    return ET.SubElement(ET.SubElement(section, "configuration", name=name), inner)


def _params(parent: ET.Element, values: dict[str, object]) -> None:
    for name, value in values.items():
        ET.SubElement(parent, "param", name=name, value=str(value))


def _ignore(message: EventMessage) -> None:
    """Nothing is subscribed to on these connections."""
