"""What the rule packs say of a campaign, or of one of its leads, beside whether to call."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.campaign_spec import CampaignSpec
from campaigns.demands import MessageMust, Unmet, applied_in, message_musts, unmet
from campaigns.rule_packs.applied import Applied
from campaigns.rule_packs.packs import load_packs
from campaigns.rule_packs.recording import RecordingPolicy, recording_policy, strictest
from campaigns.store.campaigns import read_specs
from campaigns.store.database import reading, utc
from campaigns.store.errors import UnknownCampaign, UnknownLead


class Rules:
    """`store.rules`. Rules are those of the UTC day of `now`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def unmet(self, campaign_id: int, *, now: datetime) -> tuple[Unmet, ...]:
        """What the campaign's settings do not meet of the law over its leads; dial nothing while
        there is any. Raises `UnknownCampaign`."""
        async with reading(self._engine) as connection:
            return unmet(*await _applied(connection, campaign_id, now))

    async def message_musts(self, campaign_id: int, *, now: datetime) -> tuple[MessageMust, ...]:
        """What the recorded message must say by the law over the campaign's leads. Raises
        `UnknownCampaign`."""
        async with reading(self._engine) as connection:
            _, applied = await _applied(connection, campaign_id, now)
        return message_musts(applied)

    async def recording_of_campaign(self, campaign_id: int, *, now: datetime) -> RecordingPolicy:
        """What holds for each recording of the campaign's calls, whoever is called. Raises
        `UnknownCampaign`."""
        async with reading(self._engine) as connection:
            spec, applied = await _applied(connection, campaign_id, now)
        return strictest(recording_of(spec, each) for each in applied)

    async def recording_of_lead(
        self, lead_id: int, phone_id: int, *, now: datetime
    ) -> RecordingPolicy:
        """What holds for a recording of a call to that number of the lead. Raises
        `UnknownLead`."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    "SELECT campaign_id, jurisdictions, kind FROM lead_phone"
                    " WHERE lead_id = :lead_id AND id = :phone_id"
                ),
                {"lead_id": lead_id, "phone_id": phone_id},
            )
            row = found.one_or_none()
            if row is None:
                raise UnknownLead(f"Lead number {lead_id} has no number of the id {phone_id}.")
            spec = (await read_specs(connection, [row.campaign_id]))[row.campaign_id]
        applied = load_packs().applicable(
            row.jurisdictions,
            purpose=spec.purpose,
            number_kind=row.kind,
            on=utc(now).date(),
            extra=spec.packs,
        )
        return recording_of(spec, applied)


def recording_of(spec: CampaignSpec, applied: Applied) -> RecordingPolicy:
    """What the rules leave of recording a call of this campaign."""
    has_limit = spec.retention.attempts_days is not None
    return recording_policy(applied, has_retention_limit=has_limit)


async def _applied(
    connection: AsyncConnection, campaign_id: int, now: datetime
) -> tuple[CampaignSpec, tuple[Applied, ...]]:
    specs = await read_specs(connection, [campaign_id])
    if campaign_id not in specs:
        raise UnknownCampaign(f"There is no campaign number {campaign_id}.")
    spec = specs[campaign_id]
    # The keys that leads could come to have are few, however many leads there are.
    found = await connection.execute(
        text("SELECT DISTINCT jurisdictions FROM hopper_key WHERE campaign_id = :id"),
        {"id": campaign_id},
    )
    places = list(found.scalars())
    return spec, applied_in(spec, places, load_packs(), on=utc(now).date())
