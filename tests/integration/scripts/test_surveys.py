"""Survey results from the database: interviews, cases by final code, what clients may see."""

from datetime import timedelta

from campaigns.campaign_spec import PacingMode
from campaigns.consents import Consent
from campaigns.outcomes import Outcome
from campaigns.screening_spec import SurveyQuestion
from campaigns.store.screening import SurveyAnswer
from campaigns.store.store import Store
from campaigns.surveys.aapor import rates_of
from tests.support.stored import NOW, add_campaign, dial, number, result_of
from tests.support.stored_scripts import call_next, interview, person, put_in_force

WAY = ["opening", "age", "score"]


async def test_every_lead_that_was_called_is_one_case_with_its_final_code(store: Store) -> None:
    campaign = await add_campaign(store, leads=[person(i, "M", "Ganja") for i in range(1, 10)])
    await put_in_force(store, campaign)
    whole = await call_next(store, campaign)
    await interview(store, whole, "done", WAY, age=30, nps=9)
    young = await call_next(store, campaign)
    await interview(store, young, "young", ["opening", "age"], age=10)
    half = await call_next(store, campaign)
    await store.scripts.open_call(half, agent_id=None, now=NOW)
    await store.scripts.put_answer(half, "age", 30, agent_id=None, now=NOW)
    # Nothing of the script was answered: a conversation without a word of what came of it.
    await call_next(store, campaign)
    for outcome in (Outcome.NO_ANSWER, Outcome.BUSY, Outcome.INVALID_NUMBER):
        (attempt,) = await dial(store, campaign)
        await store.attempts.settle([result_of(attempt.call_id, outcome)], now=NOW)
    cases = await store.surveys.cases(campaign.id)
    assert dict(cases) == {
        "1.1": 1, "1.2": 1, "4.7": 1, "2.3": 1, "3.13": 1, "3.12": 1, "4.3": 1,
    }  # fmt: skip
    assert rates_of(cases).cases == 7
    found = await store.surveys.interviews(campaign.id)
    assert [each.call_id for each in found] == [whole]
    assert (found[0].answers, found[0].fields["city"]) == ({"age": 30, "nps": 9}, "Ganja")
    every = await store.surveys.interviews(campaign.id, only_complete=False)
    assert {each.call_id for each in every} == {whole, young, half}
    later = await store.surveys.interviews(campaign.id, since=NOW + timedelta(days=1))
    assert list(later) == []
    measured = {each.call_id: each.following for each in await store.surveys.followed(campaign.id)}
    assert (measured[whole].required_seen, measured[whole].coverage_ratio) == (1, 1.0)
    assert measured[half].required_seen == 0


async def test_answers_by_keys_of_recorded_surveys_are_counted_beside(store: Store) -> None:
    survey = (
        SurveyQuestion(code="served", keys=(("1", "again"), ("2", None)), text="Served well?"),
        SurveyQuestion(code="again", keys=(("1", None), ("2", None))),
    )
    campaign = await add_campaign(
        store, leads=2, survey=survey, pacing_mode=PacingMode.MESSAGE, consent_required=True
    )
    for index in (1, 2):
        consent = Consent(
            number=number(index), client="Acme", purpose="any", given_at=NOW, source="form",
            proof="a",
        )  # fmt: skip
        await store.consents.add(consent, by="test", now=NOW)
    first, second = await dial(store, campaign, 2)
    for attempt in (first, second):
        await store.attempts.settle([result_of(attempt.call_id, Outcome.MESSAGE)], now=NOW)
    pressed = [(first, "served", "1"), (first, "again", "2"), (second, "served", "1")]
    await store.screening.answers(
        [
            SurveyAnswer(call_id=each.call_id, question=code, key=key, answered_at=NOW)
            for each, code, key in pressed
        ]
    )
    assert dict(await store.surveys.cases(campaign.id)) == {"1.1": 1, "2.12": 1}
    (whole,) = await store.surveys.interviews(campaign.id)
    assert (whole.call_id, whole.answers) == (first.call_id, {"served": "1", "again": "2"})
    asked = await store.surveys.questions(campaign.id)
    assert [each.label_of("1") for each in asked] == ["key 1", "key 1"]
    assert len(await store.surveys.interviews(campaign.id, only_complete=False)) == 2
