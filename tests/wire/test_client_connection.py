import asyncio
import dataclasses
import socket

import pytest

from freeswitch import commands
from freeswitch.connection import ConnectionTimings, EslConnection, SwitchAddress
from freeswitch.errors import (
    AccessDenied,
    AuthenticationFailed,
    CommandRefused,
    ConnectFailed,
    ConnectionLost,
    ProtocolError,
    ReplyTimedOut,
    UnsafeValue,
)
from freeswitch.events import read_event
from freeswitch.jobs import JobResult, JobStatus
from freeswitch.messages import EventMessage
from tests.support import captures, esl_frames
from tests.support.scripted_switch import Peer, SmallSwitch, scripted_switch

J = "50000000-0000-4000-8000-000000000001"
NO_POKES = ConnectionTimings(poke_seconds=None)
IMPATIENT = ConnectionTimings(poke_seconds=None, connect_seconds=0.05, reply_seconds=0.05)


def ignore(message: EventMessage) -> None:
    pass


async def replay(peer: Peer, name: str) -> None:
    """Play a capture: wait for each command of it, then say what the real switch said."""
    for chunk in captures.load(name):
        if chunk.direction == "in":
            peer.send(chunk.data)
        elif chunk.direction == "out":
            await peer.command()


async def test_a_captured_session_from_log_in_to_good_bye() -> None:
    heard: list[str] = []

    async def script(peer: Peer) -> None:
        await replay(peer, "auth_accepted")

    async with scripted_switch(script) as address:
        connection = await EslConnection.open(
            address, on_event=lambda m: heard.append(read_event(m).name), timings=NO_POKES
        )
        await connection.subscribe(("BACKGROUND_JOB",))
        assert (await connection.api(commands.status())).startswith("UP 0 years")
        assert "FreeSWITCH Version 1.10.12" in await connection.api(commands.version())
        with pytest.raises(CommandRefused, match=r"'nonsense': -ERR command not found"):
            await connection.command(commands.Command(line="nonsense"))
        answer = await connection.api(commands.Api("nosuchcommand"))
        assert answer == "-ERR nosuchcommand Command not found!\n"
        # The captured job has a UUID of the switch's own, so ours is never heard of again.
        job = await connection.bgapi(commands.status(), J, job_seconds=3600)
        # `exit` cannot be said through the builder, so the last command stands for it.
        assert (await connection.command(commands.Command(line="noevents"))).text == "+OK bye"
        reason = await connection.wait_closed()
        assert "disconnected us (Disconnected, goodbye.)" in str(reason)
        assert heard == ["BACKGROUND_JOB"]
        assert (await job).status is JobStatus.LOST


async def test_a_wrong_password_is_told_with_what_to_do() -> None:
    async def script(peer: Peer) -> None:
        await replay(peer, "auth_rejected")

    async with scripted_switch(script, password="wrong") as address:
        with pytest.raises(AuthenticationFailed, match="refused the password") as caught:
            await EslConnection.open(address, on_event=ignore)
        text = str(caught.value)
        assert f"{address.host}:{address.port}" in text
        assert "event_socket.conf.xml" in text
        assert "wrong" not in text
        assert "wrong" not in repr(address)


async def test_a_user_of_the_directory_logs_in_by_name() -> None:
    async def script(peer: Peer) -> None:
        peer.send(esl_frames.AUTH_REQUEST)
        assert await peer.command() == "userauth dialer@example.org:s3cret"
        peer.send(esl_frames.reply("-ERR invalid") + esl_frames.DISCONNECT_NOTICE)

    async with scripted_switch(script, password="s3cret") as address:
        address = dataclasses.replace(address, user="dialer@example.org")
        with pytest.raises(AuthenticationFailed, match=r"user dialer@example.org.*esl-password"):
            await EslConnection.open(address, on_event=ignore)


async def test_an_address_that_is_not_on_the_access_list_is_told_so() -> None:
    async def script(peer: Peer) -> None:
        peer.send(esl_frames.RUDE_REJECTION + esl_frames.DISCONNECT_NOTICE)

    async with scripted_switch(script) as address:
        with pytest.raises(AccessDenied, match="apply-inbound-acl"):
            await EslConnection.open(address, on_event=ignore)


async def test_a_switch_that_says_nothing_is_not_waited_for_for_ever() -> None:
    async with scripted_switch(Peer.until_closed) as address:
        with pytest.raises(ConnectFailed, match=r"did not let us in within 0.05 s"):
            await EslConnection.open(address, on_event=ignore, timings=IMPATIENT)


async def test_a_switch_that_is_gone_before_the_log_in() -> None:
    async def script(peer: Peer) -> None:
        peer.send(esl_frames.AUTH_REQUEST[:5])

    async with scripted_switch(script) as address:
        with pytest.raises(ConnectFailed, match=r"in the middle of a frame \(5 bytes"):
            await EslConnection.open(address, on_event=ignore)


async def test_a_port_nobody_listens_on() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = SwitchAddress(host="127.0.0.1", port=closed.getsockname()[1], password="x")
        with pytest.raises(ConnectFailed, match=r"no connection .* listen-port"):
            await EslConnection.open(address, on_event=ignore)


async def test_an_unsafe_password_is_refused_before_it_is_sent() -> None:
    async def script(peer: Peer) -> None:
        peer.send(esl_frames.AUTH_REQUEST)
        assert await peer.reader.read() == b""

    async with scripted_switch(script, password="x\n\napi system") as address:
        with pytest.raises(UnsafeValue, match="password"):
            await EslConnection.open(address, on_event=ignore)


async def test_something_else_on_the_port() -> None:
    async def script(peer: Peer) -> None:
        peer.send(b"220 mail.example.org ESMTP\n\n")
        await peer.until_closed()

    async with scripted_switch(script) as address:
        with pytest.raises(ConnectFailed, match="event socket of a FreeSWITCH"):
            await EslConnection.open(address, on_event=ignore)


async def test_a_waiter_that_was_cancelled_does_not_shift_later_answers() -> None:
    release = asyncio.Event()
    asked = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.log_in()
        await peer.command()
        asked.set()
        await release.wait()
        peer.send(esl_frames.api_response("first"))
        await peer.command()
        peer.send(esl_frames.api_response("second"))
        await peer.until_closed()

    async with (
        scripted_switch(script) as address,
        await EslConnection.open(address, on_event=ignore) as connection,
        asyncio.TaskGroup() as group,
    ):
        first = group.create_task(connection.api(commands.status()))
        await asked.wait()
        first.cancel()
        release.set()
        assert await connection.api(commands.version()) == "second"


async def test_a_late_answer_is_dropped_and_the_next_is_right() -> None:
    async def script(peer: Peer) -> None:
        await peer.log_in()
        await peer.command()
        # The answer comes when the next command shows that the client has given up.
        await peer.command()
        peer.send(esl_frames.api_response("late") + esl_frames.api_response("right"))
        await peer.until_closed()

    async with (
        scripted_switch(script) as address,
        await EslConnection.open(address, on_event=ignore) as connection,
    ):
        with pytest.raises(ReplyTimedOut, match=r"'api status' within 0\.01 s"):
            await connection.api(commands.status(), timeout_seconds=0.01)
        assert await connection.api(commands.version()) == "right"


async def test_breaking_off_in_mid_frame_fails_what_waits() -> None:
    async def script(peer: Peer) -> None:
        await peer.log_in()
        await peer.command()
        peer.send(b"Content-Type: api/response\nContent-Length: 100\n\nhalf")

    async with (
        scripted_switch(script) as address,
        await EslConnection.open(address, on_event=ignore) as connection,
    ):
        with pytest.raises(ConnectionLost, match="in the middle of a frame"):
            await connection.api(commands.status())
        with pytest.raises(ConnectionLost):
            await connection.api(commands.status())
        assert connection.is_closed


async def test_garbage_after_the_log_in_ends_the_connection_once() -> None:
    heard: list[EventMessage] = []

    async def script(peer: Peer) -> None:
        await peer.log_in()
        await peer.command()
        peer.send(esl_frames.event("{}") + b"HTTP/1.1 400 Bad Request\n\n")
        await peer.until_closed()

    async with (
        scripted_switch(script) as address,
        await EslConnection.open(address, on_event=heard.append) as connection,
    ):
        with pytest.raises(ProtocolError, match="no 'Name: value'"):
            await connection.api(commands.status())
        assert isinstance(await connection.wait_closed(), ProtocolError)
        assert len(heard) == 1, "what came before the garbage was handed on"


async def test_a_disconnect_that_lingers_is_no_good_bye_yet() -> None:
    heard: list[EventMessage] = []

    async def script(peer: Peer) -> None:
        await peer.log_in()
        await peer.command()
        peer.send(
            b"Content-Type: text/disconnect-notice\nControlled-Session-UUID: c0\n"
            b"Content-Disposition: linger\nChannel-Name: x\nLinger-Time: 5\nContent-Length: 0\n\n"
        )
        peer.send(esl_frames.event("{}") + esl_frames.api_response("UP"))
        await peer.until_closed()

    async with (
        scripted_switch(script) as address,
        await EslConnection.open(address, on_event=heard.append) as connection,
    ):
        assert await connection.api(commands.status()) == "UP"
        assert len(heard) == 1
        assert not connection.is_closed


async def test_a_job_ends_with_what_its_event_says() -> None:
    switch = SmallSwitch(apis={"status": "-ERR NO_ANSWER\n"})
    async with (
        scripted_switch(switch) as address,
        await EslConnection.open(address, on_event=ignore) as connection,
    ):
        await connection.subscribe(("BACKGROUND_JOB",))
        job = await connection.bgapi(commands.status(), J, job_seconds=3600)
        assert await job == JobResult(job_uuid=J, status=JobStatus.REFUSED, text="NO_ANSWER")


async def test_a_job_the_switch_refuses_is_not_waited_for() -> None:
    async def script(peer: Peer) -> None:
        await peer.log_in()
        await peer.command()
        peer.send(esl_frames.reply("-ERR permission denied"))
        await peer.until_closed()

    async with (
        scripted_switch(script) as address,
        await EslConnection.open(address, on_event=ignore) as connection,
    ):
        with pytest.raises(CommandRefused, match="permission denied"):
            await connection.bgapi(commands.status(), J, job_seconds=3600)
        await asyncio.sleep(0)
        assert len(connection.jobs) == 0


async def test_an_api_without_permission_is_an_error_not_a_text() -> None:
    async def script(peer: Peer) -> None:
        await peer.log_in()
        await peer.command()
        peer.send(esl_frames.reply("-ERR permission denied"))
        await peer.until_closed()

    async with (
        scripted_switch(script) as address,
        await EslConnection.open(address, on_event=ignore) as connection,
    ):
        with pytest.raises(CommandRefused, match="permission denied"):
            await connection.api(commands.status())


async def test_events_are_poked_for_once_they_are_subscribed_to() -> None:
    switch = SmallSwitch()
    poked = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.log_in()
        await peer.command()
        peer.send(esl_frames.reply("+OK event listener enabled json"))
        await peer.reader.readexactly(3)
        poked.set()
        # Between pokes a command still comes whole.
        assert await peer.command() == "api status"
        peer.send(esl_frames.api_response("UP"))
        await switch(peer)

    async with (
        scripted_switch(script) as address,
        await EslConnection.open(
            address, on_event=ignore, timings=ConnectionTimings(poke_seconds=0.001)
        ) as connection,
    ):
        await connection.subscribe(("HEARTBEAT",))
        await poked.wait()
        assert await connection.api(commands.status()) == "UP"


async def test_a_callback_that_raises_ends_the_connection_with_its_error() -> None:
    def callback(message: EventMessage) -> None:
        raise KeyError("a bug in the dialer")

    async def script(peer: Peer) -> None:
        await peer.log_in()
        peer.send(esl_frames.event("{}"))
        await peer.until_closed()

    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    async with (
        scripted_switch(script) as address,
        await EslConnection.open(address, on_event=callback) as connection,
    ):
        with pytest.raises(KeyError, match="a bug in the dialer"):
            await connection.wait_closed()


async def test_keepalive_is_set() -> None:
    async with (
        scripted_switch(SmallSwitch()) as address,
        await EslConnection.open(address, on_event=ignore) as connection,
    ):
        assert connection._transport is not None
        sock = connection._transport.get_extra_info("socket")
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 5


async def test_a_switch_that_stops_reading_is_given_up() -> None:
    async def script(peer: Peer) -> None:
        await peer.log_in()
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.get_running_loop().create_future()

    long_call = commands.Api("x" * 8000)
    async with (
        scripted_switch(script) as address,
        await EslConnection.open(address, on_event=ignore, timings=NO_POKES) as connection,
    ):
        asked = [connection.api(long_call) for _ in range(4000)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(answer) for answer in answers} == {ConnectionLost}
        assert "has stopped reading" in str(await connection.wait_closed())


async def test_a_megabyte_and_utf8_in_an_answer() -> None:
    body = "çağrə mərkəzi " * 80_000
    switch = SmallSwitch(apis={"status": body})
    async with (
        scripted_switch(switch) as address,
        await EslConnection.open(address, on_event=ignore) as connection,
    ):
        assert await connection.api(commands.status()) == body


async def test_closing_twice_and_closing_while_waiting() -> None:
    async with scripted_switch(Peer.log_in) as address:
        connection = await EslConnection.open(address, on_event=ignore)
        await connection.close()
        await connection.close()
        assert "closed by us" in str(await connection.wait_closed())
        with pytest.raises(ConnectionLost):
            await connection.api(commands.status())
