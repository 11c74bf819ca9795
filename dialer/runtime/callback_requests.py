"""What people ask about promised calls: make one, with a disposition too, or take it back."""

from typing import Any

from campaigns.callbacks import BadMoment, WhenClosed, read_local
from campaigns.store.callback_rows import Promised
from campaigns.store.rows import AgentRow, ControlRequest
from campaigns.store.store import Store
from dialer.engine.events import CallbackCancelled
from dialer.engine.ids import CallbackId
from dialer.errors import ServiceError
from dialer.runtime.clock import Clock
from dialer.runtime.driver import Driver
from dialer.runtime.instants import to_datetime

Answer = dict[str, Any]


class CallbackRequests:
    """The requests `callback.add` and `callback.cancel`, and the promise in `agent.dispose`."""

    def __init__(self, store: Store, driver: Driver, clock: Clock) -> None:
        self._store = store
        self._driver = driver
        self._clock = clock

    async def add(self, request: ControlRequest) -> Answer:
        """Promise lead `lead` a call at `at`, by the lead's clock; `agent` or the team."""
        lead_id = _whole(request, "lead")
        name = request.args.get("agent")
        agent = None if name is None else await self._store.agents.get(str(name))
        return promised_answer(await self._promise(request, lead_id, "at", agent))

    async def cancel(self, request: ControlRequest) -> Answer:
        """Take promise `callback` back, also when the engine has it in hand."""
        callback_id = _whole(request, "callback")
        now = to_datetime(self._clock.now())
        if not await self._store.callbacks.cancel(callback_id, by=request.by, now=now):
            event = CallbackCancelled(
                callback_id=CallbackId(callback_id), reason=f"cancelled by {request.by}"
            )
            await self._driver.submit(event)
        return {"callback": callback_id}

    async def promise_with_result(
        self, request: ControlRequest, agent: AgentRow, lead_id: int
    ) -> Promised:
        """The call that an agent promises with a disposition: for themselves, or the team."""
        whose = request.args.get("callback_for", "me")
        if whose not in ("me", "team"):
            raise ServiceError(f"A callback is for 'me' or for 'team', not for {whose!r}.")
        return await self._promise(
            request, lead_id, "callback_at", agent if whose == "me" else None
        )

    async def take_back(self, promised: Promised, by: str) -> None:
        """The disposition it came with was refused."""
        now = to_datetime(self._clock.now())
        await self._store.callbacks.cancel(promised.callback.id, by=by, now=now)

    async def _promise(
        self, request: ControlRequest, lead_id: int, key: str, agent: AgentRow | None
    ) -> Promised:
        args = request.args
        try:
            local = read_local(str(args.get(key, "")))
        except BadMoment as error:
            raise ServiceError(str(error)) from error
        zone, note = args.get("zone"), args.get("note")
        return await self._store.callbacks.promise(
            lead_id,
            local,
            by=request.by if agent is None else agent.name,
            now=to_datetime(self._clock.now()),
            agent_id=None if agent is None else agent.id,
            zone=None if zone is None else str(zone),
            note=None if note is None else str(note),
            when_closed=_when_closed(request),
        )


def promised_answer(promised: Promised) -> Answer:
    """What the person who promised is told."""
    row = promised.callback
    return {
        "callback": row.id,
        "lead": row.lead_id,
        "due_at": row.due_at.isoformat(),
        "time_zone": row.time_zone,
        "agent": row.agent_name,
        "warning": promised.warning,
        "proposed_at": (None if promised.proposed_at is None else promised.proposed_at.isoformat()),
    }


def _when_closed(request: ControlRequest) -> WhenClosed:
    given = str(request.args.get("when_closed", WhenClosed.REFUSE))
    try:
        return WhenClosed(given)
    except ValueError as error:
        known = ", ".join(WhenClosed)
        raise ServiceError(f"'when_closed' is {given!r}; it must be one of {known}.") from error


def _whole(request: ControlRequest, key: str) -> int:
    value = request.args.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value < 2**63:
        raise ServiceError(f"The request {request.kind} needs {key!r}, the number of one.")
    return value
