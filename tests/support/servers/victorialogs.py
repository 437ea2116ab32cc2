"""VictoriaLogs: an independent implementation of Loki's push protocol that stores and counts.

`LOGGING_KIT_VICTORIALOGS` or `PATH` names the program. It is Apache-2.0 and builds from the Go
module `github.com/VictoriaMetrics/VictoriaLogs`: `go build ./app/victoria-logs`.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from tests.support.servers.process import free_port, wait_for

NAMES = ("victoria-logs", "victoria-logs-prod")


def require() -> str:
    """Return the path of the program, or skip the test."""
    given = os.environ.get("TEST_PROGRAM_VICTORIALOGS")
    if given:
        return given
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no VictoriaLogs here: set LOGGING_KIT_VICTORIALOGS, or put it on PATH")
    return found


class VictoriaLogs:
    """A server on a free port of loopback, with its data in a directory; a context manager.

    Args:
        directory: The directory.
    """

    def __init__(self, directory: Path) -> None:
        self._program = require()
        self._directory = directory
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._http = httpx.Client(base_url=self.url, timeout=60, trust_env=False)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def push_url(self) -> str:
        """Address of Loki's push protocol; the text of a line is kept as it is."""
        return f"{self.url}/insert/loki/api/v1/push?disable_message_parsing=1"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()
        self._http.close()

    def start(self) -> None:
        arguments = {
            "httpListenAddr": f"127.0.0.1:{self._port}",
            "storageDataPath": self._directory / "data",
            "retentionPeriod": "60d",
        }
        with (self._directory / "victorialogs.out").open("ab") as output:
            self._process = subprocess.Popen(
                [self._program, *(f"-{name}={value}" for name, value in arguments.items())],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        wait_for(self._is_ready, 60, "VictoriaLogs ready")

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._directory / "victorialogs.out").read_text()
        try:
            return self._http.get("/health").status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """End it; what it acknowledged is on disk then."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)

    def records(self, query: str = "*") -> list[dict[str, Any]]:
        """Every record that a query of LogsQL finds, twice if it is stored twice."""
        self._http.get("/internal/force_flush").raise_for_status()
        answer = self._http.post("/select/logsql/query", data={"query": query})
        assert answer.is_success, answer.text
        return [json.loads(line) for line in answer.text.splitlines()]

    def count(self) -> int:
        """The number of all records."""
        return len(self.records("* | fields _time"))
