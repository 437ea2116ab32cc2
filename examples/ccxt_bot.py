"""A bot on ccxt and FastAPI: each request, signal, order, trade and balance is a line.

`BINANCE_KEY=… BINANCE_SECRET=… python examples/ccxt_bot.py`, then `logging-kit watch`.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import mean

import ccxt.async_support as ccxt
import uvicorn
from fastapi import FastAPI

import logging_kit
from logging_kit.integrations.asgi import ApiCallMiddleware
from logging_kit.integrations.ccxt import (
    attach,
    from_ccxt_balance,
    from_ccxt_order,
    from_ccxt_trade,
)
from logging_kit.integrations.uvicorn import log_config

SYMBOL, AMOUNT, EVERY_S = "BTC/USDT", 0.01, float(os.environ.get("EVERY_S", "60"))
log = logging_kit.setup(app="trading", env="testnet", bot_name="ccxt-bot")
keys = {"apiKey": os.environ.get("BINANCE_KEY"), "secret": os.environ.get("BINANCE_SECRET")}
STARTED, exchange = time.monotonic(), attach(ccxt.binance(keys))


async def trade_once() -> None:
    """Decide once, and act on it."""
    closes = [candle[4] for candle in await exchange.fetch_ohlcv(SYMBOL, "1m", limit=30)]
    fast, slow = mean(closes[-5:]), mean(closes[-20:])
    signal = "LONG" if fast > slow else "WAIT"
    cid = log.signal(signal, symbol=SYMBOL, confidence=0.7, price=closes[-1], strategy="means")
    with logging_kit.bound(correlation_id=cid):
        if signal == "LONG":
            order = await exchange.create_order(SYMBOL, "market", "buy", AMOUNT)
            log.order(**from_ccxt_order(order, exchange=exchange))
            for fill in await exchange.fetch_my_trades(SYMBOL, limit=1):
                log.trade(**from_ccxt_trade(fill, "entry", exchange=exchange))
        balance, prices = await exchange.fetch_balance(), {"BTC": closes[-1]}
        log.equity(**from_ccxt_balance(balance, "USDT", prices=prices, exchange=exchange))
    log.heartbeat(uptime_s=time.monotonic() - STARTED)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Trade while the server runs."""

    async def loop() -> None:
        while True:
            try:
                await trade_once()
            except ccxt.BaseError:
                log.exception("the round failed", component="loop", recoverable=True)
            await asyncio.sleep(EVERY_S)

    task = asyncio.create_task(loop())
    yield
    task.cancel()
    await exchange.close()


app = FastAPI(lifespan=lifespan)
app.add_middleware(ApiCallMiddleware)


@app.get("/status/{symbol}")
async def status(symbol: str) -> dict[str, float | str]:
    """Answer a person or a monitor."""
    log.info("the status is read", symbol=symbol)
    return {"symbol": symbol, "uptime_s": time.monotonic() - STARTED}


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", "8080")), log_config=log_config())
