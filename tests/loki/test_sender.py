"""The sender against a log server on loopback: what arrives, and what it says of the rest."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from logging_kit.loki.entry import Entry
from logging_kit.loki.options import SenderOptions
from logging_kit.loki.sender import Sender
from tests.support.push_server import PushServer, answer

pytest.importorskip("requests")

ENCODINGS = ("protobuf", "json")


@pytest.fixture
def server() -> Iterator[PushServer]:
    with PushServer() as server:
        yield server


@pytest.fixture(params=ENCODINGS)
def sender(request: pytest.FixtureRequest, server: PushServer) -> Iterator[Sender]:
    sender = Sender(SenderOptions(url=server.url, encoding=request.param))
    yield sender
    sender.close()


def entries(count: int, **labels: str) -> list[Entry]:
    now, shared = time.time_ns(), {"app": "bot", **labels}
    return [Entry(shared, now + n, f"line {n}") for n in range(count)]


def test_an_entry_arrives_whole(sender: Sender, server: PushServer) -> None:
    entry = Entry(
        {"app": "bot", "side": 'a "b" \\ \n 가'},
        1_764_500_000_123_456_789,
        '{"message":"가격 \\" 1"}'.encode(),
        {"order_id": 1_000_000_000_000_000_500, "ok": True, "none": None},
    )
    outcome = sender.push([entry])
    assert (outcome.accepted, outcome.is_complete, outcome.error) == (1, True, None)
    (pushed,) = server.requests[0].entries
    assert pushed.labels == {"app": "bot", "side": 'a "b" \\ \n 가'}
    assert pushed.time_ns == entry.time_ns
    assert pushed.line == '{"message":"가격 \\" 1"}'
    assert pushed.metadata == {"order_id": "1000000000000000500", "ok": "true"}


def test_entries_are_grouped_by_the_mapping_of_their_labels(
    sender: Sender, server: PushServer
) -> None:
    now = time.time_ns()
    a = {"side": "A", "venue": "B"}
    b = {"side": "B", "venue": "A"}
    sender.push([Entry(a, now, "1"), Entry(b, now + 1, "2"), Entry(dict(a), now + 2, "3")])
    pushed = server.requests[0].entries
    assert [(entry.labels, entry.line) for entry in pushed] == [(a, "1"), (a, "3"), (b, "2")]


def test_requests_share_a_connection(sender: Sender, server: PushServer) -> None:
    for _ in range(3):
        assert sender.push(entries(2)).accepted == 2
    assert server.connections == 1


def test_one_bad_entry_costs_one_entry(sender: Sender, server: PushServer) -> None:
    def refuse_bad(connection: object, request: object) -> bool:
        bad = "line 137" in request.lines  # type: ignore[attr-defined]
        reply = answer(400, "bad line") if bad else answer(204)
        return reply(connection, request)  # type: ignore[arg-type]

    server.otherwise = refuse_bad
    outcome = sender.push(entries(500))
    assert (outcome.accepted, outcome.is_complete) == (499, True)
    ((entry, reason),) = outcome.rejected
    assert entry.line == "line 137"
    assert "400" in reason
    assert "bad line" in reason


@pytest.mark.parametrize("status", [408, 429, 500, 503, 401, 404, 302])
def test_what_may_succeed_later_is_pending(status: int, server: PushServer) -> None:
    server.otherwise = answer(status, "later")
    sender = Sender(SenderOptions(url=server.url))
    given = entries(3)
    outcome = sender.push(given)
    sender.close()
    assert list(outcome.pending) == given
    assert outcome.accepted == 0
    assert outcome.error is not None
    assert str(status) in str(outcome.error)
