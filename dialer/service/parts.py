"""Everything that runs beside the engine, built in the order in which it depends on each other."""

import random
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from functools import partial

from campaigns.ledgers import (
    OWN_REGIME,
    CallCounts,
    Formula,
    LedgerRule,
    Stretch,
    walls,
)
from campaigns.store.callback_rows import DueCallback
from campaigns.store.rows import AttemptResult, AttemptVerdict, LeasedLead, NewAttempt
from campaigns.store.store import Store
from dialer.engine.commands import Originate
from dialer.engine.events import CampaignPaused, Event, Promise
from dialer.engine.ids import CampaignId, LeadId, LegId, TeamId
from dialer.engine.states import CampaignState
from dialer.metrics.instruments import Instruments
from dialer.runtime import store_writes
from dialer.runtime.agent_roster import AgentRoster
from dialer.runtime.attempts_lane import AttemptsLane
from dialer.runtime.call_ids import mint_call_id
from dialer.runtime.callback_feed import CallbackFeed, CallbackStore, promises_of
from dialer.runtime.campaign_feed import CampaignFeed
from dialer.runtime.clock import Clock
from dialer.runtime.control import Control
from dialer.runtime.driver import Driver
from dialer.runtime.hopper_watch import HopperWatch
from dialer.runtime.instants import to_datetime
from dialer.runtime.leads_lane import LeadsLane, LeadsStore
from dialer.runtime.ledgers import Ledgers
from dialer.runtime.records_lane import RecordsLane, RecordWrites
from dialer.runtime.recovery import Recovery, RecoveryStore
from dialer.runtime.rules_watch import RulesWatch
from dialer.runtime.spool import Spool
from dialer.runtime.store_health import StoreHealth
from dialer.runtime.switch_link import SwitchLink
from dialer.runtime.switch_orders import OrderContext
from dialer.runtime.switch_reader import SwitchReader
from dialer.runtime.team_leases import TeamLeases
from dialer.service.home import SPOOL
from dialer.settings import Settings
from freeswitch.connection import ConnectionTimings, SwitchAddress
from freeswitch.session import EslSession, SessionTimings

DEFAULT_MESSAGE = "abandoned"


class Parts:
    """The parts of one running service."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        driver: Driver,
        clock: Clock,
        *,
        instruments: Instruments,
        drain: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._store = store
        self._driver = driver
        self._clock = clock
        self._owner = settings.switch.dialer_id
        self.unrecovered: list[TeamId] = []
        """Teams that became ours and whose calls the switch was not asked after yet."""
        self.health = StoreHealth()
        self.health.observe_commit = lambda lane, seconds: instruments.commit.labels(lane).observe(
            seconds
        )
        self.leases = TeamLeases(
            store.leases,
            owner=self._owner,
            seconds=settings.service.lease_seconds,
            health=self.health,
            on_lost=lambda team_id: self.feed.pause_team(team_id),
        )
        self.ledgers = Ledgers(self._ledger_counts, self._ledger_packs)
        self.feed = CampaignFeed(
            driver,
            clock,
            ledgers=self.ledgers,
            leases=self.leases,
            on_acquired=self._team_acquired,
            trunks=[trunk.name for trunk in settings.trunks],
        )
        self._build_lanes()
        self._build_link()
        self.control = Control(
            store,
            driver,
            clock,
            feed=self.feed,
            health=self.health,
            drain=drain,
            is_switch_reached=self.link.ready.is_set,
        )

    def _build_lanes(self) -> None:
        writes = store_writes.StoreWrites(self._store, self._clock)
        self.callbacks = CallbackFeed(
            CallbackStore(
                take=self._take_callbacks,
                lapse=lambda: self._store.callbacks.lapse(to_datetime(self._clock.now())),
                record=self._store.callbacks.record,
            ),
            dialling=self._dialling,
            mint=mint_call_id,
            post=self._driver.post,
            clock=self._clock,
            health=self.health,
        )
        self.hoppers = HopperWatch(
            lambda campaign_id: self._store.explain.dry_hopper(
                campaign_id, now=to_datetime(self._clock.now())
            ),
            snapshot=self._driver.snapshot,
            health=self.health,
        )
        self.rules = RulesWatch(
            dialling=self._dialling,
            unmet=lambda campaign_id: self._store.rules.unmet(
                campaign_id, now=to_datetime(self._clock.now())
            ),
            pause=self._pause_for_rules,
            refresh_ledgers=lambda campaign_id: self.feed.refresh_ledgers(campaign_id),
            health=self.health,
        )
        self.records = RecordsLane(
            RecordWrites(
                calls=writes.calls,
                dispositions=writes.dispositions,
                agent_states=writes.agent_states,
                callbacks=self.callbacks.record,
            ),
            spool=Spool(self._settings.home / SPOOL),
            health=self.health,
        )
        self.attempts = AttemptsLane(
            new_attempt=self._new_attempt,
            write=self._write_attempts,
            settle=self._settle,
            place=lambda command: self.link.order(command),
            post=self._driver.post,
            record=self.records.put,
            clock=self._clock,
            health=self.health,
        )
        self.leads = LeadsLane(
            LeadsStore(lease=self._lease_leads, release=self._release_leads),
            mint=mint_call_id,
            post=self._driver.post,
            health=self.health,
        )

    def _build_link(self) -> None:
        settings, store = self._settings, self._store
        self.reader = SwitchReader(self._owner)
        self.recovery = Recovery(
            RecoveryStore(
                agents=partial(self.health.insist, "recovery", store.agents.list),
                unfinished=lambda team_id: self.health.insist(
                    "recovery", partial(store.attempts.unfinished, team_id)
                ),
                settle=lambda results: self.health.insist(
                    "recovery", partial(self._settle, results)
                ),
                promises=self._promises,
                ensure_campaigns=self._ensure_campaigns,
            ),
            self.reader,
            self._clock,
        )
        context = OrderContext(
            settings=settings,
            reader=self.reader,
            roster=AgentRoster(store.agents.list, store.agents.set_leg),
            clock=self._clock,
            post=self._driver.post,
            mint_leg=lambda: LegId(str(uuid.uuid4())),
            message_of=self._message_of,
            is_unplaced=lambda call_id: self.attempts.holds(call_id),
        )
        self.link = SwitchLink(
            SwitchAddress(
                host=settings.switch.host,
                port=settings.switch.port,
                password=settings.switch.password,
            ),
            context,
            trunks=[trunk.name for trunk in settings.trunks],
            recover=self._recover,
            reconcile=self.recovery.reconcile,
            timings=SessionTimings(
                connection=ConnectionTimings(poke_seconds=settings.switch.poke_seconds or None)
            ),
            random=random.random,
            new_uuid=lambda: str(uuid.uuid4()),
        )

    async def take_team(self, team_id: TeamId, name: str) -> bool:
        """Make the team ours and known to the engine; False when another process has it."""
        if not await self.leases.acquire(team_id):
            return False
        await self.feed.ensure_team(team_id, name, None)
        await self._team_acquired(team_id)
        return True

    # ---- what the parts ask of the store --------------------------------------------------------
    def _new_attempt(self, command: Originate) -> NewAttempt:
        row = self.feed.row(command.lead.campaign_id)
        assert row is not None, f"campaign {command.lead.campaign_id} dials and is not known"
        team_id = TeamId(row.team_id)
        return store_writes.new_attempt(
            command, team_id=team_id, owner=self._owner, token=self.leases.token(team_id)
        )

    async def _write_attempts(self, rows: Sequence[NewAttempt]) -> Sequence[AttemptVerdict]:
        return await self._store.attempts.write(rows, now=to_datetime(self._clock.now()))

    async def _settle(self, results: Sequence[AttemptResult]) -> None:
        await self._store.attempts.settle(results, now=to_datetime(self._clock.now()))

    async def _lease_leads(self, campaign_id: CampaignId, count: int) -> Sequence[LeasedLead]:
        now = to_datetime(self._clock.now())
        row = self.feed.row(campaign_id)
        assert row is not None, f"campaign {campaign_id} asks for leads and is not known"
        token = self.leases.token(TeamId(row.team_id))
        return await self._store.leads.lease(
            campaign_id, count, owner=self._owner, now=now, token=token
        )

    async def _release_leads(self, lead_ids: Sequence[int]) -> None:
        await self._store.leads.release(lead_ids, owner=self._owner)

    def _dialling(self) -> list[CampaignId]:
        """Campaigns that run here, of teams that are ours."""
        snapshot = self._driver.snapshot()
        if snapshot.is_draining:
            return []
        return [
            one.campaign_id
            for one in snapshot.campaigns
            if one.state is CampaignState.RUNNING and self.leases.holds(one.team_id)
        ]

    async def _pause_for_rules(self, campaign_id: CampaignId) -> None:
        now = to_datetime(self._clock.now())
        await self._store.campaigns.set_state(
            campaign_id, str(CampaignState.PAUSED), by="service: rules", now=now
        )
        self._driver.post(CampaignPaused(campaign_id=campaign_id))

    async def _take_callbacks(
        self, campaign_ids: Collection[CampaignId], until: float, in_hand: Collection[int]
    ) -> Sequence[DueCallback]:
        return await self._store.callbacks.take_due(
            campaign_ids,
            owner=self._owner,
            until=to_datetime(until),
            now=to_datetime(self._clock.now()),
            in_hand=in_hand,
        )

    async def _promises(self, lead_ids: Collection[int]) -> dict[LeadId, Promise]:
        due = await self.health.insist("recovery", partial(self._store.callbacks.due_of, lead_ids))
        return promises_of(due)

    async def _ledger_counts(
        self, campaign_id: CampaignId, formula: Formula, since: datetime, until: datetime
    ) -> CallCounts:
        window = [Stretch(begins_at=since, ends_at=until)]
        (counts,) = await self.health.insist(
            "recovery", partial(self._store.ledgers.counts, campaign_id, formula, window)
        )
        return counts

    async def _ledger_packs(self, campaign_id: CampaignId) -> tuple[LedgerRule, ...]:
        """What the packs ask for; the campaign's own accounts are the runtime's already."""
        row = await self.health.insist(
            "recovery", partial(self._store.campaigns.by_id, campaign_id)
        )
        on = to_datetime(self._clock.now()).date()
        rules = await self.health.insist("recovery", partial(self._store.ledgers.rules, row, on=on))
        return walls(rule for rule in rules if rule.regime != OWN_REGIME)

    async def _ensure_campaigns(self, campaign_ids: Iterable[CampaignId]) -> None:
        for campaign_id in sorted(campaign_ids):
            row = await self.health.insist(
                "recovery", partial(self._store.campaigns.by_id, campaign_id)
            )
            await self.feed.ensure(row)

    async def _team_acquired(self, team_id: TeamId) -> None:
        await self.health.insist(
            "recovery",
            partial(self._store.leads.release_team, team_id, keep_owner=self._owner),
        )
        self.unrecovered.append(team_id)
        if self.link.ready.is_set():
            await self.link.recover_now()

    async def _recover(self, session: EslSession) -> Sequence[Event]:
        teams = list(self.unrecovered)
        events = await self.recovery.recover(session, teams)
        self.callbacks.note_adopted(events)
        self.unrecovered = [one for one in self.unrecovered if one not in teams]
        return events

    def _message_of(self, campaign_id: CampaignId) -> str:
        row = self.feed.row(campaign_id)
        return DEFAULT_MESSAGE if row is None else row.spec.message
