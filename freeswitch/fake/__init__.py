"""A switch that speaks the bytes of FreeSWITCH 1.10.12: for the demo, and for anybody's tests."""

from freeswitch.fake.clock import Clock, ManualClock, ScaledClock
from freeswitch.fake.network import Behaviour, LabNetwork, Network, Result
from freeswitch.fake.server import FakeSwitch
from freeswitch.fake.settings import SwitchSettings, Timings
from freeswitch.fake.statistical import (
    NetworkFileError,
    NetworkLaws,
    NumberPlan,
    StatisticalNetwork,
    load_network,
)

__all__ = [
    "Behaviour",
    "Clock",
    "FakeSwitch",
    "LabNetwork",
    "ManualClock",
    "Network",
    "NetworkFileError",
    "NetworkLaws",
    "NumberPlan",
    "Result",
    "ScaledClock",
    "StatisticalNetwork",
    "SwitchSettings",
    "Timings",
    "load_network",
]
