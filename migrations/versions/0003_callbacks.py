"""Promised calls, and a guard that keeps promised leads out of the ordinary hopper."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UNSETTLED = sa.text("state IN ('open', 'due')")

HOLD = """
CREATE FUNCTION hold_promised_lead() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held_until timestamptz;
BEGIN
    SELECT due_at + make_interval(secs => tolerance_seconds + 2 * agent_wait_seconds)
      INTO held_until FROM callback WHERE lead_id = NEW.id AND state IN ('open', 'due');
    IF held_until IS NOT NULL THEN
        NEW.next_call_at := greatest(NEW.next_call_at, held_until);
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    op.create_table(
        "callback",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("phone_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "agent_id", sa.BigInteger(), nullable=True, comment="Promised by name; NULL for the team."
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tolerance_seconds", sa.Float(), nullable=False),
        sa.Column("agent_wait_seconds", sa.Float(), nullable=False),
        sa.Column("fallback", sa.Text(), nullable=False),
        sa.Column("promised_by", sa.Text(), nullable=False),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "taken_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a dialer took it in hand; since then it is due.",
        ),
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "reason", sa.Text(), nullable=True, comment="Why it was late, missed or cancelled."
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'due', 'kept', 'late', 'missed', 'cancelled')",
            name=op.f("ck_callback_state"),
        ),
        sa.CheckConstraint("fallback IN ('team', 'retry')", name=op.f("ck_callback_fallback")),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (state IN ('open', 'due'))", name=op.f("ck_callback_settled")
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.id"], name=op.f("fk_callback_lead_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_callback_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["phone_id"], ["lead_phone.id"], name=op.f("fk_callback_phone_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_callback_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback")),
        comment="A call promised for an instant. It ends kept, late, missed or cancelled, once.",
    )
    op.create_index("ix_callback_due", "callback", ["due_at"], postgresql_where=UNSETTLED)
    op.create_index(
        "uq_callback_lead_id_unsettled",
        "callback",
        ["lead_id"],
        unique=True,
        postgresql_where=UNSETTLED,
    )
    op.create_index("ix_callback_campaign_id_due_at", "callback", ["campaign_id", "due_at"])
    op.execute(HOLD)
    # Only a lead that becomes callable, or callable at another time, is looked at: leasing,
    # dialling and imports do not come by here.
    op.execute(
        "CREATE TRIGGER hold_promised_lead BEFORE UPDATE OF state, next_call_at ON lead"
        " FOR EACH ROW WHEN (NEW.state = 'callable') EXECUTE FUNCTION hold_promised_lead()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER hold_promised_lead ON lead")
    op.execute("DROP FUNCTION hold_promised_lead()")
    op.drop_table("callback")
