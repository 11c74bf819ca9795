"""The first schema: campaigns, leads, attempts, agents, do-not-call, control, leases and the audit log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The audit log is evidence: not even the dialer's own account may change a line of it unnoticed.
APPEND_ONLY = """
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_log is append-only: % refused', TG_OP;
END
$$
"""


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
        comment="Who changed what. Rows are only ever added; a trigger refuses anything else.",
    )
    op.create_index("ix_audit_log_subject_at", "audit_log", ["subject", "at"], unique=False)
    op.create_table(
        "client",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
        sa.UniqueConstraint("name", name=op.f("uq_client_name")),
    )
    op.create_table(
        "control_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("args", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="By the database's clock: after this it must not be obeyed any more.",
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ok", sa.Boolean(), nullable=True),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("(answered_at IS NULL) = (ok IS NULL)", name=op.f("ck_control_request_answered")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_request")),
    )
    op.create_index(
        "ix_control_request_open",
        "control_request",
        ["id"],
        unique=False,
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_table(
        "do_not_call_list",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_do_not_call_list")),
        sa.UniqueConstraint("name", name=op.f("uq_do_not_call_list_name")),
    )
    op.create_table(
        "service_snapshot",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("service", name=op.f("pk_service_snapshot")),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "team",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name", name=op.f("uq_team_name")),
    )
    op.create_table(
        "agent",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="logged_out", nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column(
            "leg_id", sa.Text(), nullable=True, comment="The nailed-up leg on the switch, for adoption after a restart."
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('logged_out', 'connecting_leg', 'paused', 'ready', 'reserved', 'talking', 'wrap_up')",
            name=op.f("ck_agent_state"),
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_agent_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
        sa.UniqueConstraint("name", name=op.f("uq_agent_name")),
    )
    op.create_index(op.f("ix_agent_team_id"), "agent", ["team_id"], unique=False)
    op.create_table(
        "campaign",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column(
            "spec",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The campaign file, as it was read.",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="First start; the 30-day blocks of the ledgers begin here.",
        ),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'running', 'paused', 'stopped')", name=op.f("ck_campaign_state")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_campaign_client_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_campaign_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("name", name=op.f("uq_campaign_name")),
    )
    op.create_index(op.f("ix_campaign_team_id"), "campaign", ["team_id"], unique=False)
    op.create_table(
        "do_not_call_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False, comment="E.164, or the beginning of one."),
        sa.Column("is_prefix", sa.Boolean(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number ~ '^\\+[0-9]{1,15}$'", name=op.f("ck_do_not_call_entry_number")),
        sa.CheckConstraint("is_prefix OR length(number) >= 8", name=op.f("ck_do_not_call_entry_whole_number")),
        sa.ForeignKeyConstraint(["list_id"], ["do_not_call_list.id"], name=op.f("fk_do_not_call_entry_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_do_not_call_entry")),
        sa.UniqueConstraint(
            "number", "is_prefix", "list_id", name=op.f("uq_do_not_call_entry_number_is_prefix_list_id")
        ),
    )
    op.create_index(
        "ix_do_not_call_entry_prefix_length",
        "do_not_call_entry",
        [sa.literal_column("length(number)")],
        unique=False,
        postgresql_where=sa.text("is_prefix"),
    )
    op.create_table(
        "lease",
        sa.Column("team_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False, comment="Grows with every holder; never reused."),
        sa.Column("acquired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, comment="By the database's clock."),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_lease_team_id")),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_lease")),
    )
    op.create_table(
        "agent_activity",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True, comment="Whose call the time was spent on."),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ended_at >= began_at", name=op.f("ck_agent_activity_order")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_agent_activity_agent_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_agent_activity_campaign_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_agent_activity_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_activity")),
        comment="One row for each stretch of an agent's time in one state.",
    )
    op.create_index("ix_agent_activity_agent_id_began_at", "agent_activity", ["agent_id", "began_at"], unique=False)
    op.create_index("ix_agent_activity_team_id_began_at", "agent_activity", ["team_id", "began_at"], unique=False)
    op.create_index(
        "uq_agent_activity_open",
        "agent_activity",
        ["agent_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "disposition",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_disposition_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "code", name=op.f("pk_disposition")),
        comment="What an agent of the campaign may say of a call; kept for old attempts.",
    )
    op.create_table(
        "hopper_key",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("time_zones", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_hopper_key_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "time_zones", "priority", name=op.f("pk_hopper_key")),
        comment="Every pair of zone key and priority a lead of the campaign could come to have.",
    )
    op.create_table(
        "lead_list",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_lead_list_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_list")),
        sa.UniqueConstraint("campaign_id", "id", name=op.f("uq_lead_list_campaign_id_id")),
        sa.UniqueConstraint("campaign_id", "name", name=op.f("uq_lead_list_campaign_id_name")),
    )
    op.create_table(
        "lead",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column(
            "fields",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Other columns of the list, for the agent's screen.",
        ),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("next_call_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_position", sa.SmallInteger(), nullable=False, comment="Which number is called next."),
        sa.Column(
            "time_zones",
            sa.Text(),
            nullable=False,
            comment="Zone key of the next number: its possible zones, sorted and joined by commas.",
        ),
        sa.Column("tries", sa.Integer(), nullable=False, comment="Attempts that count against the limit."),
        sa.Column("is_fresh", sa.Boolean(), nullable=False, comment="No attempt was made yet."),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("last_call_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("done_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state IN ('leased', 'dialling')) = (leased_by IS NOT NULL)", name=op.f("ck_lead_lease")),
        sa.CheckConstraint(
            "state IN ('callable', 'leased', 'dialling', 'done', 'invalid')", name=op.f("ck_lead_state")
        ),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_lead_tries")),
        sa.ForeignKeyConstraint(
            ["campaign_id", "list_id"], ["lead_list.campaign_id", "lead_list.id"], name="fk_lead_campaign_id_list_id"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
    )
    op.create_index(
        "ix_lead_hopper",
        "lead",
        ["campaign_id", "time_zones", "priority", "is_fresh", "next_call_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'callable'"),
    )
    op.create_index(
        "ix_lead_leased",
        "lead",
        ["leased_by"],
        unique=False,
        postgresql_where=sa.text("state IN ('leased', 'dialling')"),
    )
    op.create_index(
        "uq_lead_external_id",
        "lead",
        ["campaign_id", "external_id"],
        unique=True,
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.create_table(
        "lead_phone",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("time_zones", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="valid", nullable=False),
        sa.CheckConstraint("number ~ '^\\+[0-9]{7,15}$'", name=op.f("ck_lead_phone_number")),
        sa.CheckConstraint("state IN ('valid', 'invalid', 'do_not_call')", name=op.f("ck_lead_phone_state")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_phone_lead_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_phone")),
        sa.UniqueConstraint("lead_id", "position", name=op.f("uq_lead_phone_lead_id_position")),
        sa.UniqueConstraint("number", "campaign_id", name=op.f("uq_lead_phone_number_campaign_id")),
    )
    op.create_table(
        "attempt",
        sa.Column(
            "id",
            sa.UUID(as_uuid=False),
            nullable=False,
            comment="The call id; also the origination_uuid on the switch.",
        ),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("phone_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("trunk", sa.Text(), nullable=False),
        sa.Column("caller_id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("originated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ringing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bridged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column("is_live", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_abandoned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("disposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name=op.f("ck_attempt_ended")),
        sa.CheckConstraint("answered_at IS NOT NULL OR NOT is_live", name=op.f("ck_attempt_live")),
        sa.CheckConstraint("is_live OR NOT is_abandoned", name=op.f("ck_attempt_abandoned")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_attempt_agent_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_attempt_campaign_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_attempt_lead_id")),
        sa.ForeignKeyConstraint(["phone_id"], ["lead_phone.id"], name=op.f("fk_attempt_phone_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_attempt_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        comment="One row for each try at one number, durable before the switch is asked to originate.",
    )
    op.create_index("ix_attempt_campaign_id_written_at", "attempt", ["campaign_id", "written_at"], unique=False)
    op.create_index("ix_attempt_lead_id", "attempt", ["lead_id"], unique=False)
    op.create_index(
        "ix_attempt_ledger",
        "attempt",
        ["campaign_id", "answered_at"],
        unique=False,
        postgresql_where=sa.text("is_live"),
    )
    op.create_index(
        "uq_attempt_live_number", "attempt", ["number"], unique=True, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.execute(APPEND_ONLY)
    op.execute(
        "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )


def downgrade() -> None:
    op.drop_index("uq_attempt_live_number", table_name="attempt", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_index("ix_attempt_ledger", table_name="attempt", postgresql_where=sa.text("is_live"))
    op.drop_index("ix_attempt_lead_id", table_name="attempt")
    op.drop_index("ix_attempt_campaign_id_written_at", table_name="attempt")
    op.drop_table("attempt")
    op.drop_table("lead_phone")
    op.drop_index("uq_lead_external_id", table_name="lead", postgresql_where=sa.text("external_id IS NOT NULL"))
    op.drop_index("ix_lead_leased", table_name="lead", postgresql_where=sa.text("state IN ('leased', 'dialling')"))
    op.drop_index("ix_lead_hopper", table_name="lead", postgresql_where=sa.text("state = 'callable'"))
    op.drop_table("lead")
    op.drop_table("lead_list")
    op.drop_table("hopper_key")
    op.drop_table("disposition")
    op.drop_index("uq_agent_activity_open", table_name="agent_activity", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_index("ix_agent_activity_team_id_began_at", table_name="agent_activity")
    op.drop_index("ix_agent_activity_agent_id_began_at", table_name="agent_activity")
    op.drop_table("agent_activity")
    op.drop_table("lease")
    op.drop_index(
        "ix_do_not_call_entry_prefix_length", table_name="do_not_call_entry", postgresql_where=sa.text("is_prefix")
    )
    op.drop_table("do_not_call_entry")
    op.drop_index(op.f("ix_campaign_team_id"), table_name="campaign")
    op.drop_table("campaign")
    op.drop_index(op.f("ix_agent_team_id"), table_name="agent")
    op.drop_table("agent")
    op.drop_table("team")
    op.drop_table("service_snapshot")
    op.drop_table("do_not_call_list")
    op.drop_index(
        "ix_control_request_open", table_name="control_request", postgresql_where=sa.text("answered_at IS NULL")
    )
    op.drop_table("control_request")
    op.drop_table("client")
    op.drop_index("ix_audit_log_subject_at", table_name="audit_log")
    op.drop_table("audit_log")
    op.execute("DROP FUNCTION refuse_audit_change()")
