"""A small bot to copy from: it trades the crossings of two moving averages on a paper account.

    python examples/ema_bot.py --candles 3000 --log-dir logs

The bot reads real hourly candles and spreads them evenly over the last 24 hours, so that the
dashboards show one busy day. Copy the calls of `self.log`: each stands where the thing happens.
Prices, fills, fees and profits follow from the candles. Slow answers, refused orders and lost
connections, which a paper account lacks, are drawn at random.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Literal

import paper_account as paper

import logging_kit

DATA = Path(__file__).parent / "data" / "eurusd_1h.csv"
SYMBOL, QUOTE, EXCHANGE, TIMEFRAME, STRATEGY = "EUR/USD", "USD", "paper", "1h", "ema_cross"
MARKET: dict[str, Any] = {"symbol": SYMBOL, "exchange": EXCHANGE}
CHART: dict[str, Any] = {"symbol": SYMBOL, "timeframe": TIMEFRAME}
CANDLES, ORDERS = "/v1/candles", "/v1/orders"

QTY = 10_000.0
HOUR_MS = 3_600_000
REPORT_NS = 60 * paper.SECOND
DRAWDOWN_LIMIT_PCT, PAUSE_CANDLES = 3.0, 40


class EmaBot:
    """Follows the EMA 12 when it crosses the EMA 26, unless the RSI calls the move exhausted."""

    log: logging_kit.BotLogger

    def __init__(self, clock: paper.ReplayClock, seed: int = 7) -> None:
        self.clock, self.random = clock, Random(seed)
        self.account, self.indicators = paper.Account(10_000.0), paper.Indicators()
        self.price, self.trend = 0.0, 0
        self.started_ns = self.candle_ms = self.connections = self.reports = self.orders = 0
        self.paused = self.closed = self.won = 0
        self.half_taken = self.warned = False

    def run(
        self, log: logging_kit.BotLogger, candles: Sequence[paper.Candle], until_ns: int
    ) -> None:
        """Trade the candles, spread evenly between now and `until_ns`."""
        self.price = self.price or candles[0].open
        self.start(log)
        begin, next_report = self.clock(), self.clock() + REPORT_NS
        moments = [begin + (until_ns - begin) * i // len(candles) for i in range(len(candles))]
        for moment, candle in [*zip(moments, candles, strict=True), (until_ns, None)]:
            while next_report < moment:
                self.clock.advance_to(next_report)
                self.report()
                next_report += REPORT_NS
            self.clock.advance_to(moment)
            if candle is not None:
                self.on_candle(candle)

    def start(self, log: logging_kit.BotLogger) -> None:
        """Connect to the exchange."""
        self.log, self.started_ns, self.connections = log, self.clock(), 0
        self.log.lifecycle("ready", mode="paper")
        for stream in ("candles", "orders"):
            self.connections += 1
            self.log_connection("connected", stream=stream)
        self.report()

    def report(self) -> None:
        """Log that the bot is alive; each fifth time also the account and the position."""
        self.log.heartbeat(
            uptime_s=round((self.clock() - self.started_ns) / paper.SECOND, 1),
            loop_ms=self.latency(8.0), ws_connections=self.connections,
            last_candle_ts=self.candle_ms,
            open_positions=int(self.account.position is not None),
        )  # fmt: skip
        if self.reports % 5 == 0:
            self.report_account()
        self.reports += 1

    def report_account(self) -> None:
        """Log the account and the position, or that there is none."""
        self.log.equity(**self.account.snapshot(self.price, self.clock()), quote=QUOTE)
        position = self.account.position
        common = {**MARKET, "mark_price": self.price, "quote": QUOTE}
        if position is None:
            self.log.position("FLAT", qty=0.0, notional=0.0, unrealized_pnl=0.0, **common)
            return
        self.log.position(
            position.side, qty=position.sign * position.qty, entry_price=position.entry_price,
            notional=round(position.qty * self.price, 2),
            unrealized_pnl=position.profit(self.price), **common,
        )  # fmt: skip

    def on_candle(self, candle: paper.Candle) -> None:
        """Handle a closed candle: watch the risk, manage the position, decide."""
        self.fetch()
        missing = (candle.time_ms - self.candle_ms) // HOUR_MS - 1
        if self.candle_ms and missing > 0:
            self.log.info("the market was closed", hours=missing, symbol=SYMBOL)
        self.candle_ms, self.price = candle.time_ms, candle.close
        prices = candle._asdict()
        self.log.candle(candle_ts=prices.pop("time_ms"), **CHART, **prices)
        values = self.indicators.update(candle.close)
        self.log.indicator(**CHART, **values)
        self.check_risk()
        self.manage()
        if "rsi" in values:
            self.decide(values["ema_fast"] / values["ema_slow"] - 1.0, values["rsi"])

    def fetch(self) -> None:
        """Request the candle. The first answer may be late, broken or missing."""
        lot = self.random.random()
        if lot < 0.01:
            self.request("GET", CANDLES, 200.0, 503, "ServiceUnavailable")
        elif lot < 0.015:
            self.request("GET", CANDLES, 15.0, 429, "RateLimitExceeded")
            self.log.rate_limit("limited", exchange=EXCHANGE, path=CANDLES, retry_after_s=1.0)
        elif lot < 0.018:
            try:
                float("1.1O9")  # an exchange once sent this
            except ValueError:
                self.log.exception("unreadable price", component="feed", recoverable=True)
        elif lot < 0.021 and self.connections == 2:
            self.connections = 1
            self.log_connection("disconnected", code=1006, reason="no pong for 30 s")
        elif self.connections < 2:
            self.log_connection("reconnecting")
            self.connections = 2
            self.log_connection("connected")
        self.request("GET", CANDLES, 30.0)

    def decide(self, gap: float, rsi: float) -> None:
        """Act if the averages have crossed."""
        trend = 1 if gap > 0 else -1
        crossed, self.trend = self.trend not in (0, trend), trend
        signal: Literal["LONG", "SHORT", "WAIT"] = "WAIT"
        reason, confidence = "no crossing", 0.5
        if crossed:
            reason, confidence = "crossed, but the move looks exhausted", 0.6
            if trend > 0 and rsi < 70:
                signal, reason = "LONG", "ema 12 crossed over 26"
            elif trend < 0 and rsi > 30:
                signal, reason = "SHORT", "ema 12 crossed under 26"
            confidence = round(0.5 + abs(rsi - 50.0) / 100.0, 3)
        correlation_id = self.log.signal(
            signal, confidence=confidence, price=self.price, strategy=STRATEGY, reason=reason,
            rsi=rsi, model="ema_cross_12_26", **CHART,
        )  # fmt: skip
        if signal == "WAIT":
            return
        with logging_kit.bound(correlation_id=correlation_id):  # the id of all that follows
            self.ask_model()
            position = self.account.position
            if position is not None and position.side != signal:
                self.leave(position, "signal")
            if self.account.position is None and not self.paused:
                self.enter(signal)

    def ask_model(self) -> None:
        """Ask a model for a second opinion on the news, which this bot only pretends."""
        tokens, result = self.random.randint(300, 900), dict[str, Any](ok=True)
        if self.random.random() < 0.03:
            result = {"ok": False, "error_type": "Timeout"}
        self.log.ai_call(
            "simulated", model="news-mini", latency_ms=self.latency(600.0), symbol=SYMBOL,
            tokens_in=tokens, cost_usd=round(tokens * 2e-7, 6), **result,
        )  # fmt: skip

    def enter(self, side: Literal["LONG", "SHORT"]) -> None:
        """Open a position, unless the exchange refuses the order."""
        order_id, price = self.place({"LONG": "buy", "SHORT": "sell"}[side], QTY)
        if price is None:
            return
        risk = round(QTY * price * 3.8 * (self.indicators.volatility or 0.001), 4)
        fee, trade_id = paper.fee_of(QTY, price), f"T{order_id[1:]}"
        self.account.position = paper.Position(trade_id, side, QTY, price, fee, self.clock(), risk)
        self.half_taken = False
        self.log.trade(
            "entry", trade_id=trade_id, position_side=side, qty=QTY, price=price, fee=fee,
            quote=QUOTE, order_id=order_id, strategy=STRATEGY, **MARKET,
        )  # fmt: skip
        self.after_trade()

    def manage(self) -> None:
        """Stop the loss, take half of the profit early and the rest late."""
        position = self.account.position
        if position is None:
            return
        gain = position.profit(self.price) / position.risk
        if gain < -1.0:
            self.leave(position, "stop_loss")
        elif gain > 2.5:
            self.leave(position, "take_profit")
        elif gain > 1.2 and not self.half_taken:
            self.half_taken = True
            self.leave(position, "first_target", 0.5)

    def leave(self, position: paper.Position, reason: str, part: float = 1.0) -> None:
        """Close the position or a part of it."""
        side = {"LONG": "sell", "SHORT": "buy"}[position.side]
        order_id, price = self.place(side, round(position.qty * part, 8), reduce_only=True)
        if price is None:  # never, for an order that reduces only
            return
        result: dict[str, Any] = self.account.leave(position, price, part, self.clock())
        more: dict[str, Any] = {
            "order_id": order_id,
            "exit_reason": reason,
            "strategy": STRATEGY,
            "quote": QUOTE,
        }
        if part == 1.0:
            self.log.trade("exit", **result, **more, **MARKET)
            self.closed += 1
            self.won += result["result"] == "win"
        else:
            self.log.trade("partial_exit", **result, **more, **MARKET)
        self.after_trade()

    def after_trade(self) -> None:
        """Log the new state of the account, and send a message."""
        self.report_account()
        result: dict[str, Any] = {"ok": True, "status": 204}
        if self.random.random() < 0.03:
            result = {"ok": False, "status": 429, "error_type": "TooManyRequests"}
        self.log.notification("discord", kind="trade", latency_ms=self.latency(150.0), **result)

    def place(self, side: str, qty: float, reduce_only: bool = False) -> tuple[str, float | None]:
        """Send a market order; return its id, and the price of its fill if it is filled."""
        self.orders += 1
        order_id = f"E{self.orders:06d}"
        order: dict[str, Any] = {
            "order_id": order_id, "side": side, "qty": qty, "order_type": "market",
            "reduce_only": reduce_only, **MARKET,
        }  # fmt: skip
        self.log.order("submitted", price=self.price, **order)
        lot = 1.0 if reduce_only else self.random.random()
        if lot < 0.03:
            self.request("POST", ORDERS, 60.0, 400, "OrderRefused")
            try:
                raise RuntimeError(f"order {order_id}: not enough margin")
            except RuntimeError:
                self.log.exception("order failed", component="execution", recoverable=True)
            self.log.order("rejected", reason="not enough margin", **order)
            return order_id, None
        self.request("POST", ORDERS, 60.0)
        if lot < 0.04:
            self.log.order("expired", reason="the market closed", **order)
            return order_id, None
        if lot < 0.05:
            self.log.order("canceled", reason="not filled in time", **order)
            return order_id, None
        self.log.order("accepted", **order)
        price = paper.fill_price(side, self.price, self.random)
        if not reduce_only and self.random.random() < 0.2:
            self.log.order("partially_filled", filled_qty=qty / 2, avg_price=price, **order)
        fill: dict[str, Any] = {
            "filled_qty": qty,
            "avg_price": price,
            "fee": paper.fee_of(qty, price),
        }
        self.log.order("filled", fee_currency=QUOTE, **fill, **order)
        return order_id, price

    def check_risk(self) -> None:
        """Open no positions for a while after too deep a fall."""
        value = self.account.snapshot(self.price, self.clock())["drawdown_pct"]
        change: dict[str, Any] = {}
        if self.paused:
            self.paused -= 1
            if not self.paused:
                self.account.highest, self.warned, value = self.account.balance, False, 0.0
                change = {"state": "cleared", "action": "trading again"}
        elif value >= DRAWDOWN_LIMIT_PCT:
            self.paused = PAUSE_CANDLES
            change = {"state": "triggered", "action": "no new positions"}
        elif value >= DRAWDOWN_LIMIT_PCT / 2 and not self.warned:
            self.warned = True
            change = {"state": "warning", "action": "none"}
        if change:
            limit = {"value": value, "limit_value": DRAWDOWN_LIMIT_PCT}
            self.log.risk("max_drawdown", symbol=SYMBOL, **limit, **change)

    def log_connection(
        self, state: Literal["connected", "disconnected", "reconnecting"], **fields: Any
    ) -> None:
        """Log a change of a WebSocket connection."""
        fields = {"exchange": EXCHANGE, "stream": "candles", **fields}
        self.log.ws(state, ws_connections=self.connections, **fields)

    def latency(self, median_ms: float) -> float:
        """Draw a latency, in milliseconds."""
        return round(self.random.lognormvariate(0.0, 0.4) * median_ms, 1)

    def request(
        self, method: str, path: str, median_ms: float, status: int = 200, error_type: str = ""
    ) -> None:
        """Pretend to send a request to the exchange.

        For a real one, let the library measure the time and catch the error:
        `with self.log.api_call(exchange, method, path) as call: …`.
        """
        latency = self.latency(median_ms)
        self.clock.advance(latency / 1000.0)
        result: dict[str, Any] = {"status": status, "ok": status < 400, "latency_ms": latency}
        if error_type:
            result["error_type"] = error_type
        self.log.api_call(EXCHANGE, method, path, **result)


def main() -> None:
    """Replay the candles that the command line asks for."""
    parser = argparse.ArgumentParser(description="Replay real candles into an empty log folder.")
    parser.add_argument("--csv", type=Path, default=DATA, help="the candles, oldest first")
    parser.add_argument("--candles", type=int, help="number of candles; all by default")
    parser.add_argument("--log-dir", type=Path, default=Path("logs"))
    parser.add_argument("--app", default="trading")
    parser.add_argument("--env", default="testnet")
    parser.add_argument("--hours", type=float, default=24.0, help="length of the replay")
    parser.add_argument(
        "--end", help="end of the replay, such as 2026-11-21T12:00:00Z; now by default"
    )
    options, end = parser.parse_args(), time.time_ns()
    if any((options.log_dir / "segments").glob("*.log")):
        sys.exit(f"{options.log_dir} has logs, and Loki takes no older ones: use another --log-dir")
    if options.end:
        end = round(datetime.fromisoformat(options.end).timestamp() * paper.SECOND)
    candles = paper.read_candles(options.csv, options.candles)
    clock = paper.ReplayClock(end - round(options.hours * 3600) * paper.SECOND)
    bot = EmaBot(clock)
    settings: dict[str, Any] = {"app": options.app, "env": options.env, "log_dir": options.log_dir}
    with logging_kit.setup(bot_name="ema-eurusd", stdout="off", clock=clock, **settings) as log:
        bot.run(log, candles, end)
    profit = bot.account.balance - bot.account.start
    print(f"{len(candles):,} candles, {bot.closed} closed trades, {bot.won} of them won")
    print(f"profit after fees: {profit:+.2f} {QUOTE}")
    print(f"look at it with: logging-kit tail {options.log_dir}")


if __name__ == "__main__":
    main()
