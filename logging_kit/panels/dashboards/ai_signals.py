"""AI Signals: decisions of the model, their confidence and their results."""

from __future__ import annotations

from typing import Final

from logging_kit.panels.dashboard import Dashboard, Row
from logging_kit.panels.dashboards.money import money
from logging_kit.panels.panel import (
    BarChart,
    BarGauge,
    Bars,
    Gauge,
    Logs,
    Pie,
    Stat,
    Timeseries,
    steps,
)
from logging_kit.panels.query.fields import AI_CALL, INDICATOR, SIGNAL, TRADE
from logging_kit.panels.query.language import (
    count,
    last,
    last_time,
    mean,
    ratio,
    rows,
    share,
    total,
)

_DIRECTED: Final = SIGNAL.signal.among("LONG", "SHORT")
_SURE: Final = steps("red", (0.55, "orange"), (0.7, "green"))

_SIGNALS: Final = Row(
    "",
    (
        Pie(
            "Signal share",
            count(SIGNAL, by="signal"),
            id=1,
            about="LONG, SHORT and WAIT as parts of all decisions in the time range.",
            empty="No data: no signals",
            w=6,
        ),
        Gauge(
            "Average confidence",
            mean(SIGNAL.confidence),
            id=2,
            about="Average confidence of the model over all its decisions in the time range, from "
            "0 to 100 %.",
            empty="No data: no signals",
            unit="percentunit",
            thresholds=_SURE,
            w=6,
            h=8,
        ),
        Timeseries(
            "Confidence by signal",
            mean(SIGNAL.confidence, by="signal"),
            id=3,
            about="Average confidence of the decisions in each step; a step without a decision "
            "has no point.",
            empty="No data: no signals",
            unit="percentunit",
            low=0,
            high=1,
            connect=180,
            min_step="15m",
        ),
        Bars(
            "Signal trend",
            count(SIGNAL, by="signal"),
            id=4,
            about="Shares of LONG, SHORT and WAIT over time; each bar is 100 % of the decisions "
            "in its hour.",
            empty="No data: no signals",
            min_step="1h",
            whole=True,
        ),
        Timeseries(
            "RSI",
            last(INDICATOR.rsi, by=("bot_name", "symbol", "timeframe")),
            id=5,
            about="Relative strength index as the bot computed it: above 70 overbought, below 30 "
            "oversold.",
            empty="No data: no INDICATOR with rsi",
            unit="none",
            decimals=1,
            low=0,
            high=100,
            limits="area",
            thresholds=steps("blue", (30, "transparent"), (70, "orange")),
            connect=180,
        ),
        Logs(
            "LONG and SHORT signals",
            rows(
                SIGNAL,
                where=_DIRECTED,
                limit=200,
                show=(
                    "{signal}",
                    "{symbol}",
                    "confidence={confidence}",
                    "price={price}",
                    "rsi={rsi}",
                    "{model}",
                    "— {reason}",
                ),
            ),
            id=6,
            about="The decisions to trade, newest first. The correlation_id of a line leads to "
            "what followed.",
            empty="No data: no signals",
        ),
    ),
)

_RESULTS: Final = Row(
    "From signal to result",
    (
        Stat(
            "High-confidence share",
            share(SIGNAL, SIGNAL.confidence >= 0.8, where=_DIRECTED),
            id=11,
            about="LONG and SHORT decisions with a confidence of 0.8 or more, of all of them.",
            empty="No data: no LONG or SHORT",
            unit="percentunit",
        ),
        Stat(
            "Signal to trade",
            ratio(count(TRADE, where=TRADE.action == "entry"), count(SIGNAL, where=_DIRECTED)),
            id=12,
            about="Entries per LONG or SHORT decision; above 100 % when a decision is entered in "
            "several parts.",
            empty="No data: no LONG or SHORT",
            unit="percentunit",
        ),
        Stat(
            "Last LONG and SHORT",
            last_time(SIGNAL, where=_DIRECTED, by="signal"),
            id=13,
            about="How long ago the newest LONG and the newest SHORT of the time range were.",
            empty="No data: no LONG or SHORT",
            unit="dateTimeFromNow",
            w=8,
        ),
        Stat(
            "AI calls",
            count(AI_CALL),
            id=14,
            about="Requests to models in the time range.",
            empty="No data",
        ),
        Stat(
            "AI cost",
            total(AI_CALL.cost_usd),
            id=15,
            about="Cost of the requests to models in the time range, as the bot reported it.",
            empty="No data: no AI_CALL with a cost",
            unit="currencyUSD",
            decimals=2,
        ),
        BarGauge(
            "Win rate by side",
            share(TRADE, TRADE.result == "win", where=TRADE.action == "exit", by="position_side"),
            id=16,
            about="Closed trades that ended in a win, of all that were closed, LONG and SHORT "
            "apart.",
            empty="No data: no closed trades",
            unit="percentunit",
            low=0,
            high=1,
            thresholds=steps("red", (0.4, "orange"), (0.5, "green")),
        ),
        money(
            BarChart,
            "PnL by exit reason",
            total(
                TRADE.pnl,
                where=TRADE.action.among("exit", "partial_exit"),
                by=("exit_reason", "quote"),
            ),
            id=17,
            about="Realized profit, net of fees, by the reason why the position was left, and by "
            "currency.",
            empty="No data: no closed trades",
        ),
        BarChart(
            "AI calls by model",
            count(AI_CALL, by="model"),
            id=18,
            about="Requests in the time range, by the model that was asked.",
            empty="No data: no AI_CALL",
        ),
    ),
)

AI_SIGNALS: Final = Dashboard(
    "lk-ai-signals",
    "AI Signals",
    "Decisions of the model, their confidence and their results.",
    (_SIGNALS, _RESULTS),
)
