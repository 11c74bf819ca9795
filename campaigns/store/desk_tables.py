"""The tables of what agents write about calls, as SQLAlchemy Core sees them."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import UUID

from campaigns.store.table_words import INSTANT, identity, metadata

call_note = Table(
    "call_note",
    metadata,
    Column("call_id", UUID(as_uuid=False), nullable=False),
    Column("agent_id", ForeignKey("agent.id"), nullable=False),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("lead_id", ForeignKey("lead.id", ondelete="CASCADE")),
    Column("body", Text, nullable=False),
    Column("version", Integer, nullable=False, comment="Counts the writes, from 1."),
    Column("written_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("call_id", "agent_id"),
    Index("ix_call_note_lead_id", "lead_id"),
    comment="What an agent wrote about a call, as they typed it. `call_id` is an attempt's, or that"
    " of a person who called back.",
)

hand_over = Table(
    "hand_over",
    metadata,
    identity(),
    Column("call_id", UUID(as_uuid=False), nullable=False),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("lead_id", ForeignKey("lead.id", ondelete="CASCADE")),
    Column("agent_id", ForeignKey("agent.id"), nullable=False),
    Column("specialist", Text, nullable=False),
    Column("number", Text, comment="The specialist's; NULL where only messages reach them."),
    Column("way", Text, nullable=False),
    Column("note", Text, nullable=False, comment="What was said, for the specialist."),
    Column("at", INSTANT, nullable=False),
    CheckConstraint("way IN ('three_way', 'transfer', 'message')", name="way"),
    Index("ix_hand_over_lead_id", "lead_id"),
    Index("ix_hand_over_campaign_id_at", "campaign_id", "at"),
    Index("ix_hand_over_call_id", "call_id"),
    comment="An interested lead who was given to the client's specialist.",
)
