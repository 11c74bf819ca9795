"""How much CPU an event costs: this client against genesis, greenswitch, switchio and aioesl.

    python -m benchmarks.esl [--repetitions 5] [--only ours] [--venvs DIRECTORY]

Every library connects to a replay server on loopback with its own client, logs in, subscribes, and
is sent the bytes a FreeSWITCH 1.10.12 once sent; it hands each event to a callback. The process's
CPU time from the subscription to the last event is divided by the events. The server is a process
of its own, so its work is not counted. Each library has a virtual environment of its own, filled
from the package index on the first run.

None of the four decodes JSON events. greenswitch, switchio and aioesl read any event as plain text;
genesis leaves a JSON body as it is and, finding no Event-Name, hands it to no handler. So they get
the captured events in plain encoding, genesis also the JSON with `json.loads` added, and ours is
measured on both: JSON is what it asks for.
"""
