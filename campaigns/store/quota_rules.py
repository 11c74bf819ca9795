"""The quotas in force, as the lease and the gate ask about them: a query over few rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.scripts.errors import BadAnswer
from campaigns.scripts.expressions import Facts, names_in
from campaigns.scripts.questions import check_answer
from campaigns.scripts.quotas import why_full
from campaigns.scripts.script import Outside, Quota, Script
from campaigns.store.lead_writes import as_ids
from campaigns.store.script_shelf import parsed

QUOTA_REASON = "quota"
"""Why a lead is done that can no longer count; it comes back when its quota is raised."""
IN_FORCE = """
SELECT DISTINCT ON (campaign_id) campaign_id, version_id FROM script_assignment
WHERE campaign_id = ANY(CAST(:ids AS bigint[])) ORDER BY campaign_id, assigned_at DESC, id DESC
"""
_RULES = f"""
SELECT force.campaign_id, force.version_id, version.hash, version.source, script.name,
       client.name AS client, campaign.name AS campaign,
       ARRAY(SELECT cell.name FROM quota_cell AS cell WHERE cell.campaign_id = force.campaign_id
             AND cell.interviews >= cell.target ORDER BY cell.name) AS closed
FROM ({IN_FORCE}) AS force
JOIN script_version AS version ON version.id = force.version_id AND version.has_quotas
JOIN script ON script.id = version.script_id
JOIN campaign ON campaign.id = force.campaign_id JOIN client ON client.id = campaign.client_id
"""  # noqa: S608 - of fixed words
_LEADS = """
SELECT lead.id, lead.campaign_id, lead.name, lead.external_id, lead.fields, list.name AS list
FROM lead JOIN lead_list AS list ON list.id = lead.list_id
WHERE lead.id = ANY(CAST(:ids AS bigint[]))
"""
_ANSWERS = """
SELECT DISTINCT ON (answer.lead_id, answer.question) answer.lead_id, answer.question, answer.value
FROM script_answer AS answer JOIN script_version AS version ON version.id = answer.version_id
JOIN script ON script.id = version.script_id
WHERE answer.lead_id = ANY(CAST(:ids AS bigint[])) AND answer.replaced_at IS NULL
  AND script.name = :script
ORDER BY answer.lead_id, answer.question, answer.answered_at DESC, answer.id DESC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaRules:
    """The quotas of one campaign."""

    script: Script
    version_id: int
    full: frozenset[str]
    words: Mapping[str, str | None]
    """Client and campaign."""

    @property
    def quotas(self) -> tuple[Quota, ...]:
        """The cells, in the script's order."""
        return self.script.quotas

    @property
    def is_binding(self) -> bool:
        """Somebody might be refused now."""
        return bool(self.full) or self.script.outside_quotas is Outside.STOP

    @property
    def signature(self) -> str:
        """The same for the same refusals, as far as columns decide them."""
        return f"{self.version_id}:{','.join(sorted(self.full))}"

    def why_full(self, facts: Facts) -> str | None:
        """See campaigns/scripts/quotas.py."""
        return why_full(self.quotas, self.script.outside_quotas, facts, self.full)


async def read_quota_rules(
    connection: AsyncConnection, campaign_ids: Sequence[int]
) -> dict[int, QuotaRules]:
    """By campaign, of those whose script in force has quotas."""
    found = await connection.execute(text(_RULES), {"ids": as_ids(campaign_ids)})
    return {
        row.campaign_id: QuotaRules(
            script=parsed(row.hash, row.source, name=row.name),
            version_id=row.version_id,
            full=frozenset(row.closed),
            words={"client": row.client, "campaign": row.campaign},
        )
        for row in found
    }


async def full_leads(
    connection: AsyncConnection, rules: Mapping[int, QuotaRules], lead_ids: Sequence[int]
) -> dict[int, str]:
    """Those of the leads that can no longer count, with the sentence that says why."""
    binding = {campaign: each for campaign, each in rules.items() if each.is_binding}
    if not binding or not lead_ids:
        return {}
    found = await connection.execute(text(_LEADS), {"ids": as_ids(lead_ids)})
    rows = [row for row in found if row.campaign_id in binding]
    answers = {
        campaign: await answers_of_leads(
            connection, each.script, [row.id for row in rows if row.campaign_id == campaign]
        )
        for campaign, each in binding.items()
    }
    refused = {}
    for row in rows:
        rule = binding[row.campaign_id]
        facts = Facts(
            words=dict(rule.words)
            | {"name": row.name, "external_id": row.external_id, "list": row.list},
            fields=row.fields,
            answers=answers[row.campaign_id].get(row.id, {}),
        )
        why = rule.why_full(facts)
        if why is not None:
            refused[row.id] = why
    return refused


async def answers_of_leads(
    connection: AsyncConnection, script: Script, lead_ids: Sequence[int]
) -> dict[int, dict[str, Any]]:
    """What the leads have answered to this script so far, where its quotas look at answers."""
    looks = {
        name.key
        for quota in script.quotas
        for name in names_in(quota.when)
        if name.kind == "answer"
    }
    if not looks or not lead_ids:
        return {}
    found = await connection.execute(
        text(_ANSWERS), {"ids": as_ids(lead_ids), "script": script.name}
    )
    answers: dict[int, dict[str, Any]] = {}
    for row in found:
        if is_still_good(script, row.question, row.value):
            answers.setdefault(row.lead_id, {})[row.question] = row.value
    return answers


def is_still_good(script: Script, question_id: str, value: Any) -> bool:
    """An answer of before is one to this version's question too."""
    question = script.question(question_id)
    if question is None:
        return False
    try:
        check_answer(question, value)
    except BadAnswer:
        return False
    return True
