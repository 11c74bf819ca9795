"""`dialer users` against a real database."""

import io
import sys
from pathlib import Path

import pytest

from campaigns.roles import Role
from campaigns.store.store import Store
from tests.support.cli import CommandLine, write_config
from tests.support.stored import NOW


@pytest.fixture
def dialer(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(write_config(tmp_path, url=database_url), capsys)


def test_an_account_is_made_listed_disabled_and_given_another_password(
    dialer: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery\n"))
    made = dialer("users", "add", "boss", "--role", "administrator", "--password-stdin")
    assert made.status == 0 and "is made" in made.err and "correct" not in made.out + made.err
    generated = dialer("users", "password", "boss", "--generate")
    assert generated.status == 0 and len(generated.out.strip()) == 19
    assert dialer("users", "disable", "BOSS").out == (
        "The account 'BOSS' is disabled, and its sessions are over.\n"
    )
    (listed,) = dialer("users", "list", "--json").json()
    assert (listed["name"], listed["role"], listed["is_provisional"]) == (
        "boss", "administrator", True,
    )  # fmt: skip
    assert listed["disabled_at"] is not None
    assert "open again" in dialer("users", "enable", "boss").out
    assert "first password" in dialer("users", "list").out


def test_mistakes_are_answered_with_what_to_do(
    dialer: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    short = dialer("users", "add", "boss", "--role", "quality", "--password-stdin")
    assert short.status == 1 and "has 5 characters; 10 are the least" in short.err
    nobody = dialer("users", "add", "boss", "--role", "quality")
    assert nobody.status == 2 and "--password-stdin, or --generate" in nobody.err
    agent = dialer("users", "add", "aysel", "--role", "agent", "--generate")
    assert agent.status == 1 and "needs its agent: --agent NAME" in agent.err
    assert "See `dialer users list`" in dialer("users", "disable", "boss").err


async def test_a_disabled_account_lets_nobody_in(store: Store) -> None:
    user = await store.users.add("boss", Role.QUALITY, "correct horse", by="t", now=NOW)
    assert await store.users.check("boss", "correct horse") == user
    assert await store.users.disable("boss", by="t", now=NOW)
    assert not await store.users.disable("boss", by="t", now=NOW)
    assert await store.users.check("boss", "correct horse") is None
