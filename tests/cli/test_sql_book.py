"""The questions of docs/sql.md, asked of lines that were written from a known book.

The book has what misleads: live and testnet with bots of one name, two exchanges, signals and
orders that are told twice, partial exits, two currencies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.panels.engine.engine import DuckDBEngine

pytestmark = pytest.mark.slow

CHAPTER = (Path(__file__).parents[2] / "docs" / "sql.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", CHAPTER, re.DOTALL)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BTC = {"symbol": "BTC/USDT", "exchange": "binance", "strategy": "ema"}
ETH = {"symbol": "ETH/USDT", "exchange": "bybit", "strategy": "ema"}
KRW = {"symbol": "BTC/KRW", "exchange": "upbit", "strategy": "gap"}


class Lines:
    """The lines of the book, written in the order of the calls."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self._seq = 0

    def __call__(self, seconds: float, event: str, env: str = "live", **fields: Any) -> None:
        self._seq += 1
        moment = NOON + timedelta(seconds=seconds)
        line = {
            "timestamp": f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z",
            "level": "info",
            "app": "trading",
            "env": env,
            "bot_name": "alpha",
            "event": event,
            "message": event,
            "run_id": "r",
            "seq": self._seq,
        }
        self.texts.setdefault(CATALOGUE[event].stream, []).append(json.dumps(line | fields))


def book() -> Lines:
    write = Lines()
    for env, price in (("live", 100), ("testnet", 200)):
        # one decision that comes three times, one order that comes twice
        for again in range(3):
            confidence = {"confidence": 0.9} if again == 0 else {"confidence": 0.5}
            write(
                again,
                "SIGNAL",
                env,
                signal="LONG",
                correlation_id="c1",
                price=price,
                **confidence,
                **BTC,
            )
        order = {
            "order_id": "o1",
            "side": "buy",
            "qty": 1,
            "correlation_id": "c1",
            "avg_price": 101,
        } | BTC
        write(4, "ORDER", env, status="submitted", **order | {"avg_price": None})
        write(10, "ORDER", env, status="filled", **order)
        write(11, "ORDER", env, status="filled", **order)
    trade = {"trade_id": "t1", "position_side": "LONG", "quote": "USDT", "qty": 1, "price": 1}
    trade |= {"correlation_id": "c1"} | BTC
    write(60, "TRADE", action="entry", **trade)
    write(3700, "TRADE", action="partial_exit", pnl=50, **trade)
    write(3800, "TRADE", action="exit", pnl="-20", result="loss", **trade)
    write(3900, "TRADE", "testnet", action="exit", pnl=-900, result="loss", **trade)
    # a second decision of the live bot: rejected twice, and a loss in won
    write(5000, "SIGNAL", signal="SHORT", confidence=0.35, correlation_id="c2", price=50, **ETH)
    reject = {
        "order_id": "o2",
        "side": "sell",
        "qty": 1,
        "correlation_id": "c2",
        "reason": "no money",
    }
    write(5001, "ORDER", status="rejected", **reject, **ETH)
    write(5002, "ORDER", status="rejected", **reject, **ETH)
    sold = {
        "order_id": "o3",
        "side": "sell",
        "qty": 2,
        "correlation_id": "c2",
        "avg_price": 49,
    } | ETH
    write(5060, "ORDER", status="partially_filled", **sold)
    write(5120, "ORDER", status="filled", **sold)
    lost = {"trade_id": "t2", "position_side": "SHORT", "quote": "KRW", "qty": 1, "price": 1}
    write(
        7300, "TRADE", action="exit", pnl=-90_000, result="loss", correlation_id="c2", **lost, **KRW
    )
    write(
        7400,
        "TRADE",
        action="exit",
        pnl=1,
        result="win",
        **{**trade, "trade_id": "t3", "correlation_id": None},
    )
    call = {"direction": "out", "method": "GET", "path": "/x", "exchange": "binance", "status": 200}
    for i in range(20):
        write(9000 + i, "API_CALL", ok=i >= 5, latency_ms=10 * (i + 1), **call)
    for i in range(4):
        write(
            9000 + i,
            "API_CALL",
            ok=False,
            latency_ms=9,
            **call | {"direction": "in", "path": "/own"},
        )
    for i in range(2):
        write(9001 + i, "RATE_LIMIT", status="limited", exchange="binance", retry_after_s=i + 1)
    write(9005, "RATE_LIMIT", status="allowed", exchange="binance")
    for i in range(3):
        write(9100 + i, "ERROR", error_type="Timeout", error=f"e{i}")
    write(9100, "ERROR", "testnet", error_type="Timeout", error="t")
    for env in ("live", "testnet"):
        write(
            9200,
            "AI_CALL",
            env,
            provider="p",
            model="m",
            ok=True,
            latency_ms=1,
            cost_usd=0.25,
            tokens_in=10,
        )
    write(
        9300, "AI_CALL", provider="p", model="m", ok=True, latency_ms=1, cost_usd=0.5, tokens_in=5
    )
    # the live bot is silent for fifty minutes, the testnet's is not
    for minute in range(160, 300):
        write(minute * 60, "HEARTBEAT", "testnet", uptime_s=1)
        if not 200 < minute < 250:
            write(minute * 60, "HEARTBEAT", uptime_s=1)
    return write


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    directory = tmp_path_factory.mktemp("book")
    for stream, texts in book().texts.items():
        path = directory / "segments" / f"{stream}-20260302T120000Z-0001.log"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(text + "\n" for text in texts), encoding="utf-8")
    with DuckDBEngine(directory, keep=None) as engine:
        engine.load()
        yield engine


def asked(engine: DuckDBEngine, word: str) -> list[dict[str, Any]]:
    """Return the rows of the question whose statement has a word."""
    (query,) = (query for query in QUERIES if word in query)
    last = int((NOON + timedelta(minutes=299)).timestamp() * 1e6)
    cursor = engine.cursor().execute(query.replace("now()", f"make_timestamptz({last})"))
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_pnl_by_hour(engine: DuckDBEngine) -> None:
    found = {
        (row["hour"].hour, row["symbol"], row["quote"], row["env"]): (row["pnl"], row["exits"])
        for row in asked(engine, "AS hour")
    }
    assert found == {
        (13, "BTC/USDT", "USDT", "live"): (30, 2),
        (13, "BTC/USDT", "USDT", "testnet"): (-900, 1),
        (14, "BTC/KRW", "KRW", "live"): (-90_000, 1),
        (14, "BTC/USDT", "USDT", "live"): (1, 1),
    }


def test_win_rate_by_confidence(engine: DuckDBEngine) -> None:
    found = {
        (row["confidence"], row["env"]): (row["trades"], row["win_rate"])
        for row in asked(engine, "AS win_rate")
    }
    assert found == {(0.9, "live"): (1, 1), (0.9, "testnet"): (1, 0), (0.3, "live"): (1, 0)}


def test_slippage(engine: DuckDBEngine) -> None:
    found = {
        (row["symbol"], row["side"], row["env"]): (row["fills"], row["median_bp"])
        for row in asked(engine, "median_bp")
    }
    assert found == {
        ("BTC/USDT", "buy", "live"): (1, 100),
        ("BTC/USDT", "buy", "testnet"): (1, -4950),
        ("ETH/USDT", "sell", "live"): (1, 200),
    }


def test_time_to_the_first_fill(engine: DuckDBEngine) -> None:
    found = {
        (row["symbol"], row["env"]): (row["signals"], row["longest"].total_seconds())
        for row in asked(engine, "AS longest,")
    }
    assert found == {
        ("BTC/USDT", "live"): (1, 10),
        ("BTC/USDT", "testnet"): (1, 10),
        ("ETH/USDT", "live"): (1, 60),
    }


def test_endpoints(engine: DuckDBEngine) -> None:
    ((row),) = asked(engine, "p95_ms, app")
    assert (row["path"], row["calls"], row["failed"], row["p95_ms"]) == ("/x", 20, 0.25, 191)


def test_profit_factor(engine: DuckDBEngine) -> None:
    found = {
        (row["strategy"], row["quote"], row["env"]): (
            row["exits"],
            row["pnl"],
            row["profit_factor"],
        )
        for row in asked(engine, "profit_factor")
    }
    assert found == {
        ("ema", "USDT", "live"): (3, 31, 2.55),
        ("ema", "USDT", "testnet"): (1, -900, None),
        ("gap", "KRW", "live"): (1, -90_000, None),
    }


def test_drawdown(engine: DuckDBEngine) -> None:
    found = {(row["quote"], row["env"]): row["drawdown"] for row in asked(engine, "AS drawdown")}
    assert found == {("USDT", "live"): 20, ("USDT", "testnet"): 900, ("KRW", "live"): 90_000}


def test_silence(engine: DuckDBEngine) -> None:
    found = [
        (row["bot"], row["silence"].total_seconds() / 60) for row in asked(engine, "silent_since")
    ]
    assert ("trading/live/alpha", 50) in found
    # before the heartbeats begin, both bots wrote little
    assert [minutes for bot, minutes in found if "testnet" in bot] == [
        pytest.approx(minutes, abs=0.1) for minutes in (86.6, 64.8)
    ]


def test_errors(engine: DuckDBEngine) -> None:
    found = {
        (row["bot_name"], row["error_type"], row["env"]): (row["errors"], row["newest"])
        for row in asked(engine, "AS newest")
    }
    assert found == {
        ("alpha", "Timeout", "live"): (3, "e2"),
        ("alpha", "Timeout", "testnet"): (1, "t"),
    }


def test_rejected_orders(engine: DuckDBEngine) -> None:
    ((row),) = asked(engine, "AS rejected")
    assert (row["symbol"], row["reason"], row["rejected"], row["env"]) == (
        "ETH/USDT",
        "no money",
        1,
        "live",
    )


def test_rate_limits(engine: DuckDBEngine) -> None:
    ((row),) = asked(engine, "longest_wait_s")
    assert (row["limited"], row["longest_wait_s"], row["requests"]) == (2, 2, 20)


def test_cost_of_the_models(engine: DuckDBEngine) -> None:
    found = {
        row["env"]: (row["calls"], row["usd"], row["tokens_in"]) for row in asked(engine, "AS usd")
    }
    assert found == {"live": (2, 0.75, 15), "testnet": (1, 0.25, 10)}


def test_the_worst_trade(engine: DuckDBEngine) -> None:
    rows = asked(engine, "worst AS")
    assert {row["env"] for row in rows} == {"live"}
    assert [row["event"] for row in rows] == ["SIGNAL"] * 3 + ["ORDER"] * 3 + ["TRADE"] * 3


def test_each_question_of_the_chapter_is_asked() -> None:
    asked_here = len([name for name in globals() if name.startswith("test_")]) - 1
    assert asked_here == len(QUERIES)
