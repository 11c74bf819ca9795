"""`dialer doctor`: against nothing, against a switch, and against things that are half right."""

import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialer.cli.checks.findings import Finding, Level
from dialer.cli.checks.machine import check_clock, check_disk, check_metrics
from dialer.cli.doctor import examine
from dialer.cli.session import Session, now
from dialer.settings import load_settings
from freeswitch.fake.server import FakeSwitch
from freeswitch.fake.settings import SwitchSettings
from tests.support.cli import CommandLine, write_config


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def config(
    folder: Path, url: str | None, *, port: int, gateways: tuple[str, ...] = (), more: str = ""
) -> Path:
    """Settings for a switch on that port, with folders that are there."""
    for name in ("sounds", "recordings"):
        (folder / name).mkdir(exist_ok=True)
    trunks = "".join(
        f'[[trunks]]\nname = "{name}"\nchannels_max = 30\ncalls_per_second = 5.0\n'
        for name in gateways
    )
    return write_config(
        folder,
        url=url,
        more=f'[switch]\nhost = "127.0.0.1"\nport = {port}\n{more}[metrics]\nport = 0\n'
        f'[files]\nsounds = "{folder}/sounds"\nrecordings = "{folder}/recordings"\n{trunks}',
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


async def test_against_nothing_everything_that_is_missing_has_its_fix(tmp_path: Path) -> None:
    path = write_config(
        tmp_path,
        url="postgresql://nobody@127.0.0.1:1/none",
        more=f"[switch]\nport = {free_port()}\n[files]\nsounds = '/nowhere/s'\n"
        "recordings = '/nowhere/r'\n",
    )
    found = by_name(await examine(Session(path)))
    for name in ("database", "switch", "sounds", "recordings"):
        assert found[name].level is Level.BAD, name
        assert found[name].text, name
        assert found[name].fix, name
    assert all(finding.fix for finding in found.values() if finding.level is Level.BAD)


async def test_against_a_good_switch_all_is_well(database_url: str, tmp_path: Path) -> None:
    settings = SwitchSettings(gateways={"main": True})
    async with FakeSwitch(settings=settings, epoch=time.time()) as switch:
        path = config(tmp_path, database_url, port=switch.port, gateways=("main",))
        findings = await examine(Session(path))
    # Somebody else's switch on this machine may run as root.
    bad = [each for each in findings if each.level is Level.BAD and each.name != "switch user"]
    assert bad == []
    found = by_name(findings)
    assert found["database"].level is Level.OK
    assert "1.10.12" in found["switch version"].text
    assert "there and back" in found["switch events"].text
    assert found["gateway main"].text.startswith("Up")
    assert found["service"].level is Level.NOTE
    assert "dialer run" in found["service"].fix


async def test_gateways_that_are_down_or_unknown_and_a_wrong_clock_are_found(
    database_url: str, tmp_path: Path
) -> None:
    settings = SwitchSettings(gateways={"main": False})
    async with FakeSwitch(settings=settings, epoch=time.time() - 3600) as switch:
        path = config(tmp_path, database_url, port=switch.port, gateways=("main", "spare"))
        found = by_name(await examine(Session(path)))
    assert found["gateway main"].level is Level.BAD
    assert "DOWN" in found["gateway main"].text
    assert "has no gateway 'spare'" in found["gateway spare"].text
    assert "behind this machine's" in found["switch clock"].text
    assert "NTP" in found["switch clock"].fix


async def test_a_wrong_password_and_no_trunks_are_found(database_url: str, tmp_path: Path) -> None:
    async with FakeSwitch(epoch=time.time()) as switch:
        path = config(tmp_path, database_url, port=switch.port, more='password = "wrong"\n')
        refused = by_name(await examine(Session(path)))
        path = config(tmp_path, database_url, port=switch.port)
        trunkless = by_name(await examine(Session(path)))
    assert "switch.password" in refused["switch"].fix
    assert "nothing can be dialled" in trunkless["trunks"].text


async def test_each_of_several_switches_is_looked_at_under_its_name(
    database_url: str, tmp_path: Path
) -> None:
    up = SwitchSettings(gateways={"main": True})
    down = SwitchSettings(gateways={"main": False}, password="another-one")
    async with (
        FakeSwitch(settings=up, epoch=time.time()) as one,
        FakeSwitch(settings=down, epoch=time.time()) as two,
    ):
        nodes = "".join(
            f'[[switches]]\nname = "{name}"\nhost = "127.0.0.1"\nport = {port}\n{more}'
            for name, port, more in (
                ("one", one.port, ""),
                ("two", two.port, 'password = "another-one"\n'),
                ("gone", free_port(), ""),
                ("locked", two.port, ""),
            )
        )
        path = config(tmp_path, database_url, port=free_port(), gateways=("main",))
        path.write_text(path.read_text() + nodes)
        said = await examine(Session(path), admin_passwords={"one": "wrong"})
    found = by_name(said)
    assert len(found) == len(said), "each name once"
    assert found["one: gateway main"].level is Level.OK
    assert found["two: switch"].level is Level.OK
    assert found["two: gateway main"].level is Level.BAD
    assert "mod_event_socket" in found["gone: switch"].fix
    assert "[[switches]]" in found["locked: switch"].fix
    # A wrong password of the administrator's hides nothing of what the dialer sees.
    assert "not the dialer's" in found["one: switch configuration"].fix
    assert found["one: switch version"].level is Level.OK
    assert not any(name.startswith("switch") for name in found)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Not `tmp_path`: every pytest that starts takes the permissions off the folder above it, and
    PostgreSQL, which runs as another user for root, must be able to walk there."""
    with tempfile.TemporaryDirectory(prefix="dialer-test-") as folder:
        yield Path(folder)


async def test_a_fresh_folder_proves_that_the_embedded_database_can_be_made(
    open_folder: Path,
) -> None:
    found = by_name(await examine(Session(config(open_folder, None, port=free_port()))))
    assert found["embedded PostgreSQL"].level is Level.OK
    assert found["database"].level is Level.BAD
    assert "dialer db upgrade" in found["database"].fix
    assert not (open_folder / "home").exists()


async def test_broken_settings_are_the_only_finding(tmp_path: Path) -> None:
    path = tmp_path / "dialer.toml"
    path.write_text("[switch]\nport = 99999\n")
    [finding] = await examine(Session(path))
    assert finding.level is Level.BAD
    assert "99999" in finding.text


def test_the_answer_is_json_where_wanted_and_the_status_1_when_anything_is_bad(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "dialer.toml"
    path.write_text("[switch]\nport = 99999\n")
    dialer = CommandLine(path, capsys)
    said = dialer("doctor", "--json")
    assert said.status == 1
    answer = said.json()
    assert answer["is_well"] is False
    assert answer["findings"][0]["level"] == "bad"
    shown = dialer("doctor")
    assert "BAD" in shown.out
    assert "-> " in shown.out


async def test_a_port_that_is_taken_is_found() -> None:
    # It listens and never accepts: the system lets a client in all the same.
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        settings = load_settings(environ={}, overrides={"metrics.port": port})
        taken = await check_metrics(settings.metrics, None)
        row = {"metrics": f"http://127.0.0.1:{port}/metrics"}
        answers = await check_metrics(settings.metrics, row)
    gone = await check_metrics(settings.metrics, row)
    assert (taken.level, answers.level, gone.level) == (Level.BAD, Level.OK, Level.BAD)
    assert str(port) in taken.text


def test_a_clock_before_the_program_is_wrong() -> None:
    assert check_clock(now()).level is Level.OK
    assert check_clock(now().replace(year=1999)).level is Level.BAD


def test_a_disk_is_judged_where_the_folder_will_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.cli.checks.machine.FREE_BYTES_MIN", 1)
    assert check_disk(tmp_path / "not" / "yet").level is Level.OK
    monkeypatch.setattr("dialer.cli.checks.machine.FREE_BYTES_MIN", 10**18)
    assert check_disk(tmp_path).level is Level.BAD
