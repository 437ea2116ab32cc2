"""Answers of a server that stands for Binance: enough of its API for ccxt and the examples."""

from __future__ import annotations

from typing import Any

_SYMBOL = {
    "symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "baseAssetPrecision": 8, "quoteAsset": "USDT",
    "quotePrecision": 8, "quoteAssetPrecision": 8, "orderTypes": ["LIMIT", "MARKET"], "isSpotTradingAllowed": True,
    "isMarginTradingAllowed": False, "permissions": ["SPOT"], "permissionSets": [["SPOT"]],
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
        {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
    ],
}  # fmt: skip
_TIME = 1_796_057_000_000
_ORDER = {
    "symbol": "BTCUSDT", "orderId": 81, "clientOrderId": "kit-1", "transactTime": _TIME, "price": "64000.00",
    "origQty": "0.01000000", "executedQty": "0.01000000", "cummulativeQuoteQty": "640.00", "status": "FILLED",
    "timeInForce": "GTC", "type": "LIMIT", "side": "BUY",
    "fills": [{"price": "64000.00", "qty": "0.01", "commission": "0.64", "commissionAsset": "USDT"}],
}  # fmt: skip
_FILL = {
    "symbol": "BTCUSDT", "id": 7, "orderId": 81, "price": "64000.00", "qty": "0.01", "quoteQty": "640.00",
    "commission": "0.64", "commissionAsset": "USDT", "time": _TIME, "isBuyer": True, "isMaker": False,
}  # fmt: skip
_BALANCES = [
    {"asset": "USDT", "free": "1000.5", "locked": "0"},
    {"asset": "BTC", "free": "0.01", "locked": "0"},
]
_CANDLES = [
    [_TIME + 60_000 * n, "64000", "64100", "63900", str(64_000 + 10 * n), "1.5", 0, "0", 1, "0", "0", "0"]
    for n in range(30)
]  # fmt: skip
_BY_PATH: dict[str, Any] = {
    "/api/v3/exchangeInfo": {"symbols": [_SYMBOL]},
    "/fapi/v1/exchangeInfo": {"symbols": []},
    "/dapi/v1/exchangeInfo": {"symbols": []},
    "/sapi/v1/capital/config/getall": [],
    "/sapi/v1/margin/allPairs": [],
    "/sapi/v1/margin/isolated/allPairs": [],
    "/api/v3/order": _ORDER,
    "/api/v3/myTrades": [_FILL],
    "/api/v3/account": {"balances": _BALANCES},
    "/api/v3/klines": _CANDLES,
    "/api/v3/ping": {},
    "/api/v3/time": {"serverTime": _TIME},
}


def answer(_method: str, path: str) -> tuple[int, Any]:
    """Answer one request; 404 for what is not known."""
    if path in _BY_PATH:
        return 200, _BY_PATH[path]
    return 404, {"code": -1, "msg": "not found"}
