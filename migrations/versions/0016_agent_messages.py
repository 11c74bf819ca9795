"""What supervisors write to agents, and who has read it."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "team_id",
            sa.BigInteger(),
            nullable=True,
            comment="Written to a team; NULL: to one agent.",
        ),
        sa.Column("sent_by", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name="fk_agent_message_team_id"),
        sa.PrimaryKeyConstraint("id", name="pk_agent_message"),
        comment="What a supervisor wrote to an agent or a team.",
    )
    op.create_index("ix_agent_message_sent_at", "agent_message", ["sent_at"])
    op.create_table(
        "agent_message_receipt",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "read_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When they said that they have read it.",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["agent_message.id"],
            name="fk_agent_message_receipt_message_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agent.id"],
            name="fk_agent_message_receipt_agent_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", "agent_id", name="pk_agent_message_receipt"),
        comment="One row for each agent a message is for.",
    )
    op.create_index(
        "ix_agent_message_receipt_unread",
        "agent_message_receipt",
        ["agent_id"],
        postgresql_where=sa.text("read_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("agent_message_receipt")
    op.drop_table("agent_message")
