"""AI Signals: decisions of the model, their confidence and their results."""

from __future__ import annotations

from typing import Final

from logging_kit.events import identities as units
from logging_kit.panels.dashboard import Dashboard, Row
from logging_kit.panels.dashboards.money import CLOSED, booked, closed_trips, money
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
    distinct,
    last,
    last_time,
    mean,
    ratio,
    rows,
    total,
)

_DIRECTED: Final = SIGNAL.signal.among("LONG", "SHORT")
_CONFIDENCE: Final = last(SIGNAL.confidence, unit=units.DECISION)
_DECIDED: Final = distinct(SIGNAL, units.DECISION, where=_DIRECTED)
_SURE: Final = steps("red", (0.55, "orange"), (0.7, "green"))

_SIGNALS: Final = Row(
    "",
    (
        Pie(
            "Signal share",
            distinct(SIGNAL, units.DECISION, by="signal"),
            id=1,
            about="LONG, SHORT and WAIT as parts of all decisions in the time range.",
            empty="No data: no signals",
            none="No signals",
            w=6,
        ),
        Gauge(
            "Average confidence",
            mean(_CONFIDENCE),
            id=2,
            about="Average confidence of the model over all its decisions in the time range, from "
            "0 to 100 %. Values outside of these bounds are left out.",
            empty="No data: no signals",
            unit="percentunit",
            thresholds=_SURE,
            w=6,
            h=8,
        ),
        Timeseries(
            "Confidence by signal",
            mean(_CONFIDENCE, by="signal"),
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
            distinct(SIGNAL, units.DECISION, by="signal"),
            id=4,
            about="Shares of LONG, SHORT and WAIT over time; each bar is 100 % of the decisions "
            "in its hour, and the last hour is still running.",
            empty="No data: no signals",
            none="No signals",
            min_step="1h",
            whole=True,
        ),
        Timeseries(
            "RSI",
            last(INDICATOR.rsi, by=units.MARKET),
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
            none="No LONG or SHORT signals",
        ),
    ),
)

_RESULTS: Final = Row(
    "From signal to result",
    (
        Stat(
            "High-confidence share",
            ratio(
                distinct(
                    SIGNAL,
                    units.DECISION,
                    where=_DIRECTED & (SIGNAL.confidence >= 0.8) & (SIGNAL.confidence <= 1),
                ),
                _DECIDED,
            ),
            id=11,
            about="LONG and SHORT decisions with a confidence of 0.8 or more, of all of them.",
            empty="No data: no LONG or SHORT",
            unit="percentunit",
        ),
        Stat(
            "Signal to trade",
            ratio(distinct(TRADE, units.ROUND_TRIP, where=TRADE.action == "entry"), _DECIDED),
            id=12,
            about="Trades that were entered, per LONG or SHORT decision; above 100 % when a "
            "decision leads to several trades.",
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
            total(last(AI_CALL.cost_usd, unit=units.LINE)),
            id=15,
            about="Cost of the requests to models in the time range, as the bot reported it.",
            empty="No data: no AI_CALL with a cost",
            unit="currencyUSD",
            decimals=2,
        ),
        BarGauge(
            "Win rate by side",
            ratio(
                count(closed_trips("position_side") > 0, by="position_side"),
                distinct(TRADE, units.ROUND_TRIP, where=CLOSED, by="position_side"),
            ),
            id=16,
            about="Round trips that earned money, of all that were closed, LONG and SHORT apart.",
            empty="No data: no closed trades",
            unit="percentunit",
            low=0,
            high=1,
            thresholds=steps("red", (0.4, "orange"), (0.5, "green")),
        ),
        money(
            BarChart,
            "PnL by exit reason",
            booked("exit_reason"),
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
            none="No AI calls",
        ),
    ),
)

AI_SIGNALS: Final = Dashboard(
    "lk-ai-signals",
    "AI Signals",
    "Decisions of the model, their confidence and their results.",
    (_SIGNALS, _RESULTS),
)
