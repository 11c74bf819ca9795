"""API calls about a conversation: hold, keys, sounds beside it, masking, supervisors.

What each does to the two legs was measured on 1.10.12 with nailed-up agents:

- Hold by `uuid_transfer` to music: the agent's leg parks within 20 ms and outlives a lead who hangs
  up on hold. `uuid_hold` does not: it takes the agent's leg along (switch_ivr_bridge.c).
- `uuid_displace ... mux` mixes a sound into what one leg hears; the bridge goes on.
- `eavesdrop` on the agent's leg: key 2 lets the supervisor speak to the agent, 3 to both, 0 to
  nobody (switch_ivr_async.c). Keys sent by `uuid_recv_dtmf` count like pressed ones.
"""

import re

from freeswitch import values
from freeswitch.commands import Api, uuid_setvar
from freeswitch.errors import UnsafeValue

KEYS_MAX = 32
_KEYS = re.compile(r"[0-9*#]{1,32}")
_HELD_BY = "held-by-"
TRANSFERRED = "outside"
"""Value of `dialer_state` on a lead who was given to an outside party."""


def hold(lead_leg: str, *, held_by: str | None, file_id: str, directory: str) -> Api:
    """Music for a lead, over and over. Where the file is missing, silence: a lead is not hung up
    for that. `held_by` is the agent's leg, left on the channel for a restart of ours."""
    uuid = values.uuid("lead leg", lead_leg)
    path = values.wav_path("hold music", directory, file_id)
    by = "nobody" if held_by is None else values.uuid("agent leg", held_by)
    steps = (
        f"set:dialer_state={_HELD_BY}{by}",
        f"endless_playback:{path}",
        "endless_playback:silence_stream://-1",
    )
    return Api(f"uuid_transfer {uuid} '{','.join(steps)}' inline")


def held_by(state: str | None) -> str | None:
    """The agent's leg in the `dialer_state` that `hold` leaves; None when there is none."""
    if state is None or not state.startswith(_HELD_BY):
        return None
    return state.removeprefix(_HELD_BY)


def mark_transferred(lead_leg: str) -> Api:
    """Leave on the lead's channel that they speak with an outside party from now on."""
    return uuid_setvar(lead_leg, "dialer_state", TRANSFERRED)


def keys(field: str, value: object) -> str:
    """1 to 32 keys of a telephone. Raises UnsafeValue."""
    if not isinstance(value, str) or not _KEYS.fullmatch(value):
        raise UnsafeValue(field, value, f"1 to {KEYS_MAX} keys: 0 to 9, * and #")
    return value


def send_keys(lead_leg: str, pressed: str) -> Api:
    """Let the far end hear these keys."""
    return Api(f"uuid_send_dtmf {values.uuid('lead leg', lead_leg)} {keys('keys', pressed)}")


def play_beside(leg: str, *, file_id: str, directory: str) -> Api:
    """Mix a sound into what a leg hears, once."""
    path = values.wav_path("sound", directory, file_id)
    return Api(f"uuid_displace {values.uuid('leg', leg)} start {path} 0 mux")


def play_tones(leg: str, *, hertz: int, milliseconds: int, times: int) -> Api:
    """Mix one to three short tones into what a leg hears."""
    pitch = values.integer("tone hertz", hertz, 100, 3400)
    length = values.integer("tone milliseconds", milliseconds, 20, 2000)
    loops = values.integer("tones", times, 1, 3)
    return Api(
        f"uuid_displace {values.uuid('leg', leg)} "
        f"start tone_stream://%({length},80,{pitch});loops={loops} 0 mux"
    )


def mask_recording(lead_leg: str, *, directory: str, file_id: str, is_masked: bool) -> Api:
    """Silence in the file from now on, on both sides, or sound again. Its length goes on."""
    verb = "mask" if is_masked else "unmask"
    path = values.wav_path("recording", directory, file_id)
    return Api(f"uuid_record {values.uuid('lead leg', lead_leg)} {verb} {path}")


def supervisor_speaks(leg: str, *, to_agent: bool, to_lead: bool) -> Api:
    """Who hears a supervisor whose leg runs `eavesdrop`. Nobody, the agent, or both."""
    if to_lead and not to_agent:
        raise UnsafeValue("whom a supervisor speaks to", "lead", "nobody, the agent, or both")
    key = "3" if to_lead else "2" if to_agent else "0"
    return Api(f"uuid_recv_dtmf {values.uuid('supervisor leg', leg)} {key}")
