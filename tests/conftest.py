"""For every test: a clean environment, and on demand a database of its own.

`store` costs about 30 ms: PostgreSQL starts once for each pytest process (workers of pytest-xdist
have their own), migrations run once, and each test gets a clone of that template, dropped
afterwards.
"""

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from campaigns.store.store import Store
from tests.support.database import TemplateDatabase


@pytest.fixture(autouse=True)
def _scrubbed_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        # The PG* variables would reach libpq wherever a URL leaves something out.
        if name.startswith(("DIALER_", "PG")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def template_database() -> Iterator[TemplateDatabase]:
    """PostgreSQL with the schema at its newest revision, to be cloned."""
    # Read before the scrubbing, which is per test, whichever of the two comes first.
    url = _TEST_DATABASE_URL
    with tempfile.TemporaryDirectory(prefix="dialer-test-") as directory:
        try:
            database = TemplateDatabase.open(url, directory=Path(directory))
        except Exception as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no PostgreSQL: {error}")
        with database:
            yield database


@pytest.fixture
def database_url(template_database: TemplateDatabase) -> Iterator[str]:
    """The URL of a fresh database with the newest schema."""
    with template_database.clone() as url:
        yield url


@pytest.fixture
async def store(database_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    """A store on a fresh database."""
    async with await Store.open(database_url, directory=tmp_path, upgrade=False) as opened:
        yield opened


_TEST_DATABASE_URL = os.environ.get("DIALER_TEST_DATABASE_URL")
