"""Scripts: their versions, which campaign uses which, and what was answered."""

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.scripts.checking import check_campaign, fields_in
from campaigns.scripts.errors import Finding, ScriptError
from campaigns.scripts.following import Visit
from campaigns.scripts.reading import parse_script
from campaigns.store.campaigns import read_specs
from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.errors import UnknownCampaign, UnknownScript, not_found
from campaigns.store.quota_cells import set_cells
from campaigns.store.script_answers import (
    answers_of_call,
    earlier_answers,
    put_answer,
    put_step,
    put_trail,
    visits_of_call,
)
from campaigns.store.script_finish import finish
from campaigns.store.script_rows import (
    Assignment,
    CallOwner,
    Finished,
    ScriptRow,
    ScriptVersion,
    Sheet,
    StoredAnswer,
)
from campaigns.store.script_sheets import open_call, read_sheet, sheet_of_lead
from campaigns.store.script_shelf import VERSION, version_of
from campaigns.store.teams import ensure_named

_FIELDS = """
SELECT DISTINCT jsonb_object_keys(sample.fields) FROM (
    SELECT id FROM lead_list WHERE campaign_id = :id
) AS list CROSS JOIN LATERAL (
    SELECT fields FROM lead WHERE lead.campaign_id = :id AND lead.list_id = list.id LIMIT 500
) AS sample
"""
_HAS_FIELD = """
SELECT EXISTS (SELECT 1 FROM lead WHERE campaign_id = :id AND jsonb_exists(fields, :name))
"""
_HAS_LEADS = "SELECT EXISTS (SELECT 1 FROM lead WHERE campaign_id = :id)"
_IN_FORCE = """
WHERE version.id = (
    SELECT version_id FROM script_assignment
    WHERE campaign_id = :id AND (CAST(:at AS timestamptz) IS NULL OR assigned_at <= :at)
    ORDER BY assigned_at DESC, id DESC LIMIT 1)
"""
_WHOSE = """
SELECT campaign.team_id, call.ended_at FROM (
    SELECT campaign_id, ended_at FROM attempt WHERE id = CAST(:id AS uuid)
    UNION ALL SELECT campaign_id, ended_at FROM return_call WHERE id = CAST(:id AS uuid)
) AS call JOIN campaign ON campaign.id = call.campaign_id
"""
_ASSIGNED = """
SELECT script.name AS script, version.number, assignment.assigned_by, assignment.assigned_at
FROM script_assignment AS assignment
LEFT JOIN script_version AS version ON version.id = assignment.version_id
LEFT JOIN script ON script.id = version.script_id
WHERE assignment.campaign_id = :id ORDER BY assignment.assigned_at DESC, assignment.id DESC
"""
_LIST = """
SELECT script.name, newest.number AS versions, newest.hash, newest.source, newest.added_by,
       newest.added_at,
       ARRAY(SELECT campaign.name || ' (' || version.number || ')'
             FROM campaign CROSS JOIN LATERAL (
                 SELECT version_id FROM script_assignment WHERE campaign_id = campaign.id
                 ORDER BY assigned_at DESC, id DESC LIMIT 1
             ) AS force JOIN script_version AS version ON version.id = force.version_id
             WHERE version.script_id = script.id ORDER BY campaign.name) AS campaigns
FROM script CROSS JOIN LATERAL (
    SELECT * FROM script_version WHERE script_id = script.id ORDER BY number DESC LIMIT 1
) AS newest ORDER BY script.name
"""


class Scripts:
    """`store.scripts`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, source: str, *, by: str, now: datetime) -> tuple[ScriptVersion, bool]:
        """Store a script's text as its next version; the version, and whether it is new.

        The text of the newest version again changes nothing. Raises ScriptError.
        """
        script = parse_script(source, source="the script")
        digest = hashlib.sha256(source.encode()).hexdigest()
        async with transaction(self._engine) as connection:
            script_id = await ensure_named(connection, "script", script.name, utc(now))
            await connection.execute(
                text("SELECT id FROM script WHERE id = :id FOR UPDATE"), {"id": script_id}
            )
            found = await connection.execute(
                text(f"{VERSION} WHERE script.id = :id ORDER BY version.number DESC LIMIT 1"),
                {"id": script_id},
            )
            newest = found.one_or_none()
            if newest is not None and newest.hash == digest:
                return version_of(newest), False
            number = 1 if newest is None else newest.number + 1
            values = {
                "script_id": script_id, "number": number, "hash": digest, "source": source,
                "has_quotas": bool(script.quotas), "by": by, "now": utc(now),
            }  # fmt: skip
            await connection.execute(
                text(
                    "INSERT INTO script_version (script_id, number, hash, source, has_quotas,"
                    " added_by, added_at)"
                    " VALUES (:script_id, :number, :hash, :source, :has_quotas, :by, :now)"
                ),
                values,
            )
            await audit(
                connection,
                at=utc(now),
                by=by,
                action="script added",
                subject=f"script {script.name}",
                details=json.dumps({"number": number, "hash": digest}),
            )
            added = await connection.execute(
                text(f"{VERSION} WHERE script.id = :script_id AND version.number = :number"), values
            )
            return version_of(added.one()), True

    async def list(self) -> list[ScriptRow]:
        """All scripts, by name."""
        async with reading(self._engine) as connection:
            found = (await connection.execute(text(_LIST))).all()
        return [
            ScriptRow(
                name=row.name,
                title=parse_script(row.source, source=row.name).title,
                versions=row.versions,
                added_by=row.added_by,
                added_at=row.added_at,
                campaigns=tuple(row.campaigns),
            )
            for row in found
        ]

    async def get(self, name: str, number: int | None = None) -> ScriptVersion:
        """A version, the newest without a number. Raises `UnknownScript`."""
        async with reading(self._engine) as connection:
            return await _version(connection, name, number)

    async def versions(self, name: str) -> Sequence[ScriptVersion]:
        """All versions, the newest first. Raises `UnknownScript`."""
        async with reading(self._engine) as connection:
            await _version(connection, name, None)
            found = await connection.execute(
                text(f"{VERSION} WHERE script.name = :name ORDER BY version.number DESC"),
                {"name": name},
            )
            return [version_of(row) for row in found]

    async def assign(
        self, campaign_id: int, version_id: int | None, *, by: str, now: datetime
    ) -> tuple[Finding, ...]:
        """Use a version for the campaign's calls that begin from now on; None for no script.

        Calls that are under way keep theirs. The version is checked against the campaign's columns
        and dispositions: raises ScriptError for errors, and gives warnings back. Quotas begin with
        the interviews the campaign has already, by their conditions.
        """
        async with transaction(self._engine) as connection:
            spec = (await read_specs(connection, [campaign_id])).get(campaign_id)
            if spec is None:
                raise UnknownCampaign(f"There is no campaign number {campaign_id}.")
            version = None
            findings: list[Finding] = []
            if version_id is not None:
                found = await connection.execute(
                    text(f"{VERSION} WHERE version.id = :id"), {"id": version_id}
                )
                row = found.one_or_none()
                if row is None:
                    raise UnknownScript(f"There is no version number {version_id} of a script.")
                version = version_of(row)
                findings = check_campaign(
                    version.script,
                    campaign=spec.name,
                    fields=await _fields(connection, campaign_id, fields_in(version.script)),
                    dispositions=[each.code for each in spec.dispositions],
                )
                if any(each.is_error for each in findings):
                    raise ScriptError(version.name, tuple(findings))
            await connection.execute(
                text(
                    "INSERT INTO script_assignment (campaign_id, version_id, assigned_by,"
                    " assigned_at) VALUES (:campaign_id, :version_id, :by, :now)"
                ),
                {
                    "campaign_id": campaign_id,
                    "version_id": version_id,
                    "by": by,
                    "now": utc(now),
                },
            )
            await set_cells(connection, campaign_id, version)
            said = None if version is None else f"{version.name}, version {version.number}"
            await audit(
                connection,
                at=utc(now),
                by=by,
                action="script assigned",
                subject=f"campaign {spec.name}",
                details=json.dumps({"script": said}),
            )
        return tuple(findings)

    async def assignments(self, campaign_id: int) -> Sequence[Assignment]:
        """What the campaign has used, the present one first."""
        async with reading(self._engine) as connection:
            found = await connection.execute(text(_ASSIGNED), {"id": campaign_id})
            return [Assignment(**row._mapping) for row in found]

    async def fields_of(
        self, campaign_id: int, wanted: Collection[str] = ()
    ) -> frozenset[str] | None:
        """The columns of the campaign's lists by a sample of each, and those of the `wanted` that
        any of its leads has; None when it has no leads."""
        async with reading(self._engine) as connection:
            return await _fields(connection, campaign_id, wanted)

    async def for_campaign(
        self, campaign_id: int, *, at: datetime | None = None
    ) -> ScriptVersion | None:
        """The version in force for calls that begin at an instant, or now; None for no script."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(VERSION + _IN_FORCE),
                {"id": campaign_id, "at": None if at is None else utc(at)},
            )
            row = found.one_or_none()
            return None if row is None else version_of(row)

    async def open_call(self, call_id: str, *, agent_id: int | None, now: datetime) -> Sheet | None:
        """The sheet of a call: of an attempt, or of somebody who called back.

        The first time it notes which version is in force; then, after a reload or for another
        agent, it brings the answers so far. None when the campaign has no script. Raises
        `UnknownAttempt`.
        """
        async with transaction(self._engine) as connection:
            return await open_call(connection, call_id, agent_id=agent_id, now=utc(now))

    async def whose_call(self, call_id: str) -> CallOwner | None:
        """The team that a call is for, be it an attempt or somebody who called back; None when
        there is no such call."""
        async with reading(self._engine) as connection:
            found = await connection.execute(text(_WHOSE), {"id": call_id})
            row = found.one_or_none()
            return None if row is None else CallOwner(**row._mapping)

    async def sheet(self, call_id: str) -> Sheet | None:
        """The sheet of a call that was opened; None for any other. Changes nothing."""
        async with reading(self._engine) as connection:
            return await read_sheet(connection, call_id)

    async def sheet_of_lead(self, lead_id: int, *, agent_id: int | None = None) -> Sheet | None:
        """The sheet before there is a call, for a preview. Raises `UnknownLead`."""
        async with reading(self._engine) as connection:
            return await sheet_of_lead(connection, lead_id, agent_id=agent_id)

    async def put_answer(
        self,
        call_id: str,
        question: str,
        value: Any,
        *,
        seconds: float | None = None,
        agent_id: int | None,
        now: datetime,
    ) -> Any:
        """Store an answer of a call that was opened; the value as it is stored.

        The same answer again changes nothing. Another one takes its place, and the old one stays
        with the instant at which it was replaced. `value` None takes the answer back. Raises
        BadAnswer, and StoreError for a call or a question that is not there.
        """
        async with transaction(self._engine) as connection:
            return await put_answer(
                connection, call_id, question, value, seconds=seconds, agent_id=agent_id,
                now=utc(now),
            )  # fmt: skip

    async def put_step(
        self,
        call_id: str,
        position: int,
        step: str,
        *,
        entered_at: datetime,
        seconds: float | None = None,
    ) -> None:
        """Note that a step is, or was for so long, on the screen: the `position`-th of the call,
        from 0. The same position again corrects the time."""
        async with transaction(self._engine) as connection:
            await put_step(
                connection, call_id, position, step, entered_at=utc(entered_at), seconds=seconds
            )

    async def put_trail(self, call_id: str, trail: Sequence[str]) -> None:
        """Note the steps that are behind, so that a reload comes back to the same place."""
        async with transaction(self._engine) as connection:
            await put_trail(connection, call_id, trail)

    async def finish(
        self, call_id: str, end: str, *, trail: Sequence[str], now: datetime
    ) -> Finished:
        """The call's script has come to an end; what it suggests, and which quotas it counts for.

        Answers that the way no longer passes are set aside. The same again changes nothing; another
        end takes the place of the one before. Raises StoreError when the answers do not lead there.
        """
        async with transaction(self._engine) as connection:
            return await finish(connection, call_id, end, trail=trail, now=utc(now))

    async def answers_of_call(
        self, call_id: str, *, with_replaced: bool = False
    ) -> Sequence[StoredAnswer]:
        """The answers of a call in the order they were given; those that count, or all."""
        async with reading(self._engine) as connection:
            return await answers_of_call(connection, call_id, with_replaced=with_replaced)

    async def visits_of_call(self, call_id: str) -> Sequence[Visit]:
        """The steps that were on the screen, for campaigns/scripts/following.py."""
        async with reading(self._engine) as connection:
            return await visits_of_call(connection, call_id)

    async def earlier_answers(
        self, lead_id: int, *, before: str | None = None
    ) -> Sequence[StoredAnswer]:
        """The last answer of the lead to each question of each script, without those of the call
        `before`; for the history on the agent's screen."""
        async with reading(self._engine) as connection:
            return await earlier_answers(connection, lead_id, before=before)


async def _version(connection: AsyncConnection, name: str, number: int | None) -> ScriptVersion:
    found = await connection.execute(
        text(
            f"{VERSION} WHERE script.name = :name"
            " AND version.number = coalesce(CAST(:number AS int), version.number)"
            " ORDER BY version.number DESC LIMIT 1"
        ),
        {"name": name, "number": number},
    )
    row = found.one_or_none()
    if row is not None:
        return version_of(row)
    names = list((await connection.execute(text("SELECT name FROM script"))).scalars())
    if name in names:
        raise UnknownScript(
            f"Script '{name}' has no version {number}. See `dialer scripts versions {name}`."
        )
    raise UnknownScript(not_found("script", name, names, hint="See `dialer scripts list`."))


async def _fields(
    connection: AsyncConnection, campaign_id: int, wanted: Collection[str]
) -> frozenset[str] | None:
    values = {"id": campaign_id}
    found = await connection.execute(text(_FIELDS), values)
    fields = {str(each) for each in found.scalars()}
    # An import leaves empty cells out, so a rare column may be in no lead of the sample.
    for name in sorted(set(wanted) - fields):
        if await connection.scalar(text(_HAS_FIELD), values | {"name": name}):
            fields.add(name)
    if not fields and not await connection.scalar(text(_HAS_LEADS), values):
        return None
    return frozenset(fields)
