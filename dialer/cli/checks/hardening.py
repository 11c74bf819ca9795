"""Is the switch set up to do its work, and to do nothing for strangers?

What the dialer's own login may see is looked at always: modules, capacity, its own rights. The
configuration as FreeSWITCH holds it (`xml_locate`) is looked at when the login may ask for it, as
the administrator's may; `dialer doctor --admin` asks for that password.
"""

import asyncio
import contextlib
import ipaddress
import re
import socket
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dialer.cli.checks.findings import Finding, bad, note, ok
from dialer.settings import Settings
from freeswitch.commands import Api
from freeswitch.connection import EslConnection
from freeswitch.errors import CommandRefused

WELL_KNOWN = "ClueCon"
"""The password in FreeSWITCH's example configuration (mod_event_socket.c)."""
NEEDED = (
    "mod_commands", "mod_dptools", "mod_sofia", "mod_sndfile", "mod_tone_stream",
)  # fmt: skip
SESSIONS_PER_LEG = 1.3
LAUNCH_HEADROOM = 4
"""Sessions per second are a fuse: four times what the trunks launch, so that it never blows."""
HEARTBEAT_SECONDS_MAX = 5
_CONNECT_SECONDS_MAX = 1.0
_SESSIONS_MAX = re.compile(r"([\d,]+) session\(s\) max")
_SESSIONS_PER_SECOND = re.compile(r"per Sec out of max ([\d,]+)")


async def check_hardening(
    opened: EslConnection, settings: Settings, *, host: str, port: int, password: str
) -> list[Finding]:
    """Everything this login may see."""
    findings = [_password(password, host)]
    findings += [await _rights(opened), await _modules(opened, settings)]
    findings += _capacity(await opened.api(Api("status")), settings)
    if _is_local(host):
        findings += [await _open_to_the_world(port), _user_of_the_switch(Path("/proc"))]
    findings += await check_configuration(opened)
    return findings


def _password(password: str, host: str) -> Finding:
    if password != WELL_KNOWN:
        return ok("switch password", "It is not FreeSWITCH's well-known one.")
    text = "It is FreeSWITCH's well-known one; whoever reaches the event socket owns the machine."
    fix = "Write a configuration with `dialer switch init`, or set a long random one on both ends."
    return (
        note("switch password", text, fix) if _is_local(host) else bad("switch password", text, fix)
    )


async def _rights(opened: EslConnection) -> Finding:
    """Whether this login may run programs; `true` is one that does nothing."""
    try:
        await opened.api(Api("system true"))
    except CommandRefused:
        return ok("switch rights", "The dialer's login may not run programs.")
    return note(
        "switch rights",
        "The dialer's login may run programs on the switch.",
        "Let it log in as a user with a list of API functions: `dialer switch init` writes one.",
    )


async def _modules(opened: EslConnection, settings: Settings) -> Finding:
    wanted = [*NEEDED, "mod_xml_curl"] if settings.web.switch_password else list(NEEDED)
    missing = []
    for module in wanted:
        try:
            answer = await opened.api(Api(f"module_exists {module}"))
        except CommandRefused:
            return note(
                "switch modules", "This login may not ask which are loaded.",
                "Add module_exists to its esl-allowed-api.",
            )  # fmt: skip
        if answer.strip() == "false":
            missing.append(module)
        elif answer.strip() != "true":
            return note("switch modules", f"It does not say which are loaded: {answer.strip()!r}.")
    if missing:
        fix = f"Load {' and '.join(missing)} in modules.conf.xml, or install the packages."
        return bad("switch modules", f"Not loaded: {', '.join(missing)}.", fix)
    return ok("switch modules", "All that are needed are loaded.")


def _capacity(status: str, settings: Settings) -> list[Finding]:
    """Limits of the switch against those of the trunks."""
    found = []
    lines = sum(trunk.channels_max for trunk in settings.trunks)
    if (match := _SESSIONS_MAX.search(status)) is not None:
        most = int(match[1].replace(",", ""))
        # Every line may be a conversation, whose agent has a leg, too.
        wanted = int(lines * SESSIONS_PER_LEG)
        said = (
            f"At most {most:,} sessions, with {lines:,} lines on the trunks and the agents' legs."
        )
        fix = f"Set max-sessions in switch.conf.xml to more than {wanted:,} and the agents."
        found.append(
            ok("switch sessions", said) if most > wanted else bad("switch sessions", said, fix)
        )
    if (match := _SESSIONS_PER_SECOND.search(status)) is not None:
        most = int(match[1].replace(",", ""))
        rate = sum(trunk.calls_per_second for trunk in settings.trunks)
        said = f"At most {most:,} new sessions a second, with {rate:g} launched on the trunks."
        wanted = max(200, int(rate * LAUNCH_HEADROOM))
        fix = f"Set sessions-per-second in switch.conf.xml to {wanted}."
        is_enough = most > rate * LAUNCH_HEADROOM
        found.append(ok("switch rate", said) if is_enough else bad("switch rate", said, fix))
    return found


async def _open_to_the_world(port: int) -> Finding:
    """Does the event socket answer on this machine's other addresses?"""
    for address in _own_addresses():
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_CONNECT_SECONDS_MAX):
                reader, writer = await asyncio.open_connection(address, port)
                said = await reader.read(64)
                writer.close()
                await writer.wait_closed()
            if b"auth/request" in said:
                return bad(
                    "switch door",
                    f"Its event socket lets strangers try passwords on {address}, port {port}.",
                    "Set listen-ip to 127.0.0.1 and apply-inbound-acl in event_socket.conf.xml.",
                )
    return ok("switch door", "Its event socket answers on the loopback address alone.")


def _own_addresses() -> Sequence[str]:
    """Addresses of this machine that others can reach, as far as its name and routes tell."""
    found = set()
    with contextlib.suppress(OSError):
        found |= {str(one[4][0]) for one in socket.getaddrinfo(socket.gethostname(), None)}
    # The source address of a route out; nothing is sent.
    for family, away in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((away, 9))
            found.add(str(probe.getsockname()[0]))
    return sorted(one for one in found if not _is_local(one.partition("%")[0]))


def _user_of_the_switch(processes: Path) -> Finding:
    for command in processes.glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if command.read_text().strip() == "freeswitch" and command.stat().st_uid == 0:
                return bad(
                    "switch user",
                    f"FreeSWITCH runs as root (process {command.parent.name}).",
                    "Run it as a user of its own: User=freeswitch in its systemd unit.",
                )
    return ok("switch user", "No FreeSWITCH of this machine runs as root.")


# ---- the configuration ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Rule:
    """One parameter, and what it must be."""

    param: str
    is_right: Callable[[str | None], bool]
    danger: str
    fix: str


def _is(word: str) -> Callable[[str | None], bool]:
    return lambda value: value is not None and value.strip().lower() == word


_OFF = _is("false")
_PROFILE_RULES = (
    _Rule(
        "enable-chat", _OFF, "a SIP MESSAGE can run programs (sofia_presence.c)",
        'Set enable-chat to "false" on it and restart the profile.',
    ),
    _Rule(
        "accept-blind-reg", lambda value: value is None or _OFF(value),
        "anybody can register as anybody", 'Set accept-blind-reg to "false" on it.',
    ),
    _Rule(
        "accept-blind-auth", lambda value: value is None or _OFF(value),
        "any password is taken", 'Set accept-blind-auth to "false" on it.',
    ),
)  # fmt: skip


async def check_configuration(opened: EslConnection) -> list[Finding]:
    """What this login may see of the configuration as FreeSWITCH holds it."""
    documents: dict[str, ET.Element] = {}
    for name in ("sofia.conf", "switch.conf", "event_socket.conf"):
        try:
            answer = await opened.api(Api(f"xml_locate configuration configuration name {name}"))
        except CommandRefused:
            return [
                note(
                    "switch configuration",
                    "This login may not read it, which is as it should be.",
                    "To have it looked at, say `dialer doctor --admin`.",
                )
            ]
        with contextlib.suppress(ET.ParseError):
            # The switch is ours, and expat of today bounds what entities may grow to.
            documents[name] = ET.fromstring(answer)  # noqa: S314
    return examine_configuration(documents)


def examine_configuration(documents: dict[str, ET.Element]) -> list[Finding]:
    """What is dangerous, or in the dialer's way, in these configurations, by their names."""
    findings: list[Finding] = []
    if (sofia := documents.get("sofia.conf")) is not None:
        findings += [one for profile in sofia.iter("profile") for one in _profile(profile)]
    if (switch := documents.get("switch.conf")) is not None:
        findings += _core(_params(switch))
    if (event_socket := documents.get("event_socket.conf")) is not None:
        findings += _event_socket(_params(event_socket))
    if not documents:
        return [note("switch configuration", "The switch does not show it.")]
    return findings or [ok("switch configuration", "Nothing in it is dangerous.")]


def _profile(profile: ET.Element) -> list[Finding]:
    name = f"profile {profile.get('name')}"
    params = _params(profile.find("settings"))
    wrong = [
        bad(
            name, f"{rule.param} is {params.get(rule.param) or 'not set'}: {rule.danger}.", rule.fix
        )
        for rule in _PROFILE_RULES
        if not rule.is_right(params.get(rule.param))
    ]
    takes_all = _OFF(params.get("auth-calls")) and "apply-inbound-acl" not in params
    if takes_all:
        wrong.append(
            bad(
                name,
                "It takes calls from anybody: auth-calls is false, and no list of carriers is set.",
                "Set auth-calls to true for telephones, or apply-inbound-acl for carriers.",
            )
        )
    if _is("public")(params.get("context")) or _is("default")(params.get("context")):
        wrong.append(
            note(
                name,
                f"Its calls go to the context {params['context']}, whose dialplan may reach out.",
                "Give it a context that only parks or refuses, as `dialer switch init` does.",
            )
        )
    return wrong


def _core(params: dict[str, str]) -> list[Finding]:
    findings = []
    if not _OFF(params.get("api-expansion")):
        findings.append(
            bad(
                "api expansion",
                "A ${...} in any string runs API functions: api-expansion is not false.",
                'Set api-expansion to "false" in switch.conf.xml.',
            )
        )
    seconds = params.get("event-heartbeat-interval", "20")
    if not seconds.isdigit() or int(seconds) > HEARTBEAT_SECONDS_MAX:
        findings.append(
            note(
                "heartbeat",
                f"The switch says how it is every {seconds} s; the dialer admits calls by that.",
                "Set event-heartbeat-interval in switch.conf.xml to 2.",
            )
        )
    if params.get("loglevel", "debug").lower() in ("debug", "info", "7", "6"):
        findings.append(
            note(
                "switch log",
                "It logs so much that logging is most of its work.",
                'Set loglevel to "warning" in switch.conf.xml.',
            )
        )
    return findings


def _event_socket(params: dict[str, str]) -> list[Finding]:
    address = params.get("listen-ip", "127.0.0.1")
    if not _is_local(address) and "apply-inbound-acl" not in params:
        return [
            bad(
                "event socket",
                f"It listens on {address} for everybody.",
                "Set listen-ip to 127.0.0.1, or apply-inbound-acl to the dialer's network.",
            )
        ]
    return []


def _params(parent: ET.Element | None) -> dict[str, str]:
    if parent is None:
        return {}
    return {str(one.get("name")): str(one.get("value")) for one in parent.iter("param")}


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
