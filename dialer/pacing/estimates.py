"""Everything a pacer knows about its calls and agents beyond the view, learnt from observations."""

from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from dialer.pacing.answer_probability import AnswerProbability
from dialer.pacing.durations import Durations, Hazard
from dialer.pacing.frailty import Frailty, make_frail
from dialer.pacing.route_tables import Busy, RouteTables
from dialer.pacing.routes import RouteTimes
from dialer.pacing.saved import Reader, Saved
from dialer.pacing.set_up_times import SetUpLaw, SetUpTimes
from dialer.pacing.shock import Shock
from dialer.pacing.trial_table import ringing_row
from dialer.pacing.view import (
    Answered,
    Cancelled,
    Launched,
    LiveAnswerSettled,
    Observation,
    PacingView,
    SetUpFailed,
    TalkEnded,
    WrapUpEnded,
)

Floats = NDArray[np.float64]

REFRESH_SECONDS = 0.5
"""The answer probability ages its open launches at most this often."""
SET_UPS_A_TABLE = 16
SPELLS_A_TABLE = 8
"""Tables are made again after so many new facts, sooner while facts are few."""
TABLE_SECONDS = 20.0
"""... and at least this often, because running spells are facts too."""
CAUTION_DEVIATIONS = 1.0
ALARM_DEVIATIONS = 3.0
ALARM_FORGETS = 0.25
"""After a shock the past counts a quarter."""


class Estimates:
    """Fed by `observe`; made ready for one view by `refresh`, then read."""

    def __init__(self, *, ring_seconds: float) -> None:
        self._ring_seconds = ring_seconds
        self._set_ups = SetUpTimes(ring_seconds=ring_seconds)
        self._talks = Durations(prior_mean=120.0, first_width=4.0, growth=1.25)
        self._wrap_ups = Durations(prior_mean=15.0, first_width=1.0, growth=1.15)
        self._routes = RouteTimes()
        self._talk_frailty = Frailty()
        self._wrap_up_frailty = Frailty()
        self._probability = AnswerProbability()
        self._shock = Shock()
        self._alarm_ends_at = float("-inf")
        self.resolved = 0
        """Calls that were answered or failed so far."""
        self._spells = 0
        self._new_set_ups = 0
        self._new_spells = 0
        self._tables_at = float("-inf")
        self._refresh_at = float("-inf")
        self.set_up: SetUpLaw = self._set_ups.law(())
        self.talk: Hazard = self._talks.hazard(())
        self.wrap_up: Hazard = self._wrap_ups.hazard(())
        self._tables = RouteTables(self.set_up)
        self._busy_key: tuple[float, float] | None = None

    def observe(self, observation: Observation) -> None:
        """Learn from what happened."""
        match observation:
            case Launched(at=at):
                self._probability.launch(at)
                self._shock.launch(at)
            case Answered(at=at, age_seconds=age, route=route):
                self._end_set_up(route, age, is_answered=True)
                self._age_launches(at)
                self._watch_for_shock(at)
                self._probability.answer(at - age)
                self._refresh_at = float("-inf")
            case SetUpFailed(age_seconds=age, route=route):
                self._end_set_up(route, age, is_answered=False)
            case Cancelled(at=at, age_seconds=age, route=route):
                # Neither an answer nor a failure: its time in flight is all that was seen of it.
                self._probability.cancel(at - age, self.set_up.answered_by(age))
                self._set_ups.censor(age)
                self._routes.censor(route, age)
            case TalkEnded(at=at, seconds=seconds, agent_id=agent_id):
                self._talks.end(seconds)
                self._talk_frailty.end(agent_id, seconds, self.talk, at)
                self._count_spell()
            case WrapUpEnded(at=at, seconds=seconds, agent_id=agent_id):
                self._wrap_ups.end(seconds)
                self._wrap_up_frailty.end(agent_id, seconds, self.wrap_up, at)
                self._count_spell()
            case LiveAnswerSettled():
                pass
            case _:
                assert_never(observation)

    def _end_set_up(self, route: str, age: float, *, is_answered: bool) -> None:
        self._set_ups.end(age, is_answered=is_answered)
        self._routes.end(route, age, is_answered=is_answered)
        self.resolved += 1
        self._new_set_ups += 1

    def _age_launches(self, now: float) -> None:
        self._probability.refresh(now, self.set_up.answered_by, self.set_up.settled_seconds)

    def _count_spell(self) -> None:
        self._spells += 1
        self._new_spells += 1

    def _watch_for_shock(self, at: float) -> None:
        is_shock = self._shock.answer(
            at,
            probability=self._probability.upper(CAUTION_DEVIATIONS),
            answered_by=self.set_up.answered_by,
            settled=self.set_up.settled_seconds,
        )
        if is_shock:
            self._probability.forget(ALARM_FORGETS)
            self._shock.forget_answers()
            self._alarm_ends_at = at + self.set_up.settled_seconds

    def is_alarmed(self, now: float) -> bool:
        """Within one ring time of a shock."""
        return now < self._alarm_ends_at

    def refresh(self, view: PacingView) -> None:
        """Make the tables that this view needs, where they are older than is good for them."""
        is_old = view.now - self._tables_at >= TABLE_SECONDS
        is_new_set_up = is_old or self._new_set_ups >= min(SET_UPS_A_TABLE, 1 + self.resolved // 8)
        is_new_spell = is_old or self._new_spells >= min(SPELLS_A_TABLE, 1 + self._spells // 8)
        if is_new_set_up:
            pooled = self._set_ups.hazards(view.in_flight_ages)
            self.set_up = pooled.law()
            self._tables.set_laws(self.set_up, pooled, self._routes, view)
            self._new_set_ups = 0
        if is_new_spell:
            self.talk = self._talks.hazard(view.talking_seconds)
            self.wrap_up = self._wrap_ups.hazard(view.wrap_up_seconds)
            self._new_spells = 0
        if is_old:
            self._tables_at = view.now
        if is_new_set_up or view.now - self._refresh_at >= REFRESH_SECONDS:
            self._refresh_at = view.now
            self._age_launches(view.now)
            self._tables.set_probability(self.answer_probability(view.now))
        key = (view.tolerance_seconds, view.wrap_up_seconds_max)
        if is_new_set_up or is_new_spell or key != self._busy_key:
            self._busy_key = key
            self._tables.set_busy(
                Busy(
                    talk=self.talk,
                    wrap_up=self.wrap_up,
                    tolerance_seconds=view.tolerance_seconds,
                    wrap_up_seconds_max=view.wrap_up_seconds_max,
                )
            )
        self._tables.open(view)

    def answer_probability(self, now: float) -> float:
        """What decisions are made on: the estimate and one deviation, after a shock three."""
        alarmed = self.is_alarmed(now)
        return self._probability.upper(ALARM_DEVIATIONS if alarmed else CAUTION_DEVIATIONS)

    def answer_probability_mean(self) -> float:
        """The estimate itself."""
        return self._probability.mean

    def trials(self, view: PacingView) -> Floats:
        """Ringing calls answered, then busy agents still busy, by each check: (trials, checks)."""
        trials = self._tables.trials(view)
        self._tell_agents_apart(view, trials)
        self._tell_leads_apart(view, trials)
        return trials

    def _tell_leads_apart(self, view: PacingView, trials: Floats) -> None:
        """Put the calls whose own answer probability is known in the place of pooled ones."""
        by_law: dict[SetUpLaw, list[int]] = {}
        for index, known in enumerate(view.in_flight_probabilities):
            if known is not None:
                by_law.setdefault(self._tables.law_in_flight(index), []).append(index)
        for law, places in by_law.items():
            rows = [ringing_row(view.in_flight_ages[place]) for place in places]
            known_of = [view.in_flight_probabilities[place] for place in places]
            trials[places] = law.answers_ahead_of(rows, np.array(known_of, dtype=np.float64))

    def _tell_agents_apart(self, view: PacingView, trials: Floats) -> None:
        """Raise the busy rows of agents who are known to each one's frailty, in place."""
        talking, wrapping = view.talking_agents, view.wrap_up_agents
        if not talking and not wrapping:
            return
        factors = self._talk_frailty.of(talking) or [1.0] * len(view.talking_seconds)
        factors += self._wrap_up_frailty.of(wrapping) or [1.0] * len(view.wrap_up_seconds)
        make_frail(trials[len(view.in_flight_ages) :], factors)

    @property
    def fresh_law(self) -> SetUpLaw:
        """The law of set-up of a call launched now, on its most likely route."""
        return self._tables.fresh_law

    @property
    def fresh(self) -> Floats:
        """P(answered within each check) of a call launched now."""
        return self._tables.fresh

    def to_state(self) -> Saved:
        """All that has been learnt; the tables are made again from it."""
        return {
            "set_ups": self._set_ups.to_state(),
            "talks": self._talks.to_state(),
            "wrap_ups": self._wrap_ups.to_state(),
            "routes": self._routes.to_state(),
            "talk_frailty": self._talk_frailty.to_state(),
            "wrap_up_frailty": self._wrap_up_frailty.to_state(),
            "probability": self._probability.to_state(),
            "shock": self._shock.to_state(),
            "alarm_ends_at": self._alarm_ends_at if self._alarm_ends_at > 0.0 else 0.0,
            "resolved": self.resolved,
            "spells": self._spells,
        }

    def take_state(self, state: Reader) -> None:
        """Go on from what `to_state` gave; raises SavedStateError, and may then be half changed."""
        self._set_ups = SetUpTimes.from_state(
            state.part("set_ups"), ring_seconds=self._ring_seconds
        )
        self._talks.take_state(state.part("talks"))
        self._wrap_ups.take_state(state.part("wrap_ups"))
        # A state from before routes and agents were told apart is as good as ever without them.
        if "routes" in state.names():
            self._routes = RouteTimes.from_state(state.part("routes"))
            self._talk_frailty.take_state(state.part("talk_frailty"))
            self._wrap_up_frailty.take_state(state.part("wrap_up_frailty"))
        self._probability = AnswerProbability.from_state(state.part("probability"))
        self._shock.take_state(state.part("shock"))
        self.talk, self.wrap_up = self._talks.hazard(()), self._wrap_ups.hazard(())
        self._alarm_ends_at = state.number("alarm_ends_at")
        self.resolved = state.whole("resolved")
        self._spells = state.whole("spells")
        self._tables_at = self._refresh_at = float("-inf")
        self._busy_key = None
        self.set_up = self._set_ups.law(())
