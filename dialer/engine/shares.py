"""Several campaigns of one team: whose lead is launched next.

Stride scheduling (Waldspurger and Weihl, "Stride Scheduling: Deterministic Proportional-Share
Resource Management", MIT 1995): a launch moves its campaign on by 1 ÷ weight, and the one least far
is next. So weights 3 and 1 give three launches to one, exactly over any four. A campaign that could
not launch for a while, because its list was dry, its hours closed or it was paused, may be at most
`LAG` behind the others when it comes back: it goes on with its share, and does not take everything
until it has caught up.
"""

from collections.abc import Iterable

from dialer.engine.floor import Campaign, Team

LAG = 3.0
"""Launches a unit of weight that may be made up for: a moment without a free line costs no share,
and an hour without leads gives no claim to the next one."""


def in_turn(team: Team, campaigns: Iterable[Campaign]) -> list[Campaign]:
    """The campaigns, the one whose turn it is first; in their order where they are equal."""
    return sorted(campaigns, key=lambda campaign: _place(team, campaign))


def launched(team: Team, campaign: Campaign) -> None:
    """One of the campaign's leads is being called."""
    place = _place(team, campaign)
    team.turn = max(team.turn, place)
    campaign.turn = place + 1.0 / campaign.config.weight


def _place(team: Team, campaign: Campaign) -> float:
    return max(campaign.turn, team.turn - LAG)
