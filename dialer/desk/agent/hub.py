"""The agents' screens as the server has them.

Theory. What an agent sees is a picture on the server, made of a few sections (own state, call,
preview, card, note, day, messages). The hub watches every step of the engine; a step that names an
agent makes it look at that agent once more and replace the sections that differ. A page is given
the whole picture when it connects and the changed sections after that, each message with a number
one higher than the last. So a page that was hidden, throttled, reloaded or cut off is right again
as soon as it is connected, and several pages of one agent are all in step.

Nothing here waits: what comes from the database is read in tasks, and pages have bounded queues.
"""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.store.errors import DatabaseUnavailable, StoreError
from campaigns.store.hand_overs import HandOverRow, NewHandOver
from campaigns.store.store import Store
from dialer.desk.agent.hand_over_watch import HandOverWatch
from dialer.desk.agent.pictures import (
    agent_section,
    call_section,
    card_section,
    day_section,
    preview_section,
)
from dialer.desk.agent.seat import Seat, Shown
from dialer.desk.agent.shelf import CardShelf
from dialer.desk.agent.watchers import Watcher
from dialer.desk.floor import LiveFloor
from dialer.desk.refusals import said_in
from dialer.desk.words import SOURCE, words_for
from dialer.engine.commands import (
    ClosePreview,
    Command,
    PreviewLead,
    RecordAgentState,
    RecordDisposition,
    ShowLead,
    ShowMessage,
)
from dialer.engine.events import CallAnswered, Event, SwitchConnected, SwitchLost
from dialer.engine.ids import AgentId, CallId
from dialer.engine.states import AgentState

log = logging.getLogger(__name__)

ON_A_CALL = frozenset({AgentState.RESERVED, AgentState.TALKING, AgentState.WRAP_UP})


class AgentHub:
    """The pictures of all agents. An observer of the floor."""

    def __init__(self, store: Store, floor: LiveFloor) -> None:
        self.store = store
        self.floor = floor
        self._cards = CardShelf(store.lead_cards.read)
        self.hand_overs = HandOverWatch(self)
        self._seats: dict[AgentId, Seat] = {}
        self._agents_of_calls: dict[str, AgentId] = {}
        self._is_switch_up: bool | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._watchers = 0

    # ---- for pages ------------------------------------------------------------------------------
    def seat(self, agent_id: AgentId) -> Seat:
        """What is kept of the agent; made when it is first asked for."""
        seat = self._seats.get(agent_id)
        if seat is None:
            seat = self._seats[agent_id] = Seat(agent_id=agent_id)
        return seat

    def watch(
        self, agent_id: AgentId, *, name: str, zone: str, opening: str, language: str = SOURCE
    ) -> Watcher:
        """A page of this agent is open: it is given the whole picture, then every change."""
        seat = self.seat(agent_id)
        seat.name, seat.zone, seat.opening, seat.language = name, zone, opening, language
        self._watchers += 1
        watcher = Watcher()
        self._look(seat)
        seat.say_all(watcher, self.floor.now())
        seat.watchers.append(watcher)
        self.read_day(seat)
        self.read_messages(seat)
        return watcher

    def unwatch(self, agent_id: AgentId, watcher: Watcher) -> None:
        """That page is gone."""
        self.seat(agent_id).watchers.remove(watcher)
        self._watchers -= 1

    def say_all(self, agent_id: AgentId, watcher: Watcher) -> None:
        """The whole picture again, to a page that missed something."""
        seat = self.seat(agent_id)
        self._look(seat)
        seat.say_all(watcher, self.floor.now())

    def read_messages(self, seat: Seat) -> None:
        """Show what supervisors have written and the agent has not put away."""
        if seat.watchers:
            self.begin(self._read_messages(seat), "messages to an agent")

    def choose(self, seat: Seat, code: str | None) -> None:
        """The result that will be said of the call on the screen, unless another one is."""
        seat.chosen = code
        seat.change(self.floor.now(), chosen=code)

    async def write_hand_over(self, seat: Seat, new: NewHandOver) -> HandOverRow:
        """Write that the specialist has the lead, and show it. Raises StoreError."""
        now = self.floor.now()
        row = await self.store.hand_overs.add(
            new, by=f"agent {seat.name}", now=datetime.fromtimestamp(now, UTC)
        )
        done = {"state": "done", "specialist": new.specialist, "way": str(new.way)}
        seat.change(now, hand_over=done)
        self.read_day(seat)
        return row

    def read_day(self, seat: Seat) -> None:
        """Bring the figures of the agent's day up to date."""
        if seat.watchers:
            self.begin(self._read_day(seat), "day of an agent")

    def begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Have this done beside everything else."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def aclose(self) -> None:
        """Begin nothing more; what is under way is ended."""
        self._cards.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s failed.", task.get_name(), exc_info=error)

    # ---- what happens on the floor --------------------------------------------------------------
    def __call__(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """One step of the engine."""
        touched: dict[AgentId, None] = {}
        for command in commands:
            self._take(command)
            self._note(command, touched)
        if event is not None:
            self._note(event, touched)
            if isinstance(event, CallAnswered):
                self._foresee(event.call_id)
            elif isinstance(event, SwitchLost | SwitchConnected):
                self._is_switch_up = None
                touched.update(dict.fromkeys(self._seats))
        self.hand_overs.hear(event, commands)
        for agent_id in touched:
            seat = self._seats.get(agent_id)
            if seat is not None and seat.watchers:
                self._look(seat)

    def _note(self, said: Command | Event, touched: dict[AgentId, None]) -> None:
        """Which agents a command or an event is about: by name, or by their call."""
        agent_id = getattr(said, "agent_id", None)
        if agent_id is not None:
            touched[agent_id] = None
        call_id = getattr(said, "call_id", None)
        if call_id is not None and (owner := self._agents_of_calls.get(call_id)) is not None:
            touched[owner] = None

    def _take(self, command: Command) -> None:
        match command:
            case ShowLead():
                call = self.floor.call(command.call_id)
                self._show(
                    command.agent_id,
                    Shown(
                        call_id=command.call_id,
                        lead_id=command.lead_id,
                        campaign_id=command.campaign_id,
                        number="" if call is None else call.number,
                    ),
                )
            case PreviewLead():
                lead = command.lead
                self._show(
                    command.agent_id,
                    Shown(
                        call_id=lead.call_id,
                        lead_id=lead.lead_id,
                        campaign_id=lead.campaign_id,
                        number=lead.number,
                        is_preview=True,
                    ),
                )
            case ClosePreview() if command.reason != "dialled":
                self._clear(self.seat(command.agent_id))
            case ShowMessage():
                self.read_messages(self.seat(command.agent_id))
            case RecordDisposition() if command.disposition is not None:
                self.seat(command.agent_id).chosen = None
            case RecordAgentState():
                self._follow(command)
            case _:
                return

    def _follow(self, record: RecordAgentState) -> None:
        if record.state in ON_A_CALL and record.new_state not in ON_A_CALL:
            seat = self.seat(record.agent_id)
            has_talked = record.state is AgentState.WRAP_UP
            if has_talked:
                self._say_chosen(seat)
                self.read_day(seat)
            self._clear(seat, is_last=has_talked)

    def _say_chosen(self, seat: Seat) -> None:
        """Wrap-up ran out, and a result had been chosen: it is the call's."""
        code, shown = seat.chosen, seat.shown
        if code is not None and shown is not None:
            self.begin(self._dispose(seat, shown.call_id, code), "result of a call")

    async def _dispose(self, seat: Seat, call_id: str, code: str) -> None:
        args = {"agent": seat.name, "call": call_id, "disposition": code}
        try:
            ok, answer = await self.floor.ask("agent.dispose", args, by=f"agent {seat.name}")
        except DatabaseUnavailable as error:
            ok, answer = False, {"error": str(error)}
        if not ok:
            log.warning("The result of call %s was not taken: %s", call_id, answer["error"])

    # ---- cards ----------------------------------------------------------------------------------
    def _foresee(self, call_id: CallId) -> None:
        if self._watchers and (call := self.floor.call(call_id)) is not None:
            self._cards.fetch(call_id, call.lead_id)

    def _show(self, agent_id: AgentId, shown: Shown) -> None:
        seat = self.seat(agent_id)
        was_shown = seat.shown
        seat.show(shown)
        if self._agents_of_calls.get(shown.call_id, agent_id) != agent_id:
            # A colleague had the call, and has written on it since it was read.
            self._cards.forget(shown.call_id)
        self._agents_of_calls[shown.call_id] = agent_id
        # One that was looked at and is called now may be written about.
        if seat.watchers and was_shown != shown:
            self._put_card(seat, shown)

    def _clear(self, seat: Seat, *, is_last: bool = False) -> None:
        """Nothing is on the screen any more; of a call that was talked on the result may come."""
        if seat.shown is None:
            return
        if self._agents_of_calls.get(seat.shown.call_id) == seat.agent_id:
            del self._agents_of_calls[seat.shown.call_id]
        self.hand_overs.give_up(seat)
        card = seat.sections.get("card") if is_last else seat.sections.get("last")
        seat.shown, seat.chosen = None, None
        seat.change(self.floor.now(), card=None, note=None, chosen=None, last=card)

    def _put_card(self, seat: Seat, shown: Shown) -> None:
        task = self._cards.fetch(shown.call_id, shown.lead_id)
        if task.done() and not task.cancelled() and task.exception() is None:
            self._set_card(seat, shown, task)
            self.begin(self._read_note(seat, shown), "note on a call")
            return
        seat.change(self.floor.now(), card={"call": shown.call_id, "is_coming": True})
        self.begin(self._bring_card(seat, shown, task), "card of a lead")

    async def _bring_card(self, seat: Seat, shown: Shown, task: "asyncio.Task[Any]") -> None:
        try:
            await asyncio.shield(task)
        except StoreError as error:
            wrong = said_in(words_for(seat.language), str(error))
            seat.change(self.floor.now(), card={"call": shown.call_id, "error": wrong})
            return
        self._set_card(seat, shown, task)
        await self._read_note(seat, shown)

    def _set_card(self, seat: Seat, shown: Shown, task: "asyncio.Task[Any]") -> None:
        if seat.shown is None or seat.shown.call_id != shown.call_id:
            return
        card = card_section(
            task.result(),
            call_id=shown.call_id,
            number=shown.number,
            agent=seat.name,
            opening=seat.opening,
            is_preview=shown.is_preview,
        )
        seat.change(self.floor.now(), card=card)

    async def _read_note(self, seat: Seat, shown: Shown) -> None:
        try:
            note = await self.store.notes.get(shown.call_id, seat.agent_id)
        except DatabaseUnavailable:
            # The page keeps what is typed, and sends it when the database is back.
            return
        if seat.shown is not None and seat.shown.call_id == shown.call_id:
            stands = {"call": note.call_id, "body": note.body, "version": note.version}
            seat.change(self.floor.now(), note=stands)

    # ---- looking --------------------------------------------------------------------------------
    def _look(self, seat: Seat) -> None:
        """Compare the engine's agent with the picture, and tell what differs."""
        if self._is_switch_up is None:
            self._is_switch_up = self.floor.snapshot().is_switch_connected
        agent = self.floor.agent(seat.agent_id)
        call = None if agent is None or agent.call_id is None else self.floor.call(agent.call_id)
        if agent is not None and call is not None and seat.shown is None:
            # A call that was there before this process, or before anybody looked.
            self._show(
                seat.agent_id,
                Shown(
                    call_id=call.call_id,
                    lead_id=call.lead_id,
                    campaign_id=call.campaign_id,
                    number=call.number,
                ),
            )
        if seat.shown is not None and not _has_card(seat, seat.shown.call_id):
            self._put_card(seat, seat.shown)
        seat.change(
            self.floor.now(),
            agent=agent_section(agent, is_switch_up=self._is_switch_up),
            call=call_section(agent, call),
            preview=preview_section(agent),
            chosen=seat.chosen,
        )

    async def _read_messages(self, seat: Seat) -> None:
        try:
            unread = await self.store.messages.unread(seat.agent_id)
        except DatabaseUnavailable:
            # They stay unread, and are shown with the next one or when the page comes again.
            return
        shown = [
            {"id": one.id, "text": one.text, "by": one.sent_by, "at": one.sent_at.timestamp()}
            for one in unread
        ]
        seat.change(self.floor.now(), messages=shown)

    async def _read_day(self, seat: Seat) -> None:
        zone = ZoneInfo(seat.zone)
        now = datetime.fromtimestamp(self.floor.now(), UTC)
        midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        try:
            day = await self.store.agent_days.read(
                seat.agent_id, since=midnight, until=midnight + timedelta(days=1), now=now
            )
        except DatabaseUnavailable:
            # The figures stay as they were; the next call brings them up to date.
            return
        seat.change(self.floor.now(), day=day_section(day))


def _has_card(seat: Seat, call_id: str) -> bool:
    card = seat.sections.get("card")
    return card is not None and card["call"] == call_id
