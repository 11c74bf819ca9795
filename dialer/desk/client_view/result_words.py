"""Outcomes and kinds of dispositions, as a client reads them; translated where they are shown."""

from campaigns.dispositions import DispositionKind
from campaigns.outcomes import Outcome
from dialer.desk.words import N_

OUTCOMES: dict[str, str] = {
    Outcome.CONNECTED: N_("Connected with an agent"),
    Outcome.ABANDONED: N_("Answered, no agent came in time"),
    Outcome.HUNG_UP_EARLY: N_("Hung up while an agent was being connected"),
    Outcome.MACHINE: N_("Answering machine"),
    Outcome.MESSAGE: N_("Recording heard"),
    Outcome.BUSY: N_("Busy"),
    Outcome.NO_ANSWER: N_("No answer"),
    Outcome.INVALID_NUMBER: N_("Invalid number"),
    Outcome.REJECTED: N_("Call rejected"),
    Outcome.CONGESTION: N_("Network congestion"),
    Outcome.CANCELLED: N_("Cancelled by us"),
    Outcome.SWITCH_LIMIT: N_("Not dialled"),
    Outcome.FAILED: N_("Failed"),
    Outcome.UNKNOWN: N_("Unknown"),
}
KINDS: dict[str, str] = {
    DispositionKind.SALE: N_("sale"),
    DispositionKind.REFUSAL: N_("refusal"),
    DispositionKind.NO_INTEREST: N_("no interest"),
    DispositionKind.CALLBACK: N_("callback"),
    DispositionKind.MACHINE: N_("machine"),
    DispositionKind.WRONG_NUMBER: N_("wrong number"),
    DispositionKind.DO_NOT_CALL: N_("do not call"),
    DispositionKind.UNFINISHED: N_("unfinished"),
    DispositionKind.OTHER: N_("other"),
    "none": N_("none"),
}
STATES = {
    "draft": N_("not started"),
    "running": N_("running"),
    "paused": N_("paused"),
    "stopped": N_("stopped"),
}
