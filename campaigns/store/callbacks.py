"""Promised calls: made, taken back, handed to the dialer when they come near, and measured."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.callbacks import (
    Advice,
    BadMoment,
    CallbackState,
    WhenClosed,
    advise,
    in_zones,
    settled_moment,
)
from campaigns.campaign_spec import CampaignSpec
from campaigns.store.callback_rows import (
    CallbackCounts,
    CallbackEnd,
    CallbackRow,
    CheckedMoment,
    DueCallback,
    Promised,
    callback_row,
)
from campaigns.store.callback_taking import (
    NEVER_AGAIN,
    NOT_ANSWERED,
    SELECT,
    due,
    lapse,
    settle,
    take,
    withdraw_lead,
)
from campaigns.store.campaigns import read_specs
from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.errors import StoreError, UnknownAgent, UnknownLead
from campaigns.store.gate_facts import law_of
from campaigns.store.lead_writes import as_json
from campaigns.store.outbox import tell_callbacks


class Callbacks:
    """The promises."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def promise(
        self,
        lead_id: int,
        local: datetime,
        *,
        by: str,
        now: datetime,
        agent_id: int | None = None,
        zone: str | None = None,
        note: str | None = None,
        when_closed: WhenClosed = WhenClosed.REFUSE,
    ) -> Promised:
        """Promise the lead a call at `local`, a clock time where the lead is, or an aware instant.

        For that agent, or for the team. The number is the one last talked on, else the next one to
        be called. A moment outside the calling hours is refused, moved or kept as `when_closed`
        says. A lead has one unsettled promise at most: a new one takes the place of the last.
        Raises StoreError.
        """
        now = utc(now)
        async with transaction(self._engine) as connection:
            lead = await _lead(connection, lead_id)
            await _require_agent(connection, agent_id, lead.team_id)
            spec = (await read_specs(connection, [lead.campaign_id]))[lead.campaign_id]
            zones = lead.time_zones.split(",")
            due_at = _instant(local, [zone] if zone else zones)
            advice = _advice(spec, lead, due_at, [zone] if zone else zones, now)
            due_at = _settled_moment(due_at, advice, when_closed)
            await _replace(connection, lead_id, now)
            try:
                callback_id = await connection.scalar(
                    text(_INSERT),
                    {
                        "lead_id": lead_id,
                        "campaign_id": lead.campaign_id,
                        "phone_id": lead.phone_id,
                        "agent_id": agent_id,
                        "due_at": due_at,
                        "tolerance": spec.callback_tolerance_seconds,
                        "wait": spec.callback_agent_wait_seconds,
                        "fallback": str(spec.callback_fallback),
                        "by": by,
                        "now": now,
                        "note": note,
                    },
                )
            except IntegrityError as error:
                raise StoreError(
                    f"Lead {lead_id} was promised another call at this moment. Look at it with "
                    "`dialer callbacks list`, then try again."
                ) from error
            # Where the lead waits for an ordinary call, or a hopper has it for one, the guard now
            # holds it back.
            await withdraw_lead(connection, lead_id)
            await audit(
                connection,
                at=now,
                by=by,
                action="callback.add",
                subject=f"lead {lead_id}",
                details=as_json({"callback": callback_id, "due_at": due_at.isoformat()}),
            )
            await tell_callbacks(connection, "made", [callback_id], now=now)
            row = await _one(connection, callback_id)
        return Promised(callback=row, warning=advice.warning, proposed_at=advice.proposed_at)

    async def check(
        self, lead_id: int, local: datetime, *, now: datetime, zone: str | None = None
    ) -> CheckedMoment:
        """What would be said of a promise for that moment; nothing is promised. Raises StoreError.

        For a screen on which somebody still chooses.
        """
        async with transaction(self._engine) as connection:
            lead = await _lead(connection, lead_id)
            spec = (await read_specs(connection, [lead.campaign_id]))[lead.campaign_id]
            zones = [zone] if zone else lead.time_zones.split(",")
            due_at = _instant(local, zones)
            return CheckedMoment(
                due_at=due_at, zone=zones[0], advice=_advice(spec, lead, due_at, zones, utc(now))
            )

    async def get(self, callback_id: int) -> CallbackRow:
        """One promise. Raises StoreError."""
        async with reading(self._engine) as connection:
            return await _one(connection, callback_id)

    async def list(
        self,
        *,
        campaign_id: int | None = None,
        agent_id: int | None = None,
        states: Collection[str] = (CallbackState.OPEN, CallbackState.DUE),
        limit: int = 200,
    ) -> Sequence[CallbackRow]:
        """Promises in those states, earliest first."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    f"{SELECT} WHERE callback.state = ANY(CAST(:states AS text[]))"
                    " AND (CAST(:campaign_id AS bigint) IS NULL"
                    "      OR callback.campaign_id = :campaign_id)"
                    " AND (CAST(:agent_id AS bigint) IS NULL OR callback.agent_id = :agent_id)"
                    " ORDER BY callback.due_at, callback.id LIMIT :limit"
                ),
                {
                    "states": [str(state) for state in states],
                    "campaign_id": campaign_id,
                    "agent_id": agent_id,
                    "limit": limit,
                },
            )
            return [callback_row(row) for row in found]

    async def count_open(self, agent_id: int) -> int:
        """How many calls are promised with this agent by name and not over."""
        async with reading(self._engine) as connection:
            found = await connection.scalar(
                text(
                    "SELECT count(*) FROM callback WHERE agent_id = :agent_id"
                    " AND state IN ('open', 'due')"
                ),
                {"agent_id": agent_id},
            )
            return int(found or 0)

    async def find(self, campaign_ids: Collection[int], callback_id: int) -> CallbackRow | None:
        """One promise of these campaigns; None when it is none of them."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    f"{SELECT} WHERE callback.id = :id"
                    " AND callback.campaign_id = ANY(CAST(:campaigns AS bigint[]))"
                ),
                {"id": callback_id, "campaigns": sorted(campaign_ids)},
            )
            row = found.one_or_none()
        return None if row is None else callback_row(row)

    async def page(
        self,
        campaign_ids: Collection[int],
        *,
        states: Sequence[str],
        after: tuple[int, int],
        most: int,
        agent: str | None = None,
        lead_id: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[CallbackRow]:
        """Promises of these campaigns due in [since, until), by when they are due.

        `after` is where the last page ended: microseconds of the Unix time it was due, and its id.
        """
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(_PAGE),
                {
                    "campaigns": sorted(campaign_ids),
                    "states": list(states),
                    "agent": agent,
                    "lead_id": lead_id,
                    "since": None if since is None else utc(since),
                    "until": None if until is None else utc(until),
                    "after_due": after[0],
                    "after_id": after[1],
                    "most": most,
                },
            )
            return [callback_row(row) for row in found]

    async def cancel(self, callback_id: int, *, by: str, now: datetime) -> bool:
        """Take back a promise no dialer has in hand. False when one has: ask that one.

        Raises StoreError when it is settled already, or unknown.
        """
        now = utc(now)
        async with transaction(self._engine) as connection:
            row = await _one(connection, callback_id)
            if row.state == CallbackState.DUE:
                return False
            if row.state != CallbackState.OPEN:
                raise StoreError(
                    f"Callback {callback_id} is {row.state} already; only an open one can be "
                    "cancelled."
                )
            end = CallbackEnd(
                id=callback_id, state=CallbackState.CANCELLED, reason=f"cancelled by {by}", at=now
            )
            await settle(connection, end)
            await audit(
                connection,
                at=now,
                by=by,
                action="callback.cancel",
                subject=f"lead {row.lead_id}",
                details=as_json({"callback": callback_id}),
            )
        return True

    async def take_due(
        self,
        campaign_ids: Collection[int],
        *,
        owner: str,
        until: datetime,
        now: datetime,
        in_hand: Collection[int] = (),
    ) -> Sequence[DueCallback]:
        """Promises of these campaigns that are due before `until`, their leads leased to `owner`.

        `in_hand` are those the caller has already. What another process left behind is handed out
        again, or settled by the attempt it had made. What has lapsed is missed.
        """
        async with transaction(self._engine) as connection:
            return await take(
                connection,
                campaign_ids,
                owner=owner,
                until=utc(until),
                now=utc(now),
                in_hand=in_hand,
            )

    async def lapse(self, now: datetime) -> int:
        """Promises of campaigns that nobody dials are missed when their time is over; how many."""
        async with transaction(self._engine) as connection:
            return await lapse(connection, utc(now))

    async def due_of(self, lead_ids: Collection[int]) -> dict[int, DueCallback]:
        """The promises these leads' calls were to keep, by lead: for calls that are adopted."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    f"{SELECT} WHERE callback.state = 'due'"
                    " AND callback.lead_id = ANY(CAST(:ids AS bigint[]))"
                ),
                {"ids": list(lead_ids)},
            )
            rows = found.all()
            specs = await read_specs(connection, sorted({row.campaign_id for row in rows}))
            return {row.lead_id: due(row, specs[row.campaign_id], row.due_at) for row in rows}

    async def record(self, ends: Sequence[CallbackEnd]) -> None:
        """Write how promises ended, each once; OPEN puts one back. Repeats change nothing."""
        async with transaction(self._engine) as connection:
            for end in sorted(ends, key=lambda one: one.id):
                await settle(connection, end)

    async def counts(
        self, campaign_ids: Collection[int], since: datetime, until: datetime
    ) -> CallbackCounts:
        """How the promises due in `[since, until)` went."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    f"SELECT CASE WHEN {NOT_ANSWERED} THEN 'unanswered'"  # noqa: S608
                    " ELSE state END AS state,"
                    " count(*) AS total FROM callback"
                    " WHERE campaign_id = ANY(CAST(:campaigns AS bigint[]))"
                    " AND due_at >= :since AND due_at < :until GROUP BY 1"
                ),
                {"campaigns": list(campaign_ids), "since": utc(since), "until": utc(until)},
            )
            totals = {row.state: row.total for row in found}
        return CallbackCounts(
            open=totals.get("open", 0) + totals.get("due", 0),
            kept=totals.get("kept", 0),
            late=totals.get("late", 0),
            unanswered=totals.get("unanswered", 0),
            missed=totals.get("missed", 0),
            cancelled=totals.get("cancelled", 0),
        )


_PAGE = f"""{SELECT}
WHERE callback.campaign_id = ANY(CAST(:campaigns AS bigint[]))
  AND callback.state = ANY(CAST(:states AS text[]))
  AND (CAST(:agent AS text) IS NULL OR agent.name = :agent)
  AND (CAST(:lead_id AS bigint) IS NULL OR callback.lead_id = :lead_id)
  AND (CAST(:since AS timestamptz) IS NULL OR callback.due_at >= :since)
  AND (CAST(:until AS timestamptz) IS NULL OR callback.due_at < :until)
  AND (CAST(extract(epoch FROM callback.due_at) * 1000000 AS bigint), callback.id)
    > (:after_due, :after_id)
ORDER BY callback.due_at, callback.id LIMIT :most
"""
_INSERT = """
INSERT INTO callback (lead_id, campaign_id, phone_id, agent_id, due_at, tolerance_seconds,
    agent_wait_seconds, fallback, promised_by, promised_at, state, note)
VALUES (:lead_id, :campaign_id, :phone_id, :agent_id, :due_at, :tolerance, :wait, :fallback, :by,
    :now, 'open', :note)
RETURNING id
"""


async def _lead(connection: AsyncConnection, lead_id: int) -> Row[Any]:
    found = await connection.execute(
        text(
            "SELECT lead.id, lead.campaign_id, lead.state, lead.done_reason, campaign.team_id,"
            " phone.id AS phone_id, phone.kind, phone.time_zones, phone.jurisdictions"
            " FROM lead JOIN campaign ON campaign.id = lead.campaign_id"
            " LEFT JOIN attempt ON attempt.id = lead.last_call_id"
            "   AND attempt.bridged_at IS NOT NULL"
            " JOIN lead_phone AS phone ON phone.lead_id = lead.id AND phone.state = 'valid'"
            " WHERE lead.id = :id"
            " ORDER BY phone.id = attempt.phone_id DESC NULLS LAST,"
            "   phone.position = lead.next_position DESC, phone.position LIMIT 1"
            " FOR UPDATE OF lead"
        ),
        {"id": lead_id},
    )
    row = found.one_or_none()
    if row is None:
        raise UnknownLead(f"There is no lead number {lead_id}, or none of its numbers is valid.")
    if row.state == "done" and row.done_reason in NEVER_AGAIN:
        raise StoreError(
            f"Lead {lead_id} asked not to be called again ({row.done_reason}); no call can be "
            "promised."
        )
    return row


async def _require_agent(connection: AsyncConnection, agent_id: int | None, team_id: int) -> None:
    if agent_id is None:
        return
    found = await connection.scalar(
        text("SELECT team_id FROM agent WHERE id = :id"), {"id": agent_id}
    )
    if found is None:
        raise UnknownAgent(f"There is no agent number {agent_id}.")
    if found != team_id:
        raise StoreError(
            "This agent is not of the team that calls this lead. Promise the call for an agent of "
            "that team, or for the team."
        )


def _instant(local: datetime, zones: Sequence[str]) -> datetime:
    try:
        return utc(local) if local.tzinfo is not None else in_zones(local, zones)
    except BadMoment as error:
        raise StoreError(str(error)) from error


def _settled_moment(due_at: datetime, advice: Advice, when_closed: WhenClosed) -> datetime:
    try:
        return settled_moment(due_at, advice, when_closed)
    except BadMoment as error:
        raise StoreError(str(error)) from error


def _advice(
    spec: CampaignSpec, row: Row[Any], due_at: datetime, zones: Sequence[str], now: datetime
) -> Advice:
    window = law_of(spec, row.jurisdictions, row.kind, due_at).window
    # The law asks for all zones the number may be in, whichever the lead says they are in.
    return advise(due_at, window, sorted({*zones, *row.time_zones.split(",")}), now=now)


async def _replace(connection: AsyncConnection, lead_id: int, now: datetime) -> None:
    found = await connection.execute(
        text(
            "UPDATE callback SET state = 'cancelled', settled_at = :now,"
            " reason = 'another was promised' WHERE lead_id = :id AND state = 'open' RETURNING id"
        ),
        {"id": lead_id, "now": now},
    )
    await tell_callbacks(connection, "cancelled", list(found.scalars()), now=now)


async def _one(connection: AsyncConnection, callback_id: int) -> CallbackRow:
    found = await connection.execute(
        text(f"{SELECT} WHERE callback.id = :id FOR UPDATE OF callback"), {"id": callback_id}
    )
    row = found.one_or_none()
    if row is None:
        raise StoreError(
            f"There is no callback {callback_id}. `dialer callbacks list` shows those there are."
        )
    return callback_row(row)
