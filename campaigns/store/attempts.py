"""Attempts: written before anything is dialled, settled when the call ends, disposed by the agent.

Law 2: an attempt's row is durable before `originate` is sent. All that could forbid the call is
checked in the same transaction, so nothing that is true at its commit is overlooked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.consent_registry import ConsentRegistry
from campaigns.store.attempt_rows import ATTEMPT_SELECT, attempt_row
from campaigns.store.attempt_settle import dispose_attempt, settle_attempts
from campaigns.store.attempt_write import write_attempts
from campaigns.store.database import reading, transaction, utc
from campaigns.store.errors import UnknownAttempt
from campaigns.store.lead_writes import as_json
from campaigns.store.rows import (
    AnswerNote,
    AttemptResult,
    AttemptRow,
    AttemptVerdict,
    LedgerCounts,
    NewAttempt,
)  # fmt: skip


class Attempts:
    """The attempts."""

    def __init__(
        self, engine: AsyncEngine, registries: Mapping[str, ConsentRegistry] | None = None
    ) -> None:
        self._engine = engine
        self.registries = dict(registries or {})
        """Consent registries by the name the rule packs use for them."""

    async def write(self, new: Sequence[NewAttempt], *, now: datetime) -> list[AttemptVerdict]:
        """Write the attempts in one transaction, durable on return; a verdict for each, in order.

        An attempt is refused (and has no row) with one of these codes:

        - `lease_lost`: the team's lease is not held by its owner and token; stop dialling
        - `not_leased`: the lead is not leased by the owner
        - `wrong_phone`: the number is not the lead's, or is invalid
        - `number_on_call`: a call to this number is open, in whatever campaign
        - `outside_calling_hours`: the lead's hours are closed, by its lease, the campaign or a law
        - `do_not_call`: a list forbids the number; the lead goes on to its next number, or is
          finished
        - `list_stale`: a do-not-call list that must be looked at is missing or too old
        - `no_consent`: the law or the campaign wants a consent and none is in force
        - `registry_refused`: a consent registry does not know the number, or cannot be asked
        - `attempt_limit`: as many calls as a limit allows were made in its window
        - `cool_down`: the person must be left alone for a time after an earlier call
        - `attempts_max`: the lead has had all its attempts
        - `already_ended`: the call id was used before

        A refused lead is taken out of the owner's hands, and set to when it next becomes callable.
        The same attempt written again while its
        call is open is accepted again, so that a lost answer does no harm.
        """
        async with transaction(self._engine) as connection:
            return await write_attempts(connection, new, utc(now), registries=self.registries)

    async def note_answers(self, notes: Sequence[AnswerNote]) -> None:
        """Write that open attempts were answered and bridged, should their end never be told.
        Attempts that have ended are left as they are."""
        if not notes:
            return
        async with transaction(self._engine) as connection:
            await connection.execute(
                # Rows are taken in the order in which `settle_attempts` takes them, or the two
                # would wait for each other in a circle.
                text(
                    "WITH new AS MATERIALIZED ("
                    " SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS new(call_id uuid,"
                    "   answered_at timestamptz, bridged_at timestamptz, agent_id bigint)"
                    "), held AS MATERIALIZED ("
                    " SELECT attempt.id FROM attempt JOIN new ON new.call_id = attempt.id"
                    " WHERE attempt.ended_at IS NULL"
                    " ORDER BY attempt.lead_id, attempt.id FOR UPDATE OF attempt"
                    ")"
                    " UPDATE attempt SET answered_at = new.answered_at,"
                    " bridged_at = new.bridged_at, agent_id = new.agent_id"
                    " FROM held JOIN new ON new.call_id = held.id WHERE attempt.id = held.id"
                ),
                {"rows": as_json([asdict(note) for note in notes])},
            )

    async def settle(self, results: Sequence[AttemptResult], *, now: datetime) -> list[str]:
        """Write how attempts went and move their leads by the retry rules, in one transaction.

        The same result again changes nothing; a corrected one corrects the row, the ledgers and,
        while the lead has not been leased again, its next call. Returns the call ids that have no
        row. Everything is reckoned from the results' own instants, which may run ahead of `now`
        when the switch's clock does.
        """
        utc(now)
        async with transaction(self._engine) as connection:
            return await settle_attempts(connection, results)

    async def dispose(
        self, call_id: str, agent_id: int, disposition: str | None, *, now: datetime
    ) -> None:
        """Write what the agent said (None: nothing), during the call or after it, and let it take
        effect.

        A final disposition finishes the lead, `do_not_call` lists the number, `wrong_number`
        spoils it, and `machine` takes the call out of the live answers. Idempotent. Raises
        `UnknownAttempt`, and `StoreError` for a code the campaign does not have.
        """
        async with transaction(self._engine) as connection:
            await dispose_attempt(connection, call_id, agent_id, disposition, utc(now))

    async def get(self, call_id: str) -> AttemptRow:
        """The attempt of that call id. Raises `UnknownAttempt`."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(f"{ATTEMPT_SELECT} WHERE attempt.id = CAST(:id AS uuid)"), {"id": call_id}
            )
            row = found.one_or_none()
        if row is None:
            raise UnknownAttempt(f"There is no attempt {call_id}.")
        return attempt_row(row)

    async def unfinished(self, team_id: int) -> list[AttemptRow]:
        """The team's attempts without an end, oldest first: what a restart must find out and
        settle."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    f"{ATTEMPT_SELECT} WHERE attempt.team_id = :team_id AND "
                    "attempt.ended_at IS NULL"
                    " ORDER BY attempt.written_at, attempt.id"
                ),
                {"team_id": team_id},
            )
            return [attempt_row(row) for row in found]

    async def ledger_counts(
        self, campaign_id: int, since: datetime | None, until: datetime | None
    ) -> LedgerCounts:
        """Live answers and abandoned ones answered in [since, until), from the attempts alone
        (law 3).

        None leaves the window open on that side. Calls that have not ended are not in it yet.
        """
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    "SELECT count(*), count(*) FILTER (WHERE is_abandoned) FROM attempt"
                    " WHERE campaign_id = :campaign_id AND is_live"
                    " AND answered_at >= coalesce(CAST(:since AS timestamptz), '-infinity')"
                    " AND answered_at < coalesce(CAST(:until AS timestamptz), 'infinity')"
                ),
                {"campaign_id": campaign_id, "since": since, "until": until},
            )
            live_answers, abandoned = found.one()
        return LedgerCounts(live_answers=live_answers, abandoned=abandoned)
