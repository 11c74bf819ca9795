"""Can the switch be reached, does it let us in, do events come back, are the gateways up?"""

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from dialer.cli.checks.findings import Finding, bad, note, ok
from dialer.cli.checks.hardening import check_configuration, check_hardening
from dialer.settings import Settings
from freeswitch import commands
from freeswitch.answers import read_gateway
from freeswitch.connection import ConnectionTimings, EslConnection, SwitchAddress
from freeswitch.errors import AccessDenied, AuthenticationFailed, FreeSwitchError
from freeswitch.events import CustomEvent, read_event
from freeswitch.messages import EventMessage

VERSION_MIN = (1, 10, 12)
"""The event socket, `uuid_bridge` and the variables used were checked against this one; before it
some deadlocks were not mended yet."""
_PING_SECONDS_MAX = 3.0
_CLOCK_SECONDS_MAX = 5.0
"""Calling hours and legal seconds are judged by our clock, call times by the switch's."""
_VERSION = re.compile(r"Version (\d+)\.(\d+)(?:\.(\d+))?")


async def check_switches(
    settings: Settings, *, admin_passwords: Mapping[str, str] = MappingProxyType({})
) -> list[Finding]:
    """Every switch of the settings, in their order; where there are several, each finding says
    whose it is. `admin_passwords` are by the name of the switch."""
    # All at once: one that is not there takes its seconds, and there may be ten.
    async with asyncio.TaskGroup() as group:
        looks = [
            group.create_task(check_switch(settings.on(node), admin_passwords.get(node.name)))
            for node in settings.nodes
        ]
    return [
        replace(finding, name=_title(settings, node.name, finding.name))
        for node, look in zip(settings.nodes, looks, strict=True)
        for finding in look.result()
    ]


def _title(settings: Settings, node: str, name: str) -> str:
    return name if len(settings.nodes) == 1 else f"{node}: {name}"


async def check_switch(settings: Settings, admin_password: str | None = None) -> list[Finding]:
    """Everything that can be seen over the event socket of `settings.switch`, without a call.

    With the administrator's password the configuration is looked at, too.
    """
    switch = settings.switch
    address = SwitchAddress(
        host=switch.host, port=switch.port, user=switch.user or None, password=switch.password
    )
    pings: asyncio.Queue[CustomEvent] = asyncio.Queue(maxsize=100)

    def on_event(message: EventMessage) -> None:
        event = read_event(message)
        is_ours = isinstance(event, CustomEvent) and event.subclass == commands.DIALER_PING
        if is_ours and isinstance(event, CustomEvent) and not pings.full():
            pings.put_nowait(event)

    timings = ConnectionTimings(connect_seconds=3.0, reply_seconds=5.0)
    try:
        async with await EslConnection.open(address, on_event=on_event, timings=timings) as opened:
            findings = [ok("switch", f"FreeSWITCH at {address} lets us in.")]
            findings.append(_version(await opened.api(commands.version())))
            findings += await _round_trip(opened, pings, switch.dialer_id)
            findings += await _gateways(opened, settings)
            findings += await _hardening(opened, settings, admin_password)
            return findings
    except AuthenticationFailed as error:
        fix = (
            "Set switch.password, or the password of its table [[switches]], to what the switch "
            "has: event_socket.conf.xml, or esl-password of switch.user."
        )
        return [bad("switch", str(error), fix)]
    except AccessDenied as error:
        fix = "Add this machine to apply-inbound-acl in event_socket.conf.xml; reload it."
        return [bad("switch", str(error), fix)]
    except FreeSwitchError as error:
        fix = (
            "Start FreeSWITCH with mod_event_socket, and set its host and port in the settings to "
            "where it listens. To try without one: `dialer demo`."
        )
        return [bad("switch", str(error), fix)]


async def _hardening(
    opened: EslConnection, settings: Settings, admin_password: str | None
) -> list[Finding]:
    switch = settings.switch
    findings = await check_hardening(
        opened, settings, host=switch.host, port=switch.port, password=switch.password
    )
    if admin_password is None:
        return findings
    address = SwitchAddress(host=switch.host, port=switch.port, password=admin_password)
    seen = [one for one in findings if one.name != "switch configuration"]
    try:
        async with await EslConnection.open(address, on_event=_ignore) as administrator:
            return seen + await check_configuration(administrator)
    except AuthenticationFailed as error:
        text = f"As the administrator: {error}"
        fix = "Say the password of its event_socket.conf.xml, which is not the dialer's."
        return [*seen, bad("switch configuration", text, fix)]


def _ignore(message: EventMessage) -> None:
    """Nothing is subscribed to."""


def _version(text: str) -> Finding:
    found = _VERSION.search(text)
    if found is None:
        return note("switch version", f"It calls itself {text.strip()[:80]!r}.")
    version = tuple(int(part or 0) for part in found.groups())
    shown = ".".join(part for part in found.groups() if part is not None)
    if version < VERSION_MIN:
        return bad("switch version", f"FreeSWITCH {shown} is too old.", "Install 1.10.12 or newer.")
    return ok("switch version", f"FreeSWITCH {shown}.")


async def _round_trip(
    opened: EslConnection, pings: asyncio.Queue[CustomEvent], dialer_id: str
) -> list[Finding]:
    """Send ourselves an event through the switch: how long it takes, and what time it says."""
    await opened.subscribe((), (commands.DIALER_PING,))
    sequence = time.time_ns()
    sent_at = time.monotonic()
    try:
        async with asyncio.timeout(_PING_SECONDS_MAX):
            await opened.command(commands.ping(dialer_id, sequence))
            event = await pings.get()
            while event.ping_sequence != sequence:
                event = await pings.get()
    except TimeoutError:
        text = f"An event sent through the switch did not come back in {_PING_SECONDS_MAX:g} s."
        fix = "Look for 'Event enqueue ERROR' on its console, and for clients that do not read."
        return [bad("switch events", text, fix)]
    milliseconds = 1000 * (time.monotonic() - sent_at)
    findings = [ok("switch events", f"An event went there and back in {milliseconds:.0f} ms.")]
    if event.occurred_at is not None:
        findings.append(_clocks(event.occurred_at - time.time()))
    return findings


def _clocks(ahead_seconds: float) -> Finding:
    if abs(ahead_seconds) <= _CLOCK_SECONDS_MAX:
        return ok("switch clock", "The switch's clock agrees with this machine's.")
    word = "ahead of" if ahead_seconds > 0 else "behind"
    return bad(
        "switch clock",
        f"The switch's clock is {abs(ahead_seconds):,.0f} s {word} this machine's.",
        "Let both keep time by NTP (chrony or systemd-timesyncd).",
    )


async def _gateways(opened: EslConnection, settings: Settings) -> list[Finding]:
    names = [trunk.name for trunk in settings.trunks]
    if settings.agents.dial == "gateway" and settings.agents.gateway not in names:
        names.append(settings.agents.gateway)
    findings = [await _gateway(opened, name) for name in names]
    if not settings.trunks:
        text = "No trunks are set, so nothing can be dialled."
        findings.append(bad("trunks", text, "Add a [[trunks]] table for each gateway."))
    return findings


async def _gateway(opened: EslConnection, name: str) -> Finding:
    title = f"gateway {name}"
    status = read_gateway(await opened.api(commands.gateway_status(name)))
    if status is None:
        text = f"The switch has no gateway '{name}'."
        fix = "Define it in a Sofia profile and rescan, or correct [[trunks]]."
        return bad(title, text, fix)
    if not status.is_up:
        text = f"It is {status.status or 'not up'} ({status.state})."
        fix = f"See `sofia status gateway {name}` in fs_cli; check its address and password."
        return bad(title, text, fix)
    return ok(title, f"Up ({status.state}).")
