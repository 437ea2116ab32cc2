"""SIGTERM with a handler that asked for it: what waits is sent before the process ends."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from logging_kit.loki import sigterm
from logging_kit.loki.sigterm import flush_before_sigterm


class Flushing:
    def __init__(self, done: list[str], name: str) -> None:
        self.done, self.name = done, name

    def flush(self) -> None:
        self.done.append(self.name)
        if self.name == "broken":
            raise RuntimeError("no server")


@pytest.fixture(autouse=True)
def _restore(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(sigterm, "_flushes", [])
    monkeypatch.setattr(sigterm._Installed, "previous", None)
    yield
    signal.signal(signal.SIGTERM, before)


def test_each_is_flushed_then_the_programs_handler_is_called() -> None:
    done: list[str] = []
    signal.signal(signal.SIGTERM, lambda *_: done.append("program"))
    kept = [Flushing(done, name) for name in ("a", "broken", "b")]
    forgotten = Flushing(done, "forgotten")
    assert all(flush_before_sigterm(each.flush) for each in (*kept, forgotten))
    del forgotten
    os.kill(os.getpid(), signal.SIGTERM)
    assert done == ["a", "broken", "b", "program"]


def test_without_a_handler_the_signal_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    done: list[str] = []
    kept = Flushing(done, "a")
    assert flush_before_sigterm(kept.flush)
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda *args: killed.append(args))
    handler = signal.getsignal(signal.SIGTERM)
    assert callable(handler)
    handler(signal.SIGTERM, None)
    assert done == ["a"]
    assert killed == [(os.getpid(), signal.SIGTERM)]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_program_that_ignores_the_signal_still_does() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    assert not flush_before_sigterm(Flushing([], "a").flush)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def test_another_thread_cannot_install_it() -> None:
    answers: list[bool] = []
    thread = threading.Thread(
        target=lambda: answers.append(flush_before_sigterm(Flushing([], "a").flush))
    )
    thread.start()
    thread.join()
    assert answers == [False]
