"""Any messages, cut anywhere, come out the same; garbage gives messages or one ProtocolError."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from freeswitch import commands
from freeswitch.errors import ProtocolError
from freeswitch.framing import FrameReader
from freeswitch.messages import (
    ApiResponse,
    AuthRequest,
    CommandReply,
    DisconnectNotice,
    EventFormat,
    EventMessage,
    LogMessage,
    Message,
    RudeRejection,
)
from freeswitch.protocol import Answer, EslProtocol, Incoming, Ticket
from tests.support import esl_frames

# A header's value is anything on one line; one leading space belongs to the colon.
LINES = st.text(
    st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=30
).filter(lambda text: not text.startswith(" "))
NAMES = st.from_regex(r"(Job-UUID|Allowed-Events|Log-Level|X-[a-z]{1,5})", fullmatch=True)
PAIRS = st.lists(st.tuples(NAMES, LINES), max_size=3).map(tuple)
BODIES = st.one_of(
    st.binary(max_size=80),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")),
    st.sampled_from([esl_frames.AUTH_REQUEST, esl_frames.DISCONNECT_NOTICE, b"\n\n\n", b""]),
)
UTF8 = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
REPLIES = st.one_of(
    st.builds(CommandReply, text=LINES, headers=PAIRS), st.builds(ApiResponse, body=BODIES)
)
OTHERS = st.one_of(
    st.just(AuthRequest()),
    st.builds(EventMessage, format=st.sampled_from(EventFormat), body=BODIES),
    st.builds(LogMessage, headers=PAIRS, body=BODIES),
    st.builds(RudeRejection, text=UTF8),
    st.builds(
        DisconnectNotice,
        text=UTF8,
        controlled_uuid=st.none() | st.just("c0"),
        linger_seconds=st.none() | st.integers(0, 9999),
    ),
)
MESSAGES = st.lists(st.one_of(REPLIES, OTHERS), max_size=8)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@settings(max_examples=150)
@given(MESSAGES, st.lists(st.integers(0, 10_000), max_size=30))
def test_any_chunking_of_any_messages_gives_the_same_messages(
    messages: list[Message], cuts: list[int]
) -> None:
    reader = FrameReader()
    found: list[Message] = []
    for piece in pieces(b"".join(map(esl_frames.encode, messages)), cuts):
        complete, reason = reader.receive(piece)
        assert reason is None
        found += complete
    assert found == messages
    assert reader.pending_bytes == 0


GARBAGE = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.sampled_from(
            [
                esl_frames.AUTH_REQUEST,
                esl_frames.event("{}"),
                b"Content-Type: api/response\n",
                b"Content-Length: ",
                b"7\n\n",
                b"99999999999\n\n",
                b"\n\n",
                b"Content-Type: text/event-json\n\n",
                b"Reply-Text",
            ]
        ),
    ),
    max_size=10,
).map(b"".join)


def run(data: bytes, cuts: list[int]) -> tuple[list[Incoming], list[str]]:
    protocol = EslProtocol(header_bytes_max=64, body_bytes_max=64)
    found: list[Incoming] = []
    errors: list[str] = []
    for piece in pieces(data, cuts):
        try:
            found += protocol.receive(piece)
        except ProtocolError as error:
            found += error.complete
            errors.append(error.reason)
    assert protocol.is_closed == bool(errors)
    return found, errors


@settings(max_examples=200)
@given(GARBAGE, st.lists(st.integers(0, 1000), max_size=20))
def test_any_garbage_gives_messages_or_one_protocol_error(data: bytes, cuts: list[int]) -> None:
    found, errors = run(data, cuts)
    assert len(errors) <= 1
    whole, whole_errors = run(data, [])
    assert found == whole
    assert len(errors) == len(whole_errors)


class ReplyPairing(RuleBasedStateMachine):
    """A client that sends and gives up as it likes; a switch that answers in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.protocol = EslProtocol()
        self.sent: list[tuple[Ticket, bytes]] = []
        self.answered = 0
        self.abandoned: set[int] = set()
        self.expected: list[bytes] = []
        self.delivered: list[bytes] = []
        self.tail = b""

    @rule()
    def send(self) -> None:
        _, ticket = self.protocol.send(commands.api(commands.status()))
        self.sent.append((ticket, b"answer %d" % len(self.sent)))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.sent) - 1))
        self.protocol.abandon(self.sent[index][0])
        # Giving up after the answer came changes nothing.
        if b"answer %d" % index not in self.delivered:
            self.abandoned.add(index)

    @precondition(lambda self: self.answered < len(self.sent))
    @rule(event_first=st.booleans(), cut=st.integers(0, 60))
    def the_switch_answers(self, *, event_first: bool, cut: int) -> None:
        frame = esl_frames.api_response(self.sent[self.answered][1])
        self.answered += 1
        stream = self.tail + (esl_frames.event("{}") if event_first else b"") + frame
        cut = min(cut, len(stream))
        now, self.tail = stream[: len(stream) - cut], stream[len(stream) - cut :]
        self.take(now)

    @rule()
    def the_rest_arrives(self) -> None:
        now, self.tail = self.tail, b""
        self.take(now)

    def take(self, data: bytes) -> None:
        for incoming in self.protocol.receive(data):
            if isinstance(incoming, Answer):
                assert isinstance(incoming.reply, ApiResponse)
                index = next(i for i, (t, _) in enumerate(self.sent) if t is incoming.ticket)
                assert incoming.reply.body == self.sent[index][1], "the answer of another command"
                self.delivered.append(incoming.reply.body)

    @invariant()
    def nothing_is_delivered_to_who_gave_up_and_everything_to_who_did_not(self) -> None:
        assert all(b"answer %d" % index not in self.delivered for index in self.abandoned)
        if not self.tail:
            expected = [
                answer
                for index, (_, answer) in enumerate(self.sent[: self.answered])
                if index not in self.abandoned
            ]
            assert self.delivered == expected


TestReplyPairing = ReplyPairing.TestCase
TestReplyPairing.settings = settings(max_examples=40, stateful_step_count=25)
