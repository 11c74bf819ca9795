"""A program reads what came of a survey: answers, rates and quotas, as the page has them."""

from campaigns.store.store import Store
from tests.support.api_desk import app_of, asking, token
from tests.support.stored import add_campaign
from tests.support.stored_scripts import call_next, interview, person, put_in_force

WAY = ["opening", "age", "score"]


async def test_answers_rates_and_quotas_of_a_survey(store: Store) -> None:
    campaign = await add_campaign(store, leads=[person(i, "M", "Ganja") for i in range(1, 5)])
    await put_in_force(store, campaign)
    whole = await call_next(store, campaign)
    young = await call_next(store, campaign)
    await interview(store, young, "young", ["opening", "age"], age=10)
    await interview(store, whole, "done", WAY, age=30, nps=9)
    path = f"/campaigns/{campaign.name}/survey"
    async with asking(app_of(store), await token(store, client=campaign.client)) as api:
        said = await api.get(path)
        assert said.status_code == 200, said.text
        found = said.json()
        assert (found["interviews"], found["cases"]) == (1, 2)
        assert {one["code"]: one["cases"] for one in found["codes"]} == {"1.1": 1, "4.7": 1}
        rates = {one["name"]: one["value"] for one in found["rates"]}
        assert rates == {"RR1": 1.0, "RR3": 1.0, "COOP1": 1.0, "REF1": 0.0, "CON1": 1.0}
        quotas = {one["name"]: (one["interviews"], one["is_full"]) for one in found["quotas"]}
        assert quotas == {"women in Baku": (0, False), "grown men": (1, True)}
        questions = {one["question"]: one for one in found["questions"]}
        assert questions["nps"]["score"]["measure"] == "nps"
        assert (questions["nps"]["score"]["value"], questions["age"]["mean"]["value"]) == (1, 30)

        every = (await api.get(path, params={"interviews": "all"})).json()
        assert (every["interviews"], every["cases"]) == (2, 2)
        ages = next(one for one in every["questions"] if one["question"] == "age")
        assert ages["answered"] == 2 and ages["mean"]["value"] == 20
        later = await api.get(path, params={"since": "2027-01-01T00:00:00Z"})
        assert (later.json()["questions"], later.json()["cases"]) == ([], 2)
        turned = {"since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}
        assert (await api.get(path, params=turned)).status_code == 422
