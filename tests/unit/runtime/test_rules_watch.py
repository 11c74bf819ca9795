"""Running campaigns are held to the rules over the leads they have by now."""

from collections.abc import Sequence

from campaigns.demands import Unmet
from dialer.engine.ids import CampaignId
from dialer.runtime.rules_watch import RulesWatch
from dialer.runtime.store_health import StoreHealth

RIGHT, WRONG = CampaignId(1), CampaignId(2)


async def test_a_campaign_that_a_rule_forbids_is_paused_and_the_others_keep_their_accounts() -> (
    None
):
    paused: list[CampaignId] = []
    refreshed: list[CampaignId] = []

    async def unmet(campaign_id: CampaignId) -> Sequence[Unmet]:
        if campaign_id == RIGHT:
            return ()
        return (Unmet(code="message_required", text="No message.", citation="47 CFR"),)

    async def pause(campaign_id: CampaignId) -> None:
        paused.append(campaign_id)

    async def refresh(campaign_id: CampaignId) -> None:
        refreshed.append(campaign_id)

    watch = RulesWatch(
        dialling=lambda: [RIGHT, WRONG],
        unmet=unmet,
        pause=pause,
        refresh_ledgers=refresh,
        health=StoreHealth(),
    )
    await watch.look()

    assert (paused, refreshed) == ([WRONG], [RIGHT])
