"""What was agreed with client companies: prices, and whether they may hear recordings."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "client_contract",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "campaign_id",
            sa.BigInteger(),
            nullable=True,
            comment="NULL: for all campaigns that have none of their own.",
        ),
        sa.Column("tariff", sa.Text(), nullable=True, comment="The TOML file as it was given."),
        sa.Column("hears_recordings", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_client_contract_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_client_contract_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_contract")),
        comment="What was agreed with a client, for all its campaigns or for one.",
    )
    op.create_index(
        "uq_client_contract_of",
        "client_contract",
        ["client_id", sa.text("coalesce(campaign_id, 0)")],
        unique=True,
    )


def downgrade() -> None:
    op.drop_table("client_contract")
