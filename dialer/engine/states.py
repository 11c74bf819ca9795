"""The states of calls and agents. The tables that join them stand in `calls.py` and `agents.py`."""

import enum


@enum.unique
class CallState(enum.StrEnum):
    """Where a call stands."""

    PLANNED = "planned"
    """Commanded, not yet known to be durable."""
    ORIGINATING = "originating"
    RINGING = "ringing"
    ANSWERED = "answered"
    """Answered, its leg not yet parked: it cannot be bridged for another 20 ms."""
    SCREENING = "screening"
    """Answered, and the switch listens whether a person or a machine speaks."""
    WAITING = "waiting"
    BRIDGING = "bridging"
    CONNECTED = "connected"
    ABANDONED = "abandoned"
    """The legal seconds are over; the message plays or the hang-up is on its way."""
    PLAYING = "playing"
    """It hears a recording that is no message of an abandoned call: a machine that is left one, a
    survey without agents, a person who called back while nobody was there."""
    ENDED = "ended"


@enum.unique
class AgentState(enum.StrEnum):
    """Where an agent stands."""

    LOGGED_OUT = "logged_out"
    CONNECTING_LEG = "connecting_leg"
    PAUSED = "paused"
    READY = "ready"
    RESERVED = "reserved"
    TALKING = "talking"
    WRAP_UP = "wrap_up"


@enum.unique
class CallbackState(enum.StrEnum):
    """Where a promised call stands, in the engine and in the store; the last four are for good."""

    OPEN = "open"
    """On disk only: no dialer has it in hand."""
    DUE = "due"
    """In the hands of a dialer."""
    KEPT = "kept"
    LATE = "late"
    MISSED = "missed"
    CANCELLED = "cancelled"


@enum.unique
class CampaignState(enum.StrEnum):
    """Where a campaign stands, in the engine and in the store."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
