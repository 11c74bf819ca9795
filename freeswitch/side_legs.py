"""Strings that place legs beside a lead's and an agent's: outside numbers, supervisors, tests.

None carries `dialer_id`: they are not adopted after a restart, and end with the leg they serve.
"""

from dataclasses import dataclass

from freeswitch import values
from freeswitch.commands import Api
from freeswitch.originate import GatewayPhone, RegisteredPhone

PARK_SECONDS = 15
"""An outside party who answered and is not bridged by then is hung up by the switch."""
TEST_SECONDS = 20
"""A telephone under test is hung up by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideLeg:
    """A call to an outside number: parked, or joined to an agent's talk (`three_way`)."""

    leg_uuid: str
    gateway: str
    number: str
    caller_id: str
    ring_seconds: int = 30
    three_way_with: str | None = None
    talk_seconds_max: int = 7200
    codecs: tuple[str, ...] = ("PCMU", "PCMA")

    def originate(self) -> Api:
        """The API call, for `bgapi`."""
        seconds = values.integer("ring seconds", self.ring_seconds, 1, 300)
        most = values.integer("talk seconds", self.talk_seconds_max, 1, 86_400)
        caller_id = values.number("caller id", self.caller_id)
        codecs = "\\,".join(values.codec("codec", one) for one in self.codecs)
        variables = ",".join(
            (
                f"origination_uuid={values.uuid('leg', self.leg_uuid)}",
                f"origination_caller_id_number={caller_id}",
                f"origination_caller_id_name={caller_id}",
                "ignore_early_media=true",
                f"originate_timeout={seconds + 1}",
                "leg_progress_timeout=12",
                "hangup_after_bridge=true",
                "rtp_disable_hold=true",
                "media_timeout_audio=60000",
                f"park_timeout={PARK_SECONDS}:ALLOTTED_TIMEOUT",
                f"execute_on_answer=sched_hangup\\s+{most}\\sALLOTTED_TIMEOUT",
                f"absolute_codec_string={codecs}",
            )
        )
        gateway = values.name("gateway", self.gateway)
        number = values.number("number", self.number)
        if self.three_way_with is None:
            target = "&park()"
        else:
            target = f"&three_way({values.uuid('agent leg', self.three_way_with)})"
        return Api(f"originate {{{variables}}}sofia/gateway/{gateway}/{number} {target}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorLeg:
    """A call to a supervisor's telephone, which hears an agent's leg until either hangs up."""

    leg_uuid: str
    phone: RegisteredPhone | GatewayPhone
    target: str
    to_agent: bool = False
    to_lead: bool = False

    def originate(self) -> Api:
        """The API call, for `bgapi`."""
        variables = [
            f"origination_uuid={values.uuid('leg', self.leg_uuid)}",
            "sip_auto_answer=true",
            "no_throttle_limits=true",
            "originate_timeout=30",
            "rtp_disable_hold=true",
            "media_timeout_audio=60000",
        ]
        # The "a leg" of these two is who is heard on the target's far side: the lead.
        if self.to_lead:
            variables.append("eavesdrop_whisper_aleg=true")
        if self.to_agent:
            variables.append("eavesdrop_whisper_bleg=true")
        target = values.uuid("agent leg", self.target)
        return Api(
            f"originate {{{','.join(variables)}}}{self.phone.dial_string} &eavesdrop({target})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLeg:
    """A call to a telephone to try it out: a tone, then whatever is said to it comes back."""

    leg_uuid: str
    phone: RegisteredPhone | GatewayPhone

    def originate(self) -> Api:
        """The API call, for `bgapi`."""
        variables = ",".join(
            (
                f"origination_uuid={values.uuid('leg', self.leg_uuid)}",
                "sip_auto_answer=true",
                "no_throttle_limits=true",
                "originate_timeout=30",
                f"execute_on_answer=sched_hangup\\s+{TEST_SECONDS}\\sNORMAL_CLEARING",
            )
        )
        return Api(
            f"originate {{{variables}}}{self.phone.dial_string} "
            "'m:^:playback:tone_stream://%(300,200,880)^echo' inline"
        )
