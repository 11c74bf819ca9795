"""One campaign as a board shows it: its ledgers, its list, its promises and its expected finish."""

from typing import Any

from campaigns.expected_finish import FINISHED_MIN, FinishBasis, expected_finish
from dialer.desk.board.alarms import abandoned_left, answers_until_under
from dialer.desk.board.figures import CampaignFigures, Figures
from dialer.desk.formats import Formats
from dialer.desk.words import N_, Words
from dialer.engine.snapshot import CampaignSnapshot, LedgerSnapshot, Snapshot
from dialer.engine.states import AgentState, CampaignState

STATES = {
    CampaignState.DRAFT: N_("not started"),
    CampaignState.RUNNING: N_("running"),
    CampaignState.PAUSED: N_("paused"),
    CampaignState.STOPPED: N_("stopped"),
}
OWN_LEDGERS = {
    "campaign": N_("whole campaign"),
    "day": N_("today"),
    "rolling_30_days": N_("last 30 days"),
}
"""Those that every campaign has; the others carry the name of their rule pack's."""
NEAR = 0.9
"""Of a limit: from here on the meter is no longer green."""
_AT_WORK = frozenset(
    {AgentState.READY, AgentState.RESERVED, AgentState.TALKING, AgentState.WRAP_UP}
)


def campaign_entry(
    campaign: CampaignSnapshot, snapshot: Snapshot, figures: Figures, _: Words, f: Formats
) -> dict[str, Any]:
    """The entry."""
    found = figures.campaigns.get(campaign.campaign_id, CampaignFigures())
    finish, basis = _finish(campaign, snapshot, figures, _, f)
    ledgers = sorted(campaign.ledgers, key=used, reverse=True)
    return {
        "id": campaign.campaign_id,
        "name": campaign.name,
        "team": campaign.team_id,
        "state": campaign.state,
        "word": _(STATES[campaign.state]),
        "hopper": campaign.hopper,
        "ledgers": [_ledger(one, _, f) for one in ledgers],
        "callbacks": _callbacks(found, _, f),
        "callbacks_overdue": found.callbacks.overdue,
        "list": _list(found, _, f),
        "finish": finish,
        "finish_basis": basis,
        "today": _(
            "%(attempts)s attempts, %(contacts)s contacts today",
            attempts=f.number(found.today.attempts),
            contacts=f.number(found.today.contacts),
        ),
    }


def used(ledger: LedgerSnapshot) -> float:
    """The share of its limit that a ledger has used; above 1 over the limit."""
    if ledger.limit_ratio > 0:
        return ledger.abandonment_ratio / ledger.limit_ratio
    return 2.0 if ledger.abandoned else 0.0


def _ledger(ledger: LedgerSnapshot, _: Words, f: Formats) -> dict[str, Any]:
    share = used(ledger)
    level = "good" if share < NEAR else "warn" if share <= 1 else "bad"
    if share > 1:
        answers = answers_until_under(ledger)
        left = _.ngettext(
            "over: %(num)s live answer without an abandoned one brings it back",
            "over: %(num)s live answers without an abandoned one bring it back",
            answers,
        )
    else:
        left = _.ngettext(
            "%(num)s more may be abandoned", "%(num)s more may be abandoned", abandoned_left(ledger)
        )
    own = OWN_LEDGERS.get(ledger.ledger)
    return {
        "name": _(own) if own else ledger.ledger.replace("_", " "),
        "ratio": f.percent(ledger.abandonment_ratio, digits=2),
        "limit": f.percent(ledger.limit_ratio, digits=2),
        "used": round(min(1.0, share), 3),
        "level": level,
        "counts": _(
            "%(abandoned)s of %(answers)s live answers",
            abandoned=f.number(ledger.abandoned),
            answers=f.number(ledger.live_answers),
        ),
        "left": left,
    }


def _callbacks(found: CampaignFigures, _: Words, f: Formats) -> str:
    due = found.callbacks
    return _(
        "%(overdue)s overdue, %(hour)s in the next hour, %(today)s today",
        overdue=f.number(due.overdue),
        hour=f.number(due.next_hour),
        today=f.number(due.today),
    )


def _list(found: CampaignFigures, _: Words, f: Formats) -> dict[str, Any]:
    one = found.list_left
    if one is None:
        return {"text": _("being counted"), "left": "", "done_ratio": 0.0, "counted": ""}
    return {
        "left": f.number(one.left),
        "text": _(
            "%(due)s to call now, %(waiting)s wait for a retry, %(done)s of %(total)s done",
            due=f.number(one.due + one.in_hand),
            waiting=f.number(one.waiting),
            done=f.number(one.done),
            total=f.number(one.total),
        ),
        "done_ratio": round(one.done / one.total, 3) if one.total else 0.0,
        "counted": f.time(found.list_counted_at),
    }


def _finish(
    campaign: CampaignSnapshot, snapshot: Snapshot, figures: Figures, _: Words, f: Formats
) -> tuple[str, str]:
    """The estimate, and what it rests on; or why there is none."""
    basis = finish_basis(campaign, snapshot, figures)
    if basis is None:
        return f.number(None), _("the list is being counted")
    if basis.leads_left == 0:
        return _("finished"), _("no lead is left")
    estimate = expected_finish(basis)
    if estimate is None:
        return f.number(None), _(
            "%(finished)s leads were finished today; from %(least)s on it can be said",
            finished=f.number(basis.finished),
            least=f.number(FINISHED_MIN),
        )
    said = _(
        "%(left)s leads left, %(rate)s finished for each agent hour today (80 %% interval)",
        left=f.number(basis.leads_left),
        rate=f.number(estimate.per_agent_hour, digits=1),
    )
    if estimate.dialling_hours is None:
        low, high = estimate.agent_hours
        return _(
            "%(low)s to %(high)s agent hours; nobody is at work",
            low=_hours(low, f),
            high=_hours(high, f),
        ), said
    low, high = estimate.dialling_hours
    return _(
        "in %(low)s to %(high)s hours of dialling with %(agents)s agents",
        low=_hours(low, f),
        high=_hours(high, f),
        agents=f.number(round(basis.agents, 1)),
    ), said


def _hours(hours: float, f: Formats) -> str:
    return f.number(hours, digits=1 if hours < 20 else 0)


def finish_basis(
    campaign: CampaignSnapshot, snapshot: Snapshot, figures: Figures
) -> FinishBasis | None:
    """Today's figures of the campaign; None before its list was counted.

    Where several campaigns feed a team, the work is shared out by their attempts of today.
    """
    found = figures.campaigns.get(campaign.campaign_id)
    if found is None or found.list_left is None:
        return None
    ours = [one for one in snapshot.campaigns if one.team_id == campaign.team_id]
    attempts = sum(
        figures.campaigns.get(one.campaign_id, CampaignFigures()).today.attempts for one in ours
    )
    share = found.today.attempts / attempts if attempts else 1.0 / len(ours)
    at_work = sum(
        agent.team_id == campaign.team_id and agent.state in _AT_WORK for agent in snapshot.agents
    )
    work_seconds = figures.work_seconds.get(campaign.team_id, 0.0)
    return FinishBasis(
        leads_left=found.list_left.left,
        finished=found.today.finished,
        agent_hours=work_seconds * share / 3600.0,
        agents=at_work * share,
    )
