"""Listening to calls: scorecards, samples, reviews; waveforms, listenings, and what is no more."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_mark",
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('hold', 'resume', 'transfer', 'third_party', 'third_party_gone')",
            name=op.f("ck_call_mark_kind"),
        ),
        sa.PrimaryKeyConstraint("call_id", "at", "kind", name=op.f("pk_call_mark")),
        comment="What happened in a call after the bridge, for the player.",
    )
    op.create_table(
        "scorecard",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_scorecard_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scorecard")),
        sa.UniqueConstraint("client_id", "name", name=op.f("uq_scorecard_client_id_name")),
    )
    op.create_table(
        "recording_gone",
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reason IN ('forgotten', 'retention', 'removed')", name=op.f("ck_recording_gone_reason")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_recording_gone_campaign_id")
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_recording_gone")),
        comment="Recordings that are no more, and why; nothing in it says whose they were.",
    )
    op.create_table(
        "scorecard_version",
        sa.Column("scorecard_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column(
            "document",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The scorecard file, as it was read.",
        ),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["scorecard_id"], ["scorecard.id"], name=op.f("fk_scorecard_version_scorecard_id")
        ),
        sa.PrimaryKeyConstraint("scorecard_id", "version", name=op.f("pk_scorecard_version")),
        comment="Never changed: a score says which version it was given by.",
    )
    op.create_table(
        "quality_calibration",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("scorecard_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("listener_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "closed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the last of them was final.",
        ),
        sa.CheckConstraint(
            "cardinality(listener_ids) >= 2", name=op.f("ck_quality_calibration_listeners")
        ),
        sa.ForeignKeyConstraint(
            ["scorecard_id", "version"],
            ["scorecard_version.scorecard_id", "scorecard_version.version"],
            name="fk_quality_calibration_version",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_calibration")),
        sa.UniqueConstraint(
            "scorecard_id", "call_id", name=op.f("uq_quality_calibration_scorecard_id_call_id")
        ),
        comment="Listeners score one call, none seeing the others' scores before all are final.",
    )
    op.create_table(
        "quality_draw",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("scorecard_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("week_on", sa.Date(), nullable=False, comment="Its Monday."),
        sa.Column("seed", sa.Text(), nullable=False, comment="From which anybody can draw again."),
        sa.Column(
            "eligible",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Ids of the calls drawn from.",
        ),
        sa.Column("drawn_by", sa.Text(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_quality_draw_agent_id")),
        sa.ForeignKeyConstraint(
            ["scorecard_id", "version"],
            ["scorecard_version.scorecard_id", "scorecard_version.version"],
            name="fk_quality_draw_version",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_draw")),
        sa.UniqueConstraint(
            "scorecard_id",
            "agent_id",
            "week_on",
            name=op.f("uq_quality_draw_scorecard_id_agent_id_week_on"),
        ),
        comment="The calls of an agent's week that are listened to were drawn, once.",
    )
    op.create_table(
        "recording_listening",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_recording_listening_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_listening")),
        comment="One row for each time somebody began to listen. It is also the key to the sound.",
    )
    op.create_index(
        "ix_recording_listening_file_id_at", "recording_listening", ["file_id", "at"], unique=False
    )
    op.create_table(
        "recording_waveform",
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column(
            "lead", sa.LargeBinary(), nullable=False, comment="One byte a point: the loudest of it."
        ),
        sa.Column(
            "agent", sa.LargeBinary(), nullable=False, comment="Empty for a file of one channel."
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["recording.file_id"],
            name=op.f("fk_recording_waveform_file_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_recording_waveform")),
        comment="What the player draws, so that no file is read through twice.",
    )
    op.create_table(
        "quality_sample",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("stratum", sa.Text(), nullable=False, comment="Empty: drawn from all."),
        sa.Column(
            "listener_id", sa.BigInteger(), nullable=True, comment="NULL: whoever comes first."
        ),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True, comment="Why it was replaced."),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'replaced') = (reason IS NOT NULL)", name=op.f("ck_quality_sample_reason")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'reviewed', 'replaced')", name=op.f("ck_quality_sample_state")
        ),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["quality_draw.id"], name=op.f("fk_quality_sample_draw_id")
        ),
        sa.ForeignKeyConstraint(
            ["listener_id"], ["user_account.id"], name=op.f("fk_quality_sample_listener_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_sample")),
        sa.UniqueConstraint("draw_id", "call_id", name=op.f("uq_quality_sample_draw_id_call_id")),
        comment="A drawn call.",
    )
    op.create_index("ix_quality_sample_call_id", "quality_sample", ["call_id"], unique=False)
    op.create_index(
        "ix_quality_sample_open",
        "quality_sample",
        ["listener_id"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "quality_review",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("scorecard_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("call_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("listener_id", sa.BigInteger(), nullable=False),
        sa.Column("sample_id", sa.BigInteger(), nullable=True),
        sa.Column("calibration_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column(
            "answers",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Item to answer.",
        ),
        sa.Column(
            "marks",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="[{second, item, text}, ...]",
        ),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column(
            "score_ratio",
            sa.Numeric(precision=13, scale=12),
            nullable=True,
            comment="0 to 1; NULL when nothing applied.",
        ),
        sa.Column("has_passed", sa.Boolean(), nullable=True),
        sa.Column(
            "fatal",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Fatal items that were missed.",
        ),
        sa.Column("reaction", sa.Text(), nullable=True, comment="The agent's last word."),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("final_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "seen_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the agent first saw it.",
        ),
        sa.CheckConstraint(
            "reaction IN ('accepted', 'disputed', 'settled')",
            name=op.f("ck_quality_review_reaction"),
        ),
        sa.CheckConstraint(
            "state = 'draft' OR final_at IS NOT NULL", name=op.f("ck_quality_review_final")
        ),
        sa.CheckConstraint("state IN ('draft', 'final')", name=op.f("ck_quality_review_state")),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_quality_review_agent_id")
        ),
        sa.ForeignKeyConstraint(
            ["calibration_id"],
            ["quality_calibration.id"],
            name=op.f("fk_quality_review_calibration_id"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_quality_review_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["listener_id"], ["user_account.id"], name=op.f("fk_quality_review_listener_id")
        ),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["quality_sample.id"], name=op.f("fk_quality_review_sample_id")
        ),
        sa.ForeignKeyConstraint(
            ["scorecard_id", "version"],
            ["scorecard_version.scorecard_id", "scorecard_version.version"],
            name="fk_quality_review_version",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_review")),
        sa.UniqueConstraint(
            "call_id",
            "scorecard_id",
            "listener_id",
            name=op.f("uq_quality_review_call_id_scorecard_id_listener_id"),
        ),
        comment="What one listener heard in one call.",
    )
    op.create_index(
        "ix_quality_review_agent_id_final_at",
        "quality_review",
        ["agent_id", "final_at"],
        unique=False,
    )
    op.create_index(
        "ix_quality_review_draft",
        "quality_review",
        ["listener_id"],
        unique=False,
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_index("ix_quality_review_final_at", "quality_review", ["final_at"], unique=False)
    op.create_table(
        "quality_answer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "before",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Answers and score, where they were then changed.",
        ),
        sa.CheckConstraint(
            "kind IN ('comment', 'accept', 'dispute', 'uphold', 'change')",
            name=op.f("ck_quality_answer_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["quality_review.id"], name=op.f("fk_quality_answer_review_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_quality_answer_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_answer")),
        comment="What agent and listener say about a review. Only ever added to.",
    )
    op.create_index(
        op.f("ix_quality_answer_review_id"), "quality_answer", ["review_id"], unique=False
    )
    op.create_index(
        "ix_recording_agent_id_started_at", "recording", ["agent_id", "started_at"], unique=False
    )
    op.create_index(
        "ix_recording_started_at_file_id", "recording", ["started_at", "file_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_recording_started_at_file_id", table_name="recording")
    op.drop_index("ix_recording_agent_id_started_at", table_name="recording")
    op.drop_index(op.f("ix_quality_answer_review_id"), table_name="quality_answer")
    op.drop_table("quality_answer")
    op.drop_index("ix_quality_review_final_at", table_name="quality_review")
    op.drop_index(
        "ix_quality_review_draft",
        table_name="quality_review",
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.drop_index("ix_quality_review_agent_id_final_at", table_name="quality_review")
    op.drop_table("quality_review")
    op.drop_index(
        "ix_quality_sample_open",
        table_name="quality_sample",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index("ix_quality_sample_call_id", table_name="quality_sample")
    op.drop_table("quality_sample")
    op.drop_table("recording_waveform")
    op.drop_index("ix_recording_listening_file_id_at", table_name="recording_listening")
    op.drop_table("recording_listening")
    op.drop_table("quality_draw")
    op.drop_table("quality_calibration")
    op.drop_table("scorecard_version")
    op.drop_table("recording_gone")
    op.drop_table("scorecard")
    op.drop_table("call_mark")
