"""The cancel lever: end ringing calls that would most likely be abandoned, where the law allows it.

A call may not be cut before it has rung for 15 seconds or four rings (47 CFR 64.1200(a)(6)); after
that, ending it costs at most a missed answer, while answered with nobody free it costs an
abandoned one. With no agent ready, a call goes when its own B, the chance that its answer finds
nobody, is above the price θ that a launch would have to meet.
"""

from dataclasses import replace

from dialer.pacing.estimates import Estimates
from dialer.pacing.poisson_binomial import Tails
from dialer.pacing.view import PacingView

CANCELS_MAX = 16
"""Looked at in one decision, oldest first; the next one, a moment later, looks at the rest."""


def legal_seconds(view: PacingView, setting: float | None) -> float | None:
    """How long a call must have rung to be cancelled: the later of rules and setting, or None."""
    if setting is None or view.cancel_after_seconds is None:
        return None
    return max(setting, view.cancel_after_seconds)


def to_cancel(
    view: PacingView, estimates: Estimates, *, price: float, rung_least: float
) -> tuple[int, ...]:
    """Places in `in_flight_ages` of the calls to end now, in ascending order.

    Each is judged against the others that stay, at the earliest check: a call that has rung as long
    as the law asks is answered soon or not at all.
    """
    if view.ready > 0:
        return ()
    candidates = [
        place
        for place, rung in enumerate(view.in_flight_rung)
        if rung is not None and rung >= rung_least
    ][:CANCELS_MAX]
    if not candidates:
        return ()
    trials = estimates.trials(view)[:, :1].copy()
    capacity = view.agents - view.waiting
    cancelled = []
    for place in candidates:
        own = float(trials[place, 0])
        # A trial that cannot succeed is one that is not there.
        trials[place] = 0.0
        if Tails(trials).at_least(capacity)[0] > price:
            cancelled.append(place)
        else:
            trials[place] = own
    return tuple(cancelled)


def without(view: PacingView, places: tuple[int, ...]) -> PacingView:
    """The view as if these calls had ended already."""
    if not places:
        return view
    gone = set(places)
    kept = [place for place in range(len(view.in_flight_ages)) if place not in gone]
    known, rung = view.in_flight_probabilities, view.in_flight_rung
    routes = view.in_flight_routes
    return replace(
        view,
        in_flight_ages=[view.in_flight_ages[place] for place in kept],
        in_flight_probabilities=[known[place] for place in kept] if known else (),
        in_flight_rung=[rung[place] for place in kept] if rung else (),
        in_flight_routes=[routes[place] for place in kept] if routes else (),
    )
