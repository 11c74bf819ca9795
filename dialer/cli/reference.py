"""docs/reference-cli.md, written from the commands themselves.

`python -m dialer.cli.reference > docs/reference-cli.md`; a test holds the two together.
"""

import sys

import click

from dialer.cli.lazy_group import LazyGroup
from dialer.cli.main import EXPECTED_ERRORS, INTERRUPTED, cli

_HEAD = f"""# Command line

Written from the commands by `python -m dialer.cli.reference`; do not edit it by hand.

Options that hold for every command come before its name: `dialer --config FILE status`. Every
command shows its help with `--help`. Instants are shown by the clock of the machine it runs
on, in JSON by UTC.

| exit status | meaning |
|---|---|
| 0 | done |
| 1 | an error, told in one sentence on standard error; for `doctor` and `status`, all is not well |
| 2 | the command line cannot be taken as written |
| {INTERRUPTED} | interrupted by Ctrl-C |
"""


def reference() -> str:
    """The whole page."""
    assert set(EXPECTED_ERRORS.values()) == {1, 2}, "the table of exit statuses has to be told of"
    parts = [_HEAD]
    for path, command in _walk(cli, "dialer"):
        context = click.Context(command, info_name=path, terminal_width=90, max_content_width=90)
        parts.append(f"## {path}\n\n```text\n{command.get_help(context).rstrip()}\n```\n")
    return "\n".join(parts)


def _walk(command: click.Command, path: str) -> list[tuple[str, click.Command]]:
    found = [(path, command)]
    if isinstance(command, LazyGroup):
        context = click.Context(command, info_name=path)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None, f"{path} {name} is listed and cannot be had"
            found += _walk(child, f"{path} {name}")
    return found


if __name__ == "__main__":
    sys.stdout.write(reference())
