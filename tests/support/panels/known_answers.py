"""Expected value of each panel for the day of `tests.support.panels.story`, counted by hand.

The names of series leave out `app` and `env`, of which the day has one each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from tests.support.panels.story import END, HOUR, TORN, lines

STORY = lines()
TRACED = "c3"
"""The signal that the trace is asked about: a SHORT that was filled half an hour and four seconds
later."""

Answer = dict[tuple[str, ...], float]


def level_counts() -> Answer:
    """Lines by level in the three hours before the end.

    A window is open on the left and closed on the right.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for line in STORY:
        for hour in range(3):
            if hour * HOUR <= line["ago"] < (hour + 1) * HOUR:
                counts[(str(hour), line["level"])] += 1
    counts[("0", "")] += sum(
        1 for i in range(len(TORN)) if i > 0
    )  # the first is exactly an hour old
    counts[("1", "")] += 1
    return dict(counts)


def error_rate() -> Answer:
    levels = level_counts()
    hours = ("0", "1", "2")
    failed = {
        hour: sum(
            n for (h, level), n in levels.items() if h == hour and level in ("error", "critical")
        )
        for hour in hours
    }
    return {
        (hour,): failed[hour] / sum(n for (h, _), n in levels.items() if h == hour)
        for hour in hours
    }


OVERVIEW: dict[int, Answer] = {
    1: {(): 2},
    2: {("USDT",): 1100.5, ("KRW",): 2_000_000},
    3: {("USDT",): 8.5, ("KRW",): 300},
    4: {("USDT",): 10, ("KRW",): -1000},
    5: {(): 2 / 5},
    6: {(): 3},
    11: {(): 3},
    12: {(): 2},
    13: {(): 4},
    14: {("LONG",): 3, ("SHORT",): 2, ("WAIT",): 4},
    15: {("0", "LONG"): 1, ("1", "LONG"): 1, ("2", "LONG"): 1},
    21: {("USDT",): 8.5, ("KRW",): 300},
    22: {(): 5},
    23: {(): 10},
    24: {(): 0.5},
    26: {("buy",): 9, ("sell",): 1},
    27: {("filled",): 2, ("canceled",): 1, ("rejected",): 1, ("expired",): 0, ("open",): 6},
    28: {("binance",): 9, ("upbit",): 1},
    31: {
        ("0", "alpha", "", "USDT"): 60,
        ("0", "beta", "", "KRW"): -5,
        ("0", "beta", "", "USDT"): 7,
        ("1", "beta", "", "USDT"): 7,
    },
    32: {("BTC/USDT", "USDT"): 44_800, ("BTC/KRW", "KRW"): -9_000_000},
    33: {(): 2},
    34: {("0", "alpha"): 0, ("0", "beta"): 1},
    35: {(): 1},
}
SIGNALS: dict[int, Answer] = {
    1: {("LONG",): 3, ("SHORT",): 2, ("WAIT",): 4},
    2: {(): (0.9 + 0.8 + 0.5 + 0.85 + 0.1 + 0.2) / 6},
    3: {("0", "LONG"): 0.9, ("1", "LONG"): 0.8, ("2", "LONG"): 0.5},
    4: {("0", "LONG"): 1, ("1", "LONG"): 1, ("2", "LONG"): 1},
    5: {("0", "alpha", "", "BTC/USDT", "1h"): 61.5, ("0", "alpha", "", "BTC/USDT", "5m"): 40},
    11: {(): 3 / 5},
    12: {(): 3 / 5},
    13: {("LONG",): (END - 0.5 * HOUR) * 1000, ("SHORT",): (END - 3.5 * HOUR) * 1000},
    14: {(): 3},
    15: {(): 0.03},
    16: {("LONG",): 2 / 3, ("SHORT",): 0},
    17: {("target", "USDT"): 12.5, ("target", "KRW"): 300, ("stop", "USDT"): -4},
    18: {("m1",): 2, ("m2",): 1},
}
HEALTH: dict[int, Answer] = {
    1: {(): 2},
    2: {(): 1},
    3: {("alpha",): (END - 60) * 1000 - 1, ("beta",): (END - 600) * 1000},
    4: {("alpha",): 60.001, ("beta",): 600},
    5: {(): 4},
    6: {(): 9 / 10},
    11: {("beta",): 21},
    12: {(): 0},
    13: {(): 1},
    14: {(): 3},
    15: {(): 1},
    21: error_rate(),
    22: level_counts(),
    24: {("ValueError",): 2, ("message",): 1, ("Timeout",): 1},
    41: {(): (END - 60) * 1000 - 1},
    42: {(): 2},
    43: {(): 3},
    44: {(): len(STORY) + len(TORN)},
    46: {("0", "alpha"): 50, ("0", "beta"): 8},
    48: {(): 0},
}
API: dict[int, Answer] = {
    1: {(): 2},
    2: {(): 10 / 24 / 60},
    3: {(): 55},
    4: {(): 90 + (5000 - 90) * 0.55},
    5: {(): 90 + (5000 - 90) * 0.91},
    6: {(): 0.1},
    11: {("binance",): 1},
    12: {("0", "/api/v3/order"): 90 + (5000 - 90) * 0.55},
    13: {("0", "/api/v3/order"): 10 / 60},
    14: {("0", "GET"): 9 / 60, ("0", "POST"): 1 / 60},
    15: {("200",): 9, ("0",): 1},
    16: {("/api/v3/order",): 90 + (5000 - 90) * 0.55},
    17: {("/api/v3/order",): 0.1},
    18: {("limited", "0", "binance"): 1},
    19: {(): 0.25},
    31: {("0", "GET"): 2 / 60},
    32: {("0", "/health"): 16.95},
    33: {("200",): 1, ("503",): 1},
}
PNL: dict[int, Answer] = {
    1: {("alpha", "", "USDT"): 1.05},
    2: {("alpha", "", "USDT"): 0.4, ("beta", "", "KRW"): -0.1},
    3: {(): 2 / 5},
    4: {("USDT",): 12.5 / 4},
    5: {("alpha", "", "USDT"): 4.5, ("beta", "", "KRW"): 12.25},
    6: {("BTC/USDT",): 0.7, ("ETH/USDT",): 0, ("BTC/KRW",): -0.1},
    11: {("0", "USDT"): 1100.5, ("0", "KRW"): 2_000_000, ("1", "USDT"): 90},
    16: {("0", "USDT"): 67, ("0", "KRW"): -5, ("1", "USDT"): 7},
    12: {("0", "alpha", "", "USDT"): 4.5, ("0", "beta", "", "KRW"): 12.25},
    13: {("1", "USDT"): -4, ("1", "KRW"): 300, ("2", "USDT"): 10.5},
    14: {("BTC/USDT", "USDT"): 12.5, ("ETH/USDT", "USDT"): -4, ("BTC/KRW", "KRW"): 300},
    15: {("ema", "USDT"): 6.5, ("", "USDT"): 2, ("", "KRW"): 300},
    22: {("USDT",): 12.5, ("KRW",): 300},
    26: {("USDT",): -4, ("KRW",): 300},
    23: {("mean",): 0.75, ("best",): 2.5, ("worst",): -1},
    24: {(): 3900},
    25: {(): 2},
    32: {("BTC/USDT", "USDT"): 10, ("ETH/USDT", "USDT"): 0, ("BTC/KRW", "KRW"): -1000},
    33: {("0", "alpha", "", "BTC/USDT", "1h"): 64_000.5, ("1", "alpha", "", "BTC/USDT", "1h"): 63_000},
    34: {("0", "alpha", "", "BTC/USDT", "1h"): 0.0125},
    41: {("alpha", "", "BTC/USDT", "1h"): 0.0125},
    42: {("alpha",): 60.001, ("beta",): 600},
    43: {("alpha",): (END - HOUR) * 1000},
    44: {("LONG",): (END - 0.5 * HOUR) * 1000, ("SHORT",): (END - 3.5 * HOUR) * 1000, ("WAIT",): (END - 5.5 * HOUR) * 1000},
    45: {("Timeout",): 1},
}  # fmt: skip
TRACE: dict[int, Answer] = {
    1: {("SHORT", "BTC/USDT"): 1},
    2: {(): 0.85},
    3: {(): 1_804_000},
    4: {("USDT",): 12.5},
    5: {(): 50},
    6: {(): 1},
    12: {("submitted",): 3, ("accepted",): 1, ("filled",): 2, ("rejected",): 1, ("canceled",): 1},
    13: {("SIGNAL",): 1, ("ORDER",): 8, ("TRADE",): 2, ("API_CALL",): 2, ("ERROR",): 1},
}
KNOWN: Mapping[str, dict[int, Answer]] = {
    "lk-trading-overview": OVERVIEW,
    "lk-ai-signals": SIGNALS,
    "lk-system-health": HEALTH,
    "lk-api-performance": API,
    "lk-positions-pnl": PNL,
    "lk-signal-trace": TRACE,
}
