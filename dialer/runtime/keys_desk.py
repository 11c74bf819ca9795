"""Doing what agents say by the keys of their telephones, and answering with a tone.

A key sequence becomes the request that a screen would have made, so everything that holds there
holds here.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from campaigns.campaign_spec import CampaignSpec
from campaigns.dispositions import Disposition, DispositionKind
from campaigns.store.errors import DatabaseUnavailable, StoreError
from campaigns.store.rows import ControlRequest
from campaigns.store.store import Store
from dialer.engine.ids import CampaignId
from dialer.engine.in_call_commands import DoByKeys, KeyMeaning, PlayTone, Tone
from dialer.engine.phone_keys import PAUSE_REASONS
from dialer.engine.snapshot import AgentSnapshot
from dialer.errors import ServiceError
from dialer.runtime.clock import Clock
from dialer.runtime.driver import Driver
from dialer.runtime.instants import to_datetime

log = logging.getLogger(__name__)

WAITING_MAX = 1000
"""Sequences waiting to be done. A thousand agents who all press at once have each one; beyond it
something presses that is no person, and the oldest are forgotten."""

Ask = Callable[[ControlRequest], Awaitable[tuple[bool, dict[str, Any]]]]


class KeysDesk:
    """Takes sequences one after the other. `put` from anywhere, `run` in a task of its own."""

    def __init__(
        self,
        store: Store,
        driver: Driver,
        clock: Clock,
        *,
        ask: Ask,
        tone: Callable[[PlayTone], None],
    ) -> None:
        self._store = store
        self._driver = driver
        self._clock = clock
        self._ask = ask
        self._tone = tone
        self._waiting: deque[DoByKeys] = deque(maxlen=WAITING_MAX)
        self._wake = asyncio.Event()

    def put(self, command: DoByKeys) -> None:
        """Do this when its turn comes."""
        self._waiting.append(command)
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                command = self._waiting.popleft()
                is_done = await self._do(command)
                self._tone(
                    PlayTone(leg_id=command.leg_id, tone=Tone.DONE if is_done else Tone.REFUSED)
                )

    async def _do(self, command: DoByKeys) -> bool:
        agents = self._driver.snapshot().agents
        agent = next((one for one in agents if one.agent_id == command.agent_id), None)
        if agent is None:
            return False
        try:
            return await self._do_for(agent, command.meaning, command.number)
        except (DatabaseUnavailable, StoreError, ServiceError) as error:
            log.warning(
                "What agent %s said by keys was not done: %s",
                agent.name,
                error,
                extra={"action": "keys_refused"},
            )
            return False

    async def _do_for(self, agent: AgentSnapshot, meaning: KeyMeaning, number: int) -> bool:
        match meaning:
            case KeyMeaning.READY:
                return await self._request(agent, "agent.ready")
            case KeyMeaning.PAUSE:
                reason = PAUSE_REASONS[number - 1] if number else "pause"
                return await self._request(agent, "agent.pause", reason=reason)
            case KeyMeaning.HANG_UP:
                return await self._request(agent, "agent.hangup")
            case KeyMeaning.LOG_OUT:
                return await self._request(agent, "agent.logout")
            case KeyMeaning.RESULT:
                _, spec = await self._call_of(agent)
                if number > len(spec.dispositions):
                    return False
                code = spec.dispositions[number - 1].code
                return await self._request(agent, "agent.dispose", disposition=code)
            case KeyMeaning.CALLBACK_MINUTES:
                return await self._call_back(agent, timedelta(minutes=number))
            case KeyMeaning.CALLBACK_HOURS:
                return await self._call_back(agent, timedelta(hours=number))

    async def _call_back(self, agent: AgentSnapshot, after: timedelta) -> bool:
        """Promise the lead a call with this agent, and say so as the call's result."""
        lead_id, spec = await self._call_of(agent)
        callback = _callback_of(spec)
        if callback is None:
            return False
        now = to_datetime(self._clock.now())
        promised = await self._store.callbacks.promise(
            lead_id, now + after, by=agent.name, now=now, agent_id=agent.agent_id
        )
        is_done = await self._request(agent, "agent.dispose", disposition=callback.code)
        if not is_done:
            await self._store.callbacks.cancel(promised.callback.id, by=agent.name, now=now)
        return is_done

    async def _call_of(self, agent: AgentSnapshot) -> tuple[int, CampaignSpec]:
        """The lead and the campaign of the call the agent is on or wraps up."""
        attempt = None
        if agent.call_id is not None:
            attempt = await self._store.attempts.get(agent.call_id)
        if attempt is None:
            raise ServiceError(f"Agent '{agent.name}' has no call to say anything of.")
        row = await self._store.campaigns.by_id(CampaignId(attempt.campaign_id))
        return attempt.lead_id, row.spec

    async def _request(self, agent: AgentSnapshot, kind: str, **words: str) -> bool:
        args = {"agent": agent.name, **words}
        ok, answer = await self._ask(ControlRequest(id=0, kind=kind, args=args, by=agent.name))
        log.info(
            "%s asked by keys for %s: %s",
            agent.name,
            kind,
            "done" if ok else answer["error"],
            extra={"action": "keys", "kind": kind, "ok": ok},
        )
        return ok


def _callback_of(spec: CampaignSpec) -> Disposition | None:
    return next((one for one in spec.dispositions if one.kind is DispositionKind.CALLBACK), None)
