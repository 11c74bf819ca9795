"""The HTTP interface: the order of changes to results, kept answers, files sent in, webhooks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)

_STAMP = """
CREATE FUNCTION stamp_changed_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Grows with the transactions, and is known to be complete below the oldest one still running.
    NEW.changed := (SELECT last_value FROM change_era)
                   + CAST(CAST(pg_current_xact_id() AS text) AS bigint);
    RETURN NEW;
END $$;
CREATE TRIGGER stamp_changed BEFORE UPDATE ON attempt FOR EACH ROW
    WHEN (NEW.ended_at IS NOT NULL AND OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION stamp_changed_attempt();
"""
_TOUCH = """
CREATE FUNCTION touch_written_attempts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- What is written after the end of a call is news of that call.
    UPDATE attempt SET changed = 0 FROM (
        SELECT id FROM attempt WHERE id IN (SELECT call_id FROM written)
        AND ended_at IS NOT NULL ORDER BY lead_id, id FOR UPDATE
    ) AS held WHERE attempt.id = held.id;
    RETURN NULL;
END $$;
"""
_TOUCHED_BY = (
    ("survey_answer", "INSERT"),
    ("call_note", "INSERT"),
    ("call_note", "UPDATE"),
    ("hand_over", "INSERT"),
)


def upgrade() -> None:
    op.add_column(
        "attempt",
        sa.Column(
            "changed",
            sa.BigInteger(),
            nullable=False,
            server_default=sa.text("0"),
            comment="Place in the order of changes to ended attempts; a trigger keeps it.",
        ),
    )
    op.create_index(
        "ix_attempt_changed",
        "attempt",
        ["campaign_id", "changed", "id"],
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.execute("CREATE SEQUENCE change_era MINVALUE 0 START 0")
    op.execute(_STAMP)
    op.execute(_TOUCH)
    for table, event in _TOUCHED_BY:
        op.execute(
            f"CREATE TRIGGER touch_attempts_{event.lower()} AFTER {event} ON {table}"
            " REFERENCING NEW TABLE AS written FOR EACH STATEMENT"
            " EXECUTE FUNCTION touch_written_attempts()"
        )
    _make_requests()
    _make_webhooks()


def _make_requests() -> None:
    op.create_table(
        "api_request",
        sa.Column("token_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="The header Idempotency-Key."),
        sa.Column(
            "fingerprint",
            sa.Text(),
            nullable=False,
            comment="SHA-256 of method, path and body.",
        ),
        sa.Column("began_at", _INSTANT, nullable=False),
        sa.Column(
            "status", sa.Integer(), nullable=True, comment="NULL while it is being worked on."
        ),
        sa.Column("headers", postgresql.JSONB(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status IS NULL) = (body IS NULL)", name=op.f("ck_api_request_answered")
        ),
        sa.ForeignKeyConstraint(
            ["token_id"],
            ["api_token.id"],
            name=op.f("fk_api_request_token_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_id", "key", name=op.f("pk_api_request")),
        comment="What was answered to a request with a key, so that a repeat gets the same.",
    )
    op.create_index("ix_api_request_began_at", "api_request", ["began_at"])
    op.create_table(
        "lead_upload",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("began_at", _INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column(
            "counts",
            postgresql.JSONB(),
            nullable=True,
            comment="Rows by what became of them.",
        ),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column(
            "rejects",
            sa.Text(),
            nullable=True,
            comment="The rejects file: what was not imported, and why.",
        ),
        sa.CheckConstraint(
            "state IN ('running', 'done', 'failed')", name=op.f("ck_lead_upload_state")
        ),
        sa.CheckConstraint(
            "(state = 'running') = (ended_at IS NULL)", name=op.f("ck_lead_upload_ended")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_lead_upload_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_upload")),
        comment="A file of leads that a program sent in.",
    )
    op.create_index("ix_lead_upload_campaign_id", "lead_upload", ["campaign_id", "id"])


def _make_webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "client_id",
            sa.BigInteger(),
            nullable=True,
            comment="Whose; NULL for the call centre's own.",
        ),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "secret",
            sa.Text(),
            nullable=False,
            comment="Signs; readable, or nothing could be signed.",
        ),
        sa.Column(
            "old_secret",
            sa.Text(),
            nullable=True,
            comment="Signs beside the new one until `old_secret_until`.",
        ),
        sa.Column("old_secret_until", _INSTANT, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column(
            "last_sequence", sa.BigInteger(), nullable=False, server_default=sa.text("0")
        ),
        sa.Column(
            "failures",
            sa.Integer(),
            nullable=False,
            server_default=sa.text("0"),
            comment="In a row.",
        ),
        sa.Column("failing_since", _INSTANT, nullable=True),
        sa.Column(
            "next_at",
            _INSTANT,
            nullable=True,
            comment="After a failure nothing is sent before this.",
        ),
        sa.Column("disabled_at", _INSTANT, nullable=True),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('active', 'disabled')", name=op.f("ck_webhook_state")),
        sa.CheckConstraint(
            "(state = 'disabled') = (disabled_at IS NOT NULL)", name=op.f("ck_webhook_disabled")
        ),
        sa.CheckConstraint("cardinality(events) > 0", name=op.f("ck_webhook_events")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_webhook_client_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        comment="An address that is told of events.",
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("webhook_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "event_id",
            sa.UUID(as_uuid=False),
            nullable=False,
            server_default=sa.text("gen_random_uuid()"),
        ),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column(
            "lead_id", sa.BigInteger(), nullable=True, comment="Whom it tells of; goes with them."
        ),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="pending"),
        sa.Column(
            "sequence",
            sa.BigInteger(),
            nullable=True,
            comment="Without gaps for each webhook; given when first sent.",
        ),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column(
            "next_at",
            _INSTANT,
            nullable=True,
            comment="By the machine's clock; NULL is at once.",
        ),
        sa.Column("last_at", _INSTANT, nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'delivered', 'failed')",
            name=op.f("ck_webhook_delivery_state"),
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"],
            ["webhook.id"],
            name=op.f("fk_webhook_delivery_webhook_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        comment="What a webhook is told, written in the transaction of what it tells of.",
    )
    op.create_index("ix_webhook_delivery_webhook_id", "webhook_delivery", ["webhook_id", "id"])
    op.create_index(
        "ix_webhook_delivery_pending",
        "webhook_delivery",
        ["webhook_id", "id"],
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_webhook_delivery_lead_id",
        "webhook_delivery",
        ["lead_id"],
        postgresql_where=sa.text("lead_id IS NOT NULL"),
    )
    op.create_index("ix_webhook_delivery_created_at", "webhook_delivery", ["created_at"])


def downgrade() -> None:
    op.drop_table("webhook_delivery")
    op.drop_table("webhook")
    op.drop_table("lead_upload")
    op.drop_table("api_request")
    for table, event in _TOUCHED_BY:
        op.execute(f"DROP TRIGGER touch_attempts_{event.lower()} ON {table}")
    op.execute("DROP FUNCTION touch_written_attempts()")
    op.execute("DROP TRIGGER stamp_changed ON attempt")
    op.execute("DROP FUNCTION stamp_changed_attempt()")
    op.execute("DROP SEQUENCE change_era")
    op.drop_column("attempt", "changed")
