"""How the store reaches its database: the URL, the pool, and the schema's version."""

import asyncio
import contextlib
import importlib.util
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from campaigns.store.errors import DatabaseOutdated, DatabaseUnavailable, StoreError

POOL_SIZE = 6
"""Writer, hopper, agents, snapshots, reports and one person's command at once; more would only
queue on the database's own locks and cores."""
POOL_OVERFLOW = 4
POOL_WAIT_SECONDS = 30.0
CONNECT_SECONDS = 10
_VERSION_MIN = 140000
_MIGRATION_LOCK = 0x6469616C
""" "dial" in ASCII: the advisory lock that two processes upgrading at once take turns on."""


def normal_url(url: str) -> URL:
    """The SQLAlchemy URL of an ordinary `postgresql://` one. Raises StoreError."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            "The database URL cannot be read. Write postgresql://user:password@host:5432/database."
        ) from error
    if parsed.drivername not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise StoreError(
            f"The database URL begins with '{parsed.drivername}', and only PostgreSQL can be used. "
            "Write postgresql://user:password@host:5432/database."
        )
    return parsed.set(drivername="postgresql+psycopg")


def driver_conninfo(url: str) -> str:
    """The same URL as libpq reads it, for connections outside the pool (LISTEN)."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def connect_arguments(url: URL) -> dict[str, Any]:
    """What every connection asks for: instants in UTC, no compiled plans, a name in
    pg_stat_activity."""
    asked = url.query.get("options", "")
    options = asked if isinstance(asked, str) else " ".join(asked)
    return {
        "options": f"{options} -c timezone=UTC -c jit=off".strip(),
        "application_name": "dialer",
        "connect_timeout": CONNECT_SECONDS,
    }


def make_engine(url: URL) -> AsyncEngine:
    """The pool. Connections are checked before use, so a database that restarted is not noticed."""
    return create_async_engine(
        url.difference_update_query(["options"]),
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_pre_ping=True,
        connect_args=connect_arguments(url),
    )


@contextlib.asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction, durable when the block ends. Raises `DatabaseUnavailable`."""
    with lost_connections():
        async with engine.begin() as connection:
            yield connection


@contextlib.asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection that only reads. Raises `DatabaseUnavailable`."""
    with lost_connections():
        async with engine.connect() as connection:
            yield connection


@contextlib.contextmanager
def lost_connections() -> Iterator[None]:
    """Turn every way a database can be out of reach, or give up, into one exception.

    The pool checks its connections before it hands them out, so the same call may be made again.
    """
    try:
        yield
    except (DBAPIError, PoolTimeout, psycopg.Error, OSError) as error:
        if not _is_about_the_connection(error):
            raise
        said = str(getattr(error, "orig", None) or error).strip().splitlines()
        raise DatabaseUnavailable(
            "The database cannot be reached, or gave up: "
            f"{said[0] if said else type(error).__name__}. Check that it runs; then try again."
        ) from error


def _is_about_the_connection(error: Exception) -> bool:
    match error:
        case DBAPIError():
            is_lost = error.connection_invalidated
            return is_lost or isinstance(error, OperationalError | InterfaceError)
        case psycopg.Error():
            return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        case _:
            return True


async def check_server(engine: AsyncEngine) -> None:
    """Raise a sentence when the database cannot be reached or is too old."""
    shown = engine.url.render_as_string(hide_password=True)
    try:
        async with engine.connect() as connection:
            version = int((await connection.execute(text("SHOW server_version_num"))).scalar_one())
    except (DBAPIError, psycopg.Error, OSError) as error:
        said = str(getattr(error, "orig", None) or error).strip().splitlines()
        raise DatabaseUnavailable(
            f"The database {shown} cannot be reached: {said[0] if said else error}. "
            "Check that it runs, and the host, port, user and password in the URL."
        ) from error
    if version < _VERSION_MIN:
        raise DatabaseUnavailable(
            f"The database {shown} is PostgreSQL {version // 10000}; version "
            f"{_VERSION_MIN // 10000} or newer is needed."
        )


def migrations_directory() -> Path:
    """Where alembic's scripts are: beside this package in the repository and in the wheel."""
    found = importlib.util.find_spec("migrations")
    if found is None or not found.submodule_search_locations:
        raise StoreError("The package 'migrations' is missing: install the dialer again.")
    return Path(next(iter(found.submodule_search_locations)))


def newest_revision() -> str:
    """The schema this program was written for: migrations are linear and numbered by file name."""
    return max(path.name for path in (migrations_directory() / "versions").glob("[0-9]*.py"))[:4]


async def current_revision(engine: AsyncEngine) -> str | None:
    """The schema the database has; None when it has none."""
    async with engine.connect() as connection:
        exists = await connection.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
        if not exists:
            return None
        version: str | None = await connection.scalar(
            text("SELECT version_num FROM alembic_version")
        )
        return version


async def require_schema(engine: AsyncEngine, *, upgrade: bool) -> None:
    """Bring the schema to the newest revision, or raise `DatabaseOutdated` when that is not
    wanted."""
    current, newest = await current_revision(engine), newest_revision()
    if current == newest:
        return
    if current is not None and current > newest:
        raise DatabaseOutdated(
            f"The database's schema is revision {current} and this program knows only {newest}. "
            "Use the newer program."
        )
    if not upgrade:
        raise DatabaseOutdated(
            f"The database's schema is revision {current or 'none'} and {newest} is needed. "
            "Run: dialer db upgrade"
        )
    url = engine.url.render_as_string(hide_password=False)
    await asyncio.to_thread(upgrade_schema, url)


def upgrade_schema(url: str, revision: str = "head") -> None:
    """Run the migrations up to `revision`; processes doing so at once take turns. Blocks."""
    _migrate(url, revision, is_upgrade=True)


def downgrade_schema(url: str, revision: str) -> None:
    """Run the migrations back to `revision` ("base" for an empty database). Blocks."""
    _migrate(url, revision, is_upgrade=False)


def _migrate(url: str, revision: str, *, is_upgrade: bool) -> None:
    # Alembic costs a sixth of a second to import, and most commands need no migration.
    from alembic import command
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)
    parsed = normal_url(url)
    engine = create_engine(
        parsed.difference_update_query(["options"]), connect_args=connect_arguments(parsed)
    )
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
            connection.commit()
            config = Config()
            config.set_main_option(
                "script_location", str(migrations_directory()).replace("%", "%%")
            )
            config.set_main_option("path_separator", "os")
            config.attributes["connection"] = connection
            if is_upgrade:
                command.upgrade(config, revision)
            else:
                command.downgrade(config, revision)
            connection.commit()
    finally:
        engine.dispose()


async def audit(
    connection: AsyncConnection, *, at: datetime, by: str, action: str, subject: str, details: str
) -> None:
    """Add one line to the audit log, in the transaction of what it tells of. `details` is JSON."""
    await connection.execute(
        text(
            "INSERT INTO audit_log (at, by, action, subject, details)"
            " VALUES (:at, :by, :action, :subject, CAST(:details AS jsonb))"
        ),
        {"at": at, "by": by, "action": action, "subject": subject, "details": details},
    )


def utc(at: datetime) -> datetime:
    """The same instant in UTC. A naive datetime is a programmer's error and raises ValueError."""
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone; the store takes aware datetimes only")
    return at.astimezone(UTC)
