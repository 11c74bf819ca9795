"""A fair sample: calls drawn uniformly, again and again the same from a stored seed.

Each call gets a rank: the SHA-256 of the seed and the call's id. The calls with the lowest ranks
are drawn. A hash of an unknown seed ranks all orders alike, so every eligible call is as likely as
any other; whoever knows the seed can draw again and must find the same calls, with any program
and in any year. A call that cannot be used is replaced by the next rank of its stratum, which is
nobody's choice either.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from campaigns.quality.scorecards import SampleRule, Stratum

REST = ""
"""The name of the stratum of calls that are drawn from all that is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A call that may be drawn."""

    call_id: str
    kind: str
    """Kind of its disposition; empty without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A call that was drawn."""

    call_id: str
    stratum: str
    """`REST` when it was drawn from all."""


def rank(seed: str, call_id: str) -> str:
    """Where a call stands in the draw of this seed; the lowest is drawn first."""
    return hashlib.sha256(f"{seed}:{call_id}".encode()).hexdigest()


def draw(rule: SampleRule, candidates: Sequence[Candidate], *, seed: str) -> tuple[Drawn, ...]:
    """So many calls as the rule wants, or all where there are fewer.

    First each stratum's share from its own calls, then the rest from all that are left: what a
    stratum lacks is made up for there. The order of `candidates` changes nothing.
    """
    ordered = sorted(candidates, key=lambda each: rank(seed, each.call_id))
    found: dict[str, Drawn] = {}
    for stratum in rule.strata:
        own = [each for each in ordered if each.kind in stratum.kinds and each.call_id not in found]
        for each in own[: stratum.calls]:
            found[each.call_id] = Drawn(call_id=each.call_id, stratum=stratum.name)
    left = [each for each in ordered if each.call_id not in found]
    for each in left[: max(0, rule.calls_per_week - len(found))]:
        found[each.call_id] = Drawn(call_id=each.call_id, stratum=REST)
    return tuple(found.values())


def replacement(
    rule: SampleRule,
    candidates: Sequence[Candidate],
    *,
    seed: str,
    stratum: str,
    used: Collection[str],
) -> Drawn | None:
    """The next call of the stratum that was not drawn yet, or of all where it has none left; None
    when every eligible call was drawn."""
    left = sorted(
        (each for each in candidates if each.call_id not in used),
        key=lambda each: rank(seed, each.call_id),
    )
    kinds = _kinds(rule.strata, stratum)
    own = [each for each in left if kinds is None or each.kind in kinds]
    if own:
        return Drawn(call_id=own[0].call_id, stratum=stratum)
    return Drawn(call_id=left[0].call_id, stratum=REST) if left else None


def shares(listeners: Sequence[int], count: int, *, seed: str) -> list[int]:
    """Which listener hears which of `count` calls, split as evenly as whole calls allow; who gets
    one more is by the seed. Raises ValueError without listeners."""
    if not listeners:
        raise ValueError("there is nobody to listen")
    order = sorted(set(listeners), key=lambda each: rank(seed, f"listener {each}"))
    return [order[index % len(order)] for index in range(count)]


def _kinds(strata: Sequence[Stratum], name: str) -> tuple[str, ...] | None:
    return next((each.kinds for each in strata if each.name == name), None)
