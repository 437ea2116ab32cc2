"""Stories about the processes of bots: heartbeats, starts, errors."""

from __future__ import annotations

from tests.support.panels.alert_cases.base import (
    BTC,
    H,
    Line,
    M,
    Story,
    beat,
    beats,
    error,
    line,
    of,
    phase,
    risk,
    steps,
)

OTHER = beats("beta")
"""Another bot of the same app that is well."""


def deploy(stopped: float, back: float, reason: str | None = "SIGTERM") -> list[Line]:
    """One bot that ends in good order and comes back."""
    given = {}
    if reason is not None:
        given["reason"] = reason
    return [
        *beats(until=stopped),
        phase(stopped, "shutdown", **given),
        phase(back, "startup"),
        *(beat(ago, uptime_s=back - ago) for ago in steps(back - 1, 0, 120)),
    ]


def crashes(every: float, since: float = 185 * M, *, reason: str | None = None) -> list[Line]:
    """A bot that a supervisor starts again and again."""
    lines = []
    for ago in steps(since, 0, every):
        lines += [phase(ago, "startup"), beat(ago, uptime_s=0)]
        if reason is not None:
            lines.append(phase(ago + 1, "shutdown", reason=reason))
    return [*lines, *beats()]


HEARTBEATS = [
    Story("every bot is well", [*beats(), *OTHER]),
    Story("a bot falls silent", [*beats(until=20 * M), *OTHER], ("BotHeartbeatMissing",)),
    Story("silent for a little less than 8 minutes", [*beats(since=11_030, until=470), *OTHER]),
    Story(
        "silent for a little more than 8 minutes",
        [*beats(since=185 * M + 40, until=490), *OTHER],
        ("BotHeartbeatMissing",),
    ),
    Story(
        "silent for thirty hours",
        [*beats(since=33 * H, until=30 * H), *OTHER],
        ("BotHeartbeatMissing",),
    ),
    Story("silent for four days", [*beats(since=98 * H, until=97 * H), *OTHER]),
    Story("a clock five minutes behind", [*beats(since=190 * M, until=5 * M, every=60), *OTHER]),
    Story("a clock five minutes ahead", [*beats(until=-5 * M, every=60), *OTHER]),
    Story(
        "a clock five minutes behind, and then silence",
        [*beats(until=25 * M, every=60), *OTHER],
        ("BotHeartbeatMissing",),
    ),
    Story("two workers of one name", [*beats(), *beats(since=185 * M + 30), *OTHER]),
    Story(
        "two workers of one name, both end",
        [*beats(until=20 * M), *beats(since=185 * M + 30, until=21 * M), *OTHER],
        ("BotHeartbeatMissing",),
    ),
    Story("a deployment of three minutes", [*deploy(60 * M, 57 * M), *OTHER]),
    Story("a deployment of twelve minutes", [*deploy(60 * M, 48 * M), *OTHER]),
    Story(
        "a deployment of twelve minutes without a reason", [*deploy(60 * M, 48 * M, None), *OTHER]
    ),
    Story(
        "ended in good order, and never came back",
        [*beats(until=40 * M), phase(40 * M, "shutdown", reason="SIGTERM"), *OTHER],
        ("BotHeartbeatMissing",),
    ),
    Story(
        "ended by itself",
        [*beats(until=12 * M), phase(12 * M, "shutdown", reason="exit"), *OTHER],
        ("BotHeartbeatMissing",),
    ),
    Story(
        "silent, and back after twenty minutes",
        [*beats(until=90 * M), *beats(since=70 * M), *OTHER],
        ("BotHeartbeatMissing/ended",),
    ),
    Story("a gap of six minutes", [*beats(until=60 * M), *beats(since=54 * M), *OTHER]),
    Story("heartbeats every five minutes", [*beats(every=300), *OTHER]),
    Story(
        "heartbeats every nine minutes",
        [*beats(since=184 * M, every=9 * M), *OTHER],
        ("BotHeartbeatMissing",),
    ),
    Story(
        "a bot of the testnet falls silent",
        [*of(beats(until=20 * M), env="testnet"), *OTHER],
        ("BotHeartbeatMissing",),
        where={"env": "testnet", "severity": "warning"},
    ),
    Story(
        "the testnet's bot of the same name is well",
        [*beats(until=20 * M), *of(beats(), env="testnet"), *OTHER],
        ("BotHeartbeatMissing",),
        where={"env": "live", "severity": "critical"},
    ),
    Story(
        "the live bot is well, its twin on the testnet is not",
        [*beats(), *of(beats(until=20 * M), env="testnet"), *of(OTHER, env="testnet")],
        ("BotHeartbeatMissing",),
        where={"env": "testnet"},
    ),
    Story(
        "a bot of another app falls silent",
        [*OTHER, *of([*beats(until=20 * M), *OTHER], app="scalper")],
        ("BotHeartbeatMissing",),
        where={"app": "scalper", "bot_name": "alpha"},
    ),
    Story(
        "two bots die at different times",
        [*beats(until=90 * M), *beats("gamma", until=30 * M), *OTHER],
        ("BotHeartbeatMissing*2",),
    ),
]

STARTS = [
    Story("started once", [phase(20 * M, "startup"), *beats(since=20 * M), *OTHER]),
    Story(
        "started twice in half an hour",
        [phase(20 * M, "startup"), phase(2 * M, "startup"), *beats()],
    ),
    Story("a crash every eight minutes", [*crashes(8 * M), *OTHER], ("BotRestarting",)),
    Story("a crash every thirteen minutes", crashes(13 * M), ("BotRestarting",)),
    Story("a crash every quarter of an hour", crashes(15 * M), ("BotRestarting",)),
    Story("a crash every forty minutes", crashes(40 * M)),
    Story("an exception every eight minutes", crashes(8 * M, reason="exit"), ("BotRestarting",)),
    Story(
        "three crashes, and then all is well",
        [*beats(), *(phase(m * M, "startup") for m in (150, 146, 141))],
        ("BotRestarting/ended",),
    ),
    Story(
        "three deployments in half an hour",
        [
            *beats(),
            *(phase(m * M, "shutdown", reason="SIGTERM") for m in (30, 20, 10)),
            *(phase(m * M - 30, "startup") for m in (30, 20, 10)),
        ],
    ),
    Story(
        "three workers start together",
        [*beats(), *(phase(40 * M + i, "startup") for i in range(3))],
    ),
    Story(
        "four workers are deployed twice",
        [
            *beats(),
            *(phase(m * M + i, "shutdown", reason="SIGTERM") for m in (60, 45) for i in range(4)),
            *(phase(m * M - 20 - i, "startup") for m in (60, 45) for i in range(4)),
        ],
    ),
    Story(
        "a health check ends the bot every three minutes",
        crashes(3 * M, reason="SIGTERM"),
        ("BotRestarting",),
    ),
    Story(
        "a crash loop on the testnet",
        [*of(crashes(8 * M), env="testnet"), *beats()],
        ("BotRestarting",),
        where={"env": "testnet", "severity": "warning"},
    ),
]

ERRORS = [
    Story("one critical line", [*beats(), error(20 * M, "critical")], ("CriticalLogged",)),
    Story(
        "a critical line that arrives forty minutes late",
        [*beats(), error(40 * M, "critical")],
        ("CriticalLogged",),
        watched=2 * M,
    ),
    Story("a critical line of two hours ago", [*beats(), error(2 * H, "critical")], watched=2 * M),
    Story(
        "a critical line on the testnet",
        [*beats(), *of([*beats(), error(20 * M, "critical")], env="testnet")],
        ("CriticalLogged",),
        where={"severity": "warning", "env": "testnet"},
    ),
    Story(
        "seven critical lines",
        [*beats(), *(error(20 * M + i, "critical") for i in range(7))],
        ("CriticalLogged",),
    ),
    Story(
        "six errors in five minutes",
        [*beats(), *(error(i * 40) for i in range(6))],
        ("ErrorBurst",),
    ),
    Story("five errors in five minutes", [*beats(), *(error(i * 40) for i in range(5))]),
    Story(
        "six errors long ago",
        [*beats(), *(error(H + i * 40) for i in range(6))],
        ("ErrorBurst/ended",),
    ),
    Story(
        "an error every 55 seconds", [*beats(), *map(error, steps(184 * M, 0, 55))], ("ErrorBurst",)
    ),
    Story(
        "six errors every eleven minutes",
        [*beats(), *(error(s + i) for s in steps(184 * M, 0, 11 * M) for i in range(6))],
        ("ErrorBurst",),
    ),
    Story("an error every ten minutes", [*beats(), *map(error, steps(184 * M, 0, 10 * M))]),
    Story(
        "twenty errors that arrive twenty minutes late",
        [*beats(), *(error(20 * M + i) for i in range(20))],
        ("ErrorBurst",),
        watched=2 * M,
    ),
    Story(
        "four errors each of two apps with a bot of one name",
        [
            *beats(),
            *(error(i * 40) for i in range(4)),
            *of(beats(), app="second"),
            *of([error(i * 40) for i in range(4)], app="second"),
        ],
    ),
    Story("many warnings", [*beats(), *(line(i, None, level="warning") for i in range(30))]),
    Story(
        "one slow round of the loop",
        [*beats(), beat(30 * M, loop_ms=9000)],
    ),
    Story("every round of the loop is slow", beats(loop_ms=5001), ("LoopSlow",)),
    Story("every round of the loop is just in time", beats(loop_ms=5000)),
    Story(
        "the loop is slow every seven minutes",
        [*beats(), *(beat(ago, loop_ms=9000) for ago in steps(184 * M, 0, 7 * M))],
    ),
]

RISKS = [
    Story("a risk rule is triggered", [*beats(), risk(40 * M, "triggered")], ("RiskTriggered",)),
    Story(
        "a risk rule was triggered twenty hours ago",
        [*beats(), risk(20 * H, "triggered")],
        ("RiskTriggered",),
    ),
    Story("a risk rule was triggered yesterday", [*beats(), risk(28 * H, "triggered")]),
    Story(
        "a risk rule is triggered and cleared",
        [*beats(), risk(60 * M, "triggered"), risk(30 * M, "cleared")],
        ("RiskTriggered/ended",),
    ),
    Story(
        "a risk rule is triggered, cleared and triggered",
        [*beats(), risk(90 * M, "triggered"), risk(60 * M, "cleared"), risk(9 * M, "triggered")],
        ("RiskTriggered*2",),
    ),
    Story(
        "a risk rule wavers",
        [*beats()]
        + [risk(ago, "triggered") for ago in steps(120 * M, 0, 4 * M)]
        + [risk(ago - 100, "cleared") for ago in steps(120 * M, M * 2, 4 * M)],
        ("RiskTriggered",),
    ),
    Story(
        "a trigger that arrives six hours late",
        [*beats(), risk(6 * H, "triggered")],
        ("RiskTriggered",),
        watched=2 * M,
    ),
    Story("a risk rule only warns", [*beats(), risk(10 * M, "warning")]),
    Story(
        "a rule is cleared for one symbol of two",
        [
            *beats(),
            risk(60 * M, "triggered", **BTC),
            risk(60 * M, "triggered", symbol="ETH/USDT", exchange="binance"),
            risk(30 * M, "cleared", **BTC),
        ],
        ("RiskTriggered",),
    ),
    Story(
        "a risk rule is triggered on paper",
        of([*beats(), risk(40 * M, "triggered")], env="paper"),
        ("RiskTriggered",),
        where={"env": "paper", "severity": "warning"},
    ),
]
