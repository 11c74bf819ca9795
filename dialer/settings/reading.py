"""Reading the settings from their three sources."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dialer.errors import SettingsError
from dialer.settings.parsers import NotAllowedError, Value
from dialer.settings.table import SETTINGS, Setting
from dialer.settings.tree import (
    AgentSettings,
    AlarmSettings,
    DatabaseSettings,
    FileSettings,
    JournalSettings,
    MetricsSettings,
    ServiceSettings,
    Settings,
    SwitchSettings,
    WebSettings,
)

FILE_NAME = "dialer.toml"


def load_settings(
    path: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Value] | None = None,
) -> Settings:
    """Read settings.

    `path` is the file of `--config` and must exist; None reads dialer.toml of the working directory
    where there is one. `overrides` are by key and win over all; arguments and tests use them.
    Raises SettingsError naming the source, the key, the value and what is allowed.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, Value] = {}
    rows = {row.key: row for row in SETTINGS}
    for row in SETTINGS:
        values[row.key] = _parse(row, row.default, "the default")
    file = Path(FILE_NAME) if path is None else path
    if path is not None or file.is_file():
        for key, value in _read_file(file).items():
            if key not in rows:
                raise SettingsError(f"{file}: there is no setting {key!r}. {_did_you_mean(key)}")
            values[key] = _parse(rows[key], value, f"{file}: {key}")
    by_variable = {row.variable: row for row in SETTINGS}
    for variable in sorted(name for name in environ if name.startswith("DIALER_")):
        if variable in by_variable:
            row = by_variable[variable]
            values[row.key] = _parse(row, environ[variable], f"environment variable {variable}")
    for key, value in (overrides or {}).items():
        values[key] = _parse(rows[key], value, key)
    return _tree(values)


def settings_as_markdown() -> str:
    """The table of docs/settings.md."""
    lines = ["| setting | variable | kind | default | |", "|---|---|---|---|---|"]
    for row in SETTINGS:
        default = row.default
        shown = "none" if default in ("", ()) else str(default)
        if isinstance(default, bool):
            shown = shown.lower()
        lines.append(f"| `{row.key}` | `{row.variable}` | {row.kind} | {shown} | {row.help} |")
    return "\n".join(lines) + "\n"


def _parse(row: Setting, value: Value, source: str) -> Value:
    if isinstance(value, Path):
        value = str(value)
    try:
        return row.parse(value)
    except NotAllowedError as error:
        is_secret = row.key.endswith("password") or row.key == "switches"
        shown = "(hidden)" if is_secret else repr(value)
        raise SettingsError(f"{source} is {shown}. Allowed is {error}.") from None


def _read_file(file: Path) -> dict[str, Value]:
    """Flatten the file to `section.name` keys."""
    try:
        with file.open("rb") as stream:
            tables = tomllib.load(stream)
    except FileNotFoundError:
        raise SettingsError(
            f"There is no file {file}. Name an existing one with --config."
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file} cannot be read as TOML: {error}.") from error
    flat: dict[str, Value] = {}
    for name, value in tables.items():
        if isinstance(value, dict):
            flat.update({f"{name}.{inner}": one for inner, one in value.items()})
        else:
            flat[name] = value
    return flat


def _did_you_mean(key: str) -> str:
    last = key.rpartition(".")[2]
    close = [row.key for row in SETTINGS if row.key.rpartition(".")[2] == last]
    return "Did you mean " + " or ".join(close or [row.key for row in SETTINGS]) + "?"


def _tree(values: Mapping[str, Any]) -> Settings:
    """Build the typed tree; each parser has already made the value what its field says."""

    def section(name: str) -> dict[str, Any]:
        head = name + "."
        return {key[len(head) :]: value for key, value in values.items() if key.startswith(head)}

    settings = Settings(
        home=values["home"],
        database=DatabaseSettings(**section("database")),
        switch=SwitchSettings(**section("switch")),
        agents=AgentSettings(**section("agents")),
        trunks=values["trunks"],
        metrics=MetricsSettings(**section("metrics")),
        web=WebSettings(**section("web")),
        journal=JournalSettings(**section("journal")),
        files=FileSettings(**section("files")),
        service=ServiceSettings(**section("service")),
        alarms=AlarmSettings(**section("alarms")),
        switches=values["switches"],
    )
    if settings.agents.dial == "gateway" and not settings.agents.gateway:
        raise SettingsError(
            "agents.dial is 'gateway' but agents.gateway is empty. Name the gateway, or use 'user'."
        )
    return settings
