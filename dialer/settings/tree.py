"""What the settings are, once read: a frozen tree of plain values."""

import ipaddress
from dataclasses import dataclass, field, replace
from pathlib import Path

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """Where the store is."""

    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchSettings:
    """The FreeSWITCH to speak to."""

    host: str
    port: int
    user: str
    password: str
    dialer_id: str
    poke_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSettings:
    """One of several FreeSWITCHes."""

    name: str
    host: str
    port: int
    password: str
    """Empty: that of `switch.password`."""
    user: str = ""
    """Who logs in. Empty: `switch.user`."""
    domain: str = ""
    """Of the agents' registrations there. Empty: `agents.domain`."""
    sounds: str = ""
    """Its folder of sounds. Empty: `files.sounds`."""
    teams: tuple[str, ...]
    """Teams whose home it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """How agents' phones are called."""

    dial: str
    domain: str
    gateway: str
    call_tone: bool = True
    """One tone in the agent's ear before each call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkSettings:
    """One gateway's capacity."""

    name: str
    channels_max: int
    calls_per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """Where /metrics is served."""

    enabled: bool
    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Where the pages and the HTTP interface are served."""

    enabled: bool
    host: str
    port: int
    switch_password: str
    public_url: str
    trusted_proxies: str
    idle_minutes: int
    session_hours: float
    phone_url: str
    zone: str
    webhook_networks: tuple[Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSettings:
    """When the supervisors' board raises an alarm."""

    idle_seconds: float = 120.0
    wrap_up_seconds: float = 180.0
    pause_seconds: float = 1800.0
    line_seconds: float = 60.0
    hopper_dry_seconds: float = 15.0
    abandonment_share: float = 0.97
    abandonment_answers_min: int = 100
    callbacks_overdue_min: int = 1
    list_left_ratio: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalSettings:
    """The replayable journal."""

    enabled: bool
    file_bytes_max: int
    files_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSettings:
    """Directories as the switch sees them."""

    sounds: Path
    recordings: Path
    call_records: Path | None
    """As the dialer sees it; None: not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """The running process."""

    drain_seconds_max: float
    lease_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything `dialer run` is told by its environment."""

    home: Path
    database: DatabaseSettings
    switch: SwitchSettings
    agents: AgentSettings
    trunks: tuple[TrunkSettings, ...]
    metrics: MetricsSettings
    web: WebSettings
    journal: JournalSettings
    files: FileSettings
    service: ServiceSettings
    alarms: AlarmSettings = field(default_factory=AlarmSettings)
    switches: tuple[NodeSettings, ...] = ()
    """As set; `nodes` is what is meant."""

    @property
    def nodes(self) -> tuple[NodeSettings, ...]:
        """Every FreeSWITCH there is: those of `switches`, or else the one of `switch`."""
        if not self.switches:
            one = self.switch
            return (
                NodeSettings(
                    name="switch",
                    host=one.host,
                    port=one.port,
                    user=one.user,
                    password=one.password,
                    domain=self.agents.domain,
                    sounds=str(self.files.sounds),
                    teams=(),
                ),
            )
        return tuple(
            replace(
                node,
                user=node.user or self.switch.user,
                password=node.password or self.switch.password,
                domain=node.domain or self.agents.domain,
                sounds=node.sounds or str(self.files.sounds),
            )
            for node in self.switches
        )

    def on(self, node: NodeSettings) -> "Settings":
        """The settings as they would be with this one of `nodes` alone."""
        return replace(
            self,
            switch=replace(
                self.switch, host=node.host, port=node.port, user=node.user, password=node.password
            ),
            agents=replace(self.agents, domain=node.domain),
            files=replace(self.files, sounds=Path(node.sounds)),
            switches=(),
        )

    def home_of(self, team: str) -> str | None:
        """The switch that is the team's home, if any is said to be."""
        return next((node.name for node in self.switches if team in node.teams), None)
