"""Fields of events from ccxt's unified structures (https://docs.ccxt.com/#/?id=order-structure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from .exact import number_of, product, quotient, sum_of

_STATUSES: Final = {
    "closed": "filled",
    "filled": "filled",
    "canceled": "canceled",
    "cancelled": "canceled",
    "canceling": "canceled",
    "expired": "expired",
    "rejected": "rejected",
}
"""ccxt's words for the status of an order, without `open`, which depends on the amount filled."""

_ORDER_TYPES: Final = {
    "market": "market",
    "limit": "limit",
    "limit_maker": "limit",
    "post_only": "limit",
    "stop": "stop",
    "stop_market": "stop",
    "stop_loss": "stop",
    "trigger": "stop",
    "stop_limit": "stop_limit",
    "stop_loss_limit": "stop_limit",
    "take_profit": "take_profit",
    "take_profit_market": "take_profit",
    "take_profit_limit": "take_profit",
    "trailing_stop": "trailing_stop",
    "trailing_stop_market": "trailing_stop",
}


def from_ccxt_order(
    order: Mapping[str, Any], *, exchange: Any = None, **fields: Any
) -> dict[str, Any]:
    """Return the fields of an ORDER for ccxt's order structure.

    Args:
        order: What `create_order`, `fetch_order` and others return.
        exchange: The ccxt client or its id.
        **fields: Further fields, which win.

    Example:
        >>> log.order(**from_ccxt_order(exchange.create_order(…), exchange=exchange))
    """
    qty, filled = number_of(order.get("amount")), number_of(order.get("filled"))
    if qty is None and filled is not None:
        qty = sum_of((filled, number_of(order.get("remaining"))))
    fee, fee_currency = _fee(order)
    return _given(
        {
            "order_id": order.get("id"),
            "client_order_id": order.get("clientOrderId") or None,
            "symbol": order.get("symbol"),
            "exchange": _exchange_id(exchange),
            "side": _lower(order.get("side")),
            "status": _order_status(order, qty, filled),
            "qty": qty,
            "order_type": _ORDER_TYPES.get(_lower(order.get("type")).replace("-", "_")),
            "price": _first_price(order, "price", "triggerPrice", "stopPrice"),
            "filled_qty": filled,
            "avg_price": _first_price(order, "average"),
            "fee": fee,
            "fee_currency": fee_currency,
            "reduce_only": order.get("reduceOnly"),
        },
        fields,
    )


def from_ccxt_trade(
    trade: Mapping[str, Any],
    action: str = "entry",
    *,
    position_side: str | None = None,
    exchange: Any = None,
    **fields: Any,
) -> dict[str, Any]:
    """Return the fields of a TRADE for ccxt's trade structure, which is one fill.

    A fill does not say what it does to the position: give `action`, and `pnl` when it leaves one.

    Args:
        trade: What `fetch_my_trades` and others return.
        action: `entry`, `exit` or `partial_exit`.
        position_side: `LONG` or `SHORT`; by default from the side of the fill and the action.
        exchange: The ccxt client or its id.
        **fields: Further fields, which win: `trade_id` of the round trip, `pnl`, and others.

    Example:
        >>> log.trade(**from_ccxt_trade(fill, "exit", trade_id="t1", pnl=12.5))
    """
    price, qty = number_of(trade.get("price")), number_of(trade.get("amount"))
    cost = number_of(trade.get("cost"))
    if price is None and cost is not None and qty:
        price = quotient(cost, qty)
    if position_side is None:
        is_buy = _lower(trade.get("side")) == "buy"
        position_side = "LONG" if is_buy == (action == "entry") else "SHORT"
    quote, base = quote_of(trade.get("symbol")), base_of(trade.get("symbol"))
    fee, currency = _fee(trade)
    in_quote, other_fee = fee, {}
    if fee is not None and currency == base and price is not None:
        in_quote = product(fee, price)
    elif fee is not None and currency not in (quote, None):
        in_quote, other_fee = None, {"fee_cost": fee, "fee_currency": currency}
    return _given(
        {
            "action": action,
            "trade_id": trade.get("order") or trade.get("id"),
            "position_side": position_side,
            "symbol": trade.get("symbol"),
            "exchange": _exchange_id(exchange),
            "qty": qty,
            "price": price,
            "quote": quote,
            "fee": in_quote,
            **other_fee,
            "order_id": trade.get("order"),
        },
        fields,
    )


def from_ccxt_position(
    position: Mapping[str, Any], *, exchange: Any = None, **fields: Any
) -> dict[str, Any]:
    """Return the fields of a POSITION for ccxt's position structure.

    `qty` is in base currency and negative when short. `unrealized_pnl_pct` is of the entry value;
    ccxt's own `percentage` is of the margin.

    Args:
        position: One of what `fetch_positions` returns.
        exchange: The ccxt client or its id.
        **fields: Further fields, which win.

    Example:
        >>> for position in exchange.fetch_positions():
        ...     log.position(**from_ccxt_position(position, exchange=exchange))
    """
    contracts = number_of(position.get("contracts")) or 0
    qty = product(abs(contracts), number_of(position.get("contractSize")) or 1)
    side = _lower(position.get("side"))
    is_short = side in ("short", "sell") or (not side and contracts < 0)
    if not qty:
        word = "FLAT"
    elif is_short:
        word = "SHORT"
    else:
        word = "LONG"
    if is_short:
        qty = -qty
    if not qty:
        qty = 0
    return _given(
        {
            "position_side": word,
            "symbol": position.get("symbol"),
            "exchange": _exchange_id(exchange),
            "qty": qty,
            "entry_price": _first_price(position, "entryPrice"),
            "mark_price": _first_price(position, "markPrice"),
            "notional": number_of(position.get("notional")),
            "unrealized_pnl": number_of(position.get("unrealizedPnl")),
            "unrealized_pnl_pct": _pnl_pct(position, qty),
            "leverage": number_of(position.get("leverage")),
            "liquidation_price": _first_price(position, "liquidationPrice"),
            "quote": quote_of(position.get("symbol")),
        },
        fields,
    )


def from_ccxt_balance(
    balance: Mapping[str, Any],
    quote: str = "USDT",
    *,
    prices: Mapping[str, Any] | None = None,
    exchange: Any = None,
    **fields: Any,
) -> dict[str, Any]:
    """Return the fields of an EQUITY for ccxt's balance structure.

    Args:
        balance: What `fetch_balance` returns.
        quote: Currency in which the account is valued.
        prices: Price in `quote` of each other currency. A currency without a price does not count;
            the field `unpriced` names it.
        exchange: The ccxt client or its id.
        **fields: Further fields, which win.

    Example:
        >>> log.equity(**from_ccxt_balance(exchange.fetch_balance(), prices={"BTC": 64_000}))
    """
    total = balance.get("total") or {}
    cash = number_of(total.get(quote)) or 0
    equity, unpriced = cash, []
    for currency, amount in total.items():
        held = number_of(amount)
        if currency == quote or not held:
            continue
        price = number_of((prices or {}).get(currency))
        if price is None:
            unpriced.append(currency)
        else:
            equity = sum_of((equity, product(held, price)))
    return _given(
        {
            "equity": equity,
            "quote": quote,
            "balance": cash,
            "exchange": _exchange_id(exchange),
            "unpriced": sorted(unpriced) or None,
        },
        fields,
    )


def quote_of(symbol: Any) -> str | None:
    """Return the currency in which a market's profit is counted: the settlement, else the quote."""
    pair, _, settle = str(symbol or "").partition(":")
    if settle:
        return settle.partition("-")[0]
    return pair.partition("/")[2] or None


def base_of(symbol: Any) -> str | None:
    """Return the base currency of a unified symbol."""
    base, slash, _ = str(symbol or "").partition("/")
    if slash:
        return base
    return None


def _order_status(order: Mapping[str, Any], qty: Any, filled: Any) -> str:
    status = _lower(order.get("status"))
    known = _STATUSES.get(status)
    if known == "filled" and filled == 0 and qty:
        return "canceled"  # closed by the exchange before anything was filled
    if known is not None:
        return known
    if filled and qty is not None and filled >= qty:
        return "filled"
    if filled:
        return "partially_filled"
    if status == "open":
        return "accepted"
    return "submitted"


def _pnl_pct(position: Mapping[str, Any], qty: Any) -> Any:
    pnl, entry = number_of(position.get("unrealizedPnl")), number_of(position.get("entryPrice"))
    if pnl is None or not entry or not qty:
        return None
    symbol = str(position.get("symbol") or "")
    if quote_of(symbol) == base_of(symbol):  # an inverse contract: its profit is in base currency
        pnl = product(pnl, entry)
    return round(float(pnl) / abs(float(entry) * float(qty)) * 100, 6)


def _fee(structure: Mapping[str, Any]) -> tuple[Any, str | None]:
    """Return the sum of the fees and their currency, if they have only one."""
    one = structure.get("fee")
    fees: Iterable[Any] = structure.get("fees") or ()
    if isinstance(one, Mapping) and one.get("cost") is not None:
        fees = (one,)
    costs: dict[Any, Any] = {}
    for fee in fees:
        if not isinstance(fee, Mapping):
            continue
        cost, currency = number_of(fee.get("cost")), fee.get("currency")
        if cost is not None:
            costs[currency] = sum_of((costs.get(currency, 0), cost))
    if len(costs) != 1:
        return None, None
    ((currency, cost),) = costs.items()
    return cost, currency


def _first_price(structure: Mapping[str, Any], *names: str) -> Any:
    """Return the first price that is one: some exchanges give 0 for none."""
    for name in names:
        price = number_of(structure.get(name))
        if price:
            return price
    return None


def _lower(value: Any) -> str:
    return str(value or "").lower()


def _exchange_id(exchange: Any) -> Any:
    return getattr(exchange, "id", exchange)


def _given(found: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that have a value; those of the caller win."""
    return {name: value for name, value in {**found, **fields}.items() if value is not None}
