"""What a supervisor's board shows beside the live floor: the list left, promises due, today's
figures. Asked every few seconds while campaigns are dialled, so nothing is locked, each statement
goes by an index that is there, and what has to read a whole list is asked apart (`lists`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.database import reading, utc

SOON = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLeft:
    """A campaign's leads by what is left to do with them."""

    total: int = 0
    due: int = 0
    """May be called as far as their own time goes; hours and lists are the gate's to judge."""
    waiting: int = 0
    """Wait for their next try, or for the hour that somebody named."""
    in_hand: int = 0
    """Leased or being called."""
    done: int = 0
    """Finished, or without a number that could be called."""

    @property
    def left(self) -> int:
        """Not finished."""
        return self.due + self.waiting + self.in_hand


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbacksDue:
    """Promises that are not settled."""

    overdue: int = 0
    """Their time and their tolerance are over."""
    next_hour: int = 0
    today: int = 0
    """From now until the end of the day, those of the next hour among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """A campaign's attempts since the day began."""

    attempts: int = 0
    live_answers: int = 0
    contacts: int = 0
    abandoned: int = 0
    finished: int = 0
    """Leads whose last attempt finished them."""


_LISTS = """
SELECT campaign_id,
       count(*) AS total,
       count(*) FILTER (WHERE state = 'callable' AND next_call_at <= :now) AS due,
       count(*) FILTER (WHERE state = 'callable' AND next_call_at > :now) AS waiting,
       count(*) FILTER (WHERE state IN ('leased', 'dialling')) AS in_hand
FROM lead WHERE campaign_id = ANY(CAST(:campaigns AS bigint[])) GROUP BY campaign_id
"""
_CALLBACKS = """
SELECT campaign_id,
       count(*) FILTER (WHERE due_at + make_interval(secs => tolerance_seconds) < :now) AS overdue,
       count(*) FILTER (WHERE due_at BETWEEN :now AND :soon) AS next_hour,
       count(*) FILTER (WHERE due_at >= :now) AS today
FROM callback
WHERE state IN ('open', 'due') AND due_at < :until
  AND campaign_id = ANY(CAST(:campaigns AS bigint[]))
GROUP BY campaign_id
"""
_TODAY = """
SELECT one.campaign_id, counted.*
FROM unnest(CAST(:campaigns AS bigint[])) AS one(campaign_id) CROSS JOIN LATERAL (
    SELECT count(*) AS attempts,
           count(*) FILTER (WHERE is_live) AS live_answers,
           count(*) FILTER (WHERE is_live AND bridged_at IS NOT NULL) AS contacts,
           count(*) FILTER (WHERE is_abandoned) AS abandoned
    FROM attempt WHERE campaign_id = one.campaign_id AND written_at >= :since
) AS counted
"""
_FINISHED = """
SELECT attempt.campaign_id, count(*) AS finished
FROM attempt JOIN lead ON lead.id = attempt.lead_id AND lead.last_call_id = attempt.id
WHERE attempt.campaign_id = ANY(CAST(:campaigns AS bigint[])) AND attempt.written_at >= :since
  AND lead.state IN ('done', 'invalid')
GROUP BY attempt.campaign_id
"""
_WORK = """
SELECT team_id,
       sum(extract(epoch FROM coalesce(ended_at, :now) - greatest(began_at, :since))) AS seconds
FROM agent_activity
WHERE team_id = ANY(CAST(:teams AS bigint[]))
  AND state IN ('ready', 'reserved', 'talking', 'wrap_up')
  AND began_at >= :earliest AND coalesce(ended_at, :now) > :since
GROUP BY team_id
"""
LONGEST_SPELL = timedelta(hours=2)
"""A stretch of work that began longer before the day is left out: nobody talks for so long, and the
index is entered by the beginning."""


class BoardFigures:
    """The queries. Nothing is locked or changed; a campaign without rows is left out."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def lists(self, campaign_ids: Sequence[int], *, now: datetime) -> dict[int, ListLeft]:
        """The leads of each campaign. Reads them all: ten million take seconds, so whoever asks
        again does so by what the last answer cost."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                text(_LISTS), {"campaigns": list(campaign_ids), "now": utc(now)}
            )
            return {
                row.campaign_id: ListLeft(
                    total=row.total,
                    due=row.due,
                    waiting=row.waiting,
                    in_hand=row.in_hand,
                    done=row.total - row.due - row.waiting - row.in_hand,
                )
                for row in found
            }

    async def callbacks(
        self, campaign_ids: Sequence[int], *, now: datetime, until: datetime
    ) -> dict[int, CallbacksDue]:
        """Promises that are overdue, or due before `until`, the end of the day."""
        values = {
            "campaigns": list(campaign_ids),
            "now": utc(now),
            "soon": utc(now) + SOON,
            # The next hour may reach into tomorrow.
            "until": max(utc(until), utc(now) + SOON),
        }
        async with reading(self._engine) as connection:
            found = await connection.execute(text(_CALLBACKS), values)
            return {
                row.campaign_id: CallbacksDue(
                    overdue=row.overdue, next_hour=row.next_hour, today=row.today
                )
                for row in found
            }

    async def today(self, campaign_ids: Sequence[int], *, since: datetime) -> dict[int, Today]:
        """Attempts written since an instant, and the leads that they finished."""
        values = {"campaigns": list(campaign_ids), "since": utc(since)}
        async with reading(self._engine) as connection:
            counted = (await connection.execute(text(_TODAY), values)).all()
            found = await connection.execute(text(_FINISHED), values)
            finished = {row.campaign_id: int(row.finished) for row in found}
        return {
            row.campaign_id: Today(
                attempts=row.attempts,
                live_answers=row.live_answers,
                contacts=row.contacts,
                abandoned=row.abandoned,
                finished=finished.get(row.campaign_id, 0),
            )
            for row in counted
        }

    async def work_seconds(
        self, team_ids: Sequence[int], *, since: datetime, now: datetime
    ) -> Mapping[int, float]:
        """Agents' time at work since an instant by team: ready, on calls and in wrap-up."""
        values = {
            "teams": list(team_ids),
            "since": utc(since),
            "now": utc(now),
            "earliest": utc(since) - LONGEST_SPELL,
        }
        async with reading(self._engine) as connection:
            found = await connection.execute(text(_WORK), values)
            return {row.team_id: float(row.seconds) for row in found}
