"""Simulated services that sometimes fail: exchange, WebSocket, model and chat channel."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from random import Random
from typing import Any

from .ledger import RecordingLogger


class ExchangeError(Exception):
    """The exchange refused a request."""


class InsufficientFunds(ExchangeError):  # noqa: N818 - ccxt's name
    """The account has too little margin for an order."""


class FeedError(Exception):
    """A message of the market data feed is invalid."""


_READS = (
    ("GET", "/api/v3/ticker/price", 28.0),
    ("GET", "/api/v3/depth", 41.0),
    ("GET", "/api/v3/account", 63.0),
    ("GET", "/api/v3/openOrders", 52.0),
)
_FAILURES = ((503, "ServiceUnavailable"), (500, "InternalError"), (0, "RequestTimeout"))


class Services:
    """Services of one bot, with failures and latencies.

    Args:
        log: The bot's logger.
        exchange: ccxt's id of the exchange.
        random: Source of the failures.
    """

    def __init__(self, log: RecordingLogger, exchange: str, random: Random) -> None:
        self.log = log
        self.exchange = exchange
        self.random = random
        self.connections = 0
        self._weight = 0

    def latency(self, median_ms: float) -> float:
        """Return a latency in ms, mostly near the median and sometimes far above it."""
        latency = self.random.lognormvariate(0.0, 0.35) * median_ms
        if self.random.random() < 0.01:
            latency *= 8.0
        return round(latency, 1)

    def read(self) -> None:
        """Send a request to the exchange; retry a failed one once."""
        method, path, median = self.random.choice(_READS)
        self._weight = (self._weight + self.random.randint(1, 20)) % 1200
        if self.random.random() < 0.015:
            status, error = self.random.choice(_FAILURES)
            latency = 10_000.0
            if status:
                latency = self.latency(4 * median)
            self.call(
                method,
                path,
                status=status,
                ok=False,
                latency_ms=latency,
                attempt=1,
                error_type=error,
            )
            self.call(method, path, status=200, ok=True, latency_ms=self.latency(median), attempt=2)
        else:
            self.call(method, path, status=200, ok=True, latency_ms=self.latency(median))

    def call(self, method: str, path: str, **result: Any) -> None:
        """Log a request and its result."""
        self.log.clock.advance(result["latency_ms"] / 1000.0)
        self.log.api_call(self.exchange, method, path, **result)

    def answer_health_check(self) -> None:
        """Answer a health check of the bot."""
        self.log.api_call(
            None,
            "GET",
            "/health",
            direction="in",
            status=200,
            ok=True,
            latency_ms=round(self.random.uniform(0.3, 2.0), 2),
        )

    def check_rate_limit(self) -> None:
        """Send a request that sometimes exceeds the rate limit."""
        if self.random.random() < 0.3:
            wait = round(self.random.uniform(1.0, 30.0), 1)
            self.call(
                "GET",
                "/api/v3/klines",
                status=429,
                ok=False,
                latency_ms=self.latency(20.0),
                error_type="RateLimitExceeded",
            )
            self.log.rate_limit(
                "limited",
                exchange=self.exchange,
                path="/api/v3/klines",
                retry_after_s=wait,
                weight_used=1200,
            )
        else:
            self.log.rate_limit(
                "allowed", exchange=self.exchange, path="/api/v3/klines", weight_used=self._weight
            )

    def connect(self, *streams: str) -> None:
        """Open WebSocket connections."""
        for stream in streams:
            self.connections += 1
            self.log.clock.advance(0.05)
            self.log.ws(
                "connected", ws_connections=self.connections, exchange=self.exchange, stream=stream
            )

    def lose_connection(self, later: Callable[[float, Callable[[], None]], None]) -> None:
        """Lose a WebSocket connection, and reconnect later."""
        if self.connections == 0:
            return
        stream = "klines"
        self.connections -= 1
        self.log.ws(
            "disconnected",
            ws_connections=self.connections,
            exchange=self.exchange,
            stream=stream,
            code=1006,
            reason="no pong for 30 s",
        )

        def retry() -> None:
            self.log.ws(
                "reconnecting",
                ws_connections=self.connections,
                exchange=self.exchange,
                stream=stream,
            )
            later(self.random.uniform(1.0, 20.0), lambda: self.connect(stream))

        later(self.random.uniform(2.0, 90.0), retry)

    def ask_model(self, symbol: str) -> bool:
        """Ask a model for its opinion.

        Returns:
            True if the model answered.
        """
        tokens_in = self.random.randint(900, 1600)
        ok = self.random.random() > 0.04
        tokens_out, latency = 0, 15_000.0
        result: dict[str, Any] = {"error_type": "RequestTimeout"}
        if ok:
            tokens_out, result = self.random.randint(40, 180), {}
            latency = self.latency(850.0)
        self.log.clock.advance(latency / 1000.0)
        self.log.ai_call(
            "openai", model="gpt-4o-mini", ok=ok, latency_ms=latency, symbol=symbol,
            tokens_in=tokens_in, tokens_out=tokens_out,
            cost_usd=round(tokens_in * 0.15e-6 + tokens_out * 0.6e-6, 6), **result,
        )  # fmt: skip
        return ok

    def notify(self, kind: str, channel: str = "discord", **ids: Any) -> None:
        """Send a message to a channel."""
        ok = self.random.random() > 0.04
        result: dict[str, Any] = {"status": 204}
        if not ok:
            result = {"status": 429, "error_type": "TooManyRequests"}
        self.log.notification(
            channel, ok=ok, kind=kind, latency_ms=self.latency(180.0), **result, **ids
        )

    def fail(self) -> None:
        """Cause an error that the bot catches and logs."""
        component, work = self.random.choice(
            (
                ("feed", self._read_broken_message),
                ("execution", self._cancel_orders),
                ("account", self._read_balance),
            )
        )
        try:
            work()
        except Exception:
            self.log.exception(f"{component} failed", component=component, recoverable=True)

    def mumble(self) -> None:
        """Write a plain line by structlog or, as other packages do, by `logging`."""
        if self.random.random() < 0.25:
            name, waiting = "ccxt.base.exchange", self.random.randint(5, 40)
            self.log.expect("", "warning", logger=name)
            logging.getLogger(name).warning(
                "the request queue of %s is %d long", self.exchange, waiting
            )
        elif self.random.random() < 0.2:
            self.log.warning(
                "the clock differs from the exchange's",
                exchange=self.exchange,
                drift_ms=self.random.randint(-400, 400),
            )
        else:
            self.log.info(
                "order book synchronised",
                exchange=self.exchange,
                levels=self.random.choice((20, 50, 100)),
            )

    def _read_broken_message(self) -> None:
        try:
            json.loads('{"stream": "klines", "data": {"k": {"c": ')
        except json.JSONDecodeError as error:
            raise FeedError(
                f"message {self.random.randint(10_000, 99_999)} of klines is cut off"
            ) from error

    def _cancel_orders(self) -> None:
        errors = [
            ExchangeError(f"order {self.random.randint(1, 999_999):06d} is unknown")
            for _ in range(2)
        ]
        raise ExceptionGroup("2 of 5 orders could not be canceled", errors)

    def _read_balance(self) -> None:
        balances: dict[str, float] = {"BTC": 0.5}
        try:
            balances["USDT"] += 0.0
        except KeyError as error:
            error.add_note("the exchange leaves out currencies whose balance is 0")
            raise
