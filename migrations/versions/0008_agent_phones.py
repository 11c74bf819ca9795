"""SIP accounts of the agents' telephones."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_phone",
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "extension", sa.Text(), nullable=False, comment="What the telephone registers."
        ),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column(
            "ha1",
            sa.Text(),
            nullable=False,
            comment="MD5 of extension:domain:password (RFC 2617).",
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_agent_phone_agent_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_agent_phone")),
        sa.UniqueConstraint("extension", name=op.f("uq_agent_phone_extension")),
        comment="An agent's SIP account. The password is kept nowhere.",
    )


def downgrade() -> None:
    op.drop_table("agent_phone")
