"""Commands about a conversation: their text, and what never gets into them."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch import talk_commands
from freeswitch.commands import Api
from freeswitch.errors import UnsafeValue
from freeswitch.originate import GatewayPhone, RegisteredPhone
from freeswitch.side_legs import OutsideLeg, SupervisorLeg, TrialLeg
from tests.support.hostile import texts

LEAD = "c0000000-0000-4000-8000-000000000001"
AGENT = "a0000000-0000-4000-8000-000000000001"
SIDE = "50000000-0000-4000-8000-000000000001"
PHONE = RegisteredPhone(extension="1900", domain="example.org")


def test_hold_is_a_transfer_to_music_that_never_ends_the_call() -> None:
    call = talk_commands.hold(LEAD, held_by=AGENT, file_id="hold", directory="/sounds")
    assert call.text == (
        f"uuid_transfer {LEAD} 'set:dialer_state=held-by-{AGENT},endless_playback:/sounds/hold.wav,"
        "endless_playback:silence_stream://-1' inline"
    )
    assert talk_commands.held_by(f"held-by-{AGENT}") == AGENT
    assert talk_commands.held_by("outside") is None
    assert talk_commands.held_by(None) is None


def test_sounds_keys_and_masks() -> None:
    assert talk_commands.send_keys(LEAD, "12#").text == f"uuid_send_dtmf {LEAD} 12#"
    assert (
        talk_commands.play_beside(LEAD, file_id="notice", directory="/sounds").text
        == f"uuid_displace {LEAD} start /sounds/notice.wav 0 mux"
    )
    assert (
        talk_commands.play_tones(AGENT, hertz=400, milliseconds=150, times=2).text
        == f"uuid_displace {AGENT} start tone_stream://%(150,80,400);loops=2 0 mux"
    )
    masked = talk_commands.mask_recording(LEAD, directory="/rec", file_id="f-1", is_masked=True)
    assert masked.text == f"uuid_record {LEAD} mask /rec/f-1.wav"


@pytest.mark.parametrize(
    ("to_agent", "to_lead", "key"), [(False, False, "0"), (True, False, "2"), (True, True, "3")]
)
def test_whom_a_supervisor_speaks_to(*, to_agent: bool, to_lead: bool, key: str) -> None:
    call = talk_commands.supervisor_speaks(SIDE, to_agent=to_agent, to_lead=to_lead)
    assert call.text == f"uuid_recv_dtmf {SIDE} {key}"


def test_nobody_speaks_to_the_lead_behind_the_agents_back() -> None:
    with pytest.raises(UnsafeValue):
        talk_commands.supervisor_speaks(SIDE, to_agent=False, to_lead=True)


def test_an_outside_leg_parks_or_joins_and_is_no_leg_of_ours_after_a_restart() -> None:
    parked = OutsideLeg(
        leg_uuid=SIDE, gateway="pstn", number="+12025550177", caller_id="12025550100"
    )
    text = parked.originate().text
    assert text.endswith("}sofia/gateway/pstn/+12025550177 &park()")
    assert "park_timeout=15:ALLOTTED_TIMEOUT" in text
    assert "dialer_id" not in text
    joined = OutsideLeg(
        leg_uuid=SIDE,
        gateway="pstn",
        number="+12025550177",
        caller_id="12025550100",
        three_way_with=AGENT,
    )
    assert joined.originate().text.endswith(f"&three_way({AGENT})")


def test_a_supervisors_leg_listens_and_says_from_the_start_who_hears_it() -> None:
    leg = SupervisorLeg(leg_uuid=SIDE, phone=PHONE, target=AGENT)
    assert leg.originate().text.endswith(f"}}user/1900@example.org &eavesdrop({AGENT})")
    assert "whisper" not in leg.originate().text
    barge = SupervisorLeg(leg_uuid=SIDE, phone=PHONE, target=AGENT, to_agent=True, to_lead=True)
    assert "eavesdrop_whisper_aleg=true,eavesdrop_whisper_bleg=true" in barge.originate().text


def test_a_telephone_that_is_tried_hears_a_tone_and_itself_for_a_while() -> None:
    text = TrialLeg(leg_uuid=SIDE, phone=GatewayPhone(gateway="g", extension="a1")).originate().text
    assert text.endswith(
        "}sofia/gateway/g/a1 'm:^:playback:tone_stream://%(300,200,880)^echo' inline"
    )
    assert "sched_hangup\\s+20\\sNORMAL_CLEARING" in text


_WAYS_IN: tuple[Callable[[str], Api], ...] = (
    lambda text: talk_commands.hold(text, held_by=AGENT, file_id="hold", directory="/s"),
    lambda text: talk_commands.hold(LEAD, held_by=text, file_id="hold", directory="/s"),
    lambda text: talk_commands.hold(LEAD, held_by=None, file_id=text, directory="/s"),
    lambda text: talk_commands.send_keys(LEAD, text),
    lambda text: talk_commands.play_beside(LEAD, file_id=text, directory="/s"),
    lambda text: talk_commands.mask_recording(LEAD, directory="/s", file_id=text, is_masked=True),
    lambda text: OutsideLeg(
        leg_uuid=SIDE, gateway="g", number=text, caller_id="12025550100"
    ).originate(),
    lambda text: OutsideLeg(
        leg_uuid=SIDE, gateway=text, number="12025550177", caller_id="12025550100"
    ).originate(),
    lambda text: OutsideLeg(
        leg_uuid=SIDE, gateway="g", number="12025550177", caller_id="123", three_way_with=text
    ).originate(),
    lambda text: SupervisorLeg(
        leg_uuid=SIDE, phone=RegisteredPhone(extension=text, domain="d"), target=AGENT
    ).originate(),
    lambda text: SupervisorLeg(leg_uuid=SIDE, phone=PHONE, target=text).originate(),
    lambda text: TrialLeg(leg_uuid=text, phone=PHONE).originate(),
)


@given(text=texts(), way=st.sampled_from(range(len(_WAYS_IN))))
def test_no_text_from_outside_gets_into_a_command(text: str, way: int) -> None:
    try:
        call = _WAYS_IN[way](text)
    except UnsafeValue:
        return
    assert not set(call.text) & set("\r\n\0")
    plain = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+._-*#")
    assert set(text) <= plain, text
