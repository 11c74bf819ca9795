"""Asking the running dialer: in this process where it runs here, else through the database."""

from typing import Any

from fastapi import HTTPException, Request

from campaigns.store.store import Store
from dialer.desk.api.reach import Reach

ANSWER_SECONDS_MAX = 5.0
"""A running service answers in some milliseconds. A request is void after the same time, so that it
is never obeyed later."""
RETRY_SECONDS = 10


async def ask(request: Request, reach: Reach, kind: str, args: dict[str, Any]) -> dict[str, Any]:
    """Have the dialer do it; what it answered.

    Raises HTTPException: 409 when it refuses, 503 when no dialer runs.
    """
    floor = getattr(request.app.state, "floor", None)
    if floor is not None:
        ok, answer = await floor.ask(kind, args, by=reach.by)
    else:
        ok, answer = await _through_the_database(reach, kind, args)
    if not ok:
        raise HTTPException(409, str(answer.get("error", "The dialer refused without a reason.")))
    return dict(answer)


async def _through_the_database(
    reach: Reach, kind: str, args: dict[str, Any]
) -> tuple[bool, dict[str, Any]]:
    store: Store = reach.store
    request_id = await store.control.request(
        kind, args, by=reach.by, now=reach.now, patience_seconds=ANSWER_SECONDS_MAX
    )
    answer = await store.control.wait(request_id, ANSWER_SECONDS_MAX)
    if answer is None:
        raise HTTPException(
            503,
            "No dialer is running, so nothing was changed. Try again when one is.",
            headers={"Retry-After": str(RETRY_SECONDS)},
        )
    return answer.ok, answer.answer
