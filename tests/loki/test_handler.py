"""`LokiHandler` and `LokiQueueHandler`: the uses that python-logging-loki documents, and more."""

from __future__ import annotations

import gzip
import json
import logging
import logging.handlers
import multiprocessing
import os
import re
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from logging.config import dictConfig
from multiprocessing import Queue as ProcessQueue
from pathlib import Path
from queue import Queue
from typing import Any

import logging_loki
import pytest

import logging_kit
from logging_kit import loki
from logging_kit.loki.quiet import sending
from logging_kit.testing import FakeAnswer, FakeTransport
from tests.support.push_server import PushServer, answer

SCRIPT = """
import logging
import {module}

handler = logging_loki.LokiHandler(
    url="{url}/loki/api/v1/push",
    tags={{"application": "my-app"}},
    auth=("username", "{password}"),
    version="1",
)
logger = logging.getLogger("my-logger")
logger.addHandler(handler)
logger.error("Something happened", extra={{"tags": {{"service": "my-service"}}}})
"""


@pytest.fixture
def server() -> Iterator[PushServer]:
    with PushServer() as server:
        yield server


@pytest.fixture
def logger(request: pytest.FixtureRequest) -> Iterator[logging.Logger]:
    logger = logging.getLogger(f"tests.{request.node.name}")
    logger.setLevel("DEBUG")
    logger.propagate = False
    yield logger
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


Attach = Callable[..., Any]


@pytest.fixture
def attach(logger: logging.Logger, server: PushServer) -> Attach:
    def make(**options: Any) -> Any:
        handler = loki.LokiHandler(**{"url": server.url, **options})
        logger.addHandler(handler)
        return handler

    return make


def test_the_class_is_one_of_python_logging_loki(attach: Attach) -> None:
    handler = attach()
    assert isinstance(handler, logging_loki.LokiHandler)
    assert isinstance(handler.emitter, logging_loki.emitter.LokiEmitterV1)
    assert isinstance(attach(version="0").emitter, logging_loki.emitter.LokiEmitterV0)


def test_the_documented_use(attach: Attach, logger: logging.Logger, server: PushServer) -> None:
    handler = attach(tags={"application": "my-app"}, auth=("username", "password"), version="1")
    logger.error("Something happened", extra={"tags": {"service": "my-service"}})
    handler.flush(60)
    (pushed,) = server.requests[0].entries
    assert pushed.labels == {
        "application": "my-app",
        "service": "my-service",
        "severity": "error",
        "logger": logger.name,
    }
    line = json.loads(pushed.line)
    assert (line["message"], line["level"]) == ("Something happened", "error")
    assert server.requests[0].headers["authorization"] == "Basic dXNlcm5hbWU6cGFzc3dvcmQ="
    assert abs(pushed.time_ns - time.time_ns()) < 600e9


def test_arguments_may_be_positional(server: PushServer) -> None:
    handler = loki.LokiHandler(server.url, {"app": "a"}, ("u", "p"), "1")
    assert handler.emitter.tags == {"app": "a"}
    assert handler.emitter.auth == ("u", "p")
    handler.close()


@pytest.mark.parametrize("version", ["1", "2", None, 1])
def test_versions_of_the_current_protocol(version: Any, attach: Attach) -> None:
    assert type(attach(version=version).emitter).__name__ == "LokiEmitterV1"


def test_a_default_version_set_in_const_holds(
    attach: Attach, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loki.const, "emitter_ver", "1")
    assert type(attach().emitter).__name__ == "LokiEmitterV1"


def test_an_unknown_version_is_a_value_error(server: PushServer) -> None:
    with pytest.raises(ValueError, match="Unknown emitter version: 3"):
        loki.LokiHandler(server.url, version="3")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": "localhost:3100"}, "http"),
        ({"url": "http://h:99999"}, "port"),
        ({"queue_size": 3}, "queue_size"),
        ({"policy": "forget"}, "policy"),
        ({"auth": "me"}, "auth"),
        ({"flush_level": "LOUD"}, "flush_level"),
        ({"max_lines": 0}, "max_lines"),
        ({"emitter": logging_loki.emitter.LokiEmitterV1, "tenant": "x"}, "tenant"),
    ],
)
def test_impossible_options_are_settings_errors(options: dict[str, Any], words: str) -> None:
    with pytest.raises(logging_kit.SettingsError, match=words):
        loki.LokiHandler(**{"url": "http://127.0.0.1:1", **options})


def test_the_old_address_gets_the_old_json(
    attach: Attach, logger: logging.Logger, server: PushServer
) -> None:
    handler = attach(url=f"{server.url}/api/prom/push", version="0", encoding="json")
    logger.warning("old")
    handler.flush(60)
    assert server.requests[0].path == "/api/prom/push"
    (stream,) = json.loads(gzip.decompress(server.requests[0].body))["streams"]
    assert stream["labels"] == f'{{logger="{logger.name}", severity="warning"}}'
    (entry,) = stream["entries"]
    assert json.loads(entry["line"])["message"] == "old"
    assert re.fullmatch(r"20..-..-..T..:..:..\.\d{9}Z", entry["ts"])


def test_tags_of_dict_config_and_of_a_listener(server: PushServer) -> None:
    config = {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {
            "loki": {
                "()": "logging_kit.loki.LokiQueueHandler",
                "queue": Queue(-1),
                "url": server.url,
                "tags": {"test": "test"},
                "version": "1",
            },
            "plain": {
                "class": "logging_kit.loki.LokiHandler",
                "url": server.url,
                "tags": {"a": "b"},
                "level": "WARNING",
            },
        },
        "loggers": {"dict_config": {"handlers": ["loki", "plain"], "level": "DEBUG"}},
    }
    dictConfig(config)
    logger = logging.getLogger("dict_config")
    queue_handler, plain = logger.handlers
    assert isinstance(queue_handler, logging.handlers.QueueHandler)
    logger.info("one")
    logger.warning("two")
    for handler in logger.handlers[:]:
        handler.flush(60)
        logger.removeHandler(handler)
        handler.close()
    labels = [e.labels for request in server.requests for e in request.entries]
    assert sorted(label.get("test", "") + label.get("a", "") for label in labels) == [
        "b",
        "test",
        "test",
    ]
    assert plain.level == logging.WARNING


def test_dict_config_by_class_of_a_queue_handler(server: PushServer) -> None:
    """Python 3.12 makes a listener of its own there, and early ones pass the queue alone."""
    dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {
                "loki": {
                    "class": "logging_kit.loki.LokiQueueHandler",
                    "queue": Queue(-1),
                    "url": server.url,
                    **({"handlers": []} if sys.version_info >= (3, 12) else {}),
                }
            },
            "loggers": {"by_class": {"handlers": ["loki"], "level": "DEBUG"}},
        }
    )
    logger = logging.getLogger("by_class")
    (handler,) = logger.handlers
    logger.info("one")
    handler.flush(60)
    logger.removeHandler(handler)
    handler.close()
    assert len(server.lines) == 1


def test_arguments_that_dict_config_does_not_pass_on_are_found(server: PushServer) -> None:
    """`dictConfig` of Python 3.12.0 to 3.12.3 makes the handler with the queue alone."""

    def _configure_queue_handler(klass: Any, **kwargs: Any) -> Any:
        return klass(kwargs["queue"])

    handler = _configure_queue_handler(
        loki.LokiQueueHandler, queue=Queue(), handlers=[], url=server.url, tags={"a": "b"}
    )
    assert handler.handler.emitter.tags == {"a": "b"}
    handler.close()
    with pytest.raises(logging_kit.SettingsError):
        loki.LokiQueueHandler(Queue())


def test_the_certificate_may_be_left_unchecked(attach: Attach) -> None:
    assert not attach(verify_ssl=False).emitter._transport.session.verify


@pytest.mark.parametrize("make_queue", [Queue, ProcessQueue], ids=["thread", "process"])
def test_a_queue_handler_brings_its_own_records_and_those_of_others(
    make_queue: Callable[[], Any], server: PushServer, logger: logging.Logger
) -> None:
    queue = make_queue()
    handler = loki.LokiQueueHandler(queue, url=server.url, version="1", batch_wait_s=0.01)
    assert handler.queue is queue
    assert isinstance(handler.handler, loki.LokiHandler)
    logger.addHandler(handler)
    logger.warning("mine %d", 1)
    other = logging.handlers.QueueHandler(queue)
    other.handle(logging.makeLogRecord({"msg": "theirs", "levelno": 40, "levelname": "ERROR"}))
    assert server.wait_for(lambda: len(server.lines) == 2)
    handler.close()
    handler.close()
    assert {json.loads(line)["message"] for line in server.lines} == {"mine 1", "theirs"}
    assert handler.stats()["accepted"] == 2
    if make_queue is ProcessQueue:
        queue.close()
        queue.join_thread()


def test_a_subclass_of_the_queue_handler_prepares_its_records(
    server: PushServer, logger: logging.Logger
) -> None:
    class Shouting(loki.LokiQueueHandler):
        def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
            record.msg = str(record.msg).upper()
            return record

    handler = Shouting(Queue(), url=server.url, batch_wait_s=0.01)
    handler.listener = None
    assert handler.listener is not None
    logger.addHandler(handler)
    logger.warning("quiet")
    assert server.wait_for(lambda: server.lines)
    assert json.loads(server.lines[0])["message"] == "QUIET"


def test_a_queue_handler_hands_its_formatter_on(server: PushServer, logger: logging.Logger) -> None:
    handler = loki.LokiQueueHandler(Queue(), url=server.url)
    handler.setFormatter(logging.Formatter("-> %(message)s"))
    logger.addHandler(handler)
    logger.info("text")
    handler.flush(60)
    assert server.lines == ["-> text"]


def test_the_callers_own_formatter_is_masked(
    attach: Attach, logger: logging.Logger, server: PushServer
) -> None:
    secret = "".join(["kv9Q"] * 8)
    handler = attach()
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.info("api_key=%s", secret)
    handler.setFormatter(logging_kit.JsonFormatter())
    logger.info("ready")
    handler.flush(60)
    text, line = server.lines
    assert text.startswith("INFO api_key=")
    assert secret not in text
    assert json.loads(line)["message"] == "ready"


def test_labels_and_metadata_are_masked(
    attach: Attach, logger: logging.Logger, server: PushServer
) -> None:
    secret = "".join(["kv9Q"] * 8)
    handler = attach(tags={"api_key": secret}, metadata=("order_id", "secret", "absent"))
    extra = {"tags": {"token": secret}, "order_id": 10**18 + 5, "secret": secret}
    logger.info("ready", extra=extra)
    logger.info("bare")
    handler.flush(60)
    (pushed,) = [entry for entry in server.requests[0].entries if entry.metadata]
    assert pushed.metadata["order_id"] == str(10**18 + 5)
    assert secret not in str(server.requests[0].entries)


def test_records_of_one_microsecond_keep_their_order(
    attach: Attach, logger: logging.Logger, server: PushServer
) -> None:
    handler = attach()
    for number in range(3):
        record = logger.makeRecord("n", 20, "", 0, "line %d", (number,), None)
        record.created = 1_700_000_000.123456
        handler.handle(record)
    late = logger.makeRecord("n", 20, "", 0, "past", (), None)
    late.created = 1_600_000_000.5
    handler.handle(late)
    handler.flush(60)
    times = [entry.time_ns for entry in server.requests[0].entries]
    assert times[:3] == [1_700_000_000_123_456_000 + n for n in range(3)]
    assert times[3] == 1_600_000_000_500_000_000


def test_changed_tags_hold_from_the_next_record(
    attach: Attach, logger: logging.Logger, server: PushServer
) -> None:
    handler = attach(tags={"app": "one"})
    logger.info("a")
    handler.emitter.tags["app"] = "two"
    logger.info("b")
    handler.emitter.tags = {"app": "three"}
    logger.info("c")
    handler.flush(60)
    assert [e.labels["app"] for e in server.requests[0].entries] == ["one", "two", "three"]


def test_a_header_set_on_the_session_is_sent(
    attach: Attach, logger: logging.Logger, server: PushServer
) -> None:
    handler = attach()
    handler.emitter.session.headers["X-Scope-OrgID"] = "bots"
    logger.info("a")
    handler.flush(60)
    assert server.requests[0].headers["x-scope-orgid"] == "bots"


def test_an_error_is_sent_at_once_with_what_came_before(
    attach: Attach, logger: logging.Logger, server: PushServer
) -> None:
    attach(batch_wait_s=3600)
    logger.info("before")
    logger.error("now")
    assert server.wait_for(lambda: len(server.lines) == 2)


def test_lines_wait_for_others(attach: Attach, logger: logging.Logger, server: PushServer) -> None:
    handler = attach(batch_wait_s=3600)
    for number in range(50):
        logger.info("line %d", number)
    handler.flush(60)
    assert len(server.requests) == 1
    assert len(server.lines) == 50


def test_the_requests_own_records_are_not_pushed(
    attach: Attach, logger: logging.Logger, server: PushServer
) -> None:
    handler = attach(batch_wait_s=0.01)
    library = logging.getLogger("urllib3")
    library.setLevel("DEBUG")
    library.addHandler(handler)
    try:
        logger.info("one")
        handler.flush(60)
        logger.info("two")
        handler.flush(60)
        with sending():
            logger.info("inside")
        handler.flush(60)
    finally:
        library.removeHandler(handler)
        library.setLevel("NOTSET")
    assert [json.loads(line)["message"] for line in server.lines] == ["one", "two"]


def test_a_record_that_cannot_be_formatted_costs_one_note(
    attach: Attach, logger: logging.Logger, capfd: pytest.CaptureFixture[str]
) -> None:
    handler = attach(transport=FakeTransport())
    handler.setFormatter(logging.Formatter("%(nothing)s"))
    for _ in range(10):
        logger.info("text")
    assert handler.stats()["errors"] == 10
    assert len(capfd.readouterr().err.splitlines()) <= 1


def test_a_server_that_is_down_costs_one_note_and_no_time(
    attach: Attach, logger: logging.Logger, capfd: pytest.CaptureFixture[str]
) -> None:
    handler = attach(url="http://127.0.0.1:1", close_s=0.1, max_lines=100)
    for number in range(500):
        logger.error("line %d", number)
    stats = handler.stats()
    assert stats["waiting"] <= 100
    assert stats["dropped"] >= 400
    logger.removeHandler(handler)
    handler.close()
    assert handler.stats()["dropped"] == 500
    assert handler.stats()["waiting"] == 0
    assert len(capfd.readouterr().err.splitlines()) <= 1


def test_a_closed_handler_may_be_used_again(
    attach: Attach, logger: logging.Logger, server: PushServer
) -> None:
    handler = attach()
    logger.info("one")
    handler.close()
    logger.info("two")
    handler.close()
    assert len(server.lines) == 2


def test_a_replaced_emitter_is_used(attach: Attach, logger: logging.Logger) -> None:
    class Own:
        def __init__(self) -> None:
            self.lines: list[str] = []

        def __call__(self, record: logging.LogRecord, line: str) -> None:
            self.lines.append(line)

        def close(self) -> None:
            self.lines.append("closed")

    own = Own()
    handler = attach(emitter=own)
    logger.info("one")
    handler.flush(60)
    logger.removeHandler(handler)
    handler.close()
    assert json.loads(own.lines[0])["message"] == "one"
    assert own.lines[1] == "closed"
    assert handler.stats() == {"errors": 0}


@pytest.mark.parametrize("kind", [loki.emitter.LokiEmitterV1, logging_loki.emitter.LokiEmitterV1])
def test_a_class_of_an_emitter_is_used(kind: Any, attach: Attach) -> None:
    assert type(attach(emitter=kind).emitter) is kind


def test_the_session_class_of_the_caller_posts_each_record(
    attach: Attach, logger: logging.Logger
) -> None:
    posted: list[Any] = []

    class Session:
        auth = None

        def post(self, url: str, json: Any) -> FakeAnswer:
            posted.append((url, json))
            return type("Answer", (), {"status_code": 204})()

        def close(self) -> None:
            posted.append("closed")

    handler = attach(session_class=Session, url="http://x/loki/api/v1/push")
    logger.info("one")
    handler.close()
    (url, payload), closed = posted
    assert url == "http://x/loki/api/v1/push"
    assert json.loads(payload["streams"][0]["values"][0][1])["message"] == "one"
    assert closed == "closed"


def test_a_forked_child_sends_its_own_lines_only(
    attach: Attach, logger: logging.Logger, server: PushServer
) -> None:
    handler = attach(batch_wait_s=3600)
    logger.info("parent")
    child = os.fork()
    if not child:
        try:
            logger.info("child")
            handler.flush(60)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    handler.flush(60)
    assert sorted(json.loads(line)["message"] for line in server.lines) == ["child", "parent"]


def _log(logger: logging.Logger) -> None:
    logger.info("child")


def test_a_child_of_multiprocessing_sends_its_lines_before_it_ends(
    attach: Attach, logger: logging.Logger, server: PushServer
) -> None:
    handler = attach(batch_wait_s=3600)
    logger.info("parent")
    child = multiprocessing.get_context("fork").Process(target=_log, args=(logger,))
    child.start()
    child.join()
    handler.flush(30)
    assert sorted(json.loads(line)["message"] for line in server.lines) == ["child", "parent"]


def test_many_threads_lose_nothing(
    attach: Attach, logger: logging.Logger, server: PushServer
) -> None:
    handler = attach(batch_wait_s=0.01)

    def log(name: int) -> None:
        for number in range(200):
            logger.info("%d-%d", name, number)

    threads = [threading.Thread(target=log, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    handler.flush(30)
    assert len({json.loads(line)["message"] for line in server.lines}) == 800
    assert len(server.lines) == 800


def test_lines_wait_while_the_server_is_busy(
    attach: Attach, logger: logging.Logger, server: PushServer
) -> None:
    server.script += [answer(503), answer(429, retry_after="0")]
    handler = attach(min_backoff_s=0.01, max_backoff_s=0.02)
    logger.info("one")
    handler.flush(30)
    assert handler.stats()["accepted"] == 1
    assert len(server.requests) == 3


def run(text: str, tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", text],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


@pytest.mark.slow
def test_a_script_needs_only_another_import(server: PushServer, tmp_path: Path) -> None:
    theirs = SCRIPT.format(module="logging_loki", url=server.url, password=uuid.uuid4().hex)
    ours = theirs.replace("import logging_loki", "from logging_kit import loki as logging_loki")
    assert run(theirs, tmp_path).stderr == ""
    assert run(ours, tmp_path).stderr == ""
    (before,), (after,) = (request.entries for request in server.requests)
    assert after.labels == before.labels
    assert before.line == "Something happened"
    assert json.loads(after.line)["message"] == before.line
