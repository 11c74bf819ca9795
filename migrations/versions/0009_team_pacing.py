"""How a person set a team's pacing, and what its pacer has learnt: both outlive the process."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "team_pacing",
        sa.Column("team_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("settings", postgresql.JSONB(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_pacing_team_id")),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_team_pacing")),
        comment="Set by a person; goes before what the team's campaign files say.",
    )
    op.create_table(
        "pacer_state",
        sa.Column("team_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False, comment="Of the lease it was saved by."),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_pacer_state_team_id")),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_pacer_state")),
        comment="What the team's pacer has learnt, in its own words.",
    )


def downgrade() -> None:
    op.drop_table("pacer_state")
    op.drop_table("team_pacing")
