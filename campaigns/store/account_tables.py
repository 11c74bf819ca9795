"""The tables of those who may ask: programs with their tokens, people with their accounts."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from campaigns.store.table_words import INSTANT, identity, metadata

api_token = Table(
    "api_token",
    metadata,
    identity(),
    Column("name", Text, nullable=False, unique=True),
    Column("client_id", ForeignKey("client.id"), comment="Whose; NULL for the call centre's own."),
    Column("secret_hash", Text, nullable=False, comment="SHA-256 of the token, in hexadecimal."),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", INSTANT),
    Column("revoked_at", INSTANT),
    Column("revoked_by", Text),
    Column("last_used_at", INSTANT, comment="To the minute."),
    CheckConstraint("cardinality(scopes) > 0", name="scopes"),
    Index("uq_api_token_secret_hash", "secret_hash", unique=True),
    comment="A program that may use the HTTP interface. The token itself is kept nowhere.",
)

agent_phone = Table(
    "agent_phone",
    metadata,
    Column("agent_id", ForeignKey("agent.id", ondelete="CASCADE"), primary_key=True),
    Column("extension", Text, nullable=False, unique=True, comment="What the telephone registers."),
    Column("domain", Text, nullable=False),
    Column("ha1", Text, nullable=False, comment="MD5 of extension:domain:password (RFC 2617)."),
    Column("changed_at", INSTANT, nullable=False),
    comment="An agent's SIP account. The password is kept nowhere.",
)

user_account = Table(
    "user_account",
    metadata,
    identity(),
    Column("name", Text, nullable=False, comment="What they sign in with."),
    Column("role", Text, nullable=False),
    Column("agent_id", ForeignKey("agent.id"), unique=True),
    Column("client_id", ForeignKey("client.id")),
    Column("password_hash", Text, nullable=False, comment="Argon2id."),
    Column(
        "is_provisional",
        Boolean,
        nullable=False,
        comment="Another person knows the password: it is changed before anything else.",
    ),
    Column("password_changed_at", INSTANT, nullable=False),
    Column("language", Text, comment="NULL: what the browser asks for."),
    Column("zone", Text, comment="NULL: the dialer's."),
    Column("created_at", INSTANT, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("disabled_at", INSTANT),
    Column("signed_in_at", INSTANT, comment="The last time."),
    CheckConstraint(
        "role IN ('agent', 'supervisor', 'quality', 'client', 'administrator')", name="role"
    ),
    CheckConstraint("(role = 'agent') = (agent_id IS NOT NULL)", name="agent"),
    CheckConstraint("(role = 'client') = (client_id IS NOT NULL)", name="client"),
    Index("uq_user_account_name", text("lower(name)"), unique=True),
    comment="People who sign in to the pages.",
)

user_session = Table(
    "user_session",
    metadata,
    identity(),
    Column("user_id", ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    Column(
        "token_hash",
        Text,
        nullable=False,
        unique=True,
        comment="SHA-256 of what the browser holds, in hexadecimal.",
    ),
    Column("address", Text, nullable=False, comment="Where they signed in from."),
    Column("created_at", INSTANT, nullable=False),
    Column("seen_at", INSTANT, nullable=False, comment="To the minute."),
    Index("ix_user_session_user_id", "user_id"),
    comment="Signed-in browsers. A session that is over has no row.",
)

sign_in_wait = Table(
    "sign_in_wait",
    metadata,
    Column("subject", Text, primary_key=True, comment="SHA-256 of account or address."),
    Column("tries", Integer, nullable=False),
    Column("tried_at", INSTANT, nullable=False),
    Column("waits_until", INSTANT),
    comment="Failed tries to sign in, and how long the next has to wait.",
)

client_contract = Table(
    "client_contract",
    metadata,
    identity(),
    Column("client_id", ForeignKey("client.id"), nullable=False),
    Column(
        "campaign_id",
        ForeignKey("campaign.id"),
        comment="NULL: for all campaigns that have none of their own.",
    ),
    Column("tariff", Text, comment="The TOML file as it was given."),
    Column("hears_recordings", Boolean, nullable=False),
    Column("changed_at", INSTANT, nullable=False),
    Column("changed_by", Text, nullable=False),
    Index("uq_client_contract_of", "client_id", text("coalesce(campaign_id, 0)"), unique=True),
    comment="What was agreed with a client, for all its campaigns or for one.",
)
