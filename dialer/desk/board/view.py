"""What a board shows, as flat entries: `agent/12`, `team/1`, `campaign/3`, `alarm/...`.

Each entry is plain JSON with its texts in the reader's language. Every second the entries are made
anew from the snapshot, and only those that changed go out (`live.py`); so nothing in an entry may
count seconds: it says since when, and the page counts.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dialer.desk.board.alarm_words import sentence
from dialer.desk.board.campaign_view import campaign_entry
from dialer.desk.board.figures import Figures
from dialer.desk.board.standing import StandingAlarm
from dialer.desk.formats import Formats
from dialer.desk.words import N_, Words
from dialer.engine.snapshot import AgentSnapshot, Snapshot, TeamSnapshot
from dialer.engine.states import AgentState, CallState
from dialer.pacing.limit_words import LIMIT_WORDS
from dialer.pacing.settings import DialMode

Entry = dict[str, Any]

STATES = {
    AgentState.LOGGED_OUT: N_("logged out"),
    AgentState.CONNECTING_LEG: N_("phone rings"),
    AgentState.PAUSED: N_("paused"),
    AgentState.READY: N_("ready"),
    AgentState.RESERVED: N_("being connected"),
    AgentState.TALKING: N_("talking"),
    AgentState.WRAP_UP: N_("wrap-up"),
}
MODES = {
    DialMode.PREVIEW: N_("preview"),
    DialMode.PROGRESSIVE: N_("progressive"),
    DialMode.RATIO: N_("ratio"),
    DialMode.PREDICTIVE: N_("predictive"),
    DialMode.MESSAGE: N_("message"),
}
LISTENS = {"listen": N_("listens"), "whisper": N_("whispers"), "barge": N_("is in the call")}
LANES = {
    AgentState.READY: "ready",
    AgentState.RESERVED: "talking",
    AgentState.TALKING: "talking",
    AgentState.WRAP_UP: "wrap_up",
    AgentState.PAUSED: "paused",
    AgentState.CONNECTING_LEG: "paused",
}
"""Where an agent stands on the board."""
_RINGING = frozenset({CallState.PLANNED, CallState.ORIGINATING, CallState.RINGING})
_WAITING = frozenset({CallState.ANSWERED, CallState.SCREENING, CallState.WAITING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that was done from a board, for all who look at one."""

    number: int
    at: float
    by: str
    said: str


def entries(
    snapshot: Snapshot,
    figures: Figures,
    standing: Sequence[StandingAlarm],
    deeds: Sequence[Deed],
    _: Words,
    f: Formats,
) -> dict[str, Entry]:
    """Everything on the board at this instant, in the order in which it stands there."""
    made: dict[str, Entry] = {}
    for alarm in standing:
        made[f"alarm/{alarm.alarm.key}"] = _alarm(alarm, _, f)
    for team in snapshot.teams:
        made[f"team/{team.team_id}"] = _team(team, snapshot, _, f)
    for campaign in snapshot.campaigns:
        key = f"campaign/{campaign.campaign_id}"
        made[key] = campaign_entry(campaign, snapshot, figures, _, f)
    # Who is on a call of which campaign, and who hears them, once for all agents.
    calls = {call.call_id: call.campaign_id for call in snapshot.calls}
    names = {one.campaign_id: one.name for one in snapshot.campaigns}
    teams = {team.team_id: team.name for team in snapshot.teams}
    for agent in snapshot.agents:
        of_call = calls.get(agent.call_id) if agent.call_id is not None else None
        campaign_name = "" if of_call is None else names.get(of_call, "")
        moving_to = "" if agent.moving_to is None else teams.get(agent.moving_to, "")
        made[f"agent/{agent.agent_id}"] = _agent(agent, campaign_name, moving_to, _)
    for listener in snapshot.supervisors:
        entry = made.get(f"agent/{listener.agent_id}")
        if entry is not None:
            mode = _(LISTENS[listener.mode]) if listener.is_up else _("is being called")
            entry["listeners"].append({"phone": listener.extension, "mode": mode})
    made |= dict(_machinery(snapshot, _))
    for deed in deeds:
        made[f"deed/{deed.number}"] = {
            "at": deed.at,
            "time": f.time(deed.at),
            "by": deed.by,
            "said": deed.said,
        }
    return made


def _alarm(standing: StandingAlarm, _: Words, f: Formats) -> Entry:
    alarm = standing.alarm
    seen = ""
    if standing.seen_by is not None:
        seen = _("seen by %(who)s at %(time)s", who=standing.seen_by, time=f.time(standing.seen_at))
    return {
        "key": alarm.key,
        "kind": alarm.kind,
        "level": alarm.level,
        "word": _("urgent") if alarm.level == "urgent" else _("warning"),
        "text": sentence(alarm, _, f),
        "since": standing.since,
        "seen": seen,
    }


def _team(team: TeamSnapshot, snapshot: Snapshot, _: Words, f: Formats) -> Entry:
    lanes: Counter[str] = Counter()
    for agent in snapshot.agents:
        if agent.team_id == team.team_id and agent.state in LANES:
            lanes[LANES[agent.state]] += 1
    ours = {one.campaign_id for one in snapshot.campaigns if one.team_id == team.team_id}
    ringing = sum(c.state in _RINGING and c.campaign_id in ours for c in snapshot.calls)
    waiting = sum(
        c.state in _WAITING and c.agent_id is None and c.campaign_id in ours for c in snapshot.calls
    )
    is_predictive = team.mode is DialMode.PREDICTIVE
    moving = ""
    if team.moving_to is not None:
        moving = _("moves to switch %(name)s", name=team.moving_to)
    return {
        "name": team.name,
        "mode": team.mode,
        "mode_word": _(MODES[team.mode]),
        "target": f.percent(team.target_ratio, digits=1) if is_predictive else "",
        "agents": sum(lanes.values()),
        "lanes": {lane: lanes[lane] for lane in ("ready", "talking", "wrap_up", "paused")},
        "ringing": ringing,
        "waiting": waiting,
        "utilisation": f.percent(team.utilisation_ratio, digits=0),
        "limit": team.decision.bound_by if team.decision is not None else "",
        "why": _(LIMIT_WORDS[team.decision.bound_by]) if team.decision is not None else "",
        "switch": team.switch_id or "",
        "moving": moving,
    }


def _agent(agent: AgentSnapshot, campaign: str, moving_to: str, _: Words) -> Entry:
    # "pause" or "log out", the words of the snapshot.
    pending = {"pause": _("pause after this"), "log out": _("logs out after this")}
    notes = [agent.reason] if agent.reason else []
    if agent.paused_by:
        notes.append(_("sent by %(who)s", who=agent.paused_by))
    if agent.pending:
        notes.append(pending.get(agent.pending, agent.pending))
    if moving_to:
        notes.append(_("moves to %(team)s", team=moving_to))
    if campaign:
        notes.append(campaign)
    return {
        "id": agent.agent_id,
        "name": agent.name,
        "team": agent.team_id,
        "state": agent.state,
        "word": _(STATES[agent.state]),
        "lane": LANES.get(agent.state, "paused"),
        "since": agent.since,
        "note": " · ".join(notes),
        "listeners": [],
    }


def _machinery(snapshot: Snapshot, _: Words) -> Iterator[tuple[str, Entry]]:
    for trunk in snapshot.trunks:
        yield (
            f"trunk/{trunk.trunk_id}",
            {
                "name": trunk.trunk_id,
                "is_up": trunk.is_up,
                "word": _("up") if trunk.is_up else _("down"),
                "channels": trunk.channels,
                "channels_max": trunk.channels_max,
            },
        )
    for switch in snapshot.switches:
        word = _("connected") if switch.is_connected else _("out of reach")
        if switch.is_connected and switch.is_draining:
            word = _("taken out of use")
        yield (
            f"switch/{switch.switch_id}",
            {
                "name": switch.switch_id,
                "is_up": switch.is_connected,
                "word": word,
                "calls": switch.calls,
                "legs": switch.legs,
            },
        )
