"""`uuid_bridge`: two threads meet, talk, and part (switch_ivr_bridge.c).

The first argument is the originator. Its thread waits for the other to be ready, then owns the
bridge. That is why the order decides who survives a race: an originator who waits in vain may park
again (`uuid_bridge_park_on_cancel`), an originatee who waits in vain hears nothing ever again until
`uuid_park` wakes it.
"""

from dataclasses import dataclass

from freeswitch.fake.channels import Channel, State, other_leg_headers
from freeswitch.fake.core import SwitchCore
from freeswitch.fake.sessions import Sessions


@dataclass(slots=True)
class Bridge:
    """Two channels talking; `is_over` once either has left."""

    originator: Channel
    originatee: Channel
    is_over: bool = False


class BridgeSide:
    """One leg's part in a bridge."""

    def __init__(self, bridges: "Bridges", bridge: Bridge, channel: Channel) -> None:
        self._bridges = bridges
        self._bridge = bridge
        self._channel = channel

    def leave(self) -> None:
        """Part: the other leg is told first when we own the bridge, and afterwards when it does."""
        if self._channel is self._bridge.originator:
            self._bridges.originator_leaves(self._bridge)
        else:
            self._bridges.originatee_leaves(self._bridge)


class Bridges:
    """Making and ending bridges."""

    def __init__(self, core: SwitchCore, sessions: Sessions) -> None:
        self._core = core
        self._sessions = sessions

    def bridge(self, originator_uuid: str, originatee_uuid: str) -> bool:
        """Start to bridge; False for whatever the api calls `-ERR Invalid uuid`.

        Only the originator is checked for being alive; the originatee may have hung up already
        (`switch_ivr_uuid_bridge`).
        """
        originator = self._core.find(originator_uuid)
        originatee = self._core.find(originatee_uuid)
        if (
            originator is None
            or originatee is None
            or originator is originatee
            or originator.is_down
        ):
            return False
        if not originator.has_media:
            if not originatee.has_media or originatee.is_down:
                return False
            originator, originatee = originatee, originator
        now = self._core.now()
        for channel, peer in ((originator, originatee), (originatee, originator)):
            if channel.is_down:
                continue
            channel.state = State.CS_HIBERNATE
            caller = channel.caller
            if channel is originator:
                channel.set("uuid_bridge", peer.uuid)
            _bond(channel, peer)
            caller.index += 1
            channel.times.profile = now
            channel.times.bridged = 0.0
            self._note_transfer(channel, peer)
        self._show_each_other(originator, originatee)
        if not originatee.is_down:
            self._sessions.redirect(originatee, lambda: self._await_originator(originatee))
        self._sessions.redirect(originator, lambda: self._meet(originator, originatee))
        return True

    def _note_transfer(self, channel: Channel, peer: Channel) -> None:
        entry = f"{int(self._core.now())}:{self._core.new_uuid()}:uuid_br:{peer.uuid}"
        channel.caller.transfer_source = entry
        variables = channel.variables
        channel.set("original_destination_number", channel.caller.destination)
        channel.set("original_caller_id_name", channel.caller.name)
        channel.set("original_caller_id_number", channel.caller.number)
        before = variables.get("transfer_history")
        if before is None:
            variables["transfer_history"] = entry
        else:
            variables["transfer_history"] = [
                *([before] if isinstance(before, str) else before),
                entry,
            ]
        channel.set("transfer_source", entry)

    def _show_each_other(self, originator: Channel, originatee: Channel) -> None:
        shown = other_leg_headers(originator, "originator", with_times=False)
        if not originatee.is_down:
            originatee.hit_dialplan = False
            originatee.other_leg = shown
        seen = other_leg_headers(originatee, "originatee", with_times=True)
        originator.other_leg = seen
        originator.caller.logical_direction = "inbound"
        originator.caller.callee_number = originatee.caller.callee_number
        if not originatee.is_down:
            originatee.caller.name = originator.caller.name
            originatee.caller.number = originator.caller.number

    def _await_originator(self, channel: Channel) -> None:
        channel.running = State.CS_RESET
        channel.state = State.CS_SOFT_EXECUTE

    def _meet(self, originator: Channel, originatee: Channel) -> None:
        originator.running = originator.state = State.CS_SOFT_EXECUTE
        if self._gives_up(originator, originatee):
            return
        self._core.after(
            self._core.timings.bridge_poll_seconds, lambda: self._join(originator, originatee)
        )

    def _join(self, originator: Channel, originatee: Channel) -> None:
        if (
            originator.is_down
            or originator.next_step is not None
            or originator.activity is not None
        ):
            return
        if self._gives_up(originator, originatee):
            return
        if not originatee.is_answered:
            originatee.watchers.append(lambda: self._join(originator, originatee))
            return
        originator.variables.pop("uuid_bridge", None)
        bridge = Bridge(originator, originatee)
        originator.activity = BridgeSide(self, bridge, originator)
        originatee.activity = BridgeSide(self, bridge, originatee)
        originatee.running = originatee.state = State.CS_EXCHANGE_MEDIA
        originatee.call_state = "ACTIVE"
        now = self._core.now()
        originator.times.bridged = originatee.times.bridged = now
        originatee.call_uuid = originator.uuid
        originatee.set("call_uuid", originator.uuid)
        self._emit("CHANNEL_BRIDGE", bridge)
        for channel, peer in ((originator, originatee), (originatee, originator)):
            channel.set("bridge_to", peer.uuid)
            channel.set("last_bridge_to", peer.uuid)
            _bond(channel, peer)
            other = peer.caller
            number = other.callee_number if channel is originator else other.number
            channel.set("last_sent_callee_id_name", number)
            channel.set("last_sent_callee_id_number", number)

    def _emit(self, name: str, bridge: Bridge) -> None:
        self._core.publish(bridge.originatee, name)
        self._core.emit_channel(
            name,
            bridge.originator,
            before={
                "Bridge-A-Unique-ID": bridge.originator.uuid,
                "Bridge-B-Unique-ID": bridge.originatee.uuid,
            },
        )

    def _gives_up(self, originator: Channel, originatee: Channel) -> bool:
        """Whether the originator waits in vain, and what becomes of it then."""
        if not originatee.is_down and not originatee.is_destroyed:
            return False
        if originatee.is_destroyed:
            if originator.is_true("park_after_bridge"):
                self._sessions.park(originator, as_application=False)
            else:
                self._sessions.end_of_dialplan(originator)
        elif originator.is_true("uuid_bridge_continue_on_cancel"):
            self._sessions.end_of_dialplan(originator)
        elif originator.is_true("uuid_bridge_park_on_cancel"):
            self._sessions.park(originator, as_application=False)
        else:
            self._sessions.hangup(originator, "ORIGINATOR_CANCEL")
        return True

    def originator_leaves(self, bridge: Bridge) -> None:
        """The owner's thread goes: the other leg parks or is hung up, then UNBRIDGE."""
        originator, originatee = bridge.originator, bridge.originatee
        if not bridge.is_over:
            bridge.is_over = True
            if originatee.next_step is None and not originatee.is_down:
                originatee.variables.pop("bridge_to", None)
                self._after_originatee(originatee)
            self._note_peer_cause(originatee, originator)
        if not originatee.is_destroyed and originatee.call_uuid == originator.uuid:
            originatee.call_uuid = originatee.uuid
            originatee.set("call_uuid", originatee.uuid)
        self._note_peer_cause(originator, originatee)
        originator.variables.pop("bridge_to", None)
        self._emit("CHANNEL_UNBRIDGE", bridge)

    def originatee_leaves(self, bridge: Bridge) -> None:
        """The other thread goes: the owner notices within a frame."""
        originator, originatee = bridge.originator, bridge.originatee
        originatee.variables.pop("bridge_to", None)
        if bridge.is_over:
            return
        bridge.is_over = True
        self._note_peer_cause(originatee, originator)
        if not originator.is_down and originator.next_step is None:
            self._sessions.redirect(
                originator, lambda: self._after_originator(originator, originatee), delay=0.010
            )

    def _note_peer_cause(self, channel: Channel, peer: Channel) -> None:
        if peer.is_down:
            channel.set("bridge_hangup_cause", peer.cause)

    def _after_originator(self, channel: Channel, peer: Channel) -> None:
        """Hold, then `park_after_bridge`, then hang up (switch_ivr_bridge.c, line 914 on)."""
        if peer.holding:
            self._sessions.hangup(channel, "NORMAL_CLEARING")
        elif channel.is_true("park_after_bridge"):
            self._sessions.park(channel, as_application=False)
        else:
            self._sessions.end_of_dialplan(channel)

    def _after_originatee(self, channel: Channel) -> None:
        channel.activity = None
        if channel.is_true("park_after_bridge"):
            self._sessions.redirect(
                channel, lambda: self._sessions.park(channel, as_application=False), delay=0.0
            )
        else:
            self._sessions.hangup(
                channel, "NORMAL_CLEARING", delay=self._core.timings.far_end_tick_seconds
            )


def _bond(channel: Channel, peer: Channel) -> None:
    """The variables by which each leg of a pair knows the other."""
    channel.set("bridge_channel", peer.name)
    channel.set("bridge_uuid", peer.uuid)
    channel.set("signal_bond", peer.uuid)
