"""Key figures of a report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from logging_kit.report.figures import Figures, as_json, comparison, event_section, sections
from logging_kit.report.lines import Owner
from logging_kit.report.report import Report

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
BOT = Owner("trading", "live", "alpha")


def figures(*lines: dict[str, Any], owner: Owner = BOT, before: int = 0) -> Figures:
    """Return the figures of some lines, the first ones from before the period."""
    found = Figures()
    for n, line in enumerate(lines):
        found.note(NOON + timedelta(minutes=n), owner, line, inside=n >= before)
    return found


def leg(action: str, pnl: Any = None, fee: Any = "0.5", **more: Any) -> dict[str, Any]:
    line = {"event": "TRADE", "action": action, "quote": "USDT", "qty": "2", "price": "10.5"}
    return {**line, "pnl": pnl, "fee": fee, **more}


def test_profit_factor_drawdown_fees_and_turnover() -> None:
    found = figures(
        leg("entry"),
        leg("exit", "30"),
        leg("partial_exit", "-10"),
        leg("exit", -12.5),
        leg("exit", "4"),
    )
    money = found.money["live", "USDT"]
    assert (money.gains, money.losses) == (Decimal(34), Decimal("22.5"))
    assert money.profit_factor == Decimal(34) / Decimal("22.5")
    assert money.drawdown == Decimal("22.5")
    assert money.fees == Decimal("2.5")
    assert money.turnover == Decimal(105)


def test_a_fall_from_the_start_is_a_drawdown_and_without_a_loss_there_is_no_factor() -> None:
    assert figures(leg("exit", "-5")).money["live", "USDT"].drawdown == 5
    only_gains = figures(leg("exit", "5"), leg("exit", "3"))
    assert only_gains.money["live", "USDT"].profit_factor is None
    (trading,) = (s for s in sections(only_gains, UTC) if s.title == "Trading")
    assert trading.rows[0][1:3] == ("no loss", "0.00")
    (untraded,) = (s for s in sections(figures(leg("entry")), UTC) if s.title == "Trading")
    assert untraded.rows[0][1] == "–"


def test_equity_begins_with_the_last_snapshot_before_the_period() -> None:
    def snapshot(value: Any, quote: str = "USDT") -> dict[str, Any]:
        return {"event": "EQUITY", "equity": value, "quote": quote}

    found = figures(snapshot(90), snapshot("100.5"), snapshot(110), snapshot("lots"), before=2)
    (equity,) = found.equity.values()
    assert (equity.start, equity.end) == (Decimal("100.5"), Decimal(110))
    first_day = figures(snapshot(50), snapshot(40), snapshot(7, "KRW"))
    (account,) = (s for s in sections(first_day, UTC) if s.title == "Account")
    assert account.rows == (
        ("alpha", "KRW", "7", "7", "0"),
        ("alpha", "USDT", "50.00", "40.00", "-10.00"),
    )


def test_a_position_is_open_if_its_newest_snapshot_is() -> None:
    def snapshot(symbol: str, qty: Any, **more: Any) -> dict[str, Any]:
        return {"event": "POSITION", "symbol": symbol, "qty": qty, "position_side": "LONG", **more}

    found = figures(
        snapshot("BTC", 1),
        snapshot("ETH", "2", unrealized_pnl=-3.5, entry_price=10),
        snapshot("BTC", 0),
    )
    (positions,) = (s for s in sections(found, UTC, several=True) if s.title == "Open positions")
    assert positions.rows == (
        ("alpha (trading/live)", "ETH", "LONG", "2", "10", "-3.50", "11-21 12:01"),
    )
    bare = sections(figures(snapshot("BTC", 1)), UTC)[0].rows[0]
    assert bare[4:6] == ("–", "–")
    assert as_json(found)["open_positions"][0]["symbol"] == "ETH"


def test_environments_and_currencies_do_not_add_up() -> None:
    found = figures(leg("exit", "5"), leg("exit", "7", quote="KRW"))
    found.note(NOON, BOT._replace(env="testnet"), leg("exit", "100"), inside=True)
    assert {place: money.gains for place, money in found.money.items()} == {
        ("live", "USDT"): 5,
        ("live", "KRW"): 7,
        ("testnet", "USDT"): 100,
    }
    (trading,) = (s for s in sections(found, UTC, several=True) if s.title == "Trading")
    assert [row[0] for row in trading.rows] == ["KRW (live)", "USDT (live)", "USDT (testnet)"]


def test_lines_of_the_day_before_count_for_nothing_but_the_state() -> None:
    found = figures(leg("exit", "5"), {"event": "SIGNAL"}, before=2)
    assert not found.money
    assert not found.events
    assert event_section(found, UTC).text == "None."


def test_events_are_counted_and_unknown_ones_are_named() -> None:
    section = event_section(
        figures({"event": "SIGNAL"}, {"event": "SIGNAL"}, {"event": "FUNDING"}, {}), UTC
    )
    assert section.rows == (
        ("FUNDING", "1", "11-21 12:02:00", "not in the catalogue"),
        ("SIGNAL", "2", "11-21 12:01:00", ""),
    )


@pytest.mark.parametrize(("now", "change"), [(30, "+20.00"), (4, "-6.00"), (10, "0.00")])
def test_a_period_is_compared_with_the_one_before(now: int, change: str) -> None:
    report, before = Report(start=NOON, end=NOON), Report(start=NOON, end=NOON)
    report.total["USDT"].pnl, before.total["USDT"].pnl = Decimal(now), Decimal(10)
    report.total["USDT"].closed = 3
    report.errors["KeyError"] = 2
    rows = {
        row[0]: row[1:]
        for row in comparison(
            report, before, figures(leg("exit", "1")), figures(leg("exit", "1", fee="2"))
        ).rows
    }
    assert rows["PnL USDT"] == (f"{now:+.2f}", "+10.00", change)
    assert rows["Closed USDT"] == ("3", "0", "+3")
    assert rows["Errors"] == ("2", "0", "+2")
    assert rows["Fees live USDT"] == ("0.50", "2.00", "-1.50")


def test_programs_get_every_digit() -> None:
    tree = as_json(
        figures(leg("exit", "0.1234567890123456789", fee=None), {"event": "EQUITY", "equity": 1})
    )
    (trading,) = tree["trading"]
    assert trading["gains"] == "0.1234567890123456789"
    assert trading["profit_factor"] is None
    assert tree["events"] == {"EQUITY": 1, "TRADE": 1}
    assert as_json(figures(leg("exit", "-2")))["trading"][0]["profit_factor"] == "0"
