"""The metrics of a log as series for promtool's unit tests of rules."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.metrics.observer import Observer
from logging_kit.metrics.values import HistogramCell

STEP = 30
TARGET = {"job": "trading-bot", "instance": "bot:8000", "app": "trading", "env": "testnet"}
Line = dict[str, Any]
Series = list[dict[str, str]]


def series(lines: Sequence[Line], before_s: int, after_s: int = 120) -> Series:
    """Return what Prometheus scrapes every 30 seconds from the bot that writes these lines.

    Args:
        lines: Lines with `ago`, their age in seconds.
        before_s: Time from the first scrape to the age 0.
        after_s: Time for which the bot is scraped after that, without another line.
    """
    moment = [0]
    observer = Observer("alpha", str, lambda: moment[0])
    waiting = sorted(lines, key=lambda line: -line["ago"])
    snapshots: list[tuple[int, dict[str, float]]] = []
    ticks = (before_s + after_s) // STEP
    for tick in range(ticks + 1):
        now = tick * STEP - before_s
        if snapshots and not (waiting and -waiting[0]["ago"] <= now):
            continue
        while waiting and -waiting[0]["ago"] <= now:
            line = {name: value for name, value in waiting.pop(0).items() if name != "ago"}
            moment[0] = (now + before_s) * 10**9
            observer.observe(line["level"], CATALOGUE.get(line.get("event") or ""), line)
        with observer.lock:
            observer.collect()
        snapshots.append((tick, dict(samples(observer))))
    assert observer.failures == 0
    names = dict.fromkeys(name for _, snapshot in snapshots for name in snapshot)
    found = [{"series": name, "values": " ".join(_runs(name, snapshots, ticks))} for name in names]
    return [*found, {"series": _name("up", {}), "values": f"1x{ticks}"}]


def samples(observer: Observer) -> Iterator[tuple[str, float]]:
    """Each sample that the page would show, by its name and labels."""
    for metric, cells in observer.values.series():
        for values, cell in cells.items():
            labels = dict(zip(metric.label_names, values, strict=True))
            if not isinstance(cell, HistogramCell):
                yield _name(metric.name, labels), cell.value
                continue
            total = 0
            for bound, number in zip((*cell.bounds, "+Inf"), cell.counts, strict=True):
                total += number
                yield _name(f"{metric.name}_bucket", labels | {"le": str(bound)}), total
            yield _name(f"{metric.name}_count", labels), total
            yield _name(f"{metric.name}_sum", labels), cell.sum


def _name(metric: str, labels: Mapping[str, str]) -> str:
    given = {name: value for name, value in {**TARGET, **labels}.items() if value}
    return metric + "{" + ", ".join(f"{n}={json.dumps(v)}" for n, v in given.items()) + "}"


def _runs(
    name: str, snapshots: Sequence[tuple[int, Mapping[str, float]]], ticks: int
) -> Iterator[str]:
    """Write values as promtool has them, with runs of equal ones as `5x12`."""
    ends = [*(tick for tick, _ in snapshots[1:]), ticks + 1]
    lengths = [
        (snapshot.get(name), end - tick)
        for (tick, snapshot), end in zip(snapshots, ends, strict=True)
    ]
    for value, run in groupby(lengths, lambda item: item[0]):
        number = sum(length for _, length in run)
        if value is None:
            yield f"_x{number}" if number > 1 else "_"
        else:
            yield f"{value!r}x{number - 1}"


class Expected(NamedTuple):
    """An expression, the moment in seconds, and whether it has any series then."""

    expr: str
    at: int
    fires: bool


def check(
    folder: Path, rules: Sequence[Path], groups: Iterable[tuple[Series, list[Expected]]]
) -> None:
    """Let promtool prove it.

    Args:
        folder: Place for its input.
        rules: Files of rules.
        groups: Series, and what is expected of them.
    """
    tests = []
    for given, expected in groups:
        cases = [
            {
                "expr": f"clamp_max(count({one.expr}), 1)",
                "eval_time": f"{one.at}s",
                "exp_samples": [{"labels": "{}", "value": 1}] if one.fires else [],
            }
            for one in expected
        ]
        tests.append({"interval": f"{STEP}s", "input_series": given, "promql_expr_test": cases})
    file = folder / "tests.yml"
    tree = {
        "rule_files": [str(path) for path in rules],
        "evaluation_interval": "1m",
        "tests": tests,
    }
    file.write_text(yaml.safe_dump(tree, sort_keys=False))
    done = subprocess.run(
        ["promtool", "test", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
