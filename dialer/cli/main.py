"""`dialer`: the entry, the tree of commands, and what a mistake looks like."""

import sys
from pathlib import Path

import click

from dialer.cli.lazy_group import LazyGroup
from dialer.cli.session import Session
from dialer.cli.tree import COMMANDS, EXAMPLES

EXPECTED_ERRORS = {
    "dialer.errors.UsageError": 2,
    "dialer.errors.DialerError": 1,
    "campaigns.store.errors.StoreError": 1,
    "campaigns.campaign_table.CampaignFileError": 1,
    "campaigns.quality.scorecard_file.ScorecardFileError": 1,
    "campaigns.rule_packs.pack.PackError": 1,
    "campaigns.scripts.errors.ScriptError": 1,
    "campaigns.lead_import.errors.BadFile": 1,
    "campaigns.phone_numbers.BadNumber": 1,
    "campaigns.reports.periods.BadPeriod": 1,
    "freeswitch.errors.FreeSwitchError": 1,
}
"""Errors whose text is a sentence for a person, and the exit status of each. By name, so that
asking does not import them; a class below one of these counts as it. Anything else is a bug and
shows its traceback."""
INTERRUPTED = 130
"""128 + SIGINT, as shells count."""


class Dialer(LazyGroup):
    """The root, with the options that hold for every command."""

    def __init__(self) -> None:
        super().__init__(
            "dialer",
            help="A predictive dialer on FreeSWITCH: lead lists in, answered calls to free agents, "
            "reports out.",
            commands=COMMANDS,
            examples=EXAMPLES,
        )
        self.params += [
            click.Option(
                ["--config"],
                type=click.Path(path_type=Path, dir_okay=False),
                envvar="DIALER_CONFIG",
                metavar="FILE",
                help="Settings file. Without it dialer.toml of the working directory is read, "
                "where there is one. A relative `home` in it is relative to the file.",
            ),
            click.Option(
                ["--version"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_print_version,
                help="Print the version and leave.",
            ),
        ]
        self.callback = _begin


@click.pass_context
def _begin(ctx: click.Context, config: Path | None) -> None:
    ctx.obj = Session(config)


def _print_version(
    ctx: click.Context,
    param: click.Parameter,
    value: bool,  # noqa: FBT001 - click calls it so
) -> None:
    del param
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version  # costs more than the rest of a help text

        click.echo(f"dialer {version('predictive-dialer')}")
        ctx.exit()


cli = Dialer()


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process: 0, 1 for an error, 2 for a wrong command line."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    try:
        status = cli.main(args=arguments, prog_name="dialer", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output, `head` for one, has had enough. Nothing can be said to it.
        sys.stdout = None
        return 1
    except Exception as error:
        expected = exit_status_of(error)
        if expected is None:
            raise
        click.echo(f"Error: {_sentence(str(error))}", err=True)
        return expected
    return status if isinstance(status, int) else 0


def exit_status_of(error: BaseException) -> int | None:
    """The exit status of an error a person can mend; None for any other."""
    for kind in type(error).__mro__:
        status = EXPECTED_ERRORS.get(f"{kind.__module__}.{kind.__qualname__}")
        if status is not None:
            return status
    return None


def _sentence(text: str) -> str:
    text = text.strip()
    # A file's or a campaign's name that comes first is left as it is written.
    if text.partition(" ")[0].isalpha():
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."
