# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""Uses of the public interface that type checkers must accept, and mistakes that they must find.

`test_api.py` checks this file with mypy and with pyright; nothing runs it. A line with `type: ignore` is a mistake: an
unused comment of this kind is an error too.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import assert_type

import logging_kit
from logging_kit import (
    BotLogger,
    DefinitionError,
    Event,
    EventType,
    Field,
    LoggingKitError,
    Secret,
    SettingsError,
)
from logging_kit.panels import SIGNAL, TRADE, Query, Scope, count, logql, total
from logging_kit.runtime.api_call import ApiCall

# settings
log = logging_kit.setup(
    app="trading", level="INFO", hooks=("excepthook", "sigterm"), keep="30 days"
)
assert_type(log, BotLogger)
logging_kit.setup(level="debug", hooks="off", mute_events=[EventType.CANDLE, "INDICATOR"])
logging_kit.setup(mute_events=(Event("MINE"),), levels={"ccxt": "ERROR"}, segment_size=16_000)
logging_kit.setup(level="LOUD")  # type: ignore[arg-type]
logging_kit.setup(hooks=("excepthok",))  # type: ignore[arg-type]
logging_kit.setup(mute_events=["CANDEL"])  # type: ignore[list-item]
logging_kit.setup(levle="INFO")  # type: ignore[call-arg]
logging_kit.setup(stdout="xml")  # type: ignore[arg-type]

# typed events; a number is anything that float() takes
assert_type(log.signal("LONG", symbol="BTC/USDT", confidence=Decimal("0.9")), str)
log.signal("WAIT", symbol="BTC/USDT", confidence=Fraction(1, 3), price=64_000, my_field=object())
log.equity(1_000.5, quote="USDT", balance=True)
log.candle(
    symbol="BTC/USDT", timeframe="1h", candle_ts=datetime.now(UTC), open=1, high=2, low=1, close=2
)
assert_type(log.api_call("binance", "GET", "/api/v3/time"), ApiCall)
with log.api_call("binance", "GET", "/api/v3/time") as call:
    assert_type(call, ApiCall)
log.signal("BUY", symbol="BTC/USDT", confidence=1)  # type: ignore[arg-type]
log.signal("LONG", symbol="BTC/USDT")  # type: ignore[call-arg]
log.signal("LONG", symbol="BTC/USDT", confidence=[1])  # type: ignore[arg-type]
log.order("filed", order_id=1, symbol="A", exchange="b", side="buy", qty=1)  # type: ignore[arg-type]
log.trade("entry", trade_id="t", position_side="LONG", symbol="A", qty=1)  # type: ignore[call-arg]

# plain lines, and loggers of structlog and logging
assert_type(log.bind(bot="a"), BotLogger)
assert_type(logging_kit.get_logger(__name__, exchange="binance"), BotLogger)
log.info("ready in %s s", 3, took=3)
log.log(logging.INFO, "ready")
logging.getLogger().addHandler(logging_kit.Handler())

# a bot's own events
rate = Field("rate", "number", "funding rate", "ratio", low=-1, high=1, required=True)
side = Field("side", "choice", choices=("paid", "received"))
logging_kit.register_event(Event("FUNDING", "A payment of funding.", "trade", [rate, side]))
log.event("FUNDING", rate=0.0001)
assert_type(log.event("SIGNAL", "LONG", symbol="BTC/USDT", confidence=0.9), str)
assert_type(log.event("API_CALL", "binance", "GET", "/"), ApiCall)
Field("rate", "float")  # type: ignore[arg-type]
Event("FUNDING", stream="trades")  # type: ignore[arg-type]
logging_kit.register_event("FUNDING")  # type: ignore[arg-type]

# queries
earned = total(TRADE.pnl, where=(TRADE.action == "exit") & (TRADE.pnl > 0), by="quote", within="1d")
assert_type(earned, Query)
assert_type(logql(count(SIGNAL, by="signal"), Scope("trading")), str)

# the rest
assert_type(Secret("s").reveal(), str)
assert_type(logging_kit.flush(1.0), bool)
errors: list[type[LoggingKitError]] = [SettingsError, DefinitionError]
