"""How well a call followed its script: what was seen, in which order, and for how long."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.scripts.graph import entrances, ways_of
from campaigns.scripts.script import End, Script


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A step that was on the agent's screen, for so long; `seconds` is None for the last one of a
    call that was broken off."""

    step: str
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """How a call followed its script. Ratios are 0..1."""

    required: int
    """Required steps on the way this call took, or was to take."""
    required_seen: int
    is_in_order: bool
    """Each step was come to from one that leads to it, or by going back."""
    coverage_ratio: float
    """Distinct steps seen, of these and those that the shortest way to an end still had."""
    seconds: dict[str, float]
    """By step, all its visits together."""


def follow(script: Script, visits: Sequence[Visit]) -> Following:
    """Measure one call by its visits, in their order."""
    steps = {each.id: each for each in script.steps}
    known = [each for each in visits if script.place(each.step) is not None]
    seen = list(dict.fromkeys(each.step for each in known))
    ahead = _way_to_end(script, seen[-1] if seen else script.steps[0].id, is_begun=bool(seen))
    way = [place for place in dict.fromkeys((*seen, *ahead)) if place in steps]
    required = [place for place in way if steps[place].is_required]
    seconds: dict[str, float] = {}
    for visit in known:
        seconds[visit.step] = seconds.get(visit.step, 0.0) + (visit.seconds or 0.0)
    return Following(
        required=len(required),
        required_seen=sum(place in seen for place in required),
        is_in_order=_is_in_order(script, [each.step for each in known]),
        coverage_ratio=1.0 if not way else sum(place in steps for place in seen) / len(way),
        seconds=seconds,
    )


def _is_in_order(script: Script, places: Sequence[str]) -> bool:
    if not places:
        return True
    ways, doors = ways_of(script), set(entrances(script))
    behind: set[str] = set()
    # Steps that only ask what was answered before are passed over, so what they lead to counts.
    first = reached_by_skipping(script, [script.steps[0].id])
    if places[0] not in first:
        return False
    for here, there in itertools.pairwise(places):
        behind.add(here)
        onward = reached_by_skipping(script, ways.get(here, ()))
        if there not in onward and there not in behind and there not in doors:
            return False
    return True


def reached_by_skipping(script: Script, begin: Sequence[str]) -> set[str]:
    """These places, and those beyond steps that may be passed over because they only ask."""
    ways = ways_of(script)
    skippable = {each.id for each in script.steps if each.questions and not each.is_required}
    found: set[str] = set()
    waiting = list(begin)
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            if place in skippable:
                waiting.extend(ways[place])
    return found


def _way_to_end(script: Script, place: str, *, is_begun: bool) -> list[str]:
    """The steps of the shortest way from a place to an end, without the place when it was seen."""
    ways = ways_of(script)
    came_from: dict[str, str | None] = {place: None}
    waiting = [place]
    for here in waiting:
        if isinstance(script.place(here), End):
            found: list[str] = []
            at: str | None = here
            while at is not None:
                found.append(at)
                at = came_from[at]
            return found[::-1][1 if is_begun else 0 :]
        for to in ways.get(here, ()):
            if to not in came_from:
                came_from[to] = here
                waiting.append(to)
    return []
