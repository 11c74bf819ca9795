"""The tables of the HTTP interface: answers kept for repeats, files sent in, and webhooks."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from campaigns.store.table_words import INSTANT, identity, metadata

api_request = Table(
    "api_request",
    metadata,
    Column("token_id", ForeignKey("api_token.id", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False, comment="The header Idempotency-Key."),
    Column("fingerprint", Text, nullable=False, comment="SHA-256 of method, path and body."),
    Column("began_at", INSTANT, nullable=False),
    Column("status", Integer, comment="NULL while it is being worked on."),
    Column("headers", JSONB),
    Column("body", Text),
    PrimaryKeyConstraint("token_id", "key"),
    CheckConstraint("(status IS NULL) = (body IS NULL)", name="answered"),
    Index("ix_api_request_began_at", "began_at"),
    comment="What was answered to a request with a key, so that a repeat gets the same.",
)

lead_upload = Table(
    "lead_upload",
    metadata,
    identity(),
    Column("campaign_id", ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("file", Text, nullable=False),
    Column("list", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("began_at", INSTANT, nullable=False),
    Column("state", Text, nullable=False),
    Column("seen_at", INSTANT, nullable=False, comment="The reader's last sign of life."),
    Column("ended_at", INSTANT),
    Column("counts", JSONB, comment="Rows by what became of them."),
    Column("error", Text),
    Column("rejects", Text, comment="The rejects file: what was not imported, and why."),
    CheckConstraint("state IN ('running', 'done', 'failed')", name="state"),
    CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
    Index("ix_lead_upload_campaign_id", "campaign_id", "id"),
    comment="A file of leads that a program sent in.",
)

webhook = Table(
    "webhook",
    metadata,
    identity(),
    Column("client_id", ForeignKey("client.id"), comment="Whose; NULL for the call centre's own."),
    Column("url", Text, nullable=False),
    Column("events", ARRAY(Text), nullable=False),
    Column("secret", Text, nullable=False, comment="Signs; readable, or nothing could be signed."),
    Column("old_secret", Text, comment="Signs beside the new one until `old_secret_until`."),
    Column("old_secret_until", INSTANT),
    Column("state", Text, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("last_sequence", BigInteger, nullable=False, server_default=text("0")),
    Column("failures", Integer, nullable=False, server_default=text("0"), comment="In a row."),
    Column("failing_since", INSTANT),
    Column("next_at", INSTANT, comment="After a failure nothing is sent before this."),
    Column("disabled_at", INSTANT),
    Column("disabled_reason", Text),
    CheckConstraint("state IN ('active', 'disabled')", name="state"),
    CheckConstraint("(state = 'disabled') = (disabled_at IS NOT NULL)", name="disabled"),
    CheckConstraint("cardinality(events) > 0", name="events"),
    comment="An address that is told of events.",
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    identity(),
    Column("webhook_id", ForeignKey("webhook.id", ondelete="CASCADE"), nullable=False),
    Column(
        "event_id", UUID(as_uuid=False), nullable=False, server_default=text("gen_random_uuid()")
    ),
    Column("event", Text, nullable=False),
    Column("lead_id", BigInteger, comment="Whom it tells of; goes with them."),
    Column("data", JSONB, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("state", Text, nullable=False, server_default="pending"),
    Column("sequence", BigInteger, comment="Without gaps for each webhook; given when first sent."),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_at", INSTANT, comment="By the machine's clock; NULL is at once."),
    Column("last_at", INSTANT),
    Column("last_status", Integer),
    Column("last_error", Text),
    CheckConstraint("state IN ('pending', 'delivered', 'failed')", name="state"),
    Index("ix_webhook_delivery_webhook_id", "webhook_id", "id"),
    Index(
        "ix_webhook_delivery_pending",
        "webhook_id",
        "id",
        postgresql_where=text("state = 'pending'"),
    ),
    Index("ix_webhook_delivery_lead_id", "lead_id", postgresql_where=text("lead_id IS NOT NULL")),
    Index("ix_webhook_delivery_created_at", "created_at"),
    comment="What a webhook is told, written in the transaction of what it tells of.",
)
