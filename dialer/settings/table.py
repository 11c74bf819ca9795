"""Every setting, declared once."""

from dataclasses import dataclass

from dialer.settings.parsers import (
    DOMAIN,
    HOST,
    NAME,
    USER,
    Parser,
    Value,
    boolean,
    decimal,
    integer,
    line,
    matching,
    networks,
    one_of,
    origin,
    path,
    path_or_none,
    socket_url,
    switches,
    trunks,
    url,
    zone,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of the table."""

    key: str
    """`section.name` in dialer.toml, or `name` at its top."""
    parse: Parser
    default: Value
    kind: str
    help: str

    @property
    def variable(self) -> str:
        """The environment variable: `switch.host` is DIALER_SWITCH_HOST."""
        return "DIALER_" + self.key.replace(".", "_").upper()


def _row(key: str, parse: Parser, kind: str, text: str, *, default: Value) -> Setting:
    return Setting(key=key, parse=parse, default=default, kind=kind, help=text)


SETTINGS: tuple[Setting, ...] = (
    _row(
        "home",
        path,
        "path",
        "Folder of the embedded PostgreSQL, journal and spool.",
        default="data",
    ),
    _row(
        "database.url",
        url,
        "text",
        "A postgresql:// address; empty starts the embedded PostgreSQL in `home`.",
        default="",
    ),
    _row(
        "switch.host",
        matching(HOST, "a host name or address"),
        "text",
        "Host of FreeSWITCH's event socket.",
        default="127.0.0.1",
    ),
    _row(
        "switch.port",
        integer(1, 65535),
        "integer",
        "Port of FreeSWITCH's event socket.",
        default=8021,
    ),
    _row(
        "switch.user",
        matching(USER, "a name, @ and a domain", may_be_empty=True),
        "text",
        "User to log in as, with the rights `dialer switch init` gave it; empty for all rights.",
        default="",
    ),
    _row(
        "switch.password",
        line,
        "text",
        "Its password. Anyone who has it can run programs on the switch.",
        default="ClueCon",
    ),
    _row(
        "switch.dialer_id",
        matching(NAME, "letters, digits, - and _"),
        "text",
        "Name of this dialer: marks its channels on the switch and its leases in the "
        "database. Unique among dialers, the same after a restart.",
        default="dialer-1",
    ),
    _row(
        "switch.poke_seconds",
        decimal(0, 1),
        "seconds",
        "How often a lone newline wakes the switch's 20 ms event poll; 0 never.",
        default=0.002,
    ),
    _row(
        "switches",
        switches,
        "tables",
        "Several FreeSWITCHes instead of the one above: [[switches]] of name, host, port, "
        "teams (whose home it is), and where they differ user, password, domain (else "
        "agents.domain) and sounds (else files.sounds). In the environment name@host:port, comma "
        "between.",
        default=(),
    ),
    _row(
        "agents.dial",
        one_of("user", "gateway"),
        "user or gateway",
        "Call agents as registered users, or through a gateway.",
        default="user",
    ),
    _row(
        "agents.domain",
        matching(DOMAIN, "a host name or IPv4 address"),
        "text",
        "Domain of the agents' registrations, for `user`.",
        default="127.0.0.1",
    ),
    _row(
        "agents.gateway",
        matching(NAME, "letters, digits, - and _", may_be_empty=True),
        "text",
        "Gateway the agents' phones are reached by, for `gateway`.",
        default="",
    ),
    _row(
        "agents.call_tone",
        boolean,
        "true or false",
        "One short tone in the agent's ear before each call.",
        default=True,
    ),
    _row(
        "trunks",
        trunks,
        "tables",
        "Gateways the leads are called by: [[trunks]] of name, channels_max, "
        "calls_per_second (keep at 80 % of what the carrier allows). In the environment "
        "name:channels_max:calls_per_second, comma between.",
        default=(),
    ),
    _row("metrics.enabled", boolean, "true or false", "Serve Prometheus metrics.", default=True),
    _row(
        "metrics.host",
        matching(HOST, "a host name or address"),
        "text",
        "Address to serve them on.",
        default="127.0.0.1",
    ),
    _row(
        "metrics.port",
        integer(0, 65535),
        "integer",
        "Port to serve them on; 0 is any free port, printed at start.",
        default=9469,
    ),
    _row(
        "web.enabled",
        boolean,
        "true or false",
        "Serve the desk and the HTTP interface. Put a proxy with TLS before it where others can "
        "reach it.",
        default=True,
    ),
    _row(
        "web.host",
        matching(HOST, "a host name or address"),
        "text",
        "Address to serve it on.",
        default="127.0.0.1",
    ),
    _row(
        "web.port",
        integer(0, 65535),
        "integer",
        "Port to serve it on; 0 is any free port, printed at start.",
        default=9470,
    ),
    _row(
        "web.switch_password",
        line,
        "text",
        "What the switch asks with for the agents' telephones; without one it is not answered.",
        default="",
    ),
    _row(
        "web.webhook_networks",
        networks,
        "text",
        "Private networks that webhooks may be sent into, such as 10.1.0.0/16; by commas.",
        default="",
    ),
    _row(
        "web.public_url",
        origin,
        "text",
        "The address people know the desk by, such as https://dialer.example.com, where a proxy "
        "stands before it. With https, cookies and pages insist on TLS.",
        default="",
    ),
    _row(
        "web.trusted_proxies",
        line,
        "text",
        "Addresses whose X-Forwarded-For and X-Forwarded-Proto are believed, comma between.",
        default="127.0.0.1,::1",
    ),
    _row(
        "web.idle_minutes",
        integer(5, 1440),
        "minutes",
        "A session ends after so long without a sign of life; an agent's open page gives one.",
        default=120,
    ),
    _row(
        "web.session_hours",
        decimal(1, 168),
        "hours",
        "A session ends so long after the sign-in, whatever happens.",
        default=14.0,
    ),
    _row(
        "web.phone_url",
        socket_url,
        "text",
        "Where browsers' telephones reach the switch's WebSocket, such as "
        "wss://dialer.example.com/sip or /sip; empty: agents have telephones on their desks.",
        default="",
    ),
    _row(
        "web.zone",
        zone,
        "time zone",
        "What people's times are shown in unless their account names another; empty is this "
        "machine's.",
        default="",
    ),
    _row(
        "alarms.idle_seconds",
        decimal(1, 86_400),
        "seconds",
        "Alarm: an agent is ready for so long without a call while a campaign of the team runs.",
        default=120.0,
    ),
    _row(
        "alarms.wrap_up_seconds",
        decimal(1, 86_400),
        "seconds",
        "Alarm: an agent is in wrap-up for so long.",
        default=180.0,
    ),
    _row(
        "alarms.pause_seconds",
        decimal(1, 86_400),
        "seconds",
        "Alarm: an agent is paused for so long.",
        default=1800.0,
    ),
    _row(
        "alarms.line_seconds",
        decimal(1, 86_400),
        "seconds",
        "Alarm: an agent who logged in has had no telephone on the line for so long.",
        default=60.0,
    ),
    _row(
        "alarms.hopper_dry_seconds",
        decimal(1, 86_400),
        "seconds",
        "Alarm: a running campaign has had no lead in hand for so long.",
        default=15.0,
    ),
    _row(
        "alarms.abandonment_share",
        decimal(0.01, 1),
        "share",
        "Alarm: a ledger has used this share of its limit. The usual target is 0.93 of it.",
        default=0.97,
    ),
    _row(
        "alarms.abandonment_answers_min",
        integer(1, 1_000_000),
        "integer",
        "... and has so many live answers: of fewer, one abandoned says little.",
        default=100,
    ),
    _row(
        "alarms.callbacks_overdue_min",
        integer(1, 1_000_000),
        "integer",
        "Alarm: so many promised calls of a campaign are overdue.",
        default=1,
    ),
    _row(
        "alarms.list_left_ratio",
        decimal(0, 1),
        "share",
        "Alarm: no more than this share of a running campaign's leads is left.",
        default=0.05,
    ),
    _row(
        "journal.enabled",
        boolean,
        "true or false",
        "Keep a replayable journal of every event and command.",
        default=True,
    ),
    _row(
        "journal.file_bytes_max",
        integer(65_536, 10_000_000_000),
        "bytes",
        "Begin a new journal file at this size.",
        default=64_000_000,
    ),
    _row(
        "journal.files_max",
        integer(2, 10_000),
        "integer",
        "Keep this many journal files, then delete the oldest.",
        default=16,
    ),
    _row(
        "files.sounds",
        path,
        "path",
        "Folder of messages played to leads, as the switch sees it.",
        default="/var/lib/dialer/sounds",
    ),
    _row(
        "files.recordings",
        path,
        "path",
        "Folder of recordings, as the switch sees it.",
        default="/var/lib/dialer/recordings",
    ),
    _row(
        "files.call_records",
        path_or_none,
        "path",
        "Folder of mod_json_cdr's records, as the dialer sees it, to know how calls ended while it "
        "was away; its user must be allowed to delete there. Empty: not read.",
        default="",
    ),
    _row(
        "service.drain_seconds_max",
        decimal(0, 86_400),
        "seconds",
        "After SIGTERM, wait this long for live calls to end.",
        default=600.0,
    ),
    _row(
        "service.lease_seconds",
        decimal(2, 600),
        "seconds",
        "A team's lease; another dialer may take the team over when it runs out.",
        default=15.0,
    ),
)
