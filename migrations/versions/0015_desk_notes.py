"""Agents' notes, leads handed over to specialists, and an agent's own calls by time."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_notes()
    _create_hand_overs()
    # An agent's day, and a week's sample of an agent's calls: nothing else finds them by agent.
    op.create_index(
        "ix_attempt_agent_id_bridged_at",
        "attempt",
        ["agent_id", "bridged_at"],
        postgresql_where=sa.text("agent_id IS NOT NULL"),
    )


def _create_notes() -> None:
    op.create_table(
        "call_note",
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="Counts the writes, from 1."),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_call_note_agent_id")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_call_note_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.id"], name=op.f("fk_call_note_lead_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "agent_id", name=op.f("pk_call_note")),
        comment="What an agent wrote about a call, as they typed it. `call_id` is an attempt's, or"
        " that of a person who called back.",
    )
    op.create_index("ix_call_note_lead_id", "call_note", ["lead_id"])


def _create_hand_overs() -> None:
    op.create_table(
        "hand_over",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=True),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("specialist", sa.Text(), nullable=False),
        sa.Column(
            "number",
            sa.Text(),
            nullable=True,
            comment="The specialist's; NULL where only messages reach them.",
        ),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column(
            "note", sa.Text(), nullable=False, comment="What was said, for the specialist."
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "way IN ('three_way', 'transfer', 'message')", name=op.f("ck_hand_over_way")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_hand_over_agent_id")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_hand_over_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.id"], name=op.f("fk_hand_over_lead_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
        comment="An interested lead who was given to the client's specialist.",
    )
    op.create_index("ix_hand_over_lead_id", "hand_over", ["lead_id"])
    op.create_index("ix_hand_over_campaign_id_at", "hand_over", ["campaign_id", "at"])
    op.create_index("ix_hand_over_call_id", "hand_over", ["call_id"])


def downgrade() -> None:
    op.drop_index("ix_attempt_agent_id_bridged_at", table_name="attempt")
    op.drop_table("hand_over")
    op.drop_table("call_note")
