"""A service's snapshot row as lines for a person."""

from collections.abc import Mapping, Sequence

from campaigns.store.rows import JsonObject, LeadCounts

_AGENT_WORDS = {
    "talking": "talking",
    "wrap_up": "wrapping up",
    "reserved": "being connected",
    "ready": "waiting",
    "paused": "paused",
    "connecting_leg": "phone ringing",
}
_CALL_WORDS = {
    "planned": "planned",
    "originating": "dialling",
    "ringing": "ringing",
    "answered": "answered",
    "waiting": "waiting for an agent",
    "bridging": "being connected",
    "connected": "talking",
    "abandoned": "hearing the message",
}


def status_lines(body: JsonObject, counts: Mapping[int, LeadCounts]) -> list[str]:
    """What the service does, most important first."""
    lines = _health(body)
    for team in body.get("teams", ()):
        lines += _team(team)
        for campaign in body.get("campaigns", ()):
            if campaign["team_id"] == team["team_id"]:
                lines += _campaign(campaign, counts.get(campaign["campaign_id"]))
    if not body.get("teams"):
        lines.append("  No team is at work.")
    lines += _trunks(body)
    return lines


def _health(body: JsonObject) -> list[str]:
    lines = []
    switch, database = body.get("switch", {}), body.get("database", {})
    nodes = body.get("switches", ())
    if len(nodes) > 1:
        lines += _switches(nodes)
    elif switch and not switch.get("is_connected", True):
        lines.append("  ! The switch cannot be reached. Run `dialer doctor`.")
    if database and not database.get("is_up", True):
        lines.append(f"  ! The database is out: {database.get('error') or 'no reason given'}")
    if body.get("metrics"):
        lines.append(f"  metrics      {body['metrics']}")
    return lines


def _switches(nodes: Sequence[JsonObject]) -> list[str]:
    lines = []
    for node in nodes:
        drain = ", draining" if node["is_draining"] else ""
        if not node["is_connected"]:
            lines.append(f"  ! Switch {node['switch_id']} cannot be reached{drain}.")
        elif drain:
            lines.append(
                f"  switch {node['switch_id']} is draining: {node['calls']} calls and "
                f"{node['legs']} agents are still on it"
            )
    return lines


def _team(team: JsonObject) -> list[str]:
    states = _counted(team.get("agents_by_state", {}), _AGENT_WORDS)
    lines = [
        f"  team {team['name']} ({team['mode']})",
        f"    agents       {states or 'nobody is logged in'}",
        f"    utilisation  {team['utilisation_ratio']:.1%} since the service began",
    ]
    decision = team.get("decision")
    if decision:
        bound = str(decision["bound_by"]).replace("_", " ")
        lines.append(f"    pacing       {decision['in_flight']} in flight, held by: {bound}")
    return lines


def _campaign(campaign: JsonObject, count: LeadCounts | None) -> list[str]:
    calls = _counted(campaign.get("calls_by_state", {}), _CALL_WORDS)
    lines = [
        f"    campaign {campaign['name']}: {campaign['state']}",
        f"      calls      {calls or 'none'}",
        f"      so far     {campaign['attempts']:,} attempts, "
        f"{campaign['live_answers']:,} live answers, {campaign['connected']:,} connected",
    ]
    for ledger in campaign.get("ledgers", ()):
        ratio, limit = ledger["abandonment_ratio"], ledger["limit_ratio"]
        warning = "  OVER THE LIMIT" if ratio > limit else ""
        lines.append(
            f"      abandoned  {ratio:.2%} of at most {limit:.1%} ({ledger['abandoned']:,} of "
            f"{ledger['live_answers']:,}), {_ledger_name(ledger)}{warning}"
        )
    lines.append(f"      hopper     {campaign['hopper']:,} leads in hand")
    lines += [f"      ! {text}" for text in campaign.get("warnings", ())]
    if count is not None:
        finished = count.done + count.invalid
        lines.append(
            f"      list       {count.total - finished:,} of {count.total:,} leads left: "
            f"{count.callable_now:,} callable now, {count.waiting:,} later"
        )
    return lines


def _ledger_name(ledger: JsonObject) -> str:
    name = str(ledger.get("ledger", ledger.get("name", "")))
    return {"campaign": "whole campaign", "day": "today"}.get(name, name)


def _trunks(body: JsonObject) -> list[str]:
    return [
        f"  trunk {each['trunk_id']}: {'up' if each['is_up'] else 'DOWN'}, "
        f"{each['channels']} of {each['channels_max']} lines in use"
        for each in body.get("trunks", ())
    ]


def _counted(states: Mapping[str, int], words: Mapping[str, str]) -> str:
    known = [f"{states[state]} {word}" for state, word in words.items() if states.get(state)]
    other = [f"{n} {state}" for state, n in states.items() if state not in words and n]
    return ", ".join(known + other)
