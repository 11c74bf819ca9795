"""What the engine is told about teams, campaigns, trunks and its own timers."""

import enum
from dataclasses import dataclass, field

from dialer.engine.ids import CampaignId, SwitchId, TeamId, TrunkId
from dialer.engine.in_call_config import RecordingConfig
from dialer.pacing.settings import PacingSettings


@enum.unique
class OnAbandon(enum.StrEnum):
    """What a live answer hears when no agent came within the legal seconds."""

    MESSAGE = "message"
    HANGUP = "hangup"


@enum.unique
class OnMachine(enum.StrEnum):
    """What is done when the classifier hears a machine."""

    HANGUP = "hangup"
    MESSAGE = "message"
    """A recording is left after the beep."""
    CONNECT = "connect"
    """It goes to an agent like any other: the verdict is only written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningConfig:
    """How a campaign uses the greeting classifier."""

    on_machine: OnMachine = OnMachine.HANGUP
    sample_ratio: float = 0.05
    """Share of the machines that goes to an agent all the same, so that the classifier's mistakes
    are measured. Ofcom wants its false positives known by testing (persistent misuse, 2010)."""
    seconds_max: float = 1.8
    """From the answer; without a verdict by then it is a person. Below the legal seconds."""
    greeting_seconds_max: float = 40.0
    """How long a machine may talk before the message is spoken to it, beep or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of a recorded survey; its recording has the question's code as its name."""

    code: str
    keys: tuple[tuple[str, str | None], ...]
    """The keys that answer it, each with the code of the next question, or None at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamConfig:
    """Agents who share one stream of calls, and how that stream is paced."""

    team_id: TeamId
    name: str
    pacing: PacingSettings = field(default_factory=PacingSettings)
    home: SwitchId | None = None
    """The switch where its agents' legs are nailed and its leads are called from, while that one is
    in use; None for the first there is."""


RINGING_SECONDS_MIN = 15.0
"""What an unanswered call must have rung before we end it, whoever asks (47 CFR 64.1200(a)(6))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignConfig:
    """A campaign as the engine needs it."""

    campaign_id: CampaignId
    team_id: TeamId
    name: str
    caller_id: str
    """Digits shown to the lead; a valid number that can be called back."""
    trunks: tuple[TrunkId, ...]
    """Tried in this order: the first with a free line and a token."""
    weight: float = 1.0
    """Share of the team's launches when several campaigns feed one team."""
    ring_seconds: float = 24.0
    """How long an attempt may ring. The floor is 15 (47 CFR 64.1200(a)(6); Ofcom practice)."""
    cancel_after_seconds: float | None = 15.0
    """What a call must have rung before the pacer may end it (47 CFR 64.1200(a)(6)); None forbids.

    It takes effect only where the team's pacing asks for it too."""
    lead_probability: bool = True
    """Learn from the features of leads how likely each is to answer, and pace by it."""
    answer_tolerance_seconds: float = 2.0
    """Legal seconds from answer to agent (16 CFR 310.4(b)(1)(iv))."""
    wrap_up_seconds_max: float = 30.0
    """After this the agent is READY again, disposed or not."""
    on_abandon: OnAbandon = OnAbandon.MESSAGE
    hopper_seconds: float = 30.0
    """How many seconds of dialling the hopper should hold."""
    recording: RecordingConfig = field(default_factory=RecordingConfig)
    opt_out_key: str | None = None
    """The key that ends a recording and all further calls (47 CFR 64.1200(a)(7)(i)(B))."""
    screening: ScreeningConfig | None = None
    """None: the classifier is not used."""
    survey: tuple[Question, ...] = ()
    """Asked of whoever answers, the first one first; such a campaign has no agents."""
    return_wait_seconds: float = 20.0
    """How long a person who calls back waits for an agent before the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkConfig:
    """Capacity of one gateway."""

    trunk_id: TrunkId
    channels_max: int
    calls_per_second: float
    """Token bucket rate; keep at 80 % of what the carrier allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """Timers of the engine. The defaults are right for FreeSWITCH 1.10.12 on a local network."""

    bridge_watchdog_seconds: float = 1.0
    """UNPARK without BRIDGE or PARK by then means a stuck agent leg (switch_ivr_bridge.c:1166)."""
    originate_watchdog_seconds: float = 15.0
    """Beyond set-up and ring time, a call nobody reports on is asked after."""
    survey_seconds: float = 5.0
    """How often the switch is asked which of our legs live."""
    nail_up_seconds: float = 35.0
    """An agent's phone rings for at most 30 s; a leg that is not parked by then lost its event."""
    renail_seconds: float = 2.0
    """Pause before an agent's lost leg is called again; doubles up to `renail_seconds_max`."""
    renail_seconds_max: float = 60.0
    message_seconds_max: float = 40.0
    """An abandoned lead's message is over by then, or we hang up."""
    survey_seconds_max: float = 300.0
    """A survey by keys is over by then, or we hang up: twenty questions of a quarter minute."""
    talk_seconds_max: float = 7200.0
    """`sched_hangup` on the switch ends a call then; the engine gives up on it a little later."""
    callback_reserve_seconds: float = 60.0
    """So long before a promised call its agent is given no other lead. About half a talk: a longer
    rest costs more talking time than it saves lateness, which the tolerance is there for."""
    preview_skip_seconds: float = 3600.0
    """How long a lead that an agent skipped in preview is put off."""
    switch_lost_seconds: float = 10.0
    """So long a lost switch is waited for before its idle agents are called from another. A restart
    takes two to five seconds, and a phone that rings twice is worse than a short rest."""
    switch_lost_talk_seconds: float = 60.0
    """The same for agents who talked: their lead may still be on the line, which only the lost
    switch knows."""
    switch_settle_seconds: float = 30.0
    """A home that came back must stay so long before its team moves back to it."""
    switch_sessions_ratio_max: float = 0.9
    """No launches on a switch as full as this: what is left is for agents' legs and transfers."""
    switch_per_second_ratio_max: float = 0.8
    """No launches for a second on a switch that admitted this share of its sessions-per-second."""
    switch_idle_cpu_ratio_min: float = 0.1
    """No launches on a switch with less idle processor time: late audio is the next thing."""
    lease_retry_seconds: float = 2.0
    """How long to wait before asking for leads again when fewer came than were asked for."""
