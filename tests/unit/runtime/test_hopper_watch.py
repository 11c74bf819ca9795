"""Why the hopper is dry: asked when it has been empty for a while, and not too often."""

from collections.abc import Sequence

from campaigns.store.errors import DatabaseUnavailable
from dialer.engine.events import CampaignPaused, CampaignStarted
from dialer.engine.ids import CampaignId
from dialer.runtime.hopper_watch import HopperWatch
from dialer.runtime.store_health import StoreHealth
from tests.support.engine_desk import CAMPAIGN, Desk


class Why:
    """The store's answer, and when it was asked."""

    def __init__(self, desk: Desk, answers: Sequence[str | Exception | None]) -> None:
        self.desk = desk
        self.answers = list(answers)
        self.asked: list[float] = []

    async def __call__(self, campaign_id: CampaignId) -> str | None:
        assert campaign_id == CAMPAIGN
        self.asked.append(self.desk.now)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def watch_of(desk: Desk, *answers: str | Exception | None) -> tuple[HopperWatch, Why]:
    why = Why(desk, answers)
    return HopperWatch(why, snapshot=lambda: desk.snapshot, health=StoreHealth()), why


async def look_for(watch: HopperWatch, desk: Desk, seconds: int) -> None:
    for _ in range(seconds):
        await watch.look()
        desk.wait(1)


async def test_a_hopper_that_stays_empty_is_explained_once_a_minute() -> None:
    desk = Desk()
    watch, why = watch_of(desk, "All leads are done.", "Closed until nine.")

    await look_for(watch, desk, 10)
    assert why.asked == [] and watch.warnings(CAMPAIGN) == []
    await look_for(watch, desk, 60)

    assert len(why.asked) == 1 and watch.warnings(CAMPAIGN) == ["All leads are done."]
    assert watch.empty_seconds(CAMPAIGN, desk.now) == 70
    await look_for(watch, desk, 2)
    assert watch.warnings(CAMPAIGN) == ["Closed until nine."]


async def test_leads_that_come_or_a_pause_end_the_warning() -> None:
    desk = Desk()
    watch, _ = watch_of(desk, "All leads are done.")
    await look_for(watch, desk, 12)
    assert watch.warnings(CAMPAIGN)

    desk.leads(1)
    await watch.look()
    assert watch.warnings(CAMPAIGN) == [] and watch.empty_seconds(CAMPAIGN, desk.now) == 0


async def test_a_campaign_that_does_not_run_is_not_asked_about() -> None:
    desk = Desk()
    watch, why = watch_of(desk, "x")
    desk.feed(CampaignPaused(campaign_id=CAMPAIGN))
    await look_for(watch, desk, 30)

    assert why.asked == []
    desk.feed(CampaignStarted(campaign_id=CAMPAIGN))
    await look_for(watch, desk, 12)
    assert len(why.asked) == 1


async def test_a_database_that_is_away_leaves_the_last_answer() -> None:
    desk = Desk()
    watch, _ = watch_of(desk, "All leads are done.", DatabaseUnavailable("away"))
    await look_for(watch, desk, 75)

    assert watch.warnings(CAMPAIGN) == ["All leads are done."]
