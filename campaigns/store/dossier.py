"""All that is stored of one person, as plain JSON."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.store.do_not_call import find_hits
from campaigns.store.privacy_words import number_hash
from campaigns.store.rows import JsonObject

_IDS = """
SELECT lead_id FROM lead_phone WHERE number = :number
UNION SELECT lead_id FROM attempt WHERE number = :number
"""
_LEADS = f"""
SELECT lead.id, client.name AS client, campaign.name AS campaign, lead_list.name AS list,
       lead.external_id, lead.name, lead.fields, lead.state, lead.done_reason, lead.tries,
       lead.next_call_at, lead.created_at
FROM lead JOIN campaign ON campaign.id = lead.campaign_id
JOIN client ON client.id = campaign.client_id JOIN lead_list ON lead_list.id = lead.list_id
WHERE lead.id IN ({_IDS}) ORDER BY lead.id
"""  # noqa: S608 - of fixed words
_PHONES = f"""
SELECT id, lead_id, position, number, kind, time_zones, jurisdictions, state FROM lead_phone
WHERE lead_id IN ({_IDS}) ORDER BY lead_id, position
"""  # noqa: S608
_ATTEMPTS = f"""
SELECT CAST(attempt.id AS text) AS id, attempt.lead_id, campaign.name AS campaign, attempt.number,
       attempt.caller_id, attempt.written_at, attempt.originated_at, attempt.ringing_at,
       attempt.answered_at, attempt.bridged_at, attempt.ended_at, attempt.outcome, attempt.cause,
       attempt.disposition, attempt.disposed_at, attempt.is_live, attempt.is_abandoned,
       attempt.verdict, attempt.screened_at, attempt.is_sampled, attempt.message_at,
       attempt.opted_out_at, attempt.agent_id
FROM attempt JOIN campaign ON campaign.id = attempt.campaign_id
WHERE attempt.lead_id IN ({_IDS}) ORDER BY attempt.written_at, attempt.id
"""  # noqa: S608
_CALLBACKS = f"""
SELECT id, lead_id, agent_id, due_at, promised_by, promised_at, state, settled_at, reason, note
FROM callback WHERE lead_id IN ({_IDS}) ORDER BY due_at, id
"""  # noqa: S608
_REFUSED = f"""
SELECT lead_id, refused_at, code, rule FROM refused_try
WHERE lead_id IN ({_IDS}) ORDER BY refused_at, id
"""  # noqa: S608
_RETURNS = f"""
SELECT CAST(return_call.id AS text) AS id, return_call.lead_id, campaign.name AS campaign,
       return_call.number, return_call.arrived_at, return_call.bridged_at, return_call.message_at,
       return_call.ended_at, return_call.disposition, return_call.disposed_at, return_call.agent_id
FROM return_call JOIN campaign ON campaign.id = return_call.campaign_id
WHERE return_call.number = :number OR return_call.lead_id IN ({_IDS})
ORDER BY return_call.arrived_at, return_call.id
"""  # noqa: S608
_CALLS = f"""
SELECT id FROM attempt WHERE lead_id IN ({_IDS})
UNION ALL SELECT id FROM return_call WHERE number = :number OR lead_id IN ({_IDS})
"""  # noqa: S608
_RECORDINGS = f"""
SELECT file_id, CAST(attempt_id AS text) AS call_id, policy, consent, started_at, ended_at, seconds,
       masked, agent_id
FROM recording WHERE attempt_id IN ({_CALLS}) ORDER BY started_at, file_id
"""  # noqa: S608
_ANSWERS = f"""
SELECT CAST(call_id AS text) AS call_id, question, key, answered_at FROM survey_answer
WHERE call_id IN ({_CALLS}) ORDER BY answered_at, question
"""  # noqa: S608
_NOTES = f"""
SELECT CAST(call_id AS text) AS call_id, agent_id, body, written_at FROM call_note
WHERE call_id IN ({_CALLS}) OR lead_id IN ({_IDS}) ORDER BY written_at
"""  # noqa: S608
_HAND_OVERS = f"""
SELECT id, CAST(call_id AS text) AS call_id, agent_id, specialist, way, note, at FROM hand_over
WHERE call_id IN ({_CALLS}) OR lead_id IN ({_IDS}) ORDER BY at, id
"""  # noqa: S608
_SCRIPTS = f"""
SELECT CAST(answer.call_id AS text) AS call_id, script.name AS script, version.number AS version,
       answer.step, answer.question, answer.value, answer.answered_at, answer.seconds,
       answer.replaced_at, answer.agent_id
FROM script_answer AS answer JOIN script_version AS version ON version.id = answer.version_id
JOIN script ON script.id = version.script_id
WHERE answer.call_id IN ({_CALLS}) ORDER BY answer.answered_at, answer.id
"""  # noqa: S608
_SCRIPT_CALLS = f"""
SELECT CAST(call_id AS text) AS call_id, began_at, ended_at, result, end_place, cells, agent_id
FROM script_call WHERE call_id IN ({_CALLS}) ORDER BY began_at, call_id
"""  # noqa: S608
_CONSENTS = """
SELECT client.name AS client, consent.purpose, consent.given_at, consent.expires_at,
       consent.withdrawn_at, consent.withdrawn_by, consent.source, consent.proof,
       consent.recorded_by, consent.recorded_at
FROM consent JOIN client ON client.id = consent.client_id
WHERE consent.number = :number ORDER BY consent.given_at, consent.id
"""
_REQUESTS = """
SELECT kind, args, requested_by, requested_at, answer FROM control_request
WHERE position(CAST(:number AS text) in CAST(args AS text)) > 0
   OR position(CAST(:number AS text) in CAST(answer AS text)) > 0 ORDER BY id
"""
_AUDIT = """
SELECT at, "by", action, subject, details FROM audit_log
WHERE position(CAST(:number AS text) in subject || CAST(details AS text)) > 0
   OR position(CAST(:hash AS text) in subject || CAST(details AS text)) > 0 ORDER BY id
"""


async def read_dossier(connection: AsyncConnection, number: str, *, now: datetime) -> JsonObject:
    """See `Privacy.dossier`. A lead that merely shares a number is in it: it has the number."""
    values = {"number": number, "hash": number_hash(number)}

    async def rows(statement: str) -> list[dict[str, Any]]:
        return [_plain(row._mapping) for row in await connection.execute(text(statement), values)]

    hits = (await find_hits(connection, [number])).get(number, [])
    return {
        "number": number,
        "as_of": now.isoformat(),
        "leads": await rows(_LEADS),
        "numbers": await rows(_PHONES),
        "attempts": await rows(_ATTEMPTS),
        "returned_calls": await rows(_RETURNS),
        "recordings": await rows(_RECORDINGS),
        "survey_answers": await rows(_ANSWERS),
        "notes": await rows(_NOTES),
        "hand_overs": await rows(_HAND_OVERS),
        "script_calls": await rows(_SCRIPT_CALLS),
        "script_answers": await rows(_SCRIPTS),
        "callbacks": await rows(_CALLBACKS),
        "refused_tries": await rows(_REFUSED),
        "consents": await rows(_CONSENTS),
        "do_not_call": [
            _plain({name: getattr(hit, name) for name in type(hit).__dataclass_fields__})
            for hit in hits
        ],
        "requests": await rows(_REQUESTS),
        "audit": await rows(_AUDIT),
    }


def _plain(values: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        str(name): value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }
