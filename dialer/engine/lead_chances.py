"""What is known of how likely single leads are to answer: learnt, asked, saved and restored."""

import json
from dataclasses import replace

from dialer.engine.calls import Call
from dialer.engine.events import HopperLead
from dialer.engine.floor import Campaign, Floor, Team
from dialer.engine.ids import CampaignId, TeamId
from dialer.pacing.lead_probability import LeadProbability, at_odds
from dialer.pacing.saved import Reader, SavedStateError

SAVED_CAMPAIGNS_MAX = 8
"""Campaigns of one team whose models are saved, those with most calls: 200 kB each at the most."""


def with_odds(campaign: Campaign, lead: HopperLead) -> HopperLead:
    """The lead with what its features say, unless the store knows better or little is learnt."""
    if not _is_asked(campaign, lead) or lead.answer_probability is not None:
        return lead
    odds = campaign.lead_probability.odds(lead.features)
    return lead if odds is None else replace(lead, answer_odds=odds)


def level_of(team: Team) -> float | None:
    """The pooled answer probability that the team's last decision was made on, if on one."""
    return None if team.decision is None else team.decision.answer_probability


def chance(lead: HopperLead, level: float | None) -> float | None:
    """The lead's own answer probability, or None for the pooled one."""
    if lead.answer_odds is None or level is None:
        return lead.answer_probability
    return at_odds(level, lead.answer_odds)


def in_flight(team: Team) -> list[float | None]:
    """Of the team's calls in flight; empty while nothing is known of any."""
    calls = team.in_flight.values()
    if not any(c.lead.answer_odds or c.lead.answer_probability for c in calls):
        return []
    level = level_of(team)
    return [chance(c.lead, level) for c in calls]


def expected(campaign: Campaign, lead: HopperLead) -> float | None:
    """What an attempt at this lead is expected to come to, for the record; None when not asked."""
    if not _is_asked(campaign, lead):
        return lead.answer_probability
    return campaign.lead_probability.expect(lead.features)


def learn(floor: Floor, call: Call, *, is_answered: bool) -> None:
    """Tell the campaign's model what came of a lead whose features are known."""
    campaign = floor.campaigns[call.lead.campaign_id]
    if _is_asked(campaign, call.lead):
        campaign.lead_probability.observe(call.lead.features, is_answered=is_answered)


def _is_asked(campaign: Campaign, lead: HopperLead) -> bool:
    return campaign.config.lead_probability and bool(lead.features)


def save(floor: Floor, team_id: TeamId) -> str:
    """What the team's pacer has learnt, and beside it the models of its campaigns."""
    team = floor.teams[team_id]
    models = {
        campaign_id: floor.campaigns[campaign_id].lead_probability
        for campaign_id in team.campaigns
        if floor.campaigns[campaign_id].lead_probability.calls
    }
    most = sorted(models, key=lambda one: (-models[one].calls, one))[:SAVED_CAMPAIGNS_MAX]
    # What was restored for campaigns that nobody has asked for yet is kept for them.
    kept = dict(team.lead_models) | {one: models[one].to_state() for one in most}
    pacer = team.pacer.save()
    if not kept:
        return pacer
    leads = {str(one): kept[one] for one in sorted(kept)}
    return json.dumps({"pacer": pacer, "leads": leads}, allow_nan=False, separators=(",", ":"))


def restore(floor: Floor, team_id: TeamId, state: str) -> str | None:
    """Go on from what `save` gave, or from a pacer's own state; why it cannot be used, else None.

    A model that cannot be read begins anew, whatever the pacer makes of its part.
    """
    team = floor.teams[team_id]
    pacer, models = _parted(state)
    reason = team.pacer.restore(pacer)
    for name, values in models.items():
        if name.isascii() and name.isdigit():
            team.lead_models[CampaignId(int(name))] = values
    for campaign_id in team.campaigns:
        reason = take(floor.campaigns[campaign_id], team) or reason
    return reason


def take(campaign: Campaign, team: Team) -> str | None:
    """Give the campaign the model that was restored for it, if there is one."""
    values = team.lead_models.pop(campaign.config.campaign_id, None)
    if values is None:
        return None
    try:
        campaign.lead_probability = LeadProbability.from_state(Reader(values, "lead model"))
    except SavedStateError as refusal:
        return f"{refusal}; campaign {campaign.config.name} learns anew which leads answer"
    return None


def _parted(state: str) -> tuple[str, dict[str, object]]:
    """The pacer's part and the models by campaign; the pacer judges what is of neither form."""
    try:
        values = json.loads(state)
    except (ValueError, RecursionError):
        return state, {}
    if not isinstance(values, dict) or not isinstance(values.get("pacer"), str):
        return state, {}
    leads = values.get("leads")
    if not isinstance(leads, dict):
        return values["pacer"], {}
    # No more than are written, whoever wrote this.
    return values["pacer"], dict(list(leads.items())[:SAVED_CAMPAIGNS_MAX])
