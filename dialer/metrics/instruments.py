"""Every metric of the dialer, declared once, in a registry of its own.

Labels are campaign, team, outcome, cause and the like: never a lead, an agent or a number. The
values come from fixed sets or from names a manager gave, so the number of series is bounded.
"""

from collections import Counter as Tally
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

BRIDGE_BUCKETS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Fine around the 100 ms a nailed-up bridge takes, and with an edge at the legal 2 seconds."""
COMMIT_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)


LOOP_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0)
"""With an edge at the 50 ms that are promised."""


class Instruments:
    """The metrics. One instance a service, so that two services in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._alarms_shown: set[tuple[str, str]] = set()
        self._make_calls()
        self._make_pacing()
        self._make_health()

    def _make_calls(self) -> None:
        registry = self.registry
        self.attempts = Counter(
            "dialer_attempts",
            "Attempts that have ended, by how they ended (outcome) and FreeSWITCH's hangup cause.",
            ("campaign", "outcome", "cause"),
            registry=registry,
        )
        self.live_answers = Counter(
            "dialer_live_answers",
            "Calls answered by a person, as counted when the call ended. "
            "Machines that agents report later are taken out of the ledger gauges, not of this.",
            ("campaign",),
            registry=registry,
        )
        self.abandoned = Counter(
            "dialer_abandoned",
            "Live answers that had no agent within the legal seconds.",
            ("campaign",),
            registry=registry,
        )
        self.calls = Gauge(
            "dialer_calls",
            "Calls that live now, by state.",
            ("campaign", "state"),
            registry=registry,
        )
        self.agents = Gauge(
            "dialer_agents",
            "Agents logged in now, by state.",
            ("team", "state"),
            registry=registry,
        )
        self.answer_to_bridge = Histogram(
            "dialer_answer_to_bridge_seconds",
            "Seconds from a person's answer until they hear an agent.",
            ("campaign",),
            buckets=BRIDGE_BUCKETS,
            registry=registry,
        )

    def _make_pacing(self) -> None:
        registry = self.registry
        self.abandonment = Gauge(
            "dialer_abandonment_ratio",
            "Abandoned calls divided by live answers in the open window of a ledger, 0 to 1.",
            ("campaign", "ledger"),
            registry=registry,
        )
        self.abandonment_limit = Gauge(
            "dialer_abandonment_limit_ratio",
            "The most the abandonment ratio of this ledger may be, 0 to 1.",
            ("campaign", "ledger"),
            registry=registry,
        )
        self.utilisation = Gauge(
            "dialer_utilisation_ratio",
            "Share of agents' time spent talking or wrapping up, pauses left out, since the start.",
            ("team",),
            registry=registry,
        )
        self.launches = Counter(
            "dialer_launches",
            "Calls the pacer decided to launch, by what kept it from launching one more.",
            ("team", "bound_by"),
            registry=registry,
        )
        self.decisions = Counter(
            "dialer_pacing_decisions",
            "Decisions of the pacer, by the limit that kept it from launching one more call.",
            ("team", "limit"),
            registry=registry,
        )
        self.alarms = Gauge(
            "dialer_alarms",
            "Alarms of the supervisors' board that stand, by kind and level.",
            ("alarm", "level"),
            registry=registry,
        )
        self.hopper = Gauge(
            "dialer_hopper_leads",
            "Leads in hand, ready to be called.",
            ("campaign",),
            registry=registry,
        )
        self.webhooks = Gauge(
            "dialer_webhooks",
            "Webhooks that take nothing now (failing), or were switched off (disabled).",
            ("state",),
            registry=registry,
        )
        self.callbacks_due = Gauge(
            "dialer_callbacks_due",
            "Promised calls that are near or wait for their agent now.",
            ("campaign",),
            registry=registry,
        )
        self.callbacks = Counter(
            "dialer_callbacks",
            "Promised calls that have ended, by how: kept, late, missed or cancelled.",
            ("campaign", "state"),
            registry=registry,
        )
        self.originates = Counter(
            "dialer_originates",
            "Calls placed: attempts that were made durable and sent to the switch. "
            "rate() of this is the originate rate.",
            registry=registry,
        )
        self.refusals = Counter(
            "dialer_attempts_refused",
            "Attempts that the rules or the store refused before anything was dialled.",
            registry=registry,
        )
        self.channels = Gauge(
            "dialer_trunk_channels",
            "Lines of a trunk in use now.",
            ("trunk",),
            registry=registry,
        )
        self.channels_max = Gauge(
            "dialer_trunk_channels_limit",
            "Lines a trunk may use.",
            ("trunk",),
            registry=registry,
        )

    def _make_health(self) -> None:
        registry = self.registry
        self.switch_up = Gauge(
            "dialer_switch_up", "1 while FreeSWITCH answers, else 0.", registry=registry
        )
        self.switch_ping = Gauge(
            "dialer_switch_ping_seconds",
            "How long our own test event took through the switch and back; more than a second "
            "means events are late or lost.",
            registry=registry,
        )
        self.switch_sessions = Gauge(
            "dialer_switch_sessions",
            "Sessions on the switch at its last heartbeat, ours and others'.",
            registry=registry,
        )
        self.switch_idle_cpu = Gauge(
            "dialer_switch_idle_cpu_ratio",
            "Idle CPU of the switch at its last heartbeat, 0 to 1.",
            registry=registry,
        )
        self.database_up = Gauge(
            "dialer_database_up", "1 while the database answers, else 0.", registry=registry
        )
        self.commit = Histogram(
            "dialer_group_commit_seconds",
            "How long one group commit to the database took.",
            ("lane",),
            buckets=COMMIT_BUCKETS,
            registry=registry,
        )
        self.loop_lag = Gauge(
            "dialer_event_loop_lag_seconds",
            "How late the event loop woke a task at worst in the last second or so; above 0.05 its "
            "machine is too busy.",
            registry=registry,
        )
        self.loop_delays = Histogram(
            "dialer_event_loop_delay_seconds",
            "How late the event loop woke a task that ticks every 10 ms.",
            buckets=LOOP_BUCKETS,
            registry=registry,
        )
        self.queue_depth = Gauge(
            "dialer_event_queue_depth",
            "Events that wait for the engine.",
            registry=registry,
        )
        self.records_waiting = Gauge(
            "dialer_records_waiting",
            "Outcomes, dispositions and agent states that wait for the database.",
            registry=registry,
        )
        self.illegal_transitions = Gauge(
            "dialer_illegal_transitions",
            "Events the engine refused since the start, as impossible in the state they met. "
            "More than 0 is a bug or a switch that lies; please report it with the journal.",
            registry=registry,
        )

    def show_alarms(self, found: Sequence[tuple[str, str]]) -> None:
        """The alarms that stand now, each by (kind, level); those that are over count 0."""
        counts = Tally(found)
        self._alarms_shown |= counts.keys()
        for kind, level in self._alarms_shown:
            self.alarms.labels(kind, level).set(counts[kind, level])


def metrics_as_markdown(instruments: Instruments) -> str:
    """The table of docs/metrics.md."""
    lines = ["| metric | kind | labels | meaning |", "|---|---|---|---|"]
    for metric in vars(instruments).values():
        if not isinstance(metric, MetricWrapperBase):
            continue
        (described,) = metric.describe()
        name = described.name + ("_total" if described.type == "counter" else "")
        labels = ", ".join(metric._labelnames) or "none"
        lines.append(f"| `{name}` | {described.type} | {labels} | {described.documentation} |")
    return "\n".join(lines) + "\n"
