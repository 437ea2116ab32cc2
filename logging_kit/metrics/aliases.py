"""Names of metrics that other guides use, and the expressions that give the same.

Prometheus makes them as recording rules (`monitoring/prometheus/rules/aliases.yml`), so a dashboard
that asks for an old name goes on working and nothing is exposed twice. A name may lie about its
type: `realized_pnl_total` is a gauge, because profit falls too.
"""

from __future__ import annotations

from typing import Final, NamedTuple

_BOT: Final = "app, env, bot_name"


class Alias(NamedTuple):
    """One name.

    Attributes:
        name: The name that others use.
        expr: The expression in PromQL that gives it.
        note: How it differs from what its name says; empty if it does not.
    """

    name: str
    expr: str
    note: str = ""


def _sum(metric: str, matchers: str = "") -> str:
    return f"sum by ({_BOT}) ({metric}{matchers})"


_ZERO: Final = (
    f"(max by ({_BOT}) (trading_heartbeat_timestamp_seconds) * 0)"  # 0 while the bot is scraped
)
_GAUGE: Final = "a gauge, although its name ends like a counter's: no rate() or increase()"

ALIASES: Final[tuple[Alias, ...]] = (
    Alias(
        "coinpilot_active_positions",
        f"{_sum('trading_open_positions')} or {_ZERO}",
        "0 only while the bot sends heartbeats",
    ),
    Alias("coinpilot_total_pnl", "trading_realized_pnl", _GAUGE),
    Alias("coinpilot_trade_count_total", _sum("trading_trades_total")),
    Alias(
        "coinpilot_trade_count_2d",
        f"round(sum by ({_BOT}) (increase(trading_trades_total[2d])))",
        "restarts do not reset it, and any other window works as well",
    ),
    Alias("coinpilot_ai_requests_total", "trading_ai_requests_total"),
    Alias("coinpilot_volatility_index", "trading_volatility_index"),
    Alias(
        "orders_total",
        "sum by (app, env, bot_name, exchange, side, status) (trading_orders_total)",
        "an order counts once for each status: choose one",
    ),
    Alias("positions_open", "trading_open_positions"),
    Alias("realized_pnl_total", "trading_realized_pnl", _GAUGE),
    Alias("rate_limit_requests_total", "trading_rate_limit_requests_total"),
    Alias("websocket_connections_total", "trading_websocket_connections", _GAUGE),
    Alias("coin_trader_account_equity", "trading_equity"),
    Alias("coin_trader_total_return_pct", 'trading_return_ratio{kind="total"} * 100'),
    Alias("coin_trader_current_return_pct", 'trading_return_ratio{kind="current"} * 100'),
    Alias("coin_trader_realized_pnl_total", "trading_realized_pnl", _GAUGE),
    Alias("coin_trader_open_pnl", "trading_unrealized_pnl"),
    Alias("coin_trader_position_qty", "trading_position_quantity"),
    Alias("coin_trader_position_entry_price", "trading_position_entry_price"),
    Alias("coin_trader_position_mark_price", "trading_position_mark_price"),
    Alias("coin_trader_position_notional", "trading_position_notional"),
    Alias("coin_trader_trades_total", _sum("trading_trades_total")),
    Alias("coin_trader_wins_total", _sum("trading_trades_total", '{result="win"}')),
    Alias("coin_trader_losses_total", _sum("trading_trades_total", '{result="loss"}')),
    Alias(
        "coin_trader_win_rate",
        f"{_sum('trading_trades_total', chr(123) + 'result=' + chr(34) + 'win' + chr(34) + '}')}"
        f" / ({_sum('trading_trades_total')} > 0)",
        "of all trades; for a window divide two increase()",
    ),
    Alias("coin_trader_last_loop_ts", "trading_last_loop_timestamp_seconds"),
    Alias("coin_trader_last_candle_ts", "trading_last_candle_timestamp_seconds"),
    Alias(
        "coin_trader_last_signal_ts",
        f"max by ({_BOT}) (trading_last_signal_timestamp_seconds)",
    ),
    Alias("coin_trader_last_signal_side", "trading_last_signal_side"),
    Alias("coin_trader_errors_total", "trading_errors_total"),
    Alias("coin_trader_trade_pnl_bucket", "trading_trade_pnl_bucket"),
    Alias("coin_trader_trade_r_multiple_bucket", "trading_trade_r_multiple_bucket"),
)
"""Every name, with its expression."""


class Replacement(NamedTuple):
    """A name that works in no form, and what to use instead.

    Attributes:
        name: The name, or a pattern of names.
        instead: What to use.
        why: The reason.
    """

    name: str
    instead: str
    why: str


REPLACED: Final[tuple[Replacement, ...]] = (
    Replacement(
        "`coin_trader_recent_trade_*{slot}`",
        "the panel *Last 5 trades* (Positions & PnL, from the log)",
        "rows of a table as labels keep old trades in their slots for ever",
    ),
    Replacement(
        "`custom_events_total{type}`, `custom_queue_size`, `custom_processing_time_seconds`",
        "`trading_events_total{event}`, `register_gauge()`, an event of your own",
        "examples of that guide; each event of the bot is counted already",
    ),
    Replacement(
        "`decrease(websocket_connections_total[5m])`",
        "`max_over_time(trading_websocket_connections[5m]) - trading_websocket_connections`",
        "PromQL has no function `decrease()`",
    ),
    Replacement(
        "`increase(realized_pnl_total[24h])`",
        "`sum by (quote) (increase(trading_trade_gains_total[24h])) - "
        "sum by (quote) (increase(trading_trade_losses_total[24h]))`",
        "profit falls too, and `increase()` takes each fall for a restart",
    ),
    Replacement(
        "`realized_pnl_total < -1000`",
        "the alert DailyLossLimit, from `trading_realized_pnl_today`",
        "a counter is never negative, and a lifetime's profit says nothing about a day",
    ),
    Replacement(
        '`up{job="trader-api"}`',
        '`up{job="trading-bot"}`, and the alert TargetDown',
        "the job is called as in `monitoring/prometheus/prometheus.yml`",
    ),
    Replacement(
        "`max(coinpilot_trade_count_2d) or vector(0)`",
        '`max(coinpilot_trade_count_2d) or (0 * max(up{job="trading-bot"}))`',
        "`vector(0)` shows a dead pipeline as 0 trades",
    ),
)
"""Names and expressions of the guides that cannot work as they are."""
