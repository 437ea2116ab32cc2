"""freqtrade: its `log_config`, and a mixin that makes SIGNAL, ORDER and TRADE of its callbacks."""

from __future__ import annotations

from typing import Any, Final

from ..runtime.logger import BotLogger
from ..runtime.setup import get_logger
from .ccxt_fields import from_ccxt_order
from .common import safely

_MOST_SIGNALS: Final = 1_000


def log_config(**settings: Any) -> dict[str, Any]:
    """Return the `log_config` of freqtrade: its records become lines, masked.

    Args:
        **settings: Settings of `logging_kit.setup`.

    Example:
        >>> print(json.dumps(log_config(app="trading", bot_name="freqtrade-1")))
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {},  # freqtrade's schema asks for the key
        "handlers": {"kit": {"class": "logging_kit.Handler", **settings}},
        "root": {"handlers": ["kit"], "level": "INFO"},
    }


class LoggedStrategy:
    """Mixin of a strategy: what freqtrade decides and does becomes events.

    A confirmed entry is a SIGNAL; each filled order is an ORDER and a TRADE with the correlation id
    of its SIGNAL. Name it before `IStrategy`. A strategy that has these callbacks itself calls
    `super()` in them.

    Attributes:
        log: The logger of the events.

    Example:
        >>> class Grid(LoggedStrategy, IStrategy): ...
    """

    log: BotLogger = get_logger("freqtrade.strategy")

    def signal_confidence(self, _pair: str, _side: str, _entry_tag: str | None) -> float:
        """Return the confidence of an entry; 1 unless the strategy overrides it, as rules have."""
        return 1.0

    def confirm_trade_entry(
        self,
        pair: str,
        order_type: str,
        amount: float,
        rate: float,
        time_in_force: str,
        current_time: Any,
        entry_tag: str | None,
        side: str,
        **kwargs: Any,
    ) -> bool:
        """Write the SIGNAL of an entry that the strategy confirms."""
        upper: Any = super()
        is_confirmed = True
        if hasattr(upper, "confirm_trade_entry"):
            is_confirmed = upper.confirm_trade_entry(
                pair, order_type, amount, rate, time_in_force, current_time, entry_tag, side,
                **kwargs,
            )  # fmt: skip
        if is_confirmed:
            safely("freqtrade", self._write_signal, pair, rate, entry_tag, side)
        return bool(is_confirmed)

    def order_filled(
        self, pair: str, trade: Any, order: Any, current_time: Any, **kwargs: Any
    ) -> None:
        """Write the ORDER and the TRADE of a filled order."""
        upper: Any = super()
        if hasattr(upper, "order_filled"):
            upper.order_filled(pair, trade, order, current_time, **kwargs)
        safely("freqtrade", self._write_fill, pair, trade, order)

    def _write_signal(self, pair: str, rate: float, entry_tag: str | None, side: str) -> None:
        correlation_id = self.log.event(
            "SIGNAL",
            {"long": "LONG"}.get(side, "SHORT"),
            symbol=pair,
            confidence=self.signal_confidence(pair, side, entry_tag),
            price=rate,
            strategy=type(self).__name__,
            reason=entry_tag,
            timeframe=getattr(self, "timeframe", None),
        )
        signals = self._signals()
        if len(signals) < _MOST_SIGNALS:
            signals[pair] = correlation_id

    def _signals(self) -> dict[str, str]:
        """Return the correlation id of the newest signal of each pair."""
        signals: dict[str, str] = vars(self).setdefault("_logging_kit_signals", {})
        return signals

    def _write_fill(self, pair: str, trade: Any, order: Any) -> None:
        common: dict[str, Any] = {
            "exchange": trade.exchange,
            "strategy": type(self).__name__,
            "correlation_id": self._signals().get(pair),
        }
        price, qty = order.safe_price, order.safe_filled
        structure = {
            "id": order.order_id,
            "symbol": pair,
            "side": order.side,
            "status": order.status,
            "type": order.order_type,
            "amount": order.safe_amount,
            "filled": qty,
            "price": order.price,
            "average": price,
        }
        self.log.order(**from_ccxt_order(structure, **common))
        is_entry = order.ft_order_side == trade.entry_side
        fields: dict[str, Any] = {
            "trade_id": trade.id,
            "position_side": ("LONG", "SHORT")[bool(trade.is_short)],
            "symbol": pair,
            "qty": qty,
            "price": price,
            "quote": trade.stake_currency,
            "order_id": order.order_id,
            **common,
        }
        if is_entry:
            self.log.trade("entry", **_present(fields))
            return
        profit = trade.calculate_profit(price, qty)
        fields["pnl"] = profit.profit_abs
        fields["pnl_pct"] = round(profit.profit_ratio * 100, 6)
        fields["entry_price"], fields["exit_price"] = trade.open_rate, price
        fields["exit_reason"] = trade.exit_reason
        self.log.trade(("exit", "partial_exit")[bool(trade.is_open)], **_present(fields))


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
