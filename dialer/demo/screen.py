"""The demo's live screen: what a supervisor would look at, drawn from the engine's snapshot."""

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dialer.engine.snapshot import CampaignSnapshot, LedgerSnapshot, Snapshot
from dialer.engine.states import AgentState, CallState

_STYLES = {
    AgentState.TALKING: ("green", "talking"),
    AgentState.WRAP_UP: ("yellow", "wrapping up"),
    AgentState.RESERVED: ("cyan", "connecting"),
    AgentState.READY: ("red", "waiting"),
    AgentState.PAUSED: ("bright_black", "on a break"),
    AgentState.CONNECTING_LEG: ("bright_black", "phone ringing"),
}
_SPARKS = "▁▂▃▄▅▆▇█"
_IN_FLIGHT = (CallState.PLANNED, CallState.ORIGINATING, CallState.RINGING)


@dataclass(slots=True)
class Progress:
    """What the screen shows beside the snapshot."""

    title: str
    speed: float
    start_at: float
    end_at: float
    zone: tzinfo
    leads_total: int
    metrics_url: str
    desk: tuple[str, ...] = ()
    """Lines about the desk: where it is, and how to sign in."""
    leads_attempted: set[int] = field(default_factory=set)
    sales: int = 0
    utilisation: deque[float] = field(default_factory=lambda: deque(maxlen=48))
    """Share of agents talking or wrapping up, sampled as the screen is drawn."""


def draw(snapshot: Snapshot, progress: Progress) -> RenderableType:
    """The whole screen."""
    campaign, team = snapshot.campaigns[0], snapshot.teams[0]
    states = Counter(a.state for a in snapshot.agents)
    on_the_floor = sum(states[s] for s in _STYLES if s is not AgentState.PAUSED)
    busy = states[AgentState.TALKING] + states[AgentState.WRAP_UP]
    progress.utilisation.append(busy / on_the_floor if on_the_floor else 0.0)
    clock = datetime.fromtimestamp(snapshot.at, UTC).astimezone(progress.zone)
    head = Text.assemble(
        (progress.title, "bold"), "   ", (f"{clock:%A %H:%M:%S}", "bold cyan"),
        (f"   {progress.speed:g} times as fast, {team.mode}", "dim"),
    )  # fmt: skip
    body = Group(
        _shift(snapshot.at, progress),
        Text(),
        _floor(snapshot, states),
        _calls(snapshot),
        Text(),
        _figures(snapshot, campaign, team.utilisation_ratio, progress),
        Text.assemble(("busy agents  ", "dim"), (_spark(progress.utilisation), "green")),
        *(
            Text.assemble((f"{'desk' if n == 0 else '':<13}", "dim"), line)
            for n, line in enumerate(progress.desk)
        ),
        Text.assemble(("metrics      ", "dim"), progress.metrics_url, ("   Ctrl-C ends", "dim")),
    )
    return Panel(body, title=head, title_align="left", padding=(1, 2), expand=False)


def one_line(snapshot: Snapshot, progress: Progress) -> str:
    """The same for a log or a pipe."""
    campaign, team = snapshot.campaigns[0], snapshot.teams[0]
    clock = datetime.fromtimestamp(snapshot.at, UTC).astimezone(progress.zone)
    ringing, talking = _call_counts(snapshot)
    return (
        f"{clock:%H:%M}  ringing {ringing:3d}  talking {talking:3d}"
        f"  attempts {campaign.attempts:5d}"
        f"  connected {campaign.connected:4d}  utilisation {team.utilisation_ratio:6.1%}"
        f"  abandoned {_campaign_ledger(campaign).abandonment_ratio:.2%}  sales {progress.sales}"
    )


def _shift(at: float, progress: Progress) -> RenderableType:
    done = min(1.0, max(0.0, (at - progress.start_at) / (progress.end_at - progress.start_at)))
    row = Table.grid(padding=(0, 1))
    row.add_row(
        Text("shift", style="dim"),
        ProgressBar(total=1.0, completed=done, width=44),
        Text(f"{done:4.0%} of {(progress.end_at - progress.start_at) / 3600:g} h"),
    )
    return row


def _floor(snapshot: Snapshot, states: Counter[AgentState]) -> RenderableType:
    blocks = Text("agents  ")
    width = max(1, min(2, 70 // max(1, len(snapshot.agents))))
    for state, (style, _) in _STYLES.items():
        blocks.append("█" * (width * states[state]), style=style)
    legend = Text("        ")
    for state, (style, word) in _STYLES.items():
        if states[state]:
            legend.append("■ ", style=style)
            legend.append(f"{states[state]} {word}   ")
    return Group(blocks, legend)


def _calls(snapshot: Snapshot) -> RenderableType:
    ringing, talking = _call_counts(snapshot)
    calls = Text("calls   ")
    calls.append("○" * min(ringing, 60), style="blue")
    calls.append("●" * min(talking, 60), style="green")
    legend = Text("        ")
    legend.append("○ ", style="blue").append(f"{ringing} ringing   ")
    legend.append("● ", style="green").append(f"{talking} answered")
    return Group(calls, legend)


def _figures(
    snapshot: Snapshot, campaign: CampaignSnapshot, utilisation_ratio: float, progress: Progress
) -> RenderableType:
    ledger = _campaign_ledger(campaign)
    hours = max(1.0, snapshot.at - progress.start_at) / 3600
    done = len(progress.leads_attempted)
    table = Table.grid(padding=(0, 3))
    for _ in range(2):
        table.add_column(style="dim")
        table.add_column(justify="right", min_width=14)
    near = ledger.abandonment_ratio > 0.9 * ledger.limit_ratio and ledger.abandoned > 1
    table.add_row(
        "utilisation", Text(f"{utilisation_ratio:.1%}", style="bold green"),
        "abandoned",
        Text(
            f"{ledger.abandonment_ratio:.2%} of at most {ledger.limit_ratio:.1%}",
            style="bold yellow" if near else "bold",
        ),
    )  # fmt: skip
    table.add_row(
        "attempts", f"{campaign.attempts:,}",
        "attempts an hour", f"{campaign.attempts / hours:,.0f}",
    )  # fmt: skip
    table.add_row(
        "live answers", f"{campaign.live_answers:,}", "connected", f"{campaign.connected:,}"
    )
    table.add_row(
        "sales", Text(f"{progress.sales:,}", style="bold"),
        "list called", f"{done:,} of {progress.leads_total:,} ({done / progress.leads_total:.1%})",
    )  # fmt: skip
    return table


def _call_counts(snapshot: Snapshot) -> tuple[int, int]:
    ringing = sum(c.state in _IN_FLIGHT for c in snapshot.calls)
    return ringing, len(snapshot.calls) - ringing


def _campaign_ledger(campaign: CampaignSnapshot) -> LedgerSnapshot:
    return campaign.ledgers[0]


def _spark(shares: deque[float]) -> str:
    return "".join(_SPARKS[min(7, int(share * 8))] for share in shares)
