"""The emitters behave as python-logging-loki's do: the ideas of its own tests, written again."""

from __future__ import annotations

import logging
from typing import Any
from unittest.mock import MagicMock

import pytest
import time_machine

from logging_kit.loki.emitter import LokiEmitter, LokiEmitterV0, LokiEmitterV1, entries_of
from logging_kit.testing import FakeTransport
from tests.support.push_server import Pushed, decode

URL = "https://example.net/loki/api/v1/push/"
BOTH = pytest.mark.parametrize("kind", [LokiEmitterV0, LokiEmitterV1])


def record(**extra: Any) -> logging.LogRecord:
    logger = logging.Logger("tests")
    return logger.makeRecord("test", logging.WARNING, "", 0, "Test", (), None, extra=extra or None)


def mocked(kind: type[LokiEmitter]) -> tuple[Any, MagicMock]:
    session = MagicMock()
    session().post = MagicMock(return_value=MagicMock(status_code=kind.success_response_code))
    emitter: Any = kind(URL)
    emitter.session_class = session
    return emitter, session


def sent(session: MagicMock) -> dict[str, Any]:
    stream: dict[str, Any] = session().post.call_args[1]["json"]["streams"][0]
    return stream


def labels(session: MagicMock) -> dict[str, Any]:
    (entry,) = entries_of(session().post.call_args[1]["json"])
    return dict(entry.labels)


@BOTH
def test_a_record_goes_to_the_url(kind: type[LokiEmitter]) -> None:
    emitter, session = mocked(kind)
    emitter(record(), "")
    assert session().post.call_args[0][0] == URL


@BOTH
def test_the_default_labels_are_sent(kind: type[LokiEmitter]) -> None:
    emitter, session = mocked(kind)
    emitter.tags = {"app": "emitter"}
    emitter(record(), "")
    assert labels(session) == {"app": "emitter", "severity": "warning", "logger": "test"}


def test_the_labels_of_the_old_protocol_are_one_text() -> None:
    emitter, session = mocked(LokiEmitterV0)
    emitter.tags = {"app": 'a "b" \\ \n'}
    emitter(record(), "")
    assert sent(session)["labels"] == '{app="a \\"b\\" \\\\ \\n",severity="warning",logger="test"}'
    assert labels(session)["app"] == 'a "b" \\ \n'


@BOTH
def test_the_tags_of_a_record_are_added(kind: type[LokiEmitter]) -> None:
    emitter, session = mocked(kind)
    emitter(record(tags={"extra_tag": "extra_value"}), "")
    assert labels(session)["extra_tag"] == "extra_value"


@BOTH
@pytest.mark.parametrize(
    "name", ["test_'svc", 'test_"svc', "test svc", "test-svc", "test.svc", "!test_svc?"]
)
def test_the_name_of_a_tag_is_cleaned(name: str, kind: type[LokiEmitter]) -> None:
    emitter, session = mocked(kind)
    emitter(record(tags={name: "extra_value"}), "")
    assert labels(session)["test_svc"] == "extra_value"


@BOTH
@pytest.mark.parametrize("tags", [{"!": "extra_value"}, "invalid", ["a"], 7, None])
def test_what_makes_no_label_is_left_out(tags: Any, kind: type[LokiEmitter]) -> None:
    emitter, session = mocked(kind)
    emitter(record(tags=tags), "")
    assert labels(session).keys() == {"severity", "logger"}


@BOTH
@pytest.mark.parametrize("status", [None, 400, 500])
def test_another_status_is_a_value_error(status: Any, kind: type[LokiEmitter]) -> None:
    emitter, session = mocked(kind)
    session().post().status_code = status
    session().post().text = "no such tenant"
    with pytest.raises(ValueError, match="no such tenant"):
        emitter(record(), "")


@BOTH
@pytest.mark.parametrize("status", [200, 204, 202])
def test_each_status_of_success_is_one(status: int, kind: type[LokiEmitter]) -> None:
    emitter, session = mocked(kind)
    session().post().status_code = status
    emitter(record(), "")


def test_the_message_and_the_time_are_sent() -> None:
    with time_machine.travel("2019-11-04T00:25:08.123456Z", tick=False):
        emitter, session = mocked(LokiEmitterV1)
        emitter(record(), "Test message")
        assert sent(session)["values"] == [["1572827108123456000", "Test message"]]
        emitter, session = mocked(LokiEmitterV0)
        emitter(record(), "Test message")
    assert sent(session)["entries"] == [
        {"ts": "2019-11-04T00:25:08.123456Z", "line": "Test message"}
    ]


@BOTH
def test_the_session_is_closed(kind: type[LokiEmitter]) -> None:
    emitter, session = mocked(kind)
    emitter(record(), "")
    emitter.close()
    session().close.assert_called_once()
    assert emitter._session is None


def pushed(transport: FakeTransport) -> list[Pushed]:
    return [
        entry
        for body, headers in transport.requests
        for entry in decode({k.lower(): v for k, v in headers.items()}, body)
    ]


def queued(kind: type[LokiEmitter], **options: Any) -> tuple[Any, FakeTransport]:
    transport = FakeTransport()
    return kind(URL, {"app": "bot"}, transport=transport, **options), transport


def test_a_payload_of_a_subclass_is_sent() -> None:
    class Own(LokiEmitterV1):
        def build_payload(self, record: logging.LogRecord, line: str) -> dict[str, Any]:
            values = [["5", line, {"id": 7}], ["6", line]]
            return {"streams": [{"stream": {"mine": "yes"}, "values": values}]}

    emitter, transport = queued(Own)
    emitter(record(), "text")
    emitter.close()
    assert pushed(transport) == [
        Pushed({"mine": "yes"}, 5, "text", {"id": "7"}),
        Pushed({"mine": "yes"}, 6, "text", {}),
    ]


def test_the_labels_of_a_subclass_are_sent() -> None:
    class Old(LokiEmitterV0):
        def build_labels(self, record: logging.LogRecord) -> str:
            return '{mine="a\\"b",tab="\\t"}'

    class New(LokiEmitterV1):
        def build_tags(self, record: logging.LogRecord) -> dict[str, Any]:
            return {"mine": record.name}

    for kind, expected in ((Old, {"mine": 'a"b', "tab": "\t"}), (New, {"mine": "test"})):
        emitter, transport = queued(kind)
        emitter(record(), "text")
        emitter.close()
        assert [entry.labels for entry in pushed(transport)] == [expected]


def test_the_session_of_another_transport_is_the_one_of_python_logging_loki() -> None:
    emitter, _ = queued(LokiEmitterV1)
    assert emitter.session.auth is None
    emitter.close()


def test_equal_tags_share_their_labels_and_different_ones_do_not() -> None:
    emitter, transport = queued(LokiEmitterV1)
    for tags in ({"ok": True}, {"ok": 1}, {"ok": "1"}, {"ok": True}):
        emitter(record(tags=tags), "x")
    for number in range(1_100):
        emitter(record(tags={"n": number}), "y")
    emitter.close()
    first = [entry.labels.get("ok") for entry in pushed(transport) if entry.line == "x"]
    assert sorted(filter(None, first)) == ["1", "1", "true", "true"]
    assert {e.labels["n"] for e in pushed(transport) if e.line == "y"} == set(
        map(str, range(1_100))
    )
