"""API Performance: latency and errors of the exchanges and of the bot's own API."""

from __future__ import annotations

from typing import Final

from logging_kit.panels.colours import DOWN, UP
from logging_kit.panels.dashboard import Dashboard, Row
from logging_kit.panels.dashboards.trading_overview import BOT_STATUS
from logging_kit.panels.panel import (
    BarGauge,
    Bars,
    Gauge,
    Logs,
    Pie,
    Stat,
    Timeseries,
    Wording,
    steps,
)
from logging_kit.panels.query.fields import API_CALL, RATE_LIMIT
from logging_kit.panels.query.language import count, quantile, rate, rows, share

_OUT: Final = API_CALL.direction != "in"  # a call without a direction is one that the bot made
_IN: Final = API_CALL.direction == "in"
_SLOW: Final = steps("green", (500, "orange"), (1000, "red"))
_FAILING: Final = steps("green", (0.01, "orange"), (0.05, "red"))


def _latency(q: float, number: int, about: str) -> Stat:
    return Stat(
        f"P{round(q * 100)} latency",
        quantile(q, API_CALL.latency_ms, where=_OUT),
        id=number,
        about=about,
        empty="No data: no API calls",
        unit="ms",
        decimals=0,
        thresholds=_SLOW,
    )


_NOW: Final = Row(
    "",
    (
        BOT_STATUS,
        Stat(
            "Request rate",
            rate(API_CALL, where=_OUT) * 60,
            id=2,
            about="Requests that the bots made per minute, on average over the time range.",
            empty="No data",
            missing="no line of the chosen bots arrived in the time range: bot or pipeline is "
            "down. 0: lines arrived, and no request.",
            unit="reqpm",
            decimals=2,
        ),
        _latency(0.5, 3, "Half of the requests in the time range were answered faster than this."),
        _latency(0.95, 4, "95 of 100 requests in the time range were answered faster than this."),
        _latency(0.99, 5, "99 of 100 requests in the time range were answered faster than this."),
        Gauge(
            "Error rate",
            share(API_CALL, API_CALL.ok == "false", where=_OUT),
            id=6,
            about="Requests that failed, of all that the bots made in the time range: orange from "
            "1 %, red from 5 % on.",
            empty="No data: no API calls",
            unit="percentunit",
            thresholds=_FAILING,
            high=0.1,
        ),
    ),
)

_OUTGOING: Final = Row(
    "Requests that the bots made",
    (
        Stat(
            "API status",
            share(API_CALL, API_CALL.ok == "true", where=_OUT, by="exchange", within="5m"),
            id=11,
            about="UP while at least one of an exchange's answers in the last 5 minutes was good, "
            "DOWN when all of them failed.",
            missing="no request in the last 5 minutes, or bot or pipeline is down.",
            empty="No data: no API calls",
            wordings=(Wording(0, 0, "▼ DOWN", DOWN), Wording(1e-9, None, "▲ UP", UP)),
            thresholds=steps(DOWN, (1e-9, UP)),
            w=8,
            h=8,
        ),
        Timeseries(
            "Latency by endpoint",
            quantile(0.95, API_CALL.latency_ms, where=_OUT, by="path"),
            id=12,
            about="The latency that 95 of 100 requests of each path stayed under, in each step.",
            empty="No data: no API calls",
            unit="ms",
            low=0,
            connect=60,
            w=16,
        ),
        Timeseries(
            "Request rate by endpoint",
            rate(API_CALL, where=_OUT, by="path") * 60,
            id=13,
            about="Requests per minute in each step, by path.",
            empty="No data: no API calls",
            unit="reqpm",
            low=0,
        ),
        Timeseries(
            "Request rate by method",
            rate(API_CALL, where=_OUT, by="method") * 60,
            id=14,
            about="Requests per minute in each step, by HTTP method or kind of call.",
            empty="No data: no API calls",
            unit="reqpm",
            low=0,
        ),
        Pie(
            "Status codes",
            count(API_CALL, where=_OUT, by="status"),
            id=15,
            about="Answers to the requests in the time range by status code; 0 is no answer at "
            "all.",
            empty="No data: no API calls",
            none="No API calls",
        ),
        BarGauge(
            "P95 by endpoint",
            quantile(0.95, API_CALL.latency_ms, where=_OUT, by="path"),
            id=16,
            about="The latency that 95 of 100 requests of each path stayed under, in the time "
            "range.",
            empty="No data: no API calls",
            unit="ms",
            decimals=0,
            low=0,
            thresholds=_SLOW,
        ),
        BarGauge(
            "Error rate by endpoint",
            share(API_CALL, API_CALL.ok == "false", where=_OUT, by="path"),
            id=17,
            about="Requests that failed, of all of each path in the time range.",
            empty="No data: no API calls",
            unit="percentunit",
            low=0,
            high=1,
            thresholds=_FAILING,
        ),
        Bars(
            "Rate-limit hits",
            {
                "limited": count(RATE_LIMIT, where=RATE_LIMIT.status == "limited", by="exchange"),
                "429": count(API_CALL, where=_OUT & (API_CALL.status == 429), by="exchange"),
                "418": count(API_CALL, where=_OUT & (API_CALL.status == 418), by="exchange"),
            },
            id=18,
            about="Requests that had to wait because an exchange's rate limit was reached, and "
            "answers 429 and 418, in each step.",
            empty="No data: no rate-limit hits",
            none="No rate-limit hits",
        ),
        Gauge(
            "Rate-limited share",
            share(RATE_LIMIT, RATE_LIMIT.status == "limited"),
            id=19,
            about="Share of the rate limiter's checks in the time range that had to wait.",
            empty="No data: no RATE_LIMIT",
            unit="percentunit",
            thresholds=steps("green", (0.05, "orange"), (0.2, "red")),
            w=12,
            h=8,
        ),
        Logs(
            "Failed calls",
            rows(
                API_CALL,
                where=API_CALL.ok == "false",
                limit=200,
                show=(
                    "{status}",
                    "{method}",
                    "{path}",
                    "{latency_ms}ms",
                    "{exchange}",
                    "attempt={attempt}",
                    "{error_type}",
                ),
            ),
            id=20,
            about="Requests that failed, newest first, in both directions.",
            empty="No data: no failed calls",
            none="No failed calls",
        ),
    ),
)

_INCOMING: Final = Row(
    "Requests that the bots answered",
    (
        Timeseries(
            "Incoming request rate",
            rate(API_CALL, where=_IN, by="method") * 60,
            id=31,
            about="Requests to the bots' own HTTP API per minute in each step, by method.",
            empty="No data: no incoming API calls",
            unit="reqpm",
            low=0,
            w=8,
        ),
        Timeseries(
            "Incoming P95 latency",
            quantile(0.95, API_CALL.latency_ms, where=_IN, by="path"),
            id=32,
            about="The time in which 95 of 100 requests to the bots' own API were answered, in "
            "each step, by path.",
            empty="No data: no incoming API calls",
            unit="ms",
            low=0,
            connect=60,
            w=8,
        ),
        Pie(
            "Incoming status codes",
            count(API_CALL, where=_IN, by="status"),
            id=33,
            about="Answers of the bots in the time range, by status code.",
            empty="No data: no incoming API calls",
        ),
    ),
)

API_PERFORMANCE: Final = Dashboard(
    "lk-api-performance",
    "API Performance",
    "Latency, errors and rate limits of the exchanges, and of the bot's own API.",
    (_NOW, _OUTGOING, _INCOMING),
)
