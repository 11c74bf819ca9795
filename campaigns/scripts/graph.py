"""Where a script's steps lead: what can be reached from where, and how far the nearest end is."""

from collections.abc import Iterable, Mapping

from campaigns.scripts.script import Script

Ways = Mapping[str, tuple[str, ...]]


def ways_of(script: Script) -> dict[str, tuple[str, ...]]:
    """The places that each step leads to by its branches and its next; ends lead nowhere."""
    known = {each.id for each in script.places}
    ways = {
        step.id: tuple(dict.fromkeys(to for to in step.ways if to in known))
        for step in script.steps
    }
    return ways | {end.id: () for end in script.ends}


def entrances(script: Script) -> list[str]:
    """Where an interview may come to without a step leading there: the beginning, what objections
    lead to, and the end for full quotas."""
    found = [script.steps[0].id]
    found += [each.to for each in script.objections if each.to is not None]
    if script.quotas and script.quota_end is not None:
        found.append(script.quota_end.id)
    return found


def reached_from(ways: Ways, begin: Iterable[str]) -> set[str]:
    """All places that can be come to from these, with these."""
    found: set[str] = set()
    waiting = [each for each in begin if each in ways]
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting.extend(ways[place])
    return found


def distances(script: Script) -> dict[str, int]:
    """Steps from each place to its nearest end, by whichever branch; an end's is 0.

    Places that lead to no end are absent.
    """
    back: dict[str, list[str]] = {}
    for place, leads_to in ways_of(script).items():
        for to in leads_to:
            back.setdefault(to, []).append(place)
    found = {end.id: 0 for end in script.ends}
    waiting = list(found)
    for place in waiting:
        for before in back.get(place, ()):
            if before not in found:
                found[before] = found[place] + 1
                waiting.append(before)
    return found
