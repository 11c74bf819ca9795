"""The doctor's look at a switch's configuration."""

import xml.etree.ElementTree as ET
from pathlib import Path

from dialer.cli.checks.findings import Finding, Level
from dialer.cli.checks.hardening import _user_of_the_switch, examine_configuration
from freeswitch.configuration import Gateway, Secrets, SwitchConfiguration

DANGEROUS = {
    "sofia.conf": """<configuration name="sofia.conf"><profiles>
      <profile name="internal"><settings>
        <param name="context" value="public"/><param name="auth-calls" value="false"/>
        <param name="accept-blind-reg" value="true"/>
      </settings></profile></profiles></configuration>""",
    "switch.conf": """<configuration name="switch.conf"><settings>
        <param name="loglevel" value="debug"/></settings></configuration>""",
    "event_socket.conf": """<configuration name="event_socket.conf"><settings>
        <param name="listen-ip" value="::"/></settings></configuration>""",
}


def examine(documents: dict[str, str]) -> list[Finding]:
    return examine_configuration({name: ET.fromstring(text) for name, text in documents.items()})


def test_nothing_is_found_in_the_configuration_that_init_writes() -> None:
    wanted = SwitchConfiguration(
        secrets=Secrets.make(), gateways=(Gateway(name="main", host="192.0.2.1"),)
    )
    files = wanted.files()
    names = {"sofia.conf": "sofia", "switch.conf": "switch", "event_socket.conf": "event_socket"}
    documents = {name: files[f"configuration/{file}.xml"].decode() for name, file in names.items()}
    # FreeSWITCH has put the addresses in before anybody sees it.
    found = examine(
        {
            name: text.replace("$${event_socket_address}", "127.0.0.1")
            for name, text in documents.items()
        }
    )
    assert [one.level for one in found] == [Level.OK]


def test_everything_dangerous_is_named_with_its_fix() -> None:
    found = examine(DANGEROUS)
    text = " ".join(one.text for one in found)
    for danger in (
        "enable-chat is not set", "accept-blind-reg is true", "takes calls from anybody",
        "api-expansion is not false", "listens on :: for everybody", "every 20 s",
    ):  # fmt: skip
        assert danger in text, danger
    assert all(one.fix for one in found)
    assert sum(one.level is Level.BAD for one in found) == 5


def test_a_switch_that_runs_as_root_is_found(tmp_path: Path) -> None:
    assert _user_of_the_switch(tmp_path).level is Level.OK
    process = tmp_path / "4711"
    process.mkdir()
    (process / "comm").write_text("freeswitch\n")
    is_root = (process / "comm").stat().st_uid == 0
    found = _user_of_the_switch(tmp_path)
    assert found.level is (Level.BAD if is_root else Level.OK)
