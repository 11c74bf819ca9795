"""When a campaign's list will be finished, at the pace of its last days."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaigns.expected_finish import FinishBasis, expected_finish
from campaigns.store.rows import CampaignRow
from campaigns.store.store import Store

LOOKS_BACK = timedelta(days=7)
"""A whole week: no day of it is like another."""


async def expected_days(
    store: Store, campaign: CampaignRow, *, leads_left: int, now: datetime, zone: ZoneInfo
) -> tuple[date, date] | None:
    """The first and the last day it may be (an 80 % interval); None where nothing can be said: the
    campaign does not run, its list is finished, or too little was finished in its last days."""
    known = await store.reports.period(campaign.id)
    if campaign.state != "running" or known is None:
        return None
    first_day = datetime.combine(known[0].astimezone(zone).date(), time(), zone)
    since = max(now - LOOKS_BACK, first_day)
    days = (now - since) / timedelta(days=1)
    usage = await store.clients.usage(campaign.client, since, now, now=now)
    seconds = sum(
        each.counts.agent_seconds
        for each in usage.campaigns
        if each.counts.campaign_id == campaign.id
    )
    finished = (await store.board.today([campaign.id], since=since))[campaign.id].finished
    basis = FinishBasis(
        leads_left=leads_left, finished=finished, agent_hours=seconds / 3600, agents=0.0
    )
    estimate = expected_finish(basis)
    # A pace of less than a day's work says nothing of the days to come.
    if estimate is None or days < 1:
        return None
    a_day = basis.agent_hours / days
    first, last = (now + timedelta(days=hours / a_day) for hours in estimate.agent_hours)
    return first.astimezone(zone).date(), last.astimezone(zone).date()
