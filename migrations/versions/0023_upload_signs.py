"""Files of leads have a reader who gives signs of life: one that is gone leaves no file running."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "lead_upload",
        sa.Column(
            "seen_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="The reader's last sign of life.",
        ),
    )
    op.execute("UPDATE lead_upload SET seen_at = coalesce(ended_at, began_at)")
    op.alter_column("lead_upload", "seen_at", nullable=False)


def downgrade() -> None:
    op.drop_column("lead_upload", "seen_at")
