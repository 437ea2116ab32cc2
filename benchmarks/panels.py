"""Dashboards on a month of a busy bot: DuckDB, `logging-kit watch`, and Loki beside them.

Run with `python -m benchmarks.panels [--loki]`. With `--loki` it needs a Loki, found as the tests
find it, and takes some minutes. CPU seconds include all threads; on a busy machine they are
steadier than the clock.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import orjson

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.events.model import LABELS, STREAMS, STRUCTURED_METADATA, Field, job_label
from logging_kit.panels.compile.logql import logql
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.query.nodes import Rows
from logging_kit.panels.query.scope import Scope
from tests.support.panels.segments import stamp, timestamp

LINES = 750_000
DAYS = 29  # Loki refuses lines of more than 30 days
SEGMENT = 16_000_000
WEIGHTS = {
    "API_CALL": 60, "HEARTBEAT": 15, "POSITION": 6, "SIGNAL": 5, "ORDER": 4, "TRADE": 2,
    "EQUITY": 2, "CANDLE": 2, "INDICATOR": 2,
    "NOTIFICATION": 1, "ERROR": 1,
}  # fmt: skip


def lines(
    count: int, end: int, span: int = DAYS * 86_400_000_000
) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Yield the time in µs, the stream and the content of each line."""
    chance = Random(1)
    kinds = [name for name, weight in WEIGHTS.items() for _ in range(weight)]
    gap = span // count
    for i in range(count):
        event = CATALOGUE[chance.choice(kinds)]
        at = end - (count - i) * gap + chance.randrange(gap)
        body: dict[str, Any] = {
            "timestamp": timestamp(at),
            "level": event.level,
            "app": "trading",
            "env": "live",
        }
        body |= {
            "bot_name": f"bot-{i % 3}",
            "logger": "strategy.ema",
            "message": f"{event.name} {i}",
            "event": event.name,
        }
        body |= {
            field.name: value(chance, field, at)
            for field in event.fields.values()
            if field.required or chance.random() < 0.5
        }
        yield at, event.stream, body | {"run_id": f"run-{i % 3}", "seq": i // 3, "v": 1}


def value(chance: Random, field: Field, at: int) -> Any:
    """Return a plausible value of a field."""
    match field.kind:
        case "choice":
            return chance.choice(field.choices)
        case "boolean":
            return chance.random() < 0.97
        case "id":
            return f"{chance.getrandbits(64):016x}"
        case "integer":
            return (
                chance.choice([200] * 30 + [429, 500])
                if field.name == "status"
                else chance.randrange(5)
            )
        case "time":
            return at // 1000
        case "number":
            return round(chance.random() * (field.high or 100), 4)
        case "object":
            return {"type": "Timeout", "message": "late", "frames": []}
        case _:
            known = {
                "symbol": ["BTC/USDT", "ETH/USDT", "SOL/USDT"],
                "quote": ["USDT"],
                "exchange": ["binance"],
            }
            return chance.choice(known.get(field.name, ["a", "b"]))


def write(directory: Path, end: int) -> int:
    """Write the month as segments; return the number of bytes."""
    (directory / "segments").mkdir(parents=True)
    size = dict.fromkeys(STREAMS, SEGMENT)
    files: dict[str, Any] = {}
    total = 0
    for at, file, body in lines(LINES, end):
        data = orjson.dumps(body) + b"\n"
        if size[file] >= SEGMENT:
            if file in files:
                files[file].close()
            files[file] = (
                directory / "segments" / f"{file}-{stamp(at)}-{total % 65536:04x}.log"
            ).open("wb")
            size[file] = 0
        files[file].write(data)
        size[file] += len(data)
        total += len(data)
    for open_file in files.values():
        open_file.close()
    for path in (directory / "segments").iterdir():
        os.utime(path, (end / 1e6 - 60, end / 1e6 - 60))
    return total


def memory() -> str:
    """Return the current and the highest resident memory as text."""
    now = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6
    return f"{now:.0f} MB resident, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB at most"


def dashboards(ask: Callable[[Any, Scope, str], Any], end: int) -> None:
    """Time each dashboard, the best of three rounds, over two ranges."""
    for name, days, step in (("24 h / 10 min", 1, 600), (f"{DAYS} d / 2 h", DAYS, 7200)):
        for page in DASHBOARDS:
            rounds = []
            for _ in range(3):
                begin = time.perf_counter()
                for target in (target for panel in page.panels for target in panel.targets):
                    start = (end - days * 86_400_000_000) // 1000
                    seconds = step if target.type == "range" else days * 86_400
                    asked_step = step * 1000 if target.type == "range" else 0
                    scope = Scope(
                        "trading",
                        "live",
                        ".*",
                        ".*",
                        window=f"{seconds}s",
                        start=start,
                        end=end // 1000,
                        step=asked_step,
                    )
                    ask(target.query, scope, target.type)
                rounds.append((time.perf_counter() - begin) * 1000)
            queries = sum(len(panel.targets) for panel in page.panels)
            print(f"  {name:14} {page.title:18} {queries:3} queries {min(rounds):8.0f} ms")


def on_duckdb(directory: Path, end: int) -> None:
    """Load the lines, run the dashboards, and refresh."""
    from logging_kit.panels.engine.engine import DuckDBEngine

    begin, cpu = time.perf_counter(), time.process_time()
    with DuckDBEngine(directory, keep=None) as engine:
        more = engine.refresh()
        print(f"DuckDB\n  the newest lines are there after {time.perf_counter() - begin:.2f} s")
        if more:
            engine.load()
        print(
            f"  all after {time.perf_counter() - begin:.2f} s ({time.process_time() - cpu:.1f} s "
            f"of CPU); {memory()}"
        )

        def ask(query: Any, scope: Scope, _: str) -> Any:
            return (
                engine.lines(query, scope) if isinstance(query, Rows) else engine.ask(query, scope)
            )

        dashboards(ask, end)
        times, spent = [], time.process_time()
        extra = directory / "segments" / f"bot-{stamp(end)}-ffff.log"
        for i in range(20):
            new = [
                orjson.dumps(body | {"run_id": "new", "seq": i * 200 + n})
                for n, (_, _, body) in enumerate(lines(200, end, 10**6))
            ]
            with extra.open("ab") as file:
                file.write(b"\n".join(new) + b"\n")
            begin = time.perf_counter()
            engine.refresh()
            times.append((time.perf_counter() - begin) * 1000)
        spent = (time.process_time() - spent) * 1000 / len(times)
        begin = time.perf_counter()
        engine.refresh()
        idle = (time.perf_counter() - begin) * 1000
        took = f"{statistics.median(times):.0f} ms (worst {max(times):.0f}, {spent:.0f} of CPU)"
        print(f"  200 new lines: {took}; nothing new: {idle:.1f} ms; {memory()}")


def on_watch(directory: Path, end: int) -> None:
    """Open `logging-kit watch`, without a terminal, and refresh each dashboard."""
    from textual.widgets import Static

    from logging_kit.panels.engine.engine import DuckDBEngine
    from logging_kit.panels.presentation import Presentation
    from logging_kit.watch.answers import ask
    from logging_kit.watch.app import Watch
    from logging_kit.watch.filters import View

    async def show() -> None:
        begin = time.perf_counter()
        with DuckDBEngine(directory, memory="200MB") as engine:
            program = Watch(
                engine, directory, View("trading"), Presentation(), clock=lambda: end * 1000
            )
            async with program.run_test(size=(150, 50)) as pilot:
                for what, gone in (("the first screen", "reading"), ("all lines", "more to read")):
                    while gone in str(program.query_one("#status", Static).content):
                        await pilot.pause(0.01)
                    print(f"  {what} after {time.perf_counter() - begin:.2f} s; {memory()}")
            for name, days in (("24h", 1), ("30d", 30)):
                view = View("trading", span_s=days * 86_400)
                for page in DASHBOARDS:
                    rounds = []
                    for _ in range(5):
                        start = time.perf_counter()
                        ask(engine, page, view, end // 1000)
                        rounds.append((time.perf_counter() - start) * 1000)
                    print(f"  {name:4} {page.title:18} {statistics.median(rounds):6.0f} ms")
            print(f"  {memory()}")

    print("logging-kit watch")
    asyncio.run(show())


def on_loki(directory: Path, end: int) -> None:
    """Push the same lines to Loki and run the same panels."""
    from tests.support.servers.loki import Loki

    limits = {
        "ingestion_rate_mb": 100,
        "ingestion_burst_size_mb": 200,
        "per_stream_rate_limit": "100MB",
        "per_stream_rate_limit_burst": "200MB",
    }
    (directory / "loki").mkdir()
    server = Loki(directory / "loki", {"limits_config": limits})
    server.start()
    try:
        begin = time.perf_counter()
        streams: dict[tuple[tuple[str, str], ...], list[Any]] = {}
        for i, (at, file, body) in enumerate(lines(LINES, end)):
            labels = {"job": job_label("trading", file)}
            labels |= {name: str(body[name]) for name in LABELS if name in body}
            metadata = {name: str(body[name]) for name in STRUCTURED_METADATA if name in body}
            streams.setdefault(tuple(labels.items()), []).append(
                (at * 1000, orjson.dumps(body).decode(), metadata)
            )
            if i % 5_000 == 4_999 or i == LINES - 1:
                for stream, entries in streams.items():
                    server.push(dict(stream), entries)
                streams.clear()
        print(f"Loki\n  pushed in {time.perf_counter() - begin:.0f} s")

        def ask(query: Any, scope: Scope, kind: str) -> Any:
            expr = logql(query, scope).replace("$correlation_id", "c")
            if kind == "logs":
                limit = query.limit
                return server.get(
                    "query_range",
                    query=expr,
                    start=scope.start * 10**6,
                    end=int(scope.end) * 10**6,
                    limit=limit,
                )
            if kind == "instant":
                return server.query(expr, int(scope.end) * 10**6)
            return server.query_range(
                expr, scope.start * 10**6, int(scope.end) * 10**6, scope.step // 1000
            )

        dashboards(ask, end)
        size = subprocess.run(
            ["ps", "-C", "loki", "-o", "rss="], capture_output=True, text=True, check=False
        ).stdout.split()
        print(f"  Loki's memory: {max(map(int, size), default=0) / 1e3:.0f} MB")
    finally:
        server.close()


def main() -> None:
    """Write the month, and time the engines."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--loki", action="store_true")
    parser.add_argument("--only", nargs=3, metavar=("WHAT", "DIR", "END"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        what, folder, moment = options.only
        {"duckdb": on_duckdb, "watch": on_watch}[what](Path(folder), int(moment))
        return
    end = int(time.time()) // 3600 * 3600 * 10**6
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "logs"
        print(f"{LINES} lines, {write(directory, end) / 1e6:.0f} MB")
        # A process for each engine keeps their memory apart.
        for what in ("duckdb", "watch"):
            subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "benchmarks.panels",
                    "--only",
                    what,
                    str(directory),
                    str(end),
                ],
                check=True,
            )
        if options.loki:
            on_loki(Path(folder), end)


if __name__ == "__main__":
    main()
