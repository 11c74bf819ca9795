"""What people ask of the running service, through rows of `control_request`.

Each request is a kind and a few words. It becomes events of the engine, and its row is answered:
with what was done, or with one sentence why not. `Control.kinds` is the whole list.
"""

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any

from campaigns.dispositions import DispositionKind
from campaigns.store.errors import DatabaseUnavailable, StoreError
from campaigns.store.rows import AgentRow, CampaignRow, ControlRequest
from campaigns.store.store import Store
from dialer.engine.events import (
    AgentHungUp,
    AgentLoggedIn,
    AgentLoggedOut,
    AgentPaused,
    AgentReadied,
    CallDisposed,
    CampaignPaused,
    CampaignStarted,
    CampaignStopped,
    Event,
    PreviewDialled,
    PreviewSkipped,
)
from dialer.engine.ids import AgentId, CallId, CampaignId, TeamId
from dialer.engine.snapshot import AgentSnapshot
from dialer.engine.states import AgentState, CampaignState
from dialer.errors import DialerError, IllegalTransition, ServiceError
from dialer.runtime.callback_requests import CallbackRequests, promised_answer
from dialer.runtime.campaign_feed import CampaignFeed
from dialer.runtime.clock import Clock
from dialer.runtime.driver import Driver
from dialer.runtime.in_call_requests import InCallRequests
from dialer.runtime.instants import to_datetime
from dialer.runtime.pacing_requests import PacingRequests
from dialer.runtime.store_health import FIRST_WAIT_SECONDS, WAIT_SECONDS_MAX, StoreHealth
from dialer.runtime.supervision_requests import SupervisionRequests

log = logging.getLogger(__name__)

Answer = dict[str, Any]
Handler = Callable[[ControlRequest], Awaitable[Answer]]


class Control:
    """Takes requests one after the other, in the order they were made."""

    def __init__(
        self,
        store: Store,
        driver: Driver,
        clock: Clock,
        *,
        feed: CampaignFeed,
        health: StoreHealth,
        drain: Callable[[], None],
        is_switch_reached: Callable[[], bool],
    ) -> None:
        self._store = store
        self._driver = driver
        self._clock = clock
        self._feed = feed
        self._health = health
        self._drain = drain
        self._is_switch_reached = is_switch_reached
        self._is_heard = True
        self._is_drain_asked = False
        self._callbacks = CallbackRequests(store, driver, clock)
        self.kinds: Mapping[str, Handler] = {
            "campaign.start": self._start,
            "campaign.pause": self._pause,
            "campaign.resume": self._start,
            "campaign.stop": self._stop,
            "agent.login": self._log_in,
            "agent.ready": self._ready,
            "agent.pause": self._pause_agent,
            "agent.logout": self._log_out,
            "agent.hangup": self._hang_up,
            "agent.dispose": self._dispose,
            "agent.dial": self._dial,
            "agent.skip": self._skip,
            "callback.add": self._callbacks.add,
            "callback.cancel": self._callbacks.cancel,
            "team.pacing": PacingRequests(store, driver, clock, feed).handle,
            "service.drain": self._drain_service,
            **InCallRequests(store, driver, clock, feed).kinds,
            **SupervisionRequests(store, driver, clock, feed).kinds,
        }

    async def run(self) -> None:
        """Listen until cancelled; again after every loss of the database."""
        wait_seconds = FIRST_WAIT_SECONDS
        while True:
            try:
                await self._listen()
            except DatabaseUnavailable as error:
                if self._is_heard:
                    log.warning(
                        "Requests cannot be heard: %s", error, extra={"action": "control_lost"}
                    )
                    wait_seconds = FIRST_WAIT_SECONDS
                self._is_heard = False
            await asyncio.sleep(wait_seconds)
            wait_seconds = min(2 * wait_seconds, WAIT_SECONDS_MAX)

    async def _listen(self) -> None:
        requests = self._store.control.listen()
        try:
            async for request in requests:
                self._is_heard = True
                await self._answer(request)
        finally:
            # Its connection to the database is closed now, not whenever the garbage is collected.
            if isinstance(requests, AsyncGenerator):
                await requests.aclose()

    async def handle(self, request: ControlRequest) -> tuple[bool, Answer]:
        """Do it. (True, what was done) or (False, {"error": a sentence})."""
        handler = self.kinds.get(request.kind)
        if handler is None:
            known = ", ".join(sorted(self.kinds))
            return False, {"error": f"There is no request {request.kind!r}; there are {known}."}
        try:
            return True, await handler(request)
        except DatabaseUnavailable:
            raise
        except (DialerError, StoreError, IllegalTransition) as error:
            return False, {"error": _sentence(str(error))}

    async def obey(self, request: ControlRequest) -> tuple[bool, Answer]:
        """The same for a page of this process, which keeps no row to be answered."""
        ok, answer = await self.handle(request)
        if self._is_drain_asked:
            self._drain()
        return ok, answer

    async def _answer(self, request: ControlRequest) -> None:
        ok, answer = await self.handle(request)
        log.info(
            "%s asked for %s: %s",
            request.by,
            request.kind,
            "done" if ok else answer["error"],
            extra={"action": "control", "kind": request.kind, "ok": ok},
        )
        now = to_datetime(self._clock.now())
        await self._health.insist(
            "control",
            lambda: self._store.control.answer(request.id, ok=ok, answer=answer, now=now),
        )
        if self._is_drain_asked:
            # Only now: a service without calls leaves at once, and would take the answer with it.
            self._drain()

    # ---- campaigns ------------------------------------------------------------------------------
    async def _start(self, request: ControlRequest) -> Answer:
        row = await self._campaign(request)
        self._feed.require_trunk(row)
        await self._require_rules(row)
        await self._feed.ensure(row)
        event = CampaignStarted(campaign_id=CampaignId(row.id))
        return await self._set_campaign_state(request, row, CampaignState.RUNNING, event)

    async def _require_rules(self, row: CampaignRow) -> None:
        """Raise ServiceError when the campaign's settings do not meet the law over its leads."""
        now = to_datetime(self._clock.now())
        unmet = await self._store.rules.unmet(row.id, now=now)
        if unmet:
            said = " ".join(f"{each.text} ({each.citation})" for each in unmet)
            raise ServiceError(
                f"Campaign '{row.name}' may not dial. {said} Then: dialer campaign create FILE "
                "--replace"
            )

    async def _pause(self, request: ControlRequest) -> Answer:
        row = await self._running_campaign(request)
        event = CampaignPaused(campaign_id=CampaignId(row.id))
        return await self._set_campaign_state(request, row, CampaignState.PAUSED, event)

    async def _stop(self, request: ControlRequest) -> Answer:
        row = await self._campaign(request)
        event = None
        if self._feed.row(CampaignId(row.id)) is not None:
            event = CampaignStopped(campaign_id=CampaignId(row.id))
        return await self._set_campaign_state(request, row, CampaignState.STOPPED, event)

    async def _set_campaign_state(
        self, request: ControlRequest, row: CampaignRow, state: CampaignState, event: Event | None
    ) -> Answer:
        now = to_datetime(self._clock.now())
        await self._store.campaigns.set_state(row.id, str(state), by=request.by, now=now)
        if event is not None:
            await self._driver.submit(event)
        return {"campaign": row.name, "state": str(state)}

    async def _campaign(self, request: ControlRequest) -> CampaignRow:
        return await self._store.campaigns.get(_word(request, "campaign"))

    async def _running_campaign(self, request: ControlRequest) -> CampaignRow:
        row = await self._campaign(request)
        if row.state != CampaignState.RUNNING or self._feed.row(CampaignId(row.id)) is None:
            raise ServiceError(f"Campaign '{row.name}' is {row.state}, not running.")
        return row

    # ---- agents ---------------------------------------------------------------------------------
    async def _log_in(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        if not self._is_switch_reached():
            raise ServiceError("The switch has not been reached yet; see `dialer status`.")
        await self._feed.ensure_team(TeamId(agent.team_id), agent.team_name, None)
        event = AgentLoggedIn(
            agent_id=AgentId(agent.id), team_id=TeamId(agent.team_id), name=agent.name
        )
        return await self._wish(agent, event)

    async def _ready(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        return await self._wish(agent, AgentReadied(agent_id=AgentId(agent.id)))

    async def _pause_agent(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        reason = str(request.args.get("reason") or "pause")
        by = self._orderer(request)
        answer = await self._wish(
            agent, AgentPaused(agent_id=AgentId(agent.id), reason=reason, by=by)
        )
        await self._audit_order(request, agent, {"reason": reason})
        return answer

    async def _log_out(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        by = self._orderer(request)
        answer = await self._wish(agent, AgentLoggedOut(agent_id=AgentId(agent.id), by=by))
        await self._audit_order(request, agent, {})
        return answer

    def _orderer(self, request: ControlRequest) -> str | None:
        """Who sends the agent, as the agent is told; None when the agent asks themselves."""
        return request.by if request.args.get("is_order") is True else None

    async def _audit_order(
        self, request: ControlRequest, agent: AgentRow, details: Mapping[str, Any]
    ) -> None:
        if self._orderer(request) is not None:
            await self._store.audit.add(
                by=request.by,
                action=f"{request.kind} ordered",
                subject=f"agent {agent.name}",
                details=details,
                now=to_datetime(self._clock.now()),
            )

    async def _hang_up(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        answer = await self._wish(agent, AgentHungUp(agent_id=AgentId(agent.id)))
        shown = self._shown(agent)
        call_id = None if shown is None else shown.call_id
        call = None if call_id is None else self._driver.call(call_id)
        if call is None or not call.is_given_up:
            return answer
        # Unix seconds; None while it does not ring yet.
        return answer | {"is_given_up": True, "hangs_up_at": call.hangs_up_at}

    async def _dial(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        return await self._wish(agent, PreviewDialled(agent_id=AgentId(agent.id)))

    async def _skip(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        return await self._wish(agent, PreviewSkipped(agent_id=AgentId(agent.id)))

    async def _dispose(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        code = _word(request, "disposition")
        snapshot = self._driver.snapshot()
        live = {call.call_id: call for call in snapshot.calls}
        shown = self._shown(agent)
        call_id = _given_call(request) or (shown.call_id if shown is not None else None)
        if call_id is None:
            raise ServiceError(f"Agent '{agent.name}' has no call to say anything of.")
        campaign_id, lead_id = (
            (live[CallId(call_id)].campaign_id, int(live[CallId(call_id)].lead_id))
            if CallId(call_id) in live
            else await self._campaign_of_attempt(str(call_id))
        )
        row = self._feed.row(campaign_id)
        spec = (row or await self._store.campaigns.by_id(campaign_id)).spec
        disposition = spec.disposition(code)
        if disposition is None:
            allowed = ", ".join(one.code for one in spec.dispositions)
            raise ServiceError(f"There is no disposition '{code}' here; there are {allowed}.")
        event = CallDisposed(
            agent_id=AgentId(agent.id),
            call_id=CallId(call_id),
            disposition=code,
            is_machine=disposition.kind is DispositionKind.MACHINE,
        )
        said: Answer = {"call": call_id, "disposition": code}
        if "callback_at" not in request.args:
            return await self._wish(agent, event) | said
        if disposition.kind is not DispositionKind.CALLBACK:
            raise ServiceError(
                f"'{code}' promises no call. Leave the time away, or choose a disposition of the "
                "kind callback."
            )
        promised = await self._callbacks.promise_with_result(request, agent, lead_id)
        try:
            answer = await self._wish(agent, event)
        except (DialerError, IllegalTransition):
            await self._callbacks.take_back(promised, request.by)
            raise
        return answer | said | {"callback": promised_answer(promised)}

    async def _campaign_of_attempt(self, call_id: str) -> tuple[CampaignId, int]:
        attempt = await self._store.attempts.get(call_id)
        if attempt is None:
            raise ServiceError(f"There is no call {call_id}.")
        return CampaignId(attempt.campaign_id), attempt.lead_id

    async def _wish(self, agent: AgentRow, event: Event) -> Answer:
        """Ask the engine; its refusal is the answer. Tells the state the agent is in after it."""
        await self._driver.submit(event)
        shown = self._shown(agent)
        state = AgentState.LOGGED_OUT if shown is None else shown.state
        answer: Answer = {"agent": agent.name, "state": str(state)}
        if shown is not None and shown.pending is not None:
            answer["pending"] = shown.pending
        if shown is not None and shown.preview is not None:
            answer["preview"] = {"lead": shown.preview.lead_id}
        return answer

    def _shown(self, agent: AgentRow) -> AgentSnapshot | None:
        return self._driver.agent(AgentId(agent.id))

    async def _agent(self, request: ControlRequest) -> AgentRow:
        return await self._store.agents.get(_word(request, "agent"))

    # ---- the rest -------------------------------------------------------------------------------
    async def _drain_service(self, request: ControlRequest) -> Answer:
        del request
        self._is_drain_asked = True
        return {"draining": True, "calls": len(self._driver.snapshot().calls)}


def _word(request: ControlRequest, key: str) -> str:
    value = request.args.get(key)
    if not isinstance(value, str) or not value:
        raise ServiceError(f"The request {request.kind} needs {key!r}, the name of one.")
    return value


def _given_call(request: ControlRequest) -> CallId | None:
    """The call that is named; None when none is. Raises ServiceError for what is no id."""
    value = request.args.get("call")
    if value is None:
        return None
    try:
        return CallId(str(uuid.UUID(value)))
    except (ValueError, AttributeError, TypeError) as error:
        raise ServiceError(
            f"The call is {value!r}, which is no id of one. `dialer calls list` shows them."
        ) from error


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."
