"""Tokens of the programs that may use the HTTP interface."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "client_id",
            sa.BigInteger(),
            nullable=True,
            comment="Whose; NULL for the call centre's own.",
        ),
        sa.Column(
            "secret_hash",
            sa.Text(),
            nullable=False,
            comment="SHA-256 of the token, in hexadecimal.",
        ),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.Column(
            "last_used_at", sa.DateTime(timezone=True), nullable=True, comment="To the minute."
        ),
        sa.CheckConstraint("cardinality(scopes) > 0", name=op.f("ck_api_token_scopes")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_api_token_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("name", name=op.f("uq_api_token_name")),
        comment="A program that may use the HTTP interface. The token itself is kept nowhere.",
    )
    op.create_index("uq_api_token_secret_hash", "api_token", ["secret_hash"], unique=True)


def downgrade() -> None:
    op.drop_table("api_token")
