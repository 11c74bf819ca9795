"""The written configuration: whole, well-formed, and with nothing of a person's text in it."""

import ast
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dialer
from freeswitch import commands, prompts, talk_commands
from freeswitch.commands import Api
from freeswitch.configuration import DIALER_APIS, Gateway, Secrets, SwitchConfiguration
from freeswitch.errors import UnsafeValue
from freeswitch.fake import inbound
from freeswitch.originate import AgentLeg, LeadLeg, RegisteredPhone, Screening
from freeswitch.side_legs import OutsideLeg, SupervisorLeg, TrialLeg

VARIABLE = re.compile(r"\$\$\{([a-z_]+)\}")
UUID = "7f9ee1a4-5c1f-4c1a-9d55-0b0f5e7c3a10"
ADMINISTRATION = {"fsctl"}
"""What only an administrator does, by a login of theirs."""
PHONE = RegisteredPhone(extension="1001", domain="127.0.0.1")
LEAD: dict[str, Any] = {
    "call_uuid": UUID, "dialer_id": "d", "gateway": "main", "number": "+12025550100",
    "caller_id": "+12025550199", "ring_seconds": 20,
}  # fmt: skip
OUTSIDE: dict[str, Any] = {
    "leg_uuid": UUID, "gateway": "main", "number": "+12025550100", "caller_id": "+12025550199",
}  # fmt: skip
SOUND = {"file_id": "sorry", "directory": "/sounds"}
EVERY_TARGET: tuple[Api, ...] = (
    LeadLeg(**LEAD).originate(),
    LeadLeg(**LEAD, screening=Screening()).originate(),
    AgentLeg(leg_uuid=UUID, dialer_id="d", agent_id=1, phone=PHONE).originate(),
    OutsideLeg(**OUTSIDE).originate(),
    OutsideLeg(**OUTSIDE, three_way_with=UUID).originate(),
    SupervisorLeg(leg_uuid=UUID, phone=PHONE, target=UUID).originate(),
    TrialLeg(leg_uuid=UUID, phone=PHONE).originate(),
    commands.play_then_hang_up(UUID, **SOUND),
    prompts.wait_for_key(UUID, **SOUND, key="9"),
    prompts.ask(UUID, question="pleased", directory="/sounds", keys="12"),
    prompts.wait_for_beep(UUID, seconds=30, **SOUND, hears_beeps=True),
    prompts.wait_for_beep(UUID, seconds=30, **SOUND, hears_beeps=False),
    prompts.leave_message(UUID, **SOUND),
    prompts.ring_to(UUID),
    talk_commands.hold(UUID, held_by=None, **SOUND),
)
"""One of each string that names applications."""
APPLICATIONS = {
    "avmd_start": "mod_avmd",
    "avmd_stop": "mod_avmd",
    **dict.fromkeys(
        ("detect_audio", "detect_silence", "eavesdrop", "echo", "endless_playback", "hangup",
         "park", "play_and_get_digits", "playback", "sched_hangup", "set", "sleep", "three_way"),
        "mod_dptools",
    ),
}  # fmt: skip
"""Every application the dialer has run, and its module (the SWITCH_ADD_APP lines of their C)."""
OTHERWISE_NEEDED = {
    "mod_commands",  # uuid_*, originate, show, status
    "mod_dialplan_xml",  # calls from outside
    "mod_event_socket",
    "mod_sndfile",  # .wav
    "mod_sofia",
    "mod_tone_stream",  # tone_stream: and silence_stream:
}
IN_DIALPLAN = {"answer", "park", "respond", "sched_hangup", "set"}
"""All of mod_dptools."""


def api_names(path: Path) -> set[str]:
    """First words of every `Api(...)` of a source file; each must be written out."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) != "Api":
            continue
        (text,) = node.args
        literal = text.values[0] if isinstance(text, ast.JoinedStr) else text
        assert isinstance(literal, ast.Constant), f"{path}, line {node.lineno}: no word to see"
        found.add(str(literal.value).split()[0])
    return found


def applications(text: str) -> set[str]:
    """Names of the applications an API call has the switch run."""
    found = set(re.findall(r"&([a-z_]+)\(", text)) | set(
        re.findall(r"execute_on_answer=([a-z_]+)", text)
    )
    if (inline := re.search(r"'(?:m:\^:)?([^']+)' inline", text)) is not None:
        # The screens' digits hold no comma, and the pieces of `m:^:` none but in their arguments.
        separator = "^" if "'m:^:" in text else ","
        found |= {step.partition(":")[0] for step in inline[1].split(separator)}
    return found


def make(**changes: Any) -> SwitchConfiguration:
    values: dict[str, Any] = {
        "secrets": Secrets.make(),
        "gateways": (Gateway(name="main", host="sip.example.org"),),
    }
    return SwitchConfiguration(**values | changes)


def test_every_file_is_xml_and_every_variable_it_uses_is_set() -> None:
    files = make().files()
    wanted = {
        *("freeswitch.xml", "vars.xml", "dialers.xml", "carriers.xml", "dialplan.xml"),
        *("directory.xml", "configuration/sofia.xml", "gateways/main.xml"),
    }
    assert wanted <= set(files)
    trees = {path: ET.fromstring(content) for path, content in files.items()}
    given_ = {
        str(one.get("data")).partition("=")[0] for one in trees["vars.xml"].iter("X-PRE-PROCESS")
    }
    used = {name for content in files.values() for name in VARIABLE.findall(content.decode())}
    assert used == given_


def test_every_include_names_a_file_that_is_there() -> None:
    files = make().files()
    for path, content in files.items():
        for include in ET.fromstring(content).iter("X-PRE-PROCESS"):
            if include.get("cmd") != "include":
                continue
            pattern = str(Path(path).parent / str(include.get("data")))
            pattern = pattern.replace("configuration/../", "")
            assert any(Path(one).match(pattern) for one in files), (path, pattern)


def test_what_makes_a_switch_dangerous_is_off() -> None:
    files = make().files()
    sofia = files["configuration/sofia.xml"].decode()
    assert sofia.count('<param name="enable-chat" value="false"/>') == 2
    assert sofia.count('<param name="auth-calls" value="true"/>') == 1
    assert '<param name="accept-blind-reg" value="false"/>' in sofia
    assert (
        '<param name="api-expansion" value="false"/>' in files["configuration/switch.xml"].decode()
    )
    loaded = files["configuration/modules.xml"].decode()
    for module in ("mod_lua", "mod_python", "mod_v8", "mod_xml_rpc", "mod_sms", "mod_system"):
        assert module not in loaded
    assert not list(ET.fromstring(files["carriers.xml"]))


def test_passwords_are_long_and_all_different() -> None:
    first, second = Secrets.make(), Secrets.make()
    found = {getattr(one, name) for one in (first, second) for name in Secrets.__slots__}
    assert len(found) == 6
    assert all(len(one) >= 32 for one in found)


def test_the_dialers_user_may_call_what_our_builders_send_and_no_more() -> None:
    """A builder of a new API call must be added to the list, or the switch would refuse it; one
    that is gone must leave it."""
    sent = set().union(*map(api_names, Path(commands.__file__).parent.glob("*.py")))
    assert sent - ADMINISTRATION == set(DIALER_APIS)
    assert not {"system", "bg_system", "lua", "fsctl", "reloadxml", "expand", "eval"} & set(
        DIALER_APIS
    )


def test_nobody_else_makes_api_calls_of_their_own() -> None:
    """The doctor alone, which asks whether `system` is refused."""
    top = Path(dialer.__file__).parent
    found = {path.name: names for path in top.rglob("*.py") if (names := api_names(path))}
    assert found == {"hardening.py": {"status", "system", "module_exists", "xml_locate"}}


def test_every_application_and_sound_is_in_a_module_that_is_loaded() -> None:
    loaded = {
        one.get("module") for one in ET.fromstring(make().files()["configuration/modules.xml"])[0]
    }
    used = set().union(*(applications(one.text) for one in EVERY_TARGET))
    assert used == set(APPLICATIONS), "a new application needs a line that names its module"
    dialplan = ET.fromstring(make().files()["dialplan.xml"])
    assert {str(one.get("application")) for one in dialplan.iter("action")} <= IN_DIALPLAN
    assert {*APPLICATIONS.values(), *OTHERWISE_NEEDED} <= loaded
    # For the administrator's log alone, to ask for telephones, and for a dialer that was away.
    assert loaded - {*APPLICATIONS.values(), *OTHERWISE_NEEDED} == {
        "mod_json_cdr", "mod_logfile", "mod_xml_curl",
    }  # fmt: skip


def test_a_call_from_outside_is_answered_and_parked_as_the_dialer_expects() -> None:
    dialplan = ET.fromstring(make().files()["dialplan.xml"])
    (context,) = (one for one in dialplan.iter("context") if one.get("name") == "trunks")
    (condition,) = (one for one in context.iter("condition") if one.get("field"))
    steps = [(str(one.get("application")), one.get("data")) for one in condition]
    assert steps[0] == ("set", "dialer_inbound=true")
    assert ("set", "rtp_disable_hold=true") in steps
    # Limits before the answer, and nothing after it but to wait for the dialer.
    assert [name for name, _ in steps[-3:]] == ["sched_hangup", "answer", "park"]
    # The fake switch plays the same.
    assert [step for step in inbound.DIALPLAN if step[1]] == [steps[0]]
    assert [name for name, _ in inbound.DIALPLAN[-2:]] == ["answer", "park"]


@given(text=st.text(min_size=1, max_size=40))
def test_no_text_gets_into_a_file_but_one_that_is_a_name(text: str) -> None:
    for field in ("name", "host", "username"):
        values: dict[str, Any] = {"name": "main", "host": "h", "username": "u", "password": "p"}
        try:
            gateway = Gateway(**values | {field: text})
        except UnsafeValue:
            continue
        assert re.fullmatch(r"[A-Za-z0-9_.-]+", text), text
        ET.fromstring(make(gateways=(gateway,)).files()["gateways/" + gateway.name + ".xml"])


@pytest.mark.parametrize(
    "changes",
    [
        {"dialers": ("everywhere",)},
        {"carriers": ("10.0.0.0/33",)},
        {"agents_address": "10.0.0.1 "},
        {"domain": "a b"},
        {"agents_port": 0},
        {"rtp_port_first": 20_000, "rtp_port_last": 10_000},
        {"gateways": (Gateway(name="a", host="h"), Gateway(name="a", host="i"))},
    ],
)
def test_what_cannot_be_right_is_refused_by_name(changes: dict[str, Any]) -> None:
    with pytest.raises(UnsafeValue):
        make(**changes)
