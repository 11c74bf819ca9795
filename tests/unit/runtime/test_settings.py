"""Settings: one table, three sources, errors that say what is allowed."""

from pathlib import Path

import pytest

from dialer.errors import SettingsError
from dialer.settings import SETTINGS, TrunkSettings, load_settings, settings_as_markdown

DOCS = Path(__file__).parents[3] / "docs" / "settings.md"


def write(directory: Path, text: str) -> Path:
    file = directory / "dialer.toml"
    file.write_text(text)
    return file


def test_defaults_need_no_file() -> None:
    settings = load_settings(environ={})
    assert settings.home == Path("data")
    assert settings.database.url is None
    assert (settings.switch.host, settings.switch.port) == ("127.0.0.1", 8021)
    assert settings.trunks == ()


def test_the_environment_wins_over_the_file_and_arguments_over_both(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        """
        home = "from-file"
        [switch]
        host = "switch.example"
        port = 1
        [[trunks]]
        name = "main"
        channels_max = 30
        calls_per_second = 8
        """,
    )
    environ = {"DIALER_SWITCH_PORT": "2", "DIALER_METRICS_PORT": "3"}
    settings = load_settings(file, environ=environ, overrides={"metrics.port": 0})
    assert settings.home == Path("from-file")
    assert (settings.switch.host, settings.switch.port) == ("switch.example", 2)
    assert settings.metrics.port == 0
    assert settings.trunks == (TrunkSettings(name="main", channels_max=30, calls_per_second=8.0),)


def test_a_file_in_the_working_directory_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 'home = "here"')
    monkeypatch.chdir(tmp_path)
    assert load_settings(environ={}).home == Path("here")


def test_trunks_from_the_environment() -> None:
    settings = load_settings(environ={"DIALER_TRUNKS": "a:10:2,b:20:0.5"})
    assert [(t.name, t.channels_max, t.calls_per_second) for t in settings.trunks] == [
        ("a", 10, 2.0),
        ("b", 20, 0.5),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[switch]\nport = 70000", r"switch\.port is 70000\. Allowed is a whole number from 1 to"),
        ("[switch]\nport = true", r"switch\.port is True\. Allowed is a whole number"),
        ("[metrics]\nenabled = 'perhaps'", r"metrics\.enabled is 'perhaps'\. Allowed is true or"),
        ("[agents]\ndial = 'pigeon'", r"agents\.dial is 'pigeon'\. Allowed is one of user, gate"),
        ("[switch]\ndialer_id = 'a b'", r"switch\.dialer_id is 'a b'\. Allowed is letters"),
        ("[database]\nurl = 'mysql://x'", r"database\.url is 'mysql://x'\. Allowed is a postgres"),
        ("[switch]\nporrt = 1", r"there is no setting 'switch\.porrt'"),
        ("[database]\nport = 1", r"Did you mean switch\.port or metrics\.port"),
        ("[[trunks]]\nname = 'x'", r"tables \[\[trunks\]\] of exactly name, channels_max"),
        ("[agents]\ndial = 'gateway'", r"agents\.gateway is empty\. Name the gateway"),
        ("home = ", "cannot be read as TOML"),
    ],
)
def test_errors_name_the_key_the_value_and_what_is_allowed(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        load_settings(write(tmp_path, text), environ={})


def test_a_bad_variable_is_named_and_a_password_is_never_shown() -> None:
    with pytest.raises(SettingsError, match="variable DIALER_METRICS_PORT is 'x'"):
        load_settings(environ={"DIALER_METRICS_PORT": "x"})
    with pytest.raises(SettingsError, match=r"is \(hidden\)\."):
        load_settings(environ={"DIALER_SWITCH_PASSWORD": "two\nlines"})


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="There is no file"):
        load_settings(tmp_path / "none.toml", environ={})


def test_every_setting_is_documented_as_it_is() -> None:
    assert settings_as_markdown() in DOCS.read_text()
    assert len({row.variable for row in SETTINGS}) == len(SETTINGS)


def test_several_switches_come_from_tables_or_words_and_share_the_password(tmp_path: Path) -> None:
    file = tmp_path / "dialer.toml"
    file.write_text(
        '[switch]\npassword = "secret"\n'
        '[[switches]]\nname = "east"\nhost = "10.0.0.5"\nteams = ["sales"]\n'
        '[[switches]]\nname = "west"\nhost = "10.0.0.6"\nport = 8022\npassword = "other"\n'
        'user = "dialer@west.invalid"\ndomain = "10.0.0.6"\nsounds = "/srv/sounds"\n'
    )
    settings = load_settings(file, environ={})
    assert [(n.name, n.host, n.port, n.password) for n in settings.nodes] == [
        ("east", "10.0.0.5", 8021, "secret"),
        ("west", "10.0.0.6", 8022, "other"),
    ]
    east, west = (settings.on(node) for node in settings.nodes)
    assert (east.switch.user, east.agents.domain) == ("", settings.agents.domain)
    assert (west.switch.user, west.agents.domain) == ("dialer@west.invalid", "10.0.0.6")
    assert (east.files.sounds, west.files.sounds) == (settings.files.sounds, Path("/srv/sounds"))
    assert (settings.home_of("sales"), settings.home_of("service")) == ("east", None)
    words = load_settings(environ={"DIALER_SWITCHES": "a@::1:8021,b@10.0.0.6:8022"})
    assert [(n.name, n.host, n.port) for n in words.nodes] == [
        ("a", "::1", 8021),
        ("b", "10.0.0.6", 8022),
    ]
    (only,) = load_settings(environ={}).nodes
    assert (only.name, only.host, only.port) == ("switch", "127.0.0.1", 8021)


@pytest.mark.parametrize(
    ("tables", "why"),
    [
        ('[[switches]]\nname = "a b"\nhost = "x"\n', "letters, digits"),
        ('[[switches]]\nname = "a"\n', "name, host"),
        ('[[switches]]\nname = "a"\nhost = "x"\nteams = "sales"\n', "a list of names"),
        ('[[switches]]\nname = "a"\nhost = "x"\n' * 2, "each switch named once"),
        (
            '[[switches]]\nname = "a"\nhost = "x"\nteams = ["t"]\n'
            '[[switches]]\nname = "b"\nhost = "y"\nteams = ["t"]\n',
            "at home on one switch only",
        ),
    ],
)
def test_wrong_tables_of_switches_are_told_of_without_their_passwords(
    tables: str, why: str, tmp_path: Path
) -> None:
    file = tmp_path / "dialer.toml"
    file.write_text(tables + 'password = "secret"\n')
    with pytest.raises(SettingsError, match=why) as error:
        load_settings(file, environ={})
    assert "secret" not in str(error.value)
