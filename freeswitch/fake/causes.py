"""Hangup causes as the fake needs them: Q.850 numbers and the SIP response each comes from.

The pairs are those of `sofia_glue_sip_cause_to_freeswitch` (mod_sofia/sofia_glue.c) and
`switch_types.h`; a cause without a SIP response here is refused with 480.
"""

from typing import NamedTuple


class SipResponse(NamedTuple):
    """A final SIP status and its phrase."""

    status: int
    phrase: str


Q850 = {
    "NONE": 0,
    "UNALLOCATED_NUMBER": 1,
    "NO_ROUTE_TRANSIT_NET": 2,
    "NO_ROUTE_DESTINATION": 3,
    "NORMAL_CLEARING": 16,
    "USER_BUSY": 17,
    "NO_USER_RESPONSE": 18,
    "NO_ANSWER": 19,
    "SUBSCRIBER_ABSENT": 20,
    "CALL_REJECTED": 21,
    "NUMBER_CHANGED": 22,
    "EXCHANGE_ROUTING_ERROR": 25,
    "DESTINATION_OUT_OF_ORDER": 27,
    "INVALID_NUMBER_FORMAT": 28,
    "NORMAL_UNSPECIFIED": 31,
    "NORMAL_CIRCUIT_CONGESTION": 34,
    "NETWORK_OUT_OF_ORDER": 38,
    "NORMAL_TEMPORARY_FAILURE": 41,
    "SWITCH_CONGESTION": 42,
    "REQUESTED_CHAN_UNAVAIL": 44,
    "SERVICE_UNAVAILABLE": 63,
    "CHAN_NOT_IMPLEMENTED": 66,
    "SERVICE_NOT_IMPLEMENTED": 79,
    "INCOMPATIBLE_DESTINATION": 88,
    "RECOVERY_ON_TIMER_EXPIRE": 102,
    "INTERWORKING": 127,
    "ORIGINATOR_CANCEL": 487,
    "CRASH": 700,
    "SYSTEM_SHUTDOWN": 701,
    "LOSE_RACE": 702,
    "MANAGER_REQUEST": 703,
    "BLIND_TRANSFER": 800,
    "ATTENDED_TRANSFER": 801,
    "ALLOTTED_TIMEOUT": 802,
    "USER_CHALLENGE": 803,
    "MEDIA_TIMEOUT": 804,
    "PICKED_OFF": 805,
    "USER_NOT_REGISTERED": 806,
    "PROGRESS_TIMEOUT": 807,
    "INVALID_GATEWAY": 808,
    "GATEWAY_DOWN": 809,
    "INVALID_URL": 810,
    "INVALID_PROFILE": 811,
    "UNWANTED": 819,
}

SIP = {
    "UNALLOCATED_NUMBER": SipResponse(404, "Not Found"),
    "USER_BUSY": SipResponse(486, "Busy Here"),
    "NO_USER_RESPONSE": SipResponse(408, "Request Timeout"),
    "NO_ANSWER": SipResponse(480, "Temporarily Unavailable"),
    "CALL_REJECTED": SipResponse(603, "Decline"),
    "NUMBER_CHANGED": SipResponse(410, "Gone"),
    "INVALID_NUMBER_FORMAT": SipResponse(484, "Address Incomplete"),
    "NORMAL_CIRCUIT_CONGESTION": SipResponse(503, "Service Unavailable"),
    "NORMAL_TEMPORARY_FAILURE": SipResponse(503, "Service Unavailable"),
    "SWITCH_CONGESTION": SipResponse(503, "Service Unavailable"),
    "NETWORK_OUT_OF_ORDER": SipResponse(502, "Bad Gateway"),
    "RECOVERY_ON_TIMER_EXPIRE": SipResponse(504, "Server Time-out"),
    "INCOMPATIBLE_DESTINATION": SipResponse(488, "Not Acceptable Here"),
    "UNWANTED": SipResponse(607, "Unwanted"),
}


def sip_response(cause: str) -> SipResponse:
    """The SIP failure with which a far end ends a call for this cause."""
    return SIP.get(cause, SipResponse(480, "Temporarily Unavailable"))


def q850_number(cause: str) -> int:
    """`hangup_cause_q850`: the switch's own causes, 128 and above, are shown as 16."""
    number = Q850.get(cause, 31)
    return number if number < 128 else 16


def known_cause(name: str, default: str = "NORMAL_CLEARING") -> str:
    """The cause of that name in capitals, or the default (`switch_channel_str2cause`)."""
    return name.upper() if name.upper() in Q850 else default
