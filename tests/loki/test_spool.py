"""A handler with a spool on disk: what waits survives the process, and arrives with its labels."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from logging_kit import loki
from logging_kit.line import BODY_LIMIT
from logging_kit.loki import spool as module
from logging_kit.loki.entry import Entry
from logging_kit.loki.shipper import Shipper
from logging_kit.loki.spool import SpoolLabeller, _body
from tests.support.push_server import PushServer, answer

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[PushServer]:
    with PushServer() as server:
        yield server


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    logger = logging.getLogger("tests.spool")
    logger.setLevel("DEBUG")
    logger.propagate = False
    yield logger
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


def attach(logger: logging.Logger, server: PushServer, spool: Path, **options: Any) -> Any:
    handler = loki.LokiHandler(server.url, {"app": "bot"}, spool_dir=spool, **options)
    logger.addHandler(handler)
    return handler


def messages(server: PushServer) -> list[str]:
    return [json.loads(line)["message"] for line in server.lines]


def distinct(server: PushServer) -> list[str]:
    """The messages without what was sent again as it was.

    A process that ends while it ships leaves a batch that is not confirmed.
    """
    pushed = {(entry.time_ns, entry.line) for r in list(server.requests) for entry in r.entries}
    return sorted(json.loads(line)["message"] for _, line in pushed)


def test_lines_arrive_with_their_labels(
    logger: logging.Logger, server: PushServer, tmp_path: Path
) -> None:
    handler = attach(logger, server, tmp_path / "spool", metadata=("order_id",))
    extra = {"tags": {"side": "buy"}, "order_id": 17}
    for number in range(50):
        logger.info("line %d", number, extra=extra)
    handler.flush(60)
    assert messages(server) == [f"line {number}" for number in range(50)]
    entry = server.requests[0].entries[0]
    assert entry.labels["side"] == "buy"
    assert entry.labels["app"] == "bot"
    assert entry.metadata["order_id"] == "17"
    assert handler.stats()["shipped"] == 50
    assert handler.stats()["dropped"] == 0


def test_what_waits_is_pushed_by_the_next_start(
    logger: logging.Logger, server: PushServer, tmp_path: Path
) -> None:
    server.otherwise = answer(503)
    handler = attach(logger, server, tmp_path, close_s=0.05)
    logger.error("one")
    logger.removeHandler(handler)
    handler.close()
    server.otherwise = answer(204)
    server.requests.clear()
    attach(logger, server, tmp_path)
    logger.error("two")
    assert server.wait_for(lambda: len(distinct(server)) >= 2)
    assert distinct(server) == ["one", "two"]


def test_a_closed_handler_may_be_used_again(
    logger: logging.Logger, server: PushServer, tmp_path: Path
) -> None:
    handler = attach(logger, server, tmp_path)
    handler.close()
    logger.info("one")
    handler.close()
    logger.info("two")
    assert server.wait_for(lambda: len(distinct(server)) >= 2)
    assert distinct(server) == ["one", "two"]


def _log_in_child(logger: logging.Logger) -> None:
    for worker in list(module._workers):
        worker.after_fork_in_child()  # once more, where it is measured
    logger.info("child")


def test_a_forked_child_loses_nothing(
    logger: logging.Logger, server: PushServer, tmp_path: Path
) -> None:
    handler = attach(logger, server, tmp_path)
    logger.info("parent")
    child = multiprocessing.get_context("fork").Process(target=_log_in_child, args=(logger,))
    child.start()
    child.join()
    handler.flush(60)
    handler.close()
    attach(logger, server, tmp_path)
    logger.info("next start")
    assert server.wait_for(lambda: len(distinct(server)) >= 3)
    assert distinct(server) == ["child", "next start", "parent"]


def test_a_closed_segment_is_tidied(
    logger: logging.Logger, server: PushServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotated: list[str] = []
    monkeypatch.setattr(module.Retention, "rotated", lambda _: rotated.append("yes"))
    monkeypatch.setattr(module, "_SEGMENT_SIZE", 200_000)
    handler = attach(logger, server, tmp_path)
    for number in range(40):
        logger.info("line %d %s", number, "x" * 30_000)
    handler.flush(60)
    assert server.wait_for(lambda: len(distinct(server)) >= 40)
    assert rotated


BOT = """
import logging, os, signal
from logging_kit import loki
logger = logging.getLogger("bot")
logger.addHandler(loki.LokiHandler({url!r}, spool_dir={spool!r}))
logger.setLevel("INFO")
for number in range(200):
    logger.info("line %d", number)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_loses_nothing(
    logger: logging.Logger, server: PushServer, tmp_path: Path
) -> None:
    with PushServer(otherwise=answer(503)) as away:
        text = BOT.format(url=away.url, spool=str(tmp_path / "spool"))
        done = subprocess.run(
            [sys.executable, "-c", text],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == -signal.SIGKILL
    attach(logger, server, tmp_path / "spool")
    logger.info("next")
    assert server.wait_for(lambda: len(distinct(server)) >= 201)
    assert distinct(server) == sorted(["next", *(f"line {n}" for n in range(200))])


@pytest.mark.parametrize(
    "entry",
    [
        Entry({"app": "bot"}, 5, "x" * 100_000),
        Entry({"app": "bot"}, 5, "가\n\x00" * 40_000),
        Entry({f"l{n}": "v" * 2_000 for n in range(100)}, 5, b"line", {"m": "v" * 70_000}),
    ],
)
def test_what_does_not_fit_into_a_line_is_cut(entry: Entry) -> None:
    body = _body(entry)
    assert len(body) <= BODY_LIMIT
    found = SpoolLabeller().entry("bot", b"{%b}" % body, 7)
    assert found.time_ns == 5
    line = entry.line if isinstance(entry.line, str) else entry.line.decode()
    assert line.startswith(str(found.line))
    assert found.labels.items() & {"app": "bot", "l0": "v" * 256}.items()


@pytest.mark.parametrize("data", [b"no JSON", b"[]", b"{}", b'{"labels":{},"time_ns":"x"}'])
def test_a_foreign_line_is_pushed_too(data: bytes) -> None:
    assert SpoolLabeller().entry("bot", data, 7) == Entry({"job": "bot"}, 7, data)


def test_at_the_end_of_the_interpreter_the_line_stays_on_disk(
    logger: logging.Logger, server: PushServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Shipper) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    handler = attach(logger, server, tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(module.Shipper, "start", refuse)
        logger.info("late")
        handler.close()
    assert server.lines == []
    logger.info("next start")
    assert server.wait_for(lambda: len(distinct(server)) >= 2)
    assert distinct(server) == ["late", "next start"]
