"""Tries that a rule refused, so that "why was nobody called" has an answer about the past too."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refused_try",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False, comment="Which rule; a code of the gate."),
        sa.Column("rule", sa.Text(), nullable=False, comment="Its sentence and citation."),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["lead_id"],
            ["lead.id"],
            name=op.f("fk_refused_try_lead_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_try")),
        comment="Calls that were about to be made and that a rule forbade; kept for some months.",
    )
    op.create_index("ix_refused_try_lead_id_refused_at", "refused_try", ["lead_id", "refused_at"])
    op.create_index("ix_refused_try_refused_at", "refused_try", ["refused_at"])


def downgrade() -> None:
    op.drop_table("refused_try")
