import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing.estimates import Estimates
from dialer.pacing.outlook import Outlook
from dialer.pacing.pacers import create
from dialer.pacing.routes import ROUTES_MAX, SHRINK_CALLS, RouteTimes
from dialer.pacing.saved import Reader, SavedStateError
from dialer.pacing.set_up_times import SetUpLaw, SetUpTimes
from dialer.pacing.settings import PacingSettings
from dialer.pacing.view import (
    Answered,
    Launched,
    Observation,
    Pacer,
    PacingView,
    SetUpFailed,
    TalkEnded,
)
from tests.unit.pacing.views import teach, view

QUICK, SLOW = "fibre/1", "radio/49"


def calls(route: str, after: float, count: int, *, seed: int = 1) -> list[Observation]:
    """Calls answered one in three, some seconds after `after`, else failed at 25 s."""
    draw = random.Random(f"{seed} {route}")
    made: list[Observation] = []
    for i in range(count):
        at = 5_000.0 + 2.0 * i
        made.append(Launched(at=at, route=route))
        if draw.random() < 1.0 / 3.0:
            age = after + draw.expovariate(0.5)
            made.append(Answered(at=at + age, age_seconds=age, route=route))
        else:
            made.append(SetUpFailed(at=at + 25.0, age_seconds=25.0, route=route))
    return made


def two_gateways(count: int = 300) -> Estimates:
    estimates = Estimates(ring_seconds=24.0)
    pairs = zip(calls(QUICK, 2.0, count), calls(SLOW, 14.0, count), strict=True)
    for observation in (one for pair in pairs for one in pair):
        estimates.observe(observation)
    return estimates


def seen(fresh: str, *routes: str, ages: tuple[float, ...] = ()) -> PacingView:
    return replace(
        view(ages=ages, talking=(30.0, 80.0)), in_flight_routes=routes, fresh_route=fresh
    )


def law(estimates: Estimates, fresh: str) -> SetUpLaw:
    estimates.refresh(seen(fresh))
    return estimates.fresh_law


def test_two_gateways_of_different_set_up_times_are_learnt_apart() -> None:
    estimates = two_gateways()
    quick, slow = law(estimates, QUICK), law(estimates, SLOW)
    # Medians of 2 s and 14 s and an exponential of mean 2 s.
    assert quick.answered_by(2.0 + 1.4) == pytest.approx(0.5, abs=0.15)
    assert slow.answered_by(14.0 + 1.4) == pytest.approx(0.5, abs=0.15)
    assert slow.answered_by(12.0) < 0.25
    assert quick.checks[-1] < slow.checks[1]
    assert estimates.set_up.answer_mean == pytest.approx(
        (quick.answer_mean + slow.answer_mean) / 2.0, abs=1.5
    )


def test_a_call_in_flight_is_judged_by_its_own_route() -> None:
    estimates = two_gateways()
    ages = (9.0, 9.0)
    now = seen(SLOW, QUICK, SLOW, ages=ages)
    estimates.refresh(now)
    quick, slow = estimates.trials(now)[:2]
    # After nine seconds the quick gateway's call will hardly be answered, the other's not yet.
    assert quick[-1] < 0.15
    assert slow[-1] > 0.25
    known = replace(now, in_flight_probabilities=(0.9, 0.9))
    quick, slow = estimates.trials(known)[:2]
    assert slow[-1] > 0.6
    assert slow[-1] > quick[-1]


def test_b_and_the_moments_it_is_asked_for_follow_the_route_of_a_fresh_call() -> None:
    estimates = two_gateways()
    freed = {}
    for fresh in (QUICK, SLOW, QUICK):
        now = seen(fresh, SLOW, ages=(1.0,))
        estimates.refresh(now)
        outlook = Outlook(now, estimates)
        assert outlook.checks_seconds == tuple(law(estimates, fresh).checks.tolist())
        freed[fresh] = outlook.free_by[0]
    # A quarter of a minute more until the answer leaves that much more time to come free.
    assert freed[SLOW] > 2.0 * freed[QUICK]


def test_a_route_without_calls_is_the_pool_and_one_with_many_is_itself() -> None:
    pool, routes = SetUpTimes(ring_seconds=24.0), RouteTimes()
    pooled = pool.hazards(())
    assert routes.hazards("new/1", pooled, (5.0,)) is pooled
    first = pooled.law().answered_by(3.0)
    by_then = [first]
    for count in (2, 20, 400):
        for _ in range(count):
            routes.end(QUICK, 1.0, is_answered=True)
        by_then.append(routes.hazards(QUICK, pooled, ()).law().answered_by(3.0))
    assert by_then == sorted(by_then)
    assert by_then[1] < first + 0.25
    assert by_then[-1] > 0.95


@settings(deadline=None, max_examples=50)
@given(
    ends=st.lists(st.tuples(st.floats(0.0, 100.0), st.booleans()), max_size=40),
    ages=st.lists(st.floats(0.0, 100.0), max_size=10),
)
def test_a_hazard_is_between_none_and_all_and_at_least_the_pools_share(
    ends: list[tuple[float, bool]], ages: list[float]
) -> None:
    routes = RouteTimes()
    for age, is_answered in ends:
        routes.end(QUICK, age, is_answered=is_answered)
    pooled = SetUpTimes(ring_seconds=24.0).hazards(())
    own = routes.hazards(QUICK, pooled, ages)
    assert (own.answer + own.failure <= 1.0 + 1e-9).all()
    # Forgetting makes a new call weigh one and all old ones together no more than their number.
    share = SHRINK_CALLS / (SHRINK_CALLS + len(ends) + len(ages) + 1e-9)
    assert (own.answer >= share * pooled.answer - 1e-12).all()


def test_the_longest_unused_route_is_forgotten() -> None:
    routes = RouteTimes()
    for i in range(ROUTES_MAX):
        routes.end(f"trunk/{i}", 5.0, is_answered=True)
    routes.censor("trunk/0", 3.0)
    routes.end("one more/1", 5.0, is_answered=False)
    routes.end("", 5.0, is_answered=False)
    assert "trunk/1" not in routes
    assert all(route in routes for route in ("trunk/0", "trunk/2", "one more/1"))
    assert len(routes.to_state()) == ROUTES_MAX
    with pytest.raises(SavedStateError, match="33 routes"):
        RouteTimes.from_state(Reader(routes.to_state() | {"another/1": {}}))


def busy_team(routes: tuple[str, ...] = (), fresh: str = "", now: float = 10_100.0) -> PacingView:
    crowd = view(now, ages=(14.0, 9.0, 3.0), talking=(20.0, 90.0, 5.0), wrapping=(4.0,))
    return replace(crowd, in_flight_routes=routes, fresh_route=fresh)


def test_one_route_decides_exactly_as_if_routes_were_not_known() -> None:
    named, nameless = (create(PacingSettings()) for _ in range(2))
    for observation in calls(SLOW, 14.0, 200):
        named.observe(observation)
        nameless.observe(replace(observation, route=""))  # type: ignore[arg-type]
    teach(named, calls=60)
    teach(nameless, calls=60)
    assert named.decide(busy_team((SLOW,) * 3, SLOW)) == nameless.decide(busy_team())


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.sampled_from((QUICK, SLOW, "")), st.floats(0.0, 60.0)), max_size=60))
def test_a_restored_pacer_knows_the_routes(ends: list[tuple[str, float]]) -> None:
    def learn(pacer: Pacer) -> None:
        for route, age in ends:
            pacer.observe(Answered(at=9_990.0, age_seconds=age, route=route))

    first, second = create(PacingSettings()), create(PacingSettings())
    teach(first, calls=60)
    learn(first)
    assert second.restore(first.save()) is None
    for fresh in (QUICK, SLOW, "gone/1"):
        now = busy_team((SLOW, "gone/1", QUICK), fresh)
        assert first.decide(now) == second.decide(now)
    learn(first)
    learn(second)
    late = busy_team((SLOW, "", QUICK), QUICK, now=10_130.0)
    assert first.decide(late) == second.decide(late)
    assert first.save() == second.save()


def test_a_small_floor_on_two_gateways_learns_them_while_it_dials() -> None:
    """Ten minutes of virtual time: the pacer decides, calls take turns between the gateways."""
    draw, pacer = random.Random(7), create(PacingSettings())
    delays = {QUICK: 1.0, SLOW: 12.0}
    in_flight: dict[int, tuple[float, str, float, bool]] = {}
    talking: list[tuple[float, float]] = []
    launched, checks = 0, {QUICK: 0.0, SLOW: 0.0}
    for step in range(2_400):
        now = 0.25 * step
        for call, (at, route, ends_at, is_answered) in list(in_flight.items()):
            if ends_at <= now:
                del in_flight[call]
                ended = Answered if is_answered else SetUpFailed
                pacer.observe(ended(at=now, age_seconds=now - at, route=route))
                if is_answered and len(talking) < 10:
                    talking.append((now, now + draw.expovariate(1.0 / 40.0)))
        for since, until in [spell for spell in talking if spell[1] <= now]:
            talking.remove((since, until))
            pacer.observe(TalkEnded(at=now, seconds=now - since))
        fresh = (QUICK, SLOW)[launched % 2]
        decision = pacer.decide(
            PacingView(
                now=now,
                ready=10 - len(talking),
                waiting=0,
                in_flight_ages=[now - at for at, *_ in in_flight.values()],
                in_flight_routes=[route for _, route, *_ in in_flight.values()],
                talking_seconds=[now - since for since, _ in talking],
                fresh_route=fresh,
                room=10,
            )
        )
        if decision.checks_seconds:
            checks[fresh] = decision.checks_seconds[1]
        for _ in range(decision.count):
            route = (QUICK, SLOW)[launched % 2]
            is_answered = draw.random() < 0.3
            rings = delays[route] + draw.expovariate(0.5) if is_answered else 25.0
            in_flight[launched] = (now, route, now + rings, is_answered)
            pacer.observe(Launched(at=now, route=route))
            launched += 1
    assert launched > 150
    assert checks[SLOW] - checks[QUICK] > 6.0
