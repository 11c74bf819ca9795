"""`python -m freeswitch.fake`: the fake switch as its own process, until SIGTERM or SIGINT."""

import argparse
import asyncio
import signal
import sys
import time
from pathlib import Path

from freeswitch.fake.network import LabNetwork, Network
from freeswitch.fake.server import FakeSwitch
from freeswitch.fake.settings import SwitchSettings, Timings
from freeswitch.fake.statistical import NetworkFileError, StatisticalNetwork, load_network


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m freeswitch.fake", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--port", type=int, default=8021, help="port to listen on; 0 takes a free one"
    )
    parser.add_argument("--password", default="ClueCon", help="what `auth` must say")
    parser.add_argument("--speed", type=float, default=1.0, help="virtual seconds to a real one")
    parser.add_argument(
        "--epoch",
        type=float,
        default=None,
        help="virtual Unix time at start; default: the real time",
    )
    parser.add_argument(
        "--epoch-at",
        type=float,
        default=None,
        metavar="UNIX_TIME",
        help="real time at which it was --epoch, to run alongside another process; default: now",
    )
    parser.add_argument("--seed", type=int, default=1, help="of the network and of every id")
    parser.add_argument(
        "--network",
        default=None,
        metavar="FILE",
        help="public network as TOML or JSON, or `lab` for the scripted number plan",
    )
    parser.add_argument(
        "--agents-answer-seconds", type=float, default=0.0, help="how long phones ring; 0: no 180"
    )
    parser.add_argument(
        "--unregistered", action="append", default=[], metavar="EXTENSION",
        help="a phone that is not there; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--gateway", action="append", default=[], metavar="NAME",
        help="a gateway that is up; default pstn; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--gateway-down", action="append", default=[], metavar="NAME", help="a gateway that is down"
    )
    parser.add_argument("--hostname", default="switch-1")
    parser.add_argument("--max-sessions", type=int, default=5000)
    parser.add_argument("--sps", type=int, default=1000, help="sessions per second; N admits N-1")
    parser.add_argument("--heartbeat-seconds", type=float, default=20.0)
    parser.add_argument(
        "--recordings", type=Path, default=None, metavar="FOLDER",
        help="write recorded calls there, as stereo WAV; default: none are written",
    )  # fmt: skip
    parser.add_argument(
        "--faults", action="store_true", help="allow the api command `fake` to break things"
    )
    return parser


def _network(choice: str | None, seed: int) -> Network:
    if choice is None:
        return StatisticalNetwork(seed=seed)
    if choice == "lab":
        return LabNetwork()
    return load_network(Path(choice), seed=seed)


def _settings(arguments: argparse.Namespace) -> SwitchSettings:
    gateways = dict.fromkeys(arguments.gateway or ["pstn"], True)
    gateways |= dict.fromkeys(arguments.gateway_down, False)
    if arguments.recordings is not None:
        arguments.recordings.mkdir(parents=True, exist_ok=True)
    return SwitchSettings(
        password=arguments.password,
        hostname=arguments.hostname,
        max_sessions=arguments.max_sessions,
        sessions_per_second=arguments.sps,
        gateways=gateways,
        unregistered_extensions=frozenset(arguments.unregistered),
        agents_answer_seconds=arguments.agents_answer_seconds,
        fault_commands=arguments.faults,
        recordings_folder=arguments.recordings,
        timings=Timings(heartbeat_seconds=arguments.heartbeat_seconds),
    )


async def _serve(arguments: argparse.Namespace, network: Network, epoch: float) -> None:
    switch = FakeSwitch(
        host=arguments.host,
        port=arguments.port,
        settings=_settings(arguments),
        network=network,
        speed=arguments.speed,
        epoch=epoch,
        seed=arguments.seed,
    )
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with switch:
        print(f"listening on {switch.host}:{switch.port}", flush=True)  # noqa: T201 - the contract
        async with asyncio.TaskGroup() as tasks:
            ended = tasks.create_task(switch.wait_ended())
            stopped = tasks.create_task(stop.wait())
            await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
            stopped.cancel()


def main() -> int:
    """Serve until told to stop; 1 when the address or the network file cannot be had."""
    arguments = _parser().parse_args()
    try:
        network = _network(arguments.network, arguments.seed)
        epoch = arguments.epoch if arguments.epoch is not None else time.time()
        if arguments.epoch_at is not None:
            epoch += (time.time() - arguments.epoch_at) * arguments.speed
        asyncio.run(_serve(arguments, network, epoch))
    except (OSError, ValueError, NetworkFileError) as error:
        print(f"freeswitch.fake: {error}", file=sys.stderr)  # noqa: T201 - it is a command
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
