"""The laws of consistency: the panels of one screen tell one story.

`violations` asks every panel about a log folder and returns the laws that its answers break.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from logging_kit.panels.dashboards import DASHBOARDS, SIGNAL_TRACE
from logging_kit.panels.dashboards.signal_trace import trace
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.panel import Panel
from logging_kit.panels.presentation import ENGLISH
from logging_kit.watch.answers import Answer, ask_panel, newest_signal
from logging_kit.watch.filters import View, app_of

Sums = dict[tuple[str, ...], float]

SERIES_OF_STAT = [
    ("Equity", "Equity over time"),
    ("Signal distribution", "Signal frequency"),
    ("Signal share", "Signal trend"),
]
"""Stats and the series that add up to them, or end with them."""
PARTS = [
    ("Orders", "Orders by side"),
    ("Orders", "Orders by status"),
    ("Orders", "Orders by exchange"),
    ("AI calls", "AI calls by model"),
    ("Lines", "Lines by level"),
]
MONEY = ("PnL by symbol", "PnL by strategy", "PnL by exit reason")
ONE_SUBJECT = [
    ("WebSocket connections", "WebSocket connections over time"),
    ("Signal distribution", "Signal frequency"),
    ("Equity", "Equity over time"),
    ("Equity", "Stale accounts"),
    ("Orders by side", "Order fill rate"),
    ("Realized PnL", "PnL by symbol"),
    ("Best trade", "Worst trade"),
    ("Signal distribution", "Last signals"),
]
"""Panels of one subject: either both have an answer, or none has (`Order fill rate` may wait)."""


class Screen:
    """The answers of all panels at one moment."""

    def __init__(self, engine: DuckDBEngine, view: View, end: int) -> None:
        self.answers: dict[str, Answer] = {}
        self.panels: dict[str, Panel] = {}
        for page in DASHBOARDS:
            asked = page
            if page is SIGNAL_TRACE:
                asked = trace(newest_signal(engine, view, end))
            for panel in asked.panels:
                title = panel.title
                if page is SIGNAL_TRACE:
                    title = f"trace: {title}"
                self.panels[title] = panel
                self.answers[title] = ask_panel(engine, panel, view, end)

    def some(self, title: str) -> bool:
        return bool(self.answers[title].series)

    def value(self, title: str) -> float:
        """Return the value of a panel with one number; 0 if it has none."""
        return math.fsum(series.value for series in self.answers[title].series)

    def sums(self, title: str, *fields: str) -> Sums:
        """Return the sum of all points by some fields."""
        found: Sums = defaultdict(float)
        for series in self.answers[title].series:
            names = dict(zip(series.fields, series.names, strict=True))
            found[tuple(names[field] for field in fields)] += math.fsum(series.points.values())
        return dict(found)


def violations(directory: Path, end: int, span_s: int = 86_400) -> list[str]:
    """Return the laws that the panels over a log folder break at a moment in ms."""
    with DuckDBEngine(directory, keep=None) as engine:
        engine.load()
        view = View(app_of(engine.values("app"), "trading"), span_s=span_s)
        return list(_broken(Screen(engine, view, end)))


def _broken(screen: Screen) -> Iterator[str]:
    for stat, series in SERIES_OF_STAT:
        for key, value in _last_or_sum(screen, series).items():
            known = _values(screen, stat).get(key)
            if known is None or not math.isclose(known, value, rel_tol=1e-9, abs_tol=1e-9):
                yield f"{series} {key} ends with {value}, {stat} says {known}"
    signals = sum(screen.value(f"{word} signals") for word in ("LONG", "SHORT", "WAIT"))
    if signals != screen.value("Signal distribution"):
        yield f"{signals} signals, but {screen.value('Signal distribution')} in their distribution"
    for whole, parts in PARTS:
        total = math.fsum(screen.sums(parts).values())
        if screen.value(whole) != total:
            yield f"{whole} is {screen.value(whole)}, {parts} add up to {total}"
    for parts in MONEY:
        if not _alike(
            screen.sums("Realized PnL", "env", "quote"), screen.sums(parts, "env", "quote")
        ):
            yield f"{parts} is not Realized PnL: {screen.sums(parts, 'env', 'quote')}"
    for one, other in ONE_SUBJECT:
        if screen.some(one) != screen.some(other) and other != "Order fill rate":
            yield f"{one} has an answer: {screen.some(one)}; {other}: {screen.some(other)}"
    if screen.some("Win rate") != (screen.value("Closed trades") > 0):
        yield "a win rate without closed trades, or closed trades without a win rate"
    for title in ("Win rate", "Order fill rate", "API success rate", "Average confidence"):
        if not all(0 <= series.value <= 1 for series in screen.answers[title].series):
            yield f"{title} is not between 0 and 1"
    if (screen.value("Bot status") > 0) != (screen.value("Bots alive") > 0):
        yield "Bot status and Bots alive differ"
    yield from _said(screen)


def _said(screen: Screen) -> Iterator[str]:
    """Yield texts that say "No data" of a zero."""
    for title, answer in screen.answers.items():
        if answer.series or answer.lines:
            continue
        said = answer.reason.say(ENGLISH) if answer.reason is not None else ""
        if not said:
            yield f"{title} is empty without a reason"
        lies = said.startswith("No data: no ") and screen.value("Lines") > 0
        if lies and screen.panels[title].none:
            yield f"{title} says {said!r} of a zero"
    if screen.some("trace: Signal") and not screen.some("trace: Errors"):
        yield "the trace of a signal does not know that there are 0 errors"


def _values(screen: Screen, title: str) -> Sums:
    return {series.names: series.value for series in screen.answers[title].series}


def _last_or_sum(screen: Screen, title: str) -> Sums:
    """Return the end of each line, or the sum of each series of bars."""
    if screen.panels[title].ahead:
        return {
            series.names: math.fsum(series.points.values())
            for series in screen.answers[title].series
        }
    end = screen.answers[title].end
    return {
        series.names: series.points[end]
        for series in screen.answers[title].series
        if end in series.points
    }


def _alike(one: Sums, other: Sums) -> bool:
    keys = one.keys() | other.keys()
    return all(
        math.isclose(one.get(key, 0.0), other.get(key, 0.0), rel_tol=1e-9, abs_tol=1e-6)
        for key in keys
    )
