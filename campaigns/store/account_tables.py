"""The tables of those who may ask: programs, with their tokens."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text
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
