"""How likely an answer was held to be, kept with the attempt: for the table of reliability."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "attempt",
        sa.Column(
            "answer_probability",
            sa.REAL(),
            nullable=True,
            comment="How likely an answer was held to be when the call was launched.",
        ),
    )


def downgrade() -> None:
    op.drop_column("attempt", "answer_probability")
