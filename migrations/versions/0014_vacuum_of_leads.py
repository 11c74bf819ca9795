"""Leads and attempts are vacuumed by the hundred thousand, not by the fifth of ten million."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # PostgreSQL waits for a fifth of a table to die. Every lead that is taken leaves its entry dead
    # at the front of the hopper's index, where the next hopper begins to read.
    for table in ("lead", "attempt"):
        op.execute(
            f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.01,"
            " autovacuum_analyze_scale_factor = 0.02)"
        )


def downgrade() -> None:
    for table in ("lead", "attempt"):
        op.execute(
            f"ALTER TABLE {table} RESET (autovacuum_vacuum_scale_factor,"
            " autovacuum_analyze_scale_factor)"
        )
