"""A small honest bot: it follows crossings of two moving averages, on a paper broker, over real hourly candles.

    python examples/ema_bot.py --candles 3000 --log-dir logs

The candles of `data/eurusd_1h.csv` are laid evenly onto the last 24 hours, so that the dashboards show them as one busy
day. What is worth copying from here are the calls of `self.log`: each stands where the thing happens. Prices, fills, fees
and profits follow from the candles; what a paper exchange lacks (slow answers, refusals, lost connections) is drawn by lot.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import logging_kit
from logging_kit.demo.book import Book, RecordingLogger
from logging_kit.demo.broker import PaperBroker, Position, PositionSide, Side
from logging_kit.demo.clock import SECOND, SimulatedClock
from logging_kit.demo.market import Candle, Ema, Rsi, Volatility, read_candles

DATA = Path(__file__).parent / "data" / "eurusd_1h.csv"
BOT, STRATEGY, SYMBOL, QUOTE, EXCHANGE, TIMEFRAME = (
    "ema-eurusd",
    "ema_cross",
    "EUR/USD",
    "USD",
    "paper",
    "1h",
)
MARKET: dict[str, Any] = {"symbol": SYMBOL, "exchange": EXCHANGE}
STREAM: dict[str, Any] = {"stream": "candles", "exchange": EXCHANGE}

QTY = 10_000.0
HOUR_MS = 3_600_000
REPORT_S = 60.0
DRAWDOWN_LIMIT_PCT = 3.0
PAUSE_CANDLES = 40


class OrderRefused(Exception):  # noqa: N818
    """The exchange did not take an order."""


class EmaBot:
    """EMA 12 over EMA 26 is LONG, under it SHORT, unless the RSI says that the move is over."""

    log: RecordingLogger

    def __init__(self, clock: SimulatedClock, seed: int = 7) -> None:
        self.clock = clock
        self.random = Random(seed)
        self.broker = PaperBroker(
            10_000.0, self.random, fee_rate=0.00002, slippage=0.00004, decimals=5
        )
        self.fast, self.slow, self.rsi, self.volatility = Ema(12), Ema(26), Rsi(14), Volatility(24)
        self.trend = 0
        self.price = 0.0
        self.candle_ms = 0
        self.connections = 0
        self.paused = 0
        self.half_taken = self.warned = False
        self.started_ns = clock()
        self.reports = 0

    def start(self, log: RecordingLogger) -> None:
        """Connect; also after a restart, with the logger of the new run."""
        self.log = log
        self.started_ns, self.connections = self.clock(), 0
        self.log.lifecycle("ready", mode="paper")
        for stream in ("candles", "orders"):
            self.connections += 1
            self.log.ws(
                "connected", ws_connections=self.connections, exchange=EXCHANGE, stream=stream
            )
        self.report()

    def report(self) -> None:
        """Say that the bot is alive and what it owns; every minute, account and position every fifth."""
        self.log.heartbeat(
            uptime_s=round((self.clock() - self.started_ns) / SECOND, 1), loop_ms=self.latency(8.0),
            ws_connections=self.connections, open_positions=len(self.broker.positions), last_candle_ts=self.candle_ms,
        )  # fmt: skip
        if self.reports % 5 == 0:
            self.log.equity(**self.broker.snapshot({SYMBOL: self.price}, self.clock()), quote=QUOTE)
            self.report_position()
        self.reports += 1

    def report_position(self) -> None:
        """Say what is held, or that nothing is."""
        position = self.broker.positions.get(SYMBOL)
        if position is None:
            self.log.position(
                "FLAT",
                qty=0.0,
                notional=0.0,
                unrealized_pnl=0.0,
                mark_price=self.price,
                quote=QUOTE,
                **MARKET,
            )
        else:
            self.log.position(
                position.side, qty=position.sign * position.qty, entry_price=position.entry_price, mark_price=self.price,
                notional=round(position.qty * self.price, 2), unrealized_pnl=position.unrealized(self.price), quote=QUOTE, **MARKET,
            )  # fmt: skip

    def on_candle(self, candle: Candle) -> None:
        """Take in a closed candle: look after the position, decide, act."""
        self.fetch()
        if self.candle_ms and candle.time_ms - self.candle_ms > HOUR_MS:
            self.log.info(
                "the market was closed",
                hours=(candle.time_ms - self.candle_ms) // HOUR_MS - 1,
                symbol=SYMBOL,
            )
        self.candle_ms, self.price = candle.time_ms, candle.close
        self.log.candle(
            symbol=SYMBOL, timeframe=TIMEFRAME, candle_ts=candle.time_ms, open=candle.open, high=candle.high, low=candle.low,
            close=candle.close, volume=candle.volume,
        )  # fmt: skip
        fast, slow = self.fast.update(candle.close), self.slow.update(candle.close)
        rsi, volatility = self.rsi.update(candle.close), self.volatility.update(candle.close)
        values = {"ema_fast": round(fast, 6), "ema_slow": round(slow, 6), "volatility": volatility}
        self.log.indicator(
            symbol=SYMBOL, timeframe=TIMEFRAME, **({} if rsi is None else {"rsi": rsi}), **values
        )
        self.check_risk()
        self.guard(candle, volatility)
        if rsi is not None:
            self.decide(fast / slow - 1.0, rsi, volatility)

    def fetch(self) -> None:
        """Ask for the candle. An answer may be late, broken or missing; the second try always works."""
        lot = self.random.random()
        if lot < 0.01:
            self.api_call(
                "GET",
                "/v1/candles",
                200.0,
                status=503,
                ok=False,
                attempt=1,
                error_type="ServiceUnavailable",
            )
        elif lot < 0.015:
            self.api_call(
                "GET",
                "/v1/candles",
                15.0,
                status=429,
                ok=False,
                attempt=1,
                error_type="RateLimitExceeded",
            )
            self.log.rate_limit(
                "limited",
                exchange=EXCHANGE,
                path="/v1/candles",
                retry_after_s=1.0,
                weight_used=1200,
            )
        elif lot < 0.018:
            try:
                float("1.1O9")  # what this exchange once sent
            except ValueError:
                self.log.exception("unreadable price", component="feed", recoverable=True)
        elif lot < 0.021 and self.connections == 2:
            self.connections -= 1
            self.log.ws(
                "disconnected",
                ws_connections=self.connections,
                **STREAM,
                code=1006,
                reason="no pong for 30 s",
            )
        elif self.connections < 2:
            self.log.ws("reconnecting", ws_connections=self.connections, **STREAM)
            self.connections += 1
            self.log.ws("connected", ws_connections=self.connections, **STREAM)
        self.api_call("GET", "/v1/candles", 30.0, status=200, ok=True)

    def decide(self, gap: float, rsi: float, volatility: float) -> None:
        """Look whether the averages have crossed, and act on it."""
        trend = 1 if gap > 0 else -1
        crossed, self.trend = self.trend not in (0, trend), trend
        signal, reason = "WAIT", "no crossing"
        if crossed and trend > 0:
            signal, reason = (
                ("LONG", "ema 12 crossed over 26")
                if rsi < 70
                else ("WAIT", "crossed up, but overbought")
            )
        elif crossed:
            signal, reason = (
                ("SHORT", "ema 12 crossed under 26")
                if rsi > 30
                else ("WAIT", "crossed down, but oversold")
            )
        strength = min(1.0, abs(gap) / (volatility or 1.0) + abs(rsi - 50.0) / 50.0)
        confidence = round(0.5 + 0.5 * strength if crossed else 0.5 * (1.0 - strength), 3)
        correlation_id = self.log.signal(
            signal, symbol=SYMBOL, confidence=confidence, price=self.price, strategy=STRATEGY, timeframe=TIMEFRAME,
            model="ema_cross_12_26", reason=reason, rsi=rsi,
        )  # fmt: skip
        if signal == "WAIT":
            return
        with logging_kit.bound(
            correlation_id=correlation_id
        ):  # everything that follows from this signal carries its id
            self.ask_model()
            position = self.broker.positions.get(SYMBOL)
            if position is not None and position.side != signal:
                self.leave(position, "signal")
            if SYMBOL not in self.broker.positions and not self.paused:
                self.enter("LONG" if signal == "LONG" else "SHORT", volatility)

    def ask_model(self) -> None:
        """A stand-in for a second opinion on the news."""
        ok, tokens = self.random.random() > 0.03, self.random.randint(300, 900)
        failure = {} if ok else {"error_type": "Timeout"}
        self.log.ai_call(
            "simulated", model="news-mini", ok=ok, latency_ms=self.latency(600.0), tokens_in=tokens, tokens_out=40, symbol=SYMBOL,
            cost_usd=round(tokens * 2e-7, 6), **failure,
        )  # fmt: skip

    def enter(self, side: PositionSide, volatility: float) -> None:
        """Open a position, if the exchange takes the order."""
        order_id = self.broker.new_id("E")
        price = self.place(order_id, "buy" if side == "LONG" else "sell", QTY, reduce_only=False)
        if price is None:
            return
        risk = round(QTY * price * 3.0 * (volatility or 0.001), 4)
        position = self.broker.open(
            SYMBOL, side, QTY, price, self.clock(), trade_id=f"T{order_id[1:]}", risk=risk
        )
        self.half_taken = False
        self.log.trade(
            "entry", trade_id=position.trade_id, position_side=side, qty=QTY, price=price, fee=position.entry_fee, quote=QUOTE,
            order_id=order_id, strategy=STRATEGY, **MARKET,
        )  # fmt: skip
        self.after_trade()

    def guard(self, candle: Candle, volatility: float) -> None:
        """Stop the loss, take half of the profit early and the rest late."""
        position = self.broker.positions.get(SYMBOL)
        if position is None:
            return
        gain = position.unrealized(candle.close) / position.risk
        reason, part = "", 1.0
        if gain < -1.0:
            reason = "stop_loss"
        elif gain > 2.5:
            reason = "take_profit"
        elif gain > 1.2 and not self.half_taken:
            reason, part, self.half_taken = "first_target", 0.5, True
        if reason:
            self.log.info("leaving", why=reason, gain_r=round(gain, 2), volatility=volatility)
            self.leave(position, reason, part)

    def leave(self, position: Position, reason: str, part: float = 1.0) -> None:
        """Close a position or a part of it."""
        order_id = self.broker.new_id("E")
        qty = round(position.qty * part, 8)
        price = self.place(
            order_id, "sell" if position.side == "LONG" else "buy", qty, reduce_only=True
        )
        assert price is not None
        leg = self.broker.close(SYMBOL, price, self.clock(), part=part)
        self.log.trade(
            "exit" if part == 1.0 else "partial_exit", trade_id=position.trade_id, position_side=position.side, qty=qty,
            price=price, pnl=leg.pnl, quote=QUOTE, pnl_pct=leg.pnl_pct, r_multiple=leg.r_multiple, result=leg.result, fee=leg.fee,
            entry_price=position.entry_price, exit_price=price, duration_s=leg.duration_s, exit_reason=reason, order_id=order_id,
            strategy=STRATEGY, **MARKET,
        )  # fmt: skip
        self.after_trade()

    def after_trade(self) -> None:
        """Show the new state of the account, and tell people."""
        self.report_position()
        self.log.equity(**self.broker.snapshot({SYMBOL: self.price}, self.clock()), quote=QUOTE)
        ok = self.random.random() > 0.03
        result = {"status": 204} if ok else {"status": 429, "error_type": "TooManyRequests"}
        self.log.notification(
            "discord", ok=ok, kind="trade", latency_ms=self.latency(150.0), **result
        )

    def place(self, order_id: str, side: Side, qty: float, *, reduce_only: bool) -> float | None:
        """Send a market order through all its states and return the price of its fill, or nothing."""
        order = {
            "order_id": order_id,
            "side": side,
            "qty": qty,
            "order_type": "market",
            "reduce_only": reduce_only,
            **MARKET,
        }
        self.log.order("submitted", price=self.price, **order)
        lot = 1.0 if reduce_only else self.random.random()
        if lot < 0.03:
            self.api_call(
                "POST", "/v1/orders", 60.0, status=400, ok=False, error_type="OrderRefused"
            )
            try:
                raise OrderRefused(f"order {order_id}: not enough margin")
            except OrderRefused:
                self.log.exception("order failed", component="execution", recoverable=True)
            self.log.order("rejected", reason="not enough margin", **order)
            return None
        self.api_call("POST", "/v1/orders", 60.0, status=200, ok=True)
        if lot < 0.05:
            self.log.order(
                "expired" if lot < 0.04 else "canceled", reason="not filled in time", **order
            )
            return None
        self.log.order("accepted", **order)
        price = self.broker.fill_price(side, self.price)
        if qty >= QTY and self.random.random() < 0.2:
            self.log.order(
                "partially_filled", filled_qty=round(qty / 2, 8), avg_price=price, **order
            )
        self.log.order(
            "filled",
            filled_qty=qty,
            avg_price=price,
            fee=self.broker.fee(qty, price),
            fee_currency=QUOTE,
            **order,
        )
        return price

    def check_risk(self) -> None:
        """Open no positions for a while after too deep a fall."""
        fall = self.broker.snapshot({SYMBOL: self.price}, self.clock())["drawdown_pct"]
        state = action = ""
        if self.paused:
            self.paused -= 1
            if not self.paused:
                self.broker.highest = self.broker.balance
                fall, state, action, self.warned = 0.0, "cleared", "trading again", False
        elif fall >= DRAWDOWN_LIMIT_PCT:
            self.paused, state, action = PAUSE_CANDLES, "triggered", "no new positions"
        elif fall >= DRAWDOWN_LIMIT_PCT / 2 and not self.warned:
            self.warned, state, action = True, "warning", "none"
        if state:
            self.log.risk(
                "max_drawdown",
                state=state,
                value=fall,
                limit_value=DRAWDOWN_LIMIT_PCT,
                action=action,
                symbol=SYMBOL,
            )

    def latency(self, median_ms: float) -> float:
        """Draw how long something takes, in milliseconds."""
        return round(self.random.lognormvariate(0.0, 0.4) * median_ms, 1)

    def api_call(self, method: str, path: str, median_ms: float, **result: Any) -> None:
        """Pretend to ask the exchange.

        With a real one, the library takes the time: ``with self.log.api_call(exchange, method, path) as call: …``.
        """
        latency = self.latency(median_ms)
        self.clock.advance(latency / 1000.0)
        self.log.api_call(EXCHANGE, method, path, latency_ms=latency, **result)


def run(
    candles: Sequence[Candle], log: logging_kit.BotLogger, clock: SimulatedClock, *, until_ns: int,
    bot: EmaBot | None = None, book: Book | None = None,
) -> Book:  # fmt: skip
    """Let a bot live through the candles, laid evenly between now and ``until_ns`` on the given clock.

    Returns:
        The bot's own account of what it did.
    """
    bot, book = bot or EmaBot(clock), book or Book()
    bot.price = bot.price or candles[0].open
    bot.start(RecordingLogger(log, book, clock))
    begin = clock()
    next_report = begin + round(REPORT_S * SECOND)
    moments = [
        begin + (until_ns - begin) * number // len(candles) for number in range(len(candles))
    ]
    for moment, candle in [*zip(moments, candles, strict=True), (until_ns, None)]:
        while next_report < moment:
            clock.advance_to(next_report)
            bot.report()
            next_report += round(REPORT_S * SECOND)
        clock.advance_to(moment)
        if candle is not None:
            bot.on_candle(candle)
    return book


def replay(
    candles: Sequence[Candle],
    *,
    log_dir: Path,
    hours: float = 24.0,
    end_ns: int | None = None,
    restarts: int = 1,
    **settings: Any,
) -> Book:
    """Set the logging up, let the bot live through the candles, and restart it in between.

    Args:
        candles: Oldest first.
        log_dir: An empty folder.
        hours: Length of the time that the candles are laid onto.
        end_ns: Its end, in nanoseconds since 1970-01-01 UTC; now when ``None``.
        restarts: How often the bot is stopped and started again.
        **settings: As in `logging_kit.setup`.
    """
    end = time.time_ns() if end_ns is None else end_ns
    clock = SimulatedClock(end - round(hours * 3600) * SECOND)
    begin, book, bot = clock(), Book(), EmaBot(clock)
    for part in range(parts := restarts + 1):
        some = candles[len(candles) * part // parts : len(candles) * (part + 1) // parts]
        book.add(clock.tick(), "LIFECYCLE", phase="startup")
        with logging_kit.setup(
            **{"bot_name": BOT, "stdout": "off", **settings, "log_dir": log_dir, "clock": clock}
        ) as log:
            run(
                some,
                log,
                clock,
                until_ns=begin + (end - begin) * (part + 1) // parts,
                bot=bot,
                book=book,
            )
            book.add(clock.tick(), "LIFECYCLE", phase="shutdown")
    return book


def main() -> None:
    """Replay the candles of the command line's choice and say how it went."""
    parser = argparse.ArgumentParser(description="Replay real candles into an empty log folder.")
    parser.add_argument("--candles", type=int, help="how many, oldest first; all when not given")
    parser.add_argument("--log-dir", type=Path, default=Path("logs"))
    parser.add_argument("--app", default="trading")
    parser.add_argument("--env", default="testnet")
    parser.add_argument(
        "--hours",
        type=float,
        default=24.0,
        help="length of the time that the candles are laid onto",
    )
    parser.add_argument(
        "--end", default="now", help="its end: now, or a time such as 2026-11-21T12:00:00Z"
    )
    options = parser.parse_args()
    if any((options.log_dir / "segments").glob("*.log")):
        sys.exit(
            f"{options.log_dir} has logs already, and Loki refuses lines older than these: choose another --log-dir"
        )
    end = (
        None
        if options.end == "now"
        else round(datetime.fromisoformat(options.end).timestamp() * SECOND)
    )
    candles = read_candles(DATA, options.candles)
    book = replay(
        candles,
        log_dir=options.log_dir,
        hours=options.hours,
        end_ns=end,
        app=options.app,
        env=options.env,
    )
    won = len([trade for trade in book.closed_trades if trade.fields["result"] == "win"])
    print(
        f"{len(candles):,} candles, {book.lines:,} log lines, {len(book.closed_trades)} closed trades, {won} of them won"
    )
    print(
        f"profit after fees: {book.pnl.get(QUOTE, 0.0):+.2f} {QUOTE}; look at it with: logging-kit tail {options.log_dir}"
    )


if __name__ == "__main__":
    main()
