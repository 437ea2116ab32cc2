"""A sink for tests: remembers every call, and hangs or raises on request."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

import logging_kit


class FakeSink(logging_kit.Sink):
    """Remembers its lines and the order of its calls."""

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.calls: list[str] = []
        self.lines: list[dict[str, Any]] = []
        self.threads: set[str] = set()
        self.fail_in: dict[str, BaseException] = {}
        self.hang_in = ""
        self.hanging = threading.Event()
        self.resume = threading.Event()

    def _called(self, method: str) -> None:
        if not self.calls or self.calls[-1] != method:
            self.calls.append(method)
        self.threads.add(threading.current_thread().name)
        if method == self.hang_in:
            self.hanging.set()
            self.resume.wait(30)
        if method in self.fail_in:
            raise self.fail_in[method]

    @property
    def texts(self) -> list[str]:
        """The messages of its lines, without those about the run."""
        return [line["message"] for line in self.lines if line.get("event") != "LIFECYCLE"]

    def start(self) -> None:
        self._called("start")

    def write(self, lines: bytes) -> None:
        self._called("write")
        assert lines.endswith(b"\n")
        self.lines += map(json.loads, lines.splitlines())

    def flush(self, timeout_s: float) -> bool:
        self._called("flush")
        return True

    def close(self) -> None:
        self._called("close")

    def after_fork_in_child(self) -> None:
        self._called("after_fork_in_child")

    def counters(self) -> Mapping[str, int]:
        return {"seen": len(self.lines)}
