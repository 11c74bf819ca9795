"""Answers to a script that come after the end of a call are news of that call."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_EVENTS = ("INSERT", "UPDATE")


def upgrade() -> None:
    for event in _EVENTS:
        op.execute(
            f"CREATE TRIGGER touch_attempts_{event.lower()} AFTER {event} ON script_answer"
            " REFERENCING NEW TABLE AS written FOR EACH STATEMENT"
            " EXECUTE FUNCTION touch_written_attempts()"
        )


def downgrade() -> None:
    for event in _EVENTS:
        op.execute(f"DROP TRIGGER touch_attempts_{event.lower()} ON script_answer")
