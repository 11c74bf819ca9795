"""The running service, as the pages in the same process reach it."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from campaigns.store.rows import ControlRequest
from dialer.desk.conditions import Conditions
from dialer.engine.ids import AgentId, CallId
from dialer.engine.snapshot import AgentSnapshot, CallSnapshot, Snapshot
from dialer.runtime.clock import Clock
from dialer.runtime.control import Control
from dialer.runtime.driver import Driver, Observer

log = logging.getLogger(__name__)

NOT_STORED = 0
"""The number of a request that stands in no row: it was asked and answered in this process."""


class ServiceFloor:
    """`dialer.desk.floor.LiveFloor`, over the driver and its control requests."""

    def __init__(
        self,
        driver: Driver,
        control: Control,
        clock: Clock,
        *,
        conditions: Callable[[], Conditions],
    ) -> None:
        self._driver = driver
        self._control = control
        self._clock = clock
        self._conditions = conditions

    def snapshot(self) -> Snapshot:
        """The engine as of now."""
        return self._driver.snapshot()

    def agent(self, agent_id: AgentId) -> AgentSnapshot | None:
        """One agent as of now."""
        return self._driver.agent(agent_id)

    def call(self, call_id: CallId) -> CallSnapshot | None:
        """One live call as of now."""
        return self._driver.call(call_id)

    async def ask(
        self, kind: str, args: Mapping[str, Any], *, by: str
    ) -> tuple[bool, dict[str, Any]]:
        """One control request, at once. (True, what was done) or (False, {"error": a sentence})."""
        request = ControlRequest(id=NOT_STORED, kind=kind, args=dict(args), by=by)
        ok, answer = await self._control.obey(request)
        log.info(
            "%s asked for %s: %s",
            by,
            kind,
            "done" if ok else answer["error"],
            extra={"action": "control", "kind": kind, "ok": ok},
        )
        return ok, answer

    def observe(self, observer: Observer) -> None:
        """Tell `observer` of every step from now on."""
        self._driver.observe(observer)

    def unobserve(self, observer: Observer) -> None:
        """Tell it no more."""
        self._driver.unobserve(observer)

    def now(self) -> float:
        """Unix seconds by the dialer's clock."""
        return self._clock.now()

    def conditions(self) -> Conditions:
        """What the service knows of itself besides the engine."""
        return self._conditions()
