"""The engine's wall is never on the wrong side of a regulator's account."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from campaigns.ledgers import (
    CallCounts,
    FalsePositives,
    Formula,
    LedgerRule,
    LedgerWindow,
    rate,
    walls,
)
from campaigns.outcomes import Outcome
from dialer.engine.commands import RecordCall
from dialer.engine.events import LedgerOpened
from dialer.engine.ids import CallId, CampaignId, LeadId, LedgerName
from dialer.engine.ledger import Ledgers as EngineLedgers
from dialer.runtime.ledgers import LedgerRules, Ledgers

ONE = CampaignId(1)
NOW = 1_800_000_000.0
LEDGER = LedgerName("gb_rolling_24h")


def ofcom(formula: Formula) -> LedgerRule:
    return LedgerRule(
        name=formula.value,
        regime="gb",
        title="A test",
        formula=formula,
        window=LedgerWindow.ROLLING_24H,
        limit_ratio=0.03,
        citation="none",
    )


def record(number: int, outcome: Outcome, *, answered_at: float = NOW + 1) -> RecordCall:
    is_live = outcome.is_live_answer
    return RecordCall(
        call_id=CallId(str(UUID(int=number))),
        campaign_id=ONE,
        lead_id=LeadId(number),
        outcome=outcome,
        cause="NORMAL_CLEARING",
        agent_id=None,
        originated_at=answered_at - 5,
        ringing_at=answered_at - 4,
        answered_at=answered_at,
        bridged_at=answered_at if outcome is Outcome.CONNECTED else None,
        ended_at=answered_at + 3,
        is_live=is_live,
        is_abandoned=outcome is Outcome.ABANDONED,
    )


async def opened(
    past: CallCounts, false_positives: FalsePositives
) -> tuple[Ledgers, EngineLedgers]:
    async def counts(
        campaign: CampaignId, formula: Formula, since: datetime, until: datetime
    ) -> CallCounts:
        return past

    async def packs(campaign: CampaignId) -> tuple[LedgerRule, ...]:
        return walls([ofcom(Formula.UK_WITHOUT_AMD), ofcom(Formula.UK_AMD)])

    ledgers = Ledgers(counts, packs)
    engine = EngineLedgers()
    rules = LedgerRules(
        limit_ratio=0.03,
        zone=ZoneInfo("Europe/London"),
        since=NOW - 86_400,
        false_positives=false_positives,
    )
    for event in await ledgers.restore(ONE, rules, now=NOW):
        engine.open(event, now=NOW)
    return ledgers, engine


def happen(ledgers: Ledgers, engine: EngineLedgers, one: RecordCall) -> tuple[LedgerOpened, ...]:
    """As the engine counts a call, and then the runtime when it has ended."""
    if one.is_live:
        engine.count_live()
    if one.is_abandoned:
        engine.count_abandoned(counted_at=NOW + 1)
    events = ledgers.note(one, now=NOW + 5)
    for event in events:
        engine.open(event, now=NOW + 5)
    return events


OUTCOMES = st.sampled_from(
    [
        Outcome.CONNECTED,
        Outcome.CONNECTED,
        Outcome.ABANDONED,
        Outcome.HUNG_UP_EARLY,
        Outcome.MACHINE,
        Outcome.NO_ANSWER,
    ]
)


@given(
    past=st.builds(
        CallCounts,
        live_answers=st.just(60),
        abandoned=st.integers(0, 10),
        humans=st.integers(0, 50),
        machines_to_agents=st.integers(0, 20),
        machine_verdicts=st.integers(0, 40),
    ),
    calls=st.lists(OUTCOMES, max_size=60),
    share=st.sampled_from([0.0, 0.04, 0.3, 1.0]),
)
async def test_what_the_wall_lets_through_every_formula_of_ofcom_lets_through(
    past: CallCounts, calls: list[Outcome], share: float
) -> None:
    known = FalsePositives(ratio=share, reason="tested")
    ledgers, engine = await opened(past, known)
    for number, outcome in enumerate(calls):
        happen(ledgers, engine, record(number, outcome))
    window = engine.windows[LEDGER]
    stored = CallCounts(
        live_answers=past.live_answers + sum(each.is_live_answer for each in calls),
        abandoned=past.abandoned + calls.count(Outcome.ABANDONED),
        humans=past.humans + calls.count(Outcome.CONNECTED),
        machines_to_agents=past.machines_to_agents,
        machine_verdicts=past.machine_verdicts + calls.count(Outcome.MACHINE),
    )
    wall = window.abandoned / window.live_answers if window.live_answers else 0.0
    for formula in (Formula.UK_AMD, Formula.UK_WITHOUT_AMD):
        exact = rate(formula, stored, known).ratio or 0.0
        assert exact <= wall + 1e-9
    assert window.live_answers >= window.abandoned >= 0


async def test_a_call_counts_once_and_only_in_the_window_it_was_answered_in() -> None:
    ledgers, engine = await opened(CallCounts(), FalsePositives(ratio=1.0, reason="untested"))
    machine = record(1, Outcome.MACHINE)
    assert len(happen(ledgers, engine, machine)) == 1
    assert happen(ledgers, engine, machine) == ()
    assert happen(ledgers, engine, record(2, Outcome.MACHINE, answered_at=NOW - 1)) == ()
    window = engine.windows[LEDGER]
    assert (window.live_answers, window.abandoned) == (1, 1)


async def test_estimated_people_are_rounded_up() -> None:
    ledgers, engine = await opened(CallCounts(), FalsePositives(ratio=0.04, reason="tested"))
    for number in range(26):
        happen(ledgers, engine, record(number, Outcome.MACHINE))
    # 26 of 25 machines: one whole person, and a part of a second.
    assert engine.windows[LEDGER].abandoned == 2
