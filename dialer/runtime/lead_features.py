"""What is known of a leased lead that may say how likely it is to answer."""

from zoneinfo import ZoneInfo

from campaigns.store.rows import LeasedLead
from dialer.pacing.lead_probability import Features

ATTEMPTS_TOLD_APART = 10
AREA_CHARACTERS = 5
"""Of the number, with its plus sign: an area of North America, a network or a large town
elsewhere. Some thousand areas are told apart; more would share weights anyhow."""


def features_of(lead: LeasedLead) -> Features:
    """Attempt number, hour and weekday in the lead's zone, area, last outcome, list; or nothing.

    Of several zones a lead may be in, the first counts: an hour more or less is no great matter.
    The order is the same for every lead, and for ever: what was learnt is kept by place.
    """
    if lead.leased_at is None:
        return ()
    local = lead.leased_at.astimezone(ZoneInfo(min(lead.time_zones)))
    return (
        min(lead.tries + 1, ATTEMPTS_TOLD_APART),
        local.hour,
        local.weekday(),
        lead.number[:AREA_CHARACTERS],
        lead.last_outcome or "never",
        lead.list_id or 0,
    )
