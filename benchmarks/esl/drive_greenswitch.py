"""greenswitch: `InboundESL` with a handler for every event; headers come as a dictionary."""

import gevent.event
import greenswitch
from meter import arguments

kind, port, meter = arguments()
ended = gevent.event.Event()


def on_event(event: greenswitch.esl.ESLEvent) -> None:
    """Count it."""
    if meter.event(event.headers.get("Event-Name")):
        ended.set()


client = greenswitch.InboundESL(host="127.0.0.1", port=port, password="ClueCon")
client.register_handle("*", on_event)
client.connect()
meter.start()
client.send(f"event {kind} ALL")
ended.wait()
client._run = False
client.sock.close()
