"""Switches that people took out of use."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "switch_drain",
        sa.Column("switch", sa.Text(), primary_key=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        comment="Switches by their names in the settings that are given no new calls.",
    )


def downgrade() -> None:
    op.drop_table("switch_drain")
