"""`dialer leads forget`, `dialer leads dossier` and `dialer privacy`."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import click

from campaigns.explain.words import many
from campaigns.store.privacy_words import FORGOTTEN_LIST, number_hash
from campaigns.store.rows import Forgotten
from dialer.cli.numbers import number_of, region_option
from dialer.cli.opened import opened_store
from dialer.cli.output import print_json, print_table
from dialer.cli.session import Session, command, json_option, now
from dialer.errors import UsageError
from dialer.runtime.recording_files import (
    RecordingsGone,
    remove_due_recordings,
    remove_recordings,
)
from dialer.settings import Settings

_READ_BYTES = 1_048_576


@click.command()
@click.argument("number")
@region_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@command
async def forget(
    session: Session, *, number: str, region: str | None, yes: bool, as_json: bool
) -> None:
    """Remove the person with NUMBER everywhere, for good.

    Their leads are emptied in all campaigns, with all numbers, consents and notes. Recordings are
    deleted where they lie on this machine, and named where they do not. What stays: attempts,
    calls back and answers to surveys, without the number, because ledgers and reports are counted
    from them; and the number's SHA-256, on the do-not-call list "forgotten" and in the audit log,
    so that an import does not bring them back. Export what you must keep first: dialer leads
    dossier NUMBER.

    \b
    Examples:
      dialer leads forget +12025550100
      dialer leads forget '(202) 555-0100' --region US --yes
    """
    text = number_of(number, region)
    if not yes:
        click.confirm(f"Remove the person with {text} for good?", abort=True, err=True)
    async with opened_store(session) as store:
        done = await store.privacy.forget(text, by=session.by, now=now())
        files = await remove_recordings(
            store, session.settings, done.recordings, by=session.by, now=now()
        )
    journals = journals_with(session.settings, text)
    if as_json:
        more = {"number_hash": number_hash(text), "journals": journals}
        print_json(asdict(done) | more | {"recordings": asdict(files)})
        return
    _say_forgotten(text, done)
    _say_recordings(files)
    if journals:
        click.echo(
            f"The number still stands in {many(len(journals), 'journal file')} of the service "
            f"({', '.join(path.name for path in journals)}), which it deletes as they age "
            "(journal.files_max). Stop the service and delete them to be rid of it now."
        )


@click.command()
@click.argument("number")
@click.option(
    "--out",
    "file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The JSON file to write; only its owner can read it.",
)
@region_option
@command
async def dossier(session: Session, *, number: str, file: Path, region: str | None) -> None:
    """Write everything stored about the person with NUMBER to a file, for them to read.

    Leads in all campaigns, numbers, attempts, calls back, recordings, answers to surveys,
    callbacks, consents, do-not-call entries, and what the audit log says of them. The recordings
    themselves are files of the switch. The file appears whole or not at all.

    \b
    Example:
      dialer leads dossier +12025550100 --out person.json
    """
    text = number_of(number, region)
    async with opened_store(session) as store:
        found = await store.privacy.dossier(text, now=now())
        await store.audit.add(
            by=session.by,
            action="dossier exported",
            subject=f"number {number_hash(text)}",
            details={"leads": len(found["leads"]), "attempts": len(found["attempts"])},
            now=now(),
        )
    _write_private(file, json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    click.echo(
        f"{many(len(found['leads']), 'lead')} and {many(len(found['attempts']), 'attempt')} of "
        f"{text} were written to {file}."
    )


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would be removed, and remove nothing.")
@json_option
@command
async def retain(session: Session, *, dry_run: bool, as_json: bool) -> None:
    """Apply the retention periods of all campaigns ([retention] in their files).

    A running service does this once a day. Recordings whose lead or call is past its time, or
    whose person was forgotten, are deleted where they lie on this machine. Records that the law
    wants kept are kept longer.

    \b
    Examples:
      dialer privacy retain --dry-run
      dialer privacy retain
    """
    async with opened_store(session) as store:
        rows = await store.privacy.retain(by=session.by, now=now(), dry_run=dry_run)
        files = RecordingsGone(removed=(), remaining=())
        if not dry_run:
            files = await remove_due_recordings(store, session.settings, by=session.by, now=now())
    if as_json:
        print_json({"campaigns": [asdict(row) for row in rows], "recordings": asdict(files)})
        return
    if not rows:
        click.echo("No campaign has retention periods. Set them in its file: [retention]")
    else:
        print_table(
            ("campaign", "leads kept", "emptied", "calls kept", "deleted", "back", "kept longer"),
            [
                (
                    row.campaign,
                    _days(row.leads_days),
                    row.leads,
                    _days(row.attempts_days),
                    row.attempts,
                    row.returns,
                    row.kept_for,
                )
                for row in rows
            ],
        )
        if dry_run:
            click.echo("Nothing was removed (--dry-run).")
    _say_recordings(files)


def journals_with(settings: Settings, number: str) -> list[Path]:
    """The service's journal files on this machine that hold the number."""
    wanted = number.encode("ascii")
    folder = settings.home / "journal"
    return [path for path in sorted(folder.glob("*")) if path.is_file() and _holds(path, wanted)]


def _holds(path: Path, wanted: bytes) -> bool:
    tail = b""
    try:
        with path.open("rb") as file:
            while piece := file.read(_READ_BYTES):
                if wanted in tail + piece:
                    return True
                # The number may lie across two pieces.
                tail = piece[-len(wanted) :]
    except FileNotFoundError:
        # The service has just rotated it away.
        return False
    return False


def _say_forgotten(number: str, done: Forgotten) -> None:
    click.echo(
        f"The person with {number} is forgotten: {many(done.leads, 'lead')} emptied, "
        f"{many(done.attempts, 'attempt')} kept without the number, "
        f"{many(done.consents, 'consent')} and the notes of {many(done.callbacks, 'callback')} "
        "deleted."
    )
    click.echo(
        f"Do-not-call list '{FORGOTTEN_LIST}' keeps {many(done.numbers, 'number')} of theirs as "
        "SHA-256, so that no import brings them back."
    )
    if done.shared_with:
        ids = ", ".join(str(each) for each in done.shared_with)
        click.echo(
            f"Another number of theirs stands in lead {ids} too, which was left alone. If that is "
            "the same person, forget it by its own number (`dialer leads why ID` shows it)."
        )


def _say_recordings(files: RecordingsGone) -> None:
    if files.removed:
        click.echo(f"{many(len(files.removed), 'recording')} deleted.")
    if files.remaining:
        click.echo(
            f"{many(len(files.remaining), 'recording')} could not be deleted from here. Delete on "
            "the switch's machine, then say so with `dialer recordings removed PATH ...`:"
        )
        for path in files.remaining:
            click.echo(f"  {path}")


def _days(days: int | None) -> str:
    return "for good" if days is None else f"{days} days"


def _write_private(file: Path, content: str) -> None:
    """Whole or not at all, and readable by its owner only."""
    part = file.with_name(file.name + ".part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(content)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"{file} cannot be written: {error.strerror}. Name another.") from error
