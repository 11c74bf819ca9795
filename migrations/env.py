"""Runs the migrations on the connection that `campaigns.store.database` hands over.

Revisions are written by hand or by autogenerate and then read; a test says when they and the
tables of `campaigns.store.tables` disagree.
"""

from alembic import context

from campaigns.store.tables import metadata

_connection = context.config.attributes["connection"]
context.configure(
    connection=_connection,
    target_metadata=metadata,
    compare_type=True,
    compare_server_default=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
