"""The table of recordings, as SQLAlchemy Core sees it."""

from sqlalchemy import CheckConstraint, Column, Float, ForeignKey, Index, Table, Text
from sqlalchemy.dialects.postgresql import JSONB, UUID

from campaigns.store.table_words import INSTANT, metadata

recording = Table(
    "recording",
    metadata,
    Column("file_id", Text, primary_key=True),
    Column("attempt_id", UUID(as_uuid=False), nullable=False, index=True),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("agent_id", ForeignKey("agent.id")),
    Column("policy", Text, nullable=False),
    Column("consent", Text, nullable=False),
    Column("started_at", INSTANT, nullable=False),
    Column("ended_at", INSTANT),
    Column("seconds", Float, comment="Length of the file, by the switch."),
    Column(
        "masked",
        JSONB,
        nullable=False,
        comment="Where it is silent for card data: [[from, to], ...], to null when unknown.",
    ),
    CheckConstraint("policy IN ('notice', 'consent')", name="policy"),
    CheckConstraint("consent IN ('notice', 'key', 'agent')", name="consent"),
    Index("ix_recording_campaign_id_started_at", "campaign_id", "started_at"),
    # The pages of a search: of everybody, and of one agent.
    Index("ix_recording_started_at_file_id", "started_at", "file_id"),
    Index("ix_recording_agent_id_started_at", "agent_id", "started_at"),
    comment="Files of recorded calls. `attempt_id` is the call's id: an attempt's, or that of"
    " a person who called back.",
)
