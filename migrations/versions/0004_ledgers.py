"""Retry counters of their own, and when a lead was last recycled."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "lead",
        sa.Column(
            "not_reached",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Attempts that reached nobody.",
        ),
    )
    op.add_column(
        "lead",
        sa.Column(
            "unfinished",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Conversations that did not finish what they were for.",
        ),
    )
    op.add_column(
        "lead",
        sa.Column(
            "recycled_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Put back by a recycling; what came before does not count.",
        ),
    )
    op.create_check_constraint(op.f("ck_lead_not_reached"), "lead", "not_reached >= 0")
    op.create_check_constraint(op.f("ck_lead_unfinished"), "lead", "unfinished >= 0")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_lead_unfinished"), "lead", type_="check")
    op.drop_constraint(op.f("ck_lead_not_reached"), "lead", type_="check")
    op.drop_column("lead", "recycled_at")
    op.drop_column("lead", "unfinished")
    op.drop_column("lead", "not_reached")
