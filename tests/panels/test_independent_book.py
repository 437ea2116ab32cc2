"""Every number of money, orders, decisions and trades, against books that bots keep themselves.

`BOOK_SEED` repeats a run, `BOOK_HOURS` makes it longer.
"""

from __future__ import annotations

import math
import os
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime

import pytest

from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.watch.answers import ask_panel
from logging_kit.watch.filters import View, only
from tests.support.panels.ledger_book import HOUR, ODD_NAME, Key, Simulator, Truth
from tests.support.panels.segments import write

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("BOOK_SEED") or random.SystemRandom().randrange(10**6))
HOURS = int(os.environ.get("BOOK_HOURS") or 8)
END = int(time.time()) // 60 * 60 * 1_000_000
PANELS = {panel.title: panel for page in DASHBOARDS for panel in page.panels}


class Readers:
    """The panels over the lines of the simulation."""

    def __init__(self, engine: DuckDBEngine, book: Simulator) -> None:
        self.engine, self.book = engine, book

    def ask(self, title: str, app: str = "trading", **filters: str) -> dict[Key, float]:
        view = View(app, span_s=HOURS * 3600 + 1, **filters)  # type: ignore[arg-type]
        answer = ask_panel(self.engine, PANELS[title], view, END // 1000)
        return {
            (*filter(None, [series.query]), *_named(series.fields, series.names)): (
                math.fsum(series.points.values()) if PANELS[title].ahead else series.value
            )
            for series in answer.series
        }


def _named(fields: tuple[str, ...], names: tuple[str, ...]) -> list[str]:
    return [name for field, name in zip(fields, names, strict=True) if field != "app"]


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Readers]:
    book = Simulator(SEED, END, HOURS)
    directory = tmp_path_factory.mktemp("book")
    for number, part in enumerate(book.files()):
        write(directory, part, per_segment=5000 + number)
    with DuckDBEngine(directory, keep=None) as engine:
        engine.load()
        yield Readers(engine, book)


def _summed(pairs: Iterator[tuple[Key, float]]) -> dict[Key, float]:
    found: dict[Key, float] = defaultdict(float)
    for key, value in pairs:
        found[key] += value
    return dict(found)


def expected(truth: Truth) -> dict[str, dict[Key, float]]:
    """Return what the panels must say, worked out from the book alone."""
    trips, decided = truth.trips(), Counter(truth.decisions.values())
    closed = {trip: trips[trip] for trip in truth.closed}
    by_status = Counter(truth.ended.values())
    money = [
        ((trip[1], "BTC" if trip[2] == ODD_NAME else "USDT"), pnl) for trip, pnl in trips.items()
    ]
    gains = _summed((key, pnl) for key, pnl in money if pnl > 0)
    losses = _summed((key, -pnl) for key, pnl in money if pnl < 0)
    best: dict[Key, list[float]] = defaultdict(list)
    for trip, pnl in closed.items():
        best[trip[1], "BTC" if trip[2] == ODD_NAME else "USDT"].append(pnl)
    won = [trip for trip, pnl in closed.items() if pnl > 0]
    sides = Counter(truth.closed.values())
    side_wins = Counter(truth.closed[trip] for trip in won)
    held = truth.positions.values()
    directed = decided["LONG"] + decided["SHORT"]
    return {
        "LONG signals": {(): decided["LONG"]},
        "SHORT signals": {(): decided["SHORT"]},
        "WAIT signals": {(): decided["WAIT"]},
        "Signal distribution": {(word,): n for word, n in decided.items()},
        "Average confidence": {(): math.fsum(truth.confidence.values()) / len(truth.confidence)},
        "Signal to trade": {(): len(truth.entries) / directed},
        "Orders": {(): len(truth.orders)},
        "Orders by side": {(side,): n for side, n in Counter(truth.sides.values()).items()},
        "Orders by status": {
            ("filled",): by_status["filled"],
            ("rejected",): by_status["rejected"],
            ("canceled",): 0,
            ("expired",): 0,
            ("open",): len(truth.orders) - len(truth.ended),
        },
        "Filled orders (2 days)": {(): by_status["filled"]},
        "Order fill rate": {(): by_status["filled"] / len(truth.ended)},
        "Closed trades": {(): len(closed)},
        "Win rate": {(): len(won) / len(closed)},
        "Win rate by side": {(side,): side_wins[side] / n for side, n in sides.items()},
        "Realized PnL": truth.pnl(1, 2),
        "PnL per day": truth.pnl(1, 2),
        "PnL by symbol": truth.pnl(1, 3, 2),
        "PnL by strategy": truth.pnl(1, 4, 2),
        "PnL by exit reason": truth.pnl(1, 5, 2),
        "Profit factor": {key: gains.get(key, 0) / loss for key, loss in losses.items()},
        "Best trade": {key: max(values) for key, values in best.items()},
        "Worst trade": {key: min(values) for key, values in best.items()},
        "Equity": _summed(((env, quote), worth) for env, quote, worth in truth.equity.values()),
        "Equity over time": _summed(
            ((env, quote), worth) for env, quote, worth in truth.equity.values()
        ),
        "Open positions": {(): len(truth.positions)},
        "Unrealized PnL": _summed(((env, quote), gain) for env, quote, _, _, gain in held),
        "Lines with wrong fields": {(): truth.wrong},
        "Restarts": {(): truth.restarts},
        "Lines": {(): truth.lines},
        "Bots alive": {(): len({(env, bot) for env, bot, *_ in truth.equity})},
    }


@pytest.mark.parametrize("app", ["trading", "other"])
def test_every_panel_says_what_the_books_say(readers: Readers, app: str) -> None:
    wanted = expected(readers.book.truth[app])
    differ = {
        title: (answer, truth)
        for title, truth in wanted.items()
        if (answer := readers.ask(title, app)) != pytest.approx(truth, rel=1e-9, abs=1e-9)
    }
    assert differ == {}, f"BOOK_SEED={SEED} BOOK_HOURS={HOURS}"


def test_a_hedged_position_is_the_sum_of_its_sides(readers: Readers) -> None:
    quantities = readers.ask("Position quantity")
    assert quantities["live", "BTC/USDT"] == 600
    assert quantities["live", "ETH/USDT"] == 0


def test_a_bot_with_marks_of_a_query_in_its_name_is_found(readers: Readers) -> None:
    odd = readers.ask("Equity", bot=only(ODD_NAME))
    assert {quote for _, quote in odd} == {"BTC"}
    assert readers.ask("Bots alive", bot=only(ODD_NAME)) == {(): 1}


def test_silence_is_that_of_a_bot_and_not_of_its_name(readers: Readers) -> None:
    assert readers.ask("Silent bots") == {}
    assert set(readers.ask("Last heartbeat")) == {
        ("live", "alpha"),
        ("testnet", "alpha"),
        ("live", ODD_NAME),
    }


def test_each_day_of_the_reader_has_its_own_date(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Seoul")
    time.tzset()
    try:
        view = View("trading", span_s=HOURS * 3600)
        answer = ask_panel(readers.engine, PANELS["PnL per day"], view, END // 1000)
        days = {datetime.fromtimestamp(moment / 1000).hour for moment in answer.moments}
        assert days == {0}
        assert datetime.fromtimestamp(answer.running / 1000).date() == (
            datetime.fromtimestamp(END / 1e6).date()
        )
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_simulation_has_what_is_hard(readers: Readers) -> None:
    truth = readers.book.truth["trading"]
    assert len(truth.legs) > len(truth.closed) > 0
    assert truth.restarts == 3
    assert HOUR * HOURS > 0
