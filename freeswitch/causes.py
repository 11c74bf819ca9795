"""FreeSWITCH's hangup causes, verbatim, and what each means to somebody who calls leads.

Names and numbers: switch_types.h (`switch_call_cause_t`) and the table of names in switch_channel.c
of 1.10.12; numbers up to 127 are those of ITU-T Q.850. How SIP answers become causes: sofia_glue.c,
`sofia_glue_sip_cause_to_freeswitch`. Never classify on the number alone: `hangup_cause_q850` shows
16 for every local cause above 127.
"""

import enum
from dataclasses import dataclass
from types import MappingProxyType


@enum.unique
class CauseClass(enum.StrEnum):
    """What a hangup cause means for the lead and for the trunk."""

    ANSWERED_ENDED = "answered_ended"
    """It was answered and is over."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    """It rang, or the telephone is switched off; nobody took it."""
    INVALID = "invalid"
    """No such number."""
    REJECTED = "rejected"
    """Refused by the lead, a blocking service, or the trunk's authorisation (see the SIP
    status)."""
    UNWANTED = "unwanted"
    """SIP 607: the called person marks the call as unwanted (RFC 8197): a do-not-call candidate."""
    CONGESTION = "congestion"
    """The network or the trunk failed, not the lead: back off, try another route."""
    CANCELLED = "cancelled"
    """We ended it before it was answered."""
    SWITCH_LIMIT = "switch_limit"
    """Our switch refused before any channel existed: max-sessions, sessions per second, paused,
    or an `origination_uuid` that lives already. The lead was not called."""
    CONFIG = "config"
    """Our switch's configuration or a gateway is at fault; tell somebody."""
    SYSTEM = "system"
    """The switch or a person at it ended the call: shutdown, hupall, transfer, lost media."""
    FAILED = "failed"
    """Any other failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One hangup cause."""

    name: str
    number: int
    """Q.850 up to 127, FreeSWITCH's own above."""
    cause_class: CauseClass
    """Its meaning where nothing else is known; `classify` knows more."""


_E, _B, _N = CauseClass.ANSWERED_ENDED, CauseClass.BUSY, CauseClass.NO_ANSWER
_I, _R, _U = CauseClass.INVALID, CauseClass.REJECTED, CauseClass.UNWANTED
_G, _C, _L = CauseClass.CONGESTION, CauseClass.CANCELLED, CauseClass.SWITCH_LIMIT
_F, _S, _X = CauseClass.CONFIG, CauseClass.SYSTEM, CauseClass.FAILED

_TABLE: tuple[tuple[str, int, CauseClass], ...] = (
    ("NONE", 0, _X),
    ("UNALLOCATED_NUMBER", 1, _I),
    ("NO_ROUTE_TRANSIT_NET", 2, _G),
    ("NO_ROUTE_DESTINATION", 3, _I),
    ("CHANNEL_UNACCEPTABLE", 6, _X),
    ("CALL_AWARDED_DELIVERED", 7, _X),
    ("NORMAL_CLEARING", 16, _E),
    ("USER_BUSY", 17, _B),
    ("NO_USER_RESPONSE", 18, _N),
    ("NO_ANSWER", 19, _N),
    ("SUBSCRIBER_ABSENT", 20, _N),
    ("CALL_REJECTED", 21, _R),
    ("NUMBER_CHANGED", 22, _I),
    ("REDIRECTION_TO_NEW_DESTINATION", 23, _X),
    ("EXCHANGE_ROUTING_ERROR", 25, _F),
    ("DESTINATION_OUT_OF_ORDER", 27, _X),
    ("INVALID_NUMBER_FORMAT", 28, _I),
    ("FACILITY_REJECTED", 29, _X),
    ("RESPONSE_TO_STATUS_ENQUIRY", 30, _X),
    ("NORMAL_UNSPECIFIED", 31, _X),
    ("NORMAL_CIRCUIT_CONGESTION", 34, _G),
    ("NETWORK_OUT_OF_ORDER", 38, _G),
    ("NORMAL_TEMPORARY_FAILURE", 41, _G),
    ("SWITCH_CONGESTION", 42, _G),
    ("ACCESS_INFO_DISCARDED", 43, _X),
    ("REQUESTED_CHAN_UNAVAIL", 44, _G),
    ("PRE_EMPTED", 45, _X),
    ("FACILITY_NOT_SUBSCRIBED", 50, _F),
    ("OUTGOING_CALL_BARRED", 52, _F),
    ("INCOMING_CALL_BARRED", 54, _R),
    ("BEARERCAPABILITY_NOTAUTH", 57, _F),
    ("BEARERCAPABILITY_NOTAVAIL", 58, _G),
    ("SERVICE_UNAVAILABLE", 63, _F),
    ("BEARERCAPABILITY_NOTIMPL", 65, _F),
    ("CHAN_NOT_IMPLEMENTED", 66, _F),
    ("FACILITY_NOT_IMPLEMENTED", 69, _F),
    ("SERVICE_NOT_IMPLEMENTED", 79, _F),
    ("INVALID_CALL_REFERENCE", 81, _X),
    ("INCOMPATIBLE_DESTINATION", 88, _F),
    ("INVALID_MSG_UNSPECIFIED", 95, _X),
    ("MANDATORY_IE_MISSING", 96, _X),
    ("MESSAGE_TYPE_NONEXIST", 97, _X),
    ("WRONG_MESSAGE", 98, _X),
    ("IE_NONEXIST", 99, _X),
    ("INVALID_IE_CONTENTS", 100, _X),
    ("WRONG_CALL_STATE", 101, _X),
    ("RECOVERY_ON_TIMER_EXPIRE", 102, _G),
    ("MANDATORY_IE_LENGTH_ERROR", 103, _X),
    ("PROTOCOL_ERROR", 111, _X),
    ("INTERWORKING", 127, _F),
    ("SUCCESS", 142, _E),
    ("ORIGINATOR_CANCEL", 487, _C),
    ("CRASH", 700, _S),
    ("SYSTEM_SHUTDOWN", 701, _S),
    ("LOSE_RACE", 702, _S),
    ("MANAGER_REQUEST", 703, _S),
    ("BLIND_TRANSFER", 800, _S),
    ("ATTENDED_TRANSFER", 801, _S),
    ("ALLOTTED_TIMEOUT", 802, _N),
    ("USER_CHALLENGE", 803, _F),
    ("MEDIA_TIMEOUT", 804, _S),
    ("PICKED_OFF", 805, _S),
    ("USER_NOT_REGISTERED", 806, _F),
    ("PROGRESS_TIMEOUT", 807, _G),
    ("INVALID_GATEWAY", 808, _F),
    ("GATEWAY_DOWN", 809, _F),
    ("INVALID_URL", 810, _F),
    ("INVALID_PROFILE", 811, _F),
    ("NO_PICKUP", 812, _N),
    ("SRTP_READ_ERROR", 813, _S),
    ("BOWOUT", 814, _S),
    ("BUSY_EVERYWHERE", 815, _B),
    ("DECLINE", 816, _R),
    ("DOES_NOT_EXIST_ANYWHERE", 817, _I),
    ("NOT_ACCEPTABLE", 818, _F),
    ("UNWANTED", 819, _U),
    ("NO_IDENTITY", 820, _F),
    ("BAD_IDENTITY_INFO", 821, _F),
    ("UNSUPPORTED_CERTIFICATE", 822, _F),
    ("INVALID_IDENTITY", 823, _F),
    ("STALE_DATE", 824, _F),
    ("REJECT_ALL", 825, _R),
)

CAUSES = MappingProxyType(
    {
        name: Cause(name=name, number=number, cause_class=cause_class)
        for name, number, cause_class in _TABLE
    }
)
"""Every cause by its name."""

_BYE = frozenset({"send_bye", "recv_bye"})
"""A BYE ends a dialog, so the call was answered (RFC 3261, 15)."""
_RING_LIMITS = frozenset({"NO_ANSWER", "ALLOTTED_TIMEOUT", "NO_PICKUP"})
"""Causes with which the switch itself cancels when the ring time is over."""


_ROUTE_FAILURES = frozenset(
    {
        "GATEWAY_DOWN", "INVALID_GATEWAY", "NETWORK_OUT_OF_ORDER", "NORMAL_CIRCUIT_CONGESTION",
        "NORMAL_TEMPORARY_FAILURE", "NO_ROUTE_DESTINATION", "NO_ROUTE_TRANSIT_NET",
        "PROGRESS_TIMEOUT", "RECOVERY_ON_TIMER_EXPIRE", "REQUESTED_CHAN_UNAVAIL",
        "SWITCH_CONGESTION",
    }
)  # fmt: skip
"""The gateway, the route or the carrier behind it, not the called number. NO_ROUTE_DESTINATION may
be either: another route tells."""


def is_route_failure(cause: str, *, saw_progress: bool) -> bool:
    """True when another gateway may do better, and nobody's telephone can have rung meanwhile.

    `saw_progress` as in `classify`: after 180 or 183 the far end was reached, whatever came then.
    """
    return cause in _ROUTE_FAILURES and not saw_progress


def classify(
    cause: str, *, saw_channel: bool, saw_progress: bool, hangup_disposition: str | None
) -> CauseClass:
    """Tell what a hangup cause means.

    `saw_channel`: CHANNEL_CREATE came for this call. `saw_progress`: it rang or had early media
    (180, 183). `hangup_disposition`: `variable_sip_hangup_disposition` of CHANNEL_HANGUP_COMPLETE,
    one of recv_refuse, send_refuse, send_cancel, recv_cancel, send_bye, recv_bye, or None. A cause
    this table does not know (a newer switch) is FAILED.
    """
    known = CAUSES.get(cause)
    if known is None:
        return CauseClass.FAILED
    if not saw_channel:
        return _without_channel(known)
    if known.cause_class is CauseClass.SYSTEM:
        return CauseClass.SYSTEM
    if hangup_disposition in _BYE:
        return CauseClass.ANSWERED_ENDED
    if hangup_disposition == "send_cancel":
        return _cancelled_by_the_switch(known, saw_progress=saw_progress)
    if cause == "RECOVERY_ON_TIMER_EXPIRE" and saw_progress:
        # SIP 408 or 504 after it rang: the far end gave up waiting. Without ringing the route is
        # dead.
        return CauseClass.NO_ANSWER
    if hangup_disposition == "recv_refuse" and known.cause_class is CauseClass.ANSWERED_ENDED:
        # A refusal whose Reason header says 16 (sofia.c lets Q.850 override the SIP status).
        return CauseClass.FAILED
    return known.cause_class


def _without_channel(known: Cause) -> CauseClass:
    """No CHANNEL_CREATE was seen: our own switch said it before anything went out."""
    match known.name:
        case "DESTINATION_OUT_OF_ORDER":
            return CauseClass.SWITCH_LIMIT
        case "SUBSCRIBER_ABSENT":
            # The dialled user/... has no registration.
            return CauseClass.CONFIG
        case "NORMAL_CLEARING" | "SUCCESS":
            # An originate job that failed so was ended before it was answered.
            return CauseClass.CANCELLED
        case _:
            return known.cause_class


def _cancelled_by_the_switch(known: Cause, *, saw_progress: bool) -> CauseClass:
    """A CANCEL went out: our timers or our `uuid_kill`, told apart by the cause's name."""
    if known.name in _RING_LIMITS:
        return CauseClass.NO_ANSWER
    if known.name == "PROGRESS_TIMEOUT":
        return CauseClass.CONGESTION
    if known.name == "RECOVERY_ON_TIMER_EXPIRE":
        return CauseClass.NO_ANSWER if saw_progress else CauseClass.CONGESTION
    return CauseClass.CANCELLED
