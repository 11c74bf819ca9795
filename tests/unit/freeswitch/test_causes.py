import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch.causes import CAUSES, CauseClass, classify
from freeswitch.events import ChannelDetails, JobEvent, read_event
from freeswitch.framing import FrameReader
from freeswitch.messages import EventMessage
from tests.support import captures


@pytest.mark.parametrize(
    ("cause", "channel", "progress", "disposition", "expected"),
    [
        ("NORMAL_CLEARING", True, True, "recv_bye", CauseClass.ANSWERED_ENDED),
        ("NORMAL_CLEARING", True, True, "send_bye", CauseClass.ANSWERED_ENDED),
        ("NORMAL_CLEARING", True, True, "send_cancel", CauseClass.CANCELLED),
        ("NORMAL_CLEARING", True, True, "recv_refuse", CauseClass.FAILED),
        ("NORMAL_CLEARING", False, False, None, CauseClass.CANCELLED),
        ("USER_BUSY", True, False, "recv_refuse", CauseClass.BUSY),
        ("NO_USER_RESPONSE", True, True, "recv_refuse", CauseClass.NO_ANSWER),
        ("NO_ANSWER", True, True, "send_cancel", CauseClass.NO_ANSWER),
        ("ALLOTTED_TIMEOUT", True, True, "send_cancel", CauseClass.NO_ANSWER),
        ("ALLOTTED_TIMEOUT", True, True, "send_bye", CauseClass.ANSWERED_ENDED),
        ("ORIGINATOR_CANCEL", True, True, "send_cancel", CauseClass.CANCELLED),
        ("ORIGINATOR_CANCEL", True, True, None, CauseClass.CANCELLED),
        ("PROGRESS_TIMEOUT", True, False, "send_cancel", CauseClass.CONGESTION),
        ("RECOVERY_ON_TIMER_EXPIRE", True, False, "recv_refuse", CauseClass.CONGESTION),
        ("RECOVERY_ON_TIMER_EXPIRE", True, True, "recv_refuse", CauseClass.NO_ANSWER),
        ("RECOVERY_ON_TIMER_EXPIRE", True, False, "send_cancel", CauseClass.CONGESTION),
        ("UNALLOCATED_NUMBER", True, False, "recv_refuse", CauseClass.INVALID),
        ("NUMBER_CHANGED", True, False, "recv_refuse", CauseClass.INVALID),
        ("INVALID_NUMBER_FORMAT", True, False, "recv_refuse", CauseClass.INVALID),
        ("CALL_REJECTED", True, True, "recv_refuse", CauseClass.REJECTED),
        ("UNWANTED", True, True, "recv_refuse", CauseClass.UNWANTED),
        ("NORMAL_TEMPORARY_FAILURE", True, False, "recv_refuse", CauseClass.CONGESTION),
        ("NETWORK_OUT_OF_ORDER", True, False, "recv_refuse", CauseClass.CONGESTION),
        ("DESTINATION_OUT_OF_ORDER", False, False, None, CauseClass.SWITCH_LIMIT),
        ("DESTINATION_OUT_OF_ORDER", True, True, "recv_refuse", CauseClass.FAILED),
        ("GATEWAY_DOWN", False, False, None, CauseClass.CONFIG),
        ("INVALID_GATEWAY", False, False, None, CauseClass.CONFIG),
        ("USER_NOT_REGISTERED", False, False, None, CauseClass.CONFIG),
        ("SUBSCRIBER_ABSENT", False, False, None, CauseClass.CONFIG),
        ("SUBSCRIBER_ABSENT", True, False, "recv_refuse", CauseClass.NO_ANSWER),
        ("INCOMPATIBLE_DESTINATION", True, False, "recv_refuse", CauseClass.CONFIG),
        ("MANAGER_REQUEST", True, True, "send_bye", CauseClass.SYSTEM),
        ("SYSTEM_SHUTDOWN", True, True, "send_cancel", CauseClass.SYSTEM),
        ("MEDIA_TIMEOUT", True, True, "send_bye", CauseClass.SYSTEM),
        ("A_CAUSE_OF_TOMORROW", True, True, "recv_refuse", CauseClass.FAILED),
        ("", False, False, None, CauseClass.FAILED),
    ],
)
def test_what_a_cause_means(
    cause: str, channel: bool, progress: bool, disposition: str | None, expected: CauseClass
) -> None:
    found = classify(
        cause, saw_channel=channel, saw_progress=progress, hangup_disposition=disposition
    )
    assert found is expected


@given(
    st.sampled_from(sorted(CAUSES)),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, "recv_refuse", "send_cancel", "recv_cancel", "send_bye", "recv_bye"]),
)
def test_only_a_call_that_was_answered_counts_as_answered(
    cause: str, channel: bool, progress: bool, disposition: str | None
) -> None:
    found = classify(
        cause, saw_channel=channel, saw_progress=progress, hangup_disposition=disposition
    )
    if found is CauseClass.ANSWERED_ENDED:
        assert channel
        assert disposition not in ("recv_refuse", "send_cancel")
    if found is CauseClass.SWITCH_LIMIT:
        assert not channel


def test_names_and_numbers_are_unique_and_q850_where_it_reaches() -> None:
    assert len(CAUSES) == 82
    assert len({cause.number for cause in CAUSES.values()}) == len(CAUSES)
    assert CAUSES["USER_BUSY"].number == 17
    assert CAUSES["ORIGINATOR_CANCEL"].number == 487
    assert all(name == cause.name for name, cause in CAUSES.items())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("busy", CauseClass.BUSY),
        ("rejected", CauseClass.REJECTED),
        ("unallocated_number", CauseClass.INVALID),
        ("network_failure", CauseClass.CONGESTION),
        ("no_answer_timeout", CauseClass.NO_ANSWER),
        ("early_media_then_no_answer", CauseClass.NO_ANSWER),
        ("setup_timeout_without_ringing", CauseClass.CONGESTION),
        ("cancelled_while_ringing", CauseClass.CANCELLED),
        ("gateway_down", CauseClass.CONFIG),
        ("gateway_unknown", CauseClass.CONFIG),
        ("agent_endpoint_not_registered", CauseClass.CONFIG),
        ("session_limit_reached", CauseClass.SWITCH_LIMIT),
        ("same_uuid_originated_twice", CauseClass.SWITCH_LIMIT),
        ("answered_call_as_plain_events", CauseClass.ANSWERED_ENDED),
        ("amd_silence", CauseClass.ANSWERED_ENDED),
    ],
)
def test_what_became_of_each_captured_call(name: str, expected: CauseClass) -> None:
    """The first leg whose fate is known, as the dialer would judge it."""
    messages, _ = FrameReader().receive(captures.received(name))
    found = [read_event(m) for m in messages if isinstance(m, EventMessage)]
    names = [event.name for event in found]
    second_call = name in ("session_limit_reached", "same_uuid_originated_twice")
    saw_channel = "CHANNEL_CREATE" in names and not second_call
    ended = next((e for e in found if e.name == "CHANNEL_HANGUP_COMPLETE"), None)
    if saw_channel and isinstance(ended, ChannelDetails):
        cause, disposition = ended.hangup_cause or "", ended.hangup_disposition
    else:
        job = next(e for e in found if isinstance(e, JobEvent))
        cause, disposition = (job.body or "").strip().removeprefix("-ERR "), None
    verdict = classify(
        cause,
        saw_channel=saw_channel,
        saw_progress="CHANNEL_PROGRESS" in names or "CHANNEL_PROGRESS_MEDIA" in names,
        hangup_disposition=disposition,
    )
    assert verdict is expected
