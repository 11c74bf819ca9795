"""The migrations and the tables say the same, and each wrong state has its sentence."""

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from campaigns.store.database import (
    downgrade_schema,
    migrations_directory,
    newest_revision,
    upgrade_schema,
)
from campaigns.store.errors import DatabaseOutdated, DatabaseUnavailable, StoreError
from campaigns.store.store import Store
from campaigns.store.tables import metadata
from tests.support.database import TemplateDatabase


def test_the_migrations_make_exactly_the_tables_of_the_code(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []


def test_the_revisions_are_one_line_of_numbers() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations_directory()))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    revisions = [revision.revision for revision in script.walk_revisions()]
    assert script.get_heads() == [newest_revision()]
    assert revisions == [f"{number:04d}" for number in range(len(revisions), 0, -1)]


def test_upgrade_downgrade_upgrade_leaves_no_trace(template_database: TemplateDatabase) -> None:
    with template_database.clone(empty=True) as url:
        upgrade_schema(url)
        downgrade_schema(url, "base")
        engine = create_engine(url)
        with engine.connect() as connection:
            tables = inspect(connection).get_table_names()
            functions = connection.execute(
                text("SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
            ).scalar_one()
        engine.dispose()
        assert (tables, functions) == (["alembic_version"], 0)
        upgrade_schema(url)


async def test_processes_that_upgrade_at_once_take_turns(
    template_database: TemplateDatabase, tmp_path: Path
) -> None:
    with template_database.clone(empty=True) as url:
        stores = await asyncio.gather(*(Store.open(url, directory=tmp_path) for _ in range(3)))
        for store in stores:
            assert await store.campaigns.list() == []
            await store.close()


async def test_an_old_schema_without_upgrade_says_what_to_run(
    template_database: TemplateDatabase, tmp_path: Path
) -> None:
    with (
        template_database.clone(empty=True) as url,
        pytest.raises(DatabaseOutdated, match=r"revision none and \d{4} is needed. Run: dialer"),
    ):
        await Store.open(url, directory=tmp_path, upgrade=False)


async def test_a_schema_of_the_future_is_refused(database_url: str, tmp_path: Path) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(DatabaseOutdated, match=r"revision 9999 .* Use the newer program"):
        await Store.open(database_url, directory=tmp_path)


async def test_a_database_out_of_reach_is_one_sentence_without_the_password(tmp_path: Path) -> None:
    url = "postgresql://me:secret@127.0.0.1:1/nowhere"
    with pytest.raises(DatabaseUnavailable, match="cannot be reached") as caught:
        await Store.open(url, directory=tmp_path)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://me@host/db", "sqlite:///file", "no url"])
async def test_only_postgresql_urls_are_taken(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="postgresql://user:password@host:5432/database"):
        await Store.open(url, directory=tmp_path)


def test_the_audit_log_refuses_to_be_changed(database_url: str) -> None:
    engine = create_engine(database_url)
    for statement in ("UPDATE audit_log SET by = 'me'", "DELETE FROM audit_log"):
        with engine.connect() as connection, pytest.raises(Exception, match="append-only"):
            connection.execute(text(statement))
    engine.dispose()
