"""The tables of running services: requests to them, leases, pacers, and the audit log."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from campaigns.store.table_words import INSTANT, identity, metadata

control_request = Table(
    "control_request",
    metadata,
    identity(),
    Column("kind", Text, nullable=False),
    Column("args", JSONB, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_at", INSTANT, nullable=False),
    Column(
        "expires_at",
        INSTANT,
        nullable=False,
        comment="By the database's clock: after this it must not be obeyed any more.",
    ),
    Column("answered_at", INSTANT),
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
    Column("written_at", INSTANT, nullable=False),
    # Rewritten every second or so: room for the new version on the same page.
    postgresql_with={"fillfactor": "50"},
)

lease = Table(
    "lease",
    metadata,
    Column("team_id", ForeignKey("team.id"), primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),
    Column("token", BigInteger, nullable=False, comment="Grows with every holder; never reused."),
    Column("acquired_at", INSTANT, nullable=False),
    Column("expires_at", INSTANT, nullable=False, comment="By the database's clock."),
)

team_pacing = Table(
    "team_pacing",
    metadata,
    Column("team_id", ForeignKey("team.id"), primary_key=True, autoincrement=False),
    Column("settings", JSONB, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", INSTANT, nullable=False),
    comment="Set by a person; goes before what the team's campaign files say.",
)

pacer_state = Table(
    "pacer_state",
    metadata,
    Column("team_id", ForeignKey("team.id"), primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("token", BigInteger, nullable=False, comment="Of the lease it was saved by."),
    Column("saved_at", INSTANT, nullable=False),
    comment="What the team's pacer has learnt, in its own words.",
)

switch_drain = Table(
    "switch_drain",
    metadata,
    Column("switch", Text, primary_key=True),
    Column("by", Text, nullable=False),
    Column("since", INSTANT, nullable=False),
    comment="Switches by their names in the settings that are given no new calls.",
)

audit_log = Table(
    "audit_log",
    metadata,
    identity(),
    Column("at", INSTANT, nullable=False),
    Column("by", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", JSONB, nullable=False),
    Index("ix_audit_log_subject_at", "subject", "at"),
    comment="Who changed what. Rows are only ever added; a trigger refuses anything else.",
)
