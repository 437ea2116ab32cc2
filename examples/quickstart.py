"""The shortest bot that logs: `python examples/quickstart.py`, then `logging-kit tail`."""

import logging_kit

log = logging_kit.setup(app="trading", env="testnet", bot_name="quickstart")

cid = log.signal(
    "LONG", symbol="BTC/USDT", confidence=0.91, price=64_000, reason="ema 12 crossed 26"
)
with logging_kit.bound(correlation_id=cid):
    with log.api_call("binance", "POST", "/api/v3/order") as call:
        call.status = 200
    log.order("filled", order_id="1", symbol="BTC/USDT", exchange="binance", side="buy", qty=0.01)
    log.trade(
        "entry", trade_id="t1", position_side="LONG", symbol="BTC/USDT", qty=0.01, price=64_010.5
    )
log.heartbeat(uptime_s=1, open_positions=1, ws_connections=2)
log.info("plain structlog still works", anything=42)
