"""Stories about money, orders and exchanges."""

from __future__ import annotations

from typing import Any

from tests.support.panels.alert_cases.base import (
    H,
    Line,
    M,
    Story,
    beat,
    beats,
    call,
    equity,
    leave,
    line,
    of,
    rejected,
    steps,
)


def account(today: float | None, worth: float = 1000, **fields: Any) -> list[Line]:
    """A bot with snapshots of its account every five minutes."""
    return [*beats(), *(equity(ago, today, worth, **fields) for ago in steps(H, 0, 300))]


def wavering(name: str, low: float, high: float) -> list[Line]:
    """A field of the account that changes every ten minutes."""
    lines = []
    for i, ago in enumerate(steps(184 * M, 0, 600)):
        value = {name: high if i % 2 else low}
        lines.append(equity(ago, value.pop("today", 0), **value))
    return [*beats(), *lines]


LOSSES = [
    Story("exactly the limit is lost", account(-50), ("DailyLossLimit",)),
    Story("a little less than the limit is lost", account(-49.9), ("DailyLossWarning",)),
    Story("a little less than 70 % of the limit is lost", account(-34.9)),
    Story("70 % of the limit are lost", account(-35), ("DailyLossWarning",)),
    Story("nothing is lost", account(80)),
    Story("all of the equity is lost", account(-800, 0), ("DailyLossLimit",)),
    Story("more than the equity is lost", account(-800, -5), ("DailyLossLimit",)),
    Story("a little below zero, without a loss today", account(0, -5)),
    Story("an empty account", account(0, 0)),
    Story("an empty account that says nothing about today", account(None, 0)),
    Story(
        "no realized_pnl_today, and exits beyond the limit",
        [*account(None), leave(3 * H, -40), leave(2 * H, -20, "partial_exit")],
        ("DailyLossLimit",),
    ),
    Story("no realized_pnl_today, and a small loss", [*account(None), leave(2 * H, -20)]),
    Story(
        "no realized_pnl_today, and no equity left",
        [*account(None, 0), leave(2 * H, -20)],
        ("DailyLossLimit",),
    ),
    Story("no realized_pnl_today, and the loss of yesterday", [*account(None), leave(30 * H, -90)]),
    Story(
        "the limit is lost on one exchange of two",
        [*account(-60), *account(5, 5000, exchange="bybit")],
        ("DailyLossLimit",),
        where={"exchange": "binance"},
    ),
    Story(
        "a small loss on each of two exchanges", [*account(-30), *account(-30, exchange="bybit")]
    ),
    Story(
        "the limit is lost in one currency of two",
        [*account(-60_000, 1_000_000, quote="KRW"), *account(3)],
        ("DailyLossLimit",),
        where={"quote": "KRW"},
    ),
    Story(
        "the limit is lost on the testnet",
        of(account(-60), env="testnet"),
        ("DailyLossLimit",),
        where={"severity": "warning"},
    ),
    Story(
        "a bot that writes its account every four hours",
        [*beats(), equity(230 * M, -60)],
        ("DailyLossLimit",),
    ),
    Story(
        "the loss wavers around the limit",
        wavering("today", -49.5, -50.5),
        ("DailyLossLimit", "DailyLossWarning/ended"),
    ),
    Story("drawdown just above the limit", account(0, drawdown_pct=10.1), ("DrawdownHigh",)),
    Story("drawdown at the limit", account(0, drawdown_pct=10)),
    Story(
        "the drawdown wavers around the limit",
        wavering("drawdown_pct", 9.8, 10.2),
        ("DrawdownHigh",),
    ),
    Story(
        "the drawdown is over",
        [*beats(), *(equity(ago, 0, drawdown_pct=20) for ago in steps(150 * M, 100 * M, 300))]
        + [equity(ago, 0, drawdown_pct=3) for ago in steps(95 * M, 0, 300)],
        ("DrawdownHigh/ended",),
    ),
]

ORDERS = [
    Story(
        "four orders are rejected",
        [*beats(), *(rejected(i * 60) for i in range(4))],
        ("OrderRejects",),
    ),
    Story("three orders are rejected", [*beats(), *(rejected(i * 60) for i in range(3))]),
    Story(
        "four rejects that arrive twenty minutes late",
        [*beats(), *(rejected(20 * M + i) for i in range(4))],
        ("OrderRejects",),
        watched=2 * M,
    ),
    Story(
        "two rejects on each of two exchanges",
        [*beats(), *(rejected(i * 60, exchange=name) for i in range(2) for name in ("a", "b"))],
    ),
]


def calls(every: float, failing: Any, since: float = 60 * M, **fields: Any) -> list[Line]:
    """Requests at a pace; `failing` says by number and age which ones fail."""
    return [
        *beats(),
        *(
            call(ago, ok=not failing(i, ago), **fields)
            for i, ago in enumerate(steps(since, 1, every))
        ),
    ]


REQUESTS = [
    Story("every request succeeds", calls(30, lambda i, ago: False)),
    Story(
        "a request a minute, and none succeeds",
        calls(60, lambda i, ago: ago < 20 * M),
        ("ApiDown",),
    ),
    Story("many requests, and none succeeds", calls(5, lambda i, ago: ago < 20 * M), ("ApiDown",)),
    Story(
        "a request every five minutes, and none succeeds",
        calls(300, lambda i, ago: ago < 40 * M, since=150 * M),
        ("ApiDown",),
    ),
    Story(
        "a request every four hours: three tries, none succeeds",
        [*beats(), call(9 * H), call(5 * H), *(call(H - i, ok=False) for i in range(3))],
        ("ApiDown",),
    ),
    Story("one request in four hours fails", [*beats(), call(5 * H), call(30 * M, ok=False)]),
    Story(
        "two tries fail, and the third succeeds",
        [
            *beats(),
            *(call(ago - i, ok=i == 2) for ago in steps(H, 5, 300) for i in range(3)),
        ],
        ("ApiErrorRateHigh",),
    ),
    Story(
        "the exchange comes back",
        calls(60, lambda i, ago: 60 * M < ago < 90 * M, since=120 * M),
        ("ApiDown/ended",),
    ),
    Story(
        "nineteen of twenty requests fail",
        calls(15, lambda i, ago: i % 20 != 0, since=60 * M),
        ("ApiErrorRateHigh",),
    ),
    Story(
        "half of a bot's few requests fail",
        calls(60, lambda i, ago: i % 2),
        ("ApiErrorRateHigh",),
    ),
    Story("ten percent of many fail", calls(10, lambda i, ago: i % 10 == 0), ("ApiErrorRateHigh",)),
    Story("four percent of many fail", calls(10, lambda i, ago: i % 25 == 24)),
    Story(
        "requests that the bot answers itself fail",
        calls(10, lambda i, ago: True, direction="in", exchange=""),
    ),
    Story(
        "one exchange of two is down",
        [
            *calls(30, lambda i, ago: ago < 20 * M),
            *(call(ago, exchange="bybit") for ago in steps(H, 1, 30)),
        ],
        ("ApiDown",),
        where={"exchange": "binance"},
    ),
    Story(
        "the exchange is down for the testnet",
        [*beats(), *of(calls(60, lambda i, ago: ago < 20 * M), env="testnet")],
        ("ApiDown",),
        where={"severity": "warning"},
    ),
    Story(
        "every request is slow",
        calls(15, lambda i, ago: False, latency_ms=1001),
        ("ApiLatencyHigh",),
    ),
    Story("every request is just fast enough", calls(15, lambda i, ago: False, latency_ms=1000)),
    Story(
        "a request a minute, and each is slow",
        calls(60, lambda i, ago: False, since=120 * M, latency_ms=3000),
        ("ApiLatencyHigh",),
    ),
    Story("one slow request", [*calls(60, lambda i, ago: False), call(20 * M, latency_ms=30_000)]),
    Story("the only request is slow", [*beats(), call(20 * M, latency_ms=30_000)]),
]


def limited(ago: float, **fields: Any) -> Line:
    return line(ago, "RATE_LIMIT", level="warning", status="limited", exchange="binance", **fields)


LIMITED = [
    Story(
        "six limits in five minutes, on and on",
        [*beats(), *map(limited, steps(H, 0, 45))],
        ("RateLimited",),
    ),
    Story(
        "five limits in five minutes, on and on",
        [*beats(), *map(limited, steps(H, 0, 61))],
        ("RateLimited",),
    ),
    Story("a limit every five minutes", [*beats(), *map(limited, steps(H, 0, 300))]),
    Story(
        "answers with the status 429",
        [
            *calls(5, lambda i, ago: False),
            *(call(a, ok=False, status=429) for a in steps(H, 0, 45)),
        ],
        ("ApiErrorRateHigh", "RateLimited"),
    ),
    Story(
        "the weight is asked about, and allowed",
        [*beats(), *(limited(ago) | {"status": "allowed"} for ago in steps(H, 0, 5))],
    ),
]


def sockets(*parts: tuple[float, float, int], up: float = 500_000) -> list[Line]:
    """Heartbeats with numbers of connections, each from and until some seconds before END."""
    return [
        beat(ago, ws_connections=number, uptime_s=max(up - ago, 0))
        for since, until, number in parts
        for ago in steps(since, until, 60)
    ]


SOCKETS = [
    Story(
        "one connection of three is lost",
        sockets((185 * M, 41 * M, 3), (40 * M, 0, 2)),
        ("WebSocketDrop",),
    ),
    Story(
        "all connections are lost",
        sockets((185 * M, 41 * M, 3), (40 * M, 0, 0)),
        ("WebSocketDown",),
    ),
    Story(
        "a lost connection comes back",
        sockets((185 * M, 91 * M, 3), (90 * M, 61 * M, 2), (60 * M, 0, 3)),
        ("WebSocketDrop/ended",),
    ),
    Story(
        "a connection is replaced",
        sockets((185 * M, 41 * M, 2), (40 * M, 39 * M, 3), (38 * M, 0, 2)),
    ),
    Story("a bot without WebSockets", sockets((185 * M, 0, 0))),
    Story(
        "a deployment: connections come one by one",
        [
            *sockets((185 * M, 61 * M, 3)),
            line(60 * M, "LIFECYCLE", phase="startup"),
            *sockets((60 * M, 59 * M, 0), (58 * M, 57 * M, 1), (56 * M, 0, 3), up=60 * M),
        ],
    ),
    Story(
        "a deployment with one connection less",
        [
            *sockets((185 * M, 61 * M, 3)),
            line(60 * M, "LIFECYCLE", phase="startup"),
            *sockets((60 * M, 0, 2), up=60 * M),
        ],
    ),
    Story(
        "two workers of one name with three connections and one",
        [
            *sockets((185 * M, 0, 3)),
            *(x | {"ago": x["ago"] + 20} for x in sockets((184 * M, 0, 1))),
        ],
    ),
]
