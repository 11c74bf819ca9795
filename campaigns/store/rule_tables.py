"""The tables of the rules: who must not be called, who agreed to it, whom a call was promised."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from campaigns.store.table_words import INSTANT, identity, metadata

do_not_call_list = Table(
    "do_not_call_list",
    metadata,
    identity(),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", INSTANT, nullable=False),
    Column("kind", Text, nullable=False, server_default="centre"),
    Column("region", Text, comment="ISO 3166 country of a national list."),
    Column("client_id", ForeignKey("client.id"), comment="The client of a client list."),
    Column(
        "campaign_id",
        ForeignKey("campaign.id", ondelete="SET NULL"),
        comment="Which campaign a campaign list holds for.",
    ),
    Column("imported_at", INSTANT, comment="As of when the last file was true."),
    Column("imported_by", Text),
    Column("valid_until", INSTANT, comment="After this the list is stale: it needs a newer file."),
    Column(
        "is_hashed",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="The last file held SHA-256 hashes.",
    ),
    Column(
        "generation",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Which rows of do_not_call_hash are of the last file.",
    ),
    Column("hash_count", BigInteger, nullable=False, server_default=text("0")),
    CheckConstraint("kind IN ('centre', 'client', 'campaign', 'national')", name="kind"),
    CheckConstraint("kind <> 'national' OR region IS NOT NULL", name="region"),
)

do_not_call_hash = Table(
    "do_not_call_hash",
    metadata,
    # The first eight bytes of the SHA-256 of the number in E.164, as a signed number. Among ten
    # million entries a wrong match has a chance of one in a million millions, and it errs towards
    # not calling. No foreign key: it would be looked up for each of ten million rows of a file.
    Column("digest", BigInteger, nullable=False),
    Column("list_id", BigInteger, nullable=False),
    Column("generation", Integer, nullable=False),
    PrimaryKeyConstraint("digest", "list_id", "generation"),
    comment="Whole numbers of imported files.",
)

consent = Table(
    "consent",
    metadata,
    identity(),
    Column("number", Text, nullable=False),
    Column("client_id", ForeignKey("client.id"), nullable=False),
    Column("purpose", Text, nullable=False, comment="A purpose of campaigns, or 'any'."),
    Column("given_at", INSTANT, nullable=False),
    Column("expires_at", INSTANT),
    Column("withdrawn_at", INSTANT),
    Column("withdrawn_by", Text),
    Column("source", Text, nullable=False, comment="Where it was given: a form, a call, a shop."),
    Column("proof", Text, nullable=False, comment="What shows it: a file, a record, an address."),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", INSTANT, nullable=False),
    CheckConstraint("number ~ '^\\+[0-9]{7,15}$'", name="number"),
    CheckConstraint("expires_at > given_at", name="expiry"),
    # One consent is recorded once, however often its file is imported.
    UniqueConstraint("number", "client_id", "purpose", "given_at"),
    comment="Who agreed to be called, for whom and what for; kept after it ended, as evidence.",
)

do_not_call_entry = Table(
    "do_not_call_entry",
    metadata,
    identity(),
    Column("list_id", ForeignKey("do_not_call_list.id"), nullable=False),
    Column("number", Text, nullable=False, comment="E.164, or the beginning of one."),
    Column("is_prefix", Boolean, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("added_at", INSTANT, nullable=False),
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

refused_try = Table(
    "refused_try",
    metadata,
    identity(),
    Column("lead_id", ForeignKey("lead.id", ondelete="CASCADE"), nullable=False),
    Column("code", Text, nullable=False, comment="Which rule; a code of the gate."),
    Column("rule", Text, nullable=False, comment="Its sentence and citation."),
    Column("refused_at", INSTANT, nullable=False),
    Index("ix_refused_try_lead_id_refused_at", "lead_id", "refused_at"),
    Index("ix_refused_try_refused_at", "refused_at"),
    comment="Calls that were about to be made and that a rule forbade; kept for some months.",
)

callback = Table(
    "callback",
    metadata,
    identity(),
    Column("lead_id", ForeignKey("lead.id", ondelete="CASCADE"), nullable=False),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("phone_id", ForeignKey("lead_phone.id", ondelete="CASCADE"), nullable=False),
    Column("agent_id", ForeignKey("agent.id"), comment="Promised by name; NULL for the team."),
    Column("due_at", INSTANT, nullable=False),
    Column("tolerance_seconds", Float, nullable=False),
    Column("agent_wait_seconds", Float, nullable=False),
    Column("fallback", Text, nullable=False),
    Column("promised_by", Text, nullable=False),
    Column("promised_at", INSTANT, nullable=False),
    Column("state", Text, nullable=False),
    Column("taken_at", INSTANT, comment="When a dialer took it in hand; since then it is due."),
    Column("call_id", UUID(as_uuid=False)),
    Column("settled_at", INSTANT),
    Column("reason", Text, comment="Why it was late, missed or cancelled."),
    Column("note", Text),
    CheckConstraint(
        "state IN ('open', 'due', 'kept', 'late', 'missed', 'cancelled')", name="state"
    ),
    CheckConstraint("fallback IN ('team', 'retry')", name="fallback"),
    CheckConstraint("(settled_at IS NULL) = (state IN ('open', 'due'))", name="settled"),
    Index("ix_callback_due", "due_at", postgresql_where=text("state IN ('open', 'due')")),
    Index(
        "uq_callback_lead_id_unsettled",
        "lead_id",
        unique=True,
        postgresql_where=text("state IN ('open', 'due')"),
    ),
    Index("ix_callback_campaign_id_due_at", "campaign_id", "due_at"),
    comment="A call promised for an instant. It ends kept, late, missed or cancelled, once.",
)
