"""Whatever is asked of the fake switch in whatever order, its channels live and die in order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.raw_esl import VirtualEsl

_UUIDS = [f"call-{turn}" for turn in range(5)]
_uuid = st.sampled_from(_UUIDS)

_NUMBERS = ["1002", "1110", "200", "300", "700", "800", "900", "01", "02", "agent1"]
_APPLICATIONS = [
    "&park()",
    "&eavesdrop(call-0)",
    "'detect_audio:300 3 2000,detect_silence:300 40 2200,park' inline",
    "&nosuchapplication()",
]
_VARIABLES = [
    "park_after_bridge=true,uuid_bridge_park_on_cancel=true",
    "ignore_early_media=true,park_timeout=3:ALLOTTED_TIMEOUT",
    "uuid_bridge_continue_on_cancel=true,originate_timeout=5",
    "return_ring_ready=true",
]

_originate = st.builds(
    "bgapi originate {{origination_uuid={},{}}}sofia/gateway/pstn/{} {}".format,
    _uuid,
    st.sampled_from(_VARIABLES),
    st.sampled_from(_NUMBERS),
    st.sampled_from(_APPLICATIONS),
)
_on_one = st.builds(
    str.format,
    st.sampled_from(
        [
            "api uuid_kill {}",
            "api uuid_park {}",
            "api uuid_transfer {} 'playback:/s/vm.wav,hangup:NORMAL_CLEARING' inline",
            "api uuid_transfer {} 'play_and_get_digits:1 1 1 500 # /s/a.wav x d 9,park' inline",
            "api uuid_record {} start /r/a.wav",
            "api uuid_record {} stop all",
            "api uuid_broadcast {} /s/a.wav aleg",
            "api uuid_recv_dtmf {} 9",
            "api uuid_dump {} json",
            "api sched_hangup +1 {}",
            "sendmsg {}\ncall-command: execute\nexecute-app-name: park",
        ]
    ),
    _uuid,
)
_bridge = st.builds("api uuid_bridge {} {}".format, _uuid, _uuid)
_wait = st.sampled_from([0.005, 0.02, 0.03, 0.5, 3.0])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(_originate, _originate, _on_one, _bridge, _wait), max_size=25))
def test_every_channel_is_created_once_reported_once_and_destroyed_once(
    steps: list[str | float],
) -> None:
    esl = VirtualEsl()
    for step in steps:
        if isinstance(step, str):
            esl.command(step)
        else:
            esl.advance(step)
    esl.advance(0.01)  # the last originate is a job of its own and starts a moment later
    esl.api("hupall")
    esl.advance(90.0)
    assert esl.switch.core.channels == {}
    assert esl.api("show channels as json") == '{"row_count": 0}\n'
    for uuid in _UUIDS:
        lives = " ".join(esl.names_of(uuid)).split("CHANNEL_DESTROY")
        assert lives.pop() == ""
        for life in lives:
            names = life.split()
            assert names[0] == "CHANNEL_CREATE"
            assert names[-1] == "CHANNEL_HANGUP_COMPLETE"
            for once in ("CHANNEL_CREATE", "CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE"):
                assert names.count(once) == 1
            assert names.count("CHANNEL_ANSWER") <= 1
            assert names.count("CHANNEL_UNPARK") == names.count("CHANNEL_PARK")
            assert names.count("CHANNEL_UNBRIDGE") == names.count("CHANNEL_BRIDGE")
            assert names.count("PLAYBACK_STOP") == names.count("PLAYBACK_START")
            assert names.count("RECORD_STOP") == names.count("RECORD_START")


def test_nothing_is_left_behind_after_thousands_of_calls() -> None:
    esl = VirtualEsl(events="CHANNEL_DESTROY")
    for turn in range(1000):
        esl.originate(f"call-{turn}", ("1101", "200", "01", "400")[turn % 4])
        esl.advance(0.5)
    esl.advance(60.0)
    assert len(esl.events("CHANNEL_DESTROY")) == 1000
    assert esl.switch.core.channels == {}
    assert esl.switch.api.table.channels_count() == 0
    heartbeat_at = esl.clock.next_timer_at()
    assert heartbeat_at is not None
    assert heartbeat_at <= esl.clock.now() + 20.0
