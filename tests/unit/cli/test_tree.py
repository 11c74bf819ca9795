"""The tree of commands: help that is there, is cheap, and leads on from a mistake."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from dialer.cli.lazy_group import LazyGroup, Leaf
from dialer.cli.main import EXPECTED_ERRORS, INTERRUPTED, cli, exit_status_of, run
from dialer.cli.reference import reference
from dialer.errors import ServiceError, SettingsError, UsageError

ROOT = Path(__file__).parents[3]


def leaves(group: LazyGroup = cli, path: str = "dialer") -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name, one in group.table.items():
        if isinstance(one, LazyGroup):
            found += leaves(one, f"{path} {name}")
        else:
            assert isinstance(one, Leaf)
            command = group.get_command(click.Context(group), name)
            assert command is not None
            found.append((f"{path} {name}", command))
    return found


def test_every_command_of_the_tree_can_be_had() -> None:
    names = {path for path, _ in leaves()}
    campaign = (
        "create", "list", "show", "preflight", "start", "pause", "resume", "stop", "why",
        "machines",
    )  # fmt: skip
    leads = ("import", "export", "recycle", "find", "why", "forget", "dossier")
    agents = (
        "add", "list", "login", "ready", "pause", "logout", "hangup", "result", "phone", "dial",
        "skip", "call", "keys", "move", "message", "messages",
    )  # fmt: skip
    scripts = (
        "check", "preview", "add", "list", "versions", "show", "assign", "quotas", "results",
        "export",
    )  # fmt: skip
    calls = (
        "list", "hold", "resume", "keys", "transfer", "keep", "add", "drop", "leave", "record",
        "mask", "unmask", "listen", "whisper", "barge", "unlisten", "returned",
    )  # fmt: skip
    wanted = {
        *(f"calls {word}" for word in calls),
        *(f"switch {word}" for word in ("list", "drain", "undrain")),
        *("recordings list", "recordings removed", "recordings find"),
        *(f"scorecards {word}" for word in ("check", "add", "list", "show")),
        *(f"quality {word}" for word in ("draw", "list", "replace")),
        *("demo", "doctor", "db upgrade", "run", "status", "report", "simulate", "switch init"),
        *("why pace", "replay", "team pacing"),
        *("dnc add", "dnc check", "dnc import", "dnc lists", "privacy retain", "audit"),
        *("callbacks list", "callbacks add", "callbacks cancel", "ledgers show", "ledgers export"),
        *(f"consents {word}" for word in ("add", "withdraw", "import", "check")),
        *("clients list", "clients agree", "usage"),
        *(f"tokens {word}" for word in ("add", "list", "revoke", "openapi")),
        *(
            f"webhooks {word}"
            for word in (
                "add",
                "list",
                "deliveries",
                "replay",
                "disable",
                "enable",
                "secret",
                "test",
                "remove",
            )
        ),
        *(f"users {word}" for word in ("add", "list", "disable", "enable", "password")),
        *(f"leads {word}" for word in leads),
        *(f"scripts {word}" for word in scripts),
        *(f"campaign {word}" for word in campaign),
        *(f"agents {word}" for word in agents),
        *(f"calls {word}" for word in calls),
        *(f"switch {word}" for word in ("list", "drain", "undrain")),
    }
    assert names == {f"dialer {name}" for name in wanted}


@pytest.mark.parametrize(("path", "command"), [p for p in leaves() if "simulate" not in p[0]])
def test_every_help_ends_its_prose_with_an_example_of_itself(
    path: str, command: click.Command
) -> None:
    assert command.help is not None
    _, found, examples = command.help.partition("Example")
    assert found, f"{path} has no example"
    assert path.split(" ", 1)[1] in examples


def test_help_imports_neither_the_database_nor_the_charts() -> None:
    code = (
        "import sys; from dialer.cli.main import run; status = run(sys.argv[1:]);"
        "heavy = {'sqlalchemy', 'matplotlib', 'psycopg', 'numpy', 'asyncio'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else status)"
    )
    for words in (["--help"], ["campaign", "--help"], ["leads"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "{" not in done.stderr, done.stderr
        assert "Usage: dialer" in done.stdout + done.stderr


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("dialer 0.")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["campain"], "`dialer` has no command 'campain'. Did you mean campaign?"),
        (
            ["leads", "imprt"],
            "`dialer leads` has no command 'imprt'. Did you mean import or export?",
        ),
        (["zzz"], "`dialer` has no command 'zzz'. See `dialer --help`."),
    ],
)
def test_a_misspelt_command_is_answered_with_the_nearest(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"Error: {sentence}\n"


def test_wrong_options_end_with_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["campaign", "create"]) == 2
    assert run(["status", "--nothing"]) == 2
    assert "No such option" in capsys.readouterr().err


def test_a_missing_settings_file_is_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--config", "/nowhere/dialer.toml", "campaign", "list"]) == 1
    said = capsys.readouterr().err
    assert (
        said
        == "Error: There is no file /nowhere/dialer.toml. Name an existing one with --config.\n"
    )


def test_the_table_of_errors_names_errors_that_are_there() -> None:
    for place in EXPECTED_ERRORS:
        module, _, name = place.rpartition(".")
        __import__(module)
        assert issubclass(getattr(sys.modules[module], name), Exception), place


def test_expected_errors_and_bugs_are_told_apart() -> None:
    assert exit_status_of(UsageError("x")) == 2
    assert exit_status_of(SettingsError("x")) == 1
    assert exit_status_of(ServiceError("x")) == 1
    assert exit_status_of(KeyError("x")) is None


def test_ctrl_c_ends_with_one_line_and_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "main", interrupted)
    assert run(["status"]) == INTERRUPTED == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "main", broken)
    with pytest.raises(ZeroDivisionError):
        run(["status"])


def test_the_reference_in_docs_is_that_of_the_commands() -> None:
    written = (ROOT / "docs" / "reference-cli.md").read_text(encoding="utf-8")
    assert written == reference(), (
        "the commands changed; run: python -m dialer.cli.reference > docs/reference-cli.md"
    )
