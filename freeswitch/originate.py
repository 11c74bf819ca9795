"""The strings that place calls: one leg an originate, parked on answer.

An originate string is code to FreeSWITCH (see `values`). These are assembled from fixed text and
whitelisted values only; nothing about a person goes in. What each variable does was checked against
1.10.12 (switch_ivr_originate.c, switch_ivr_bridge.c, switch_core_media.c, switch_channel.c):

lead leg
- `ignore_early_media`: wait for 200, or originate would return at 183 and park an unanswered leg.
- `originate_timeout`: counts whole seconds of the epoch and so ends up to a second early: ring + 1.
- `leg_progress_timeout`: no 180 or 183 by then means a dead route. (`progress_timeout` would also
  kill ringing calls when there is no A leg.)
- `rtp_disable_hold`: a lead who puts us on hold and hangs up would take the agent's leg along.
- `park_timeout`, `execute_on_answer=sched_hangup`: dead man's switches, if we die or lose it.
- `media_timeout_audio`: milliseconds without RTP until a vanished telephone is hung up.
- `absolute_codec_string`: one codec from trunk to agent, so that nothing is transcoded.

agent leg
- `park_after_bridge`, `uuid_bridge_park_on_cancel`: the leg parks again whatever becomes of the
  lead; without the second 16 of 40 agents were dropped when the lead hung up during the bridge.
- never `park_timeout`: its use clears `park_after_bridge` (switch_ivr.c).
- `send_silence_when_idle=-1`: a parked leg otherwise sends no RTP and NATs forget it.
- `media_timeout_audio`: a telephone that vanished is noticed while parked, too (park reads frames).
- `sip_auto_answer`: Call-Info with answer-after=0, so that the telephone answers by itself
  (mod_sofia.c); other brands want Alert-Info, which is the telephone's own setting.
- `no_throttle_limits`: an agent's leg is not refused by max-sessions or sessions-per-second.
"""

from dataclasses import dataclass

from freeswitch import values
from freeswitch.commands import Api
from freeswitch.errors import UnsafeValue

RING_SECONDS_MIN, RING_SECONDS_MAX = 1, 300
"""Only sanity: how long a lead's telephone must ring is the campaign's business, and the law's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """Person or machine, by the switch's own applications: how long is the greeting?

    First wait for sound (`detect_audio`): a time-out means silence. Then wait for a pause
    (`detect_silence`): a time-out means that the greeting went on, a machine; a pause, a person.
    Thresholds are FreeSWITCH's energy scores; hits are frames of 20 ms (mod_dptools.c). The results
    stand in CHANNEL_PARK: `SwitchEvent.greeting`.
    """

    audio_threshold: int = 300
    audio_hits: int = 3
    audio_timeout_ms: int = 2000
    silence_threshold: int = 300
    silence_hits: int = 40
    silence_timeout_ms: int = 2200

    def applications(self) -> str:
        """The inline dialplan: detect_audio, detect_silence, park."""
        audio = " ".join(
            str(values.integer(f"screening {name}", value, 1, 60_000))
            for name, value in (
                ("audio_threshold", self.audio_threshold),
                ("audio_hits", self.audio_hits),
                ("audio_timeout_ms", self.audio_timeout_ms),
            )
        )
        silence = " ".join(
            str(values.integer(f"screening {name}", value, 1, 60_000))
            for name, value in (
                ("silence_threshold", self.silence_threshold),
                ("silence_hits", self.silence_hits),
                ("silence_timeout_ms", self.silence_timeout_ms),
            )
        )
        return f"'detect_audio:{audio},detect_silence:{silence},park' inline"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadLeg:
    """A call to a lead. Every field is checked on construction; UnsafeValue names the field."""

    call_uuid: str
    """`origination_uuid`, the attempt's id: the switch itself refuses the same call twice."""
    dialer_id: str
    """Which dialer instance; `show channels like` and `hupall` find its channels by it."""
    gateway: str
    number: str
    """3 to 15 digits, `+` or not as the carrier wants it."""
    caller_id: str
    """Digits shown to the lead."""
    ring_seconds: int
    progress_seconds: int = 12
    """Post-dial delay allowed before the first 180 or 183."""
    media_timeout_seconds: int = 60
    park_seconds: int = 15
    """A parked lead nobody comes for is hung up by the switch."""
    talk_seconds_max: int = 7200
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    screening: Screening | None = None

    def __post_init__(self) -> None:
        values.uuid("call UUID", self.call_uuid)
        values.name("dialer id", self.dialer_id)
        values.name("gateway", self.gateway)
        values.number("number", self.number)
        values.number("caller id", self.caller_id)
        values.integer("ring seconds", self.ring_seconds, RING_SECONDS_MIN, RING_SECONDS_MAX)
        values.integer("progress seconds", self.progress_seconds, 1, RING_SECONDS_MAX)
        values.integer("media timeout seconds", self.media_timeout_seconds, 1, 3600)
        values.integer("park seconds", self.park_seconds, 1, 3600)
        values.integer("talk seconds", self.talk_seconds_max, 1, 86_400)
        if not 1 <= len(self.codecs) <= 8:
            raise UnsafeValue("codecs", self.codecs, "1 to 8 codec names")
        for codec in self.codecs:
            values.codec("codec", codec)
        if self.screening is not None:
            self.screening.applications()

    def originate(self) -> Api:
        """The API call, for `bgapi`: its answer comes when the call is answered or has failed."""
        # A comma would end the variable: the one character that is escaped, and in our own text.
        codecs = "\\,".join(self.codecs)
        variables = ",".join(
            (
                f"origination_uuid={self.call_uuid}",
                f"dialer_id={self.dialer_id}",
                f"dialer_call={self.call_uuid}",
                f"dialer_trunk={self.gateway}",
                f"presence_data={self.dialer_id}",
                f"origination_caller_id_number={self.caller_id}",
                f"origination_caller_id_name={self.caller_id}",
                "ignore_early_media=true",
                f"originate_timeout={self.ring_seconds + 1}",
                f"leg_progress_timeout={self.progress_seconds}",
                "hangup_after_bridge=true",
                "rtp_disable_hold=true",
                f"media_timeout_audio={self.media_timeout_seconds * 1000}",
                f"park_timeout={self.park_seconds}:ALLOTTED_TIMEOUT",
                f"execute_on_answer=sched_hangup\\s+{self.talk_seconds_max}\\sALLOTTED_TIMEOUT",
                "RECORD_STEREO=true",
                f"absolute_codec_string={codecs}",
            )
        )
        target = "&park()" if self.screening is None else self.screening.applications()
        return Api(f"originate {{{variables}}}sofia/gateway/{self.gateway}/{self.number} {target}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredPhone:
    """An agent's telephone that registers with the switch: `user/<extension>@<domain>`."""

    extension: str
    domain: str

    def __post_init__(self) -> None:
        values.extension("extension", self.extension)
        values.domain("domain", self.domain)

    @property
    def dial_string(self) -> str:
        """What originate calls."""
        return f"user/{self.extension}@{self.domain}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayPhone:
    """An agent's telephone behind a gateway: `sofia/gateway/<gateway>/<extension>`."""

    gateway: str
    extension: str
    """A number or a name the gateway knows."""

    def __post_init__(self) -> None:
        values.name("gateway", self.gateway)
        values.phone_at_gateway("extension", self.extension)

    @property
    def dial_string(self) -> str:
        """What originate calls."""
        return f"sofia/gateway/{self.gateway}/{self.extension}"


def parse_phone(text: str) -> RegisteredPhone | GatewayPhone:
    """Read an agent's telephone as a person writes it: `user/1001@example.org`,
    `sofia/gateway/pstn/agent1`. Raises UnsafeValue."""
    match text.split("/"):
        case ["user", address] if address.count("@") == 1:
            extension, domain = address.split("@")
            return RegisteredPhone(extension=extension, domain=domain)
        case ["sofia", "gateway", gateway, extension]:
            return GatewayPhone(gateway=gateway, extension=extension)
        case _:
            raise UnsafeValue(
                "agent phone",
                text,
                "user/<extension>@<domain> or sofia/gateway/<gateway>/<extension>",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLeg:
    """A call to an agent's telephone that stays up, parked, between the calls they take."""

    leg_uuid: str
    dialer_id: str
    agent_id: int
    phone: RegisteredPhone | GatewayPhone
    ring_seconds: int = 29
    media_timeout_seconds: int = 60
    """A telephone that sends no sound for so long is hung up and called again. Telephones that send
    nothing while muted need more than their longest silence."""

    def __post_init__(self) -> None:
        values.uuid("agent leg UUID", self.leg_uuid)
        values.name("dialer id", self.dialer_id)
        values.integer("agent id", self.agent_id, 0, 2**63 - 1)
        values.integer("ring seconds", self.ring_seconds, RING_SECONDS_MIN, RING_SECONDS_MAX)

    def originate(self) -> Api:
        """The API call; send it with `bgapi`, its answer comes when the agent answers or not."""
        variables = ",".join(
            (
                f"origination_uuid={self.leg_uuid}",
                f"dialer_id={self.dialer_id}",
                f"dialer_agent={self.agent_id}",
                # So that `show channels like` finds agents' legs too when we start again.
                f"presence_data={self.dialer_id}",
                "park_after_bridge=true",
                "uuid_bridge_park_on_cancel=true",
                "hangup_after_bridge=false",
                "rtp_disable_hold=true",
                "send_silence_when_idle=-1",
                f"media_timeout_audio={self.media_timeout_seconds * 1000}",
                "sip_auto_answer=true",
                "no_throttle_limits=true",
                f"originate_timeout={self.ring_seconds + 1}",
            )
        )
        return Api(f"originate {{{variables}}}{self.phone.dial_string} &park()")
