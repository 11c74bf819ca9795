"""The written configuration: whole, well-formed, and with nothing of a person's text in it."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch import commands, originate
from freeswitch.configuration import DIALER_APIS, Gateway, Secrets, SwitchConfiguration
from freeswitch.errors import UnsafeValue

VARIABLE = re.compile(r"\$\$\{([a-z_]+)\}")


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
    """A builder of a new API call must be added to the list, or the switch would refuse it."""
    source = Path(commands.__file__).read_text() + Path(originate.__file__).read_text()
    sent = set(re.findall(r'Api\(\s*f?"([a-z_]+)', source))
    administration = {"fsctl"}
    assert sent - administration <= set(DIALER_APIS)
    assert not {"system", "bg_system", "lua", "fsctl", "reloadxml", "expand", "eval"} & set(
        DIALER_APIS
    )


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
