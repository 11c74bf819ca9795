"""The tables, as SQLAlchemy Core sees them. The migrations create them; a test holds the two
together.

Instants are `timestamptz`; there is no money yet, and none will be a float. Every table that
grows with the calls has only the indexes that a query of this package names.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_INSTANT = DateTime(timezone=True)


def _id() -> Column[int]:
    return Column("id", BigInteger, Identity(always=False), primary_key=True)


client = Table(
    "client",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", _INSTANT, nullable=False),
)

team = Table(
    "team",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", _INSTANT, nullable=False),
)

campaign = Table(
    "campaign",
    metadata,
    _id(),
    Column("client_id", ForeignKey("client.id"), nullable=False),
    Column("team_id", ForeignKey("team.id"), nullable=False, index=True),
    Column("name", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False, server_default="draft"),
    Column("spec", JSONB, nullable=False, comment="The campaign file, as it was read."),
    Column("created_at", _INSTANT, nullable=False),
    Column("updated_at", _INSTANT, nullable=False),
    Column(
        "started_at", _INSTANT, comment="First start; the 30-day blocks of the ledgers begin here."
    ),
    Column("stopped_at", _INSTANT),
    CheckConstraint("state IN ('draft', 'running', 'paused', 'stopped')", name="state"),
)

disposition = Table(
    "disposition",
    metadata,
    Column("campaign_id", ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("code", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("is_final", Boolean, nullable=False),
    Column("position", SmallInteger, nullable=False),
    PrimaryKeyConstraint("campaign_id", "code"),
    comment="What an agent of the campaign may say of a call; kept for old attempts.",
)

agent = Table(
    "agent",
    metadata,
    _id(),
    Column("team_id", ForeignKey("team.id"), nullable=False, index=True),
    Column("name", Text, nullable=False, unique=True),
    Column("extension", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="logged_out"),
    Column("state_since", _INSTANT, nullable=False),
    Column("pause_reason", Text),
    Column(
        "leg_id", Text, comment="The nailed-up leg on the switch, for adoption after a restart."
    ),
    Column("created_at", _INSTANT, nullable=False),
    CheckConstraint(
        "state IN ('logged_out', 'connecting_leg', 'paused', 'ready', 'reserved', "
        "'talking', 'wrap_up')",
        name="state",
    ),
)

agent_activity = Table(
    "agent_activity",
    metadata,
    _id(),
    Column("agent_id", ForeignKey("agent.id"), nullable=False),
    Column("team_id", ForeignKey("team.id"), nullable=False),
    Column("campaign_id", ForeignKey("campaign.id"), comment="Whose call the time was spent on."),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("began_at", _INSTANT, nullable=False),
    Column("ended_at", _INSTANT),
    CheckConstraint("ended_at >= began_at", name="order"),
    Index("ix_agent_activity_agent_id_began_at", "agent_id", "began_at"),
    Index("ix_agent_activity_team_id_began_at", "team_id", "began_at"),
    Index(
        "uq_agent_activity_open",
        "agent_id",
        unique=True,
        postgresql_where=text("ended_at IS NULL"),
    ),
    comment="One row for each stretch of an agent's time in one state.",
)

lead_list = Table(
    "lead_list",
    metadata,
    _id(),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    UniqueConstraint("campaign_id", "name"),
    # Only so that a lead's campaign and list can be held together by one foreign key.
    UniqueConstraint("campaign_id", "id"),
)

lead = Table(
    "lead",
    metadata,
    _id(),
    Column("campaign_id", BigInteger, nullable=False),
    Column("list_id", BigInteger, nullable=False),
    Column("external_id", Text),
    Column("name", Text),
    Column(
        "fields",
        JSONB,
        nullable=False,
        comment="Other columns of the list, for the agent's screen.",
    ),
    Column("priority", SmallInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("next_call_at", _INSTANT, nullable=False),
    Column("next_position", SmallInteger, nullable=False, comment="Which number is called next."),
    Column(
        "time_zones",
        Text,
        nullable=False,
        comment="Zone key of the next number: its possible zones, sorted and joined by commas.",
    ),
    Column("tries", Integer, nullable=False, comment="Attempts that count against the limit."),
    Column("is_fresh", Boolean, nullable=False, comment="No attempt was made yet."),
    Column("leased_by", Text),
    Column("last_call_id", UUID(as_uuid=False)),
    Column("done_reason", Text),
    Column("created_at", _INSTANT, nullable=False),
    ForeignKeyConstraint(
        ["campaign_id", "list_id"],
        ["lead_list.campaign_id", "lead_list.id"],
        name="fk_lead_campaign_id_list_id",
    ),
    CheckConstraint(
        "state IN ('callable', 'leased', 'dialling', 'done', 'invalid')",
        name="state",
    ),
    CheckConstraint("(state IN ('leased', 'dialling')) = (leased_by IS NOT NULL)", name="lease"),
    CheckConstraint("tries >= 0", name="tries"),
    # The hopper. Equality on the first four columns, so that a lease reads exactly the leads it
    # takes, however many wait for their retry behind them or sleep in a closed time zone.
    Index(
        "ix_lead_hopper",
        "campaign_id",
        "time_zones",
        "priority",
        "is_fresh",
        "next_call_at",
        "id",
        postgresql_where=text("state = 'callable'"),
    ),
    Index(
        "ix_lead_leased",
        "leased_by",
        postgresql_where=text("state IN ('leased', 'dialling')"),
    ),
    Index(
        "uq_lead_external_id",
        "campaign_id",
        "external_id",
        unique=True,
        postgresql_where=text("external_id IS NOT NULL"),
    ),
)

hopper_key = Table(
    "hopper_key",
    metadata,
    Column("campaign_id", ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("time_zones", Text, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    PrimaryKeyConstraint("campaign_id", "time_zones", "priority"),
    comment="Every pair of zone key and priority a lead of the campaign could come to have.",
)

lead_phone = Table(
    "lead_phone",
    metadata,
    _id(),
    Column("lead_id", ForeignKey("lead.id", ondelete="CASCADE"), nullable=False),
    Column("campaign_id", BigInteger, nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("time_zones", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="valid"),
    UniqueConstraint("lead_id", "position"),
    # A number belongs to one lead of a campaign. The number comes first, so that the same index
    # finds a number in all campaigns.
    UniqueConstraint("number", "campaign_id"),
    CheckConstraint("number ~ '^\\+[0-9]{7,15}$'", name="number"),
    CheckConstraint("state IN ('valid', 'invalid', 'do_not_call')", name="state"),
)

attempt = Table(
    "attempt",
    metadata,
    Column(
        "id",
        UUID(as_uuid=False),
        primary_key=True,
        comment="The call id; also the origination_uuid on the switch.",
    ),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("team_id", ForeignKey("team.id"), nullable=False),
    Column("lead_id", ForeignKey("lead.id"), nullable=False),
    Column("phone_id", ForeignKey("lead_phone.id"), nullable=False),
    Column("number", Text, nullable=False),
    Column("trunk", Text, nullable=False),
    Column("caller_id", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("written_at", _INSTANT, nullable=False),
    Column("originated_at", _INSTANT),
    Column("ringing_at", _INSTANT),
    Column("answered_at", _INSTANT),
    Column("bridged_at", _INSTANT),
    Column("ended_at", _INSTANT),
    Column("outcome", Text),
    Column("cause", Text),
    Column("agent_id", ForeignKey("agent.id")),
    Column("is_live", Boolean, nullable=False, server_default=text("false")),
    Column("is_abandoned", Boolean, nullable=False, server_default=text("false")),
    Column("disposition", Text),
    Column("disposed_at", _INSTANT),
    CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended"),
    CheckConstraint("is_live OR NOT is_abandoned", name="abandoned"),
    # Or it would be missing from the ledgers, which count by the instant of the answer.
    CheckConstraint("answered_at IS NOT NULL OR NOT is_live", name="live"),
    # The last guard of "a number is on one call at a time": no race and no second process passes
    # it. It also finds the open attempts after a restart: they are as few as there are calls.
    Index(
        "uq_attempt_live_number",
        "number",
        unique=True,
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index("ix_attempt_lead_id", "lead_id"),
    Index("ix_attempt_campaign_id_written_at", "campaign_id", "written_at"),
    Index(
        "ix_attempt_ledger",
        "campaign_id",
        "answered_at",
        postgresql_where=text("is_live"),
    ),
    comment="One row for each try at one number, durable before the switch is asked to originate.",
)

do_not_call_list = Table(
    "do_not_call_list",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", _INSTANT, nullable=False),
)

do_not_call_entry = Table(
    "do_not_call_entry",
    metadata,
    _id(),
    Column("list_id", ForeignKey("do_not_call_list.id"), nullable=False),
    Column("number", Text, nullable=False, comment="E.164, or the beginning of one."),
    Column("is_prefix", Boolean, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("added_at", _INSTANT, nullable=False),
    # The number comes first: it is looked up in all lists at once, with every attempt.
    UniqueConstraint("number", "is_prefix", "list_id"),
    CheckConstraint("number ~ '^\\+[0-9]{1,15}$'", name="number"),
    CheckConstraint("is_prefix OR length(number) >= 8", name="whole_number"),
    # The few prefixes by their length, so that a check asks only for lengths that exist.
    Index(
        "ix_do_not_call_entry_prefix_length",
        text("length(number)"),
        postgresql_where=text("is_prefix"),
    ),
)

control_request = Table(
    "control_request",
    metadata,
    _id(),
    Column("kind", Text, nullable=False),
    Column("args", JSONB, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_at", _INSTANT, nullable=False),
    Column(
        "expires_at",
        _INSTANT,
        nullable=False,
        comment="By the database's clock: after this it must not be obeyed any more.",
    ),
    Column("answered_at", _INSTANT),
    Column("ok", Boolean),
    Column("answer", JSONB),
    CheckConstraint("(answered_at IS NULL) = (ok IS NULL)", name="answered"),
    Index("ix_control_request_open", "id", postgresql_where=text("answered_at IS NULL")),
)

service_snapshot = Table(
    "service_snapshot",
    metadata,
    Column("service", Text, primary_key=True),
    Column("body", JSONB, nullable=False),
    Column("written_at", _INSTANT, nullable=False),
    # Rewritten every second or so: room for the new version on the same page.
    postgresql_with={"fillfactor": "50"},
)

lease = Table(
    "lease",
    metadata,
    Column("team_id", ForeignKey("team.id"), primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),
    Column("token", BigInteger, nullable=False, comment="Grows with every holder; never reused."),
    Column("acquired_at", _INSTANT, nullable=False),
    Column("expires_at", _INSTANT, nullable=False, comment="By the database's clock."),
)

audit_log = Table(
    "audit_log",
    metadata,
    _id(),
    Column("at", _INSTANT, nullable=False),
    Column("by", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", JSONB, nullable=False),
    Index("ix_audit_log_subject_at", "subject", "at"),
    comment="Who changed what. Rows are only ever added; a trigger refuses anything else.",
)
