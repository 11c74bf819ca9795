"""Which campaigns and teams the engine knows, and their way into it."""

from collections.abc import Awaitable, Callable, Sequence

from campaigns.store.rows import CampaignRow
from dialer.engine.config import TeamConfig
from dialer.engine.events import (
    CampaignConfigured,
    CampaignPaused,
    CampaignStarted,
    TeamConfigured,
)
from dialer.engine.ids import CampaignId, SwitchId, TeamId
from dialer.errors import ServiceError
from dialer.pacing.settings import PacingSettings
from dialer.runtime.clock import Clock
from dialer.runtime.driver import Driver
from dialer.runtime.engine_config import (
    campaign_config,
    ledger_rules,
    pacing_settings,
    team_config,
)
from dialer.runtime.ledgers import Ledgers
from dialer.runtime.team_leases import TeamLeases


class CampaignFeed:
    """Tells the engine of campaigns, each once, and again when its settings changed."""

    def __init__(
        self,
        driver: Driver,
        clock: Clock,
        *,
        ledgers: Ledgers,
        leases: TeamLeases,
        on_acquired: Callable[[TeamId], Awaitable[None]],
        trunks: Sequence[str],
        pinned: Callable[[TeamId], Awaitable[PacingSettings | None]],
        home_of: Callable[[str], str | None] = lambda team: None,
    ) -> None:
        self._driver = driver
        self._clock = clock
        self._ledgers = ledgers
        self._leases = leases
        self._on_acquired = on_acquired
        self._trunks = trunks
        self._find_pinned = pinned
        self._home_of = home_of
        self._rows: dict[CampaignId, CampaignRow] = {}
        self._pacing: dict[TeamId, PacingSettings] = {}
        self._pinned: set[TeamId] = set()
        """Teams whose pacing a person has set; their campaigns' files do not change it."""

    def row(self, campaign_id: CampaignId) -> CampaignRow | None:
        """The campaign as last read, when the engine knows it."""
        return self._rows.get(campaign_id)

    def campaigns_of(self, team_id: TeamId) -> list[CampaignId]:
        """The team's campaigns that the engine knows."""
        return [one for one, row in self._rows.items() if row.team_id == team_id]

    async def ensure_team(self, team_id: TeamId, name: str, pacing: PacingSettings | None) -> None:
        """The team is ours and in the engine. Raises ServiceError when another process has it."""
        is_ours_already = self._leases.holds(team_id)
        if not await self._leases.acquire(team_id):
            raise ServiceError(
                f"Team '{name}' is held by another dialer process. Stop that one, or wait until "
                "its lease has run out, then try again."
            )
        known = self._pacing.get(team_id)
        if known is None and (pinned := await self._find_pinned(team_id)) is not None:
            self.set_pacing(team_id, name, pinned, is_pinned=True)
        elif known is None or (
            pacing is not None and pacing != known and team_id not in self._pinned
        ):
            self.set_pacing(team_id, name, pacing or known or PacingSettings())
        if not is_ours_already:
            await self._on_acquired(team_id)

    def set_pacing(
        self, team_id: TeamId, name: str, pacing: PacingSettings, *, is_pinned: bool = False
    ) -> None:
        """Pace the team like this from now on; pinned, whatever its campaigns' files say."""
        if is_pinned:
            self._pinned.add(team_id)
        else:
            self._pinned.discard(team_id)
        self._pacing[team_id] = pacing
        home = self._home_of(name)
        team = TeamConfig(
            team_id=team_id,
            name=name,
            pacing=pacing,
            home=None if home is None else SwitchId(home),
        )
        self._driver.post(TeamConfigured(team=team))

    def is_pinned(self, team_id: TeamId) -> bool:
        """True when a person has set the team's pacing."""
        return team_id in self._pinned

    def pacing_of_files(self, team_id: TeamId) -> PacingSettings:
        """What the team's campaigns' files say, the one last told of first."""
        rows = [row for row in self._rows.values() if row.team_id == team_id]
        return pacing_settings(rows[-1].spec) if rows else PacingSettings()

    def pacing(self, team_id: TeamId) -> PacingSettings | None:
        """How the team is paced now."""
        return self._pacing.get(team_id)

    def require_trunk(self, row: CampaignRow) -> None:
        """Raise ServiceError when none of the campaign's trunks is in the settings."""
        if not set(row.spec.trunks) & set(self._trunks):
            raise ServiceError(
                f"Campaign '{row.name}' calls by {', '.join(row.spec.trunks)}, and this dialer has "
                f"{', '.join(self._trunks) or 'no trunks'}. Add one of its trunks to the settings "
                "([[trunks]]) and restart, or change the campaign."
            )

    async def ensure(self, row: CampaignRow) -> None:
        """The engine knows the campaign as it is in the store, with its ledgers."""
        campaign_id = CampaignId(row.id)
        team = team_config(row)
        known = self._rows.get(campaign_id)
        is_unchanged = known is not None and known.spec == row.spec
        # What a person said of the team's pacing stays, until they take it back.
        await self.ensure_team(team.team_id, team.name, None if is_unchanged else team.pacing)
        if not is_unchanged:
            self._driver.post(CampaignConfigured(campaign=campaign_config(row)))
            self._rows[campaign_id] = row
        if known is not None:
            await self.refresh_ledgers(campaign_id)
            return
        now = self._clock.now()
        for event in await self._ledgers.restore(campaign_id, ledger_rules(row), now=now):
            self._driver.post(event)

    async def refresh_ledgers(self, campaign_id: CampaignId) -> None:
        """Open the accounts that leads who came since ask for, and hold to limits that changed."""
        rules = ledger_rules(self._rows[campaign_id])
        now = self._clock.now()
        for event in await self._ledgers.refresh(campaign_id, rules, now=now):
            self._driver.post(event)

    def start(self, campaign_id: CampaignId) -> None:
        """Dial."""
        self._driver.post(CampaignStarted(campaign_id=campaign_id))

    def pause_team(self, team_id: TeamId) -> None:
        """No new calls for this team: its lease is lost."""
        for campaign_id in self.campaigns_of(team_id):
            self._driver.post(CampaignPaused(campaign_id=campaign_id))
