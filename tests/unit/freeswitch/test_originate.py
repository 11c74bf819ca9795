import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freeswitch import commands
from freeswitch.errors import UnsafeValue
from freeswitch.originate import AgentLeg, GatewayPhone, LeadLeg, RegisteredPhone, Screening
from freeswitch.originate import parse_phone as parse
from tests.support.hostile import ATTACKS, METACHARACTERS, texts

LEAD = LeadLeg(
    call_uuid="c0000000-0000-4000-8000-000000000010",
    dialer_id="d1",
    gateway="pstn",
    number="+994501234567",
    caller_id="0125550100",
    ring_seconds=19,
)
AGENT = AgentLeg(
    leg_uuid="a0000000-0000-4000-8000-000000000001",
    dialer_id="d1",
    agent_id=7,
    phone=RegisteredPhone(extension="1001", domain="example.org"),
)

LEAD_STRING = (
    "originate {origination_uuid=c0000000-0000-4000-8000-000000000010,dialer_id=d1,"
    "dialer_call=c0000000-0000-4000-8000-000000000010,dialer_trunk=pstn,presence_data=d1,"
    "origination_caller_id_number=0125550100,origination_caller_id_name=0125550100,"
    "ignore_early_media=true,originate_timeout=20,leg_progress_timeout=12,"
    "hangup_after_bridge=true,rtp_disable_hold=true,media_timeout_audio=60000,"
    "park_timeout=15:ALLOTTED_TIMEOUT,"
    "execute_on_answer=sched_hangup\\s+7200\\sALLOTTED_TIMEOUT,RECORD_STEREO=true,"
    "absolute_codec_string=PCMU\\,PCMA}sofia/gateway/pstn/+994501234567 &park()"
)


def test_the_lead_leg_is_the_string_that_was_tried_on_a_real_switch() -> None:
    assert LEAD.originate().text == LEAD_STRING


def test_a_screened_lead_leg_runs_the_classifier_before_it_parks() -> None:
    screened = dataclasses.replace(LEAD, screening=Screening()).originate().text
    assert screened == LEAD_STRING.replace(
        "&park()", "'detect_audio:300 3 2000,detect_silence:300 40 2200,park' inline"
    )


def test_the_agent_leg_parks_for_good() -> None:
    assert AGENT.originate().text == (
        "originate {origination_uuid=a0000000-0000-4000-8000-000000000001,dialer_id=d1,"
        "dialer_agent=7,presence_data=d1,park_after_bridge=true,uuid_bridge_park_on_cancel=true,"
        "hangup_after_bridge=false,rtp_disable_hold=true,send_silence_when_idle=-1,"
        "media_timeout_audio=60000,sip_auto_answer=true,"
        "no_throttle_limits=true,originate_timeout=30}user/1001@example.org &park()"
    )
    assert "park_timeout" not in AGENT.originate().text


def test_an_agent_behind_a_gateway() -> None:
    leg = dataclasses.replace(AGENT, phone=GatewayPhone(gateway="pstn", extension="agent1"))
    assert leg.originate().text.endswith("}sofia/gateway/pstn/agent1 &park()")


def test_the_switch_rings_one_second_longer_than_asked() -> None:
    """Its time-out counts whole seconds of the epoch and so ends up to one early."""
    assert "originate_timeout=25," in dataclasses.replace(LEAD, ring_seconds=24).originate().text


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("user/1001@10.0.0.10", RegisteredPhone(extension="1001", domain="10.0.0.10")),
        ("sofia/gateway/pstn/agent1", GatewayPhone(gateway="pstn", extension="agent1")),
        ("sofia/gateway/pstn/+12025550100", GatewayPhone(gateway="pstn", extension="+12025550100")),
    ],
)
def test_an_agents_phone_is_read_and_written_alike(
    text: str, phone: RegisteredPhone | GatewayPhone
) -> None:
    assert parse(text) == phone
    assert phone.dial_string == text


@pytest.mark.parametrize(
    "text",
    [
        "1001",
        "user/1001",
        "user/1001@a@b",
        "user/1001@-example.org",
        "user/1001@example..org",
        "user/1001@example.org/x",
        "sofia/internal/100@example.org",
        "sofia/gateway/pstn/100@example.org",
        "sofia/gateway/pstn/",
        "sofia/gateway//100",
        "loopback/100",
        "sofia/gateway/pstn/100,sofia/gateway/pstn/101",
        "user/1001@example.org|user/1002@example.org",
        "{x=1}user/1001@example.org",
        "",
    ],
)
def test_other_phones_are_refused(text: str) -> None:
    with pytest.raises(UnsafeValue):
        parse(text)


TEXT_FIELDS = ("call_uuid", "dialer_id", "gateway", "number", "caller_id")
NUMBER_FIELDS = (
    "ring_seconds",
    "progress_seconds",
    "media_timeout_seconds",
    "park_seconds",
    "talk_seconds_max",
)


@settings(max_examples=150)
@given(field=st.sampled_from(TEXT_FIELDS), text=texts())
def test_hostile_text_in_a_lead_leg_is_refused_or_harmless(field: str, text: str) -> None:
    try:
        sent = commands.bgapi(
            dataclasses.replace(LEAD, **{field: text}).originate(), LEAD.call_uuid
        )
    except UnsafeValue:
        return
    assert not METACHARACTERS & set(text)
    assert text.isascii()
    good = commands.bgapi(LEAD.originate(), LEAD.call_uuid).wire
    for mark in (b"\n", b" ", b",", b"=", b"{", b"}", b"/", b"&", b"(", b"\\"):
        assert sent.wire.count(mark) == good.count(mark)


@pytest.mark.parametrize("field", TEXT_FIELDS)
def test_every_known_attack_on_a_lead_leg_is_refused_by_name(field: str) -> None:
    shown = field.replace("_", " ").replace("uuid", "UUID")
    for attack in ATTACKS:
        if field in ("dialer_id", "gateway") and attack in ("undef", "mod_event_socket"):
            # A name like any other, or refused when the command is built.
            continue
        with pytest.raises(UnsafeValue, match=shown):
            dataclasses.replace(LEAD, **{field: attack})


@given(texts(), texts(), texts())
def test_hostile_text_in_an_agents_phone_is_refused_or_harmless(a: str, b: str, text: str) -> None:
    for candidate in (text, f"user/{a}@{b}", f"sofia/gateway/{a}/{b}"):
        try:
            string = dataclasses.replace(AGENT, phone=parse(candidate)).originate().text
        except UnsafeValue:
            continue
        assert string.startswith("originate {origination_uuid=")
        dialled = string.rpartition("}")[2]
        assert dialled == f"{candidate} &park()"
        assert not METACHARACTERS & set(candidate)


@pytest.mark.parametrize("field", NUMBER_FIELDS)
@pytest.mark.parametrize("value", [0, -1, 10**7, True, 1.5, "20", None])
def test_seconds_are_whole_and_within_reason(field: str, value: object) -> None:
    with pytest.raises(UnsafeValue, match="a whole number from 1 to"):
        dataclasses.replace(LEAD, **{field: value})


@pytest.mark.parametrize("codecs", [(), ("PCMU,api_on_answer=x",), ("PCMU",) * 9])
def test_codecs_are_names(codecs: tuple[str, ...]) -> None:
    with pytest.raises(UnsafeValue, match="codec"):
        dataclasses.replace(LEAD, codecs=codecs)


@given(st.integers())
def test_an_agents_id_is_a_number(agent_id: int) -> None:
    try:
        leg = dataclasses.replace(AGENT, agent_id=agent_id)
    except UnsafeValue:
        assert not 0 <= agent_id < 2**63
    else:
        assert f",dialer_agent={agent_id}," in leg.originate().text


def test_screening_numbers_are_checked_when_the_leg_is_made() -> None:
    with pytest.raises(UnsafeValue, match="screening audio_hits"):
        dataclasses.replace(LEAD, screening=Screening(audio_hits=0))
