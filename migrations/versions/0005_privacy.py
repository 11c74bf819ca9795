"""Forgetting a person: a number may leave its rows, and become its hash in the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# A line of the audit log may change in one way only: a number named beforehand, for this
# transaction alone, becomes its SHA-256 wherever it stands. The database computes the hash itself
# and compares the whole line, so nothing else can be slipped in with it.
REFUSE = """
CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    forgotten text := coalesce(current_setting('dialer.forgotten_number', true), '');
    hash text := encode(sha256(convert_to(forgotten, 'UTF8')), 'hex');
    expected audit_log%ROWTYPE;
BEGIN
    IF TG_OP <> 'UPDATE' OR forgotten !~ '^\\+[0-9]{7,15}$' THEN
        RAISE EXCEPTION 'audit_log is append-only: % refused', TG_OP;
    END IF;
    IF TG_LEVEL = 'ROW' THEN
        expected := OLD;
        expected.subject := replace(OLD.subject, forgotten, hash);
        expected.details := CAST(replace(CAST(OLD.details AS text), forgotten, hash) AS jsonb);
        IF NEW IS DISTINCT FROM expected THEN
            RAISE EXCEPTION 'audit_log is append-only: only a forgotten number may become its hash';
        END IF;
        RETURN NEW;
    END IF;
    RETURN NULL;
END
$$
"""
REFUSE_ALL = """
CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_log is append-only: % refused', TG_OP;
END
$$
"""
PHONE_STATES = "state IN ('valid', 'invalid', 'do_not_call', 'forgotten')"
PHONE_STATES_BEFORE = "state IN ('valid', 'invalid', 'do_not_call')"
NUMBER_BEFORE = "number ~ '^\\+[0-9]{7,15}$'"
NUMBER = f"{NUMBER_BEFORE} OR state = 'forgotten'"


def upgrade() -> None:
    _check_phones(NUMBER, PHONE_STATES)
    op.execute(REFUSE)
    op.execute(
        "CREATE TRIGGER audit_log_forgotten_only BEFORE UPDATE ON audit_log"
        " FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER audit_log_forgotten_only ON audit_log")
    op.execute(REFUSE_ALL)
    # What is forgotten stays so: its state becomes an older one, and its rows are not checked.
    op.execute("UPDATE lead_phone SET state = 'invalid' WHERE state = 'forgotten'")
    _check_phones(NUMBER_BEFORE, PHONE_STATES_BEFORE, not_valid=True)


def _check_phones(number: str, states: str, *, not_valid: bool = False) -> None:
    op.drop_constraint(op.f("ck_lead_phone_number"), "lead_phone", type_="check")
    op.drop_constraint(op.f("ck_lead_phone_state"), "lead_phone", type_="check")
    for name, condition in (("ck_lead_phone_number", number), ("ck_lead_phone_state", states)):
        op.create_check_constraint(
            op.f(name), "lead_phone", sa.text(condition), postgresql_not_valid=not_valid
        )
