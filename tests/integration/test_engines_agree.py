"""The differential test.

Every panel and many random queries on the real Loki, on DuckDB and in the book, all equal.

`LOGGING_KIT_TEST_SEED` repeats a run, whose seed is printed when it fails.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from logging_kit.panels.compile.logql import logql
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.dashboards.signal_trace import trace
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.query.fields import LINES
from logging_kit.panels.query.language import rows
from logging_kit.panels.query.nodes import Age, Aggregate, Query, Rows, reads
from logging_kit.panels.query.scope import Scope
from tests.support.panels import simulated_day
from tests.support.panels.random_queries import RandomQueries
from tests.support.panels.reference_engine import Answer, Book, Moments
from tests.support.panels.segments import write

if TYPE_CHECKING:
    from tests.support.servers.loki import Loki

pytestmark = pytest.mark.servers

SEED = int(os.environ.get("TEST_SEED") or random.SystemRandom().randrange(10**6))
APP = f"engines-{SEED}-{time.time_ns() % 10**6}"
END = int(time.time()) // 3600 * 3600 * 10**6
S = 10**6
RANDOM = 600
PAGES = [trace("c3") if page.variable else page for page in DASHBOARDS]
QUERIES = {
    f"{page.uid}-{panel.id}{target.ref}": target.query
    for page in PAGES
    for panel in page.panels
    for target in panel.targets
}
RANGES = {
    "a day": (END - 86_400 * S, END),
    "off the grid": (END - 25_997_123_000, END - 2_463_001_000),
    "an hour": (END - 3600 * S, END),
}
STEPS = {"a day": (600, 7200), "off the grid": (420, 3600), "an hour": (60, 900)}
MOMENTS = [Moments(start, end) for start, end in RANGES.values()]
GRIDS = [Moments(*RANGES[name], step * S) for name, steps in STEPS.items() for step in steps]


@dataclass
class Engines:
    """The same lines on all three."""

    loki: Loki
    duckdb: DuckDBEngine
    book: Book
    points: int = 0
    compared: int = 0
    differ: list[str] = field(default_factory=list)

    def scope(self, when: Moments) -> Scope:
        window = f"{when.window // 1000}ms"
        return Scope(
            APP,
            "testnet",
            ".*",
            ".*",
            start=when.start // 1000,
            end=when.end // 1000,
            step=when.step // 1000,
            window=window,
        )

    def on_loki(self, query: Query, when: Moments) -> Answer:
        expr, by = logql(query, self.scope(when)), query.by
        if not when.step:
            found = self.loki.query(expr, when.end * 1000)
            return {
                (when.end, *(labels.get(name, "") for name in by)): value for labels, value in found
            }
        series = self.loki.query_range(expr, when.start * 1000, when.end * 1000, when.step // S)
        return {
            (round(t * S), *(labels.get(name, "") for name in by)): value
            for labels, points in series
            for t, value in points.items()
        }

    def on_duckdb(self, query: Query, when: Moments) -> Answer:
        scope = self.scope(when)
        answer = self.duckdb.ask(query, scope)
        return {
            (t * 1000, *by): value for by, points in answer.items() for t, value in points.items()
        }

    def compare(self, name: str, query: Query, when: Moments) -> None:
        truth = self.book.answer(query, when)
        for engine, answer in (
            ("duckdb", self.on_duckdb(query, when)),
            ("loki", self.on_loki(query, when)),
        ):
            if answer != pytest.approx(truth, rel=1e-9, abs=1e-9):
                keys = [
                    key
                    for key in truth.keys() | answer.keys()
                    if truth.get(key) != pytest.approx(answer.get(key), rel=1e-9)
                ]
                shown = [(key, truth.get(key), answer.get(key)) for key in sorted(keys)[:3]]
                self.differ.append(
                    f"{engine} {name} {when}: {shown}\n    {logql(query, self.scope(when))}"
                )
            self.compared += 1
            self.points += len(answer)


@pytest.fixture(scope="module")
def engines(loki: Loki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    entries = simulated_day.day(END, SEED, APP)
    simulated_day.push(loki, entries, APP)
    directory = tmp_path_factory.mktemp("day")
    write(directory, entries, packed=2)
    with DuckDBEngine(directory, keep=None) as engine:
        assert engine.load() == len(entries)
        yield Engines(loki, engine, Book(entries))


def run(engines: Engines, asked: list[tuple[str, Query, Moments]]) -> str:
    """Compare them all, on as many threads as Loki answers; what is printed on failure."""
    before = engines.compared, engines.points
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda each: engines.compare(*each), asked))
    compared, points = engines.compared - before[0], engines.points - before[1]
    differ, engines.differ = engines.differ, []
    print(
        f"seed {SEED}: {compared} comparisons with the book, {points} points, {len(differ)} differ"
    )
    return (
        f"{len(differ)} of {compared} differ with seed {SEED}\n" + "\n".join(differ[:20])
        if differ
        else ""
    )


def test_every_panel(engines: Engines) -> None:
    asked = [
        (name, query, when)
        for name, query in QUERIES.items()
        if not isinstance(query, Rows)
        for when in (MOMENTS if isinstance(query, Age) else MOMENTS + GRIDS)
    ]
    assert len(asked) > 800
    assert run(engines, asked) == ""


def test_random_queries(engines: Engines) -> None:
    make = RandomQueries(SEED, engines.book.entries)
    chance = random.Random(SEED)
    asked = [(f"random {i}", make.query(), chance.choice(MOMENTS + GRIDS)) for i in range(RANDOM)]
    functions = {
        read.fn for _, query, _ in asked for read in reads(query) if isinstance(read, Aggregate)
    }
    assert functions == {
        "count",
        "rate",
        "size",
        "when",
        "total",
        "mean",
        "low",
        "high",
        "last",
        "quantile",
    }
    assert run(engines, asked) == ""


def test_every_panel_of_lines(engines: Engines) -> None:
    compared = 0
    for name, query in [
        *QUERIES.items(),
        *((f"limit {limit}", rows(LINES, limit=limit)) for limit in (1, 20, 5000)),
    ]:
        if not isinstance(query, Rows):
            continue
        for when in MOMENTS:
            scope = engines.scope(when)
            truth = engines.book.rows(query, when)
            local = engines.duckdb.lines(query, scope)
            assert [line.time_us for line in local] == [entry.ts for entry in truth], (SEED, name)
            assert sorted(line.text for line in local) == sorted(entry.text for entry in truth), (
                SEED,
                name,
            )
            expr = logql(Rows(query.event, query.where), scope)
            far = engines.loki.lines(expr, when.start * 1000, when.end * 1000)
            newest = sorted(far, key=lambda line: line.time_ns)[-query.limit :]
            assert sorted(line.time_ns // 1000 for line in newest) == sorted(
                entry.ts for entry in truth
            ), (SEED, name)
            compared += 2
    print(f"seed {SEED}: {compared} comparisons of lines")
