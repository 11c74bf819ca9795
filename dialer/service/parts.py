"""Everything that runs beside the engine, built in the order in which it depends on each other."""

import random
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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
from dialer.desk.conditions import Conditions, DryHopper
from dialer.engine.commands import Hangup, Originate
from dialer.engine.events import CampaignPaused, Event, PacerRestored, Promise
from dialer.engine.ids import CallId, CampaignId, LeadId, LegId, SwitchId, TeamId
from dialer.engine.states import CampaignState
from dialer.metrics.instruments import Instruments
from dialer.pacing.settings import PacingSettings
from dialer.runtime import store_writes
from dialer.runtime.agent_roster import AgentRoster
from dialer.runtime.answers_lane import AnswersLane
from dialer.runtime.attempts_lane import AttemptsLane
from dialer.runtime.call_ids import mint_call_id
from dialer.runtime.call_records import CallRecords
from dialer.runtime.callback_feed import CallbackFeed, CallbackStore, promises_of
from dialer.runtime.campaign_feed import CampaignFeed
from dialer.runtime.clock import Clock
from dialer.runtime.control import Control
from dialer.runtime.driver import Driver
from dialer.runtime.hopper_watch import HopperWatch
from dialer.runtime.inbound_desk import InboundDesk, InboundStore
from dialer.runtime.instants import to_datetime
from dialer.runtime.keys_desk import KeysDesk
from dialer.runtime.leads_lane import LeadsLane, LeadsStore
from dialer.runtime.ledgers import Ledgers
from dialer.runtime.pacing_requests import pacing_of
from dialer.runtime.quota_watch import QuotaWatch
from dialer.runtime.records_lane import RecordsLane, RecordWrites
from dialer.runtime.recovery import Recovery, RecoveryStore
from dialer.runtime.return_recovery import ReturnRecovery, ReturnStore
from dialer.runtime.rules_watch import RulesWatch
from dialer.runtime.screening_writes import KeyWrites
from dialer.runtime.spool import Spool
from dialer.runtime.store_health import StoreHealth
from dialer.runtime.switch_drains import DrainWatch
from dialer.runtime.switch_link import SwitchLink
from dialer.runtime.switch_orders import OrderContext
from dialer.runtime.switch_reader import Arrival, SwitchReader
from dialer.runtime.switches import Switches
from dialer.runtime.team_leases import TeamLeases
from dialer.service.home import SPOOL
from dialer.settings import NodeSettings, Settings
from freeswitch.connection import ConnectionTimings, SwitchAddress
from freeswitch.session import EslSession, SessionTimings


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
        self.call_records = CallRecords(
            settings.files.call_records, dialer_id=settings.switch.dialer_id
        )
        self.alive_at: dict[str, float] = {}
        """When each service last said that it lives, before this one began."""
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
            pinned=self._pinned_pacing,
            home_of=settings.home_of,
        )
        self._build_lanes()
        self._build_inbound()
        self._build_link()
        self.control = Control(
            store,
            driver,
            clock,
            feed=self.feed,
            health=self.health,
            drain=drain,
            is_switch_reached=self.switches.ready.is_set,
        )
        self.keys = KeysDesk(
            store, driver, clock, ask=self.control.handle, tone=self.switches.order
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
        self.quotas = QuotaWatch(
            lambda campaign_ids: self._store.quotas.mark_changed(
                campaign_ids, now=to_datetime(self._clock.now())
            ),
            campaigns=self._dialling,
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
                recordings=writes.recordings,
                keys=KeyWrites(self._store.screening).put,
            ),
            spool=Spool(self._settings.home / SPOOL),
            health=self.health,
        )
        self.attempts = AttemptsLane(
            new_attempt=self._new_attempt,
            write=self._write_attempts,
            settle=self._settle,
            place=lambda command: self.switches.order(command),
            post=self._driver.post,
            record=self.records.put,
            clock=self._clock,
            health=self.health,
        )
        self.answers = AnswersLane(
            lambda rows: self._store.attempts.note_answers(rows), health=self.health
        )
        self.leads = LeadsLane(
            LeadsStore(
                lease=self._lease_leads, release=self._release_leads, postpone=self._postpone_lead
            ),
            mint=mint_call_id,
            post=self._driver.post,
            health=self.health,
        )

    def _build_link(self) -> None:
        settings, store = self._settings, self._store
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
                tolerance_seconds=self._tolerance_seconds,
                alive_at=self.alive_at.get,
                records=self.call_records.find,
            ),
            self._clock,
            returns=ReturnRecovery(
                ReturnStore(
                    unfinished=lambda team_id: self.health.insist(
                        "recovery", partial(store.screening.open_returns, team_id)
                    ),
                    record=lambda rows: self.health.insist(
                        "recovery", partial(store.screening.record_returns, rows)
                    ),
                    ensure_campaigns=self._ensure_campaigns,
                    row=self.feed.row,
                ),
                self._clock,
            ),
            switches=[SwitchId(node.name) for node in settings.nodes],
        )
        roster = AgentRoster(store.agents.list, store.agents.set_leg)
        self.switches = Switches(
            [self._link_to(node, roster) for node in settings.nodes],
            post=self._driver.post,
            overdue=self.recovery.overdue,
        )
        self.drains = DrainWatch(
            store.switch_drains.draining,
            switches=list(self.switches.links),
            post=self._driver.post,
            health=self.health,
        )

    def _build_inbound(self) -> None:
        store = self._store
        self.inbound = InboundDesk(
            InboundStore(
                campaigns=store.campaigns.list,
                who_calls=lambda number, caller_id: store.screening.who_calls(
                    number, caller_id=caller_id
                ),
                holder=store.leases.holder,
            ),
            is_known=lambda campaign_id: self.feed.row(campaign_id) is not None,
            post=self._driver.post,
            order=lambda order: self.switches.order(order),
            clock=self._clock,
            health=self.health,
            owner=self._owner,
        )

    def _link_to(self, node: NodeSettings, roster: AgentRoster) -> SwitchLink:
        settings, switch_id = self._settings.on(node), SwitchId(node.name)
        reader = SwitchReader(self._owner)

        def arrived(arrival: Arrival) -> None:
            # At once, so that its hanging up meanwhile is read.
            reader.expect_call(CallId(arrival.channel)).saw_channel = True
            self.inbound.put(arrival, switch_id, reader.forget)

        reader.on_arrival = arrived
        context = OrderContext(
            settings=settings,
            reader=reader,
            roster=roster,
            clock=self._clock,
            post=self._driver.post,
            post_now=self._driver.post_now,
            mint_leg=lambda: LegId(str(uuid.uuid4())),
            row_of=self.feed.row,
            is_unplaced=lambda call_id: self.attempts.holds(call_id),
        )
        return SwitchLink(
            SwitchAddress(
                host=node.host,
                port=node.port,
                user=node.user or None,
                password=node.password,
            ),
            context,
            switch_id=switch_id,
            trunks=[trunk.name for trunk in settings.trunks],
            recover=lambda session: self._recover(session, reader, switch_id),
            reconcile=lambda session: self.recovery.reconcile(session, reader),
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

    def hang_up(self, command: Hangup) -> None:
        """End a call; one that is not placed yet is simply not placed."""
        if not self.attempts.cancel(command.call_id):
            self.switches.order(command)

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

    async def _postpone_lead(self, lead_id: int, until: float) -> None:
        await self._store.leads.postpone(lead_id, owner=self._owner, until=to_datetime(until))

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

    def conditions(self) -> Conditions:
        """What is so beside the engine, for the supervisors' board."""
        now = self._clock.now()
        return Conditions(
            database_error=None if self.health.is_up else self.health.error or "",
            dry={
                one: DryHopper(seconds=seconds, reason=" ".join(self.hoppers.warnings(one)) or None)
                for one in self.hoppers.dry
                if (seconds := self.hoppers.empty_seconds(one, now)) > 0
            },
            paused_by_rules={int(one): said for one, said in self.rules.paused.items()},
        )

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

    async def save_pacers(self, states: Mapping[TeamId, str]) -> None:
        """Keep what the pacers of our teams have learnt. Raises DatabaseUnavailable."""
        for team_id, state in states.items():
            if self.leases.holds(team_id):
                await self.health.attempt(
                    "pacers",
                    partial(
                        self._store.team_pacing.save_state,
                        team_id,
                        state,
                        owner=self._owner,
                        token=self.leases.token(team_id),
                        now=to_datetime(self._clock.now()),
                    ),
                )

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

    async def _pinned_pacing(self, team_id: TeamId) -> PacingSettings | None:
        data = await self.health.insist(
            "recovery", partial(self._store.team_pacing.settings, team_id)
        )
        return None if data is None else pacing_of(data)

    async def _team_acquired(self, team_id: TeamId) -> None:
        await self.health.insist(
            "recovery",
            partial(self._store.leads.release_team, team_id, keep_owner=self._owner),
        )
        state = await self.health.insist(
            "recovery", partial(self._store.team_pacing.state, team_id)
        )
        if state is not None:
            self._driver.post(PacerRestored(team_id=team_id, state=state))
        self.recovery.acquire(team_id)
        if self.switches.ready.is_set():
            await self.switches.recover_now()

    async def _recover(
        self, session: EslSession, reader: SwitchReader, switch_id: SwitchId
    ) -> Sequence[Event]:
        events = await self.recovery.recover(session, reader, switch_id)
        self.callbacks.note_adopted(events)
        return events

    def _tolerance_seconds(self, campaign_id: CampaignId) -> float:
        row = self.feed.row(campaign_id)
        return 2.0 if row is None else row.spec.answer_tolerance_seconds
