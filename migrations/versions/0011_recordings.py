"""Recordings of calls, and teams whose agents may not work by telephone keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recording",
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "seconds", sa.Float(), nullable=True, comment="Length of the file, by the switch."
        ),
        sa.Column(
            "masked",
            postgresql.JSONB(),
            nullable=False,
            comment="Where it is silent for card data: [[from, to], ...], to null when unknown.",
        ),
        sa.CheckConstraint("policy IN ('notice', 'consent')", name=op.f("ck_recording_policy")),
        sa.CheckConstraint(
            "consent IN ('notice', 'key', 'agent')", name=op.f("ck_recording_consent")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_recording_campaign_id")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_recording_agent_id")),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_recording")),
        comment="Files of recorded calls. `attempt_id` is the call's id: an attempt's, or that of"
        " a person who called back.",
    )
    op.create_index("ix_recording_attempt_id", "recording", ["attempt_id"])
    op.create_index(
        "ix_recording_campaign_id_started_at", "recording", ["campaign_id", "started_at"]
    )
    op.add_column(
        "team",
        sa.Column(
            "phone_keys",
            sa.Boolean(),
            nullable=False,
            server_default=sa.text("true"),
            comment="Whether its agents may work by the keys of their telephones.",
        ),
    )


def downgrade() -> None:
    op.drop_column("team", "phone_keys")
    op.drop_table("recording")
