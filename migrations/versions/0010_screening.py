"""What the classifier heard, keys people pressed, and people who call back."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
VERDICTS = "verdict IN ('human', 'machine', 'unsure')"


def upgrade() -> None:
    op.add_column(
        "attempt",
        sa.Column(
            "verdict",
            sa.Text(),
            nullable=True,
            comment="What the greeting classifier said; empty where it was not asked.",
        ),
    )
    op.add_column("attempt", sa.Column("screened_at", INSTANT, nullable=True))
    op.add_column(
        "attempt",
        sa.Column(
            "is_sampled",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Called a machine and passed to an agent all the same, to measure.",
        ),
    )
    op.add_column(
        "attempt",
        sa.Column(
            "message_at", INSTANT, nullable=True, comment="When a recording began to play to them."
        ),
    )
    op.add_column("attempt", sa.Column("opted_out_at", INSTANT, nullable=True))
    op.create_check_constraint(op.f("ck_attempt_verdict"), "attempt", VERDICTS)
    op.create_check_constraint(
        op.f("ck_attempt_screened"), "attempt", "(verdict IS NULL) = (screened_at IS NULL)"
    )
    _create_return_call()
    op.create_table(
        "survey_answer",
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("answered_at", INSTANT, nullable=False),
        sa.CheckConstraint("key ~ '^[0-9]$'", name=op.f("ck_survey_answer_key")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["attempt.id"], name=op.f("fk_survey_answer_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "question", name=op.f("pk_survey_answer")),
        comment="The key pressed in answer to one question of a recorded survey.",
    )


def _create_return_call() -> None:
    op.create_table(
        "return_call",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("arrived_at", INSTANT, nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column("bridged_at", INSTANT, nullable=True),
        sa.Column("message_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("disposed_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_return_call_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.id"], name=op.f("fk_return_call_lead_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_return_call_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_call")),
        comment="A person who called a campaign's number. No attempt of ours, and in no ledger.",
    )
    op.create_index(
        "ix_return_call_campaign_id_arrived_at", "return_call", ["campaign_id", "arrived_at"]
    )


def downgrade() -> None:
    op.drop_table("survey_answer")
    op.drop_table("return_call")
    op.drop_constraint(op.f("ck_attempt_screened"), "attempt", type_="check")
    op.drop_constraint(op.f("ck_attempt_verdict"), "attempt", type_="check")
    for name in ("opted_out_at", "message_at", "is_sampled", "screened_at", "verdict"):
        op.drop_column("attempt", name)
