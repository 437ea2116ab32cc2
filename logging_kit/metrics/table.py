"""Table of the metrics: each with its type, its labels, the event and the field that feed it.

It is the only place where a metric is written by hand. The observer of events, the page that
Prometheus reads, the restoring of counts, the PromQL of the alerts and dashboards, the recording
rules and the tables of docs/metrics.md follow it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from ..events.catalogue import BUILT_IN
from ..events.model import LEVELS

Kind = Literal["counter", "gauge", "histogram"]
Part = Literal["", "gain", "loss"]

NOW: Final = "@now"
"""Value of a gauge that holds the time of the event."""

LEVEL: Final = "@level"
"""Label that holds the level of the line."""

EVENT: Final = "@event"
"""Label that holds the type of the event; empty for a plain line."""

ONE: Final = ""
"""Value of a metric that counts events."""

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds for the time of a request."""

HOLDING: Final = (
    60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 86400.0, 259200.0, 604800.0,
)  # fmt: skip
"""Bounds for the time from the entry of a trade to its exit: 1 minute to 1 week."""

RATIOS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
MULTIPLES: Final = (-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
AMOUNTS: Final = (
    -10_000.0, -1_000.0, -100.0, -10.0, -1.0, 0.0, 1.0, 10.0, 100.0, 1_000.0, 10_000.0,
)  # fmt: skip

_BOT: Final = ("bot_name", "bot_name")
_SYMBOL: Final = ("symbol", "symbol")
_QUOTE: Final = ("quote", "quote")
_EXCHANGE: Final = ("exchange", "exchange")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric.

    Args:
        name: Its name in Prometheus.
        kind: Its type.
        doc: Its help text, one sentence.
        event: The event that feeds it; `None` for every line.
        labels: Its labels, and the field of each.
        value: The field that it takes; `ONE` to count, `NOW` for the time of the event.
        where: Fields and the values that an event must have to feed it.
        buckets: Upper bounds of a histogram.
        scale: Factor from the unit of the field to that of the metric, such as 0.001 for ms.
        part: `gain` to add positive values only, `loss` to add negative ones as positive numbers.
        constants: Labels with a fixed value.
        words: Numbers that stand for the texts of the field.
        ends: A field and the values with which an event removes the series instead.
    """

    name: str
    kind: Kind
    doc: str
    event: str | None
    labels: tuple[tuple[str, str], ...] = (_BOT,)
    value: str = ONE
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    buckets: tuple[float, ...] = ()
    scale: float = 1.0
    part: Part = ""
    constants: tuple[tuple[str, str], ...] = ()
    words: tuple[tuple[str, float], ...] = ()
    ends: tuple[str, tuple[str, ...]] | None = None

    @property
    def label_names(self) -> tuple[str, ...]:
        """The names of its labels, in their order."""
        return tuple(name for name, _ in (*self.labels, *self.constants))

    @property
    def accumulates(self) -> bool:
        """True if a restart must not reset it."""
        return self.kind != "gauge"

    def choices(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the possible values of each label, if all of them are finite but `bot_name`.

        Returns:
            Label and values, without `bot_name`; empty when some label takes any text.
        """
        found: list[tuple[str, tuple[str, ...]]] = []
        for label, field in self.labels:
            if field == "bot_name":
                continue
            values = self._choices_of(field)
            if not values:
                return ()
            found.append((label, values))
        return tuple(found)

    def _choices_of(self, field: str) -> tuple[str, ...]:
        limited = dict(self.where).get(field)
        if limited:
            return limited
        if self.event is None or field in (LEVEL, EVENT):
            return ()
        spec = BUILT_IN[self.event].fields.get(field)
        if spec is None:
            return ()
        if spec.kind == "boolean":
            return ("true", "false")
        return spec.choices


_EXIT: Final = (("action", ("exit",)),)
_BOOKED: Final = (("action", ("exit", "partial_exit")),)
_OUT: Final = (("direction", ("out",)),)
_IN: Final = (("direction", ("in",)),)
_FLAT: Final = ("position_side", ("FLAT",))


def _position(name: str, field: str, doc: str) -> Metric:
    return Metric(
        name=name,
        kind="gauge",
        doc=doc,
        event="POSITION",
        labels=(_BOT, _SYMBOL),
        value=field,
        ends=_FLAT,
    )


def _account(name: str, field: str, doc: str, *, ratio: str = "") -> Metric:
    constants: tuple[tuple[str, str], ...] = ()
    if ratio and ratio != "-":
        constants = (("kind", ratio),)
    scale = 1.0
    if ratio:
        scale = 0.01
    return Metric(
        name=name,
        kind="gauge",
        doc=doc,
        event="EQUITY",
        labels=(_BOT, _QUOTE),
        value=field,
        constants=constants,
        scale=scale,
    )


def _moment(name: str, event: str, doc: str, *labels: tuple[str, str]) -> Metric:
    return Metric(name=name, kind="gauge", doc=doc, event=event, labels=(_BOT, *labels), value=NOW)


METRICS: Final[tuple[Metric, ...]] = (
    Metric(
        name="trading_events_total",
        kind="counter",
        doc="Lines that the bot logged, by event and level; the event of a plain line is empty.",
        event=None,
        labels=(_BOT, ("event", EVENT), ("level", LEVEL)),
    ),
    # trades
    Metric(
        name="trading_trades_total",
        kind="counter",
        doc="Round trips that ended, by side and result.",
        event="TRADE",
        labels=(_BOT, ("side", "position_side"), ("result", "result")),
        where=_EXIT,
    ),
    Metric(
        name="trading_trade_duration_seconds",
        kind="histogram",
        doc="Time from the entry of a trade to its exit.",
        event="TRADE",
        value="duration_s",
        where=_EXIT,
        buckets=HOLDING,
    ),
    Metric(
        name="trading_trade_pnl",
        kind="histogram",
        doc="Profit of each exit, net of fees; its sum may fall, so take no rate of it.",
        event="TRADE",
        labels=(_BOT, _QUOTE),
        value="pnl",
        where=_BOOKED,
        buckets=AMOUNTS,
    ),
    Metric(
        name="trading_trade_r_multiple",
        kind="histogram",
        doc="Profit of each round trip in units of the risk taken.",
        event="TRADE",
        value="r_multiple",
        where=_EXIT,
        buckets=MULTIPLES,
    ),
    Metric(
        name="trading_trade_gains_total",
        kind="counter",
        doc="Gains of the exits that earned, net of fees.",
        event="TRADE",
        labels=(_BOT, _SYMBOL, _QUOTE, ("strategy", "strategy")),
        value="pnl",
        where=_BOOKED,
        part="gain",
    ),
    Metric(
        name="trading_trade_losses_total",
        kind="counter",
        doc="Losses of the exits that lost, net of fees, as a positive number.",
        event="TRADE",
        labels=(_BOT, _SYMBOL, _QUOTE, ("strategy", "strategy")),
        value="pnl",
        where=_BOOKED,
        part="loss",
    ),
    # orders and signals
    Metric(
        name="trading_orders_total",
        kind="counter",
        doc="Steps in the life of orders; choose one status, or an order counts several times.",
        event="ORDER",
        labels=(_BOT, _EXCHANGE, ("side", "side"), ("status", "status")),
    ),
    Metric(
        name="trading_signals_total",
        kind="counter",
        doc="Decisions of the strategy.",
        event="SIGNAL",
        labels=(_BOT, ("signal", "signal")),
    ),
    Metric(
        name="trading_signal_confidence",
        kind="gauge",
        doc="Confidence of the newest decision.",
        event="SIGNAL",
        labels=(_BOT, _SYMBOL),
        value="confidence",
    ),
    Metric(
        name="trading_signal_confidence_ratio",
        kind="histogram",
        doc="Confidence of the decisions, from 0 to 1.",
        event="SIGNAL",
        labels=(_BOT, ("signal", "signal")),
        value="confidence",
        buckets=RATIOS,
    ),
    Metric(
        name="trading_last_signal_side",
        kind="gauge",
        doc="Newest decision: 1 for LONG, -1 for SHORT, 0 for WAIT.",
        event="SIGNAL",
        labels=(_BOT, _SYMBOL),
        value="signal",
        words=(("LONG", 1.0), ("SHORT", -1.0), ("WAIT", 0.0)),
    ),
    _moment(
        "trading_last_signal_timestamp_seconds",
        "SIGNAL",
        "Time of the newest decision of each kind.",
        ("signal", "signal"),
    ),
    # positions
    Metric(
        name="trading_open_positions",
        kind="gauge",
        doc="1 for each position that is open.",
        event="POSITION",
        labels=(_BOT, _SYMBOL),
        value="position_side",
        words=(("LONG", 1.0), ("SHORT", 1.0)),
        ends=_FLAT,
    ),
    _position(
        "trading_position_pnl_percent",
        "unrealized_pnl_pct",
        "Profit of the position if it were closed now, in percent of its entry value.",
    ),
    _position("trading_position_quantity", "qty", "Size of the position, negative when short."),
    _position("trading_position_entry_price", "entry_price", "Average price of the entry."),
    _position("trading_position_mark_price", "mark_price", "Price that the position is valued at."),
    _position("trading_position_notional", "notional", "Value of the position."),
    _position(
        "trading_position_unrealized_pnl",
        "unrealized_pnl",
        "Profit of the position if it were closed now, in the quote currency.",
    ),
    # accounts
    _account("trading_equity", "equity", "Value of the account with its open positions."),
    _account("trading_balance", "balance", "Value of the account without its open positions."),
    _account("trading_realized_pnl", "realized_pnl", "Profit of all closed trades of the account."),
    _account(
        "trading_realized_pnl_today", "realized_pnl_today", "Profit of the trades closed today."
    ),
    _account("trading_unrealized_pnl", "unrealized_pnl", "Profit of the open positions."),
    _account(
        "trading_return_ratio",
        "total_return_pct",
        "Return of the account since it began, or of its open positions, as a ratio.",
        ratio="total",
    ),
    _account(
        "trading_return_ratio",
        "current_return_pct",
        "Return of the account since it began, or of its open positions, as a ratio.",
        ratio="current",
    ),
    _account(
        "trading_drawdown_ratio",
        "drawdown_pct",
        "Distance of the account from its highest equity, as a ratio.",
        ratio="-",
    ),
    # requests
    Metric(
        name="trading_api_latency_seconds",
        kind="histogram",
        doc="Time of the requests that the bot made.",
        event="API_CALL",
        labels=(_BOT, _EXCHANGE, ("endpoint", "path"), ("ok", "ok")),
        value="latency_ms",
        where=_OUT,
        scale=0.001,
        buckets=SECONDS,
    ),
    Metric(
        name="trading_api_requests_total",
        kind="counter",
        doc="Requests that the bot made, by method and status; status 0 is no answer.",
        event="API_CALL",
        labels=(_BOT, _EXCHANGE, ("method", "method"), ("status", "status")),
        where=_OUT,
    ),
    Metric(
        name="http_requests_total",
        kind="counter",
        doc="Requests that the bot answered.",
        event="API_CALL",
        labels=(_BOT, ("method", "method"), ("path", "path"), ("status", "status")),
        where=_IN,
    ),
    Metric(
        name="http_request_duration_seconds",
        kind="histogram",
        doc="Time of the requests that the bot answered.",
        event="API_CALL",
        labels=(_BOT, ("method", "method"), ("path", "path")),
        value="latency_ms",
        where=_IN,
        scale=0.001,
        buckets=SECONDS,
    ),
    Metric(
        name="trading_rate_limit_requests_total",
        kind="counter",
        doc="Checks of an exchange's rate limit, by their result.",
        event="RATE_LIMIT",
        labels=(_BOT, _EXCHANGE, ("status", "status")),
    ),
    # connections and the main loop
    Metric(
        name="trading_websocket_connections",
        kind="gauge",
        doc="Open WebSocket connections, from the newest heartbeat or change of a connection.",
        event="HEARTBEAT",
        value="ws_connections",
    ),
    Metric(
        name="trading_websocket_connections",
        kind="gauge",
        doc="Open WebSocket connections, from the newest heartbeat or change of a connection.",
        event="WS",
        value="ws_connections",
    ),
    Metric(
        name="trading_websocket_disconnects_total",
        kind="counter",
        doc="WebSocket connections that were lost.",
        event="WS",
        labels=(_BOT, _EXCHANGE),
        where=(("state", ("disconnected",)),),
    ),
    _moment("trading_heartbeat_timestamp_seconds", "HEARTBEAT", "Time of the newest heartbeat."),
    _moment(
        "trading_last_loop_timestamp_seconds",
        "HEARTBEAT",
        "Time of the newest round of the main loop, as the heartbeat reports it.",
    ),
    Metric(
        name="trading_uptime_seconds",
        kind="gauge",
        doc="Time since the bot started, from the newest heartbeat.",
        event="HEARTBEAT",
        value="uptime_s",
    ),
    Metric(
        name="trading_loop_duration_seconds",
        kind="histogram",
        doc="Time of a round of the main loop.",
        event="HEARTBEAT",
        value="loop_ms",
        scale=0.001,
        buckets=SECONDS,
    ),
    Metric(
        name="trading_last_loop_duration_seconds",
        kind="gauge",
        doc="Time of the newest round of the main loop.",
        event="HEARTBEAT",
        value="loop_ms",
        scale=0.001,
    ),
    Metric(
        name="trading_dropped_lines",
        kind="gauge",
        doc="Lines that this run of the bot has lost, from the newest heartbeat.",
        event="HEARTBEAT",
        value="dropped_logs",
    ),
    # market data
    Metric(
        name="trading_candles_total",
        kind="counter",
        doc="Closed candles that arrived.",
        event="CANDLE",
        labels=(_BOT, _SYMBOL, ("timeframe", "timeframe")),
    ),
    Metric(
        name="trading_candle_close_price",
        kind="gauge",
        doc="Last price of the newest candle.",
        event="CANDLE",
        labels=(_BOT, _SYMBOL, ("timeframe", "timeframe")),
        value="close",
    ),
    _moment(
        "trading_last_candle_timestamp_seconds",
        "CANDLE",
        "Time at which the newest candle arrived.",
    ),
    Metric(
        name="trading_volatility_index",
        kind="gauge",
        doc="Newest volatility of a market.",
        event="INDICATOR",
        labels=(_BOT, _SYMBOL),
        value="volatility",
    ),
    _moment(
        "trading_last_indicator_timestamp_seconds",
        "INDICATOR",
        "Time of the newest indicators of a market.",
        _SYMBOL,
    ),
    # errors, risk, messages, models
    Metric(
        name="trading_errors_total",
        kind="counter",
        doc="Lines of level error or critical, by the class of the exception.",
        event="ERROR",
        labels=(_BOT, ("error_type", "error_type")),
    ),
    Metric(
        name="trading_risk_events_total",
        kind="counter",
        doc="Warnings and actions of the rules that protect the account.",
        event="RISK",
        labels=(_BOT, ("rule", "rule"), ("state", "state"), _SYMBOL),
    ),
    _moment(
        "trading_last_risk_timestamp_seconds",
        "RISK",
        "Time of the newest warning, action or end of each rule.",
        ("rule", "rule"),
        ("state", "state"),
        _SYMBOL,
    ),
    Metric(
        name="trading_lifecycle_total",
        kind="counter",
        doc="Starts and ends of the bot.",
        event="LIFECYCLE",
        labels=(_BOT, ("phase", "phase"), ("reason", "reason")),
    ),
    Metric(
        name="trading_notifications_total",
        kind="counter",
        doc="Messages to people.",
        event="NOTIFICATION",
        labels=(_BOT, ("channel", "channel"), ("ok", "ok")),
    ),
    Metric(
        name="trading_ai_requests_total",
        kind="counter",
        doc="Requests to models.",
        event="AI_CALL",
        labels=(_BOT, ("provider", "provider"), ("model", "model")),
    ),
    Metric(
        name="trading_ai_cost_usd_total",
        kind="counter",
        doc="Cost of the requests to models, in US dollars.",
        event="AI_CALL",
        labels=(_BOT, ("provider", "provider"), ("model", "model")),
        value="cost_usd",
        part="gain",
    ),
)
"""Every metric that an event feeds. Two rows of one name feed the same metric."""

SELF: Final[Mapping[str, tuple[Kind, tuple[str, ...], str]]] = MappingProxyType(
    {
        "logging_kit_records_total": (
            "counter",
            ("level",),
            "Lines that the bot logged, by level.",
        ),
        "logging_kit_dropped_total": (
            "counter",
            ("reason",),
            "Lines that this run has lost, by reason.",
        ),
        "logging_kit_masked_total": (
            "counter",
            ("kind",),
            "Secrets that this run has hidden.",
        ),
        "logging_kit_schema_errors_total": (
            "counter",
            (),
            "Events of this run that differ from the catalogue.",
        ),
        "logging_kit_metrics_failures_total": (
            "counter",
            (),
            "Events of this run that the metrics could not take.",
        ),
        "logging_kit_label_overflows_total": (
            "counter",
            ("metric",),
            "Events whose labels were replaced by _other, because the metric has too many series.",
        ),
        "logging_kit_build_info": (
            "gauge",
            ("bot_name", "env", "version"),
            "Always 1; its labels describe the bot and the version of the package.",
        ),
        "logging_kit_queue_depth": (
            "gauge",
            (),
            "Lines that wait for standard output, or over a second for the disk.",
        ),
    }
)
"""Metrics of the package itself: type, labels and help text."""

LEVEL_NAMES: Final = tuple(LEVELS)
