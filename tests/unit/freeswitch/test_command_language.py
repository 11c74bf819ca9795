"""The second writing-down of what we say to a switch: it takes all we build, and no text."""

import uuid
from typing import Any

import pytest
from hypothesis import assume, given

from freeswitch import commands, prompts, talk_commands
from freeswitch.commands import Api
from freeswitch.originate import AgentLeg, GatewayPhone, LeadLeg, RegisteredPhone, Screening
from freeswitch.side_legs import OutsideLeg, SupervisorLeg, TrialLeg
from tests.support.command_language import api_is_ours, is_ours, read_commands
from tests.support.hostile import METACHARACTERS, texts

ID, OTHER = str(uuid.UUID(int=7)), str(uuid.UUID(int=8))
FOLDER: dict[str, str] = {"directory": "/var/lib/dialer/sounds"}
FILE: dict[str, str] = FOLDER | {"file_id": "sorry"}
PHONES = (
    RegisteredPhone(extension="1001", domain="pbx.example.org"),
    GatewayPhone(gateway="main", extension="+12025550100"),
)
LEAD: dict[str, Any] = {
    "call_uuid": ID, "dialer_id": "dialer-1", "gateway": "main", "number": "+12025550100",
    "caller_id": "+12025550199", "ring_seconds": 24,
}  # fmt: skip
SIDE: dict[str, Any] = {
    "leg_uuid": ID, "gateway": "main", "number": "+12025550100", "caller_id": "+12025550199",
}  # fmt: skip
ALL: tuple[Api, ...] = (
    LeadLeg(**LEAD).originate(),
    LeadLeg(**LEAD, screening=Screening()).originate(),
    *(
        AgentLeg(leg_uuid=ID, dialer_id="dialer-1", agent_id=1, phone=phone).originate()
        for phone in PHONES
    ),
    *(TrialLeg(leg_uuid=ID, phone=phone).originate() for phone in PHONES),
    OutsideLeg(**SIDE).originate(),
    OutsideLeg(**SIDE, three_way_with=OTHER).originate(),
    SupervisorLeg(
        leg_uuid=ID, phone=PHONES[0], target=OTHER, to_agent=True, to_lead=True
    ).originate(),
    commands.uuid_bridge(agent_leg=ID, lead_leg=OTHER),
    commands.uuid_kill(ID, "NORMAL_CLEARING"),
    commands.uuid_park(ID),
    commands.uuid_exists(ID),
    commands.uuid_dump(ID),
    commands.uuid_getvar(ID, "dialer_state"),
    commands.uuid_setvar(ID, "hangup_after_bridge", "false"),
    commands.play_then_hang_up(ID, **FILE),
    commands.start_recording(ID, **FOLDER),
    commands.stop_recording(ID, **FILE),
    commands.play_tone(ID),
    commands.sched_hangup(ID, seconds=10),
    commands.status(),
    commands.version(),
    commands.show_channels(),
    commands.show_channels("dialer-1"),
    commands.gateway_status("main"),
    commands.hupall("MANAGER_REQUEST", "dialer_id", "dialer-1"),
    prompts.wait_for_key(ID, **FILE, key="9"),
    prompts.ask(ID, **FOLDER, question="pleased", keys="12"),
    prompts.wait_for_beep(ID, seconds=30, **FILE, hears_beeps=True),
    prompts.wait_for_beep(ID, seconds=30, **FILE, hears_beeps=False),
    prompts.leave_message(ID, **FILE),
    prompts.ring_to(ID),
    prompts.module_exists(prompts.BEEP_MODULE),
    talk_commands.hold(ID, held_by=OTHER, **FILE),
    talk_commands.hold(ID, held_by=None, **FILE),
    talk_commands.mark_transferred(ID),
    talk_commands.send_keys(ID, "12*#"),
    talk_commands.play_beside(ID, **FILE),
    talk_commands.play_tones(ID, hertz=400, milliseconds=150, times=2),
    talk_commands.mask_recording(ID, **FILE, is_masked=True),
    talk_commands.supervisor_speaks(ID, to_agent=True, to_lead=False),
)


def test_everything_we_build_is_in_it() -> None:
    assert [one.text for one in ALL if not api_is_ours(one.text)] == []
    wires = [commands.bgapi(call, OTHER).wire for call in ALL]
    wires += [
        commands.subscribe(["CHANNEL_PARK", "DTMF"], ["dialer::ping", "sofia::gateway_state"]).wire,
        commands.ping("dialer-1", 7).wire,
        commands.auth("ClueCon").wire,
        commands.userauth("dialer", "event-socket.invalid", "x" * 43).wire,
    ]
    heard = read_commands([commands.POKE + commands.POKE.join(wires)])
    assert len(heard.commands) == len(wires)
    assert heard.foreign == []


@given(text=texts())
def test_a_command_with_a_text_in_it_is_not(text: str) -> None:
    """Wherever the text stands: beside an argument, within one, or as one."""
    assume(METACHARACTERS & set(text) or not text.isascii())
    for call in ALL:
        middle = len(call.text) // 2
        for spoilt in (
            f"{call.text}{text}x",
            f"{call.text[:middle]}{text}{call.text[middle:]}",
            call.text.replace(ID, text) if ID in call.text else f"{call.text} {text}",
        ):
            if spoilt != call.text:
                # One space more between two words would change nothing, and is not said either.
                assert not api_is_ours(spoilt), spoilt


@pytest.mark.parametrize(
    "said",
    [
        "api system touch /tmp/x",
        "api originate {origination_uuid=1}sofia/gateway/main/+12025550100 &park()",
        f"api originate {{dialer_call={ID},api_on_answer=system}}user/1@x &park()",
        f"api originate {{dialer_call={ID}}}user/1@x &system(id)",
        f"api uuid_kill {ID} NORMAL_CLEARING\nX: y",
        f"bgapi uuid_kill {ID} NORMAL_CLEARING",
        f"api uuid_record {ID} start /../etc/passwd.wav",
        "exit",
        "event plain ALL",
        "sendevent NOTIFY",
    ],
)
def test_what_an_attacker_would_say_is_not(said: str) -> None:
    assert not is_ours(said)
