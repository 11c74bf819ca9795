"""What the metrics say, and that all of them are documented."""

import asyncio
import socket
import threading
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from campaigns.outcomes import Outcome
from dialer.engine.commands import NoteDecision, RecordCall
from dialer.engine.config import CampaignConfig, TeamConfig
from dialer.engine.events import CallOriginated, CampaignConfigured, TeamConfigured
from dialer.engine.ids import AgentId, CallId, CampaignId, LeadId, LedgerName, TeamId
from dialer.engine.snapshot import (
    AgentSnapshot,
    CampaignSnapshot,
    LedgerSnapshot,
    Snapshot,
    TeamSnapshot,
)
from dialer.engine.states import AgentState, CampaignState
from dialer.errors import SettingsError
from dialer.metrics.instruments import Instruments, metrics_as_markdown
from dialer.metrics.observer import MetricsObserver
from dialer.metrics.server import metrics_server
from dialer.pacing.settings import DialMode
from dialer.pacing.view import Decision, Limit
from tests.support.service_desk import answers

DOCS = Path(__file__).parents[3] / "docs" / "metrics.md"
CAMPAIGN, TEAM = CampaignId(1), TeamId(2)


def record(call: str, *, is_live: bool = True) -> RecordCall:
    return RecordCall(
        call_id=CallId(call),
        campaign_id=CAMPAIGN,
        lead_id=LeadId(3),
        outcome=Outcome.CONNECTED,
        cause="NORMAL_CLEARING",
        agent_id=AgentId(4),
        originated_at=1.0,
        ringing_at=2.0,
        answered_at=5.0,
        bridged_at=5.12,
        ended_at=60.0,
        is_live=is_live,
        is_abandoned=False,
    )


@pytest.fixture
def observer() -> MetricsObserver:
    found = MetricsObserver(Instruments())
    campaign = CampaignConfig(
        campaign_id=CAMPAIGN, team_id=TEAM, name="spring", caller_id="+12025550100", trunks=()
    )
    found(0.0, TeamConfigured(team=TeamConfig(team_id=TEAM, name="sales")), ())
    found(0.0, CampaignConfigured(campaign=campaign), ())
    return found


def value(observer: MetricsObserver, name: str, **labels: str) -> float | None:
    return observer.instruments.registry.get_sample_value(name, labels)


def test_an_attempt_is_counted_once_however_often_it_is_corrected(
    observer: MetricsObserver,
) -> None:
    observer(1.0, None, [record("a"), record("b")])
    observer(2.0, None, [record("a", is_live=False)])
    labels = {"campaign": "spring", "outcome": "connected", "cause": "NORMAL_CLEARING"}
    assert value(observer, "dialer_attempts_total", **labels) == 2
    assert value(observer, "dialer_live_answers_total", campaign="spring") == 2
    assert value(observer, "dialer_answer_to_bridge_seconds_count", campaign="spring") == 2
    assert value(
        observer, "dialer_answer_to_bridge_seconds_bucket", campaign="spring", le="0.15"
    ) == 2  # fmt: skip


def test_launches_are_counted_by_what_bound_them(observer: MetricsObserver) -> None:
    decision = Decision(count=3, bound_by=Limit.PRICE)
    observer(
        1.0, CallOriginated(call_id=CallId("a")), [NoteDecision(team_id=TEAM, decision=decision)]
    )
    assert value(observer, "dialer_launches_total", team="sales", bound_by="price") == 3
    assert value(observer, "dialer_originates_total") == 1


def test_gauges_follow_the_snapshot_and_go_back_to_zero(observer: MetricsObserver) -> None:
    observer.read(snapshot(AgentState.READY))
    assert value(observer, "dialer_agents", team="sales", state="ready") == 1
    assert value(observer, "dialer_utilisation_ratio", team="sales") == 0.8
    assert value(observer, "dialer_abandonment_ratio", campaign="spring", ledger="day") == 0.02
    assert (
        value(observer, "dialer_abandonment_limit_ratio", campaign="spring", ledger="day") == 0.03
    )
    assert value(observer, "dialer_hopper_leads", campaign="spring") == 12
    observer.read(snapshot(AgentState.TALKING))
    assert value(observer, "dialer_agents", team="sales", state="ready") == 0
    assert value(observer, "dialer_agents", team="sales", state="talking") == 1


def snapshot(state: AgentState) -> Snapshot:
    return Snapshot(
        at=10.0,
        is_switch_connected=True,
        is_draining=False,
        teams=(
            TeamSnapshot(
                team_id=TEAM,
                name="sales",
                mode=DialMode.PREDICTIVE,
                talk_seconds=70.0,
                wrap_up_seconds=10.0,
                ready_seconds=20.0,
                decision=None,
            ),
        ),
        campaigns=(
            CampaignSnapshot(
                campaign_id=CAMPAIGN,
                team_id=TEAM,
                name="spring",
                state=CampaignState.RUNNING,
                hopper=12,
                attempts=0,
                live_answers=50,
                connected=49,
                abandoned=1,
                ledgers=(
                    LedgerSnapshot(
                        ledger=LedgerName("day"),
                        limit_ratio=0.03,
                        live_answers=50,
                        abandoned=1,
                        ends_at=None,
                    ),
                ),
            ),
        ),
        agents=(
            AgentSnapshot(
                agent_id=AgentId(4),
                team_id=TEAM,
                name="ann",
                state=state,
                since=1.0,
                reason=None,
                leg_id=None,
                call_id=None,
            ),
        ),
        calls=(),
        trunks=(),
    )


def test_no_label_names_a_lead_an_agent_or_a_number(observer: MetricsObserver) -> None:
    for family in observer.instruments.registry.collect():
        assert family.documentation.endswith(".")
        labels = {label for sample in family.samples for label in sample.labels}
        assert not labels & {"lead", "agent", "number", "phone", "call"}


async def test_the_server_serves_and_leaves_nothing_behind() -> None:
    instruments = Instruments()
    async with metrics_server(instruments.registry, host="127.0.0.1", port=0) as (host, port):
        text = await asyncio.to_thread(answers, f"http://{host}:{port}/metrics")
    assert "# HELP dialer_attempts_total Attempts that have ended" in text
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind((host, port))
    assert not [t for t in threading.enumerate() if "serve_forever" in repr(t)]


async def test_a_port_that_is_taken_is_told_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"port {port}: .*Set metrics.port to a free port"):
            async with metrics_server(Instruments().registry, host="127.0.0.1", port=port):
                pass


def test_every_metric_is_documented_as_it_is() -> None:
    assert metrics_as_markdown(Instruments()) in DOCS.read_text()
    assert b"dialer_" in generate_latest(Instruments().registry)
