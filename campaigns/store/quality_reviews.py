"""Reviews: begun, saved as a draft, made final, answered by the agent, answered back.

A final review is not written over. The listener who wants to change it after a dispute says so;
what it was before is kept with that word. Whoever may see a review is decided here for what is
blind (calibrations), and by the pages for roles.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from campaigns.quality.scoring import BadAnswers, missing, score
from campaigns.store.database import audit, reading, transaction, utc
from campaigns.store.errors import StoreError
from campaigns.store.quality_rows import Mark, ReviewRow, SaidOfReview
from campaigns.store.recording_search import FoundRecording
from campaigns.store.scorecards import ScorecardRow, scorecard_version

TEXT_LENGTH_MAX = 4000
MARKS_MAX = 200
_EXACT = Decimal("0.000000000001")
"""The column's twelve digits: two scores of any two cards that differ do so by more."""

_SELECT = """
SELECT review.id, review.scorecard_id, scorecard.name AS scorecard, review.version,
       client.name AS client, CAST(review.call_id AS text) AS call_id, review.file_id,
       review.call_at, campaign.name AS campaign, review.agent_id, agent.name AS agent,
       team.name AS team, review.listener_id, listener.name AS listener, review.sample_id,
       review.calibration_id, review.state, review.answers, review.marks, review.remark,
       review.score_ratio, review.has_passed, review.fatal, review.reaction, review.final_at,
       review.seen_at
FROM quality_review AS review
JOIN scorecard ON scorecard.id = review.scorecard_id
JOIN client ON client.id = scorecard.client_id
JOIN campaign ON campaign.id = review.campaign_id
JOIN agent ON agent.id = review.agent_id
JOIN team ON team.id = agent.team_id
JOIN user_account AS listener ON listener.id = review.listener_id
"""
_START = """
INSERT INTO quality_review (scorecard_id, version, call_id, file_id, call_at, campaign_id, agent_id,
                            listener_id, sample_id, calibration_id, answers, marks, remark, fatal,
                            started_at, updated_at)
VALUES (:scorecard_id, :version, CAST(:call_id AS uuid), :file_id, :call_at, :campaign_id,
        :agent_id, :listener_id,
        (SELECT sample.id FROM quality_sample AS sample
         JOIN quality_draw ON quality_draw.id = sample.draw_id
         WHERE sample.call_id = CAST(:call_id AS uuid) AND sample.state = 'open'
           AND quality_draw.scorecard_id = :scorecard_id
           AND coalesce(sample.listener_id, :listener_id) = :listener_id),
        (SELECT id FROM quality_calibration WHERE call_id = CAST(:call_id AS uuid)
           AND scorecard_id = :scorecard_id AND :listener_id = ANY(listener_ids)),
        '{}', '[]', '', '{}', :now, :now)
ON CONFLICT (call_id, scorecard_id, listener_id) DO NOTHING
"""
_SAVE = """
UPDATE quality_review SET answers = CAST(:answers AS jsonb), marks = CAST(:marks AS jsonb),
    remark = :remark, score_ratio = :score_ratio, has_passed = :has_passed, fatal = :fatal,
    updated_at = :now, state = CASE WHEN :is_final THEN 'final' ELSE 'draft' END,
    final_at = CASE WHEN :is_final THEN :now ELSE final_at END,
    seen_at = CASE WHEN :is_final THEN NULL ELSE seen_at END
WHERE id = :id
"""
_OF_CALL = """
LEFT JOIN quality_calibration AS calibration ON calibration.id = review.calibration_id
WHERE review.call_id = CAST(:call_id AS uuid)
  AND (review.listener_id = :viewer
       OR (review.state = 'final' AND (calibration.id IS NULL OR calibration.closed_at IS NOT NULL)
           AND NOT EXISTS (SELECT 1 FROM quality_calibration AS blind
                           WHERE blind.call_id = review.call_id AND blind.closed_at IS NULL
                             AND :viewer = ANY(blind.listener_ids))))
ORDER BY review.id
"""


class QualityReviews:
    """The reviews."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def start(
        self, found: FoundRecording, card: ScorecardRow, *, listener_id: int, now: datetime
    ) -> ReviewRow:
        """The listener's review of this call by this scorecard, begun where there is none.

        A call that was drawn for the listener, or is to be calibrated by them, is reviewed as that.
        Raises StoreError for a call without an agent, of another client, or a forgotten person's.
        """
        if found.agent_id is None:
            raise StoreError("No agent spoke in this call, so there is nobody to score.")
        if found.client_id != card.client_id:
            raise StoreError(
                f"The scorecard '{card.card.name}' is {card.card.client}'s and the call was for "
                f"{found.client}. Choose one of theirs."
            )
        if found.is_forgotten:
            raise StoreError("The person in this call was forgotten; it cannot be reviewed.")
        values = {
            "scorecard_id": card.id, "version": card.version, "call_id": found.call_id,
            "file_id": found.file_id, "call_at": found.started_at,
            "campaign_id": found.campaign_id, "agent_id": found.agent_id,
            "listener_id": listener_id, "now": utc(now),
        }  # fmt: skip
        async with transaction(self._engine) as connection:
            await connection.execute(text(_START), values)
            row = (
                await connection.execute(
                    text(
                        _SELECT + "WHERE review.call_id = CAST(:call_id AS uuid)"
                        " AND review.scorecard_id = :scorecard_id"
                        " AND review.listener_id = :listener_id"
                    ),
                    values,
                )
            ).one()
        return _row(row)

    async def save(
        self,
        review_id: int,
        *,
        listener_id: int,
        answers: Mapping[str, str],
        marks: Sequence[Mark],
        remark: str,
        is_final: bool,
        by: str,
        now: datetime,
    ) -> ReviewRow:
        """Keep the listener's draft, or make it final, which the agent then sees.

        Raises StoreError: not the listener's, final already, an item without an answer in a final
        one, an answer that the scorecard does not take, or too much text.
        """
        _check_texts(marks, remark)
        async with transaction(self._engine) as connection:
            review = await _locked(connection, review_id)
            if review.listener_id != listener_id:
                raise StoreError("The review is another listener's; only they can change it.")
            if review.is_final:
                raise StoreError(
                    "The review is final. Answer the agent with 'change' to open it again."
                )
            card = (await scorecard_version(connection, review.scorecard_id, review.version)).card
            try:
                done = score(card, answers)
            except BadAnswers as error:
                raise StoreError(str(error)) from error
            if is_final and (open_items := missing(card, answers)):
                names = ", ".join(item.key for item in open_items)
                raise StoreError(f"These items have no answer yet: {names}. Answer them first.")
            await connection.execute(
                text(_SAVE),
                {
                    "id": review_id,
                    "answers": json.dumps(dict(answers)),
                    "marks": json.dumps([mark.document() for mark in marks]),
                    "remark": remark,
                    "score_ratio": None
                    if done.total is None
                    else (Decimal(done.total.numerator) / done.total.denominator).quantize(_EXACT),
                    "has_passed": done.has_passed,
                    "fatal": list(done.fatal),
                    "is_final": is_final,
                    "now": utc(now),
                },
            )
            if is_final:
                await _close(connection, review, by=by, now=utc(now))
            return await _locked(connection, review_id)

    async def say(
        self, review_id: int, *, user_id: int, is_agent: bool, kind: str, words: str, by: str,
        now: datetime,
    ) -> ReviewRow:  # fmt: skip
        """The agent comments, accepts or disputes; the listener comments, upholds or changes, which
        opens the review again. Raises StoreError for a word that is not theirs, or has none where
        one is needed."""
        allowed = ("comment", "accept", "dispute") if is_agent else ("comment", "uphold", "change")
        if kind not in allowed:
            raise StoreError(f"'{kind}' cannot be said here; it takes {', '.join(allowed)}.")
        if kind != "accept" and not words.strip():
            raise StoreError("Say why, in a sentence: the other side reads it.")
        if len(words) > TEXT_LENGTH_MAX:
            raise StoreError(f"That is longer than {TEXT_LENGTH_MAX:,} characters; shorten it.")
        async with transaction(self._engine) as connection:
            review = await _locked(connection, review_id)
            _require_turn(review, user_id=user_id, is_agent=is_agent, kind=kind)
            before = json.dumps(
                {
                    "answers": dict(review.answers),
                    "score_ratio": None if review.score_ratio is None else str(review.score_ratio),
                }
            )
            await connection.execute(
                text(
                    "INSERT INTO quality_answer (review_id, at, user_id, kind, text, before)"
                    " VALUES (:id, :now, :user_id, :kind, :words, CAST(:before AS jsonb))"
                ),
                {
                    "id": review_id, "now": utc(now), "user_id": user_id, "kind": kind,
                    "words": words.strip(), "before": before if kind == "change" else None,
                },
            )  # fmt: skip
            reaction = {"accept": "accepted", "dispute": "disputed", "uphold": "settled",
                        "change": "settled"}.get(kind)  # fmt: skip
            await connection.execute(
                text(
                    "UPDATE quality_review SET"
                    " reaction = coalesce(CAST(:reaction AS text), reaction),"
                    " state = CASE WHEN :is_change THEN 'draft' ELSE state END WHERE id = :id"
                ),
                {"id": review_id, "reaction": reaction, "is_change": kind == "change"},
            )
            if kind != "comment":
                await audit(
                    connection, at=utc(now), by=by, action=f"review: {kind}",
                    subject=f"review {review_id}",
                    details=json.dumps({"agent": review.agent, "listener": review.listener}),
                )  # fmt: skip
            return await _locked(connection, review_id)

    async def get(self, review_id: int) -> ReviewRow:
        """The review of that id. Raises StoreError."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(_SELECT + "WHERE review.id = :id"), {"id": review_id}
            )
            row = found.one_or_none()
        if row is None:
            raise StoreError(f"There is no review number {review_id}.")
        return _row(row)

    async def said(self, review_id: int) -> list[SaidOfReview]:
        """All that was said about it, the first first."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(
                    "SELECT answer.at, user_account.name AS user, answer.kind, answer.text,"
                    " answer.before, user_account.role = 'agent' AS is_agent"
                    " FROM quality_answer AS answer"
                    " JOIN user_account ON user_account.id = answer.user_id"
                    " WHERE review_id = :id ORDER BY answer.id"
                ),
                {"id": review_id},
            )
            return [SaidOfReview(**row._mapping) for row in found]

    async def of_call(self, call_id: str, *, viewer_id: int) -> list[ReviewRow]:
        """Reviews of a call that this listener may see: their own, and others' final ones, but none
        of a calibration that is still blind."""
        query = _SELECT + _OF_CALL
        return await self._list(query, {"call_id": call_id, "viewer": viewer_id})

    async def of_agent(self, agent_id: int, *, most: int = 100) -> list[ReviewRow]:
        """What an agent sees of their own: final ones, the newest first, no calibrations."""
        query = (
            _SELECT + "WHERE review.agent_id = :agent_id AND review.state = 'final'"
            " AND review.calibration_id IS NULL ORDER BY review.final_at DESC LIMIT :most"
        )
        return await self._list(query, {"agent_id": agent_id, "most": most})

    async def drafts(self, listener_id: int) -> list[ReviewRow]:
        """What a listener has begun."""
        query = (
            _SELECT + "WHERE review.listener_id = :id AND review.state = 'draft'"
            " ORDER BY review.updated_at"
        )
        return await self._list(query, {"id": listener_id})

    async def disputed(self, listener_id: int | None) -> list[ReviewRow]:
        """Reviews whose agent disagrees and waits for this listener's answer; None: anybody's."""
        query = (
            _SELECT + "WHERE review.reaction = 'disputed' AND review.state = 'final'"
            " AND coalesce(CAST(:id AS bigint), review.listener_id) = review.listener_id"
            " ORDER BY review.final_at"
        )
        return await self._list(query, {"id": listener_id})

    async def seen(self, review_id: int, *, now: datetime) -> None:
        """The agent has it before their eyes, for the first time or not."""
        async with transaction(self._engine) as connection:
            await connection.execute(
                text("UPDATE quality_review SET seen_at = coalesce(seen_at, :now) WHERE id = :id"),
                {"id": review_id, "now": utc(now)},
            )

    async def _list(self, query: str, values: Mapping[str, Any]) -> list[ReviewRow]:
        async with reading(self._engine) as connection:
            return [_row(row) for row in await connection.execute(text(query), dict(values))]


async def _locked(connection: AsyncConnection, review_id: int) -> ReviewRow:
    found = await connection.execute(
        text(_SELECT + "WHERE review.id = :id FOR UPDATE OF review"), {"id": review_id}
    )
    row = found.one_or_none()
    if row is None:
        raise StoreError(f"There is no review number {review_id}.")
    return _row(row)


async def _close(connection: AsyncConnection, review: ReviewRow, *, by: str, now: datetime) -> None:
    """What a final review finishes: its draw, its calibration; and the audit log's line."""
    await connection.execute(
        text(
            "UPDATE quality_sample SET state = 'reviewed', settled_by = :by, settled_at = :now,"
            " listener_id = :listener_id WHERE id = :id AND state = 'open'"
        ),
        {"id": review.sample_id, "by": by, "now": now, "listener_id": review.listener_id},
    )
    await connection.execute(
        text(
            "UPDATE quality_calibration SET closed_at = :now WHERE id = :id AND closed_at IS NULL"
            " AND cardinality(listener_ids) = (SELECT count(*) FROM quality_review"
            "  WHERE calibration_id = :id AND state = 'final')"
        ),
        {"id": review.calibration_id, "now": now},
    )
    await audit(
        connection, at=now, by=by, action="review final", subject=f"review {review.id}",
        details=json.dumps(
            {"agent": review.agent, "call": review.call_id, "scorecard": review.scorecard,
             "version": review.version}
        ),
    )  # fmt: skip


def _require_turn(review: ReviewRow, *, user_id: int, is_agent: bool, kind: str) -> None:
    if not review.is_final:
        raise StoreError("The review is open and is being changed; wait until it is final again.")
    if is_agent and review.calibration_id is not None:
        raise StoreError(f"There is no review number {review.id}.")
    if not is_agent and review.listener_id != user_id:
        raise StoreError("The review is another listener's; only they can answer.")
    if kind == "dispute" and review.reaction == "settled":
        raise StoreError(
            "The listener has answered your dispute. Say what is left to say as a comment, or "
            "speak with your supervisor."
        )
    if kind in ("uphold", "change") and review.reaction == "accepted":
        raise StoreError("The agent has accepted the review; there is nothing to settle.")


def _check_texts(marks: Sequence[Mark], remark: str) -> None:
    if len(marks) > MARKS_MAX:
        raise StoreError(f"There are {len(marks)} comments; at most {MARKS_MAX} are kept.")
    if max((len(each) for each in (remark, *(mark.text for mark in marks))), default=0) > (
        TEXT_LENGTH_MAX
    ):
        raise StoreError(f"A comment has more than {TEXT_LENGTH_MAX:,} characters; shorten it.")


def _row(row: Row[Any]) -> ReviewRow:
    values = dict(row._mapping)
    return ReviewRow(
        **{key: value for key, value in values.items() if key not in ("state", "marks", "fatal")},
        is_final=values["state"] == "final",
        marks=tuple(Mark(**each) for each in values["marks"]),
        fatal=tuple(values["fatal"]),
    )
