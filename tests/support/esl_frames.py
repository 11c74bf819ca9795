"""Frames as mod_event_socket writes them, for tests that need bytes no capture has."""

from freeswitch.messages import (
    ApiResponse,
    AuthRequest,
    CommandReply,
    DisconnectNotice,
    EventMessage,
    LogMessage,
    Message,
    RudeRejection,
)

AUTH_REQUEST = b"Content-Type: auth/request\n\n"
GOODBYE = b"Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
DISCONNECT_NOTICE = b"Content-Type: text/disconnect-notice\nContent-Length: 67\n\n" + GOODBYE
RUDE_REJECTION = (
    b"Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n"
)


def reply(text: str, *headers: str) -> bytes:
    lines = ["Content-Type: command/reply", f"Reply-Text: {text}", *headers]
    return "\n".join([*lines, "", ""]).encode()


def api_response(body: str | bytes) -> bytes:
    raw = body if isinstance(body, bytes) else body.encode()
    return b"Content-Type: api/response\nContent-Length: %d\n\n%b" % (len(raw), raw)


def event(body: str | bytes, kind: str = "json") -> bytes:
    raw = body if isinstance(body, bytes) else body.encode()
    return b"Content-Length: %d\nContent-Type: text/event-%b\n\n%b" % (
        len(raw),
        kind.encode(),
        raw,
    )


def encode(message: Message) -> bytes:
    """The bytes a switch would send for this message."""
    match message:
        case AuthRequest():
            return AUTH_REQUEST
        case CommandReply():
            return reply(message.text, *(f"{name}: {value}" for name, value in message.headers))
        case ApiResponse():
            return api_response(message.body)
        case EventMessage():
            return event(message.body, message.format)
        case LogMessage():
            head = "".join(f"{name}: {value}\n" for name, value in message.headers)
            return (
                f"Content-Type: log/data\nContent-Length: {len(message.body)}\n{head}\n".encode()
                + message.body
            )
        case DisconnectNotice():
            body = message.text.encode()
            head = "Content-Type: text/disconnect-notice\n"
            if message.controlled_uuid is not None:
                head += f"Controlled-Session-UUID: {message.controlled_uuid}\n"
            if message.linger_seconds is not None:
                head += f"Content-Disposition: linger\nLinger-Time: {message.linger_seconds}\n"
            return f"{head}Content-Length: {len(body)}\n\n".encode() + body
        case RudeRejection():
            body = message.text.encode()
            return (b"Content-Type: text/rude-rejection\nContent-Length: %d\n\n" % len(body)) + body
