"""Every door by which text of somebody else's comes in, and a way to push it through each."""

import asyncio
import csv
import itertools
import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import openpyxl
from openpyxl.utils.exceptions import IllegalCharacterError

from campaigns.campaign_file import CampaignFileError, campaign_document, parse_campaign
from campaigns.campaign_spec import CampaignSpec
from campaigns.lead_import.errors import BadFile
from campaigns.lead_import.run import import_leads
from campaigns.store.errors import StoreError
from campaigns.store.rows import CampaignRow, ControlRequest
from campaigns.store.store import Store
from dialer.cli.main import run as run_command
from dialer.errors import SettingsError
from dialer.service import Service
from dialer.settings import load_settings
from freeswitch.fake.server import FakeSwitch

COLUMNS = ("phone", "name", "external id", "priority", "comment")
WORDS = (
    "agent", "at", "call", "callback", "callback_at", "callback_for", "campaign", "disposition",
    "keys", "lead", "mode", "note", "number", "on", "phone", "purpose", "reason", "reset", "team",
    "to_agent", "to_team", "when_closed", "zone", "ratio", "wall",
)  # fmt: skip
"""Every word of every request."""
ALLOWED: dict[str, Any] = {
    "agent": "anna", "campaign": "spring", "team": "sales", "mode": "listen", "on": True,
    "phone": "2001", "purpose": "three_way", "number": "+12025550177", "disposition": "other",
    "lead": 1, "callback": 1, "keys": "1",
}  # fmt: skip
"""Words that lead a request to where the hostile one is looked at."""


def on_a_wire(batch: Sequence[str]) -> list[str]:
    """The texts that UTF-8 can carry."""
    return [text for text in batch if not any("\ud800" <= one <= "\udfff" for one in text)]


def storable(batch: Sequence[str]) -> list[str]:
    """Those that JSON in a database can hold, too: requests come through it."""
    return [text for text in on_a_wire(batch) if "\0" not in text]


def settings_taken(batch: Sequence[str], keys: Sequence[str]) -> dict[str, str]:
    """For each key the first of the texts that the settings take there."""
    taken: dict[str, str] = {}
    for key, text in itertools.product(keys, batch):
        if key in taken:
            continue
        try:
            load_settings(environ={}, overrides={key: text})
        except SettingsError:
            continue
        taken[key] = text
    return taken


# ---- files ---------------------------------------------------------------------------------------
async def lead_files(
    store: Store, campaign: CampaignRow, folder: Path, batch: Sequence[str], now: datetime
) -> None:
    """Lists as CSV and XLSX: the texts in every column and as a column's name, beside good numbers
    and in place of them."""
    numbers = (f"+1202555{index:04d}" for index in itertools.count(2000))
    rows = [list(COLUMNS)]
    for text in batch:
        rows.append([next(numbers), *[text] * (len(COLUMNS) - 1)])
        rows.append([text, *[text] * (len(COLUMNS) - 1)])
        rows.append([f"+12025550123{text}", "Ada", "", "1", ""])
    plain = folder / f"{uuid.uuid4()}.csv"
    with plain.open("w", newline="", encoding="utf-8", errors="replace") as file:
        csv.writer(file).writerows(rows)
    headed = folder / f"{uuid.uuid4()}.csv"
    with headed.open("w", newline="", encoding="utf-8", errors="replace") as file:
        csv.writer(file).writerows(
            [["phone", *batch[:5]], [next(numbers), *batch[:5]], ["+12025550124", *batch[:5]]]
        )
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        try:
            sheet.append(row)
        except IllegalCharacterError:
            # A workbook cannot hold it.
            continue
    workbook = folder / f"{uuid.uuid4()}.xlsx"
    book.save(workbook)
    for index, path in enumerate((plain, headed, workbook)):
        name = storable(batch)[index % len(batch) :][:1] or ["list"]
        try:
            await import_leads(store, campaign, path, now=now, list_name=name[0] or "list")
        except (BadFile, StoreError):
            continue


def campaign_files(spec: CampaignSpec, batch: Iterable[str]) -> list[CampaignSpec]:
    """What becomes of the spec's file with each text in each place: the specs that are taken."""
    taken = []
    for text in batch:
        for path in _places(campaign_document(spec)):
            document = campaign_document(spec)
            _put(document, path, text)
            try:
                taken.append(parse_campaign(document, source="hostile.toml"))
            except CampaignFileError:
                continue
    return taken


def _places(document: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where a text stands."""
    if isinstance(document, dict):
        return [place for key in document for place in _places(document[key], (*path, key))]
    if isinstance(document, list | tuple):
        return [
            place for index, one in enumerate(document) for place in _places(one, (*path, index))
        ]
    return [path] if isinstance(document, str) else []


def _put(document: Any, path: tuple[str | int, ...], text: str) -> None:
    for step in path[:-1]:
        document = document[step]
    document[path[-1]] = text


# ---- people --------------------------------------------------------------------------------------
async def requests(service: Service, batch: Sequence[str], *, skipped: Sequence[str]) -> int:
    """Every kind of request with a text in each of its words, the others as they should be, and in
    all of them at once; how many were granted."""
    control = service.parts.control
    granted = 0
    # A word that a kind does not read changes nothing: one text is enough to see that.
    turns = itertools.cycle(batch)
    for kind in (*control.kinds, batch[0]):
        if kind in skipped:
            continue
        given = [dict.fromkeys(WORDS, next(turns))]
        given += [ALLOWED | {word: next(turns)} for word in WORDS]
        # JSON has other kinds of values, too.
        given += [dict.fromkeys(WORDS, strange) for strange in (10**30, -1, [], {"a": 1}, None)]
        given += [ALLOWED | {word: 10**30, "call": [word]} for word in ("lead", "callback")]
        for args in given:
            request = ControlRequest(id=1, kind=kind, args=args, by=next(turns))
            ok, _ = await control.handle(request)
            granted += ok
    return granted


def command_lines(config: Path, batch: Sequence[str]) -> None:
    """The same at the command line; an argument of a program holds no NUL."""
    for text in batch:
        for words in (
            ("agents", "add", text, "--team", text, "--extension", text),
            ("agents", "add", f"x{text}", "--team", "sales", "--extension", text),
            ("agents", "pause", "anna", "--reason", text),
            ("calls", "keys", "anna", text),
            ("calls", "listen", "anna", "--phone", text),
            ("calls", "transfer", "anna", "--number", text),
            ("dnc", "add", text, "--reason", text),
        ):
            run_command(["--config", str(config), *words])


# ---- the network ---------------------------------------------------------------------------------
async def web(url: str, token: str, switch_password: str, batch: Sequence[str]) -> None:
    """The HTTP interface and the switch's directory: bodies, forms, paths, and who asks."""
    async with httpx.AsyncClient(base_url=url, timeout=10.0) as client:
        bearer = {"Authorization": f"Bearer {token}"}
        for text in batch:
            body = {"number": text, "region": text, "reason": text}
            good = {"number": "+12025550166", "reason": text}
            form = dict.fromkeys(
                ("section", "user", "domain", "key", "action", "sip_auth_username"), text
            )
            asked = form | {"section": "directory", "domain": "127.0.0.1", "action": "sip_auth"}
            said = [
                # Escaped in ASCII, a lone surrogate gets through.
                await client.post("/api/v1/do-not-call", content=json.dumps(one), headers=bearer)
                for one in (body, good)
            ]
            if text in batch[:PROGRAMS]:
                said += await programs(client, bearer, text)
            if on_a_wire([text]):
                known = ("switch", switch_password)
                said += [
                    await client.post("/api/v1/do-not-call", content=text.encode(), headers=bearer),
                    await client.post("/switch/directory", data=form, auth=("switch", text)),
                    await client.post("/switch/directory", data=asked, auth=known),
                ]
            assert all(one.status_code < 500 for one in said), (text, said)


PROGRAMS = 4
"""Texts a batch sends by programs to a running service: more would meet its rate limit."""


async def programs(
    client: httpx.AsyncClient, bearer: dict[str, str], text: str
) -> list[httpx.Response]:
    """The text in every word of what programs send, beside good ones and in place of them."""
    lead = {"numbers": ["+12025550167"], "external_id": text, "name": text, "fields": {text: text}}
    bodies: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/campaigns/spring/leads", {"list": text, "leads": [lead]}),
        ("POST", "/campaigns/spring/leads", {"list": "x", "leads": [{"numbers": [text]}]}),
        ("PATCH", "/leads/1", {"name": text, "fields": {"city": text, text: None}}),
        ("POST", "/callbacks", {"lead_id": 1, "at": text, "zone": text, "note": text}),
        ("POST", "/callbacks", {"lead_id": 1, "at": "2026-03-03 15:00", "note": text}),
        ("POST", "/agents/anna/pause", {"reason": text}),
        ("POST", "/webhooks", {"url": text, "events": [text]}),
        ("PATCH", "/teams/sales/pacing", {"mode": text}),
    ]
    said = [
        await client.request(method, f"/api/v1{path}", content=json.dumps(body), headers=bearer)
        for method, path, body in bodies
    ]
    if on_a_wire([text]):
        where = quote(text, safe="")
        paths = ("/campaigns/", "/agents/", "/leads/", "/calls/", "/recordings/", "/leads?number=")
        said += [await client.get(f"/api/v1{path}{where}", headers=bearer) for path in paths]
        said.append(
            await client.post(
                "/api/v1/campaigns/spring/uploads",
                files={"file": (f"{text[:100]}.csv", f"phone,{text}\n{text},{text}\n".encode())},
                data={"list": text[:100]},
                headers=bearer,
            )
        )
    return said


def calls_from_outside(switch: FakeSwitch, called: str, batch: Iterable[str]) -> None:
    """Calls whose SIP headers say it: who calls, whom they call, and anything else."""
    for text in batch:
        for caller, to in ((text, called), ("+12025550123", text), (f"+12025550123{text}", called)):
            channel = switch.call_in(caller, to)
            if channel is not None:
                switch.core.channels[channel].variables |= {
                    "sip_h_X-Name": text,
                    "sip_contact_user": text,
                    "opt_out": text,
                    "dialer_state": text,
                }


def events(switch: FakeSwitch, dialer_id: str, channels: Sequence[str], batch: list[str]) -> None:
    """Events whose headers say it, of channels we know and of others."""
    emit: Callable[..., None] = switch.core.emit
    for text in batch:
        anybody = {
            "Answer-State": "answered",
            "Caller-Caller-ID-Number": text,
            "Caller-Caller-ID-Name": text,
            "Caller-Destination-Number": text,
            "variable_dialer_agent": text,
            "variable_dialer_call": text,
            "variable_dialer_question": text,
            "variable_dialer_state": text,
            "variable_opt_out": text,
        }
        for channel in (text, str(uuid.uuid4())):
            emit("CHANNEL_PARK", {"Unique-ID": channel, "variable_dialer_inbound": "true"}, anybody)
            emit("CHANNEL_PARK", {"Unique-ID": channel, "variable_dialer_id": dialer_id}, anybody)
            emit("CHANNEL_HANGUP_COMPLETE", {"Unique-ID": channel, "Hangup-Cause": text})
        for channel in channels:
            emit("DTMF", {"Unique-ID": channel, "DTMF-Digit": text, "DTMF-Duration": text})
            emit("CHANNEL_ANSWER", {"Unique-ID": channel, "Other-Leg-Unique-ID": text}, anybody)
        emit("BACKGROUND_JOB", {"Job-UUID": text, "Job-Command": text}, body=f"-ERR {text}\n")
        emit("HEARTBEAT", {"Session-Count": text, "Idle-CPU": text, "Max-Sessions": text})
        emit("CUSTOM", {"Gateway": text, "State": "DOWN"}, subclass="sofia::gateway_state")
        emit("CUSTOM", {"Unique-ID": text, "Frequency": text}, subclass="avmd::beep")


async def at_the_command_line(config: Path, batch: Sequence[str]) -> None:
    """`command_lines`, beside the service that answers them."""
    await asyncio.to_thread(command_lines, config, batch)
