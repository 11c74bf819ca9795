"""Calls from outside: a trunk profile whose dialplan answers and parks them, and nothing else.

The order of events is that of a real 1.10.12: CHANNEL_CREATE, the dialplan's applications,
CHANNEL_ANSWER within `answer`, CHANNEL_PARK within `park`.
"""

from freeswitch.fake.applications import Applications
from freeswitch.fake.channels import Caller, Channel, State, Times
from freeswitch.fake.core import SwitchCore
from freeswitch.fake.far_end import FarEnd
from freeswitch.fake.network import Behaviour, Result
from freeswitch.fake.sessions import Sessions

DIALPLAN = [("set", "dialer_inbound=true"), ("answer", ""), ("park", "")]


def call_in(
    core: SwitchCore,
    sessions: Sessions,
    applications: Applications,
    *,
    caller: str,
    called: str,
    far_end: Behaviour | None = None,
) -> str | None:
    """Somebody calls; the channel's id, or None when the switch takes no more. `far_end` says how
    long they stay, when they speak and what they press; without it they stay for good."""
    uuid = core.new_uuid()
    if not core.take_session(uuid, unlimited=False):
        return None
    now = core.now()
    name = f"sofia/{core.settings.profile}/{caller}@127.0.0.1"
    channel = Channel(
        uuid=uuid,
        name=name,
        variables={
            "direction": "inbound",
            "uuid": uuid,
            "session_id": str(core.sessions_since_startup),
            "sip_from_user": caller,
            "channel_name": name,
            "sip_req_user": called,
            "sip_to_user": called,
            "max_forwards": "70",
        },
        caller=Caller(
            name=caller,
            number=caller,
            original_number=caller,
            callee_name="",
            callee_number="",
            destination=called,
            network_address="127.0.0.1",
            logical_direction="inbound",
            dialplan="XML",
        ),
        times=Times(created=now, profile=now),
        far_end=far_end or Behaviour(result=Result.ANSWERED),
        is_inbound=True,
    )
    core.channels[uuid] = channel
    core.session_peak = max(core.session_peak, len(core.channels))
    core.emit_channel("CHANNEL_CREATE", channel)
    far = FarEnd(core, sessions, applications, channel, lambda kind: None)
    channel.answered_by = far.stay
    core.after(core.timings.session_tick_seconds, lambda: _route(applications, channel))
    return uuid


def _route(applications: Applications, channel: Channel) -> None:
    if channel.is_down:
        return
    channel.running = channel.state = State.CS_EXECUTE
    channel.call_state = "RINGING"
    channel.hit_dialplan = True
    applications.run(channel, list(DIALPLAN))
