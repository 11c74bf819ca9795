"""The compose example: what its files name is there, and what its charts show is measured."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from dialer.metrics.instruments import Instruments
from dialer.settings import load_settings

HERE = Path(__file__).parents[3] / "examples" / "compose"
METRIC = re.compile(r"\bdialer_[a-z_]+")
SUFFIXES = ("_total", "_bucket", "_count", "_sum")


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((HERE / "compose.yaml").read_text())
    return loaded


def served() -> set[str]:
    """Names of everything on /metrics, as queries name it."""
    names: set[str] = set()
    for family in Instruments().registry.collect():
        names |= {family.name, *(family.name + suffix for suffix in SUFFIXES)}
    return names


def test_every_file_that_is_mounted_is_there_or_made_by_a_person() -> None:
    made_by_hand = {"./switch", "./sounds", "./lists"}
    services = compose()["services"]
    for service in services.values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert source in made_by_hand or (HERE / source).exists(), source
            else:
                assert source in compose()["volumes"], source
    assert (HERE / services["dialer"]["build"]["context"] / "pyproject.toml").is_file()
    docker = (HERE / "Dockerfile").read_text()
    for copied in re.findall(r"^COPY (.+) \S+$", docker, flags=re.MULTILINE):
        assert all((HERE / "../.." / one).exists() for one in copied.split())


def test_nothing_but_telephony_listens_beyond_the_loopback_address() -> None:
    services = compose()["services"]
    assert all("ports" not in one for one in services.values())
    assert "listen_addresses=127.0.0.1" in services["postgres"]["command"]
    assert "--web.listen-address=127.0.0.1:9090" in services["prometheus"]["command"]
    assert services["grafana"]["environment"]["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"


def test_the_settings_can_be_read() -> None:
    settings = load_settings(HERE / "dialer.toml", environ={})
    (target,) = yaml.safe_load((HERE / "prometheus.yml").read_text())["scrape_configs"][0][
        "static_configs"
    ][0]["targets"]
    assert target == f"{settings.metrics.host}:{settings.metrics.port}"


def test_every_chart_and_alert_asks_for_metrics_that_are_served() -> None:
    board = json.loads((HERE / "grafana/dashboards/dialer.json").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    rules = yaml.safe_load((HERE / "alerts.yml").read_text())["groups"][0]["rules"]
    asked += [rule["expr"] for rule in rules]
    assert len(asked) > 15
    wanted = {name for expression in asked for name in METRIC.findall(expression)}
    assert wanted <= served(), wanted - served()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_reads_its_files() -> None:
    said = subprocess.run(
        ["promtool", "check", "config", "prometheus.yml"],
        cwd=HERE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stdout + said.stderr
