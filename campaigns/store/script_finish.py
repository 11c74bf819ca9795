"""The end of a script: checked against the answers, counted towards quotas."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.scripts.expressions import Facts, evaluate
from campaigns.scripts.quotas import cells_of
from campaigns.scripts.script import End, Result
from campaigns.scripts.walking import JUMP, Stand, Walk
from campaigns.store.errors import StoreError
from campaigns.store.lead_writes import as_json
from campaigns.store.quota_cells import count_cells
from campaigns.store.script_answers import lock_call
from campaigns.store.script_rows import Finished, Sheet
from campaigns.store.script_sheets import read_sheet


async def finish(
    connection: AsyncConnection, call_id: str, end_id: str, *, trail: Sequence[str], now: datetime
) -> Finished:
    """See `Scripts.finish`."""
    row = await lock_call(connection, call_id)
    sheet = await read_sheet(connection, call_id)
    assert sheet is not None, "a locked call has a sheet"
    end = sheet.version.script.place(end_id)
    if not isinstance(end, End):
        known = ", ".join(each.id for each in sheet.version.script.ends)
        raise StoreError(
            f"Script '{sheet.version.name}', version {sheet.version.number}, has no end '{end_id}';"
            f" it has {known}."
        )
    stand = _stand(sheet, trail, end_id)
    kept = _on_the_way(sheet, stand)
    facts = Facts(words=sheet.words, fields=sheet.fields, answers={**sheet.earlier, **kept})
    cells = cells_of(sheet.version.script, facts) if end.result is Result.COMPLETE else ()
    await _set_aside(connection, call_id, [key for key in sheet.answers if key not in kept], now)
    await count_cells(connection, row.campaign_id, before=row.cells, after=cells)
    await connection.execute(
        text(
            "UPDATE script_call SET end_place = :end, result = :result, cells = :cells,"
            " trail = CAST(:trail AS jsonb),"
            " ended_at = CASE WHEN end_place = :end THEN ended_at ELSE :now END"
            " WHERE call_id = CAST(:call_id AS uuid)"
        ),
        {
            "call_id": call_id,
            "end": end_id,
            "result": end.result.value,
            "cells": list(cells),
            "trail": as_json(list(stand.trail)),
            "now": now,
        },
    )
    return Finished(
        end=end_id, result=end.result.value, disposition=end.disposition, cells=tuple(cells)
    )


def _stand(sheet: Sheet, trail: Sequence[str], end_id: str) -> Stand:
    """Where the trail leads, which must be the end that is said.

    A cell may have filled since the browser was told of the full ones, so it may have gone on
    without it: both ways are tried.
    """
    walk = Walk(sheet.version.script)
    call = sheet.call
    stand = walk.stand(call, trail)
    for each in (call, replace(call, full=frozenset())):
        stand = walk.stand(each, trail)
        if stand.place == end_id:
            return stand
    missing = [each.question.id for each in stand.asked if each.problem is not None]
    waits = f" It waits for {', '.join(missing)}." if missing else ""
    raise StoreError(
        f"The answers of call {sheet.call_id} do not lead to the end '{end_id}' but to "
        f"'{stand.place}'.{waits} Load the script again."
    )


def _on_the_way(sheet: Sheet, stand: Stand) -> dict[str, object]:
    """The answers of this call to questions that the way to the end passed."""
    script = sheet.version.script
    passed = {each.partition(JUMP)[0] for each in stand.trail}
    facts = Facts(
        words=sheet.words, fields=sheet.fields, answers={**sheet.earlier, **sheet.answers}
    )
    shown = {
        question.id
        for step in script.steps
        if step.id in passed
        for question in step.questions
        if question.when is None or evaluate(question.when, facts)
    }
    return {key: value for key, value in sheet.answers.items() if key in shown}


async def _set_aside(
    connection: AsyncConnection, call_id: str, questions: Sequence[str], now: datetime
) -> None:
    if questions:
        await connection.execute(
            text(
                "UPDATE script_answer SET replaced_at = :now"
                " WHERE call_id = CAST(:call_id AS uuid) AND replaced_at IS NULL"
                " AND question = ANY(CAST(:questions AS text[]))"
            ),
            {"call_id": call_id, "questions": list(questions), "now": now},
        )
