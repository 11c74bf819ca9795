"""Settings of the service: one table, three sources, one frozen tree.

A value comes from the default in `table.SETTINGS`, then `dialer.toml`, then a `DIALER_*`
environment variable; the later wins. The table is the only place where a setting is declared:
reading, errors and docs/settings.md all follow it.
"""

from dialer.settings.reading import FILE_NAME, load_settings, settings_as_markdown
from dialer.settings.table import SETTINGS, Setting
from dialer.settings.tree import (
    AgentSettings,
    AlarmSettings,
    DatabaseSettings,
    FileSettings,
    JournalSettings,
    MetricsSettings,
    NodeSettings,
    ServiceSettings,
    Settings,
    SwitchSettings,
    TrunkSettings,
    WebSettings,
)

__all__ = [
    "FILE_NAME",
    "SETTINGS",
    "AgentSettings",
    "AlarmSettings",
    "DatabaseSettings",
    "FileSettings",
    "JournalSettings",
    "MetricsSettings",
    "NodeSettings",
    "ServiceSettings",
    "Setting",
    "Settings",
    "SwitchSettings",
    "TrunkSettings",
    "WebSettings",
    "load_settings",
    "settings_as_markdown",
]
