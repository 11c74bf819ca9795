"""Verdicts, opt-outs by key, answers of surveys and calls back, in the database."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from campaigns.campaign_spec import PacingMode
from campaigns.consents import Consent
from campaigns.ledgers import Formula
from campaigns.outcomes import Outcome
from campaigns.reports.accounts import read_accounts
from campaigns.reports.periods import zone_of
from campaigns.reports.report import read_report, write_report
from campaigns.screening_spec import ScreeningSpec, SurveyQuestion
from campaigns.store.errors import StoreError
from campaigns.store.rows import AttemptResult, CampaignRow
from campaigns.store.screening import (
    KEYPRESS_LIST,
    OptOut,
    ReturnCall,
    SurveyAnswer,
)
from campaigns.store.store import Store
from tests.support.stored import NOW, OWNER, add_campaign, attempt_on, number

SECOND = timedelta(seconds=1)


async def attempts(store: Store, campaign: CampaignRow, count: int) -> list[str]:
    """Attempts that are under way."""
    leads = await store.leads.lease(campaign.id, count, owner=OWNER, now=NOW)
    assert len(leads) == count
    new = [attempt_on(lead, campaign) for lead in leads]
    verdicts = await store.attempts.write(new, now=NOW)
    assert all(one.refused is None for one in verdicts), verdicts
    return [one.call_id for one in new]


def result(
    call_id: str, verdict: str | None, *, agent_id: int | None = None, sampled: bool = False
) -> AttemptResult:
    """A call that the classifier has judged; with an agent it was bridged."""
    is_machine = verdict == "machine" and not sampled
    return AttemptResult(
        call_id=call_id,
        outcome=Outcome.MACHINE if is_machine else Outcome.CONNECTED,
        cause="NORMAL_CLEARING",
        agent_id=agent_id,
        originated_at=NOW,
        ringing_at=None,
        answered_at=NOW + SECOND,
        bridged_at=None if agent_id is None else NOW + 2 * SECOND,
        ended_at=NOW + 9 * SECOND,
        is_live=not is_machine,
        is_abandoned=False,
        verdict=verdict,
        screened_at=None if verdict is None else NOW + 2.4 * SECOND,
        is_sampled=sampled,
    )


async def judged(store: Store, **changes: object) -> CampaignRow:
    """Two people, one of whom was a machine; five machines, three sampled, one of them a person."""
    campaign = await add_campaign(store, leads=7, screening=ScreeningSpec(), **changes)
    for index in range(1, 8):
        consent = Consent(
            number=number(index), client="Acme", purpose="any", given_at=NOW, source="form",
            proof="a",
        )  # fmt: skip
        await store.consents.add(consent, by="test", now=NOW)
    agent = await store.agents.add("anna", "sales", "1001", by="test", now=NOW)
    calls = await attempts(store, campaign, 7)
    told = [
        (result(calls[0], "human", agent_id=agent.id), "other"),
        (result(calls[1], "human", agent_id=agent.id), "machine"),
        (result(calls[2], "machine"), None),
        (result(calls[3], "machine"), None),
        (result(calls[4], "machine", agent_id=agent.id, sampled=True), "machine"),
        (result(calls[5], "machine", agent_id=agent.id, sampled=True), "machine"),
        (result(calls[6], "machine", agent_id=agent.id, sampled=True), "other"),
    ]
    await store.attempts.settle([one for one, _ in told], now=NOW + 10 * SECOND)
    for one, code in told:
        if code is not None:
            await store.attempts.dispose(one.call_id, agent.id, code, now=NOW + 11 * SECOND)
    return campaign


async def test_what_the_classifier_said_is_counted_and_its_mistakes(store: Store) -> None:
    campaign = await judged(store)
    counts = await store.screening.counts(campaign.id, NOW, NOW + timedelta(hours=1))
    assert (counts.humans, counts.machines, counts.unsure) == (2, 5, 0)
    assert (counts.sampled, counts.sampled_people) == (3, 1)
    assert (counts.passed_as_people, counts.heard_as_people) == (2, 1)
    assert counts.seconds == pytest.approx((1.4, 1.4, 1.4))


async def test_the_report_says_so_and_ofcoms_account_takes_the_measured_share(
    store: Store,
) -> None:
    campaign = await judged(store, packs=("uk",))
    until = NOW + timedelta(hours=1)
    report = await read_report(store, campaign, since=NOW, until=until, now=until)
    said = report.document()["screening"]
    assert (said["sampled"], said["sampled_people"]) == (3, 1)
    assert said["false_positive_ratio"] == pytest.approx(1 / 3)
    low, high = said["false_positive_interval"]
    assert (low, high) == pytest.approx((0.0615, 0.7923), abs=0.001)
    accounts = await read_accounts(
        store, campaign, since=NOW, until=until, zone=zone_of(campaign.spec)
    )
    with_amd = [one for one in accounts if one.rule.formula is Formula.UK_AMD]
    assert with_amd
    for one in with_amd:
        # Two machines nobody heard; of those, as many people as the sample bears at worst.
        assert one.counts.machine_verdicts == 2
        assert one.rate.numerator == pytest.approx(2 * high)
        assert "given to agents at random" in one.rate.how


async def test_the_page_has_the_classifier_and_the_answers(store: Store, tmp_path) -> None:  # type: ignore[no-untyped-def]
    campaign = await judged(
        store,
        pacing_mode=PacingMode.MESSAGE,
        consent_required=True,
        survey=(SurveyQuestion(code="pleased", keys=(("1", None),), text="Pleased?"),),
    )
    files = await write_report(store, campaign, tmp_path, now=NOW + timedelta(hours=1))
    page = files.html.read_text()
    assert "Greeting classifier" in page and "between 6.1% and 79.2%" in page
    assert "Pleased?" in page


async def test_an_opt_out_holds_at_once_and_keeps_its_first_entry(store: Store) -> None:
    campaign = await add_campaign(store, leads=1)
    (call_id,) = await attempts(store, campaign, 1)
    pressed = OptOut(call_id=call_id, number=number(1), key="9", at=NOW)
    await store.screening.opt_out([pressed])
    await store.screening.opt_out([OptOut(call_id=call_id, number=number(1), key="9", at=NOW)])
    (hit,) = await store.do_not_call.check(number(1))
    assert (hit.list_name, hit.how) == (KEYPRESS_LIST, f"keypress 9 on call {call_id}")
    await store.attempts.settle([result(call_id, None)], now=NOW + 10 * SECOND)
    counts = await store.screening.counts(campaign.id, NOW, NOW + timedelta(hours=1))
    assert counts.opted_out == 1, "the result does not take the key back"
    later = NOW + timedelta(days=40)
    assert await store.leads.lease(campaign.id, 1, owner=OWNER, now=later) == []


async def test_the_first_answer_to_a_question_stands(store: Store) -> None:
    campaign = await add_campaign(store, leads=2)
    first, second = await attempts(store, campaign, 2)
    await store.screening.answers(
        [
            SurveyAnswer(call_id=first, question="a", key="1", answered_at=NOW),
            SurveyAnswer(call_id=second, question="a", key="2", answered_at=NOW),
            SurveyAnswer(call_id=str(uuid.uuid4()), question="a", key="2", answered_at=NOW),
        ]
    )
    await store.screening.answers(
        [SurveyAnswer(call_id=first, question="a", key="2", answered_at=NOW)]
    )
    counts = await store.screening.answer_counts(campaign.id, NOW, NOW + timedelta(hours=1))
    assert counts == {"a": {"1": 1, "2": 1}}


def returned(campaign: CampaignRow, **changes: object) -> ReturnCall:
    values: dict[str, object] = {
        "call_id": "d0000000-0000-4000-8000-000000000001",
        "campaign_id": campaign.id,
        "lead_id": None,
        "number": number(1),
        "arrived_at": datetime(2026, 3, 2, 15, 0, tzinfo=UTC),
    }
    return ReturnCall(**values | changes)  # type: ignore[arg-type]


async def test_who_calls_is_whom_we_called_last_under_that_number(store: Store) -> None:
    old = await add_campaign(store, leads=1)
    new = await add_campaign(store, leads=1, name="summer")
    for campaign, at in ((old, NOW), (new, NOW + SECOND)):
        (lead,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=NOW)
        attempt = attempt_on(lead, campaign)
        await store.attempts.write([attempt], now=at)
        await store.attempts.settle([result(attempt.call_id, None)], now=at + 10 * SECOND)
    found = await store.screening.who_calls(number(1), caller_id=old.spec.caller_id)
    assert found is not None and found.campaign_id == new.id
    assert await store.screening.who_calls(number(2), caller_id=old.spec.caller_id) is None
    assert await store.screening.who_calls(number(1), caller_id="+12025550111") is None


async def test_a_call_back_is_written_when_it_comes_and_when_it_ends(store: Store) -> None:
    campaign = await add_campaign(store, leads=1)
    agent = await store.agents.add("anna", "sales", "1001", by="test", now=NOW)
    await store.screening.record_returns([returned(campaign, lead_id=987_654)])
    (open_call,) = await store.screening.returns(campaign.id)
    assert (open_call.ended_at, open_call.lead_id) == (None, None), "that lead is gone"
    ended = returned(
        campaign, agent_id=agent.id, bridged_at=NOW + SECOND, ended_at=NOW + 9 * SECOND
    )
    await store.screening.record_returns([ended])
    assert await store.screening.returns(campaign.id) == [ended]


async def test_what_an_agent_says_of_a_call_back_takes_effect(store: Store) -> None:
    campaign = await add_campaign(store, leads=1)
    agent = await store.agents.add("anna", "sales", "1001", by="test", now=NOW)
    call = returned(campaign)
    await store.screening.record_returns([call])
    dispose = store.screening.dispose_return
    assert not await dispose(str(uuid.uuid4()), agent.id, "other", now=NOW)
    with pytest.raises(StoreError, match="has no disposition 'nonsense'"):
        await dispose(call.call_id, agent.id, "nonsense", now=NOW)
    code = next(one.code for one in campaign.spec.dispositions if one.kind.value == "do_not_call")
    assert await dispose(call.call_id, agent.id, code, now=NOW)
    (hit,) = await store.do_not_call.check(number(1))
    assert hit.how == f"asked on call {call.call_id}"
