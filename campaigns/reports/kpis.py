"""The figures a call centre is judged by, each with its numerator, denominator and definition.

The trade uses several of these words in more than one meaning ("contact rate" has four), so every
figure says which it is. Shares are 0..1.
"""

import enum
from dataclasses import dataclass

from campaigns.outcomes import Outcome
from campaigns.reports.figures import Figures


@enum.unique
class Unit(enum.StrEnum):
    """How a value is written."""

    COUNT = "count"
    RATIO = "ratio"
    SECONDS = "seconds"
    PER_HOUR = "per_hour"
    PER_HUNDRED = "per_hundred"
    MINUTES_PER_HOUR = "minutes_per_hour"
    TIMES = "times"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One figure. `value` is None where its denominator is zero: there is nothing to say."""

    key: str
    name: str
    group: str
    unit: Unit
    value: float | None
    numerator: float
    denominator: float
    definition: str
    """"numerator ÷ denominator", and what each of them is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTime:
    """Agents' seconds in the four parts that make up the time they are logged in."""

    talk: float
    wrap_up: float
    ready: float
    """Ready or reserved: waiting for a call."""
    paused: float

    @property
    def logged_in(self) -> float:
        """All four."""
        return self.talk + self.wrap_up + self.ready + self.paused

    @property
    def busy(self) -> float:
        """Talk and wrap-up."""
        return self.talk + self.wrap_up

    @property
    def utilisation_ratio(self) -> float | None:
        """Busy ÷ (busy + ready); pauses are in neither. None before any work."""
        return _ratio(self.busy, self.busy + self.ready)


def agent_time(state_seconds: dict[str, float]) -> AgentTime:
    """Seconds by agent state, in four parts. Time while the agent's phone rings is in none."""
    return AgentTime(
        talk=state_seconds.get("talking", 0.0),
        wrap_up=state_seconds.get("wrap_up", 0.0),
        ready=state_seconds.get("ready", 0.0) + state_seconds.get("reserved", 0.0),
        paused=state_seconds.get("paused", 0.0),
    )


def kpis(figures: Figures, *, answer_tolerance_seconds: float) -> tuple[Kpi, ...]:
    """All of them, in the order of a report."""
    return (
        *_calls(figures),
        *_answering(figures, answer_tolerance_seconds),
        *_sales(figures),
        *_agents(figures),
        *_list(figures),
    )


def by_key(all_of_them: tuple[Kpi, ...]) -> dict[str, Kpi]:
    """The same, by key."""
    return {kpi.key: kpi for kpi in all_of_them}


def _ratio(numerator: float, denominator: float) -> float | None:
    return numerator / denominator if denominator else None


def _share(
    key: str,
    name: str,
    group: str,
    over: tuple[float, float],
    definition: str,
    unit: Unit = Unit.RATIO,
) -> Kpi:
    """A quotient. `over` is numerator and denominator in the value's own units."""
    numerator, denominator = over
    return Kpi(
        key=key,
        name=name,
        group=group,
        unit=unit,
        value=_ratio(numerator, denominator),
        numerator=numerator,
        denominator=denominator,
        definition=definition,
    )


def _measure(
    key: str, name: str, group: str, unit: Unit, value: float, *, of: float, definition: str
) -> Kpi:
    """A count, or a quantile of `of` occurrences."""
    return Kpi(
        key=key,
        name=name,
        group=group,
        unit=unit,
        value=value if of or unit is Unit.COUNT else None,
        numerator=value,
        denominator=of,
        definition=definition,
    )


def _calls(f: Figures) -> tuple[Kpi, ...]:
    group = "Calls"
    on_the_network = f.attempts - f.by_outcome.get(Outcome.SWITCH_LIMIT, 0)
    return (
        _measure(
            "attempts", "Attempts", group, Unit.COUNT, f.attempts, of=1,
            definition="Tries at one number each, recorded before they are made.",
        ),
        _share(
            "connection_ratio", "Connection rate", group, (f.answered, on_the_network),
            "Answered, by person or machine ÷ attempts that reached the network.",
        ),
        _share(
            "live_answer_ratio", "Live-answer rate", group, (f.live_answers, on_the_network),
            "Answered by a person ÷ attempts that reached the network. Calls found to be "
            "a machine, by the agent or a detector, are taken out.",
        ),
        _share(
            "contact_ratio_dial", "Contact rate (dial)", group, (f.contacts, on_the_network),
            "Live answers that spoke with an agent ÷ attempts that reached the network.",
        ),
    )  # fmt: skip


def _answering(f: Figures, tolerance_seconds: float) -> tuple[Kpi, ...]:
    group = "Answering people"
    wait, count = f.time_to_agent, f.time_to_agent.count
    from_to = "From the answer to the bridge with an agent, of all calls that reached one"
    return (
        _share(
            "abandonment_ratio", "Abandonment rate (period)", group, (f.abandoned, f.live_answers),
            "Abandoned ÷ live answers. A live answer is abandoned when no agent is on the line "
            f"within {tolerance_seconds:g} seconds, whether or not a recorded message was played. "
            "The legal figures, over the windows the law names, are under Abandonment.",
        ),
        _measure("time_to_agent_p50", "Time to agent, median", group, Unit.SECONDS, wait.p50,
                 of=count, definition=f"{from_to}: half were faster."),
        _measure("time_to_agent_p95", "Time to agent, 95%", group, Unit.SECONDS, wait.p95,
                 of=count, definition=f"{from_to}: 95 of 100 were faster."),
        _measure("time_to_agent_p99", "Time to agent, 99%", group, Unit.SECONDS, wait.p99,
                 of=count, definition=f"{from_to}: 99 of 100 were faster."),
        _share(
            "in_time_ratio", f"Agent within {tolerance_seconds:g} s", group, (f.in_time, count),
            f"Calls bridged within {tolerance_seconds:g} seconds of the answer ÷ calls bridged.",
        ),
    )  # fmt: skip


def _sales(f: Figures) -> tuple[Kpi, ...]:
    group = "Sales"
    hours = agent_time(f.state_seconds).logged_in / 3600
    return (
        _measure("sales", "Sales", group, Unit.COUNT, f.sales, of=1,
                 definition="Calls that an agent recorded with a disposition of the kind sale."),
        _share("sales_per_agent_hour", "Sales per agent-hour", group, (f.sales, hours),
               "Sales ÷ hours agents were logged in, pauses included.", Unit.PER_HOUR),
        _share("sales_per_hundred_contacts", "Sales per 100 contacts", group,
               (100 * f.sales, f.contacts),
               "100 times sales ÷ live answers that spoke with an agent.", Unit.PER_HUNDRED),
    )  # fmt: skip


def _agents(f: Figures) -> tuple[Kpi, ...]:
    group = "Agents"
    t = agent_time(f.state_seconds)
    hours = t.logged_in / 3600
    of_an_hour = (
        "minutes of each hour an agent is logged in; talk, wrap-up, waiting and pause make 60."
    )
    minutes = [
        _share(f"{key}_minutes_per_hour", name, group, (seconds / 60, hours),
               f"{text} ÷ time logged in, as {of_an_hour}", Unit.MINUTES_PER_HOUR)
        for key, name, seconds, text in (
            ("talk", "Talk per agent-hour", t.talk, "Time on a call"),
            ("wrap_up", "Wrap-up per agent-hour", t.wrap_up, "Time finishing a call's notes"),
            ("ready", "Waiting per agent-hour", t.ready, "Time waiting for a call"),
            ("paused", "Pause per agent-hour", t.paused, "Time paused"),
        )
    ]  # fmt: skip
    return (
        _share("utilisation_ratio", "Utilisation", group, (t.busy, t.busy + t.ready),
               "(Talk + wrap-up) ÷ (talk + wrap-up + waiting); no pauses. Also: occupancy."),
        _share("productive_ratio", "Share of logged-in time", group, (t.busy, t.logged_in),
               "(Talk + wrap-up) ÷ all time logged in, pauses included."),
        _share("handle_seconds_mean", "Average handle time", group, (t.busy, f.handled),
               "(Talk + wrap-up) ÷ calls that reached an agent. The trade's AHT.", Unit.SECONDS),
        _share("talk_seconds_mean", "Average talk", group, (f.talk.total, f.talk.count),
               "From bridge to the end of the call ÷ calls that reached an agent.", Unit.SECONDS),
        *minutes,
        _share("idle_seconds_mean", "Wait between calls, mean", group, (f.idle.total, f.idle.count),
               "Time waiting ÷ stretches of waiting.", Unit.SECONDS),
        _measure("idle_seconds_p95", "Wait between calls, 95%", group, Unit.SECONDS, f.idle.p95,
                 of=f.idle.count, definition="95 of 100 stretches of waiting were shorter."),
        _share("calls_per_agent_hour", "Calls per agent-hour", group, (f.handled, hours),
               "Calls that reached an agent ÷ hours logged in.", Unit.PER_HOUR),
    )  # fmt: skip


def _list(f: Figures) -> tuple[Kpi, ...]:
    group = "Lead list"
    leads = f.list
    return (
        _share("list_penetration_ratio", "List penetration", group,
               (leads.leads_attempted, leads.leads),
               "Distinct leads called at least once in the period ÷ leads in the campaign."),
        _share("phone_penetration_ratio", "Phone penetration", group,
               (leads.phones_attempted, leads.phones),
               "Distinct numbers called in the period ÷ numbers of the campaign's leads."),
        _share("list_saturation", "List saturation", group, (f.attempts, leads.leads),
               "Attempts ÷ leads in the campaign: how often each was tried.", Unit.TIMES),
        _share("contact_ratio_list", "Contact rate (list)", group,
               (leads.leads_contacted, leads.leads),
               "Distinct leads who spoke with an agent ÷ leads in the campaign."),
        _share("exhaustion_ratio", "List finished", group, (leads.leads_finished, leads.leads),
               "Leads finished for good (a final answer, all attempts used, or no number to call) "
               "÷ leads in the campaign, when the report was made."),
    )  # fmt: skip
