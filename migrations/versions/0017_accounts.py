"""Accounts of people, their sessions, and the waits of those who cannot sign in."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "user_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="What they sign in with."),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column("client_id", sa.BigInteger(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=False, comment="Argon2id."),
        sa.Column(
            "is_provisional",
            sa.Boolean(),
            nullable=False,
            comment="Another person knows the password: it is changed before anything else.",
        ),
        sa.Column("password_changed_at", _INSTANT, nullable=False),
        sa.Column("language", sa.Text(), nullable=True, comment="NULL: what the browser asks for."),
        sa.Column("zone", sa.Text(), nullable=True, comment="NULL: the dialer's."),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("disabled_at", _INSTANT, nullable=True),
        sa.Column("signed_in_at", _INSTANT, nullable=True, comment="The last time."),
        sa.CheckConstraint(
            "role IN ('agent', 'supervisor', 'quality', 'client', 'administrator')",
            name=op.f("ck_user_account_role"),
        ),
        sa.CheckConstraint(
            "(role = 'agent') = (agent_id IS NOT NULL)", name=op.f("ck_user_account_agent")
        ),
        sa.CheckConstraint(
            "(role = 'client') = (client_id IS NOT NULL)", name=op.f("ck_user_account_client")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_user_account_agent_id")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_user_account_client_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("agent_id", name=op.f("uq_user_account_agent_id")),
        comment="People who sign in to the pages.",
    )
    op.create_index("uq_user_account_name", "user_account", [sa.text("lower(name)")], unique=True)
    op.create_table(
        "user_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "token_hash",
            sa.Text(),
            nullable=False,
            comment="SHA-256 of what the browser holds, in hexadecimal.",
        ),
        sa.Column("address", sa.Text(), nullable=False, comment="Where they signed in from."),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("seen_at", _INSTANT, nullable=False, comment="To the minute."),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_user_session_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_session_token_hash")),
        comment="Signed-in browsers. A session that is over has no row.",
    )
    op.create_index("ix_user_session_user_id", "user_session", ["user_id"])
    op.create_table(
        "sign_in_wait",
        sa.Column("subject", sa.Text(), nullable=False, comment="SHA-256 of account or address."),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", _INSTANT, nullable=False),
        sa.Column("waits_until", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_sign_in_wait")),
        comment="Failed tries to sign in, and how long the next has to wait.",
    )


def downgrade() -> None:
    op.drop_table("sign_in_wait")
    op.drop_table("user_session")
    op.drop_table("user_account")
