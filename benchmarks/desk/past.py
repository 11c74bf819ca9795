"""Leads with a past: an earlier campaign of the same client, with what agents wrote then."""

import uuid
from datetime import datetime, timedelta

from benchmarks.floor.processes import CAMPAIGN, TEAM, present
from campaigns.calling_hours import CallingHours
from campaigns.campaign_spec import CampaignSpec, Purpose
from campaigns.outcomes import Outcome
from campaigns.store.rows import AttemptResult, NewAttempt, NewLead, NewPhone
from campaigns.store.store import Store

CALLS_EACH = 3
BATCH = 500
COLUMNS = ("contract", "product", "branch", "city", "street", "segment", "balance", "since",
           "language", "adviser", "last offer", "remark")  # fmt: skip
NOTE = "Interested in the larger account, but wants to speak with her husband first. Call evenings."


def lead(index: int) -> NewLead:
    """One with a record of a dozen columns."""
    return NewLead(
        row_number=index + 1,
        external_id=str(index),
        name=f"Lead Number {index}",
        numbers=(
            NewPhone(number=f"+1555{index:07d}", kind="mobile", time_zones=("America/New_York",)),
        ),
        fields={name: f"{name} of lead {index}" for name in COLUMNS},
    )


async def fill(store: Store, *, agents: int, leads: int, wrap_up_seconds: float) -> None:
    """The campaign, its agents, and for each lead three conversations of an earlier campaign."""
    now = present()
    for index in range(agents):
        await store.agents.add(f"agent{index}", TEAM, f"{10_000 + index}", by="b", now=now)
    first = await store.agents.get("agent0")
    rows = [lead(index) for index in range(leads)]
    for name in ("earlier", CAMPAIGN):
        spec = CampaignSpec(
            name=name,
            client="benchmark",
            team=TEAM,
            region="US",
            caller_id="+12025550100",
            trunks=("main",),
            purpose=Purpose.SERVICE,
            calling_hours=CallingHours.parse(["daily 00:00-24:00"]),
            wrap_up_seconds_max=wrap_up_seconds,
        )
        campaign = await store.campaigns.create(spec, by="benchmark", now=now)
        for begin in range(0, leads, BATCH):
            await store.leads.merge(
                campaign.id, "list", rows[begin : begin + BATCH], duplicates="merge", now=now
            )
        if name == "earlier":
            for back in range(CALLS_EACH, 0, -1):
                await _call_all(store, campaign.id, campaign.team_id, first.id,
                                at=now - timedelta(days=30 * back))  # fmt: skip


async def _call_all(
    store: Store, campaign_id: int, team_id: int, agent_id: int, *, at: datetime
) -> None:
    """Everybody once, spoken with, and called again in a month."""
    while leased := await store.leads.lease(campaign_id, BATCH, owner="past", now=at):
        new = [
            NewAttempt(
                call_id=str(uuid.uuid4()),
                campaign_id=campaign_id,
                team_id=team_id,
                lead_id=one.lead_id,
                phone_id=one.phone_id,
                number=one.number,
                trunk="main",
                caller_id="+12025550100",
                owner="past",
                callable_until=one.callable_until,
            )
            for one in leased
        ]
        verdicts = await store.attempts.write(new, now=at)
        made = [one for one, said in zip(new, verdicts, strict=True) if said.refused is None]
        await store.attempts.settle(
            [
                AttemptResult(
                    call_id=one.call_id,
                    outcome=Outcome.CONNECTED,
                    cause="NORMAL_CLEARING",
                    agent_id=agent_id,
                    originated_at=at,
                    ringing_at=at,
                    answered_at=at,
                    bridged_at=at,
                    ended_at=at + timedelta(seconds=90),
                    is_live=True,
                    is_abandoned=False,
                )
                for one in made
            ],
            now=at,
        )
        for one in made:
            await store.notes.write(one.call_id, agent_id, NOTE, version=0, now=at)
