"""One simulated bot: its strategy, orders and positions, and its reports about itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, Final, Literal

from ..events.model import Event
from ..runtime.setup import get_logger
from .broker import Leg, PaperBroker, Position, PositionSide, Side
from .clock import SimulatedClock
from .ledger import Ledger, RecordingLogger
from .market import Candle, Ema, Market, Rsi, Volatility
from .profiles import Profile, choose_signal, choose_trend
from .samples import sample, without_scene
from .services import InsufficientFunds, Services

Later = Callable[[float, Callable[[], None]], None]
"""Runs a job after a delay in seconds of simulated time."""

TIMEFRAME: Final = "5m"
CANDLE_S: Final = 300.0
_STOP: Final = -1.0
_PARTIAL: Final = 1.2
_TARGET: Final = 2.2
_LONGEST_S: Final = 5 * 3600.0
_DAILY_LOSS_LIMIT: Final = 0.003


@dataclass(slots=True)
class _Order:
    id: str
    side: Side
    qty: float
    kind: Literal["market", "limit"]
    price: float
    correlation_id: str
    reduce_only: bool = False


class DemoBot:
    """A bot that runs on simulated time.

    Args:
        profile: Name, market and strategy of the bot.
        ledger: Records the actions of the bot.
        clock: The clock of the simulation.
        random: Source of prices, decisions and failures.
        later: Runs a job after a delay.
    """

    def __init__(
        self, profile: Profile, ledger: Ledger, clock: SimulatedClock, random: Random, later: Later
    ) -> None:
        self.profile = profile
        self.clock = clock
        self.random = random
        self.later = later
        self.log = RecordingLogger(get_logger("bot"), ledger, clock, bot_name=profile.name)
        self.strategy = RecordingLogger(
            get_logger(f"strategy.{profile.strategy}"), ledger, clock, bot_name=profile.name
        )
        self.execution = RecordingLogger(
            get_logger("execution"), ledger, clock, bot_name=profile.name
        )
        self.services = Services(self.log, profile.exchange, random)
        self.market = Market(profile.price, 0.0022, profile.decimals, random)
        self.broker = PaperBroker(10 * profile.stake, random, decimals=profile.decimals)
        self.fast, self.slow, self.rsi, self.volatility = Ema(12), Ema(26), Rsi(), Volatility()
        self.up_s = 0.0
        self._closed_ms = clock() // 1_000_000
        self._partly_closed = False
        self._risk = ""
        self._first = True

    def start(self) -> None:
        """Connect, and schedule all recurring work; each type of event comes within two minutes."""
        self.log.lifecycle("ready", mode="paper", exchange=self.profile.exchange)
        self.services.connect("klines", "user_data")
        self._warm_up()
        self._every(60.0, self._heartbeat, 1.0)
        self._every(CANDLE_S, self._candle, 2.0)
        self._every(60.0, self.services.read, 3.0, spread=0.9)
        self._every(CANDLE_S, self._equity, 4.0)
        self._every(600.0, self.services.answer_health_check, 8.0)
        self._every(540.0, self.services.mumble, 15.0, spread=0.5)
        self._every(2_400.0, self.services.check_rate_limit, 30.0, spread=0.5)
        self._every(9_000.0, self.services.fail, 45.0, spread=0.7)
        self._every(14_000.0, lambda: self.services.lose_connection(self.later), 60.0, spread=0.7)
        self._every(1_800.0, self._check_risk, 90.0)
        self._every(21_600.0, lambda: self.services.notify("report", "telegram"), 100.0)
        for number, event in enumerate(without_scene()):
            self._every(3_600.0, partial(self._sample, event), 110.0 + number)

    def _sample(self, event: Event) -> None:
        known = {"symbol": self.profile.symbol, "exchange": self.profile.exchange}
        getattr(self.log, event.method)(**sample(event, **known))

    def _every(
        self, seconds: float, job: Callable[[], None], first: float, spread: float = 0.0
    ) -> None:
        def run() -> None:
            job()
            self.later(seconds * (1.0 + self.random.uniform(-spread, spread)), run)

        self.later(first, run)

    def _warm_up(self) -> None:
        """Feed the indicators with older candles, so that the first decision has their values."""
        for _ in range(40):
            self._learn(self.market.candle(0))
        self.services.call(
            "GET", "/api/v3/klines", status=200, ok=True, latency_ms=self.services.latency(90.0)
        )

    def _learn(self, candle: Candle) -> dict[str, float]:
        return {
            "rsi": self.rsi.update(candle.close) or 50.0,
            "ema_fast": round(self.fast.update(candle.close), 4),
            "ema_slow": round(self.slow.update(candle.close), 4),
            "volatility": self.volatility.update(candle.close),
        }

    def _heartbeat(self) -> None:
        self.log.heartbeat(
            uptime_s=round(self.up_s, 1),
            loop_ms=round(self.random.lognormvariate(0.0, 0.4) * 9.0, 2),
            ws_connections=self.services.connections,
            open_positions=len(self.broker.positions),
            last_candle_ts=self._closed_ms,
        )
        self.up_s += 60.0

    def _candle(self) -> None:
        symbol = self.profile.symbol
        candle = self.market.candle(self._closed_ms)
        self._closed_ms = self.clock() // 1_000_000
        values = self._learn(candle)
        self.log.candle(
            symbol=symbol, timeframe=TIMEFRAME, candle_ts=candle.time_ms, open=candle.open,
            high=candle.high, low=candle.low, close=candle.close, volume=candle.volume,
        )  # fmt: skip
        self.log.indicator(symbol=symbol, timeframe=TIMEFRAME, **values)
        position = self.broker.positions.get(symbol)
        if position is not None:
            self._manage(position, candle.close)
        self._decide(values)
        if symbol in self.broker.positions:
            self._report_position()

    def _decide(self, values: dict[str, float]) -> None:
        rsi, gap = values["rsi"], values["ema_fast"] / values["ema_slow"] - 1.0
        wanted, reason = choose_signal(self.profile.strategy, gap, values)
        if self._first:  # so that a new user sees a trade at once
            self._first = False
            wanted, reason = choose_trend(gap)
        if wanted != "WAIT" or self.random.random() < 0.3:
            self.services.ask_model(self.profile.symbol)
        confidence = (
            self.random.uniform(0.35, 0.6) if wanted == "WAIT" else self.random.betavariate(6, 2.2)
        )
        correlation_id = f"{self.random.getrandbits(64):016x}"
        self.strategy.signal(
            wanted, symbol=self.profile.symbol, confidence=round(confidence, 3),
            price=self.market.price, timeframe=TIMEFRAME, strategy=self.profile.strategy,
            model=self.profile.strategy, reason=reason, rsi=rsi, correlation_id=correlation_id,
        )  # fmt: skip
        if wanted == "WAIT":
            return
        position = self.broker.positions.get(self.profile.symbol)
        if position is not None and position.side != wanted:
            self._exit(position, "signal")
        elif position is None and confidence > 0.55 and self._risk != "triggered":
            self._enter("LONG" if wanted == "LONG" else "SHORT", correlation_id)

    def _enter(self, side: PositionSide, correlation_id: str) -> None:
        price = self.market.price
        qty = round(self.profile.stake / price * self.random.uniform(0.6, 1.0), 4)
        kind: Literal["market", "limit"] = "limit" if self.random.random() < 0.35 else "market"
        order = _Order(
            self.broker.new_id("9"),
            "buy" if side == "LONG" else "sell",
            qty, kind, price, correlation_id,
        )  # fmt: skip
        if not self._submit(order):
            return
        fate = self.random.random()
        if kind == "limit" and fate < 0.35:
            self.later(
                self.random.uniform(20.0, 90.0),
                lambda: self._step(
                    order, "expired" if fate < 0.1 else "canceled", reason="not filled"
                ),
            )
            return
        if kind == "limit":
            self._step(order, "partially_filled", filled_qty=round(qty / 2, 6), avg_price=price)
        self._filled(order, side)

    def _filled(self, order: _Order, side: PositionSide) -> None:
        price = self.broker.fill_price(order.side, order.price)
        trade_id, symbol = self.broker.new_id("t"), self.profile.symbol
        position = self.broker.open(
            symbol, side, order.qty, price, self.clock(), trade_id=trade_id,
            correlation_id=order.correlation_id, risk=round(order.qty * price * 0.006, 8),
        )  # fmt: skip
        self._partly_closed = False
        self._fill(order, price, position.entry_fee)
        self.execution.trade(
            "entry", trade_id=trade_id, position_side=side, symbol=symbol, qty=order.qty,
            price=price, fee=position.entry_fee, quote=self.profile.quote,
            exchange=self.profile.exchange, strategy=self.profile.strategy, order_id=order.id,
            correlation_id=order.correlation_id,
        )  # fmt: skip
        self._report_position()
        self.services.notify("trade", correlation_id=order.correlation_id)

    def _manage(self, position: Position, price: float) -> None:
        gain = position.unrealized(price) / position.risk
        if gain < _STOP:
            self._exit(position, "stop_loss")
        elif gain > _TARGET:
            self._exit(position, "take_profit")
        elif (self.clock() - position.opened_ns) / 1e9 > _LONGEST_S:
            self._exit(position, "timeout")
        elif gain > _PARTIAL and not self._partly_closed:
            self._partly_closed = True
            self._exit(position, "first_target", part=0.5)

    def _exit(self, position: Position, reason: str, part: float = 1.0) -> None:
        symbol, whole = self.profile.symbol, part == 1.0
        side: Side = "sell" if position.side == "LONG" else "buy"
        qty = position.qty if whole else round(position.qty * part, 8)
        new_id = self.broker.new_id("9")
        order = _Order(
            new_id, side, qty, "market", self.market.price, position.correlation_id, True
        )
        if not self._submit(order):
            return
        price = self.broker.fill_price(side, order.price)
        leg: Leg = self.broker.close(symbol, price, self.clock(), part=part)
        self._fill(order, price, leg.fee)
        self.execution.trade(
            "exit" if whole else "partial_exit", trade_id=position.trade_id,
            position_side=position.side, symbol=symbol, qty=qty, price=price, pnl=leg.pnl,
            quote=self.profile.quote, pnl_pct=leg.pnl_pct, r_multiple=leg.r_multiple,
            result=leg.result, fee=leg.fee, entry_price=position.entry_price, exit_price=price,
            duration_s=leg.duration_s, exit_reason=reason, order_id=order.id,
            exchange=self.profile.exchange, strategy=self.profile.strategy,
            correlation_id=position.correlation_id,
        )  # fmt: skip
        self._report_position()
        self._equity()
        self.services.notify("trade", correlation_id=position.correlation_id)

    def _submit(self, order: _Order) -> bool:
        """Send an order; return False if the exchange refuses it."""
        latency = self.services.latency(95.0)
        if not order.reduce_only and self.random.random() < 0.05:
            self._step(order, "submitted")
            failure = {"status": 400, "ok": False, "error_type": "InsufficientFunds"}
            self.services.call("POST", "/api/v3/order", latency_ms=latency, **failure)
            try:
                raise InsufficientFunds(f"margin for {order.qty} {self.profile.symbol} is missing")
            except InsufficientFunds:
                self.execution.exception(
                    "order rejected",
                    component="execution",
                    recoverable=True,
                    correlation_id=order.correlation_id,
                )
            self._step(order, "rejected", reason="insufficient funds")
            return False
        self._step(order, "submitted")
        self.services.call("POST", "/api/v3/order", status=200, ok=True, latency_ms=latency)
        self._step(order, "accepted", latency_ms=latency)
        self.clock.advance(self.random.uniform(0.05, 0.6))
        return True

    def _fill(self, order: _Order, price: float, fee: float) -> None:
        fill = {"filled_qty": order.qty, "avg_price": price, "fee": fee}
        self._step(order, "filled", fee_currency=self.profile.quote, **fill)

    def _step(self, order: _Order, status: str, **more: Any) -> None:
        self.execution.order(
            status, order_id=order.id, client_order_id=f"{self.profile.name}-{order.id}",
            symbol=self.profile.symbol, exchange=self.profile.exchange, side=order.side,
            qty=order.qty, order_type=order.kind, price=order.price,
            reduce_only=order.reduce_only, strategy=self.profile.strategy,
            correlation_id=order.correlation_id, **more,
        )  # fmt: skip

    def _report_position(self) -> None:
        symbol, price = self.profile.symbol, self.market.price
        common: dict[str, Any] = {
            "symbol": symbol,
            "exchange": self.profile.exchange,
            "mark_price": price,
            "quote": self.profile.quote,
        }
        position = self.broker.positions.get(symbol)
        if position is None:
            self.log.position("FLAT", qty=0.0, notional=0.0, unrealized_pnl=0.0, **common)
            return
        unrealized, value = position.unrealized(price), position.entry_price * position.qty
        self.log.position(
            position.side, qty=position.sign * position.qty, entry_price=position.entry_price,
            leverage=1, notional=round(position.qty * price, 4), unrealized_pnl=unrealized,
            unrealized_pnl_pct=round(100.0 * unrealized / value, 4), **common,
        )  # fmt: skip

    def _equity(self) -> None:
        self.log.equity(
            **self.broker.snapshot({self.profile.symbol: self.market.price}, self.clock()),
            quote=self.profile.quote,
        )

    def _check_risk(self) -> None:
        """Compare today's loss with its limit; log changes, and sometimes that all is well."""
        limit = round(self.broker.start * _DAILY_LOSS_LIMIT, 2)
        loss = round(max(0.0, -self.broker.realized_today(self.clock())), 2)
        state = "cleared"
        if loss >= limit:
            state = "triggered"
        elif loss >= 0.5 * limit:
            state = "warning"
        if state == self._risk and (state != "cleared" or self.random.random() > 0.1):
            return
        self._risk = state
        action = "no new positions today" if state == "triggered" else "none"
        self.execution.risk(
            "max_daily_loss",
            state=state,
            value=loss,
            limit_value=limit,
            action=action,
            symbol=self.profile.symbol,
        )
        if state != "cleared":
            self.services.notify("risk")
