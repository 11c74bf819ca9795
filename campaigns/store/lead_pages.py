"""Leads as other programs see and change them: found, read page by page, changed, taken out."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.store.callback_taking import NEVER_AGAIN
from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.errors import StoreError, UnknownLead
from campaigns.store.lead_places import address_of, move_places, write_keys
from campaigns.store.lead_writes import as_json
from campaigns.store.outbox import tell_callbacks

PAGE_MAX = 500
WITHDRAWN = "withdrawn"
"""Why a lead is done that a program took out."""

_SHOWN = """
SELECT lead.id, lead.campaign_id, campaign.name AS campaign, lead_list.name AS list,
       lead.external_id, lead.name, lead.fields, lead.priority, lead.state, lead.done_reason,
       lead.tries, lead.next_call_at, lead.created_at,
       (SELECT jsonb_agg(jsonb_build_object('number', number, 'kind', kind, 'state', state,
          'time_zones', string_to_array(time_zones, ',')) ORDER BY position)
        FROM lead_phone WHERE lead_id = lead.id) AS phones
FROM lead JOIN campaign ON campaign.id = lead.campaign_id
JOIN lead_list ON lead_list.id = lead.list_id
"""
_PAGE = f"""{_SHOWN}
WHERE lead.campaign_id = ANY(CAST(:campaigns AS bigint[])) AND lead.id > :after
  AND (CAST(:external_id AS text) IS NULL OR lead.external_id = :external_id)
  AND (CAST(:state AS text) IS NULL OR lead.state = :state)
  AND (CAST(:number AS text) IS NULL
       OR lead.id IN (SELECT lead_id FROM lead_phone WHERE number = :number))
ORDER BY lead.id LIMIT :most
"""  # noqa: S608 - parts of this module
_ONE = f"{_SHOWN} WHERE lead.id = :id AND lead.campaign_id = ANY(CAST(:campaigns AS bigint[]))"


class LeadChanged(StoreError):  # noqa: N818 - read at the call as "changed or LeadChanged"
    """Somebody changed the lead since it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLead:
    """A lead, as other programs see it."""

    id: int
    campaign_id: int
    campaign: str
    list: str
    external_id: str | None
    name: str | None
    fields: Mapping[str, str]
    priority: int
    state: str
    """callable, leased, dialling, done or invalid."""
    done_reason: str | None
    tries: int
    next_call_at: datetime
    created_at: datetime
    phones: Sequence[Mapping[str, Any]]
    """number, kind, state and time_zones of each; the number is None once forgotten."""

    @property
    def tag(self) -> str:
        """Changes when what a program may change does, and not when the lead is dialled."""
        content = (
            self.external_id,
            self.name,
            sorted(self.fields.items()),
            self.priority,
            [each["number"] for each in self.phones],
            self.done_reason == WITHDRAWN,
        )
        return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadChange:
    """What to change; what is not in `what` stays as it is."""

    what: frozenset[str]
    """Of external_id, name, fields and priority."""
    external_id: str | None = None
    name: str | None = None
    fields: Mapping[str, str | None] | None = None
    """Columns to set; None takes one away. Others stay."""
    priority: int = 0


class LeadPages:
    """The leads of given campaigns; a lead of any other is unknown."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def page(
        self,
        campaign_ids: Collection[int],
        *,
        after: int,
        most: int,
        external_id: str | None = None,
        number: str | None = None,
        state: str | None = None,
    ) -> list[ShownLead]:
        """Leads with an id above `after`, in the order of ids; those that are asked for."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(_PAGE),
                {
                    "campaigns": sorted(campaign_ids),
                    "after": after,
                    "most": most,
                    "external_id": external_id,
                    "number": number,
                    "state": state,
                },
            )
            return [_shown(row) for row in found]

    async def get(self, campaign_ids: Collection[int], lead_id: int) -> ShownLead:
        """One lead. Raises `UnknownLead`, also for one of another campaign."""
        async with reading(self._engine) as connection:
            return await _one(connection, campaign_ids, lead_id)

    async def change(
        self,
        campaign_ids: Collection[int],
        lead_id: int,
        change: LeadChange,
        *,
        tag: str | None,
        by: str,
        now: datetime,
    ) -> ShownLead:
        """Change a lead; as it is after it. `tag` is what it must still be.

        Raises `UnknownLead`, `LeadChanged`, and StoreError for an external id another lead has.
        """
        async with transaction(self._engine) as connection:
            lead = await _locked(connection, campaign_ids, lead_id, tag)
            fields = dict(lead.fields)
            for key, value in (change.fields or {}).items():
                if value is None:
                    fields.pop(key, None)
                else:
                    fields[key] = value
            values = {
                "id": lead_id,
                "external_id": _chosen(change, "external_id", lead),
                "name": _chosen(change, "name", lead),
                "priority": _chosen(change, "priority", lead),
                "fields": msgspec.json.encode(fields).decode(),
            }
            try:
                await connection.execute(text(_CHANGE), values)
            except IntegrityError as error:
                raise StoreError(
                    f"Campaign '{lead.campaign}' has another lead with external id "
                    f"'{change.external_id}'. Two leads cannot share one."
                ) from error
            await _follow(connection, lead, fields, values["priority"])
            await _note(connection, "lead changed", lead, sorted(change.what), by=by, now=now)
            return await _one(connection, campaign_ids, lead_id)

    async def withdraw(
        self,
        campaign_ids: Collection[int],
        lead_id: int,
        *,
        tag: str | None = None,
        by: str,
        now: datetime,
    ) -> ShownLead:
        """Call the lead no more, and take back what it was promised. Again changes nothing.

        Raises `UnknownLead`, `LeadChanged`, and StoreError while it is on a call.
        """
        now = utc(now)
        async with transaction(self._engine) as connection:
            lead = await _locked(connection, campaign_ids, lead_id, tag)
            if lead.state == "dialling":
                raise StoreError(
                    f"Lead {lead_id} is being called at this moment. Try again when the call has "
                    "ended."
                )
            if lead.state == "done":
                return lead
            values = {"id": lead_id, "reason": WITHDRAWN, "by": by, "now": now}
            promises = await connection.execute(text(_TAKE_BACK_PROMISES), values)
            await tell_callbacks(connection, "cancelled", list(promises.scalars()), now=now)
            # A hopper that has it is refused in the transaction that would write the attempt.
            await connection.execute(text(_WITHDRAW), values)
            await _note(connection, "lead withdrawn", lead, [], by=by, now=now)
            return await _one(connection, campaign_ids, lead_id)

    async def restore(
        self, campaign_ids: Collection[int], lead_id: int, *, by: str, now: datetime
    ) -> ShownLead:
        """Let a withdrawn lead be called again. One that was not withdrawn stays as it is.

        Raises `UnknownLead`, and StoreError for a lead that is done for another reason.
        """
        now = utc(now)
        async with transaction(self._engine) as connection:
            lead = await _locked(connection, campaign_ids, lead_id, None)
            if lead.state != "done":
                return lead
            if lead.done_reason != WITHDRAWN:
                never = (
                    "asked not to be called again" if lead.done_reason in NEVER_AGAIN else "done"
                )
                raise StoreError(
                    f"Lead {lead_id} was not withdrawn: it is {never} ({lead.done_reason}). Only a "
                    "withdrawn lead can be restored."
                )
            await connection.execute(text(_RESTORE), {"id": lead_id, "now": now})
            await _note(connection, "lead restored", lead, [], by=by, now=now)
            return await _one(connection, campaign_ids, lead_id)


_CHANGE = """
UPDATE lead SET external_id = :external_id, name = :name, priority = :priority,
    fields = CAST(:fields AS jsonb) WHERE id = :id
"""
_TAKE_BACK_PROMISES = """
UPDATE callback SET state = 'cancelled', settled_at = :now, reason = 'cancelled by ' || :by
WHERE lead_id = :id AND state IN ('open', 'due') RETURNING id
"""
_WITHDRAW = """
UPDATE lead SET state = 'done', leased_by = NULL, done_reason = :reason WHERE id = :id
"""
_RESTORE = """
UPDATE lead SET state = 'callable', done_reason = NULL, next_call_at = :now WHERE id = :id
"""
_PHONES = "SELECT number, time_zones, jurisdictions FROM lead_phone WHERE lead_id = :id"


def _chosen(change: LeadChange, name: str, lead: ShownLead) -> Any:
    return getattr(change if name in change.what else lead, name)


async def _locked(
    connection: AsyncConnection, campaign_ids: Collection[int], lead_id: int, tag: str | None
) -> ShownLead:
    await connection.execute(text("SELECT id FROM lead WHERE id = :id FOR UPDATE"), {"id": lead_id})
    lead = await _one(connection, campaign_ids, lead_id)
    if tag is not None and lead.tag != tag:
        raise LeadChanged(
            f"Lead {lead_id} was changed since you read it. Read it again, and change what it is "
            "now."
        )
    return lead


async def _one(
    connection: AsyncConnection, campaign_ids: Collection[int], lead_id: int
) -> ShownLead:
    found = await connection.execute(text(_ONE), {"id": lead_id, "campaigns": sorted(campaign_ids)})
    row = found.one_or_none()
    if row is None:
        raise UnknownLead(f"There is no lead number {lead_id}.")
    return _shown(row)


async def _follow(
    connection: AsyncConnection, lead: ShownLead, fields: Mapping[str, str], priority: int
) -> None:
    """Let the hopper find the lead under its new priority, and the law under its new address."""
    found = await connection.execute(text(_PHONES), {"id": lead.id})
    phones = found.all()
    keys = {(phone.time_zones, phone.jurisdictions, priority) for phone in phones}
    await write_keys(connection, lead.campaign_id, keys)
    address = address_of(fields)
    await move_places(
        connection,
        lead.campaign_id,
        {phone.number: (priority, address) for phone in phones if phone.number.startswith("+")},
    )


async def _note(
    connection: AsyncConnection,
    action: str,
    lead: ShownLead,
    what: Sequence[str],
    *,
    by: str,
    now: datetime,
) -> None:
    await audit(
        connection,
        at=utc(now),
        by=by,
        action=action,
        subject=f"lead {lead.id}",
        details=as_json({"campaign": lead.campaign, "what": what}),
    )


def _shown(row: Row[Any]) -> ShownLead:
    values = dict(row._mapping)
    phones = [
        each | {"number": each["number"] if each["number"].startswith("+") else None}
        for each in values["phones"] or ()
    ]
    return ShownLead(**values | {"phones": phones})
