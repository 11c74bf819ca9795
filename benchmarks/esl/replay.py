"""A switch that only replays: takes one client, logs it in, sends the captured events in turns.

Prints its port, serves one client, and ends. Run by `__main__` as a process of its own.
"""

import argparse
import socket

from benchmarks.esl.streams import event_frames

_END = {
    "json": b'{"Event-Name":"SHUTDOWN","Event-Info":"end of replay"}',
    "plain": b"Event-Name: SHUTDOWN\nEvent-Info: end%20of%20replay\n\n",
}


def _command(stream: socket.socket) -> bytes:
    """Read one command; empty lines before it are pokes."""
    text = b""
    while not text.endswith(b"\n\n"):
        byte = stream.recv(1)
        if not byte:
            raise ConnectionError("the client left before the replay")
        text = (text + byte).lstrip(b"\n")
    return text


def main() -> None:
    """Serve one client."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("json", "plain"))
    parser.add_argument("passes", type=int)
    arguments = parser.parse_args()
    once = b"".join(event_frames(arguments.kind))
    end = b"Content-Length: %d\nContent-Type: text/event-%b\n\n%b" % (
        len(_END[arguments.kind]),
        arguments.kind.encode(),
        _END[arguments.kind],
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        server.settimeout(60)
        stream, _ = server.accept()
    with stream:
        # A client may be slow, but one that has stopped must not keep us for ever.
        stream.settimeout(120)
        stream.sendall(b"Content-Type: auth/request\n\n")
        _command(stream)
        stream.sendall(b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n")
        _command(stream)
        stream.sendall(b"Content-Type: command/reply\nReply-Text: +OK event listener enabled\n\n")
        try:
            for _ in range(arguments.passes):
                stream.sendall(once)
            stream.sendall(end)
            while stream.recv(65536):
                pass
        except ConnectionError:
            return


if __name__ == "__main__":
    main()
