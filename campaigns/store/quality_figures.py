"""Figures of final reviews: by agent, team, listener, week and item, and between listeners.

Calibrations stand only in the figures between listeners; agents are not judged by them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.quality.agreement import Agreement, Pair, agreement
from campaigns.quality.scorecards import NOT_APPLICABLE, Scorecard
from campaigns.store.database import reading, utc
from campaigns.store.scorecards import scorecard_version

_FINALS = """
FROM quality_review AS review
JOIN agent ON agent.id = review.agent_id
JOIN team ON team.id = agent.team_id
JOIN user_account AS listener ON listener.id = review.listener_id
JOIN scorecard ON scorecard.id = review.scorecard_id
WHERE review.state = 'final' AND review.final_at >= :since AND review.final_at < :until
  AND (CAST(:scorecard_id AS bigint) IS NULL OR review.scorecard_id = :scorecard_id)
  AND (CAST(:team AS text) IS NULL OR team.name = :team)
  AND (CAST(:agent_id AS bigint) IS NULL OR review.agent_id = :agent_id)
"""
_GROUPS = {
    "agent": "agent.name",
    "team": "team.name",
    "listener": "listener.name",
    "week": "CAST(date_trunc('week', review.final_at AT TIME ZONE :zone) AS date)",
}
_COUNTS = """
SELECT {group} AS name, count(*) AS reviews, count(review.score_ratio) AS scored,
       avg(review.score_ratio) AS mean_ratio, min(review.score_ratio) AS least_ratio,
       count(*) FILTER (WHERE review.has_passed) AS passed,
       count(*) FILTER (WHERE review.has_passed IS NOT NULL) AS judged,
       count(*) FILTER (WHERE cardinality(review.fatal) > 0) AS fatal,
       count(*) FILTER (WHERE EXISTS (SELECT 1 FROM quality_answer
         WHERE review_id = review.id AND kind = 'dispute')) AS disputed
"""
_ITEMS = """
SELECT review.scorecard_id, review.version, answered.key AS key, answered.value AS answer,
       count(*) AS count
FROM quality_review AS review
JOIN agent ON agent.id = review.agent_id
JOIN team ON team.id = agent.team_id
CROSS JOIN LATERAL jsonb_each_text(review.answers) AS answered
WHERE review.state = 'final' AND review.calibration_id IS NULL
  AND review.final_at >= :since AND review.final_at < :until
  AND (CAST(:scorecard_id AS bigint) IS NULL OR review.scorecard_id = :scorecard_id)
  AND (CAST(:team AS text) IS NULL OR team.name = :team)
  AND (CAST(:agent_id AS bigint) IS NULL OR review.agent_id = :agent_id)
GROUP BY review.scorecard_id, review.version, answered.key, answered.value
ORDER BY review.scorecard_id, review.version, answered.key, answered.value
"""
_PAIRS = """
SELECT one.scorecard_id, one.version, first.name AS first, second.name AS second,
       one.answers AS first_answers, other.answers AS second_answers
FROM quality_review AS one
JOIN quality_review AS other ON other.call_id = one.call_id
  AND other.scorecard_id = one.scorecard_id AND other.version = one.version
  AND other.listener_id > one.listener_id AND other.state = 'final'
JOIN user_account AS first ON first.id = one.listener_id
JOIN user_account AS second ON second.id = other.listener_id
LEFT JOIN quality_calibration AS calibration ON calibration.id = one.calibration_id
WHERE one.state = 'final' AND (calibration.id IS NULL OR calibration.closed_at IS NOT NULL)
  AND one.final_at >= :since AND one.final_at < :until
  AND (CAST(:scorecard_id AS bigint) IS NULL OR one.scorecard_id = :scorecard_id)
ORDER BY first.name, second.name, one.id LIMIT 20000
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPeriod:
    """Which reviews: final from `since` to before `until`, of a scorecard, a team, an agent."""

    since: datetime
    until: datetime
    scorecard_id: int | None = None
    team: str | None = None
    agent_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFigures:
    """What the reviews of one agent, team, listener or week come to."""

    name: str | date
    reviews: int
    scored: int
    """Those in which something that has a weight applied."""
    mean_ratio: Decimal | None
    least_ratio: Decimal | None
    passed: int
    judged: int
    fatal: int
    disputed: int
    """Reviews that the agent disputed at least once."""

    @property
    def passed_ratio(self) -> Fraction | None:
        """Passed ÷ judged."""
        return Fraction(self.passed, self.judged) if self.judged else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFigures:
    """How one item of a scorecard was answered."""

    scorecard: str
    section: str
    key: str
    text: str
    answered: int
    """Reviews in which it applied."""
    not_applicable: int
    mean_ratio: Fraction | None
    """The mean share of its weight that was earned."""
    worst: int
    """How often it had the worst answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFigures:
    """Two listeners over the calls that both reviewed."""

    first: str
    second: str
    calls: int
    agreement: Agreement
    """Over all items that both found to apply."""
    about_applying: Fraction | None
    """Share of items of which both say that they apply, or that they do not."""


class QualityFigures:
    """The figures."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def by(
        self, group: str, period: QualityPeriod, *, zone: str = "UTC"
    ) -> list[GroupFigures]:
        """By "agent", "team", "listener" or "week" (its Monday, in `zone`), in their order."""
        query = (
            _COUNTS.replace("{group}", _GROUPS[group])
            + _FINALS
            + "AND review.calibration_id IS NULL GROUP BY 1 ORDER BY 1"
        )
        async with reading(self._engine) as connection:
            found = await connection.execute(text(query), _values(period) | {"zone": zone})
            return [GroupFigures(**row._mapping) for row in found]

    async def by_item(self, period: QualityPeriod) -> list[ItemFigures]:
        """By item, over all versions of a scorecard, named as the newest of them does."""
        async with reading(self._engine) as connection:
            rows = (await connection.execute(text(_ITEMS), _values(period))).all()
            cards = {
                (row.scorecard_id, row.version): (
                    await scorecard_version(connection, row.scorecard_id, row.version)
                ).card
                for row in {(r.scorecard_id, r.version): r for r in rows}.values()
            }
        return _item_figures([dict(row._mapping) for row in rows], cards)

    async def between(self, period: QualityPeriod) -> list[PairFigures]:
        """Between each two listeners who reviewed the same calls by the same version."""
        async with reading(self._engine) as connection:
            rows = (await connection.execute(text(_PAIRS), _values(period))).all()
            cards = {
                key: (await scorecard_version(connection, *key)).card
                for key in {(row.scorecard_id, row.version) for row in rows}
            }
        calls: dict[tuple[str, str], list[Any]] = {}
        for row in rows:
            calls.setdefault((row.first, row.second), []).append(row)
        return [_pair_figures(names, own, cards) for names, own in calls.items()]


def _values(period: QualityPeriod) -> dict[str, Any]:
    return {
        "since": utc(period.since), "until": utc(period.until),
        "scorecard_id": period.scorecard_id, "team": period.team, "agent_id": period.agent_id,
    }  # fmt: skip


def _item_figures(
    rows: Sequence[Mapping[str, Any]], cards: Mapping[tuple[int, int], Scorecard]
) -> list[ItemFigures]:
    counts: dict[tuple[int, str], dict[str, Any]] = {}
    for row in rows:
        card = cards[row["scorecard_id"], row["version"]]
        item = card.item(row["key"])
        assert item is not None, f"{card.name} has answers to an item {row['key']} it never had"
        kept = counts.setdefault(
            (row["scorecard_id"], item.key), {"applied": 0, "na": 0, "worst": 0, "sum": Fraction(0)}
        )
        # Rows come by version, so the newest names it last.
        kept |= {"card": card, "item": item}
        if row["answer"] == NOT_APPLICABLE:
            kept["na"] += row["count"]
            continue
        kept["applied"] += row["count"]
        kept["sum"] += row["count"] * item.scale.share(row["answer"])
        kept["worst"] += row["count"] if row["answer"] == item.scale.answers[0] else 0
    return [
        ItemFigures(
            scorecard=kept["card"].name,
            section=next(
                part.name
                for part in kept["card"].sections
                if any(each.key == kept["item"].key for each in part.items)
            ),
            key=kept["item"].key,
            text=kept["item"].text,
            answered=kept["applied"],
            not_applicable=kept["na"],
            mean_ratio=kept["sum"] / kept["applied"] if kept["applied"] else None,
            worst=kept["worst"],
        )
        for kept in sorted(counts.values(), key=_place)
    ]


def _place(kept: Mapping[str, Any]) -> tuple[str, int]:
    """By scorecard, then as the card has its items."""
    card: Scorecard = kept["card"]
    return card.name, card.items.index(kept["item"])


def _pair_figures(
    names: tuple[str, str], rows: list[Any], cards: Mapping[tuple[int, int], Scorecard]
) -> PairFigures:
    pairs: list[Pair] = []
    alike = total = 0
    for row in rows:
        for item in cards[row.scorecard_id, row.version].items:
            one, other = row.first_answers.get(item.key), row.second_answers.get(item.key)
            if one is None or other is None:
                continue
            total += 1
            alike += (one == NOT_APPLICABLE) == (other == NOT_APPLICABLE)
            if NOT_APPLICABLE not in (one, other):
                pairs.append((item.scale.share(one), item.scale.share(other)))
    return PairFigures(
        first=names[0],
        second=names[1],
        calls=len(rows),
        agreement=agreement(pairs),
        about_applying=Fraction(alike, total) if total else None,
    )
