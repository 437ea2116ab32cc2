"""Asking Loki which lines it has."""

from __future__ import annotations

import json
import time
from urllib.parse import parse_qs

import pytest

from logging_kit.exceptions import PushError, TransportError
from logging_kit.loki.arrived import LokiReader
from logging_kit.loki.entry import Entry
from logging_kit.loki.options import SenderOptions
from logging_kit.testing import FakeAnswer, FakeTransport

LABELS = {"job": "trading-bot"}
OPTIONS = SenderOptions(url="http://loki.example:3100", tenant="bots")


def entry(number: int, run: str = "R1", job: str = "trading-bot") -> Entry:
    return Entry({"job": job}, 1_000 + number, f"line {number}", {"run_id": run} if run else {})


def found(*entries: Entry, **headers: str) -> FakeAnswer:
    result = [
        {"stream": {**one.labels, "level": "info"}, "values": [[str(one.time_ns), one.line]]}
        for one in entries
    ]
    text = json.dumps({"status": "success", "data": {"resultType": "streams", "result": result}})
    return FakeAnswer(200, text, headers)


def queries(transport: FakeTransport) -> list[dict[str, str]]:
    return [
        {name: values[0] for name, values in parse_qs(body.decode()).items()}
        for body, _ in transport.requests
    ]


def test_it_leaves_out_what_the_server_has():
    transport = FakeTransport(found(entry(1), entry(3)))
    reader = LokiReader(OPTIONS, transport)
    assert reader.missing([entry(1), entry(2), entry(3)]) == [entry(2)]
    (query,) = queries(transport)
    assert query["query"] == '{job=~"trading-bot"} | run_id=~"R1"'
    assert (query["start"], query["end"]) == ("1001", "1004")
    _, headers = transport.requests[0]
    assert headers["X-Scope-OrgID"] == "bots"
    assert headers["Cache-Control"] == "no-cache"


def test_the_same_text_of_another_job_or_time_is_another_line():
    there = [entry(1, job="trading-trade"), Entry(LABELS, 1_002, "line 1", {})]
    reader = LokiReader(OPTIONS, FakeTransport(found(*there)))
    assert reader.missing([entry(1)]) == [entry(1)]


def test_lines_without_a_run_are_asked_for_on_their_own():
    transport = FakeTransport(found(entry(1)), found(entry(2, "")))
    reader = LokiReader(OPTIONS, transport)
    assert reader.missing([entry(1), entry(2, "")]) == []
    assert [query["query"] for query in queries(transport)] == [
        '{job=~"trading-bot"} | run_id=~"R1"',
        '{job=~"trading-bot"}',
    ]


@pytest.mark.parametrize("name", ['a"b', "a.b", "a|b", "a\\b", "한국", "a(b)[c]{d}^$+*?"])
def test_names_are_quoted(name):
    transport = FakeTransport(found())
    LokiReader(OPTIONS, transport).missing([entry(1, run=name)])
    pattern = queries(transport)[0]["query"].partition("run_id=~")[2]
    escaped = "".join(f"\\{c}" if c in "\\.+*?()|[]{}^$" else c for c in name)
    assert json.loads(pattern) == escaped


def test_many_lines_come_page_by_page():
    every = [entry(number) for number in range(2_500)]
    transport = FakeTransport(
        found(*every[:1_000]), found(*every[999:1_999]), found(*every[1_998:])
    )
    assert LokiReader(OPTIONS, transport).missing(every) == []
    assert [query["start"] for query in queries(transport)] == ["1000", "1999", "2998"]


def test_a_range_of_days_is_asked_for_day_by_day():
    day = 86_400_000_000_000
    first, last = entry(0), Entry(LABELS, 1_000 + 2 * day, "x", {"run_id": "R1"})
    transport = FakeTransport(found(), found(), found(last))
    assert LokiReader(OPTIONS, transport).missing([first, last]) == [first]
    assert len(transport.requests) == 3


@pytest.mark.parametrize("status", [204, 302, 400, 401, 403, 404, 405, 501])
def test_a_server_that_may_not_be_read_is_asked_once(status):
    transport = FakeTransport(FakeAnswer(status, "no"))
    reader = LokiReader(OPTIONS, transport)
    assert reader.missing([entry(1)]) is None
    assert reader.missing([entry(1)]) is None
    assert len(transport.requests) == 1


@pytest.mark.parametrize("text", ["<html>", "{}", '{"data": []}', '{"data": {"result": 1}}', "[]"])
def test_an_answer_of_another_program_is_none(text):
    assert LokiReader(OPTIONS, FakeTransport(FakeAnswer(200, text))).missing([entry(1)]) is None


@pytest.mark.parametrize(
    "answer", [FakeAnswer(429), FakeAnswer(500), FakeAnswer(503), FakeAnswer(200, "")]
)
def test_a_server_in_trouble_is_asked_again(answer):
    reader = LokiReader(OPTIONS, FakeTransport(answer, found(entry(1))))
    with pytest.raises(PushError):
        reader.missing([entry(1)])
    assert reader.missing([entry(1)]) == []


def test_a_server_that_is_away_is_asked_again():
    reader = LokiReader(OPTIONS, FakeTransport(TransportError("refused"), found(entry(1))))
    with pytest.raises(TransportError):
        reader.missing([entry(1)])
    assert reader.missing([entry(1)]) == []


@pytest.mark.parametrize("path", ["/insert/loki/api/v1/pushed", "/api/prom/push", "/v1/logs"])
def test_another_path_cannot_be_asked(path):
    options = SenderOptions(url=f"http://loki.example{path}")
    transport = FakeTransport()
    assert LokiReader(options, transport).missing([entry(1)]) is None
    assert transport.requests == []


def test_the_question_goes_to_the_same_server():
    options = SenderOptions(url="https://x.example/prefix/loki/api/v1/push?a=b")
    reader = LokiReader(options, FakeTransport())
    assert reader._options.url == "https://x.example/prefix/loki/api/v1/query_range?a=b"


@pytest.mark.parametrize(
    ("date", "skew_s"),
    [
        ("Sat, 21 Nov 2026 12:00:00 GMT", 0.5),
        ("Sat, 21 Nov 2026 13:00:00 GMT", 3_600.5),
        ("yesterday", None),
        (None, None),
    ],
)
def test_the_servers_clock_is_read_from_its_answer(date, skew_s):
    headers = {} if date is None else {"date": date}
    reader = LokiReader(OPTIONS, FakeTransport(found(**headers)), clock=lambda: 1_795_262_400.0)
    reader.missing([entry(1)])
    assert reader.skew_s == skew_s


def test_a_question_ends_with_its_deadline():
    transport = FakeTransport(found(entry(1)))
    reader = LokiReader(OPTIONS, transport)
    with pytest.raises(TransportError):
        reader.missing([entry(1)], deadline=time.monotonic() - 1)
    assert reader.missing([entry(1)], deadline=time.monotonic() + 60) == []


def test_without_a_transport_it_makes_one_and_closes_it():
    reader = LokiReader(SenderOptions(url="http://127.0.0.1:9/loki/api/v1/push"))
    reader.close()
    with pytest.raises(TransportError):
        reader.missing([entry(1)])
    reader.close()
