"""A PostgreSQL for the tests, and databases cloned from one with the schema in it."""

import contextlib
import itertools
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from sqlalchemy.engine import URL

from campaigns.store.database import normal_url, upgrade_schema
from campaigns.store.embedded import EmbeddedPostgres

_FAST = {
    # Nothing in a test outlives a power failure.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "64MB",
    # Databases live for milliseconds; cleaning them up would only get in the way of dropping them.
    "autovacuum": "off",
}


class TemplateDatabase:
    """A server, and the database in it that tests clone."""

    def __init__(self, server: URL, embedded: EmbeddedPostgres | None) -> None:
        self._server = server
        self._embedded = embedded
        self._run = f"test_{os.getpid()}_{uuid.uuid4().hex[:8]}"
        self._numbers = itertools.count(1)
        self._template = f"{self._run}_template"

    @classmethod
    def open(cls, url: str | None, *, directory: Path) -> Self:
        """Use the server at `url`, or start one in `directory`, and make the template."""
        embedded = None if url else EmbeddedPostgres.start(directory, settings=_FAST)
        self = cls(normal_url(url or (embedded.url if embedded else "")), embedded)
        try:
            self._execute(f'CREATE DATABASE "{self._template}"')
            upgrade_schema(self._url_of(self._template))
        except BaseException:
            self.close()
            raise
        return self

    @contextlib.contextmanager
    def clone(self, *, empty: bool = False) -> Iterator[str]:
        """The URL of a fresh clone (or of an empty database), dropped at the end."""
        name = f"{self._run}_{next(self._numbers)}"
        template = "template1" if empty else self._template
        # File copy is quicker than write-ahead logging for a template of a few megabytes.
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        try:
            yield self._url_of(name)
        finally:
            self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def close(self) -> None:
        """Drop the template and stop the server if it is ours."""
        self._execute(f'DROP DATABASE IF EXISTS "{self._template}" WITH (FORCE)')
        if self._embedded is not None:
            self._embedded.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _url_of(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _execute(self, statement: str) -> None:
        url = self._server.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement.encode())
