"""The sender and the handler against a real Loki."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import pytest

from logging_kit import loki as logging_loki
from logging_kit.loki.entry import Entry
from logging_kit.loki.options import SenderOptions
from logging_kit.loki.sender import Sender
from tests.support.servers.loki import Loki

pytestmark = [pytest.mark.servers, pytest.mark.slow]

DAY_NS = 86_400_000_000_000


def lines(loki: Loki, app: str, count: int) -> list[Any]:
    """The lines of an app; all of them, since Loki acknowledges what can be read."""
    now = time.time()
    found = loki.lines(f'{{app="{app}"}}', now - 3_600, now + 3_600)
    assert len(found) == count
    return found


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_an_entry_arrives_whole(encoding: Any, loki: Loki, app: str) -> None:
    sender = Sender(SenderOptions(url=loki.url, encoding=encoding))
    now = time.time_ns()
    given = [
        Entry(
            {"app": app, "text": 'a "b" \\ \n 가'},
            now + number,
            json.dumps({"message": "가격 \\", "n": number}, ensure_ascii=False),
            {"order_id": 10**18 + number, "ok": True},
        )
        for number in range(200)
    ]
    assert sender.push(given).accepted == 200
    sender.close()
    found = sorted(lines(loki, app, 200), key=lambda line: line.time_ns)
    assert [line.time_ns for line in found] == [entry.time_ns for entry in given]
    assert [line.text for line in found] == [entry.line for entry in given]
    assert {line.labels["text"] for line in found} == {'a "b" \\ \n 가'}
    assert [line.metadata["order_id"] for line in found] == [str(10**18 + n) for n in range(200)]


def test_labels_above_the_limit_and_bad_names(loki: Loki, app: str) -> None:
    labels = {"app": app, **{f"my-label {n:02}": f"v{n}" for n in range(20)}}
    sender = Sender(loki.url)
    outcome = sender.push([Entry(labels, time.time_ns(), "x")])
    sender.close()
    assert (outcome.accepted, outcome.error) == (1, None)
    (line,) = lines(loki, app, 1)
    assert line.labels["my_label_13"] == "v13"
    assert line.metadata["my_label_14"] == "v14"


def test_bad_entries_cost_themselves_alone(loki: Loki, app: str) -> None:
    now = time.time_ns()
    given = [Entry({"app": app}, now + n, f"line {n}") for n in range(500)]
    given[100] = given[100]._replace(time_ns=now + DAY_NS)  # in the future
    old = [Entry({"app": app}, now - 400 * DAY_NS + n, f"old {n}") for n in range(50)]
    sender = Sender(loki.url)
    outcome = sender.push([*old, *given])
    sender.close()
    assert outcome.is_complete
    assert {entry.line for entry, _ in outcome.rejected} == {
        *(entry.line for entry in old),
        "line 100",
    }
    found = {line.text for line in lines(loki, app, 499)}
    assert found == {f"line {n}" for n in range(500) if n != 100}
    assert sender.counters()["requests"] < 40


@pytest.mark.parametrize(
    ("version", "path"), [("0", "/api/prom/push"), ("1", "/loki/api/v1/push"), (None, "")]
)
@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_the_handler(version: Any, path: str, encoding: str, loki: Loki, app: str) -> None:
    handler = logging_loki.LokiHandler(
        f"{loki.url}{path}", {"app": app}, None, version, encoding=encoding
    )
    logger = logging.getLogger(f"servers.{app}")
    logger.addHandler(handler)
    try:
        logger.error("hello", extra={"tags": {"side": "buy"}})
        handler.flush(30)
        (line,) = lines(loki, app, 1)
    finally:
        logger.removeHandler(handler)
        handler.close()
    assert line.labels["severity"] == "error"
    assert line.labels["side"] == "buy"
    assert json.loads(line.text)["message"] == "hello"


def test_otlp(loki: Loki, app: str) -> None:
    sender = Sender(SenderOptions(url=f"{loki.url}/otlp/v1/logs", protocol="otlp"))
    text = json.dumps(
        {"level": "warning", "app": app, "message": "hello", "run_id": "r1", "seq": 7, "n": 0.5}
    )
    outcome = sender.push([Entry({}, time.time_ns(), text)])
    sender.close()
    assert (outcome.accepted, outcome.error) == (1, None)
    now = time.time()
    (line,) = loki.lines(f'{{service_name="{app}"}}', now - 600, now + 600)
    assert line.text == "hello"
    assert line.metadata["severity_number"] == "13"
    assert line.metadata["log_record_uid"] == "r1-7"
    assert line.metadata["n"] == "0.5"
