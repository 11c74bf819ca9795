"""The progress of an import on a terminal: bytes, rows, rows a second. Silent anywhere else."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from campaigns.lead_import.run import Progress as ImportProgress


@contextmanager
def import_bar(*, quiet: bool = False) -> Iterator[Callable[[ImportProgress], None] | None]:
    """Yields what to hand to the import as `progress`; None where nobody watches."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    began = time.monotonic()
    with Progress(
        TextColumn("importing"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TextColumn("{task.fields[rate]:,.0f} rows/s"),
        TimeRemainingColumn(),
        console=console,
    ) as bar:
        task = bar.add_task("importing", total=None, rows=0, rate=0.0)

        def show(progress: ImportProgress) -> None:
            seconds = max(1e-3, time.monotonic() - began)
            bar.update(
                task,
                total=progress.bytes_total,
                completed=progress.bytes_done,
                rows=progress.rows,
                rate=progress.rows / seconds,
            )

        yield show
