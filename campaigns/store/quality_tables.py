"""The tables of listening to calls: scorecards, samples, reviews, and who looked at what."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from campaigns.store.table_words import INSTANT, identity, metadata

scorecard = Table(
    "scorecard",
    metadata,
    identity(),
    Column("client_id", ForeignKey("client.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    UniqueConstraint("client_id", "name"),
)

scorecard_version = Table(
    "scorecard_version",
    metadata,
    Column("scorecard_id", ForeignKey("scorecard.id"), nullable=False),
    Column("version", SmallInteger, nullable=False),
    Column("document", JSONB, nullable=False, comment="The scorecard file, as it was read."),
    Column("added_by", Text, nullable=False),
    Column("added_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("scorecard_id", "version"),
    comment="Never changed: a score says which version it was given by.",
)

quality_draw = Table(
    "quality_draw",
    metadata,
    identity(),
    Column("scorecard_id", BigInteger, nullable=False),
    Column("version", SmallInteger, nullable=False),
    Column("agent_id", ForeignKey("agent.id"), nullable=False),
    Column("week_on", Date, nullable=False, comment="Its Monday."),
    Column("seed", Text, nullable=False, comment="From which anybody can draw again."),
    Column("eligible", ARRAY(Text), nullable=False, comment="Ids of the calls drawn from."),
    Column("drawn_by", Text, nullable=False),
    Column("drawn_at", INSTANT, nullable=False),
    # A second draw of the same week would be a choice.
    UniqueConstraint("scorecard_id", "agent_id", "week_on"),
    ForeignKeyConstraint(
        ["scorecard_id", "version"],
        ["scorecard_version.scorecard_id", "scorecard_version.version"],
        name="fk_quality_draw_version",
    ),
    comment="The calls of an agent's week that are listened to were drawn, once.",
)

quality_sample = Table(
    "quality_sample",
    metadata,
    identity(),
    Column("draw_id", ForeignKey("quality_draw.id"), nullable=False),
    Column("call_id", UUID(as_uuid=False), nullable=False),
    Column("stratum", Text, nullable=False, comment="Empty: drawn from all."),
    Column("listener_id", ForeignKey("user_account.id"), comment="NULL: whoever comes first."),
    Column("state", Text, nullable=False, server_default="open"),
    Column("reason", Text, comment="Why it was replaced."),
    Column("settled_by", Text),
    Column("settled_at", INSTANT),
    UniqueConstraint("draw_id", "call_id"),
    CheckConstraint("state IN ('open', 'reviewed', 'replaced')", name="state"),
    CheckConstraint("(state = 'replaced') = (reason IS NOT NULL)", name="reason"),
    Index("ix_quality_sample_open", "listener_id", postgresql_where=text("state = 'open'")),
    Index("ix_quality_sample_call_id", "call_id"),
    comment="A drawn call.",
)

quality_calibration = Table(
    "quality_calibration",
    metadata,
    identity(),
    Column("scorecard_id", BigInteger, nullable=False),
    Column("version", SmallInteger, nullable=False),
    Column("call_id", UUID(as_uuid=False), nullable=False),
    Column("listener_ids", ARRAY(BigInteger), nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", INSTANT, nullable=False),
    Column("closed_at", INSTANT, comment="When the last of them was final."),
    ForeignKeyConstraint(
        ["scorecard_id", "version"],
        ["scorecard_version.scorecard_id", "scorecard_version.version"],
        name="fk_quality_calibration_version",
    ),
    UniqueConstraint("scorecard_id", "call_id"),
    CheckConstraint("cardinality(listener_ids) >= 2", name="listeners"),
    comment="Listeners score one call, none seeing the others' scores before all are final.",
)

quality_review = Table(
    "quality_review",
    metadata,
    identity(),
    Column("scorecard_id", BigInteger, nullable=False),
    Column("version", SmallInteger, nullable=False),
    Column("call_id", UUID(as_uuid=False), nullable=False),
    Column("file_id", Text, nullable=False),
    Column("call_at", INSTANT, nullable=False),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("agent_id", ForeignKey("agent.id"), nullable=False),
    Column("listener_id", ForeignKey("user_account.id"), nullable=False),
    Column("sample_id", ForeignKey("quality_sample.id")),
    Column("calibration_id", ForeignKey("quality_calibration.id")),
    Column("state", Text, nullable=False, server_default="draft"),
    Column("answers", JSONB, nullable=False, comment="Item to answer."),
    Column("marks", JSONB, nullable=False, comment="[{second, item, text}, ...]"),
    Column("remark", Text, nullable=False),
    Column("score_ratio", Numeric(13, 12), comment="0 to 1; NULL when nothing applied."),
    Column("has_passed", Boolean),
    Column("fatal", ARRAY(Text), nullable=False, comment="Fatal items that were missed."),
    Column("reaction", Text, comment="The agent's last word."),
    Column("started_at", INSTANT, nullable=False),
    Column("updated_at", INSTANT, nullable=False),
    Column("final_at", INSTANT),
    Column("seen_at", INSTANT, comment="When the agent first saw it."),
    ForeignKeyConstraint(
        ["scorecard_id", "version"],
        ["scorecard_version.scorecard_id", "scorecard_version.version"],
        name="fk_quality_review_version",
    ),
    UniqueConstraint("call_id", "scorecard_id", "listener_id"),
    CheckConstraint("state IN ('draft', 'final')", name="state"),
    CheckConstraint("state = 'draft' OR final_at IS NOT NULL", name="final"),
    CheckConstraint("reaction IN ('accepted', 'disputed', 'settled')", name="reaction"),
    Index("ix_quality_review_agent_id_final_at", "agent_id", "final_at"),
    Index("ix_quality_review_final_at", "final_at"),
    Index("ix_quality_review_draft", "listener_id", postgresql_where=text("state = 'draft'")),
    comment="What one listener heard in one call.",
)

quality_answer = Table(
    "quality_answer",
    metadata,
    identity(),
    Column("review_id", ForeignKey("quality_review.id"), nullable=False, index=True),
    Column("at", INSTANT, nullable=False),
    Column("user_id", ForeignKey("user_account.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("before", JSONB, comment="Answers and score, where they were then changed."),
    CheckConstraint("kind IN ('comment', 'accept', 'dispute', 'uphold', 'change')", name="kind"),
    comment="What agent and listener say about a review. Only ever added to.",
)

recording_waveform = Table(
    "recording_waveform",
    metadata,
    Column("file_id", ForeignKey("recording.file_id", ondelete="CASCADE"), primary_key=True),
    Column("seconds", Float, nullable=False),
    Column("lead", LargeBinary, nullable=False, comment="One byte a point: the loudest of it."),
    Column("agent", LargeBinary, nullable=False, comment="Empty for a file of one channel."),
    Column("made_at", INSTANT, nullable=False),
    comment="What the player draws, so that no file is read through twice.",
)

recording_listening = Table(
    "recording_listening",
    metadata,
    Column("id", UUID(as_uuid=False), primary_key=True),
    Column("file_id", Text, nullable=False),
    Column("user_id", ForeignKey("user_account.id"), nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("address", Text, nullable=False),
    Index("ix_recording_listening_file_id_at", "file_id", "at"),
    comment="One row for each time somebody began to listen. It is also the key to the sound.",
)

recording_gone = Table(
    "recording_gone",
    metadata,
    Column("file_id", Text, primary_key=True),
    Column("call_id", UUID(as_uuid=False), nullable=False),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("gone_at", INSTANT, nullable=False),
    CheckConstraint("reason IN ('forgotten', 'retention', 'removed')", name="reason"),
    comment="Recordings that are no more, and why; nothing in it says whose they were.",
)

call_mark = Table(
    "call_mark",
    metadata,
    Column("call_id", UUID(as_uuid=False), nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("kind", Text, nullable=False),
    PrimaryKeyConstraint("call_id", "at", "kind"),
    CheckConstraint(
        "kind IN ('hold', 'resume', 'transfer', 'third_party', 'third_party_gone')", name="kind"
    ),
    comment="What happened in a call after the bridge, for the player.",
)
