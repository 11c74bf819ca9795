"""Requests of people to the running service, and its answers, through the database.

A request is a row and a NOTIFY; the answer is written into the row, with a NOTIFY back. A request
outlives its notification, so a service that was restarting finds it. It does not outlive the
patience of the person who asked: a "start" of last night must not start a campaign this morning.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection as DriverConnection
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.store.database import (
    connect_arguments,
    driver_conninfo,
    lost_connections,
    transaction,
    utc,
)
from campaigns.store.rows import ControlAnswer, ControlRequest, JsonObject

REQUESTS_CHANNEL = "dialer_control"
ANSWERS_CHANNEL = "dialer_answer"
PATIENCE_SECONDS = 30.0
"""How long a request waits for a service, by the database's clock."""
NOT_RUNNING = "The service was not running. Start it with `dialer run`, then ask again."
_POLL_SECONDS = 5.0
"""A notification can be lost with its connection; the table is looked at this often in any case."""
_BATCH = 100
"""Requests read at once; people do not send more, and the rest comes with the next look."""


class Control:
    """The requests."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def request(
        self,
        kind: str,
        args: JsonObject,
        *,
        by: str,
        now: datetime,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> int:
        """Ask the running service for something; the id to `wait` for. `args` is plain JSON."""
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text(
                    "INSERT INTO control_request (kind, args, requested_by, "
                    "requested_at, expires_at)"
                    " VALUES (:kind, CAST(:args AS jsonb), :by, :now,"
                    "   clock_timestamp() + make_interval(secs => :patience)) RETURNING id"
                ),
                {
                    "kind": kind,
                    "args": json.dumps(args, allow_nan=False),
                    "by": by,
                    "now": utc(now),
                    "patience": float(patience_seconds),
                },
            )
            request_id = int(found.scalar_one())
            await _notify(connection, REQUESTS_CHANNEL, request_id)
        return request_id

    async def wait(self, request_id: int, timeout_seconds: float) -> ControlAnswer | None:
        """The answer, as soon as it is there; None when none came in `timeout_seconds`."""
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self._wait(request_id)
        except TimeoutError:
            return None

    async def _wait(self, request_id: int) -> ControlAnswer:
        with lost_connections():
            async with await self._listening(ANSWERS_CHANNEL) as connection:
                while True:
                    answer = await self._answer_of(connection, request_id)
                    if answer is not None:
                        return answer
                    await _next_notice(connection)

    async def answer(
        self, request_id: int, *, ok: bool, answer: JsonObject | str, now: datetime
    ) -> bool:
        """Answer a request; `answer` is plain JSON, or a sentence when refusing.

        False when it was answered before: the first answer stands.
        """
        body = answer if isinstance(answer, dict) else {"text" if ok else "error": answer}
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text(
                    "UPDATE control_request SET answered_at = :now, ok = :ok,"
                    " answer = CAST(:answer AS jsonb) WHERE id = :id AND answered_at IS NULL"
                ),
                {
                    "id": request_id,
                    "ok": ok,
                    "answer": json.dumps(body, allow_nan=False),
                    "now": utc(now),
                },
            )
            await _notify(connection, ANSWERS_CHANNEL, request_id)
            return found.rowcount == 1

    async def listen(self) -> AsyncGenerator[ControlRequest, None]:
        """Requests as they come, beginning with those left over; never ends by itself.

        A request is given once by one `listen`, and again by a later one while it is unanswered.
        Requests whose patience ran out before anybody listened are answered "the service was not
        running". Raises `DatabaseUnavailable` when the connection is lost; listen again then.
        """
        given: set[int] = set()
        with lost_connections():
            async with await self._listening(REQUESTS_CHANNEL) as connection:
                while True:
                    requests = await self._open_requests(connection, given)
                    given &= {request.id for request in requests}
                    for request in requests:
                        if request.id not in given:
                            given.add(request.id)
                            yield request
                    await _next_notice(connection)

    async def _listening(self, channel: str) -> DriverConnection[tuple[Any, ...]]:
        # Outside the pool: it listens for as long as the service lives.
        url = self._engine.url.render_as_string(hide_password=False)
        connection = await DriverConnection.connect(
            driver_conninfo(url), autocommit=True, **connect_arguments(make_url(url))
        )
        try:
            await connection.execute(f"LISTEN {channel}".encode())
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _answer_of(
        self, connection: DriverConnection[tuple[Any, ...]], request_id: int
    ) -> ControlAnswer | None:
        found = await connection.execute(
            "SELECT ok, answer FROM control_request WHERE id = %s AND answered_at IS NOT NULL",
            (request_id,),
        )
        row = await found.fetchone()
        return None if row is None else ControlAnswer(ok=row[0], answer=row[1])

    async def _open_requests(
        self, connection: DriverConnection[tuple[Any, ...]], in_hand: set[int]
    ) -> list[ControlRequest]:
        expired = await connection.execute(
            "UPDATE control_request SET answered_at = clock_timestamp(), ok = false, answer = %s"
            " WHERE answered_at IS NULL AND expires_at <= clock_timestamp()"
            # What was given to the service and not answered yet is being worked on.
            " AND id <> ALL(CAST(%s AS bigint[])) RETURNING id",
            (json.dumps({"error": NOT_RUNNING}), sorted(in_hand)),
        )
        for (request_id,) in await expired.fetchall():
            await connection.execute("SELECT pg_notify(%s, %s)", (ANSWERS_CHANNEL, str(request_id)))
        found = await connection.execute(
            "SELECT id, kind, args, requested_by FROM control_request WHERE answered_at IS NULL"
            " ORDER BY id LIMIT %s",
            (_BATCH,),
        )
        return [
            ControlRequest(id=row[0], kind=row[1], args=row[2], by=row[3])
            for row in await found.fetchall()
        ]


async def _notify(connection: AsyncConnection, channel: str, request_id: int) -> None:
    await connection.execute(
        text("SELECT pg_notify(:channel, :payload)"),
        {"channel": channel, "payload": str(request_id)},
    )


async def _next_notice(connection: DriverConnection[tuple[Any, ...]]) -> None:
    """Return when anything was notified, or after `_POLL_SECONDS`."""
    async for _ in connection.notifies(timeout=_POLL_SECONDS, stop_after=1):
        pass
