"""The web server on a real socket, inside a running event loop."""

import socket
from pathlib import Path

import httpx
import pytest

from campaigns.store.store import Store
from dialer.desk.app import build_app
from dialer.desk.server import web_server
from dialer.errors import SettingsError
from tests.support.cli import CommandLine, write_config
from tests.support.stored import NOW


async def test_it_serves_while_the_block_runs_and_leaves_nothing_behind(store: Store) -> None:
    async with web_server(build_app(store, lambda: NOW), host="127.0.0.1", port=0) as (host, port):
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}") as client:
            said = await client.get("/api/v1/openapi.json")
        assert said.status_code == 200
        assert "server" not in said.headers
    with pytest.raises(ConnectionRefusedError), socket.create_connection((host, port)):
        pass


async def test_a_port_in_use_is_said_with_what_to_do(store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"port {port}.*Set web\.port"):
            async with web_server(build_app(store, lambda: NOW), host="127.0.0.1", port=port):
                pass


async def test_an_error_inside_the_block_comes_out_as_it_is(store: Store) -> None:
    with pytest.raises(SettingsError, match="somebody's mistake"):
        async with web_server(build_app(store, lambda: NOW), host="127.0.0.1", port=0):
            raise SettingsError("somebody's mistake")


def test_tokens_are_made_listed_and_revoked_at_the_command_line(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dialer = CommandLine(write_config(tmp_path, url=database_url), capsys)
    made = dialer("tokens", "add", "crm", "--scope", "do-not-call:write", "--expires", "2126-01-01")
    assert made.status == 0, made.err
    secret = made.out.strip()
    assert secret.startswith("dialer_") and len(secret) > 40
    (listed,) = dialer("tokens", "list", "--json").json()
    assert (listed["name"], listed["is_valid"]) == ("crm", True)
    assert secret not in dialer("tokens", "list").out
    assert dialer("tokens", "revoke", "crm").status == 0
    assert "revoked" in dialer("tokens", "list").out
    assert dialer("tokens", "revoke", "crn").status != 0
