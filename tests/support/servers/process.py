"""A server of a test.

Started in its own directory, waited for, stopped, killed and started again.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import httpx
import yaml

from tests.support.servers import binaries

T = TypeVar("T")


class Process(Protocol):
    """The used part of `subprocess.Popen`."""

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...


class Container:
    """A program in a container that shares the machine's network and the server's directories, seen as a process."""

    def __init__(self, name: str, arguments: Sequence[str], directories: Sequence[Path]) -> None:
        from testcontainers.core.container import DockerContainer

        user = f"{os.getuid()}:{os.getgid()}"
        container = (
            DockerContainer(binaries.IMAGES[name])
            .with_command(list(arguments))
            .with_kwargs(network_mode="host", user=user)
        )
        for directory in directories:
            container = container.with_volume_mapping(str(directory), str(directory), "rw")
        self._container = container.start().get_wrapped_container()

    def poll(self) -> int | None:
        self._container.reload()
        if self._container.status in ("created", "running"):
            return None
        return int(self._container.attrs["State"]["ExitCode"])

    def wait(self, timeout: float | None = None) -> int:
        return int(self._container.wait(timeout=timeout)["StatusCode"])

    def send_signal(self, sig: int) -> None:
        self._container.kill(signal.Signals(sig).name)


def launch(name: str, arguments: Sequence[str], directories: Sequence[Path], log: Path) -> Process:
    """Start a program, in a container if it is not installed; skip the test where it cannot run."""
    program = binaries.find(name)
    if program is None and name in binaries.IMAGES and binaries.docker_answers():
        return Container(name, arguments, directories)
    with log.open("ab") as output:
        return subprocess.Popen(
            [program or binaries.require(name), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def free_port() -> int:
    """Return a TCP port without a listener."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def merged(base: Any, overlay: Any) -> Any:
    """YAML values laid over each other: mappings key by key, everything else replaced."""
    if isinstance(base, Mapping) and isinstance(overlay, Mapping):
        return {**base, **{key: merged(base.get(key), value) for key, value in overlay.items()}}
    return overlay


def wait_for(what: Callable[[], T], timeout_s: float, message: str) -> T:
    """Ask until the answer is true.

    AssertionError with the message and the last answer after the time is up.
    """
    end = time.monotonic() + timeout_s
    while not (answer := what()):
        if time.monotonic() > end:
            raise AssertionError(f"{message}: not within {timeout_s} s; last answer {answer!r}")
        time.sleep(0.05)
    return answer


class Server:
    """Common part of Loki and Promtail; the port stays the same for the life of the object."""

    name: str

    def __init__(self, directory: Path, config: Any, directories: Sequence[Path] = ()) -> None:
        self.directory = directory
        self.port = config["server"]["http_listen_port"]
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=90, trust_env=False)
        self._directories = (directory, *directories)
        self._config = directory / f"{self.name}.yml"
        self._config.write_text(yaml.safe_dump(config, sort_keys=False))
        self._process: Process | None = None

    @property
    def output(self) -> str:
        """Return the output of the program over all its starts."""
        log = self.directory / f"{self.name}.out"
        return log.read_text(errors="replace") if log.exists() else ""

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, timeout_s: float = 60) -> Self:
        """Start the program and wait until it is ready."""
        arguments = [f"-config.file={self._config}"]
        self._process = launch(
            self.name, arguments, self._directories, self.directory / f"{self.name}.out"
        )
        wait_for(self._is_ready, timeout_s, f"{self.name} ready")
        return self

    def _is_ready(self) -> bool:
        if not self.running:
            raise AssertionError(f"{self.name} ended at its start:\n{self.output[-4000:]}")
        try:
            return self._answers_ready()
        except httpx.TransportError:
            return False

    def _answers_ready(self) -> bool:
        return self.http.get("/ready").status_code == 200

    def stop(self, timeout_s: float = 30) -> None:
        """SIGTERM, and SIGKILL if it has not ended after `timeout_s`."""
        self._end(signal.SIGTERM, timeout_s)

    def kill(self) -> None:
        """SIGKILL: nothing is flushed."""
        self._end(signal.SIGKILL, 30)

    def _end(self, sig: signal.Signals, timeout_s: float) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(sig)
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait(30)

    def restart(self) -> None:
        """Stop and start again, with the same port and data."""
        self.stop()
        self.start()

    def close(self) -> None:
        """End the program and the connections to it."""
        self.stop()
        self.http.close()

    def metric(self, name: str, **labels: str) -> float:
        """Sum of a Prometheus metric's samples that carry these labels; 0 if there are none."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        total = 0.0
        for line in self.http.get("/metrics").text.splitlines():
            sample, _, value = line.rpartition(" ")
            if sample.partition("{")[0] == name and all(label in sample for label in wanted):
                total += float(value)
        return total
