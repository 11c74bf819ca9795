"""All switches together: each with a link of its own, and every order to the one it is for.

An order that says where it goes goes there. The others go where their leg is: each link's reader
knows the calls and legs of its switch, and no id is on two.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from dialer.engine.commands import Hangup, HangupLeg, NailUp, Originate, Reroute, Survey
from dialer.engine.events import Event, SwitchConfigured
from dialer.engine.ids import SwitchId
from dialer.runtime.switch_health import SwitchHealth
from dialer.runtime.switch_link import SwitchLink
from dialer.runtime.switch_orders import SwitchOrder
from freeswitch.errors import FreeSwitchError

log = logging.getLogger(__name__)

OVERDUE_SECONDS = 2.0
"""How often to see whether a switch that never answered has been waited for long enough."""


class Switches:
    """The links. `run` in a task of its own."""

    def __init__(
        self,
        links: Sequence[SwitchLink],
        *,
        post: Callable[[Event], None],
        overdue: Callable[[], Sequence[Event]],
    ) -> None:
        """`overdue` answers what is to be done about agents whose switch stays away."""
        assert links, "there is always one switch"
        self.links: Mapping[SwitchId, SwitchLink] = {link.switch_id: link for link in links}
        self._post = post
        self._overdue = overdue
        self.ready = asyncio.Event()
        """Set once one of them was reached and what lived on it was adopted."""

    @property
    def health(self) -> SwitchHealth:
        """Of the only one, or of the one in the worst state."""
        healths = [link.health for link in self.links.values()]
        return min(healths, key=lambda one: (one.is_connected, one.idle_cpu_ratio or 1.0))

    @property
    def event_delay_seconds(self) -> float | None:
        """How late the events of the slowest come."""
        delays = (link.event_delay_seconds for link in self.links.values())
        return max((delay for delay in delays if delay is not None), default=None)

    def tell(self) -> None:
        """Tell the engine which switches there are."""
        for switch_id in self.links:
            self._post(SwitchConfigured(switch_id=switch_id))

    def order(self, order: SwitchOrder) -> None:
        """Carry out, beginning now, where it belongs."""
        for link in self._whose(order):
            link.order(order)

    def _whose(self, order: SwitchOrder) -> Sequence[SwitchLink]:
        links = list(self.links.values())
        if len(links) == 1:
            return links
        if isinstance(order, Originate | Reroute | NailUp | Survey):
            return [self.links[order.switch_id]]
        channels = [
            str(value)
            for value in (
                getattr(order, "leg_id", None),
                getattr(order, "call_id", None),
                getattr(order, "target_leg_id", None),
            )
            if value is not None
        ]
        for channel in channels:
            if found := [link for link in links if link.knows(channel)]:
                return found
        if isinstance(order, Hangup | HangupLeg):
            # Nobody knows it: wherever it may be, it ends.
            return links
        return links[:1]

    async def recover_now(self) -> None:
        """A team was acquired: ask every switch that is in reach after what is the team's."""
        for link in self.links.values():
            try:
                await link.recover_now()
            except FreeSwitchError as error:
                # Its next connect does it.
                log.warning(
                    "Recovering from switch %s was cut short: %s",
                    link.switch_id,
                    error,
                    extra={"action": "recovery_cut_short"},
                )

    async def run(self) -> None:
        """Keep all of them in reach until cancelled."""
        async with asyncio.TaskGroup() as group:
            for link in self.links.values():
                group.create_task(link.run())
                group.create_task(self._note_ready(link))
            if len(self.links) > 1:
                group.create_task(self._look_for_overdue())

    async def _note_ready(self, link: SwitchLink) -> None:
        await link.ready.wait()
        self.ready.set()

    async def _look_for_overdue(self) -> None:
        while True:
            await asyncio.sleep(OVERDUE_SECONDS)
            for event in self._overdue():
                self._post(event)
