"""Any sequence of leases, releases, attempts, results and restarts agrees with a naive model.

The model knows the calling hours of the law and the campaign's limits only by their words: it
looks at every hour, and at every earlier attempt, one by one.
"""

import asyncio
import uuid
from collections.abc import Coroutine
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from campaigns.attempt_limits import AttemptLimit, Window
from campaigns.outcomes import Outcome
from campaigns.store.rows import AttemptResult, LeadExport, LeasedLead
from campaigns.store.store import Store
from tests.support.database import TemplateDatabase
from tests.support.stored import NOW, add_campaign, attempt_on, new_lead, number, result_of

OWNERS = ("worker-1", "worker-2")
OUTCOMES = st.sampled_from(
    [Outcome.BUSY, Outcome.NO_ANSWER, Outcome.INVALID_NUMBER, Outcome.CONGESTION, Outcome.UNKNOWN]
)
"""One of each way the retry rules can go; all of them are in the unit tests of moves."""
T = TypeVar("T")
NEW_YORK = ZoneInfo("America/New_York")
LIMITS = ((2, 24), (4, 100))
"""So many attempts on a number in so many hours."""


@dataclass
class ModelLead:
    """A lead with one number, as the model sees it."""

    index: int
    state: str = "callable"
    next_call_at: Any = NOW
    is_fresh: bool = True
    tries: int = 0
    owner: str | None = None
    lease: LeasedLead | None = None
    call_id: str | None = None
    ended: AttemptResult | None = None


class StoreMachine(RuleBasedStateMachine):
    """Five leads, two owners, one clock."""

    template: TemplateDatabase
    directory: Path

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.runner = self.stack.enter_context(asyncio.Runner())
        url = self.stack.enter_context(self.template.clone())
        self.store = self.run(Store.open(url, directory=self.directory, upgrade=False))
        self.stack.callback(lambda: self.run(self.store.close()))
        self.now = NOW
        self.forbidden: set[str] = set()
        self.leads = [ModelLead(index=index) for index in range(5)]
        self.made: dict[str, tuple[int, datetime, bool]] = {}
        """By call id: whose call, when written, and whether it counts."""

    def is_open(self, at: datetime) -> bool:
        """Eight to twenty-one o'clock in New York, the policy for service calls."""
        return 8 <= at.astimezone(NEW_YORK).hour < 21

    def is_limited(self, index: int, at: datetime) -> bool:
        calls = [when for whose, when, counts in self.made.values() if whose == index and counts]
        return any(
            sum(at - when < timedelta(hours=hours) for when in calls) >= most
            for most, hours in LIMITS
        )

    def first_allowed(self, index: int) -> datetime:
        at = self.now
        while not self.is_open(at) or self.is_limited(index, at):
            at += timedelta(hours=1)
        return at

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.stack.close()

    async def exported(self) -> list[LeadExport]:
        return [row async for row in self.store.leads.export(self.campaign.id)]

    @initialize()
    def import_leads(self) -> None:
        rows = [new_lead(lead.index) for lead in self.leads]
        limits = tuple(
            AttemptLimit(
                most=most,
                window=Window(kind="rolling", length=hours),
                unit="number",
                counts="attempts",
                scope="centre",
                citation="test",
            )
            for most, hours in LIMITS
        )
        self.campaign = self.run(add_campaign(self.store, leads=rows, limits=limits))
        self.retry_rules = self.campaign.spec.retry

    @rule(owner=st.sampled_from(OWNERS), count=st.integers(0, 4))
    def lease(self, owner: str, count: int) -> None:
        due = [lead for lead in self.leads if lead.state == "callable" and self.is_open(self.now)]
        due = [lead for lead in due if lead.next_call_at <= self.now]
        due.sort(key=lambda lead: (not lead.is_fresh, lead.next_call_at, lead.index))
        got = self.run(self.store.leads.lease(self.campaign.id, count, owner=owner, now=self.now))
        expected: list[ModelLead] = []
        for lead in due:
            if len(expected) == count:
                break
            if number(lead.index) not in self.forbidden:
                expected.append(lead)
        assert [lead.number for lead in got] == [number(lead.index) for lead in expected]
        for lead, leased in zip(expected, got, strict=True):
            lead.state, lead.owner, lead.lease = "leased", owner, leased
            assert leased.tries == lead.tries

    @rule(owner=st.sampled_from(OWNERS), chosen=st.sets(st.integers(0, 4)))
    def release(self, owner: str, chosen: set[int]) -> None:
        held = [self.leads[index] for index in sorted(chosen) if self.leads[index].lease]
        ids = [lead.lease.lead_id for lead in held if lead.lease is not None]
        mine = [lead for lead in held if (lead.state, lead.owner) == ("leased", owner)]
        assert self.run(self.store.leads.release(ids, owner=owner)) == len(mine)
        for lead in mine:
            lead.state, lead.owner = "callable", None

    @rule(owner=st.sampled_from(OWNERS), index=st.integers(0, 4))
    def write(self, owner: str, index: int) -> None:
        lead = self.leads[index]
        if lead.lease is None:
            return
        attempt = attempt_on(lead.lease, self.campaign, owner=owner, call_id=str(uuid.uuid4()))
        (verdict,) = self.run(self.store.attempts.write([attempt], now=self.now))
        if (lead.state, lead.owner) != ("leased", owner):
            assert verdict.refused == "not_leased"
        elif self.now >= lead.lease.callable_until or not self.is_open(self.now):
            assert verdict.refused == "outside_calling_hours"
            self.put_off(lead)
        elif attempt.number in self.forbidden:
            assert verdict.refused == "do_not_call"
            lead.state, lead.owner = "invalid", None
        elif self.is_limited(index, self.now):
            assert verdict.refused == "attempt_limit"
            self.put_off(lead)
        else:
            assert verdict.refused is None
            self.made[attempt.call_id] = (index, self.now, True)
            lead.state, lead.is_fresh, lead.call_id, lead.ended = (
                "dialling",
                False,
                attempt.call_id,
                None,
            )

    def put_off(self, lead: ModelLead) -> None:
        lead.state, lead.owner = "callable", None
        first = self.first_allowed(lead.index)
        if first != self.now:
            lead.next_call_at = max(first, lead.next_call_at)

    @rule(index=st.integers(0, 4), outcome=OUTCOMES)
    def settle(self, index: int, outcome: Outcome) -> None:
        lead = self.leads[index]
        if lead.state != "dialling":
            return
        assert lead.call_id is not None
        self.end(lead, result_of(lead.call_id, outcome, at=self.now))

    def end(self, lead: ModelLead, result: AttemptResult) -> None:
        assert self.run(self.store.attempts.settle([result], now=self.now)) == []
        lead.owner, lead.ended = None, result
        whose, when, _ = self.made[result.call_id]
        self.made[result.call_id] = (whose, when, result.outcome.counts_as_attempt)
        lead.tries += result.outcome.counts_as_attempt
        retry = self.retry_rules.after(
            result.outcome, None, tries=lead.tries, ended_at=result.ended_at
        )
        if retry.is_final:
            lead.state = "done"
        elif retry.call_again_at is None:
            lead.state = "invalid"
        else:
            lead.state, lead.next_call_at = "callable", retry.call_again_at

    @rule(owner=st.sampled_from(OWNERS), outcomes=st.lists(OUTCOMES, min_size=1, max_size=5))
    def work(self, owner: str, outcomes: list[Outcome]) -> None:
        """A whole turn: lease, write, and settle as many as there are outcomes."""
        self.lease(owner, 5)
        for lead in self.leads:
            if (lead.state, lead.owner) == ("leased", owner):
                self.write(owner, lead.index)
        for lead, outcome in zip(self.leads, outcomes, strict=False):
            self.settle(lead.index, outcome)

    @rule(index=st.integers(0, 4))
    def say_it_again(self, index: int) -> None:
        ended = self.leads[index].ended
        if ended is not None:
            assert self.run(self.store.attempts.settle([ended], now=self.now)) == []

    @rule(index=st.integers(0, 4))
    def forbid(self, index: int) -> None:
        self.forbidden.add(number(index))
        self.run(
            self.store.do_not_call.add(
                number(index), list_name="own", by="t", how="t", now=self.now
            )
        )

    @rule(hours=st.integers(1, 80))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(owner=st.sampled_from(OWNERS))
    def restart(self, owner: str) -> None:
        leased = [lead for lead in self.leads if (lead.state, lead.owner) == ("leased", owner)]
        assert self.run(self.store.leads.release_all(owner)) == len(leased)
        for lead in leased:
            lead.state, lead.owner = "callable", None
        dialling = [lead for lead in self.leads if lead.state == "dialling"]
        for lead in dialling:
            if lead.owner == owner and lead.call_id is not None:
                self.end(lead, result_of(lead.call_id, Outcome.UNKNOWN, at=self.now))

    @invariant()
    def the_store_agrees(self) -> None:
        if not hasattr(self, "campaign"):
            return
        counts = self.run(self.store.leads.counts(self.campaign.id, self.now))
        model = [lead.state for lead in self.leads]
        assert counts.total == len(self.leads)
        assert counts.leased == model.count("leased")
        assert counts.dialling == model.count("dialling")
        assert counts.done == model.count("done")
        assert counts.attempted == sum(not lead.is_fresh for lead in self.leads)
        # The store learns that a waiting lead is forbidden only when its turn comes.
        late = sum(
            lead.state == "callable" and number(lead.index) in self.forbidden for lead in self.leads
        )
        assert model.count("invalid") <= counts.invalid <= model.count("invalid") + late
        rows = self.run(self.exported())
        for lead, row in zip(self.leads, rows, strict=True):
            assert row.tries == lead.tries
            if row.state == "callable":
                assert row.next_call_at == lead.next_call_at
        open_calls = self.run(self.store.attempts.unfinished(self.campaign.team_id))
        assert {row.call_id for row in open_calls} == {
            lead.call_id for lead in self.leads if lead.state == "dialling"
        }


def test_the_store_agrees_with_a_naive_model(
    template_database: TemplateDatabase, tmp_path: Path
) -> None:
    StoreMachine.template = template_database
    StoreMachine.directory = tmp_path
    run_state_machine_as_test(
        StoreMachine, settings=settings(max_examples=8, stateful_step_count=20, deadline=None)
    )
