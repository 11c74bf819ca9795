"""The database as the world models it: leads with several tries, attempts, agents' last states."""

import heapq
import math
import random
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import assert_never

from campaigns.outcomes import Outcome
from dialer.engine.commands import Originate, RecordAgentState, RecordCall
from dialer.engine.events import HopperLead
from dialer.engine.ids import E164, AgentId, CallId, CampaignId, LeadId, PhoneId
from dialer.simulation.plan import CampaignPlan, Goal, LeadGroup, LedgerPlan
from dialer.simulation.retry import RetryLaw, SameRest
from dialer.simulation.streams import Streams

ATTEMPTS_TOLD_APART = 10
FREE_RETRY_SECONDS = 120.0
"""Rest of a lead after a failure that was not the lead's (congestion, our own limit)."""


@dataclass(slots=True)
class StoredLead:
    """One lead with its one number."""

    lead_id: LeadId
    campaign_id: CampaignId
    number: E164
    closes_at: float
    tries: int = 0
    is_leased: bool = False
    is_done: bool = False
    covered_only: bool = False
    group: LeadGroup | None = None
    was_called: bool = False
    last_outcome: Outcome | None = None


@dataclass(slots=True)
class Attempt:
    """One row of the attempt table."""

    call_id: CallId
    lead: StoredLead
    originate: Originate
    written_at: float
    record: RecordCall | None = None
    outcome: Outcome | None = None


@dataclass(slots=True)
class CampaignTable:
    """The leads of one campaign: those given back, those not made yet, and those at rest."""

    plan: CampaignPlan
    stream: random.Random
    lead_ids_from: int
    retry: RetryLaw
    made: int = 0
    called: int = 0
    """Leads with an attempt."""
    done: int = 0
    left_by_group: list[int] = field(default_factory=list)
    """Leads of each group that were not made yet."""
    returned: deque[StoredLead] = field(default_factory=deque)
    resting: list[tuple[float, LeadId, StoredLead]] = field(default_factory=list)
    """A heap by when they may be called again."""


class StoreModel:
    """Everything that is on disk. Every call is one transaction, and lasts no time by itself."""

    def __init__(
        self,
        campaigns: tuple[CampaignPlan, ...],
        *,
        streams: Streams,
        start_at: float,
        ends_at: float,
    ) -> None:
        self.start_at = start_at
        self.ends_at = ends_at
        self.seed = streams.seed
        self.tables: dict[CampaignId, CampaignTable] = {}
        self.leads: dict[LeadId, StoredLead] = {}
        self.attempts: dict[CallId, Attempt] = {}
        self.unfinished: dict[CallId, Attempt] = {}
        self.live_numbers: dict[E164, CallId] = {}
        self.agents: dict[AgentId, RecordAgentState] = {}
        self.promised: dict[LeadId, None] = {}
        """Leads with an unsettled promise: the ordinary hopper does not get them."""
        self.calls_minted = 0
        self._refusals = streams.named("store.refusals")
        self._marks = streams.named("store.covered_only")
        self._draws = streams.named("store.draws")
        lead_ids = 0
        for plan in campaigns:
            campaign_id = plan.config.campaign_id
            stream = streams.named(f"store.list.{campaign_id}")
            retry = plan.retry or SameRest(
                tries_max=plan.tries_max, rest_seconds=plan.retry_seconds
            )
            table = CampaignTable(plan, stream, lead_ids, retry)
            table.left_by_group = [group.leads for group in plan.groups]
            self.tables[campaign_id] = table
            lead_ids += plan.leads_total

    def _next_fresh(self, table: CampaignTable, now: float) -> StoredLead | None:
        """The next lead never called yet. Long lists cost nothing before they are called."""
        if table.returned:
            return table.returned.popleft()
        plan = table.plan
        if table.made >= plan.leads_total:
            return None
        group: LeadGroup | None = None
        if plan.groups:
            group = self._next_group(table, now)
            if group is None:
                return None
        stream = table.stream
        table.made += 1
        lead_id = LeadId(table.lead_ids_from + table.made)
        closes_at = math.inf
        if stream.random() < plan.closing_ratio:
            closes_at = stream.uniform(self.start_at, self.ends_at)
        number = E164(f"+999{lead_id:09d}")
        if table.made > 1 and stream.random() < plan.shared_number_ratio:
            other = LeadId(table.lead_ids_from + stream.randint(1, table.made - 1))
            number = self.leads[other].number
        lead = StoredLead(lead_id, plan.config.campaign_id, number, closes_at)
        if group is not None:
            lead.group, lead.tries = group, group.tries
        # By a stream of its own: the other draws stay where they were.
        lead.covered_only = self._marks.random() < plan.covered_only_ratio
        self.leads[lead_id] = lead
        return lead

    def _next_group(self, table: CampaignTable, now: float) -> LeadGroup | None:
        """Where the next lead comes from: the groups that may be called now, well mixed."""
        groups = table.plan.groups
        left = [
            count if count and (window := group.window(now)) and window[0] <= now else 0
            for group, count in zip(groups, table.left_by_group, strict=True)
        ]
        total = sum(left)
        if not total:
            return None
        number = table.stream.randrange(total)
        for index, count in enumerate(left):
            if number < count:
                table.left_by_group[index] -= 1
                return groups[index]
            number -= count
        raise AssertionError("a number below the total lies in some group")

    def lease(self, campaign_id: CampaignId, count: int, *, now: float) -> tuple[HopperLead, ...]:
        """Up to `count` leads that may be called now; those that rested long enough come first."""
        table = self.tables[campaign_id]
        leased: list[HopperLead] = []
        for is_fresh in (table.plan.is_fresh_first, not table.plan.is_fresh_first):
            if is_fresh:
                while len(leased) < count and (lead := self._next_fresh(table, now)) is not None:
                    self._lease_one(lead, leased, now)
            else:
                while len(leased) < count and table.resting and table.resting[0][0] <= now:
                    self._lease_one(heapq.heappop(table.resting)[2], leased, now)
        return tuple(leased)

    def lease_promised(self, lead: StoredLead, *, now: float) -> HopperLead:
        """The lead of a promise, for its call."""
        assert lead.lead_id in self.promised and not lead.is_leased, lead
        lead.is_leased = True
        return self._hopper_lead(lead, self._mint(), now)

    def promise_is_over(self, lead: StoredLead, *, now: float) -> None:
        """The lead is again one like others, unless it is being dialled or is finished."""
        del self.promised[lead.lead_id]
        is_dialled = any(one.lead is lead for one in self.unfinished.values())
        if not lead.is_done and not lead.is_leased and not is_dialled:
            self._rest(lead, until=now + self.tables[lead.campaign_id].plan.retry_seconds)

    def _lease_one(self, lead: StoredLead, leased: list[HopperLead], now: float) -> None:
        if lead.lead_id in self.promised:
            return
        if lead.group is not None and not lead.is_done:
            window = lead.group.window(now)
            if window is None or window[0] > now:
                self._rest(lead, until=now)
                return
            lead.closes_at = window[1]
        if lead.closes_at <= now or lead.is_done:
            self.finish(lead)
            return
        lead.is_leased = True
        leased.append(self._hopper_lead(lead, self._mint(), now))

    def _mint(self) -> CallId:
        self.calls_minted += 1
        return CallId(f"{self.seed & 0xFFFFFFFF:08x}-0000-4000-8000-{self.calls_minted:012x}")

    def _hopper_lead(self, lead: StoredLead, call_id: CallId, now: float) -> HopperLead:
        return HopperLead(
            call_id=call_id,
            campaign_id=lead.campaign_id,
            lead_id=lead.lead_id,
            phone_id=PhoneId(int(lead.lead_id)),
            number=lead.number,
            callable_until=lead.closes_at,
            covered_only=lead.covered_only,
            draw=self._draws.random(),
            features=_features(lead, now),
        )

    def finish(self, lead: StoredLead) -> None:
        """The lead is not called any more."""
        if not lead.is_done:
            lead.is_done = True
            self.tables[lead.campaign_id].done += 1

    def reopen(self, lead: StoredLead) -> None:
        """The lead is to be called after all: another call was promised."""
        if lead.is_done:
            lead.is_done = False
            self.tables[lead.campaign_id].done -= 1

    def release(self, lead_ids: list[LeadId]) -> None:
        """Give leased leads back untouched; they are the next to be called."""
        for lead_id in reversed(lead_ids):
            lead = self.leads[lead_id]
            if lead.is_leased:
                lead.is_leased = False
                if lead_id not in self.promised:
                    self.tables[lead.campaign_id].returned.appendleft(lead)

    def release_all(self) -> None:
        """Give back every lead without an unfinished attempt: their lessee died."""
        busy = {attempt.lead.lead_id for attempt in self.unfinished.values()}
        self.release([n for n, lead in self.leads.items() if lead.is_leased and n not in busy])

    def write_attempt(
        self, originate: Originate, *, now: float, is_broken: bool = False
    ) -> str | None:
        """Write the attempt, or say why not: then nothing is written and the lead is free."""
        lead = self.leads[originate.lead.lead_id]
        call_id = originate.lead.call_id
        refusal = "the database is away" if is_broken else self._refusal(lead, call_id, now)
        if refusal is not None:
            if call_id not in self.attempts:
                self._rest(lead, until=now + FREE_RETRY_SECONDS)
            return refusal
        attempt = Attempt(call_id, lead, originate, now)
        self.attempts[call_id] = attempt
        self.unfinished[call_id] = attempt
        self.live_numbers[lead.number] = call_id
        if not lead.was_called:
            lead.was_called = True
            self.tables[lead.campaign_id].called += 1
        return None

    def _refusal(self, lead: StoredLead, call_id: CallId, now: float) -> str | None:
        plan = self.tables[lead.campaign_id].plan
        if call_id in self.attempts:
            return "this attempt exists already"
        if not lead.is_leased:
            return "the lead is not leased by us"
        if lead.closes_at <= now:
            return "outside the lead's calling hours"
        if lead.number in self.live_numbers:
            return "the number is on another call"
        if plan.refused_ratio and self._refusals.random() < plan.refused_ratio:
            self.finish(lead)
            return "on a do-not-call list"
        return None

    def settle(self, record: RecordCall) -> None:
        """Write how an attempt went. The first time moves the lead, others correct facts."""
        attempt = self.attempts.get(record.call_id)
        if attempt is None:
            return
        attempt.record = record
        self._settle(attempt, record.outcome, record.ended_at)

    def settle_unknown(self, call_id: CallId, *, now: float) -> None:
        """Nobody knows what came of it: it counts as dialled."""
        self._settle(self.unfinished[call_id], Outcome.UNKNOWN, now)

    def _settle(self, attempt: Attempt, outcome: Outcome, ended_at: float) -> None:
        is_first = attempt.outcome is None
        attempt.outcome = attempt.lead.last_outcome = outcome
        if not is_first:
            return
        del self.unfinished[attempt.call_id]
        if self.live_numbers.get(attempt.lead.number) == attempt.call_id:
            del self.live_numbers[attempt.lead.number]
        self._move(attempt.lead, outcome, ended_at)

    def _move(self, lead: StoredLead, outcome: Outcome, ended_at: float) -> None:
        if not outcome.counts_as_attempt:
            self._rest(lead, until=ended_at + FREE_RETRY_SECONDS)
            return
        lead.tries += 1
        lead.is_leased = False
        retry = self.tables[lead.campaign_id].retry
        again_at = retry.again_at(outcome, tries=lead.tries, ended_at=ended_at)
        if again_at is None:
            self.finish(lead)
        else:
            self._rest(lead, until=again_at)

    def _rest(self, lead: StoredLead, *, until: float) -> None:
        lead.is_leased = False
        table = self.tables[lead.campaign_id]
        if lead.group is not None:
            window = lead.group.window(until)
            until = math.inf if window is None else window[0]
        if lead.lead_id not in self.promised:
            heapq.heappush(table.resting, (until, lead.lead_id, lead))

    def ledger_counts(
        self, campaign_id: CampaignId, *, since: float, until: float
    ) -> tuple[int, int]:
        """Live answers and abandoned ones in `[since, until)`, from the attempts alone."""
        live = abandoned = 0
        for attempt in self.attempts.values():
            record = attempt.record
            if record is None or record.campaign_id != campaign_id or not record.is_live:
                continue
            if record.answered_at is not None and since <= record.answered_at < until:
                live += 1
                abandoned += record.is_abandoned
        return live, abandoned

    def window(self, ledger: LedgerPlan, *, now: float) -> tuple[float, float | None]:
        """The window of that ledger which holds `now`: its start, and its end if it has one."""
        if ledger.window_seconds is None:
            return self.start_at, None
        number = math.floor((now - self.start_at) / ledger.window_seconds)
        begins_at = self.start_at + number * ledger.window_seconds
        return begins_at, begins_at + ledger.window_seconds

    def leads_left(self) -> int:
        """Leads that may be called again, now or later."""
        return sum(table.plan.leads_total - table.done for table in self.tables.values())

    def leads_never_called(self) -> int:
        """Leads without an attempt in this world."""
        return sum(table.plan.leads_total - table.called for table in self.tables.values())

    def has_reached(self, goal: Goal) -> bool:
        """Whether the lists of all campaigns are finished by that measure."""
        match goal:
            case Goal.WORKED:
                return self.leads_left() == 0
            case Goal.CALLED:
                return self.leads_never_called() == 0
            case _:
                assert_never(goal)

    def leased_count(self) -> int:
        """Leads that somebody holds."""
        return sum(lead.is_leased for lead in self.leads.values())


def _features(lead: StoredLead, now: float) -> tuple[int | str, ...]:
    """What the real store knows of a lead, with the kind of lead for its list.

    Simulated people live by the clock of the world, and their numbers have no areas.
    """
    local = datetime.fromtimestamp(now, UTC)
    return (
        min(lead.tries + 1, ATTEMPTS_TOLD_APART),
        local.hour,
        local.weekday(),
        "",
        "never" if lead.last_outcome is None else str(lead.last_outcome),
        "" if lead.group is None else lead.group.name,
    )
