from collections.abc import Callable
from contextlib import suppress
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freeswitch import commands, prompts
from freeswitch.commands import Api, Command
from freeswitch.errors import UnsafeValue
from tests.support.hostile import ATTACKS, METACHARACTERS, texts

A = "a0000000-0000-4000-8000-000000000001"
C = "c0000000-0000-4000-8000-000000000002"
SOUNDS = "/usr/share/freeswitch/sounds"

ENTRANCES: dict[str, Callable[[str], Command | Api]] = {
    "bridge agent": lambda x: commands.uuid_bridge(agent_leg=x, lead_leg=C),
    "bridge lead": lambda x: commands.uuid_bridge(agent_leg=A, lead_leg=x),
    "kill uuid": lambda x: commands.uuid_kill(x, "NORMAL_CLEARING"),
    "kill cause": lambda x: commands.uuid_kill(C, x),
    "park": commands.uuid_park,
    "exists": commands.uuid_exists,
    "dump": commands.uuid_dump,
    "getvar uuid": lambda x: commands.uuid_getvar(x, "opt_out"),
    "getvar name": lambda x: commands.uuid_getvar(C, x),
    "setvar uuid": lambda x: commands.uuid_setvar(x, "opt_out", "9"),
    "setvar name": lambda x: commands.uuid_setvar(C, x, "9"),
    "setvar value": lambda x: commands.uuid_setvar(C, "dialer_state", x),
    "message lead": lambda x: commands.play_then_hang_up(x, file_id="m1", directory=SOUNDS),
    "message file": lambda x: commands.play_then_hang_up(C, file_id=x, directory=SOUNDS),
    "message directory": lambda x: commands.play_then_hang_up(C, file_id="m1", directory=x),
    "opt-out file": lambda x: prompts.wait_for_key(C, file_id=x, directory=SOUNDS, key="9"),
    "opt-out directory": lambda x: prompts.wait_for_key(C, file_id="m1", directory=x, key="9"),
    "opt-out key": lambda x: prompts.wait_for_key(C, file_id="m1", directory=SOUNDS, key=x),
    "question lead": lambda x: prompts.ask(x, question="q1", directory=SOUNDS, keys="12"),
    "question": lambda x: prompts.ask(C, question=x, directory=SOUNDS, keys="12"),
    "question directory": lambda x: prompts.ask(C, question="q1", directory=x, keys="12"),
    "question keys": lambda x: prompts.ask(C, question="q1", directory=SOUNDS, keys=x),
    "beep lead": lambda x: prompts.wait_for_beep(
        x, seconds=9, file_id="m1", directory=SOUNDS, hears_beeps=True
    ),
    "beep file": lambda x: prompts.wait_for_beep(
        C, seconds=9, file_id=x, directory=SOUNDS, hears_beeps=False
    ),
    "left message": lambda x: prompts.leave_message(C, file_id=x, directory=SOUNDS),
    "ring": prompts.ring_to,
    "module": prompts.module_exists,
    "record lead": lambda x: commands.start_recording(x, directory="/rec"),
    "record directory": lambda x: commands.start_recording(C, directory=x),
    "record file": lambda x: commands.stop_recording(C, directory="/rec", file_id=x),
    "tone": commands.play_tone,
    "sched_hangup uuid": lambda x: commands.sched_hangup(x, seconds=5),
    "sched_hangup cause": lambda x: commands.sched_hangup(C, seconds=5, cause=x),
    "show": lambda x: commands.show_channels(x),
    "gateway": commands.gateway_status,
    "hupall cause": lambda x: commands.hupall(x, "dialer_id", "d1"),
    "hupall name": lambda x: commands.hupall("NORMAL_CLEARING", x, "d1"),
    "hupall value": lambda x: commands.hupall("NORMAL_CLEARING", "dialer_id", x),
    "event name": lambda x: commands.subscribe([x]),
    "subclass": lambda x: commands.subscribe([], [x]),
    "ping": lambda x: commands.ping(x, 1),
    "job uuid": lambda x: commands.bgapi(commands.status(), x),
    "user": lambda x: commands.userauth(x, "example.org", "secret"),
    "user domain": lambda x: commands.userauth("dialer", x, "secret"),
}


def wire(made: Command | Api) -> bytes:
    return (commands.api(made) if isinstance(made, Api) else made).wire


INNOCENT = (A, "NORMAL_CLEARING", "d1", SOUNDS, "dialer_id", "opt_out", "9", "HEARTBEAT")


@cache
def harmless(entrance: str) -> bytes:
    """What an entrance sends of a value it takes, to know the shape of its command."""
    for value in INNOCENT:
        with suppress(UnsafeValue):
            return wire(ENTRANCES[entrance](value))
    raise AssertionError(f"nothing is good enough for {entrance}")


@settings(max_examples=250)
@given(entrance=st.sampled_from(sorted(ENTRANCES)), text=texts())
def test_hostile_text_is_refused_or_changes_nothing_but_its_own_word(
    entrance: str, text: str
) -> None:
    try:
        sent = wire(ENTRANCES[entrance](text))
    except UnsafeValue:
        return
    assert not METACHARACTERS & set(text)
    assert text.isascii()
    assert ".." not in text.split("/")
    # The same command with the same words; only the one that was given differs.
    assert sent.count(b"\n") == harmless(entrance).count(b"\n")
    assert sent.endswith(b"\n\n")
    assert len(sent.split(b" ")) == len(harmless(entrance).split(b" "))
    assert b"mod_event_socket" not in sent


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_every_known_attack_is_refused_at_every_entrance(entrance: str) -> None:
    assert harmless(entrance)
    for attack in ATTACKS:
        if METACHARACTERS & set(attack) or not attack:
            with pytest.raises(UnsafeValue) as caught:
                ENTRANCES[entrance](attack)
            assert caught.value.field in str(caught.value)


@given(st.text(max_size=60))
def test_the_builder_never_sends_more_than_one_command(line: str) -> None:
    try:
        sent = Command(line=line).wire
    except UnsafeValue:
        return
    assert sent.endswith(b"\n\n")
    assert sent.count(b"\n") == 2
    assert not sent.startswith((b" ", b"exit", b"..."))
    assert all(0x20 <= byte < 0x7F for byte in sent[:-2])


@given(name=st.text(max_size=20), value=st.text(max_size=40))
def test_a_header_stays_one_line_and_announces_no_body(name: str, value: str) -> None:
    try:
        sent = Command(line="sendevent CUSTOM", headers=((name, value),)).wire
    except UnsafeValue:
        return
    assert sent.count(b"\n") == 3
    assert b"content-length" not in sent.lower().split(b"\n")[1].split(b":")[0]


@pytest.mark.parametrize(
    "line",
    [
        "exit",
        "EXIT now",
        "exitus",
        "...",
        "... x",
        " api status",
        "api reload mod_event_socket",
        "api originate Mod_Event_Socket unload",
        "api status\r",
        "api status\n",
        "api\x00status",
        "api st\x1batus",
        "",
        "x" * 9000,
    ],
)
def test_lines_the_event_socket_would_misread_are_refused(line: str) -> None:
    with pytest.raises(UnsafeValue):
        Command(line=line)


@pytest.mark.parametrize("name", ["Content-Length", "content-length", "X Y", "", "A:B", "Ü"])
def test_headers_that_would_announce_a_body_or_break_the_line_are_refused(name: str) -> None:
    with pytest.raises(UnsafeValue):
        Command(line="sendevent CUSTOM", headers=((name, "5"),))


def test_a_password_is_sent_but_never_shown() -> None:
    command = commands.auth("s3cret!{}$")
    assert command.wire == b"auth s3cret!{}$\n\n"
    assert "s3cret" not in repr(command) + command.shown
    user = commands.userauth("dialer", "example.org", "s3cret:x")
    assert user.wire == b"userauth dialer@example.org:s3cret:x\n\n"
    assert "s3cret" not in repr(user) + user.shown
    for bad in ("two words", "line\nfeed", "", "pässword"):
        with pytest.raises(UnsafeValue) as caught:
            commands.auth(bad)
        assert not bad or bad not in str(caught.value)
    with pytest.raises(UnsafeValue) as trapped:
        commands.auth("mod_event_socket-secret")
    assert "secret" not in str(trapped.value)


def test_the_commands_are_those_of_the_captures() -> None:
    sent = {
        "bridge": wire(commands.uuid_bridge(agent_leg=A, lead_leg=C)),
        "kill": wire(commands.uuid_kill(C, "ORIGINATOR_CANCEL")),
        "message": wire(
            commands.play_then_hang_up(C, file_id="sorry-we-missed-you", directory=SOUNDS)
        ),
        "opt out": wire(prompts.wait_for_key(C, file_id="vm.wav", directory=SOUNDS + "/", key="9")),
        "record": wire(commands.start_recording(C, directory="/var/lib/freeswitch/recordings")),
        "tone": wire(commands.play_tone(A)),
        "dump": wire(commands.uuid_dump(C)),
    }
    assert sent == {
        "bridge": f"api uuid_bridge {A} {C}\n\n".encode(),
        "kill": f"api uuid_kill {C} ORIGINATOR_CANCEL\n\n".encode(),
        "message": f"api uuid_transfer {C} 'playback:{SOUNDS}/sorry-we-missed-you.wav,"
        "hangup:NORMAL_CLEARING' inline\n\n".encode(),
        "opt out": f"api uuid_transfer {C} 'play_and_get_digits:1 1 1 4000 # {SOUNDS}/vm.wav "
        "silence_stream://250 opt_out 9,sleep:1000,hangup:NORMAL_CLEARING' inline\n\n".encode(),
        "record": f"api uuid_record {C} start /var/lib/freeswitch/recordings/{C}.wav\n\n".encode(),
        "tone": f"api uuid_displace {A} start tone_stream://%(200,0,880) 0 mux\n\n".encode(),
        "dump": f"api uuid_dump {C} json\n\n".encode(),
    }


def test_a_background_job_carries_our_own_uuid() -> None:
    assert commands.bgapi(commands.status(), A).wire == f"bgapi status\nJob-UUID: {A}\n\n".encode()


def test_subclasses_stand_behind_custom_at_the_end() -> None:
    line = commands.subscribe(("BACKGROUND_JOB", "DTMF"), ("dialer::ping", "sofia::register")).line
    assert line == "event json BACKGROUND_JOB DTMF CUSTOM dialer::ping sofia::register"
    with pytest.raises(UnsafeValue, match="subclasses in their own argument"):
        commands.subscribe(("CUSTOM", "BACKGROUND_JOB"))
    with pytest.raises(UnsafeValue, match="at least one"):
        commands.subscribe(())


def test_a_ping_names_the_dialer_and_its_number() -> None:
    assert commands.ping("d1", 7).wire == (
        b"sendevent CUSTOM\nEvent-Subclass: dialer::ping\nDialer-ID: d1\nPing-Sequence: 7\n\n"
    )


def test_the_rest_of_the_switch() -> None:
    assert [
        call.text
        for call in (
            commands.show_channels("d1"),
            commands.show_channels(),
            commands.gateway_status("pstn"),
            commands.hupall("NORMAL_CLEARING", "dialer_id", "d1"),
            commands.sched_hangup(C, seconds=60),
            commands.fsctl_max_sessions(5000),
            commands.fsctl_sps(200),
            commands.fsctl_pause(),
            commands.fsctl_resume(),
            commands.fsctl_shutdown_now(),
            commands.version(),
            commands.uuid_setvar(A, "dialer_state", "x-1"),
            commands.uuid_getvar(A, "opt_out"),
        )
    ] == [
        "show channels like d1 as json",
        "show channels as json",
        "sofia status gateway pstn",
        "hupall NORMAL_CLEARING dialer_id d1",
        f"sched_hangup +60 {C} ALLOTTED_TIMEOUT",
        "fsctl max_sessions 5000",
        "fsctl sps 200",
        "fsctl pause outbound",
        "fsctl resume outbound",
        "fsctl shutdown now",
        "version",
        f"uuid_setvar {A} dialer_state x-1",
        f"uuid_getvar {A} opt_out",
    ]


@pytest.mark.parametrize("number", [0, -1, 10**9, True, 2.5, "5", None])
def test_numbers_are_whole_and_within_reason(number: object) -> None:
    with pytest.raises(UnsafeValue, match="a whole number from 1 to 86400"):
        commands.sched_hangup(C, seconds=number)  # type: ignore[arg-type]
