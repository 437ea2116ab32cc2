"""The queries that monitoring/README.md gives for Explore, asked on a real Loki."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.panels.alert_stories import call, line, signal
from tests.support.panels.story import END, push

if TYPE_CHECKING:
    from tests.support.servers.loki import Loki

pytestmark = pytest.mark.servers

README = Path(__file__).parents[2] / "monitoring" / "README.md"
QUERIES = [
    query
    for block in re.findall(r"```logql\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    for query in block.splitlines()
]


def query_with(word: str, app: str) -> str:
    (query,) = (query for query in QUERIES if word in query)
    return query.replace('"trading', f'"{app}')


@pytest.mark.parametrize("query", QUERIES)
def test_loki_accepts_each_query(loki: Loki, query: str) -> None:
    assert loki.format_query(query)


def test_requests_without_a_number_are_not_slow(loki: Loki, app: str) -> None:
    lines: list[dict[str, Any]] = [call(60 + i, latency_ms=501) for i in range(7)]
    lines += [call(80 + i, latency_ms=500) for i in range(5)]
    lines += [call(90 + i, latency_ms=900, direction="in") for i in range(3)]
    for broken in (None, "n/a", "", "501ms"):
        lines.append({**call(100 + len(lines)), "latency_ms": broken})
    push(loki, app, lines, torn=[])
    found = loki.query(f"sum(count_over_time({query_with('latency_ms', app)} [1h]))", END)
    assert [value for _, value in found] == [7]


def test_the_average_confidence_is_that_of_the_decisions_to_trade(loki: Loki, app: str) -> None:
    confidences = [0.5, 0.7, "0.9", 1, 0, 1e-07]
    lines: list[dict[str, Any]] = [
        signal(60 + i) | {"confidence": value} for i, value in enumerate(confidences)
    ]
    lines += [
        signal(80 + i) | {"confidence": wrong} for i, wrong in enumerate((None, "n/a", 87, ""))
    ]
    lines += [signal(90 + i, 0.1, "WAIT") for i in range(9)]
    lines += [line(100 + i, None, note="x") for i in range(20)]
    push(loki, app, lines, torn=[])
    ((labels, value),) = loki.query(query_with("confidence", app), END)
    assert labels["bot_name"] == "alpha"
    assert value == pytest.approx(sum(map(float, confidences)) / len(confidences), abs=1e-9)
