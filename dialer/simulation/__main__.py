"""`python -m dialer.simulation`: run random worlds by number and print what an auditor found."""

import sys

import click

from dialer.simulation.trial import try_world


@click.command()
@click.option("--world", "first", type=int, default=1, show_default=True, help="World to run.")
@click.option("--count", type=click.IntRange(1), default=1, show_default=True, help="How many.")
@click.option("--about", help="Trace only lines that contain this text (a call, a leg, an agent).")
def main(first: int, count: int, about: str | None) -> None:
    """Run random worlds with faults under all auditors. Exit status 1 when one is broken."""
    broken = 0
    for seed in range(first, first + count):
        failure = try_world(seed, about=about)
        if failure is not None:
            broken += 1
            click.echo(str(failure))
    click.echo(f"{count} worlds from {first}: {broken} broken")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
