"""Lines of the log as panels show them."""

from __future__ import annotations

import orjson

from logging_kit.panels.dashboards import (
    AI_SIGNALS,
    POSITIONS_PNL,
    SIGNAL_TRACE,
    SYSTEM_HEALTH,
    TRADING_OVERVIEW,
)
from logging_kit.panels.engine.engine import Line
from logging_kit.panels.panel import Logs, Records
from logging_kit.panels.presentation import Presentation
from logging_kit.watch import format as figures
from logging_kit.watch.answers import Answer
from logging_kit.watch.lines import cells, headings, line_text, log_lines

PANELS = {
    panel.title: panel
    for page in (TRADING_OVERVIEW, AI_SIGNALS, SYSTEM_HEALTH, POSITIONS_PNL, SIGNAL_TRACE)
    for panel in page.panels
}
STYLE = Presentation()


def shown(title: str, **fields: object) -> tuple[str, dict[str, str]]:
    """Return the text of a line, and the colours of its parts."""
    text = line_text(PANELS[title], 0, orjson.dumps(fields).decode(), STYLE)
    parts = {text.plain[span.start : span.end]: str(span.style) for span in text.spans}
    return text.plain, parts


def test_a_line_has_the_words_that_it_has_fields_for() -> None:
    trade = {"event": "TRADE", "action": "entry", "position_side": "LONG", "symbol": "BTC/USDT"}
    text, _ = shown("Trade timeline", **trade, qty=1, price=10, quote="USDT")
    assert text.endswith(" entry LONG BTC/USDT qty=1 @ 10 USDT")
    plain = line_text(PANELS["Trade timeline"], 0, "no JSON", STYLE).plain
    assert plain.split()[-1].count(":") == 2  # its time alone


def test_gains_and_losses_of_trades_have_sign_and_colour() -> None:
    for pnl, said, colour in ((-12.5, "-12.50", "red"), ("1234.5", "+1,234.50", "green")):
        text, parts = shown("Trade timeline", event="TRADE", action="exit", pnl=pnl)
        assert f"pnl={said}" in text
        assert parts[said] == figures.HEX[colour]
    text, parts = shown("Trade timeline", event="TRADE", pnl="lots")
    assert "pnl=lots" in text


def test_a_rule_that_was_cleared_is_no_warning() -> None:
    _, triggered = shown("Risk events", event="RISK", rule="x", state="triggered", level="warning")
    _, cleared = shown("Risk events", event="RISK", rule="x", state="cleared", level="warning")
    assert triggered["x"] == figures.HEX["orange"]
    assert cleared["x"] == figures.HEX["green"]
    assert figures.HEX["orange"] not in cleared.values()


def test_a_trace_shows_the_time_between_its_lines() -> None:
    panel = PANELS["What happened"]
    assert isinstance(panel, Logs)
    times = (0, 250_000, 45_250_000, 400_000_000)
    lines = tuple(Line(at, "trading-bot", '{"event":"ORDER"}') for at in times)
    texts = [text.plain for text in log_lines(panel, Answer((), lines, 0, 0), STYLE)]
    assert ["+0.250s" in texts[1], "+45.0s" in texts[2], "+5m 55s" in texts[3]] == [True] * 3
    assert "+" not in texts[0]
    assert len({text.index("ORDER") for text in texts}) == 1


def test_numbers_are_on_the_right_and_money_has_its_sign() -> None:
    panel = PANELS["Last 5 trades"]
    assert isinstance(panel, Records)
    line = orjson.dumps({"event": "TRADE", "symbol": "X", "pnl": 3.5, "qty": 2}).decode()
    row = dict(zip(map(str, headings(panel, STYLE)), cells(panel, 0, line, STYLE), strict=True))
    assert (row["PnL"].plain, row["PnL"].justify) == ("+3.50", "right")
    assert row["Qty"].justify == "right"
    assert row["Symbol"].justify != "right"
    aligned = {heading.plain: heading.justify for heading in headings(panel, STYLE)}
    assert aligned["PnL"] == "right"
