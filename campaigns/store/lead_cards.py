"""The lead's card: who an agent speaks with, and everything that was said before.

Read at every call, while the legal seconds run: three questions to the database, whatever the
length of the history. The history is that of the person at the client: contacts of other campaigns
of the same client, found by the person's numbers, are in it; those of other clients never are.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.campaign_spec import CampaignSpec
from campaigns.store.campaigns import read_specs
from campaigns.store.database import reading
from campaigns.store.errors import UnknownLead
from campaigns.store.rows import JsonObject

CONTACTS_MAX = 100
"""The latest. Rule packs let nobody be called more often than that in years."""
LEADS_MAX = 20
"""Records of one person at one client: a campaign has a number once."""

_LEAD = """
SELECT lead.id, lead.campaign_id, campaign.name AS campaign, campaign.client_id,
       client.name AS client, lead_list.name AS list_name, lead.external_id, lead.name,
       lead.fields, lead.tries, lead.created_at,
       (SELECT jsonb_agg(jsonb_build_object(
            'number', phone.number, 'kind', phone.kind, 'state', phone.state,
            'time_zones', string_to_array(phone.time_zones, ',')) ORDER BY phone.position)
        FROM lead_phone AS phone WHERE phone.lead_id = lead.id) AS phones
FROM lead JOIN campaign ON campaign.id = lead.campaign_id
JOIN client ON client.id = campaign.client_id JOIN lead_list ON lead_list.id = lead.list_id
WHERE lead.id = :lead_id
"""
_SAME = """
SELECT DISTINCT other.lead_id FROM lead_phone AS mine
JOIN lead_phone AS other ON other.number = mine.number
JOIN campaign ON campaign.id = other.campaign_id
WHERE mine.lead_id = :lead_id AND mine.state <> 'forgotten' AND campaign.client_id = :client_id
ORDER BY 1 LIMIT :leads_max
"""
_CONTACTS = """
SELECT contact.*, campaign.name AS campaign, agent.name AS agent, disposition.label,
       disposition.kind,
       (SELECT jsonb_agg(jsonb_build_object('agent', writer.name, 'body', note.body)
                         ORDER BY note.written_at)
        FROM call_note AS note JOIN agent AS writer ON writer.id = note.agent_id
        WHERE note.call_id = CAST(contact.call_id AS uuid) AND note.body <> '') AS notes,
       (SELECT jsonb_agg(jsonb_build_object('question', said.question, 'answer', said.answer)
                         ORDER BY said.answered_at)
        FROM (SELECT question, to_jsonb(key) AS answer, answered_at FROM survey_answer
              WHERE call_id = CAST(contact.call_id AS uuid)
              UNION ALL SELECT question, value, answered_at FROM script_answer
              WHERE call_id = CAST(contact.call_id AS uuid) AND replaced_at IS NULL
        ) AS said) AS answers
FROM (
    SELECT CAST(id AS text) AS call_id, false AS is_inbound, campaign_id, lead_id, number,
           coalesce(originated_at, written_at) AS at, outcome, disposition AS code, agent_id,
           extract(epoch FROM ended_at - bridged_at)::float8 AS talk_seconds
    FROM attempt WHERE lead_id = ANY(ARRAY(SELECT lead_id FROM same))
    UNION ALL
    SELECT CAST(id AS text), true, campaign_id, lead_id, number, arrived_at,
           CASE WHEN bridged_at IS NULL THEN 'missed' ELSE 'connected' END, disposition, agent_id,
           extract(epoch FROM ended_at - bridged_at)::float8
    FROM return_call WHERE lead_id = ANY(ARRAY(SELECT lead_id FROM same))
) AS contact
JOIN campaign ON campaign.id = contact.campaign_id
LEFT JOIN agent ON agent.id = contact.agent_id
LEFT JOIN disposition ON disposition.campaign_id = contact.campaign_id
    AND disposition.code = contact.code
ORDER BY contact.at DESC LIMIT :contacts_max
"""
_CALLBACKS = """
SELECT callback.id, callback.due_at, callback.state, callback.note, callback.promised_by,
       agent.name AS agent
FROM callback LEFT JOIN agent ON agent.id = callback.agent_id
WHERE callback.lead_id = ANY(ARRAY(SELECT lead_id FROM same)) ORDER BY callback.due_at DESC LIMIT 10
"""
_HAND_OVERS = """
SELECT hand_over.at, hand_over.specialist, hand_over.way, hand_over.note, agent.name AS agent
FROM hand_over JOIN agent ON agent.id = hand_over.agent_id
WHERE hand_over.lead_id = ANY(ARRAY(SELECT lead_id FROM same)) ORDER BY hand_over.at DESC LIMIT 10
"""
_PAST = f"""
WITH same AS MATERIALIZED ({_SAME})
SELECT (SELECT jsonb_agg(one) FROM ({_CONTACTS}) AS one) AS contacts,
       (SELECT jsonb_agg(one) FROM ({_CALLBACKS}) AS one) AS callbacks,
       (SELECT jsonb_agg(one) FROM ({_HAND_OVERS}) AS one) AS hand_overs
"""  # noqa: S608 - of fixed words


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadCard:
    """A lead, and the past of the person at the client. Instants in it are ISO texts in UTC."""

    lead_id: int
    campaign_id: int
    campaign: str
    client: str
    spec: CampaignSpec
    list_name: str
    external_id: str | None
    name: str | None
    fields: dict[str, str]
    tries: int
    phones: list[JsonObject]
    """number, kind, state, time_zones; in the order in which they are called."""
    contacts: list[JsonObject]
    """Latest first: call_id, is_inbound, at, campaign, number, outcome, code, label, kind, agent,
    talk_seconds, notes (agent, body) and answers (question, answer)."""
    callbacks: list[JsonObject]
    """Latest first: id, due_at, state, agent, note."""
    hand_overs: list[JsonObject]
    """Latest first: at, specialist, way, note, agent."""

    @property
    def time_zones(self) -> list[str]:
        """The zones the person may be in, of all numbers that can be called."""
        zones = (
            zone
            for phone in self.phones
            if phone["state"] == "valid"
            for zone in phone["time_zones"]
        )
        return sorted(set(zones))


class LeadCards:
    """The cards."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read(self, lead_id: int) -> LeadCard:
        """The card of a lead. Raises UnknownLead."""
        async with reading(self._engine) as connection:
            found = await connection.execute(text(_LEAD), {"lead_id": lead_id})
            lead = found.one_or_none()
            if lead is None:
                raise UnknownLead(f"There is no lead number {lead_id}.")
            past = await connection.execute(
                text(_PAST),
                {
                    "lead_id": lead_id,
                    "client_id": lead.client_id,
                    "leads_max": LEADS_MAX,
                    "contacts_max": CONTACTS_MAX,
                },
            )
            row = past.one()
            spec = (await read_specs(connection, [lead.campaign_id]))[lead.campaign_id]
        return LeadCard(
            lead_id=lead.id,
            campaign_id=lead.campaign_id,
            campaign=lead.campaign,
            client=lead.client,
            spec=spec,
            list_name=lead.list_name,
            external_id=lead.external_id,
            name=lead.name,
            fields=lead.fields,
            tries=lead.tries,
            phones=lead.phones or [],
            contacts=[_contact(one) for one in row.contacts or []],
            callbacks=row.callbacks or [],
            hand_overs=row.hand_overs or [],
        )


def _contact(one: JsonObject) -> JsonObject:
    """What people read of a contact; lists in place of nothing."""
    shown = {name: one[name] for name in _SHOWN}
    return shown | {"notes": one["notes"] or [], "answers": one["answers"] or []}


_SHOWN = (
    "call_id", "is_inbound", "at", "campaign", "number", "outcome", "code", "label", "kind",
    "agent", "talk_seconds",
)  # fmt: skip
