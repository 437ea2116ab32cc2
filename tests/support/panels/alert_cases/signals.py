"""Stories about signals, market data, models and messages."""

from __future__ import annotations

from tests.support.panels.alert_cases.base import (
    ETH,
    H,
    Line,
    M,
    Story,
    beats,
    candle,
    line,
    of,
    phase,
    signal,
    steps,
)

DAY = 24 * H


def decisions(every: float, until: float, since: float, **fields: float) -> list[Line]:
    return [*beats(), *(signal(ago, **fields) for ago in steps(since, until, every))]


SIGNALS = [
    Story("a decision every quarter of an hour", decisions(15 * M, 5 * M, 20 * H)),
    Story(
        "decisions every quarter of an hour stop",
        decisions(15 * M, 3 * H, 23 * H),
        ("NoSignals",),
    ),
    Story("silent for a little less than two hours", decisions(15 * M, 119 * M, 23 * H + 14 * M)),
    Story("a strategy that decides every four hours", decisions(4 * H, 3.8 * H, 167.8 * H)),
    Story(
        "a strategy that decides every four hours stops",
        decisions(4 * H, 11 * H, 167 * H),
        ("NoSignals",),
    ),
    Story("a strategy that decides once a day", decisions(DAY, 23 * H, 15 * DAY + 23 * H)),
    Story("one decision in its life", [*beats(), signal(5 * H)]),
    Story(
        "a bot that was down comes back",
        [
            *beats(since=100 * M, uptime_s=600),
            *(signal(ago) for ago in steps(30 * H, 10 * H, 15 * M)),
        ],
    ),
    Story("a bot that never decides", beats()),
    Story("sure of its decisions", decisions(10 * M, 5 * M, 4 * H, confidence=0.56)),
    Story(
        "unsure of its decisions",
        decisions(10 * M, 5 * M, 4 * H, confidence=0.54),
        ("LowConfidence",),
    ),
    Story("one unsure decision", [*beats(), signal(50 * M, 0.1)]),
    Story(
        "unsure, and it decides every four hours",
        decisions(4 * H, 2 * H, 26 * H, confidence=0.5),
        ("LowConfidence",),
    ),
    Story(
        "confidence in percent is left out",
        [
            *decisions(10 * M, 5 * M, 4 * H, confidence=0.5),
            *(signal(ago, 87) for ago in steps(4 * H, 0, 600)),
        ],
        ("LowConfidence",),
    ),
    Story(
        "unsure when it waits",
        [*decisions(10 * M, 5 * M, 4 * H), *(signal(a, 0.1, "WAIT") for a in steps(4 * H, 0, 300))],
    ),
]


def candles(
    until: float, timeframe: str = "1m", since: float = 50 * M, every: float = 60, **fields: str
) -> list[Line]:
    return [candle(ago, timeframe, **fields) for ago in steps(since, until, every)]


CANDLES = [
    Story("candles arrive", [*beats(), *candles(5)]),
    Story(
        "the candles of a market stop",
        [*beats(), *candles(20 * M), *candles(5, **ETH)],
        ("StaleMarketData",),
        where={"symbol": "BTC/USDT"},
    ),
    Story("the newest candle is not quite four minutes old", [*beats(), *candles(235)]),
    Story(
        "one of six hundred markets stops",
        [
            *beats(),
            *(
                candle(ago, "1h", symbol=f"M{n}/USDT")
                for n in range(600)
                for ago in (90 * M, 150 * M)
            ),
            *(candle(ago, "1h", symbol="OLD/USDT") for ago in (6 * H, 7 * H)),
        ],
        ("StaleMarketData",),
        where={"symbol": "OLD/USDT"},
    ),
    Story(
        "a bot dies, and its candles with it",
        [*beats(until=20 * M), *candles(20 * M), *beats("beta")],
        ("BotHeartbeatMissing",),
    ),
    Story(
        "a deployment leaves out a market",
        [*beats(), phase(40 * M, "startup"), *candles(5), *candles(41 * M, since=130 * M, **ETH)],
    ),
    Story("one candle in its life", [*beats(), candle(30 * M)]),
    Story("candles of four hours", [*beats(), *candles(3 * H, "4h", 3 * DAY, 4 * H)]),
    Story(
        "candles of four hours stop",
        [*beats(), *candles(17 * H, "4h", 65 * H, 4 * H)],
        ("StaleMarketData",),
    ),
    Story("candles of a length that nothing is known about", [*beats(), *candles(30 * M, "7m")]),
]


def cost(ago: float, usd: float) -> Line:
    return line(ago, "AI_CALL", model="m", ok=True, latency_ms=5, cost_usd=usd)


def message(ago: float, channel: str = "discord", *, ok: bool = False) -> Line:
    return line(ago, "NOTIFICATION", level="warning", channel=channel, ok=ok)


OTHERS = [
    Story(
        "the models cost a little more than planned",
        [*beats(), cost(22 * H, 2.5), cost(4 * H, 2.51)],
        ("AiCostHigh",),
    ),
    Story("the models cost what was planned", [*beats(), cost(20 * H, 2.5), cost(4 * H, 2.5)]),
    Story("the models cost much the day before yesterday", [*beats(), cost(30 * H, 9)]),
    Story(
        "three messages fail",
        [*beats(), *map(message, (20 * M, 10 * M, 5 * M))],
        ("DiscordFailing",),
    ),
    Story("two messages fail", [*beats(), *map(message, (20 * M, 10 * M))]),
    Story(
        "messages to another channel fail", [*beats(), *(message(i, "telegram") for i in range(9))]
    ),
    Story(
        "a message on the testnet fails",
        of([*beats(), *map(message, (20 * M, 10 * M, 5 * M))], env="testnet"),
        ("DiscordFailing",),
        where={"env": "testnet"},
    ),
]
