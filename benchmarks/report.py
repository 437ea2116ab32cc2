"""Medians, ratios between peers of one run, and the bounds of the ratios."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any, Final

Rounds = dict[str, dict[str, list[dict[str, float]]]]


@dataclass(frozen=True, slots=True)
class Target:
    """A bound that one figure must keep.

    Attributes:
        text: Description of the comparison.
        scenario: Scenario of our figure.
        metric: Metric of our figure.
        against: Scenario, peer and metric to divide by, or None to bound the figure itself.
        bound: Highest allowed value; the lowest with `least`.
        unit: Unit of a figure that is bounded itself.
        least: True if `bound` is the lowest allowed value.
    """

    text: str
    scenario: str
    metric: str
    against: tuple[str, str, str] | None
    bound: float
    unit: str = ""
    least: bool = False


TARGETS: Final = (
    Target(
        "one thread ÷ structlog_fast, unmasked",
        "single",
        "us",
        ("single", "structlog_fast", "us"),
        1.0,
    ),
    Target(
        "one thread ÷ structlog_fast, naive masking",
        "single",
        "us",
        ("single", "structlog_fast_masked", "us"),
        0.4,
    ),
    Target("one thread ÷ the common setup", "single", "us", ("single", "common", "us"), 0.1),
    Target(
        "p99 of the caller ÷ structlog_fast",
        "single",
        "p99",
        ("single", "structlog_fast", "p99"),
        1.0,
    ),
    Target(
        "four threads ÷ structlog_fast", "threads", "us", ("threads", "structlog_fast", "us"), 0.5
    ),
    Target(
        "p50 beside a CPU-bound thread ÷ structlog_fast",
        "busy",
        "p50",
        ("busy", "structlog_fast", "p50"),
        1 / 150,
    ),
    Target(
        "p50 beside a CPU-bound thread ÷ nautilus_trader",
        "busy",
        "p50",
        ("busy", "nautilus", "p50"),
        1.0,
    ),
    Target("p99.9 beside a CPU-bound thread", "busy", "p999", None, 1_000, "µs"),
    Target("three sinks ÷ one sink", "sinks_three", "us", ("sinks_one", "ours", "us"), 1.2),
    Target("a plain line ÷ the common setup", "text", "us", ("text", "common", "us"), 1 / 5),
    Target(
        "a library's line ÷ the common setup", "record", "us", ("record", "common", "us"), 1 / 3
    ),
    Target("lines left after SIGKILL", "kill", "left", None, 2_000, "of 2,000", least=True),
    Target("private memory at 50,000 lines/s", "memory_rate", "mb", None, 8, "MB"),
    Target("growth over 5 million lines", "memory_growth", "mb", None, 1, "MB"),
    Target("CPU of an idle bot", "idle", "percent", None, 0.05, "%"),
)


def middle(rounds: Rounds, scenario: str, peer: str, metric: str) -> float | None:
    """Return the median over the rounds, or None if it was not measured."""
    found = [
        numbers[metric] for numbers in rounds.get(scenario, {}).get(peer, []) if metric in numbers
    ]
    return median(found) if found else None


def ratio(rounds: Rounds, ours: tuple[str, str, str], theirs: tuple[str, str, str]) -> float | None:
    """Return the median over the rounds of the ratio of two figures of one round."""
    columns = [
        [numbers[metric] for numbers in rounds.get(scenario, {}).get(peer, []) if metric in numbers]
        for scenario, peer, metric in (ours, theirs)
    ]
    found = [a / b for a, b in zip(*columns, strict=False) if b > 0]
    return median(found) if found else None


def target_rows(rounds: Rounds) -> list[list[str]]:
    """Return a row for each measured target: description, figure, bound, result."""
    rows = []
    for target in TARGETS:
        ours = (target.scenario, "ours", target.metric)
        value = (
            middle(rounds, *ours) if target.against is None else ratio(rounds, ours, target.against)
        )
        if value is None:
            continue
        kept = value >= target.bound if target.least else value <= target.bound
        sign = "≥" if target.least else "≤"
        figures = [
            figure(number) + (f" {target.unit}" if target.unit else "")
            for number in (value, target.bound)
        ]
        rows.append([target.text, figures[0], f"{sign} {figures[1]}", "yes" if kept else "**no**"])
    return rows


def scenario_rows(
    rounds: Rounds, scenario: str, titles: dict[str, str], absent: dict[str, str]
) -> list[list[str]]:
    """Return a header and a row of figures for each peer, with our ratio to it."""
    found = rounds.get(scenario, {})
    if not found:
        return []
    metrics = list(next(iter(found.values()))[0])
    main = metrics[0]
    compared = main in _TIMES and "ours" in found
    rows = [["", *(_HEADS[metric] for metric in metrics), *(["ours ÷ this"] if compared else [])]]
    for peer, title in titles.items():
        if peer in found:
            values = [figure(middle(rounds, scenario, peer, metric)) for metric in metrics]
            if compared:
                values.append(
                    figure(ratio(rounds, (scenario, "ours", main), (scenario, peer, main)))
                )
            rows.append([title, *values])
        elif peer in absent:
            rows.append([f"{title}: {absent[peer]}", *("–" for _ in rows[0][1:])])
    return rows


_TIMES: Final = frozenset(("us", "p50"))
_HEADS: Final = {
    "us": "µs a line", "call_us": "of it in the call", "cpu_us": "CPU µs", "p50": "p50 µs",
    "p99": "p99 µs", "p999": "p99.9 µs",
    "left": "lines left", "mb": "MB", "lines_per_s": "lines/s", "lines": "lines",
    "percent": "% CPU", "threads": "threads",
}  # fmt: skip


def figure(value: Any) -> str:
    """Format a number with about three significant digits."""
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return (
        f"{value:.1f}"
        if abs(value) >= 10
        else f"{value:.2f}"
        if abs(value) >= 0.1
        else f"{value:.4f}"
    )


def table(rows: list[list[str]]) -> str:
    """Format rows as a Markdown table that is also readable in a terminal."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]

    def line(cells: list[str]) -> str:
        shown = [
            cell.ljust(width) if not n else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(shown)} |"

    rule = [("-" * width) if not n else ("-" * (width - 1) + ":") for n, width in enumerate(widths)]
    return "\n".join(line(cells) for cells in (rows[0], rule, *rows[1:]))
