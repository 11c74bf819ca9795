"""Recordings, found by what a listener knows of them."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from campaigns.outcomes import Outcome
from campaigns.roles import Role
from campaigns.store.recording_search import RecordingSearch, next_after
from dialer.desk.desk_state import state_of
from dialer.desk.guards import Person, person_for
from dialer.desk.rendering import render

router = APIRouter(prefix="/quality", include_in_schema=False)

Looking = Annotated[Person, Depends(person_for(Role.QUALITY, Role.SUPERVISOR))]
PAGE = 50
_SPACERS = re.compile(r"[\s().\-/]")
DAYS = 30
"""How far back a search goes that says no day."""
_NAMES = (
    "campaign", "client", "agent", "team", "disposition", "outcome", "lead", "number", "call",
    "shortest", "longest", "since", "until", "reviewed", "worst", "after",
)  # fmt: skip


@router.get("/recordings")
async def recordings(request: Request, person: Looking) -> Response:
    """The search, and the page of it that was asked for."""
    asked = {
        name: value.strip()[:200]
        for name in _NAMES
        if (value := request.query_params.get(name, "").replace("\0", "")).strip()
    }
    desk = state_of(request)
    today = desk.now().astimezone(ZoneInfo(person.zone)).date()
    if not asked:
        asked["since"] = str(today - timedelta(days=DAYS))
    wanted, wrong = await _wanted(asked, ZoneInfo(person.zone))
    found = []
    if not wrong:
        found = await desk.store.quality.recordings.search(
            wanted, after=_place(asked.get("after")), most=PAGE
        )
    last = next_after(found, PAGE)
    more = None
    if last is not None:
        place = f"{last[0].isoformat()},{last[1]}"
        more = "?" + urlencode({**asked, "after": place})
    campaigns = await desk.store.campaigns.list()
    return render(
        request,
        person,
        "quality/search.html.j2",
        status_code=422 if wrong else 200,
        asked=asked,
        found=found,
        wrong=wrong,
        more=more,
        campaigns=sorted(each.name for each in campaigns),
        clients=sorted({each.client for each in campaigns}),
        teams=sorted(each.name for each in await desk.store.teams.list()),
        agents=sorted(each.name for each in await desk.store.agents.list()),
        dispositions=sorted({d.code for each in campaigns for d in each.spec.dispositions}),
        outcomes=[each.value for each in Outcome],
    )


async def _wanted(asked: Mapping[str, str], zone: ZoneInfo) -> tuple[RecordingSearch, list[str]]:
    """The search, and sentences about what in it cannot be read."""
    wrong: list[str] = []

    def number(name: str) -> float | None:
        try:
            return float(Decimal(asked[name])) if name in asked else None
        except InvalidOperation:
            wrong.append(f"'{asked[name]}' is no number of seconds or percent; write 90.")
            return None

    def day(name: str, *, after: int = 0) -> datetime | None:
        try:
            found = date.fromisoformat(asked[name]) if name in asked else None
        except ValueError:
            wrong.append(f"'{asked[name]}' is no day; write it as 2026-11-23.")
            return None
        if found is None:
            return None
        return datetime.combine(found + timedelta(days=after), time(), zone)

    called = asked.get("number")
    if called is not None:
        called = _SPACERS.sub("", called)
        if not re.fullmatch(r"\+[0-9]{7,15}", called, flags=re.ASCII):
            wrong.append(f"'{called}' is no number with its country code, such as +12025550123.")
    worst = number("worst")
    wanted = RecordingSearch(
        client=asked.get("client"),
        campaign=asked.get("campaign"),
        agent=asked.get("agent"),
        team=asked.get("team"),
        disposition=asked.get("disposition"),
        outcome=asked.get("outcome"),
        lead=asked.get("lead"),
        number=called,
        call_id=asked.get("call"),
        seconds_min=number("shortest"),
        seconds_max=number("longest"),
        since=day("since"),
        until=day("until", after=1),
        is_reviewed={"yes": True, "no": False}.get(asked.get("reviewed", "")),
        score_max=None if worst is None else Decimal(str(worst)) / 100,
    )
    return wanted, wrong


def _place(text: str | None) -> tuple[datetime, str] | None:
    if text is None:
        return None
    at, _, file_id = text.partition(",")
    try:
        return datetime.fromisoformat(at), file_id
    except ValueError as error:
        raise HTTPException(422, "The address of that page is broken; search again.") from error
