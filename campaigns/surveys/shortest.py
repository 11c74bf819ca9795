"""How many questions the shortest whole interview of a script asks."""

import heapq

from campaigns.scripts.script import End, Result, Script


def questions_of_shortest(script: Script) -> int:
    """Required questions that are always asked, on the way to a complete end that has fewest; 1 at
    least, so that a share of them can be taken."""
    asks = {
        step.id: sum(each.is_required and each.when is None for each in step.questions)
        for step in script.steps
    }
    best: dict[str, int] = {}
    waiting = [(0, script.steps[0].id)]
    while waiting:
        count, place_id = heapq.heappop(waiting)
        if place_id in best:
            continue
        best[place_id] = count
        place = script.place(place_id)
        if isinstance(place, End):
            if place.result is Result.COMPLETE:
                return max(1, count)
            continue
        if place is not None:
            for to in place.ways:
                heapq.heappush(waiting, (count + asks[place_id], to))
    return 1
