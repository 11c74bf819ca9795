"""The tables of scripts, their answers and their quotas, as SQLAlchemy Core sees them."""

from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from campaigns.store.table_words import INSTANT, identity, metadata

script = Table(
    "script",
    metadata,
    identity(),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", INSTANT, nullable=False),
)

script_version = Table(
    "script_version",
    metadata,
    identity(),
    Column("script_id", ForeignKey("script.id"), nullable=False),
    Column("number", Integer, nullable=False, comment="From 1, by script."),
    Column("hash", Text, nullable=False, comment="SHA-256 of the source."),
    Column("source", Text, nullable=False, comment="The file, as it was read."),
    Column("has_quotas", Boolean, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_at", INSTANT, nullable=False),
    UniqueConstraint("script_id", "number"),
    comment="What a script was at some time. A version never changes.",
)

script_assignment = Table(
    "script_assignment",
    metadata,
    identity(),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("version_id", ForeignKey("script_version.id"), comment="Empty: no script from then on."),
    Column("assigned_by", Text, nullable=False),
    Column("assigned_at", INSTANT, nullable=False),
    Index("ix_script_assignment_campaign_id_assigned_at", "campaign_id", "assigned_at"),
    comment="Which version a campaign's calls use from an instant on; the last before a call's"
    " start is its own.",
)

script_call = Table(
    "script_call",
    metadata,
    Column("call_id", UUID(as_uuid=False), primary_key=True),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("lead_id", ForeignKey("lead.id", ondelete="CASCADE")),
    Column("agent_id", ForeignKey("agent.id")),
    Column("version_id", ForeignKey("script_version.id"), nullable=False),
    Column("began_at", INSTANT, nullable=False),
    Column("ended_at", INSTANT),
    Column("trail", JSONB, nullable=False, comment="The steps left behind, in their order."),
    Column("end_place", Text),
    Column("result", Text),
    Column("cells", ARRAY(Text), nullable=False, comment="Quotas this interview counts towards."),
    CheckConstraint(
        "result IN ('complete', 'refused', 'screened_out', 'quota_full', 'unfinished')",
        name="result",
    ),
    CheckConstraint("(ended_at IS NULL) = (result IS NULL)", name="ended"),
    Index("ix_script_call_campaign_id_began_at", "campaign_id", "began_at"),
    Index("ix_script_call_lead_id", "lead_id"),
    comment="A call with a script. `call_id` is an attempt's, or that of a person who called back.",
)

script_answer = Table(
    "script_answer",
    metadata,
    identity(),
    Column("call_id", ForeignKey("script_call.call_id", ondelete="CASCADE"), nullable=False),
    Column("lead_id", BigInteger),
    Column("agent_id", ForeignKey("agent.id")),
    Column("version_id", ForeignKey("script_version.id"), nullable=False),
    Column("step", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("value", JSONB, nullable=False),
    Column(
        "is_words",
        Boolean,
        nullable=False,
        comment="Holds words or a day of the person's own; goes when they are forgotten.",
    ),
    Column("answered_at", INSTANT, nullable=False),
    Column("seconds", REAL, comment="From the step's beginning to the answer."),
    Column("replaced_at", INSTANT, comment="When another answer came, or the way left the step."),
    Index(
        "uq_script_answer_current",
        "call_id",
        "question",
        unique=True,
        postgresql_where=text("replaced_at IS NULL"),
    ),
    Index("ix_script_answer_lead_id", "lead_id", postgresql_where=text("replaced_at IS NULL")),
    comment="Answers, the replaced ones too.",
)

script_step_visit = Table(
    "script_step_visit",
    metadata,
    Column("call_id", ForeignKey("script_call.call_id", ondelete="CASCADE"), nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("step", Text, nullable=False),
    Column("entered_at", INSTANT, nullable=False),
    Column("seconds", REAL, comment="Empty while the step is on the screen."),
    PrimaryKeyConstraint("call_id", "position"),
)

quota_cell = Table(
    "quota_cell",
    metadata,
    Column("campaign_id", ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("condition", JSONB, nullable=False),
    Column("target", Integer, nullable=False),
    Column("interviews", Integer, nullable=False, comment="Complete ones that count here."),
    PrimaryKeyConstraint("campaign_id", "name"),
    comment="The quotas in force, with what has been reached.",
)

quota_marking = Table(
    "quota_marking",
    metadata,
    Column("campaign_id", ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True),
    Column("signature", Text, nullable=False, comment="Version and full cells it was done for."),
    Column("marked_at", INSTANT, nullable=False),
    comment="For which full quotas the campaign's leads have been taken out of the hopper.",
)
