"""The agents of the stack, which bring lines from the segments to Loki."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import Final

from ..exceptions import StackError
from .processes import Program
from .servers import SOURCE, StackPaths


class Agent(StrEnum):
    """The program that brings lines from the segments to Loki."""

    PROMTAIL = "promtail"
    SHIP = "ship"
    ALLOY = "alloy"


_SERVICES: Final = {Agent.PROMTAIL: "promtail", Agent.SHIP: "shipper", Agent.ALLOY: "alloy"}
"""Name of each agent's service in the compose file."""


def compose_services(agent: Agent) -> list[str]:
    """Return the services of the compose file that run with an agent; empty for the usual ones.

    Raises:
        StackError: When the image of the shipper can neither be built nor is named.
    """
    if agent is Agent.PROMTAIL:
        return []
    has_image = os.environ.get("LOGGING_KIT_IMAGE") or (SOURCE / "pyproject.toml").exists()
    if agent is Agent.SHIP and not has_image:
        raise StackError(
            "the shipper's image is built from a clone of the repository; start there, or "
            "name an image that has logging_kit[cli,loki]: LOGGING_KIT_IMAGE=name"
        )
    return ["loki", "grafana", _SERVICES[agent]]


def promtail(program: str, paths: StackPaths, loki_port: int, http_port: int) -> Program:
    """Promtail with the shipped configuration, this machine's paths in paths of the container's."""
    text = (paths.monitoring / "promtail" / "promtail-config.yml").read_text(encoding="utf-8")
    for shipped, local in (
        ("http://loki:3100", f"http://127.0.0.1:{loki_port}"),
        ("/logs/segments/", f"{paths.logs}/segments/"),
        ("/var/lib/promtail/", f"{paths.state}/promtail/"),
        ("http_listen_address: 0.0.0.0", "http_listen_address: 127.0.0.1"),
        ("http_listen_port: 9080", f"http_listen_port: {http_port}"),
    ):
        text = text.replace(shipped, local)
    config = paths.state / "promtail" / "promtail-config.yml"
    config.write_text(text, encoding="utf-8")
    return Program(
        "promtail",
        [program, f"-config.file={config}"],
        {"GOMEMLIMIT": "40MiB"},
        ready=f"http://127.0.0.1:{http_port}/metrics",
    )


def shipper(paths: StackPaths, loki_port: int, http_port: int) -> Program:
    """Return the shipper, with the window of the shipped Loki."""
    command = [sys.executable, "-m", "logging_kit", "ship", str(paths.logs)]
    options = {
        "--url": f"http://127.0.0.1:{loki_port}",
        "--max-age": "30 days",
        "--listen": f"127.0.0.1:{http_port}",
    }
    for name, value in options.items():
        command += [name, value]
    return Program("shipper", command, ready=f"http://127.0.0.1:{http_port}/health")


def alloy(program: str, paths: StackPaths, loki_port: int, http_port: int) -> Program:
    """Return Alloy with the shipped configuration, with this machine's paths."""
    text = (paths.monitoring / "alloy" / "config.alloy").read_text(encoding="utf-8")
    for shipped, local in (
        ("http://loki:3100", f"http://127.0.0.1:{loki_port}"),
        ("/logs/segments/", f"{paths.logs}/segments/"),
    ):
        text = text.replace(shipped, local)
    config = paths.state / "alloy" / "config.alloy"
    config.write_text(text, encoding="utf-8")
    address = f"127.0.0.1:{http_port}"
    flags = (
        "--disable-reporting",
        f"--storage.path={paths.state / 'alloy'}",
        f"--server.http.listen-addr={address}",
    )
    return Program(
        "alloy",
        [program, "run", *flags, str(config)],
        {"GOMEMLIMIT": "120MiB"},
        ready=f"http://{address}/-/ready",
    )
