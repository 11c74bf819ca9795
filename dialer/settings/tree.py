"""What the settings are, once read: a frozen tree of plain values."""

from dataclasses import dataclass
from pathlib import Path


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
class AgentSettings:
    """How agents' phones are called."""

    dial: str
    domain: str
    gateway: str


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
