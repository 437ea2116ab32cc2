"""The thread behind a handler: batches, retries, flushes, and the ends it survives."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import pytest

from logging_kit.exceptions import TransportError
from logging_kit.loki import worker as module
from logging_kit.loki.entry import Entry
from logging_kit.loki.options import SenderOptions
from logging_kit.loki.queue import EntryQueue
from logging_kit.loki.sender import Sender
from logging_kit.loki.worker import PushWorker
from logging_kit.testing import FakeAnswer, FakeTransport
from tests.support.push_server import decode


def entry(line: str) -> Entry:
    return Entry({"app": "bot"}, 1, line)


def make(
    transport: Any, *, batch_wait_s: float = 3600, close_s: float = 30, **options: Any
) -> PushWorker:
    quick = {"min_backoff_s": 0.001, "max_backoff_s": 0.002, **options}
    sender = Sender(SenderOptions(url="http://x", **quick), transport)
    queue = EntryQueue(1_000, 10**6, "drop_oldest", 0.0)
    return PushWorker(sender, queue, batch_wait_s=batch_wait_s, close_s=close_s)


class Signalling(FakeTransport):
    """A transport that tells when it has got requests."""

    def __init__(self, *answers: Any) -> None:
        super().__init__(*answers)
        self.changed = threading.Semaphore(0)

    def send(self, body: bytes, headers: Any, timeout: Any) -> FakeAnswer:
        try:
            return super().send(body, headers, timeout)
        finally:
            self.changed.release()

    def lines(self) -> list[list[str]]:
        return [
            [entry.line for entry in decode({k.lower(): v for k, v in headers.items()}, body)]
            for body, headers in self.requests
        ]


def test_a_full_batch_does_not_wait() -> None:
    transport = Signalling()
    worker = make(transport, batch_lines=10)
    for number in range(10):
        worker.put(entry(str(number)))
    assert transport.changed.acquire(timeout=30)
    assert worker.close()
    assert sum(map(len, transport.lines())) == 10


def test_an_entry_after_a_pause_is_sent_too() -> None:
    transport = Signalling()
    worker = make(transport, batch_wait_s=0.001)
    for number in range(3):
        worker.put(entry(str(number)))
        assert transport.changed.acquire(timeout=30)
    assert worker.close()
    assert transport.lines() == [["0"], ["1"], ["2"]]


def test_failures_are_tried_again() -> None:
    transport = Signalling(FakeAnswer(503), TransportError("down"), FakeAnswer(429))
    worker = make(transport, batch_wait_s=0.001)
    worker.put(entry("a"), urgent=True)
    for _ in range(4):
        assert transport.changed.acquire(timeout=30)
    assert worker.close()
    assert transport.lines() == [["a"]] * 4
    assert worker.counters()["accepted"] == 1


def test_urgent_entries_do_not_hurry_a_server_that_asked_to_wait() -> None:
    transport = Signalling(FakeAnswer(429, headers={"Retry-After": "200"}))
    worker = make(transport)
    worker.put(entry("a"), urgent=True)
    assert transport.changed.acquire(timeout=30)
    for _ in range(5):
        worker.put(entry("b"), urgent=True)
    assert not transport.changed.acquire(timeout=0.05)
    assert worker.flush(30)  # a flush tries once more at once
    assert worker.close()
    assert len(transport.requests) == 2


def test_a_flush_gives_up_in_time() -> None:
    transport = Signalling(*[FakeAnswer(503)] * 10_000)
    worker = make(transport, close_s=0.05)
    worker.put(entry("a"))
    assert not worker.flush(0.05)
    assert worker.counters()["waiting"] == 1
    assert not worker.close()
    assert worker.counters()["dropped"] == 1
    assert worker.counters()["waiting"] == 0


def test_a_push_that_hangs_does_not_hold_the_end() -> None:
    release = threading.Event()

    class Hanging(FakeTransport):
        def send(self, body: bytes, headers: Any, timeout: Any) -> FakeAnswer:
            release.wait(60)
            return FakeAnswer()

    worker = make(Hanging(), close_s=0.05)
    worker.put(entry("a"), urgent=True)
    assert not worker.flush(0.01)
    assert not worker.close()
    release.set()
    assert worker.counters()["dropped"] == 1


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_an_entry_that_cannot_be_encoded_costs_itself_alone(encoding: str) -> None:
    transport = Signalling()
    worker = make(transport, encoding=encoding)
    worker.put(entry("a"))
    worker.put(Entry({"app": "bot"}, 1, ["no", "text"]))  # type: ignore[arg-type]
    worker.put(entry("b"))
    assert worker.close()
    assert [line for lines in transport.lines() for line in lines] == ["a", "b"]
    assert worker.counters()["rejected"] == 1


def test_a_sender_that_raises_ends_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Sender, entries: Any, **_: Any) -> Any:
        raise RuntimeError("a fault of the sender")

    worker = make(Signalling())
    with monkeypatch.context() as patched:
        patched.setattr(Sender, "push", fail)
        worker.put(entry("a"))
        assert worker.flush(30)
    assert worker.counters()["dropped"] == 1
    worker.put(entry("b"))
    assert worker.close()
    assert worker.counters()["accepted"] == 1


def test_the_end_of_the_interpreter_starts_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refused:
        def start(self) -> None:
            raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(module, "new_thread", lambda *_: Refused())
    transport = Signalling()
    worker = make(transport)
    worker.put(entry("a"))
    worker.put(entry("b"))
    assert transport.lines() == []
    assert worker.close()
    assert transport.lines() == [["a", "b"]]


def test_an_idle_worker_is_collected() -> None:
    worker = make(Signalling())
    assert worker.flush(1)
    assert worker.close()
    closer, reference = worker._at_exit, weakref.ref(worker)
    del worker
    gc.collect()
    assert reference() is None
    closer()
