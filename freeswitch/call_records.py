"""How a call ended, as mod_json_cdr wrote it down: one JSON file a channel, named by its UUID.

It is the only thing of FreeSWITCH that outlives a channel. Written when the channel reports
(CS_REPORTING), so a switch that is killed writes none of the calls it had.
"""

from dataclasses import dataclass

import msgspec

from freeswitch import values
from freeswitch.errors import MalformedEvent

SUFFIX = ".cdr.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """The end of a channel. Times are Unix seconds by the switch's clock, None for never."""

    cause: str
    """Hangup cause, FreeSWITCH's name verbatim."""
    hangup_disposition: str | None
    """recv_refuse, send_cancel, send_bye, recv_bye: who ended it, and how."""
    dialer_id: str | None
    progress_at: float | None
    """Ringing or early media."""
    answered_at: float | None
    bridged_at: float | None
    ended_at: float


class _Variables(msgspec.Struct, frozen=True, gc=False):
    hangup_cause: str
    end_uepoch: str
    answer_uepoch: str = "0"
    bridge_uepoch: str = "0"
    progress_uepoch: str = "0"
    progress_media_uepoch: str = "0"
    sip_hangup_disposition: str | None = None
    dialer_id: str | None = None


class _Document(msgspec.Struct, frozen=True, gc=False):
    variables: _Variables


def file_name(channel: str) -> str:
    """Of the channel's record. Raises UnsafeValue for anything but a UUID."""
    return f"{values.uuid('channel', channel)}{SUFFIX}"


def read_call_record(data: bytes) -> CallRecord:
    """Read one file. Raises MalformedEvent, as for one that is still being written."""
    try:
        found = msgspec.json.decode(data.decode("utf-8", "replace"), type=_Document).variables
        return CallRecord(
            cause=found.hangup_cause,
            hangup_disposition=found.sip_hangup_disposition,
            dialer_id=found.dialer_id,
            progress_at=_at(found.progress_uepoch) or _at(found.progress_media_uepoch),
            answered_at=_at(found.answer_uepoch),
            bridged_at=_at(found.bridge_uepoch),
            ended_at=int(found.end_uepoch) / 1e6,
        )
    except (msgspec.MsgspecError, ValueError) as error:
        raise MalformedEvent(f"a call record cannot be read: {error}") from error


def _at(microseconds: str) -> float | None:
    return int(microseconds) / 1e6 or None
