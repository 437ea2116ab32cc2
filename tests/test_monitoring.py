"""The compose file.

What it lets in, what it lets out, and that it agrees with what runs natively.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from logging_kit.cli import servers
from tests.support.servers.binaries import IMAGES

MONITORING = servers.MONITORING
ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((MONITORING / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]


def test_compose_file_is_valid() -> None:
    """No Docker engine is needed to know that compose would read it."""
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        MONITORING / "docker-compose.yml",
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_images_are_pinned() -> None:
    """Each to a version, and those that tests run to the version that tests would take."""
    images = {name: service["image"] for name, service in SERVICES.items()}
    assert {name: images[name] for name in IMAGES} == IMAGES
    assert re.fullmatch(r"grafana/grafana:12\.4\.\d+", images["grafana"])


def test_what_can_be_reached_is_so_only_from_this_machine() -> None:
    """Loki and Promtail are in a network without a way in or out."""
    assert {name: service.get("ports") for name, service in SERVICES.items()} == {
        "loki": None,
        "promtail": None,
        "shipper": None,
        "alloy": None,
        "grafana": ["127.0.0.1:${GRAFANA_PORT:-3000}:3000"],
        "prometheus": ["127.0.0.1:${PROMETHEUS_PORT:-9090}:9090"],
        "alertmanager": ["127.0.0.1:${ALERTMANAGER_PORT:-9093}:9093"],
    }
    assert COMPOSE["networks"]["logs"] == {"internal": True}
    for name in ("loki", "promtail", "shipper", "alloy"):
        assert SERVICES[name]["networks"] == ["logs"]


def test_promtail_is_the_agent_unless_another_is_asked_for() -> None:
    profiles = {name: service.get("profiles") for name, service in SERVICES.items()}
    assert {name: value for name, value in profiles.items() if value} == {
        "shipper": ["ship"],
        "alloy": ["alloy"],
        "prometheus": ["metrics"],
        "alertmanager": ["metrics"],
    }


@pytest.mark.parametrize(
    ("name", "memory", "go"),
    [
        ("loki", "256m", 170),
        ("promtail", "96m", 40),
        ("shipper", "96m", 0),
        ("alloy", "192m", 120),
        ("grafana", "256m", 200),
    ],
)
def test_each_container_is_confined(name: str, memory: str, go: int) -> None:
    """It has the memory that it was given, no privilege, no place to write but its own, and says how it is."""
    service = SERVICES[name]
    assert service["mem_limit"] == memory
    assert service.get("environment", {}).get("GOMEMLIMIT") == (f"{go}MiB" if go else None)
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service["user"].startswith(("0", "root"))
    assert service["healthcheck"]["test"][0] == "CMD"


def test_metrics_start_only_when_they_are_asked_for() -> None:
    """Their containers are in a profile, pinned to a version, and as confined as the others."""
    for name in ("prometheus", "alertmanager"):
        service = SERVICES[name]
        assert service["profiles"] == ["metrics"]
        assert re.fullmatch(rf"prom/{name}:v\d+\.\d+\.\d+", service["image"])
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["mem_limit"].endswith("m")
        assert service["healthcheck"]["test"][0] == "CMD"


def test_no_container_sees_docker() -> None:
    """Its socket is root on the machine, read-only or not."""
    assert "docker.sock" not in (MONITORING / "docker-compose.yml").read_text()


def test_no_password_is_in_any_file() -> None:
    """Grafana's comes from a generated file."""
    assert COMPOSE["secrets"] == {
        "grafana-admin-password": {
            "file": "${STACK_STATE_DIR:-../.logging-kit}/grafana-admin-password"
        }
    }
    text = "".join(
        path.read_text() for path in MONITORING.rglob("*") if path.suffix in (".yml", ".md")
    )
    assert not re.search(r"PASSWORD(?!__FILE)\s*[:=]", text)


def test_nothing_deletes_the_volumes() -> None:
    """Thirty days of logs are in them."""
    texts = [
        *MONITORING.rglob("*.*"),
        *(ROOT / "scripts").iterdir(),
        *(ROOT / "logging_kit" / "cli").glob("*.py"),
    ]
    for path in texts:
        assert not re.search(r"down.{0,9}( -v|--volumes|\"-v\")", path.read_text()), path


def test_grafana_is_told_the_same_without_docker() -> None:
    """The settings of the container and of the native start do not drift apart."""
    environment = SERVICES["grafana"]["environment"]
    here = {"GOMEMLIMIT", "LOKI_URL", "GF_SECURITY_ADMIN_PASSWORD__FILE", "GF_LOG_MODE"}
    assert {name: value for name, value in environment.items() if name not in here} == {
        **servers.GRAFANA_SETTINGS,
        **{name: f"${{{name}:-{unset}}}" for name, unset in servers.ALERT_CONTACTS.items()},
    }


def test_every_contact_point_has_what_it_needs_from_the_environment() -> None:
    """An empty setting would keep Grafana from starting."""
    text = (MONITORING / "grafana" / "provisioning" / "alerting" / "contact-points.yml").read_text()
    assert set(re.findall(r"\$(\w+)", text.partition("apiVersion")[2])) == set(
        servers.ALERT_CONTACTS
    )
    assert all(servers.ALERT_CONTACTS.values())


def test_compose_mounts_what_is_there() -> None:
    """Every file that is mounted from this directory exists."""
    mounted = [
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service["volumes"]
        if isinstance(volume, str)
    ]
    own = [name for name in mounted if name.startswith("./")]
    assert len(own) == 7
    assert all((MONITORING / name).exists() for name in own)
