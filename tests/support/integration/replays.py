"""Real candles, lived through by the example bot on a clock of the test, and what each line must therefore be."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from logging_kit.demo import Ledger
from tests.support import ema_replay
from tests.support.integration.truth import Fact, Truth
from tests.support.lines import strict
from tests.support.runs import by_run

Line = Mapping[str, Any]
Place = tuple[str, int, int]
"""A bot, how often it had started, and the number of the line in that run."""


def replay(
    bot: str, app: str, log_dir: Path, candles: slice, *, end_ns: int, hours: float
) -> Ledger:
    """Let the bot live through some of the real candles, with a restart in between, in an empty folder.

    Returns:
        The bot's own account.
    """
    assert not log_dir.exists()
    some = ema_replay.read_candles()[candles]
    settings = {"bot_name": bot, "app": app, "env": "testnet", "hooks": (), "strict": True}
    return ema_replay.replay(some, log_dir=log_dir, end_ns=end_ns, hours=hours, **settings)


def places(lines: list[Line]) -> dict[Place, Line]:
    """Lines by bot, run and number; a bot's runs are counted in the order of their first lines."""
    runs = sorted(
        by_run(dict(line) for line in lines).values(), key=lambda of_run: of_run[0]["timestamp"]
    )
    found: dict[Place, Line] = {}
    begun: dict[str, int] = {}
    for of_run in runs:
        bot = of_run[0]["bot_name"]
        begun[bot] = begun.get(bot, 0) + 1
        found |= {(bot, begun[bot], line["seq"]): line for line in of_run}
    return found


def files(*log_dirs: Path) -> list[Line]:
    """Every line of the folders' segments, with its file and its size in bytes as `_file` and `_size`."""
    found: list[Line] = []
    for path in (path for log_dir in log_dirs for path in (log_dir / "segments").glob("*.log")):
        *whole, end = path.read_bytes().split(b"\n")
        assert end == b"", f"{path} ends within a line"
        found += [
            {**strict(line), "_file": path.name.partition("-")[0], "_size": len(line)}
            for line in whole
        ]
    return found


def assert_is(line: Line, fact: Fact) -> None:
    """A line says when, how loud and what the bot's own account says."""
    seconds, rest = divmod(fact.time_ns // 1000, 1_000_000)
    stamp = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest:06d}Z"
    head = (
        line["timestamp"],
        line["level"],
        line.get("event", ""),
        line["bot_name"],
        line["logger"],
    )
    assert head == (stamp, fact.level, fact.event, fact.bot, fact.logger)
    assert {name: line.get(name) for name in fact.fields} == fact.fields


def truth_of(ledgers: Mapping[str, Ledger], app: str, lines: list[Line]) -> Truth:
    """The truth by the ledgers.

    Of the lines it takes nothing but their sizes, which the ledgers do not have.
    """
    return Truth(ledgers, app, {place: line["_size"] for place, line in places(lines).items()})
