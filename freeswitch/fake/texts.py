"""Longer texts the switch answers with: `status`, `sofia status`, heartbeats."""

from freeswitch.fake.channels import Headers
from freeswitch.fake.core import SwitchCore

_RULE = "=" * 97


def up_time(seconds: float) -> str:
    """`0 years, 0 days, 0 hours, 1 minute, 39 seconds, …` as switch_core.c words it."""
    micros = int(seconds * 1_000_000)
    parts = (
        ("year", micros // (365 * 86_400_000_000)),
        ("day", micros // 86_400_000_000 % 365),
        ("hour", micros // 3_600_000_000 % 24),
        ("minute", micros // 60_000_000 % 60),
        ("second", micros // 1_000_000 % 60),
        ("millisecond", micros // 1000 % 1000),
        ("microsecond", micros % 1000),
    )
    return ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in parts)


def status(core: SwitchCore) -> str:
    """The answer to `api status`."""
    alive, peak = len(core.channels), core.session_peak
    return (
        f"UP {up_time(core.now() - core.started_at)}\n"
        "FreeSWITCH (Version 1.10.12-release  64bit) is ready\n"
        f"{core.sessions_since_startup} session(s) since startup\n"
        f"{alive} session(s) - peak {peak}, last 5min {peak} \n"
        f"{core.sps_last} session(s) per Sec out of max {core.sessions_per_second}, "
        f"peak {core.sps_peak}, last 5min {core.sps_peak} \n"
        f"{core.max_sessions} session(s) max\n"
        "min idle cpu 0.00/99.00\n"
        "Current Stack Size/Max 240K/8192K\n"
    )


def heartbeat(core: SwitchCore) -> Headers:
    """The headers of HEARTBEAT (`send_heartbeat`, switch_core.c)."""
    up_seconds = core.now() - core.started_at
    return {
        "Event-Info": "System Ready",
        "Up-Time": up_time(up_seconds),
        "FreeSWITCH-Version": "1.10.12-release~64bit",
        "Uptime-msec": str(int(up_seconds * 1000)),
        "Session-Count": str(len(core.channels)),
        "Max-Sessions": str(core.max_sessions),
        "Session-Per-Sec": str(max(0, core.sessions_per_second - core.sessions_this_second)),
        "Session-Per-Sec-Last": str(core.sps_last),
        "Session-Per-Sec-Max": str(core.sps_peak),
        "Session-Per-Sec-FiveMin": str(core.sps_peak),
        "Session-Since-Startup": str(core.sessions_since_startup),
        "Session-Peak-Max": str(core.session_peak),
        "Session-Peak-FiveMin": str(core.session_peak),
        "Idle-CPU": "96.500000",
    }


def sofia_status(core: SwitchCore) -> str:
    """The answer to `sofia status`."""
    profile = core.settings.profile
    lines = [
        "                     Name\t   Type\t                                      Data\tState",
        _RULE,
    ]
    running = f"RUNNING ({len(core.channels)})"
    lines.append(f"{profile:>25}\tprofile\t{'sip:mod_sofia@127.0.0.1:5080':>42}\t{running}")
    lines += [
        f"{f'{profile}::{name}':>25}\tgateway\t{f'sip:x@127.0.0.1:{_port(name)}':>42}\tNOREG"
        for name in sorted(core.gateways)
    ]
    lines += [_RULE, "1 profile 0 aliases"]
    return "\n".join(lines) + "\n"


def sofia_status_gateway(core: SwitchCore, name: str) -> str:
    """The answer to `sofia status gateway NAME`."""
    is_up = core.gateways.get(name)
    if is_up is None:
        return "Invalid Gateway!\n"
    port = _port(name)
    fields = (
        ("Name    ", name),
        ("Profile ", core.settings.profile),
        ("Scheme  ", "Digest"),
        ("Realm   ", "127.0.0.1"),
        ("Username", "x"),
        ("Password", "yes"),
        ("From    ", f"<sip:x@127.0.0.1:{port}>"),
        ("Contact ", f"<sip:gw+{name}@127.0.0.1:5080;transport=udp;gw={name}>"),
        ("Exten   ", "x"),
        ("To      ", f"sip:x@127.0.0.1:{port}"),
        ("Proxy   ", f"sip:127.0.0.1:{port}"),
        ("Context ", "public"),
        ("Expires ", "3600"),
        ("Freq    ", "3600"),
        ("Ping    ", "0"),
        ("PingFreq", "0"),
        ("PingTime", "0.00"),
        ("PingState", "0/0/0"),
        ("State   ", "NOREG"),
        ("Status  ", "UP" if is_up else "DOWN"),
        ("Uptime  ", f"{int(core.now() - core.started_at)}s"),
        ("CallsIN ", "0"),
        ("CallsOUT", str(core.calls_out[name])),
        ("FailedCallsIN", "0"),
        ("FailedCallsOUT", str(core.failed_calls_out[name])),
    )
    lines = [_RULE, *(f"{label}\t{value}" for label, value in fields), _RULE]
    return "\n".join(lines) + "\n"


def _port(gateway: str) -> int:
    """The lab's addresses: the network's switch listens on 5090, nobody on 5999."""
    return 5999 if gateway == "dead" else 5090
