"""Agents who behave like people: they finish their notes, say how it went, and take breaks.

They see what any agent would see (the engine's commands) and answer with what any agent would do
(events), each after a human while drawn from named random streams.
"""

import asyncio
import heapq
import math
import random
from collections.abc import Callable, Collection, Mapping, Sequence

from campaigns.outcomes import Outcome
from dialer.demo.facts import Person
from dialer.engine.commands import Command, Originate, RecordCall
from dialer.engine.events import AgentHungUp, AgentPaused, AgentReadied, CallDisposed, Event
from dialer.engine.ids import AgentId, CallId
from dialer.engine.snapshot import Snapshot
from dialer.engine.states import AgentState
from dialer.runtime.clock import Clock

WRAP_UP_MEAN_SECONDS = 20.0
WRAP_UP_CV = 0.5
BREAK_SECONDS = 300.0
OTHER_WORDS = {"no_interest": 0.62, "refusal": 0.28, "callback": 0.10}
"""What agents say of conversations without a sale, with their shares."""


class People:
    """All agents of the demo floor."""

    def __init__(
        self,
        clock: Clock,
        post: Callable[[Event], None],
        people: Mapping[str, Person],
        *,
        dispositions: Mapping[str, str],
        seed: int,
        visitors: Collection[AgentId] = (),
    ) -> None:
        """`dispositions` maps kinds (sale, machine, no_interest …) to the campaign's codes.
        `visitors` are agents who are nobody of ours: they speak for themselves."""
        self._visitors = frozenset(visitors)
        self._clock = clock
        self._post = post
        self._people = people
        self._dispositions = dispositions
        self._wrap_up = random.Random(f"{seed} wrap-up")  # noqa: S311
        self._words = random.Random(f"{seed} words")  # noqa: S311
        self._breaks = random.Random(f"{seed} breaks")  # noqa: S311
        self._numbers: dict[CallId, str] = {}
        self._due: list[tuple[float, int, Event]] = []
        self._count = 0
        self._wake = asyncio.Event()
        self.sales = 0

    def observe(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Called by the driver after every step."""
        del event
        for command in commands:
            match command:
                case Originate():
                    self._numbers[command.lead.call_id] = command.lead.number
                case RecordCall(outcome=Outcome.CONNECTED, agent_id=int(agent_id)):
                    self._talk_is_over(AgentId(agent_id), command.call_id, now)
                case RecordCall():
                    self._numbers.pop(command.call_id, None)
                case _:
                    pass

    def plan_breaks(self, agent_ids: Sequence[AgentId], *, start: float, seconds: float) -> None:
        """One short break for everybody in a shift of an hour or more, at different times."""
        if seconds < 3600:
            return
        for agent_id in agent_ids:
            at = start + seconds * self._breaks.uniform(0.15, 0.85)
            self._do(AgentPaused(agent_id=agent_id, reason="break"), at)
            self._do(AgentReadied(agent_id=agent_id), at + BREAK_SECONDS)

    def end_talks(self, snapshot: Snapshot) -> None:
        """The shift is over: everybody still talking says goodbye."""
        for agent in snapshot.agents:
            if agent.state is AgentState.TALKING:
                self._post(AgentHungUp(agent_id=agent.agent_id))

    async def run(self) -> None:
        """Do what is due, until cancelled."""
        while True:
            self._wake.clear()
            now = self._clock.now()
            while self._due and self._due[0][0] <= now:
                self._post(heapq.heappop(self._due)[2])
            await self._clock.wait(self._wake, until=self._due[0][0] if self._due else None)

    def _talk_is_over(self, agent_id: AgentId, call_id: CallId, now: float) -> None:
        number = self._numbers.pop(call_id, None)
        if number is None or agent_id in self._visitors:
            return  # recorded again, with a corrected fact; or not ours to say anything of
        person = self._people[number]
        kind = "sale" if person.buys else "machine" if person.is_machine else self._other_word()
        self.sales += kind == "sale"
        disposed = CallDisposed(
            agent_id=agent_id,
            call_id=call_id,
            disposition=self._dispositions[kind],
            is_machine=person.is_machine,
        )
        self._do(disposed, now + self._wrap_up_seconds(short=person.is_machine))

    def _other_word(self) -> str:
        return self._words.choices(list(OTHER_WORDS), weights=list(OTHER_WORDS.values()))[0]

    def _wrap_up_seconds(self, *, short: bool) -> float:
        sigma = math.sqrt(math.log(1.0 + WRAP_UP_CV**2))
        mean = 3.0 if short else WRAP_UP_MEAN_SECONDS
        return self._wrap_up.lognormvariate(math.log(mean) - sigma**2 / 2, sigma)

    def _do(self, event: Event, at: float) -> None:
        self._count += 1
        heapq.heappush(self._due, (at, self._count, event))
        self._wake.set()
