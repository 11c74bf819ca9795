"""The event socket itself: authentication, framing, subscriptions, filters, jobs, faults."""

import asyncio
import signal
import sys

import pytest

from freeswitch.fake import FakeSwitch, ManualClock, ScaledClock, SwitchSettings
from freeswitch.fake.listener import Listener
from tests.support.raw_esl import RawEslClient, RawFrame, VirtualEsl, take_frames

NOTICE = (
    b"Content-Type: text/disconnect-notice\nContent-Length: 67\n\n"
    b"Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
)


class Raw:
    """A client's bytes, unparsed."""

    def __init__(self, settings: SwitchSettings | None = None) -> None:
        self.clock = ManualClock()
        self.switch = FakeSwitch(settings=settings, clock=self.clock)
        self.heard = b""
        self.closed = False
        self.listener: Listener = self.switch.attach(self._hear, self._close)

    def _hear(self, data: bytes) -> None:
        self.heard += data

    def _close(self) -> None:
        self.closed = True

    def say(self, text: str) -> bytes:
        self.heard = b""
        self.listener.feed(text.encode())
        return self.heard


def test_a_wrong_password_is_refused_and_cut_off() -> None:
    raw = Raw()
    assert raw.heard == b"Content-Type: auth/request\n\n"
    said = raw.say("auth wrong\n\n")
    assert said == b"Content-Type: command/reply\nReply-Text: -ERR invalid\n\n" + NOTICE
    assert raw.closed


def test_an_unwelcome_address_is_rejected_rudely() -> None:
    raw = Raw(SwitchSettings(accept_connections=False))
    rejection = (
        b"Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n"
    )
    assert raw.heard == rejection + NOTICE
    assert raw.closed


def test_a_user_of_the_directory_may_log_in() -> None:
    raw = Raw(SwitchSettings(users={"dialer@host": "secret"}))
    assert b"Reply-Text: +OK accepted\n" in raw.say("userauth dialer@host:secret\n\n")


def test_nothing_is_done_before_authentication() -> None:
    raw = Raw()
    assert b"-ERR command not found" in raw.say("api status\n\n")
    assert b"+OK accepted" in raw.say("auth ClueCon\n\n")


def test_a_command_may_come_byte_by_byte_and_two_may_come_at_once() -> None:
    raw = Raw()
    raw.heard = b""
    for byte in b"auth ClueCon\n\napi echo one\n\napi echo two\n\n":
        raw.listener.feed(bytes([byte]))
    frames = take_frames(bytearray(raw.heard))
    assert [frame.body for frame in frames[1:]] == [b"one", b"two"]
    assert raw.say("api echo one\n\napi echo two\n\n").count(b"api/response") == 2


def test_replies_of_commands_that_say_nothing_or_do_not_exist() -> None:
    raw = Raw()
    raw.say("auth ClueCon\n\n")
    no_reply = b"Content-Type: api/response\nContent-Length: 14\n\n-ERR no reply\n"
    assert raw.say("api echo\n\n") == no_reply
    assert b"-ERR nothing Command not found!\n" in raw.say("api nothing at all\n\n")
    assert b"-ERR fake Command not found!\n" in raw.say("api fake restart\n\n")
    assert b"Reply-Text: -ERR not controlling a session\n" in raw.say("linger\n\n")
    assert b"Reply-Text: -ERR not loging\n" in raw.say("nolog\n\n")
    assert b"Reply-Text: +OK log level info [6]\n" in raw.say("log info\n\n")
    assert b"Reply-Text: -ERR invalid log level\n" in raw.say("log chatter\n\n")
    assert b"Reply-Text: +OK no longer logging\n" in raw.say("nolog\n\n")


def test_events_wait_for_the_poll_or_for_a_poke() -> None:
    patient, hasty = VirtualEsl(), VirtualEsl()
    for esl in (patient, hasty):
        esl.originate("call", "300")
        esl.advance(0.005)
        assert esl.heard == []
    hasty.listener.feed(b"\n")
    assert hasty.names_of("call") == ["CHANNEL_CREATE", "CHANNEL_PROGRESS"]
    patient.advance(0.1)
    assert patient.heard_at("CHANNEL_CREATE") == pytest.approx(0.020)


def test_no_event_comes_between_the_halves_of_a_command() -> None:
    esl = VirtualEsl()
    esl.originate("call", "300")
    esl.listener.feed(b"api uuid_exi")
    esl.advance(1.0)
    assert esl.heard == []
    esl.listener.feed(b"sts call\n\n")
    assert esl.replies[-1].body == b"true"
    assert esl.names_of("call") == ["CHANNEL_CREATE", "CHANNEL_PROGRESS"]


def test_after_custom_every_word_is_a_subclass() -> None:
    esl = VirtualEsl(events="")
    reply = esl.command("event json CUSTOM dialer::ping BACKGROUND_JOB")
    assert reply.header("Reply-Text") == "+OK event listener enabled json"
    esl.command("bgapi status")
    esl.command("sendevent CUSTOM\nEvent-Subclass: dialer::ping\nCount: 4")
    esl.command("sendevent CUSTOM\nEvent-Subclass: dialer::pong")
    esl.advance(0.1)
    assert esl.jobs() == []
    echo = esl.event("CUSTOM")
    assert (echo["Event-Subclass"], echo["Count"]) == ("dialer::ping", "4")
    # The subclass first, then the command and its headers; the name only behind them.
    assert list(echo)[:5] == ["Event-Subclass", "Command", "Count", "Event-UUID", "Event-Name"]


def test_unknown_names_are_ignored_and_none_at_all_is_an_error() -> None:
    esl = VirtualEsl(events="")
    for text in ("event json", "event json NO_SUCH_EVENT", "nixevent NO_SUCH_EVENT"):
        assert esl.command(text).header("Reply-Text") == "-ERR no keywords supplied"
    reply = esl.command("event json no_such_event switch_event_heartbeat")
    assert reply.header("Reply-Text") == "+OK event listener enabled json"
    esl.advance(20.1)
    assert esl.event("HEARTBEAT")["Session-Count"] == "0"


def test_nixevent_takes_one_from_all_and_noevents_takes_everything() -> None:
    esl = VirtualEsl()
    assert esl.command("nixevent HEARTBEAT").header("Reply-Text") == "+OK events nixed"
    esl.advance(21.0)
    assert esl.heard == []
    esl.originate("call", "200")
    esl.advance(1.0)
    assert esl.names_of("call")[0] == "CHANNEL_CREATE"
    said = esl.command("noevents").header("Reply-Text")
    assert said == "+OK no longer listening for events"
    assert esl.command("noevents").header("Reply-Text") == "-ERR not listening for events"


def test_filters_are_alternatives_and_a_negative_one_forbids() -> None:
    esl = VirtualEsl()
    added = esl.command("filter variable_dialer_id d1").header("Reply-Text")
    assert added == "+OK filter added. [variable_dialer_id]=[d1]"
    esl.command("filter Event-Name BACKGROUND_JOB")
    esl.originate("ours", "200", dialer_id="d1")
    esl.originate("theirs", "200", dialer_id="d2")
    esl.advance(21.0)
    assert esl.names_of("ours") != []
    assert esl.names_of("theirs") == []
    assert len(esl.jobs()) == 2
    assert esl.events("HEARTBEAT") == []
    esl.command("filter variable_dialer_id -d1")
    esl.originate("again", "200", dialer_id="d1")
    esl.advance(1.0)
    assert esl.names_of("again") == []
    esl.command("filter delete all")
    esl.originate("after", "200")
    esl.advance(1.0)
    assert esl.names_of("after") != []


def test_a_job_ends_for_every_client_under_the_id_it_was_given() -> None:
    esl = VirtualEsl()
    other: list[RawFrame] = []
    buffer = bytearray()

    def hear(data: bytes) -> None:
        buffer.extend(data)
        other.extend(take_frames(buffer))

    second = esl.switch.attach(hear, lambda: None)
    second.feed(b"auth ClueCon\n\nevent plain BACKGROUND_JOB\n\n")
    reply = esl.command("bgapi status\nJob-UUID: our-own-id")
    assert reply.headers[1:] == (
        ("Reply-Text", "+OK Job-UUID: our-own-id"),
        ("Job-UUID", "our-own-id"),
    )
    esl.advance(0.1)
    job = esl.event("BACKGROUND_JOB")
    assert (job["Job-UUID"], job["Job-Command"]) == ("our-own-id", "status")
    head, _, body = other[-1].body.decode().partition("\n\n")
    assert "Job-UUID: our-own-id\n" in head
    assert body == job["_body"]


def test_a_body_is_read_by_its_length_and_not_by_blank_lines() -> None:
    esl = VirtualEsl()
    body = "one\n\ntwo"
    text = f"sendevent CUSTOM\nEvent-Subclass: dialer::note\nContent-Length: {len(body)}\n\n{body}"
    esl.listener.feed(text.encode() + b"api echo after\n\n")
    assert esl.replies[-1].body == b"after"
    esl.advance(0.1)
    assert esl.event("CUSTOM")["_body"] == body


def test_a_connection_cut_off_leaves_the_calls_alone() -> None:
    esl = VirtualEsl()
    esl.originate("call", "1060")
    esl.switch.drop_connections()
    assert esl.is_closed
    esl.advance(2.0)
    assert esl.heard == []
    esl.connect()
    assert esl.api("uuid_exists call") == "true"


def test_a_restarted_switch_has_another_identity_and_no_calls() -> None:
    esl = VirtualEsl()
    esl.agent("agent-1")
    before = esl.event("CHANNEL_PARK")["Core-UUID"]
    esl.switch.restart()
    assert esl.is_closed
    esl.connect()
    assert esl.api("uuid_exists agent-1") == "false"
    esl.heard.clear()
    esl.agent("agent-1")
    assert esl.event("CHANNEL_PARK")["Core-UUID"] != before


def test_a_silent_switch_answers_commands_and_later_delivers_what_piled_up() -> None:
    esl = VirtualEsl()
    esl.switch.silence_events(10.0)
    esl.originate("call", "200")
    esl.advance(9.0)
    assert esl.heard == []
    assert esl.api("uuid_exists call") == "false"
    esl.advance(2.0)
    assert esl.names_of("call")[-1] == "CHANNEL_DESTROY"


def test_faults_come_over_the_wire_when_allowed() -> None:
    esl = VirtualEsl(settings=SwitchSettings(fault_commands=True))
    esl.agent("agent-1")
    assert esl.api("fake kill agent-1 MEDIA_TIMEOUT") == "+OK\n"
    esl.advance(0.1)
    assert esl.event("CHANNEL_HANGUP_COMPLETE")["Hangup-Cause"] == "MEDIA_TIMEOUT"
    assert esl.api("fake kill agent-1") == "-ERR No such channel!\n"
    esl.api("fake refuse on")
    esl.originate("call", "300")
    esl.advance(0.1)
    assert esl.jobs()[-1] == "-ERR DESTINATION_OUT_OF_ORDER\n"
    esl.api("fake gateway pstn down")
    esl.advance(0.1)
    state = esl.event("CUSTOM")
    assert state["Event-Subclass"] == "sofia::gateway_state"
    assert (state["Gateway"], state["Ping-Status"]) == ("pstn", "DOWN")
    assert "Status  \tDOWN\n" in esl.api("sofia status gateway pstn")
    assert esl.api("fake nonsense").startswith("-USAGE: fake drop |")
    esl.api("fake restart")
    esl.advance(0.1)
    assert esl.is_closed


def test_an_orderly_shutdown_hangs_everybody_up_and_says_so() -> None:
    esl = VirtualEsl()
    esl.agent("agent-1")
    assert esl.api("fsctl shutdown") == "+OK\n"
    esl.advance(2.0)
    assert esl.event("CHANNEL_HANGUP_COMPLETE")["Hangup-Cause"] == "SYSTEM_SHUTDOWN"
    # Said first, before the calls end; last comes a notice, with words of its own.
    names = [event["Event-Name"] for _, event in esl.heard]
    assert names.index("SHUTDOWN") < names.index("CHANNEL_HANGUP")
    notice = esl.replies[-1]
    assert notice.content_type == "text/disconnect-notice"
    assert notice.body == b"The system is being shut down.\n"
    assert esl.is_closed


def test_an_elegant_shutdown_waits_for_the_calls() -> None:
    esl = VirtualEsl()
    esl.originate("call", "1005")
    esl.advance(1.0)
    esl.listener.feed(b"api fsctl shutdown elegant\n\n")
    before = len(esl.replies)
    esl.advance(3.0)
    # The thread that waits for the calls is the listener's: this client hears nothing meanwhile.
    assert len(esl.replies) == before
    assert not esl.is_closed
    esl.advance(6.0)
    assert esl.replies[before].body == b"+OK\n"
    assert esl.event("SHUTDOWN_REQUESTED")["Event-Info"] == "elegant"
    assert esl.is_closed


async def test_over_tcp_a_call_is_placed_and_ends() -> None:
    async with (
        FakeSwitch(speed=1000.0) as switch,
        await RawEslClient.connect(switch.host, switch.port) as client,
    ):
        await client.log_in("CHANNEL_PARK", "CHANNEL_HANGUP_COMPLETE")
        client.send("bgapi originate {origination_uuid=c}sofia/gateway/pstn/1103 &park()")
        assert (await client.event("CHANNEL_PARK"))["Unique-ID"] == "c"
        ended = await client.event("CHANNEL_HANGUP_COMPLETE")
        assert ended["variable_duration"] == "4"
        assert ended["variable_billsec"] == "3"


async def test_over_tcp_exit_ends_the_stream() -> None:
    async with (
        FakeSwitch() as switch,
        await RawEslClient.connect(switch.host, switch.port) as client,
    ):
        await client.log_in()
        assert (await client.command("exit")).header("Reply-Text") == "+OK bye"
        notice = await client.frame()
        assert notice is not None
        assert notice.content_type == "text/disconnect-notice"
        assert await client.frame() is None


async def test_over_tcp_a_shutdown_now_closes_without_a_word_and_frees_the_port() -> None:
    async with FakeSwitch() as switch:
        async with await RawEslClient.connect(switch.host, switch.port) as client:
            await client.log_in()
            client.send("api fsctl shutdown now")
            assert await client.frame() is None
        async with asyncio.timeout(10):
            await switch.wait_ended()
        with pytest.raises(OSError, match="Connect call failed"):
            await RawEslClient.connect(switch.host, switch.port)


async def test_over_tcp_dropped_clients_may_come_back_to_a_restarted_switch() -> None:
    async with FakeSwitch(clock=ScaledClock(speed=1000.0, epoch=0.0)) as switch:
        async with await RawEslClient.connect(switch.host, switch.port) as client:
            await client.log_in()
            switch.restart()
            assert await client.frame() is None
        async with await RawEslClient.connect(switch.host, switch.port) as client:
            await client.log_in()


async def test_as_a_process_it_says_where_it_listens_and_ends_on_sigterm() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "freeswitch.fake", "--port", "0", "--speed", "60", "--faults",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            ready = (await process.stdout.readline()).decode()
            assert ready.startswith("listening on 127.0.0.1:")
            port = int(ready.rpartition(":")[2])
            async with await RawEslClient.connect("127.0.0.1", port) as client:
                await client.log_in()
                assert (await client.command("api uuid_exists x")).body == b"false"
                process.send_signal(signal.SIGTERM)
                assert await client.frame() is None
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_as_a_process_a_missing_network_file_is_one_sentence() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "freeswitch.fake", "--port", "0", "--network", "nowhere.toml",
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(30):
        _, complaint = await process.communicate()
    assert process.returncode == 1
    assert b"network file nowhere.toml" in complaint
    assert b"Traceback" not in complaint
