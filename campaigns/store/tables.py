"""The tables, as SQLAlchemy Core sees them. The migrations create them; a test holds the two
together.

Instants are `timestamptz`; there is no money yet, and none will be a float. Every table that
grows with the calls has only the indexes that a query of this package names.
"""

from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from campaigns.store import (
    account_tables,
    api_tables,
    desk_tables,
    quality_tables,
    recording_tables,
    rule_tables,
    script_tables,
    service_tables,
    supervision_tables,
)
from campaigns.store.table_words import INSTANT, identity, metadata

__all__ = [
    "account_tables", "api_tables", "desk_tables", "metadata", "quality_tables", "recording_tables",
    "rule_tables", "script_tables", "service_tables", "supervision_tables",
]  # fmt: skip

_VACUUMED_OFTEN = {
    "autovacuum_vacuum_scale_factor": "0.01",
    "autovacuum_analyze_scale_factor": "0.02",
}
"""A hundredth of ten million, where PostgreSQL would wait for a fifth."""

client = Table(
    "client",
    metadata,
    identity(),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", INSTANT, nullable=False),
)

team = Table(
    "team",
    metadata,
    identity(),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", INSTANT, nullable=False),
    Column(
        "phone_keys",
        Boolean,
        nullable=False,
        server_default=text("true"),
        comment="Whether its agents may work by the keys of their telephones.",
    ),
)

campaign = Table(
    "campaign",
    metadata,
    identity(),
    Column("client_id", ForeignKey("client.id"), nullable=False),
    Column("team_id", ForeignKey("team.id"), nullable=False, index=True),
    Column("name", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False, server_default="draft"),
    Column("spec", JSONB, nullable=False, comment="The campaign file, as it was read."),
    Column("created_at", INSTANT, nullable=False),
    Column("updated_at", INSTANT, nullable=False),
    Column(
        "started_at", INSTANT, comment="First start; the 30-day blocks of the ledgers begin here."
    ),
    Column("stopped_at", INSTANT),
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
    identity(),
    Column("team_id", ForeignKey("team.id"), nullable=False, index=True),
    Column("name", Text, nullable=False, unique=True),
    Column("extension", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="logged_out"),
    Column("state_since", INSTANT, nullable=False),
    Column("pause_reason", Text),
    Column(
        "leg_id", Text, comment="The nailed-up leg on the switch, for adoption after a restart."
    ),
    Column("created_at", INSTANT, nullable=False),
    CheckConstraint(
        "state IN ('logged_out', 'connecting_leg', 'paused', 'ready', 'reserved', "
        "'talking', 'wrap_up')",
        name="state",
    ),
)

agent_activity = Table(
    "agent_activity",
    metadata,
    identity(),
    Column("agent_id", ForeignKey("agent.id"), nullable=False),
    Column("team_id", ForeignKey("team.id"), nullable=False),
    Column("campaign_id", ForeignKey("campaign.id"), comment="Whose call the time was spent on."),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("began_at", INSTANT, nullable=False),
    Column("ended_at", INSTANT),
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
    identity(),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    UniqueConstraint("campaign_id", "name"),
    # Only so that a lead's campaign and list can be held together by one foreign key.
    UniqueConstraint("campaign_id", "id"),
)

lead = Table(
    "lead",
    metadata,
    identity(),
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
    Column("next_call_at", INSTANT, nullable=False),
    Column("next_position", SmallInteger, nullable=False, comment="Which number is called next."),
    Column(
        "time_zones",
        Text,
        nullable=False,
        comment="Zone key of the next number: its possible zones, sorted and joined by commas.",
    ),
    Column(
        "jurisdictions",
        Text,
        nullable=False,
        server_default="",
        comment="Key of the places whose law may hold for the next number, sorted, with commas.",
    ),
    Column("tries", Integer, nullable=False, comment="Attempts that count against the limit."),
    Column("is_fresh", Boolean, nullable=False, comment="No attempt was made yet."),
    Column(
        "not_reached",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Attempts that reached nobody.",
    ),
    Column(
        "unfinished",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Conversations that did not finish what they were for.",
    ),
    Column(
        "recycled_at",
        INSTANT,
        comment="Put back by a recycling; what came before does not count.",
    ),
    Column("leased_by", Text),
    Column("last_call_id", UUID(as_uuid=False)),
    Column("done_reason", Text),
    Column("created_at", INSTANT, nullable=False),
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
    CheckConstraint("not_reached >= 0", name="not_reached"),
    CheckConstraint("unfinished >= 0", name="unfinished"),
    # The hopper. Equality on the first five columns, so that a lease reads exactly the leads it
    # takes, however many wait for their retry behind them or sleep in a closed time zone.
    Index(
        "ix_lead_hopper",
        "campaign_id",
        "time_zones",
        "jurisdictions",
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
    # Those out of the hopper because a quota is full, to be put back when it is raised.
    Index(
        "ix_lead_quota",
        "campaign_id",
        "id",
        postgresql_where=text("state = 'done' AND done_reason = 'quota'"),
    ),
    # Every lead that is taken leaves a dead entry at the front of the hopper's index.
    postgresql_with=_VACUUMED_OFTEN,
)

hopper_key = Table(
    "hopper_key",
    metadata,
    Column("campaign_id", ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("time_zones", Text, nullable=False),
    Column("jurisdictions", Text, nullable=False, server_default=""),
    Column("priority", SmallInteger, nullable=False),
    PrimaryKeyConstraint("campaign_id", "time_zones", "jurisdictions", "priority"),
    comment="Every zone key, jurisdiction key and priority a lead of the campaign could come to"
    " have.",
)

lead_phone = Table(
    "lead_phone",
    metadata,
    identity(),
    Column("lead_id", ForeignKey("lead.id", ondelete="CASCADE"), nullable=False),
    Column("campaign_id", BigInteger, nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("time_zones", Text, nullable=False),
    Column("jurisdictions", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False, server_default="valid"),
    UniqueConstraint("lead_id", "position"),
    # A number belongs to one lead of a campaign. The number comes first, so that the same index
    # finds a number in all campaigns.
    UniqueConstraint("number", "campaign_id"),
    # A forgotten person's number is 'forgotten-' and the id of the row.
    CheckConstraint("number ~ '^\\+[0-9]{7,15}$' OR state = 'forgotten'", name="number"),
    CheckConstraint("state IN ('valid', 'invalid', 'do_not_call', 'forgotten')", name="state"),
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
    Column("written_at", INSTANT, nullable=False),
    Column("originated_at", INSTANT),
    Column("ringing_at", INSTANT),
    Column("answered_at", INSTANT),
    Column("bridged_at", INSTANT),
    Column("ended_at", INSTANT),
    Column("outcome", Text),
    Column("cause", Text),
    Column("agent_id", ForeignKey("agent.id")),
    Column("is_live", Boolean, nullable=False, server_default=text("false")),
    Column("is_abandoned", Boolean, nullable=False, server_default=text("false")),
    Column("disposition", Text),
    Column("disposed_at", INSTANT),
    Column(
        "verdict",
        Text,
        comment="What the greeting classifier said; empty where it was not asked.",
    ),
    Column("screened_at", INSTANT),
    Column(
        "is_sampled",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Called a machine and passed to an agent all the same, to measure.",
    ),
    Column("message_at", INSTANT, comment="When a recording began to play to them."),
    Column("opted_out_at", INSTANT),
    Column(
        "answer_probability",
        REAL,
        comment="How likely an answer was held to be when the call was launched.",
    ),
    Column(
        "changed",
        BigInteger,
        nullable=False,
        server_default=text("0"),
        comment="Place in the order of changes to ended attempts; a trigger keeps it.",
    ),
    CheckConstraint("verdict IN ('human', 'machine', 'unsure')", name="verdict"),
    CheckConstraint("(verdict IS NULL) = (screened_at IS NULL)", name="screened"),
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
    # The past of a number and of all numbers of a lead, for limits and cool-downs.
    Index("ix_attempt_number_written_at", "number", "written_at"),
    Index("ix_attempt_campaign_id_written_at", "campaign_id", "written_at"),
    Index(
        "ix_attempt_agent_id_bridged_at",
        "agent_id",
        "bridged_at",
        postgresql_where=text("agent_id IS NOT NULL"),
    ),
    Index(
        "ix_attempt_ledger",
        "campaign_id",
        "answered_at",
        postgresql_where=text("is_live"),
    ),
    # What has changed since somebody last looked; see campaigns/store/results.py.
    Index(
        "ix_attempt_changed",
        "campaign_id",
        "changed",
        "id",
        postgresql_where=text("ended_at IS NOT NULL"),
    ),
    comment="One row for each try at one number, durable before the switch is asked to originate.",
    postgresql_with=_VACUUMED_OFTEN,
)

return_call = Table(
    "return_call",
    metadata,
    Column("id", UUID(as_uuid=False), primary_key=True),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("lead_id", ForeignKey("lead.id", ondelete="CASCADE")),
    Column("number", Text, nullable=False),
    Column("arrived_at", INSTANT, nullable=False),
    Column("agent_id", ForeignKey("agent.id")),
    Column("bridged_at", INSTANT),
    Column("message_at", INSTANT),
    Column("ended_at", INSTANT),
    Column("disposition", Text),
    Column("disposed_at", INSTANT),
    Index("ix_return_call_campaign_id_arrived_at", "campaign_id", "arrived_at"),
    comment="A person who called a campaign's number. No attempt of ours, and in no ledger.",
)

survey_answer = Table(
    "survey_answer",
    metadata,
    Column("call_id", ForeignKey("attempt.id", ondelete="CASCADE"), primary_key=True),
    Column("question", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("answered_at", INSTANT, nullable=False),
    CheckConstraint("key ~ '^[0-9]$'", name="key"),
    comment="The key pressed in answer to one question of a recorded survey.",
)
