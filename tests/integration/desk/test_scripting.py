"""The addresses that a desk's script component uses: the agent's own team, one's own answers."""

from datetime import timedelta

from campaigns.roles import Role
from campaigns.store.store import Store
from dialer.desk.app import build_app
from tests.support.browser import PASSWORD
from tests.support.desk_client import visiting
from tests.support.stored import NOW, add_campaign
from tests.support.stored_scripts import call_next, no_call, person, put_in_force


async def test_an_agent_walks_a_call_of_the_team_and_no_other(store: Store) -> None:
    campaign = await add_campaign(store, leads=[person(1, "F"), person(2, "F")])
    await put_in_force(store, campaign)
    other = await add_campaign(store, name="theirs", team="others", leads=[person(3, "F")])
    await store.agents.add("anna", "sales", "1001", by="test", now=NOW)
    await store.users.add(
        "anna", Role.AGENT, PASSWORD, agent="anna", client=None, by="test", now=NOW
    )
    call_id, foreign = await call_next(store, campaign), await call_next(store, other)
    path = f"/agent/script/{call_id}"
    now = NOW + timedelta(minutes=2)
    async with visiting(build_app(store, lambda: now, wall=lambda: NOW)) as anna:
        await anna.sign_in("anna")
        sheet = await anna.ask("GET", path)
        assert sheet.status_code == 200, sheet.text
        assert sheet.json()["words"]["agent"] == "anna"
        said = await anna.ask("PUT", f"{path}/answers/age", {"value": 30, "seconds": 3.5})
        assert said.json() == {"value": 30, "full": []}
        wrong = await anna.ask("PUT", f"{path}/answers/age", {"value": 300})
        assert (wrong.status_code, wrong.json()["detail"]) == (
            422, "The number must be from 0 to 120.",
        )  # fmt: skip
        seen = {"position": 0, "step": "opening", "entered_at": NOW.isoformat(),
                "trail": ["opening"]}  # fmt: skip
        assert (await anna.ask("POST", f"{path}/steps", seen)).status_code == 200
        early = await anna.ask("POST", f"{path}/end", {"end": "done", "trail": ["opening"]})
        assert early.status_code == 422 and "do not lead to the end 'done'" in early.text
        await anna.ask("PUT", f"{path}/answers/nps", {"value": {"no_answer": True}})
        way = ["opening", "age", "score"]
        end = await anna.ask("POST", f"{path}/end", {"end": "done", "trail": way})
        assert end.json() == {"result": "complete", "disposition": "sale"}
        for strange in (foreign, no_call()):
            assert (await anna.ask("GET", f"/agent/script/{strange}")).status_code == 404
            assert (
                await anna.ask("PUT", f"/agent/script/{strange}/answers/age", {"value": 1})
            ).status_code == 404
        now = NOW + timedelta(hours=3)
        late = await anna.ask("PUT", f"{path}/answers/age", {"value": 31})
        assert late.status_code == 409
    (answer, _) = await store.scripts.answers_of_call(call_id)
    assert (answer.value, answer.seconds) == (30, 3.5)
