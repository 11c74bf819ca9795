"""People who call back: now and then one of those who were called, on a switch of their choice."""

from dialer.engine.events import CallReturned, HopperLead
from dialer.engine.ids import CallId, PhoneId
from dialer.simulation.agenda import Agenda
from dialer.simulation.laws import Uniform
from dialer.simulation.nodes import SwitchNode, SwitchNodes
from dialer.simulation.store_model import StoreModel
from dialer.simulation.streams import Streams

_PATIENCE = Uniform(low_seconds=1.0, high_seconds=60.0)
"""How long somebody who called hears ringing before they give up."""
_OUT_OF_HOURS_RATIO = 0.1


class Callers:
    """Draws by streams of its own, so that worlds without callers stay as they were."""

    def __init__(
        self,
        agenda: Agenda,
        streams: Streams,
        store: StoreModel,
        nodes: SwitchNodes,
        *,
        per_hour: float,
        until: float,
    ) -> None:
        self.agenda = agenda
        self.store = store
        self.nodes = nodes
        self.per_hour = per_hour
        self.until = until
        self.came = 0
        self._dice = streams.named("callers")

    def begin(self) -> None:
        """From now on somebody may call."""
        if self.per_hour > 0:
            wait = self._dice.expovariate(self.per_hour / 3600.0)
            if self.agenda.now + wait < self.until:
                self.agenda.after(wait, self._call)

    def _call(self) -> None:
        self.begin()
        attempts = list(self.store.attempts.values())
        if not attempts:
            return
        lead = self._dice.choice(attempts).lead
        node = self._dice.choice(self.nodes.all)
        self.came += 1
        call_id = CallId(f"{self.store.seed & 0xFFFFFFFF:08x}-0000-4000-a000-{self.came:012x}")
        leg = node.switch.call_in(call_id, lead.campaign_id)
        node.link.emit(
            CallReturned(
                lead=HopperLead(
                    call_id=call_id,
                    campaign_id=lead.campaign_id,
                    lead_id=lead.lead_id,
                    phone_id=PhoneId(int(lead.lead_id)),
                    number=lead.number,
                    callable_until=self.until + 86_400.0,
                ),
                is_open=self._dice.random() >= _OUT_OF_HOURS_RATIO,
                switch_id=node.switch_id,
            )
        )
        self.agenda.after(_PATIENCE.draw(self._dice), self._give_up, node, call_id)
        assert leg.call_id == call_id

    def _give_up(self, node: SwitchNode, call_id: CallId) -> None:
        leg = node.switch.leads.get(call_id)
        if leg is not None and not node.switch.hears_somebody(leg):
            node.switch.lead_hangs_up(leg)
