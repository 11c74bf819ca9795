"""What can be tuned about the fake switch: its habits in time, its limits, its gateways."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """How long the switch's threads take to notice things, in virtual seconds.

    The 20 ms are FreeSWITCH's own: its event socket, its originate loop and its media threads all
    sleep one 20 ms frame between looks (mod_event_socket.c, switch_ivr_originate.c,
    switch_ivr_bridge.c).
    """

    event_poll_seconds: float = 0.020
    session_tick_seconds: float = 0.020
    originate_poll_seconds: float = 0.020
    bridge_poll_seconds: float = 0.020
    far_end_tick_seconds: float = 0.002
    job_start_seconds: float = 0.001
    create_seconds: float = 0.001
    destroy_seconds: float = 0.001
    heartbeat_seconds: float = 20.0
    show_lag_seconds: float = 0.1
    """`show` reads a database that is written behind the events (switch_core_sqldb.c)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchSettings:
    """One fake switch: identity, password, limits, gateways and phones.

    `gateways` maps a name to True when it is up. An extension rings unless it is in
    `unregistered_extensions`. `sound_seconds` gives the length of a sound file by its base name.
    """

    password: str = "ClueCon"  # noqa: S105 - FreeSWITCH's public default
    users: dict[str, str] = field(default_factory=dict)
    """`user@domain` to password, for `userauth`."""
    accept_connections: bool = True
    """False answers every connection with the access list's rude rejection."""
    hostname: str = "switch-1"
    profile: str = "lab"
    max_sessions: int = 5000
    sessions_per_second: int = 1000
    gateways: dict[str, bool] = field(default_factory=lambda: {"pstn": True, "dead": False})
    unregistered_extensions: frozenset[str] = frozenset()
    agents_answer_seconds: float = 0.0
    sound_seconds: dict[str, float] = field(default_factory=dict)
    default_sound_seconds: float = 5.0
    recordings_folder: Path | None = None
    """Where recordings become files; None tells of them and writes none."""
    recordings_bytes_max: int = 400_000_000
    """More than that is not written: a minute is two megabytes, and a demo must not fill a disk."""
    modules: frozenset[str] = frozenset(
        {"mod_avmd", "mod_commands", "mod_dptools", "mod_sndfile", "mod_sofia", "mod_tone_stream"}
    )
    """What `module_exists` says true of."""
    fault_commands: bool = False
    """Whether the api command `fake` may be used over the wire."""
    timings: Timings = field(default_factory=Timings)
