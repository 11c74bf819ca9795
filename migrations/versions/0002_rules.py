"""Law in the transaction of the attempt: jurisdictions, do-not-call lists with files, consents."""

import sqlalchemy as sa
from alembic import op

from campaigns.store.lead_places import fill_jurisdictions

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

HOPPER = ["campaign_id", "time_zones", "jurisdictions", "priority", "is_fresh", "next_call_at", "id"]
HOPPER_BEFORE = [name for name in HOPPER if name != "jurisdictions"]


def upgrade() -> None:
    _add_places()
    _extend_do_not_call()
    _create_consent()
    op.create_index("ix_attempt_number_written_at", "attempt", ["number", "written_at"], unique=False)
    fill_jurisdictions(op.get_bind())


def _places(comment: str | None = None) -> sa.Column[str]:
    return sa.Column("jurisdictions", sa.Text(), server_default="", nullable=False, comment=comment)


def _add_places() -> None:
    op.add_column(
        "lead", _places("Key of the places whose law may hold for the next number, sorted, with commas.")
    )
    op.add_column("lead_phone", _places())
    op.add_column("hopper_key", _places())
    op.drop_constraint("pk_hopper_key", "hopper_key", type_="primary")
    op.create_primary_key(
        "pk_hopper_key", "hopper_key", ["campaign_id", "time_zones", "jurisdictions", "priority"]
    )
    op.create_table_comment(
        "hopper_key",
        "Every zone key, jurisdiction key and priority a lead of the campaign could come to have.",
        existing_comment="Every pair of zone key and priority a lead of the campaign could come to have.",
    )
    op.drop_index("ix_lead_hopper", table_name="lead")
    op.create_index(
        "ix_lead_hopper", "lead", HOPPER, unique=False, postgresql_where=sa.text("state = 'callable'")
    )


def _extend_do_not_call() -> None:
    for column in (
        sa.Column("kind", sa.Text(), server_default="centre", nullable=False),
        sa.Column("region", sa.Text(), nullable=True, comment="ISO 3166 country of a national list."),
        sa.Column("client_id", sa.BigInteger(), nullable=True, comment="The client of a client list."),
        sa.Column(
            "campaign_id",
            sa.BigInteger(),
            nullable=True,
            comment="Which campaign a campaign list holds for.",
        ),
        sa.Column(
            "imported_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="As of when the last file was true.",
        ),
        sa.Column("imported_by", sa.Text(), nullable=True),
        sa.Column(
            "valid_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="After this the list is stale: it needs a newer file.",
        ),
        sa.Column(
            "is_hashed",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="The last file held SHA-256 hashes.",
        ),
        sa.Column(
            "generation",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Which rows of do_not_call_hash are of the last file.",
        ),
        sa.Column("hash_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    ):
        op.add_column("do_not_call_list", column)
    op.create_check_constraint(
        op.f("ck_do_not_call_list_kind"),
        "do_not_call_list",
        "kind IN ('centre', 'client', 'campaign', 'national')",
    )
    op.create_check_constraint(
        op.f("ck_do_not_call_list_region"), "do_not_call_list", "kind <> 'national' OR region IS NOT NULL"
    )
    op.create_foreign_key(
        op.f("fk_do_not_call_list_client_id"), "do_not_call_list", "client", ["client_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_do_not_call_list_campaign_id"),
        "do_not_call_list",
        "campaign",
        ["campaign_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_table(
        "do_not_call_hash",
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "list_id", "generation", name=op.f("pk_do_not_call_hash")),
        comment="Whole numbers of imported files.",
    )


def _create_consent() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False, comment="A purpose of campaigns, or 'any'."),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column(
            "source", sa.Text(), nullable=False, comment="Where it was given: a form, a call, a shop."
        ),
        sa.Column(
            "proof", sa.Text(), nullable=False, comment="What shows it: a file, a record, an address."
        ),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number ~ '^\\+[0-9]{7,15}$'", name=op.f("ck_consent_number")),
        sa.CheckConstraint("expires_at > given_at", name=op.f("ck_consent_expiry")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_consent_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint(
            "number",
            "client_id",
            "purpose",
            "given_at",
            name=op.f("uq_consent_number_client_id_purpose_given_at"),
        ),
        comment="Who agreed to be called, for whom and what for; kept after it ended, as evidence.",
    )


def downgrade() -> None:
    op.drop_index("ix_attempt_number_written_at", table_name="attempt")
    op.drop_table("consent")
    op.drop_table("do_not_call_hash")
    op.drop_constraint("fk_do_not_call_list_campaign_id", "do_not_call_list", type_="foreignkey")
    op.drop_constraint("fk_do_not_call_list_client_id", "do_not_call_list", type_="foreignkey")
    op.drop_constraint(op.f("ck_do_not_call_list_region"), "do_not_call_list", type_="check")
    op.drop_constraint(op.f("ck_do_not_call_list_kind"), "do_not_call_list", type_="check")
    for name in (
        "hash_count", "generation", "is_hashed", "valid_until", "imported_by", "imported_at",
        "campaign_id", "client_id", "region", "kind",
    ):  # fmt: skip
        op.drop_column("do_not_call_list", name)
    op.drop_index("ix_lead_hopper", table_name="lead")
    op.create_index(
        "ix_lead_hopper", "lead", HOPPER_BEFORE, unique=False, postgresql_where=sa.text("state = 'callable'")
    )
    op.execute(
        "DELETE FROM hopper_key AS one USING hopper_key AS other WHERE one.ctid > other.ctid"
        " AND (one.campaign_id, one.time_zones, one.priority)"
        " = (other.campaign_id, other.time_zones, other.priority)"
    )
    op.drop_constraint("pk_hopper_key", "hopper_key", type_="primary")
    op.create_primary_key("pk_hopper_key", "hopper_key", ["campaign_id", "time_zones", "priority"])
    op.create_table_comment(
        "hopper_key",
        "Every pair of zone key and priority a lead of the campaign could come to have.",
        existing_comment="Every zone key, jurisdiction key and priority a lead of the campaign could come to have.",
    )
    for table in ("hopper_key", "lead_phone", "lead"):
        op.drop_column(table, "jurisdictions")
