"""Stories about the pipeline and about the lines themselves."""

from __future__ import annotations

import json

from tests.support.panels.alert_cases.base import (
    H,
    Line,
    M,
    Story,
    beat,
    beats,
    candle,
    error,
    line,
    of,
    phase,
    signal,
    steps,
)

BOTS = ("alpha", "beta", "gamma", "delta", "epsilon")


def fleet(until: float, **fields: str) -> list[Line]:
    """Five bots whose lines stop at the same moment."""
    return of([one for bot in BOTS for one in beats(bot, until=until, every=60)], **fields)


PIPELINE = [
    Story("nothing was ever written", [], alone=True),
    Story(
        "a fresh server: the first bot starts",
        [phase(180, "startup"), beat(170), beat(110), beat(50)],
        alone=True,
    ),
    Story(
        "a fresh server: lines before the first heartbeat",
        [line(i * 30, None) for i in range(9)],
        alone=True,
    ),
    Story("the pipeline dies, with five bots", fleet(20 * M), ("LogsMissing",), alone=True),
    Story(
        "the pipeline dies, with two apps, live and testnet",
        [
            *of([*beats(until=20 * M), *beats("beta", until=20 * M)], env="live", app="one"),
            *of([*beats(until=20 * M), *beats("beta", until=20 * M)], env="testnet", app="one"),
            *of(beats(until=20 * M), env="live", app="two"),
            *of(beats(until=20 * M), env="testnet", app="two"),
        ],
        ("LogsMissing",),
        alone=True,
    ),
    Story("nothing for six and a half minutes", fleet(390), alone=True),
    Story("nothing for nine minutes", fleet(9 * M), ("LogsMissing",), alone=True),
    Story("the only bot dies", beats(until=20 * M), ("BotHeartbeatMissing",), alone=True),
    Story(
        "the pipeline has been dead for thirty hours",
        [one | {"ago": one["ago"] + 30 * H} for one in fleet(0)],
        ("LogsMissing",),
        alone=True,
    ),
    Story(
        "one machine of two is down",
        [*fleet(20 * M), *of(beats(), app="other")],
        ("LogsMissing",),
        alone=True,
    ),
    Story(
        "one bot of five dies",
        [*fleet(0), *beats("zeta", until=20 * M)],
        ("BotHeartbeatMissing",),
        alone=True,
    ),
    Story("the lines of an outage arrive late", fleet(0), watched=3 * M, alone=True),
    Story(
        "the pipeline comes back",
        [one for one in fleet(0) if not 60 * M < one["ago"] < 90 * M],
        ("LogsMissing/ended",),
        alone=True,
    ),
    Story(
        "the pipeline of the testnet dies",
        fleet(20 * M, env="testnet"),
        ("LogsMissing",),
        alone=True,
        where={"severity": "warning"},
    ),
    Story(
        "the pipeline dies, and everything else with it",
        [
            *fleet(20 * M),
            *(candle(ago) for ago in steps(60 * M, 20 * M, 60)),
            *(signal(ago) for ago in steps(30 * H, 20 * M, 15 * M)),
            error(25 * M, "critical"),
        ],
        ("CriticalLogged", "LogsMissing"),
        alone=True,
    ),
    Story("a pipeline five minutes behind", fleet(5 * M), alone=True),
    Story(
        "the machine is deployed again",
        [
            *(one for one in fleet(0) if not 55 * M < one["ago"] < 60 * M),
            *(phase(60 * M, "shutdown", bot, reason="SIGTERM") for bot in BOTS),
            *(phase(55 * M, "startup", bot) for bot in BOTS),
        ],
        alone=True,
    ),
    Story(
        "programs without heartbeats",
        [line(ago, None) for ago in steps(5 * H, 0, 60)],
        ("NoBotAlive",),
    ),
    Story("a script that runs for a minute", [line(100 * M + i, None) for i in range(60)]),
    Story(
        "a program that began half an hour ago", [line(ago, None) for ago in steps(30 * M, 0, 60)]
    ),
]


def named(name: str) -> str:
    """A field with a value that looks like a key, made at run time."""
    return json.dumps({name: "k3" * 12}, separators=(",", ":"))


def quoted(text: str, depth: int) -> str:
    """JSON inside of JSON, `depth` times; the line itself is one level more."""
    for _ in range(depth):
        text = json.dumps({"body": text})
    return text


KEYS = [
    Story(
        f"a key in the field {name}",
        [*beats(), line(20 * M, None, **json.loads(named(name)))],
        ("SecretLeak",),
    )
    for name in ("api_secret", "apiKey", "passphrase", "binance_access_token")
] + [
    Story(
        "a key in JSON in a text",
        [*beats(), line(20 * M, None, note=named("api_secret"))],
        ("SecretLeak",),
    ),
    Story(
        "a key in JSON in JSON in a text",
        [*beats(), line(20 * M, None, note=quoted(named("secret"), 2))],
        ("SecretLeak",),
    ),
    Story(
        "a key in a dict of Python",
        [*beats(), line(20 * M, None, note=repr({"password": "k3" * 12}))],
        ("SecretLeak",),
    ),
    Story(
        "a key in an address",
        [*beats(), line(20 * M, None, note="/x?api_key=" + "k3" * 12)],
        ("SecretLeak",),
    ),
    Story(
        "a key that arrives half an hour late",
        [*beats(), line(30 * M, None, api_secret="k3" * 12)],
        ("SecretLeak",),
        watched=2 * M,
    ),
    Story(
        "masked keys, and words about keys",
        [
            *beats(),
            line(60, None, api_secret="***", note=json.dumps({"api_key": "***"})),
            line(50, None, note="api_key rejected, password: required, order " + "8" * 40),
            line(40, None, note="/x?api_key=***"),
        ],
    ),
]

LINES = [
    Story("lines were lost", [*beats(), line(20 * M, None, dropped=7)], ("LogsDropped",)),
    Story(
        "the number of lost lines rises",
        [*beats(until=20 * M, dropped_logs=3), *beats(since=18 * M, dropped_logs=9)],
        ("LogsDropped",),
    ),
    Story("lines were lost yesterday", [*beats(dropped_logs=40), line(20 * H, None, dropped=40)]),
    Story(
        "one of two workers of one name has lost lines long ago",
        [*beats(dropped_logs=100, every=60), *beats(since=185 * M + 20, every=60)],
    ),
    Story(
        "a restart begins to count at zero",
        [*beats(until=20 * M, dropped_logs=100), *beats(since=18 * M, dropped_logs=0)],
    ),
    Story(
        "an event that is wrong",
        [*beats(), line(20 * M, "ORDER", schema_error="x")],
        ("WrongEvents",),
    ),
    Story("every event is right", [*beats(), line(20 * M, "ORDER", status="filled")]),
    Story(
        "an event of the testnet is wrong",
        of([*beats(), line(20 * M, "SIGNAL", signal="LONG", schema_error="x")], env="testnet"),
        ("WrongEvents",),
        where={"env": "testnet"},
    ),
    Story(
        "a line that is not JSON",
        [*beats(), {"ago": 20 * M, "torn": "Traceback:"}],
        ("UnparseableLogs",),
    ),
]
