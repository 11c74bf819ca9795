"""What every command begins with: the settings, the database, the time, and who asks."""

import getpass
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import update_wrapper
from pathlib import Path
from typing import Any, TypeVar

import click

from dialer.settings import Settings, load_settings
from dialer.settings.reading import FILE_NAME

_F = TypeVar("_F", bound=Callable[..., Any])


class Session:
    """One call of the command line."""

    def __init__(self, config: Path | None = None) -> None:
        self.config = config

    @property
    def settings(self) -> Settings:
        """Read at the first need, so that help works with broken ones. Raises SettingsError."""
        settings = load_settings(self.config)
        is_of_the_file = self.config is not None and "DIALER_HOME" not in os.environ
        if is_of_the_file and self.config is not None and not settings.home.is_absolute():
            # A file named from another directory must mean the same folder from everywhere.
            return replace(settings, home=self.config.resolve().parent / settings.home)
        return settings

    @property
    def settings_source(self) -> str:
        """Where they come from, for a person."""
        if self.config is not None:
            return str(self.config)
        return FILE_NAME if Path(FILE_NAME).is_file() else "the defaults"

    @property
    def by(self) -> str:
        """Who asks, for the audit log."""
        try:
            return getpass.getuser()
        except (KeyError, OSError):
            # A container may run under a number that has no name.
            return "unknown user"


def now() -> datetime:
    """The present."""
    return datetime.now(UTC)


def command(function: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """A coroutine as a click callback; its first argument is the Session."""

    @click.pass_obj
    def run(session: Session, /, *args: Any, **values: Any) -> None:
        import asyncio  # a third of the time a help text takes, which never needs it

        asyncio.run(function(session, *args, **values))  # type: ignore[arg-type]

    return update_wrapper(run, function)


def json_option(function: _F) -> _F:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Answer with JSON.")(function)
