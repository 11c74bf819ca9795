"""A group of commands that are imported when they are called, and not before.

The database's library costs half a second to import and the charts' a whole one. A person who asks
for help, or mistypes a word, should not wait for either.
"""

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass

import click

from dialer.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A command that lives elsewhere."""

    place: str
    """`module:attribute`."""
    help: str
    """One line for the list of commands; the command's own help says more."""


class LazyGroup(click.Group):
    """Lists its commands from a table; imports only the one that is called."""

    def __init__(
        self, name: str, *, help: str, commands: Mapping[str, "Leaf | LazyGroup"], examples: str
    ) -> None:
        super().__init__(name, help=f"{help}\n\n\b\nExamples:\n{examples}")
        self.table = commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the table's order, which is that of the work."""
        del ctx
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        del ctx
        found = self.table.get(cmd_name)
        if isinstance(found, Leaf):
            module, _, attribute = found.place.partition(":")
            command: click.Command = getattr(importlib.import_module(module), attribute)
            return command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a word that is none is answered with the nearest that are."""
        if args[0] not in self.table and not args[0].startswith("-"):
            path = ctx.command_path
            close = difflib.get_close_matches(args[0], self.table, n=3, cutoff=0.5)
            hint = f"Did you mean {' or '.join(close)}?" if close else f"See `{path} --help`."
            raise UsageError(f"`{path}` has no command '{args[0]}'. {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, one.help if isinstance(one, Leaf) else one.get_short_help_str(100))
                    for name, one in self.table.items()
                ]
            )
