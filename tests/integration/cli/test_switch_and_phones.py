"""`dialer switch init` and the agents' telephones at the command line."""

import tomllib
from pathlib import Path

import pytest

from tests.support.cli import CommandLine, write_config

TRUNK = '[[trunks]]\nname = "main"\nchannels_max = 30\ncalls_per_second = 5\n'


@pytest.fixture
def dialer(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(write_config(tmp_path, url=database_url, more=TRUNK), capsys)


def test_init_writes_a_configuration_and_the_settings_that_go_with_it(
    dialer: CommandLine, tmp_path: Path
) -> None:
    folder = tmp_path / "switch"
    words = ("switch", "init", "--to", str(folder), "--gateway", "main=192.0.2.10:5070")
    said = dialer(*words)
    assert said.status == 0, said.err
    assert "192.0.2.10:5070" in (folder / "gateways" / "main.xml").read_text()
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.rglob("*.*"))
    given = tomllib.loads((folder / "dialer-settings.toml").read_text())
    variables = (folder / "vars.xml").read_text()
    assert given["switch"]["password"] in variables
    assert given["web"]["switch_password"] in variables
    assert given["switch"]["password"] not in said.out

    again = dialer(*words)
    assert again.status != 0 and "nothing was written" in again.err
    assert (folder / "vars.xml").read_text() == variables
    assert dialer(*words, "--force").status == 0
    assert (folder / "vars.xml").read_text() != variables


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Nobody said where the trunk 'main' is. Add --gateway main=HOST."),
        (("--gateway", "main"), "Write the trunk's name, = and the rest"),
        (("--gateway", "main=a", "--gateway", "main=b"), "given twice"),
        (("--gateway", "main=a", "--gateway", "other=b"), "no trunk 'other'; they have main"),
        (("--gateway", "main=a;b"), "The gateway host is 'a;b'"),
        (("--gateway", "main=a:x"), "The gateway port is 'x'"),
        (("--gateway", "main=a", "--carrier", "all"), "The network is 'all'"),
    ],
)
def test_mistakes_are_said_and_nothing_is_written(
    dialer: CommandLine, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    folder = tmp_path / "switch"
    said = dialer("switch", "init", "--to", str(folder), *words)
    assert said.status != 0
    assert sentence in said.err
    assert not folder.exists()


def test_adding_an_agent_is_enough_for_their_telephone(dialer: CommandLine) -> None:
    said = dialer("agents", "add", "anna", "--team", "sales", "--extension", "1001")
    assert said.status == 0, said.err
    password = next(line.split()[-1] for line in said.out.splitlines() if "password  " in line)
    assert len(password) >= 24
    shown = dialer("agents", "phone", "anna")
    assert "1001" in shown.out and password not in shown.out
    new = dialer("agents", "phone", "anna", "--reset").out
    assert password not in new and "shown when" not in new

    taken = dialer("agents", "add", "ben", "--team", "sales", "--extension", "1001")
    assert taken.status != 0 and "the telephone of agent 'anna'" in taken.err
    assert "ben" not in dialer("agents", "list").out
