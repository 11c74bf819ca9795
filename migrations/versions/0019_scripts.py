"""Scripts: versions, assignments, answers, visits of steps, and quotas."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "script",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_script")),
        sa.UniqueConstraint("name", name=op.f("uq_script_name")),
    )
    op.create_table(
        "script_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("script_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="From 1, by script."),
        sa.Column("hash", sa.Text(), nullable=False, comment="SHA-256 of the source."),
        sa.Column("source", sa.Text(), nullable=False, comment="The file, as it was read."),
        sa.Column("has_quotas", sa.Boolean(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["script_id"], ["script.id"], name=op.f("fk_script_version_script_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_script_version")),
        sa.UniqueConstraint("script_id", "number", name=op.f("uq_script_version_script_id_number")),
        comment="What a script was at some time. A version never changes.",
    )
    op.create_table(
        "quota_cell",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("condition", postgresql.JSONB(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column(
            "interviews", sa.Integer(), nullable=False, comment="Complete ones that count here."
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_quota_cell_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "name", name=op.f("pk_quota_cell")),
        comment="The quotas in force, with what has been reached.",
    )
    op.create_table(
        "quota_marking",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "signature",
            sa.Text(),
            nullable=False,
            comment="Version and full cells it was done for.",
        ),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_quota_marking_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_quota_marking")),
        comment="For which full quotas the campaign's leads have been taken out of the hopper.",
    )
    op.create_table(
        "script_assignment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "version_id", sa.BigInteger(), nullable=True, comment="Empty: no script from then on."
        ),
        sa.Column("assigned_by", sa.Text(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_script_assignment_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["script_version.id"], name=op.f("fk_script_assignment_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_script_assignment")),
        comment="Which version a campaign's calls use from an instant on; the last before a call's start is its own.",
    )
    op.create_index(
        "ix_script_assignment_campaign_id_assigned_at",
        "script_assignment",
        ["campaign_id", "assigned_at"],
        unique=False,
    )
    op.create_table(
        "script_call",
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=True),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "trail",
            postgresql.JSONB(),
            nullable=False,
            comment="The steps left behind, in their order.",
        ),
        sa.Column("end_place", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column(
            "cells",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Quotas this interview counts towards.",
        ),
        sa.CheckConstraint(
            "result IN ('complete', 'refused', 'screened_out', 'quota_full', 'unfinished')",
            name=op.f("ck_script_call_result"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (result IS NULL)", name=op.f("ck_script_call_ended")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_script_call_agent_id")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_script_call_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.id"], name=op.f("fk_script_call_lead_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["script_version.id"], name=op.f("fk_script_call_version_id")
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_script_call")),
        comment="A call with a script. `call_id` is an attempt's, or that of a person who called back.",
    )
    op.create_index(
        "ix_script_call_campaign_id_began_at",
        "script_call",
        ["campaign_id", "began_at"],
        unique=False,
    )
    op.create_index("ix_script_call_lead_id", "script_call", ["lead_id"], unique=False)
    op.create_table(
        "script_answer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=True),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column(
            "is_words",
            sa.Boolean(),
            nullable=False,
            comment="Holds words or a day of the person's own; goes when they are forgotten.",
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "seconds", sa.REAL(), nullable=True, comment="From the step's beginning to the answer."
        ),
        sa.Column(
            "replaced_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When another answer came, or the way left the step.",
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_script_answer_agent_id")),
        sa.ForeignKeyConstraint(
            ["call_id"],
            ["script_call.call_id"],
            name=op.f("fk_script_answer_call_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["script_version.id"], name=op.f("fk_script_answer_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_script_answer")),
        comment="Answers, the replaced ones too.",
    )
    op.create_index(
        "ix_script_answer_lead_id",
        "script_answer",
        ["lead_id"],
        unique=False,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_index(
        "uq_script_answer_current",
        "script_answer",
        ["call_id", "question"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_table(
        "script_step_visit",
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "seconds", sa.REAL(), nullable=True, comment="Empty while the step is on the screen."
        ),
        sa.ForeignKeyConstraint(
            ["call_id"],
            ["script_call.call_id"],
            name=op.f("fk_script_step_visit_call_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("call_id", "position", name=op.f("pk_script_step_visit")),
    )
    op.create_index(
        "ix_lead_quota",
        "lead",
        ["campaign_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'done' AND done_reason = 'quota'"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_lead_quota",
        table_name="lead",
        postgresql_where=sa.text("state = 'done' AND done_reason = 'quota'"),
    )
    op.drop_table("script_step_visit")
    op.drop_index(
        "uq_script_answer_current",
        table_name="script_answer",
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.drop_index(
        "ix_script_answer_lead_id",
        table_name="script_answer",
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.drop_table("script_answer")
    op.drop_index("ix_script_call_lead_id", table_name="script_call")
    op.drop_index("ix_script_call_campaign_id_began_at", table_name="script_call")
    op.drop_table("script_call")
    op.drop_index("ix_script_assignment_campaign_id_assigned_at", table_name="script_assignment")
    op.drop_table("script_assignment")
    op.drop_table("quota_marking")
    op.drop_table("quota_cell")
    op.drop_table("script_version")
    op.drop_table("script")
