"""The tables of supervision: what is written to agents, and who has read it."""

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, Table, Text, text

from campaigns.store.table_words import INSTANT, identity, metadata

agent_message = Table(
    "agent_message",
    metadata,
    identity(),
    Column("text", Text, nullable=False),
    Column("team_id", ForeignKey("team.id"), comment="Written to a team; NULL: to one agent."),
    Column("sent_by", Text, nullable=False),
    Column("sent_at", INSTANT, nullable=False),
    Index("ix_agent_message_sent_at", "sent_at"),
    comment="What a supervisor wrote to an agent or a team.",
)

agent_message_receipt = Table(
    "agent_message_receipt",
    metadata,
    Column("message_id", ForeignKey("agent_message.id", ondelete="CASCADE"), nullable=False),
    Column("agent_id", ForeignKey("agent.id", ondelete="CASCADE"), nullable=False),
    Column("read_at", INSTANT, comment="When they said that they have read it."),
    PrimaryKeyConstraint("message_id", "agent_id"),
    Index("ix_agent_message_receipt_unread", "agent_id", postgresql_where=text("read_at IS NULL")),
    comment="One row for each agent a message is for.",
)
